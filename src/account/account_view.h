/* The page /account: who one is here, the plan, and the ways to what belongs to the account. */
#ifndef ACCOUNT_ACCOUNT_VIEW_H
#define ACCOUNT_ACCOUNT_VIEW_H

#include "account/account.h"
#include "base/arena.h"
#include "base/view.h"
#include "web/frame_view.h"

/* clang-format off */
#define ACCOUNT(F)                                                                              \
	F(PART, frame, frame)                                                                   \
	F(TEXT, name) F(TEXT, email) /* absent: the provider did not say */                     \
	F(BOOL, is_verified)                                                                    \
	F(TEXT, roles)		     /* absent: none */                                         \
	F(TEXT, provider)	     /* where one signs in */                                   \
	F(PART, made, time) F(PART, signed_in, time)                                            \
	F(TEXT, plan) F(TEXT, plan_sentence)                                                    \
	F(TEXT, sessions)                                                                       \
	F(TEXT, mail_after)	     /* "6 hours"; absent: no mail is sent here */              \
	F(BOOL, wants_mail) F(TEXT, mail_csrf)
VIEW_DECLARE(account, ACCOUNT)
/* clang-format on */

/* All but the frame. `provider` is the host of the identity provider. Texts live in the arena. */
void account_view_init(struct account_view *, const struct account *, const char *provider,
    int64_t now, struct arena *);

#endif
