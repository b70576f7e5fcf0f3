/* The roles of a session, read again from the provider. */
#ifndef ACCOUNT_ROLE_STORE_H
#define ACCOUNT_ROLE_STORE_H

#include "db/db_query.h"

/* Longer than the calls to the provider and the wait for a thread may take together. */
#define ROLE_CLAIM_S 30
/* No request asks again so soon after the provider did not answer. */
#define ROLE_PAUSE_S 5

/*
 * Takes the right to read the roles of the session with this hash (32 bytes) again. One row with
 * the sealed refresh token; none: they are young, or another request is at it.
 */
void role_store_claim(struct db_query *, const unsigned char *token_hash);
/* Writes the new refresh token, sealed; the one that was there is spent. */
void role_store_keep_token(
    struct db_query *, const unsigned char *token_hash, const void *sealed, size_t len);
/*
 * Writes what came of it and gives the right back after `pause_s` (0: at once). `roles` separated
 * by spaces, "" for none; NULL: not known, they stay as old as they are. Who has lost all roles
 * needs no refresh token.
 */
void role_store_save(
    struct db_query *, const unsigned char *token_hash, const char *roles, int pause_s);
/* The provider has ended the session. */
void role_store_end(struct db_query *, const unsigned char *token_hash);

#endif
