/* The roles of a session, read again from the provider. */
#ifndef ACCOUNT_ROLE_STORE_H
#define ACCOUNT_ROLE_STORE_H

#include "db/db_query.h"

/* Longer than the calls to the provider may take together. */
#define ROLE_CLAIM_S 5

/*
 * Takes the right to read the roles of the session with this hash (32 bytes) again. One row with
 * the sealed refresh token; none: they are young, or another request is at it.
 */
void role_store_claim(struct db_query *, const unsigned char *token_hash);
/*
 * Writes what came of it and gives the right back. `roles` separated by spaces, "" for none; NULL:
 * not known, they stay as old as they are. `sealed` NULL: the refresh token stays; who has lost all
 * roles needs none.
 */
void role_store_save(struct db_query *, const unsigned char *token_hash, const char *roles,
    const void *sealed, size_t len);

#endif
