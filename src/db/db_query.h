/*
 * A statement with its parameters, as data: stores fill it, db_run.c (pages) and db_sync.c (tasks,
 * subcommands) send it. Parameters are texts; a NULL pointer is SQL NULL. SQL is always a literal.
 */
#ifndef DB_QUERY_H
#define DB_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define DB_PARAMS_MAX 32

struct db_query {
	struct arena *arena;  /* where numbers become texts; texts given must live as long as it */
	const char *sql;      /* NULL: nothing to ask */
	bool is_read;	      /* may be sent a second time when an idle connection had died */
	bool may_lag;	      /* a replica may answer, which is a few seconds behind */
	int keep_ms;	      /* how long the answer may be believed; see db_cache.h */
	const int64_t *owner; /* the account it is about, once it was read */
	const char *values[DB_PARAMS_MAX];
	int lengths[DB_PARAMS_MAX];
	int formats[DB_PARAMS_MAX]; /* 0 text, 1 binary */
	int n;
};

/* Starts a statement; db_query_read for one that changes nothing, db_query_history for one whose
 * answer may be a few seconds old besides. Keeps the arena. */
void db_query_read(struct db_query *, const char *sql);
void db_query_history(struct db_query *, const char *sql);
void db_query_write(struct db_query *, const char *sql);

/* The answer may be used again for a while, for the account that *owner is when it was read. */
void db_query_keep(struct db_query *, int ms, const int64_t *owner);

/* The next parameter, $1 first. Ends the process beyond DB_PARAMS_MAX. */
void db_param_text(struct db_query *, const char *); /* NULL: SQL NULL */
void db_param_int(struct db_query *, int64_t);
void db_param_bool(struct db_query *, bool);
void db_param_texts(
    struct db_query *, const char *const *, size_t n); /* text[]; of any type in SQL */
/* bigint[]; what equals `null` is NULL in it. */
void db_param_ints(struct db_query *, const int64_t *, size_t n, int64_t null);
void db_param_bytes(struct db_query *, const void *, size_t len); /* bytea; NULL: SQL NULL */

#endif
