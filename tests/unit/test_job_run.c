/* What a process remembers of its jobs, and what follows from it. No database here. */
#include <criterion/criterion.h>
#include <string.h>

#include "jobs/job_run.h"

#define NOW INT64_C(1795176000)

static int runs;

static enum err
run_fine(struct job_context *c)
{
	(void)c;
	runs++;
	return ERR_OK;
}

static const struct job hourly = { "hourly", { SCHEDULE_EVERY, 3600, 0, 0 }, .run = run_fine };
static const struct job at_start = { "at_start", { SCHEDULE_EVERY, 3600, 0, 0 },
	.is_at_start = true, .run = run_fine };
static const struct job often = { "often", { SCHEDULE_EVERY, 15, 0, 0 }, .is_everywhere = true,
	.run = run_fine };

static const struct {
	const char *what;
	const struct job *job;
	struct job_progress progress;
	bool want;
} due_cases[] = {
	{ "under way", &hourly, { .is_running = true }, false },
	{ "under way, at start", &at_start, { .is_running = true }, false },
	{ "waits after a failure", &hourly, { .not_before = NOW + 1 }, false },
	{ "waits after a failure at start", &at_start, { .not_before = NOW + 1 }, false },
	{ "has waited", &hourly, { .not_before = NOW }, true },
	{ "nothing known", &hourly, { 0 }, true },
	{ "done", &hourly, { .last_ok = NOW - 3599 }, false },
	{ "due again", &hourly, { .last_ok = NOW - 3600 }, true },
	{ "at start, though done by another", &at_start, { .last_ok = NOW - 1 }, true },
	{ "at start, done", &at_start, { .last_ok = NOW - 1, .has_started = true }, false },
};

Test(job_run, due)
{
	size_t i;

	for (i = 0; i < sizeof(due_cases) / sizeof(due_cases[0]); i++)
		cr_expect_eq(job_is_due(due_cases[i].job, &due_cases[i].progress, NOW),
		    due_cases[i].want, "%s", due_cases[i].what);
}

static const struct {
	const char *what;
	const struct job *job;
	struct job_progress progress;
	int64_t want;
} lag_cases[] = {
	{ "nothing known: since we look", &hourly, { .since = NOW - 40 }, NOW - 40 },
	{ "nothing known, and it fails", &hourly,
	    { .since = NOW - 400, .not_before = NOW + 9, .is_failing = true }, NOW - 400 },
	{ "nothing known, and the clock went back", &hourly, { .since = NOW + 40 }, NOW },
	{ "at start", &at_start, { .since = NOW - 40, .last_ok = NOW - 1 }, NOW - 40 },
	{ "at start, done", &at_start,
	    { .since = NOW - 40, .last_ok = NOW - 1, .has_started = true }, NOW + 3599 },
	{ "on time", &hourly, { .since = NOW - 9999, .last_ok = NOW - 600 }, NOW + 3000 },
	{ "late", &hourly, { .since = NOW - 99999, .last_ok = NOW - 7200 }, NOW - 3600 },
	{ "late, and it fails", &hourly,
	    { .since = 1, .last_ok = NOW - 7200, .not_before = NOW + 9, .is_failing = true },
	    NOW - 3600 },
	{ "late, and under way", &hourly, { .since = 1, .last_ok = NOW - 7200, .is_running = true },
	    NOW - 3600 },
	{ "last run in the future: the clock went back", &hourly,
	    { .since = 1, .last_ok = NOW + 99999 }, NOW + 3600 },
};

Test(job_run, due_since)
{
	for (size_t i = 0; i < sizeof(lag_cases) / sizeof(lag_cases[0]); i++)
		cr_expect_eq(job_due_at(lag_cases[i].job, &lag_cases[i].progress, NOW),
		    lag_cases[i].want, "%s", lag_cases[i].what);
}

Test(job_run, without_a_database_nothing_runs)
{
	struct job_progress p = { .is_running = true };
	struct job_result r = job_run(&often, &p, NULL, NOW);

	cr_expect_eq(r.outcome, JOB_FAILED);
	cr_expect_eq(r.err, ERR_UNAVAILABLE);
	cr_expect(r.has_no_database);
	cr_expect_eq(runs, 0);
}

static const struct {
	const char *what;
	const struct job *job;
	struct job_result result;
	struct job_progress want; /* after { is_running, is_failing, last_ok 7 } */
} finish_cases[] = {
	{ "hourly failed", &hourly, { .outcome = JOB_FAILED, .err = ERR_TIMEOUT },
	    { .last_ok = 7, .not_before = NOW + 300, .is_failing = true } },
	{ "failed, and when it was well is known", &hourly,
	    { .outcome = JOB_FAILED, .err = ERR_TIMEOUT, .last_ok = NOW - 9000 },
	    { .last_ok = NOW - 9000, .not_before = NOW + 300, .is_failing = true } },
	{ "frequent failed", &often, { .outcome = JOB_FAILED, .err = ERR_TIMEOUT },
	    { .last_ok = 7, .not_before = NOW + 15, .is_failing = true } },
	{ "hourly, and the database is away", &hourly,
	    { .outcome = JOB_FAILED, .err = ERR_UNAVAILABLE, .has_no_database = true },
	    { .last_ok = 7, .not_before = NOW + 60, .is_failing = true } },
	{ "frequent, and the database is away", &often,
	    { .outcome = JOB_FAILED, .err = ERR_UNAVAILABLE, .has_no_database = true },
	    { .last_ok = 7, .not_before = NOW + 15, .is_failing = true } },
	{ "lock held", &hourly, { .outcome = JOB_SKIPPED },
	    { .last_ok = 7, .not_before = NOW + 30, .is_failing = true } },
	{ "done by another", &hourly, { .outcome = JOB_NOT_DUE, .last_ok = NOW - 9 },
	    { .last_ok = NOW - 9, .has_started = true } },
	{ "done", &hourly, { .outcome = JOB_OK, .last_ok = NOW - 2 },
	    { .last_ok = NOW - 2, .has_started = true } },
};

Test(job_run, finish)
{
	const struct job_progress *want;
	struct job_progress p;
	size_t i;

	for (i = 0; i < sizeof(finish_cases) / sizeof(finish_cases[0]); i++) {
		p = (struct job_progress){ .is_running = true, .is_failing = true, .last_ok = 7 };
		want = &finish_cases[i].want;
		job_finish(finish_cases[i].job, &p, &finish_cases[i].result, NOW);
		cr_expect_eq(p.is_running, false, "%s", finish_cases[i].what);
		cr_expect_eq(p.last_ok, want->last_ok, "%s", finish_cases[i].what);
		cr_expect_eq(p.not_before, want->not_before, "%s", finish_cases[i].what);
		cr_expect_eq(p.is_failing, want->is_failing, "%s", finish_cases[i].what);
		cr_expect_eq(p.has_started, want->has_started, "%s", finish_cases[i].what);
	}
}

/* Names label rows and metrics. Each run under the lock leaves a row, so none may run often. */
Test(job_run, list)
{
	size_t i, j;

	for (i = 0; i < job_list_length; i++) {
		const struct job *job = &job_list[i];

		cr_expect_not_null(job->run, "%s", job->name);
		cr_expect_gt(schedule_period(&job->schedule), 0, "%s", job->name);
		cr_expect(
		    job->is_everywhere || schedule_period(&job->schedule) >= 60, "%s", job->name);
		cr_expect(job->schedule.hour < 24 && job->schedule.minute < 60, "%s", job->name);
		for (j = 0; j < i; j++)
			cr_expect_str_neq(job->name, job_list[j].name);
	}
}
