/* Answers of the database that a worker believes for a moment (base/keep.h): only reads that ask
 * for it with db_query_keep(). */
#ifndef DB_DB_CACHE_H
#define DB_DB_CACHE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "db/db_query.h"

/* What is kept of the query; NULL if nothing is. Valid until the next call of this file. */
const PGresult *db_cache_find(const struct db_query *, int64_t now_us);
/*
 * Takes the result, which was asked for at `asked_us` (clock_monotonic_us()). The query's owner
 * must be known by now; what has none, or is too large, is not kept.
 */
void db_cache_keep(const struct db_query *, PGresult *, int64_t asked_us);

#endif
