/* Runs of jobs: once at a time, caught up, told of in job_runs, which does not grow for ever. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/settings.h"
#include "blob/blob.h"
#include "db_fixture.h"
#include "jobs/job_run.h"
#include "jobs/job_store.h"

#define NOW INT64_C(1795176000) /* 2026-11-20 12:00:00 UTC */
#define OURS "job IN ('test', 'test-other')"

static int runs;
static enum err outcome;
static struct db_sync *seen_db;

static enum err
run(struct job_context *c)
{
	runs++;
	seen_db = c->db;
	cr_expect_eq(c->now, NOW);
	if (outcome == ERR_TOO_LARGE)
		strbuf_puts(&c->error, "the sentence");
	return outcome;
}

static enum err
run_and_lose_connection(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };

	db_query_write(&q, "SELECT pg_terminate_backend(pg_backend_pid())");
	return db_sync_run(c->db, &q, NULL);
}

static const struct job hourly = { "test", { SCHEDULE_EVERY, 3600, 0, 0 }, .run = run };
static const struct job at_start = { "test", { SCHEDULE_EVERY, 3600, 0, 0 }, .is_at_start = true,
	.run = run };
static const struct job everywhere = { "test", { SCHEDULE_EVERY, 15, 0, 0 }, .is_everywhere = true,
	.run = run };
static const struct job deadly = { "test", { SCHEDULE_EVERY, 3600, 0, 0 },
	.run = run_and_lose_connection };

static void
open_clean(void)
{
	fixture_open();
	fixture_exec("DELETE FROM job_runs WHERE " OURS);
}

TestSuite(jobs, .init = open_clean, .fini = fixture_close);

static struct job_result
run_job(const struct job *job)
{
	return job_run(job, &(struct job_progress){ 0 }, db, NOW);
}

static int64_t
rows(const char *condition)
{
	char sql[300];

	snprintf(
	    sql, sizeof(sql), "SELECT count(*) FROM job_runs WHERE " OURS " AND %s", condition);
	return fixture_number(sql);
}

static bool
take(struct db_sync *c)
{
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	bool is_taken = false;

	job_store_lock(&q, "test");
	cr_assert_eq(db_sync_run(c, &q, &res), ERR_OK);
	cr_assert_eq(job_store_lock_read(res, &is_taken), ERR_OK);
	PQclear(res);
	return is_taken;
}

Test(jobs, failure)
{
	struct job_result r;

	outcome = ERR_UPSTREAM;
	r = run_job(&hourly);
	cr_expect_eq(r.outcome, JOB_FAILED);
	cr_expect_eq(r.err, ERR_UPSTREAM);
	cr_expect_eq(rows("outcome = 'failed' AND error = 'upstream' AND ended_at IS NOT NULL"), 1);
	outcome = ERR_TOO_LARGE;
	cr_expect_eq(run_job(&hourly).outcome, JOB_FAILED);
	cr_expect_eq(rows("outcome = 'failed' AND error = 'the sentence'"), 1);
	outcome = ERR_OK;
	cr_expect_eq(run_job(&hourly).outcome, JOB_OK);
	cr_expect_eq(runs, 3);
}

/* The row stays as it was begun, and the next run says so. */
Test(jobs, interrupted)
{
	struct db_sync *ours = db;

	db = fixture_connect();
	cr_expect_eq(run_job(&deadly).outcome, JOB_FAILED);
	db_sync_close(db);
	db = ours;
	cr_expect_eq(rows("outcome = 'running'"), 1);
	cr_expect_eq(run_job(&hourly).outcome, JOB_OK);
	cr_expect_eq(rows("outcome = 'failed' AND error = 'interrupted'"), 1);
	cr_expect_eq(rows("outcome = 'ok'"), 1);
	cr_expect_eq(rows("true"), 2);
}

Test(jobs, lock_held_by_another)
{
	struct db_sync *other = fixture_connect();

	cr_assert(take(other));
	cr_expect_not(take(db));
	cr_expect_eq(run_job(&hourly).outcome, JOB_SKIPPED);
	cr_expect_eq(runs, 0);
	cr_expect_eq(rows("true"), 0);
	cr_assert_eq(db_sync_script(other, "SELECT pg_advisory_unlock_all()"), ERR_OK);
	cr_expect_eq(run_job(&hourly).outcome, JOB_OK);
	cr_expect(take(other), "the run has kept its lock");
	db_sync_close(other);
}

Test(jobs, done_by_another)
{
	struct job_result r;

	fixture_exec("INSERT INTO job_runs (job, started_at, ended_at, outcome) VALUES"
		     " ('test', '2026-11-20 11:30:00.9+00', now(), 'ok'),"
		     " ('test', '2026-11-20 11:40:00+00', now(), 'failed'),"
		     " ('test-other', '2026-11-20 11:50:00+00', now(), 'ok')");
	r = run_job(&hourly);
	cr_expect_eq(r.outcome, JOB_NOT_DUE);
	cr_expect_eq(r.last_ok, NOW - 1800);
	cr_expect_eq(runs, 0);
	r = run_job(&at_start);
	cr_expect_eq(r.outcome, JOB_OK, "every start runs it");
	cr_expect_eq(r.last_ok, NOW);
	r = job_run(&at_start, &(struct job_progress){ .has_started = true }, db, NOW);
	cr_expect_eq(r.outcome, JOB_NOT_DUE);
	cr_expect_eq(runs, 1);
}

Test(jobs, missed_run_is_caught_up_once)
{
	fixture_exec("INSERT INTO job_runs (job, started_at, ended_at, outcome) VALUES"
		     " ('test', '2026-11-18 11:30:00+00', now(), 'ok')");
	cr_expect_eq(run_job(&hourly).outcome, JOB_OK);
	cr_expect_eq(run_job(&hourly).outcome, JOB_NOT_DUE);
	cr_expect_eq(rows("started_at = '2026-11-20 12:00:00+00' AND outcome = 'ok'"
			  " AND error IS NULL"),
	    1);
}

/* So that a process that has just begun knows since when it is due. */
Test(jobs, failed_run_tells_when_it_was_well)
{
	struct job_result r;

	fixture_exec("INSERT INTO job_runs (job, started_at, ended_at, outcome) VALUES"
		     " ('test', '2026-11-18 11:30:00+00', now(), 'ok')");
	outcome = ERR_TIMEOUT;
	r = run_job(&hourly);
	cr_expect_eq(r.outcome, JOB_FAILED);
	cr_expect_eq(r.last_ok, NOW - 2 * 86400 - 1800);
}

/* Every 15 s, in each replica: a row when it begins to fail and no other. */
Test(jobs, everywhere)
{
	struct job_progress failing = { .is_failing = true };

	cr_expect_eq(run_job(&everywhere).outcome, JOB_OK);
	cr_expect_eq(seen_db, db);
	cr_expect_eq(rows("true"), 0);
	outcome = ERR_TIMEOUT;
	cr_expect_eq(run_job(&everywhere).outcome, JOB_FAILED);
	cr_expect_eq(job_run(&everywhere, &failing, db, NOW).outcome, JOB_FAILED);
	cr_expect_eq(rows("outcome = 'failed' AND error = 'timeout'"), 1);
	cr_expect_eq(rows("true"), 1);
}

Test(jobs, purge_keeps_the_last_good_run)
{
	struct db_query q = { .arena = &arena };

	fixture_exec("BEGIN; INSERT INTO job_runs (job, started_at, ended_at, outcome)"
		     " SELECT 'test', now() - d * interval '1 day', now(),"
		     " CASE WHEN d IN (91, 100) THEN 'failed' ELSE 'ok' END"
		     " FROM unnest('{89,91,95,100,200}'::int[]) d;"
		     " INSERT INTO job_runs (job, started_at, ended_at, outcome)"
		     " SELECT 'test-other', now() - d * interval '1 day', now(),"
		     " CASE WHEN d = 95 THEN 'ok' ELSE 'failed' END"
		     " FROM unnest('{1,91,95,200}'::int[]) d");
	job_store_purge(&q, 90);
	PQclear(fixture_run(&q));
	cr_expect_eq(rows("job = 'test'"), 1);
	cr_expect_eq(rows("job = 'test' AND outcome = 'ok'"), 1);
	cr_expect_eq(rows("job = 'test-other'"), 2);
	cr_expect_eq(rows("job = 'test-other' AND outcome = 'ok'"), 1);
	fixture_exec("ROLLBACK");
}

static void
run_all_of(enum role role, const char *setting)
{
	struct job_context c = { .arena = &arena, .now = time(NULL) };
	struct db_sync *own = db;

	settings.role = role;
	db = c.db = fixture_connect_to(setting);
	fixture_exec("BEGIN");
	for (size_t i = 0; i < job_list_length; i++)
		if (job_is_of(&job_list[i], role))
			cr_expect_eq(job_list[i].run(&c), ERR_OK, "%s: %s", job_list[i].name,
			    db_sync_error(db));
	fixture_exec("ROLLBACK");
	db_sync_close(db);
	db = own;
	strbuf_free(&c.error);
}

/* Each job of the list does its work on an empty database of each role that has it. */
Test(jobs, all_of_the_list)
{
	char folder[] = "/tmp/portal-jobs-XXXXXX";
	struct strbuf problems = { 0 };

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(settings_load(false, &problems), ERR_OK, "%s", strbuf_text(&problems));
	settings.pics_dir = folder;
	settings.reporting_currency = "eur";
	cr_assert_eq(blob_open(&settings, &problems), ERR_OK, "%s", strbuf_text(&problems));
	run_all_of(ROLE_PORTAL, "DATABASE_URL");
	run_all_of(ROLE_TXT, "TXT_DATABASE_URL");
	run_all_of(ROLE_PICS, "PICS_DATABASE_URL");
	blob_close();
	cr_expect_eq(system(arena_printf(&arena, "rm -rf %s", folder)), 0);
}
