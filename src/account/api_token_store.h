/* The API tokens of an account, to be made, seen and revoked by their owner. */
#ifndef ACCOUNT_API_TOKEN_STORE_H
#define ACCOUNT_API_TOKEN_STORE_H

#include <libpq-fe.h>

#include "account/api_token.h"
#include "base/err.h"
#include "db/db_query.h"

void api_token_store_list(struct db_query *, int64_t user_id);
enum err api_token_store_list_read(struct api_token_list *, struct arena *, const PGresult *);

/* One of them; ERR_NOT_FOUND: the account has none of that id. */
void api_token_store_find(struct db_query *, int64_t user_id, int64_t id);
enum err api_token_store_find_read(struct api_token *, struct arena *, const PGresult *);

/* What making one came to. */
enum api_token_made {
	API_TOKEN_MADE,
	API_TOKEN_MADE_BEFORE, /* by the same form */
	API_TOKEN_TOO_MANY,
	API_TOKEN_CROSSED /* with another form of the same account, at the same moment */
};

/* A checked form, and the token's text, of which the hash and the last characters are kept. */
void api_token_store_make(
    struct db_query *, int64_t user_id, const struct api_token_form *, const char *text);
enum err api_token_store_make_read(enum api_token_made *, const PGresult *);

/* None of that id, or another account's: nothing happens. */
void api_token_store_revoke(struct db_query *, int64_t user_id, int64_t id);

#endif
