/*
 * API tokens: what people's programs prove themselves with at txt and pics. The text is "pt_" and
 * 43 base64url digits, easy to find for who looks for leaked secrets; it is shown once, and only
 * its SHA-256 is kept.
 */
#ifndef ACCOUNT_API_TOKEN_H
#define ACCOUNT_API_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/random.h"

#define API_TOKEN_PREFIX "pt_"
#define API_TOKEN_SIZE (sizeof(API_TOKEN_PREFIX) - 1 + RANDOM_TOKEN_SIZE)
#define API_TOKEN_LABEL_MAX 60 /* characters */
#define API_TOKENS_MAX 50      /* of an account; migration 0007 keeps it */

/* What a token may be used for. */
enum api_scope { API_SCOPE_TXT, API_SCOPE_PICS, API_SCOPE__MAX };
extern const char *const api_scope_words[API_SCOPE__MAX];

/* How long it is good. */
enum api_term { API_TERM_MONTH, API_TERM_QUARTER, API_TERM_YEAR, API_TERM_EVER, API_TERM__MAX };
extern const char *const api_term_words[API_TERM__MAX];
/* 0: for ever. */
int api_term_days(enum api_term);

/* One that exists, as its owner sees it. */
struct api_token {
	int64_t id;
	const char *label, *hint;
	bool may[API_SCOPE__MAX];
	int64_t made_at, used_at, expires_at; /* used_at 0: never; expires_at 0: never */
	bool is_expired;
};

struct api_token_list {
	struct api_token *v;
	size_t n;
};

/* What a form asks for, and what is wrong with it: sentences, NULL for what is right. */
struct api_token_form {
	const char *label; /* as it was typed */
	bool may[API_SCOPE__MAX];
	const char *term; /* as it was chosen */
	const char *once; /* a random text of the form, so that it makes one token only */
	enum api_term chosen;
	const char *label_error, *scopes_error, *term_error;
};

/* Trims the label, reads the term, fills the errors; true if there are none. */
bool api_token_form_check(struct api_token_form *, struct arena *);

/* A new one; the text is a secret. */
void api_token_new(char text[API_TOKEN_SIZE]);
/* Whether it has the form of one, and then its hash; false costs nobody a look into a database. */
bool api_token_hash(const char *text, unsigned char hash[DIGEST_BYTES]);

#endif
