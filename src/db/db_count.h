/*
 * Statements and connections as metrics count them, for pages (db_run.c) and jobs (db_sync.c)
 * alike.
 */
#ifndef DB_DB_COUNT_H
#define DB_DB_COUNT_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/err.h"

enum db_count_pool { DB_COUNT_MAIN, DB_COUNT_REPLICA, DB_COUNT_JOBS, DB_COUNT__MAX };

/* The connection counts as open until it is closed; may be said of it again and again. */
void db_count_open(PGconn *, enum db_count_pool);
/* So many more, or fewer, are at work. */
void db_count_busy(enum db_count_pool, int change);
/* A connection was there after so long. */
void db_count_wait(enum db_count_pool, int64_t waited_us);
/* A statement came to this, `took_us` after it was sent; below 0: it never was. */
void db_count_end(enum db_count_pool, enum err, int64_t took_us);
/* Nobody waits for it any more. */
void db_count_gone(enum db_count_pool, int64_t took_us);

#endif
