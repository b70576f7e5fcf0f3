/*
 * Answers that a worker believes for a moment, so that somebody who clicks quickly does not cost
 * the database the same question again. Only reads that ask for it (db_query_keep) are kept, each
 * for an account; when something of the account changes on this host, db_cache_drop() ends what all
 * its workers keep, at once. What changes elsewhere is seen when the moment is over.
 *
 * Answers are in the memory of each worker; shared is only when each account changed last.
 */
#ifndef DB_DB_CACHE_H
#define DB_DB_CACHE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/db_query.h"

/* Before the fork. Without it, or with `is_on` false, nothing is ever kept. */
void db_cache_init(bool is_on);

/* What is kept of the query; NULL if nothing is. Valid until the next call of this file. */
const PGresult *db_cache_find(const struct db_query *, int64_t now_us);
/*
 * Takes the result, which was asked for at `asked_us` (clock_monotonic_us()). The query's owner
 * must be known by now; what has none, or is too large, is not kept.
 */
void db_cache_keep(const struct db_query *, PGresult *, int64_t asked_us);
/* Something of the account has changed, and is committed. Any thread. */
void db_cache_drop(int64_t owner);

#endif
