/* The page /tokens: the API tokens of an account, and the form that makes one. */
#ifndef ACCOUNT_TOKENS_VIEW_H
#define ACCOUNT_TOKENS_VIEW_H

#include <stdint.h>

#include "account/api_token.h"
#include "base/arena.h"
#include "base/view.h"
#include "web/frame_view.h"
#include "web/part_view.h"

/* clang-format off */
#define TOKEN_ROW(F)                                                                            \
	F(TEXT, label) F(TEXT, hint) F(TEXT, scopes)                                            \
	F(PART, made, time)                                                                     \
	F(PART, used, time)	/* absent: never */                                             \
	F(PART, expires, time)	/* absent: never */                                             \
	F(BOOL, is_expired) F(TEXT, revoke_href)
VIEW_DECLARE(token_row, TOKEN_ROW)

#define TOKEN_EXAMPLE(F) F(TEXT, title) F(PART, command, copy)
VIEW_DECLARE(token_example, TOKEN_EXAMPLE)

#define TOKENS(F)                                                                               \
	F(PART, frame, frame)                                                                   \
	F(PART, secret, copy)	/* of the one that was just made; absent: none was */           \
	F(LIST, examples, token_example) /* what can be done with it */                         \
	F(LIST, rows, token_row)                                                                \
	F(BOOL, is_full) F(INT, most)                                                           \
	F(PART, label, field) F(PART, scopes, checks) F(PART, term, field)                      \
	F(TEXT, once) F(TEXT, csrf)
VIEW_DECLARE(tokens, TOKENS)
/* clang-format on */

struct tokens_facts {
	const struct api_token_list *tokens;
	const struct api_token_form *form; /* as it was posted */
	bool is_form_fresh;		   /* it is done with, or there was none */
	const char *made;		   /* the text of the new one, or NULL */
	const char *txt_url, *pics_url;	   /* "": there is no such service */
	int64_t now;
};

/* All but the frame and the texts of the form; texts live in the arena. */
void tokens_view_init(struct tokens_view *, const struct tokens_facts *, struct arena *);
/* The page before one of them is revoked; all but the frame and the form's token. */
void tokens_view_confirm(struct confirm_view *, const struct api_token *, struct arena *);

#endif
