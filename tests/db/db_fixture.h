/*
 * What database tests share: a connection to DATABASE_URL, the migrated accounts database, which
 * tests may write to, or to that of txt or pics (TXT_DATABASE_URL, PICS_DATABASE_URL): a file that
 * is about one of them defines FIXTURE_URL before it includes this. Tests that use this run one
 * after the other, whatever Criterion does; most of them are one transaction that is never
 * committed.
 */
#ifndef TESTS_DB_FIXTURE_H
#define TESTS_DB_FIXTURE_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "db/db_row.h"
#include "db/db_sync.h"

static struct db_sync *db;
static struct arena arena;

#ifndef FIXTURE_URL
#define FIXTURE_URL "DATABASE_URL"
#endif

static inline struct db_sync *
fixture_connect_to(const char *setting)
{
	struct strbuf error = { 0 };
	struct db_sync *c;

	cr_assert_not_null(getenv(setting), "%s is not set", setting);
	c = db_sync_open(getenv(setting), 60000, &error);
	cr_assert_not_null(c, "%s", strbuf_text(&error));
	strbuf_free(&error);
	return c;
}

static inline struct db_sync *
fixture_connect(void)
{
	return fixture_connect_to(FIXTURE_URL);
}

static inline void
fixture_exec(const char *sql)
{
	cr_assert_eq(db_sync_script(db, sql), ERR_OK, "%s: %s", sql, db_sync_error(db));
}

/* The first column of the only row of a statement without parameters, as a number. */
static inline int64_t
fixture_number(const char *sql)
{
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	struct db_row r;
	int64_t n;

	db_query_write(&q, sql);
	cr_assert_eq(db_sync_run(db, &q, &res), ERR_OK, "%s: %s", sql, db_sync_error(db));
	cr_assert_eq(PQntuples(res), 1, "%s", sql);
	r = db_row_at(res, 0);
	n = db_row_int(&r);
	PQclear(res);
	return n;
}

/* Runs a filled statement, which must succeed. Free the rows with PQclear(). */
static inline PGresult *
fixture_run(const struct db_query *q)
{
	PGresult *res = NULL;

	cr_assert_eq(db_sync_run(db, q, &res), ERR_OK, "%s: %s", q->sql, db_sync_error(db));
	return res;
}

/* How a filled statement is run where there is an index for everything it asks, in lines. */
static inline const char *
fixture_plan(struct db_query *q)
{
	struct strbuf plan = { 0 };
	const char *text;
	PGresult *res;

	fixture_exec("SET LOCAL enable_seqscan = off");
	q->sql = arena_printf(&arena, "EXPLAIN %s", q->sql);
	res = fixture_run(q);
	for (int i = 0; i < PQntuples(res); i++)
		strbuf_printf(&plan, "%s\n", PQgetvalue(res, i, 0));
	PQclear(res);
	text = arena_strdup(&arena, strbuf_text(&plan));
	strbuf_free(&plan);
	return text;
}

/*
 * Waits a moment for what must come to pass; false when that was for a minute and a half in all,
 * which no machine is too slow for: for (int n = 0; !has_come() && fixture_wait(&n);) ;
 */
static inline bool
fixture_wait(int *looks)
{
	enum { PAUSE_MS = 50, PATIENCE_MS = 90000 };

	usleep(PAUSE_MS * 1000);
	return ++*looks < PATIENCE_MS / PAUSE_MS;
}

static inline void
fixture_open(void)
{
	db = fixture_connect();
	fixture_exec("SET client_min_messages = error; SELECT pg_advisory_lock(7403118)");
}

static inline void
fixture_begin(void)
{
	fixture_open();
	fixture_exec("BEGIN");
}

static inline void
fixture_close(void)
{
	db_sync_close(db);
	arena_free(&arena);
}

#endif
