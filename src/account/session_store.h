/* The sessions of an account, to be seen and ended by their owner, and its latest events. */
#ifndef ACCOUNT_SESSION_STORE_H
#define ACCOUNT_SESSION_STORE_H

#include <libpq-fe.h>

#include "account/session.h"
#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/* Those that live; `token_hash` (32 bytes) marks the one that asks. */
void session_store_list(struct db_query *, int64_t user_id, const unsigned char *token_hash);
enum err session_store_list_read(struct session_list *, struct arena *, const PGresult *);

/* Ends one of the account's sessions. None of that id, or another account's: nothing happens. */
void session_store_end(struct db_query *, int64_t user_id, int64_t id);
/* Ends all but the one with this hash. */
void session_store_end_others(struct db_query *, int64_t user_id, const unsigned char *token_hash);

/* The latest events; those of the last seconds may be missing. */
void session_store_activity(struct db_query *, const char *sub);
enum err session_store_activity_read(struct activity_list *, struct arena *, const PGresult *);

#endif
