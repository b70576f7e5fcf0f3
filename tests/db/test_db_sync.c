/* The limits of a task's statements, at the server and without its help. */
#include "db/db_sync.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "db/db_row.h"
#include "metrics/metrics.h"

static struct arena arena;

static void
begin(void)
{
	settings.database_direct_url = getenv("DATABASE_URL");
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(db_sync, .init = begin, .fini = end);

static enum err
run(struct db_sync *db, const char *sql, PGresult **res)
{
	struct db_query q = { .arena = &arena };

	db_query_write(&q, sql);
	return db_sync_run(db, &q, res);
}

static void
expect_limit(struct db_sync *db, const char *text)
{
	PGresult *res;

	cr_assert_not_null(db);
	cr_assert_eq(run(db, "SHOW statement_timeout", &res), ERR_OK);
	cr_expect_str_eq(PQgetvalue(res, 0, 0), text);
	PQclear(res);
}

/* Jobs and refreshes share threads, and a refresh never waits as long as a job may. */
Test(db_sync, each_kind_of_task_brings_its_limit)
{
	struct db_sync *db = db_sync_thread(DB_SYNC_JOB_MS);
	int pid = db != NULL ? PQbackendPID(db_sync_conn(db)) : 0;
	int64_t began_us;

	expect_limit(db, "1min");
	db = db_sync_thread(300);
	expect_limit(db, "300ms");
	began_us = clock_monotonic_us();
	cr_expect_eq(run(db, "SELECT pg_sleep(5)", NULL), ERR_TIMEOUT);
	cr_expect_lt(clock_monotonic_us() - began_us, 2000000);
	expect_limit(db_sync_thread(300), "300ms");
	db = db_sync_thread(DB_SYNC_JOB_MS);
	expect_limit(db, "1min");
	cr_expect_eq(PQbackendPID(db_sync_conn(db)), pid, "a new limit is no new connection");
	db_sync_close(db);
}

/* A write is not sent twice, so it must not meet a connection that has died meanwhile. */
Test(db_sync, a_connection_that_died_idle_is_replaced)
{
	struct db_sync *db = db_sync_thread(300), *killer;
	int pid = db != NULL ? PQbackendPID(db_sync_conn(db)) : 0;

	killer = db_sync_open(settings.database_direct_url, 0, NULL);
	cr_assert_not_null(killer);
	cr_assert_eq(
	    run(killer, arena_printf(&arena, "SELECT pg_terminate_backend(%d, 2000)", pid), NULL),
	    ERR_OK);
	db_sync_close(killer);
	db = db_sync_thread(300);
	cr_assert_not_null(db);
	cr_expect_neq(PQbackendPID(db_sync_conn(db)), pid);
	cr_expect_eq(run(db, "SELECT 1", NULL), ERR_OK);
	db_sync_close(db);
}

/* As when it is frozen: the server ends nothing by itself, and the answer would come too late. */
Test(db_sync, a_server_that_does_not_keep_the_limit)
{
	struct db_sync *db = db_sync_thread(300);
	int64_t began_us;
	int pid;

	cr_assert_not_null(db);
	pid = PQbackendPID(db_sync_conn(db));
	cr_assert_eq(run(db, "SELECT set_config('statement_timeout', '0', false)", NULL), ERR_OK);
	began_us = clock_monotonic_us();
	cr_expect_eq(run(db, "SELECT pg_sleep(6)", NULL), ERR_TIMEOUT);
	cr_expect_lt(clock_monotonic_us() - began_us, 3000000);
	cr_expect_not_null(strstr(db_sync_error(db), "limit"), "%s", db_sync_error(db));
	cr_expect_neq(run(db, "SELECT 1", NULL), ERR_OK, "it would read the late answer");
	db = db_sync_thread(300);
	cr_assert_not_null(db);
	cr_expect_neq(PQbackendPID(db_sync_conn(db)), pid, "the lost connection is used again");
	cr_expect_eq(run(db, "SELECT 1", NULL), ERR_OK);
	db_sync_close(db);
}

Test(db_sync, hosts_that_are_not_found)
{
	struct strbuf error = { 0 };

	cr_expect_null(db_sync_open("postgresql://u:pw-secret@nobody.invalid/d", 0, &error));
	cr_expect_str_eq(strbuf_text(&error), "there is no host of that name");
	strbuf_free(&error);
	cr_expect_null(db_sync_open("=", 0, &error));
	cr_expect_str_eq(strbuf_text(&error), "the URL is not one that libpq can read");
	strbuf_free(&error);
}

/* ---- Transactions ---- */

struct steps {
	int runs, conflicts; /* so many runs end in one */
	enum err e;	     /* what the last one says */
	bool breaks;	     /* the connection, amid it */
};

static enum err
take_steps(struct db_sync *db, void *arg)
{
	struct steps *s = arg;
	enum err e = run(db, "INSERT INTO stripe_cursors (name, value) VALUES ('tx', '1')", NULL);
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;

	s->runs++;
	if (s->breaks) {
		run(db, "SELECT pg_terminate_backend(pg_backend_pid())", NULL);
		db_query_read(&q, "SELECT count(*) FROM stripe_cursors");
		e = db_sync_run(db, &q, &res); /* must not go on over a new connection */
		PQclear(res);
		return e;
	}
	if (s->runs <= s->conflicts)
		return run(db, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", NULL);
	return e == ERR_OK ? s->e : e;
}

static int64_t
count_steps(struct db_sync *db)
{
	PGresult *res = NULL;
	int64_t n = -1;

	cr_assert_eq(
	    run(db, "SELECT count(*) FROM stripe_cursors WHERE name = 'tx'", &res), ERR_OK);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

static const struct {
	const char *name;
	struct steps steps;
	bool is_trial;
	enum err want;
	int runs;
	int64_t rows;
} transactions[] = {
	{ "all is well", { 0 }, false, ERR_OK, 1, 1 },
	{ "a trial", { 0 }, true, ERR_OK, 1, 0 },
	{ "what fails is undone", { .e = ERR_INVALID }, false, ERR_INVALID, 1, 0 },
	{ "a deadlock is tried again", { .conflicts = 2 }, false, ERR_OK, 3, 1 },
	{ "but not for ever", { .conflicts = 100 }, false, ERR_CONFLICT, 6, 0 },
};

Test(db_sync, transactions)
{
	struct db_sync *db = db_sync_open(settings.database_direct_url, 5000, NULL);

	cr_assert_not_null(db);
	for (size_t i = 0; i < sizeof(transactions) / sizeof(transactions[0]); i++) {
		struct steps s = transactions[i].steps;

		run(db, "DELETE FROM stripe_cursors WHERE name = 'tx'", NULL);
		cr_expect_eq(db_sync_transaction(db, take_steps, &s, transactions[i].is_trial),
		    transactions[i].want, "%s", transactions[i].name);
		cr_expect_eq(
		    s.runs, transactions[i].runs, "%s: %d runs", transactions[i].name, s.runs);
		cr_expect_eq(count_steps(db), transactions[i].rows, "%s", transactions[i].name);
	}
	run(db, "DELETE FROM stripe_cursors WHERE name = 'tx'", NULL);
	db_sync_close(db);
}

Test(db_sync, a_transaction_ends_with_its_connection)
{
	struct db_sync *db = db_sync_open(settings.database_direct_url, 5000, NULL);
	struct steps s = { .breaks = true };

	cr_assert_not_null(db);
	cr_expect_eq(db_sync_transaction(db, take_steps, &s, false), ERR_UNAVAILABLE);
	cr_expect_eq(s.runs, 1);
	db_sync_close(db);
	db = db_sync_open(settings.database_direct_url, 5000, NULL);
	cr_assert_not_null(db);
	cr_expect_eq(count_steps(db), 0);
	db_sync_close(db);
}

static bool
is_on_metrics(const char *line)
{
	struct strbuf page = { 0 };
	bool is_there;

	metrics_write(&page, METRICS_PROMETHEUS, clock_now());
	is_there = strstr(strbuf_text(&page), line) != NULL;
	strbuf_free(&page);
	return is_there;
}

/* At night there are no pages that would tell that the database is away. */
Test(db_sync, a_job_without_a_connection_counts_as_a_statement_that_failed)
{
	metrics_init(1, "test");
	cr_expect_null(db_sync_open("postgresql://u@127.0.0.1:1/d", 0, NULL));
	cr_expect_null(db_sync_open_foreign("postgresql://u@127.0.0.1:1/d", 0, NULL));
	cr_expect(
	    is_on_metrics("\nirc_now_db_queries_total{pool=\"jobs\",outcome=\"unavailable\"} 1\n"));
}
