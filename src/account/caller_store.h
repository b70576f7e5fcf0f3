/* What the internal API tells txt and pics of accounts. */
#ifndef ACCOUNT_CALLER_STORE_H
#define ACCOUNT_CALLER_STORE_H

#include <libpq-fe.h>

#include "account/caller.h"
#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/* The time of a token's last use is written at most this often. */
#define CALLER_TOUCH_S 60
/* In the place of a bouncer's name: that of a soju which several accounts share. */
#define CALLER_ANY_BOUNCER "-"

/* The account of a token with this hash (32 bytes); none if it is over or the account is banned. */
void caller_store_token(struct db_query *, const unsigned char *hash);
enum err caller_store_token_read(struct caller *, struct arena *, const PGresult *);

void caller_store_account(struct db_query *, const char *sub);
/*
 * Whose uploads come from the account `username` inside the soju of `bouncer`. CALLER_ANY_BOUNCER:
 * of the one account that has a bouncer with that username; of several it is none.
 */
void caller_store_uploader(struct db_query *, const char *bouncer, const char *username);
/* Of both. ERR_NOT_FOUND: nobody, or it cannot be told who. */
enum err caller_store_account_read(struct caller *, struct arena *, const PGresult *);

#endif
