/*
 * Pages around a payment that is made elsewhere: the one that people come back to, the one that
 * leads on where the browser would not follow by itself, and the one that says why it was not
 * begun.
 */
#ifndef BILLING_BILLING_DONE_VIEW_H
#define BILLING_BILLING_DONE_VIEW_H

#include "base/arena.h"
#include "base/view.h"
#include "billing/billing_view.h"
#include "clients/stripe_pay.h"

/* clang-format off */
#define BILLING_DONE(F)                                                                         \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, sentence)                                                        \
	F(BOOL, is_waiting)	/* the page comes again by itself */                            \
	F(TEXT, href) F(TEXT, link)
VIEW_DECLARE(billing_done, BILLING_DONE)

#define BILLING_AWAY(F) F(PART, frame, frame) F(TEXT, title) F(TEXT, href)
VIEW_DECLARE(billing_away, BILLING_AWAY)

/* The form stands there again, as it was sent. */
#define BILLING_RETRY(F)                                                                        \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, sentence) F(TEXT, request_id)                                    \
	F(TEXT, action) F(TEXT, csrf) F(LIST, fields, hidden)                                   \
	F(TEXT, button)	/* absent: trying again is of no use */                                 \
	F(BOOL, offers_portal) F(TEXT, manage_csrf)
VIEW_DECLARE(billing_retry, BILLING_RETRY)
/* clang-format on */

/* `plan` is the account's, a word; `looks` is how often the page was seen before. */
void billing_done_view_init(struct billing_done_view *, const struct stripe_pay_session *,
    const char *plan, int64_t looks, struct arena *);

#endif
