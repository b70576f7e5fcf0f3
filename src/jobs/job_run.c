#include "jobs/job_run.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/log_line.h"
#include "base/log_out.h"
#include "jobs/job_store.h"
#include "metrics/metrics.h"

#define RETRY_S 300 /* after a failure, unless the job is more frequent anyway */
#define AWAY_S 60   /* the same while there is no database, which is nobody's burden */
#define HELD_S 30   /* until a lock that another process holds is tried again */

static bool
is_forced(const struct job *job, const struct job_progress *p)
{
	return job->is_at_start && !p->has_started;
}

bool
job_is_due(const struct job *job, const struct job_progress *p, int64_t now)
{
	if (p->is_running || now < p->not_before)
		return false;
	return is_forced(job, p) || schedule_next(&job->schedule, p->last_ok, now) <= now;
}

int64_t
job_due_at(const struct job *job, const struct job_progress *p, int64_t now)
{
	if (p->last_ok <= 0 || is_forced(job, p))
		return p->since < now ? p->since : now;
	return schedule_next(&job->schedule, p->last_ok, now);
}

static enum err
take_lock(struct job_context *c, const char *name, bool *is_taken)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	enum err e;

	*is_taken = false;
	job_store_lock(&q, name);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = job_store_lock_read(res, is_taken);
	PQclear(res);
	return e;
}

/* A failure is logged by db_sync; the lock then goes with its connection. */
static void
give_lock_back(struct job_context *c, const char *name)
{
	struct db_query q = { .arena = c->arena };

	job_store_unlock(&q, name);
	db_sync_run(c->db, &q, NULL);
}

static enum err
ask_last_ok(struct job_context *c, const char *name, int64_t *last_ok)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	enum err e;

	job_store_last_ok(&q, name);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = job_store_last_ok_read(res, last_ok);
	PQclear(res);
	return e;
}

static enum err
begin_row(struct job_context *c, const char *name, int64_t *id)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	enum err e;

	job_store_begin(&q, name, c->now);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = job_store_begin_read(res, id);
	PQclear(res);
	return e;
}

static const char *
error_text(const struct job_context *c, enum err e)
{
	if (e == ERR_OK)
		return NULL;
	return c->error.len > 0 ? strbuf_text(&c->error) : err_word(e);
}

static enum err
end_row(struct job_context *c, int64_t id, const char *error)
{
	struct db_query q = { .arena = c->arena };

	job_store_end(&q, id, error);
	return db_sync_run(c->db, &q, NULL);
}

/* The run proper, between the row that begins it and the one that ends it. */
static enum err
run_with_row(const struct job *job, struct job_context *c)
{
	int64_t id = 0;
	enum err e = begin_row(c, job->name, &id), written;

	if (e != ERR_OK)
		return e;
	e = job->run(c);
	written = end_row(c, id, error_text(c, e));
	return e != ERR_OK ? e : written;
}

/* Under the lock: what the database says now counts, not what we remember. */
static enum err
run_if_due(const struct job *job, bool must, struct job_context *c, struct job_result *r)
{
	enum err e = ask_last_ok(c, job->name, &r->last_ok);

	if (e != ERR_OK)
		return e;
	if (!must && schedule_next(&job->schedule, r->last_ok, c->now) > c->now) {
		r->outcome = JOB_NOT_DUE;
		return ERR_OK;
	}
	e = run_with_row(job, c);
	if (e == ERR_OK)
		r->last_ok = c->now;
	return e;
}

static enum err
run_locked(const struct job *job, bool must, struct job_context *c, struct job_result *r)
{
	bool is_taken;
	enum err e = take_lock(c, job->name, &is_taken);

	if (e != ERR_OK)
		return e;
	if (!is_taken) {
		r->outcome = JOB_SKIPPED;
		return ERR_OK;
	}
	e = run_if_due(job, must, c, r);
	give_lock_back(c, job->name);
	return e;
}

/* One row when it begins to fail, not one for each of many failures that follow. */
static enum err
run_everywhere(const struct job *job, bool is_failing, struct job_context *c, struct job_result *r)
{
	struct db_query q = { .arena = c->arena };
	enum err e = job->run(c);

	if (e == ERR_OK)
		r->last_ok = c->now;
	if (e == ERR_OK || is_failing)
		return e;
	job_store_failure(&q, job->name, c->now, error_text(c, e));
	db_sync_run(c->db, &q, NULL);
	return e;
}

struct job_result
job_run(const struct job *job, const struct job_progress *p, struct db_sync *db, int64_t now)
{
	struct arena arena = { 0 };
	struct job_context c = { .arena = &arena, .db = db, .now = now };
	struct job_result r = { .outcome = JOB_OK };
	const int64_t begun_us = clock_monotonic_us();

	r.has_no_database = db == NULL;
	if (db == NULL)
		r.err = ERR_UNAVAILABLE;
	else if (job->is_everywhere)
		r.err = run_everywhere(job, p->is_failing, &c, &r);
	else
		r.err = run_locked(job, is_forced(job, p), &c, &r);
	if (r.err != ERR_OK)
		r.outcome = JOB_FAILED;
	r.duration_us = clock_monotonic_us() - begun_us;
	strbuf_free(&c.error);
	arena_free(&arena);
	return r;
}

/* Counts and logs a run that took place. */
static void
tell(const struct job *job, const struct job_result *r, enum log_level level, const char *outcome)
{
	struct log_line l;

	metrics_count(METRIC_JOB_RUNS, job->name, outcome);
	if (r->outcome != JOB_SKIPPED)
		metrics_observe(HISTOGRAM_JOB_TIME, job->name, r->duration_us);
	if (!log_has_level(level))
		return;
	log_line_begin(&l, level, "job");
	log_line_text(&l, "job", job->name);
	log_line_text(&l, "outcome", outcome);
	if (r->err != ERR_OK)
		log_line_text(&l, "error", err_word(r->err));
	log_line_number(&l, "duration_us", r->duration_us);
	log_line_end(&l);
	log_out_later(l.s, l.len);
}

static void
finish_failed(
    const struct job *job, struct job_progress *p, const struct job_result *r, int64_t now)
{
	const int64_t period = schedule_period(&job->schedule);
	const int64_t pause = r->has_no_database ? AWAY_S : RETRY_S;

	if (r->last_ok > 0)
		p->last_ok = r->last_ok;
	p->not_before = now + (period < pause ? period : pause);
	tell(job, r, p->is_failing ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "failed");
	p->is_failing = true;
}

static void
finish_well(const struct job *job, struct job_progress *p, int64_t last_ok)
{
	if (p->is_failing)
		log_info("jobs", "%s works again", job->name);
	p->is_failing = false;
	p->not_before = 0;
	p->has_started = true;
	p->last_ok = last_ok;
	metrics_set(METRIC_JOB_SUCCESS, job->name, last_ok);
}

void
job_finish(const struct job *job, struct job_progress *p, const struct job_result *r, int64_t now)
{
	p->is_running = false;
	switch (r->outcome) {
	case JOB_FAILED:
		finish_failed(job, p, r, now);
		break;
	case JOB_SKIPPED:
		p->not_before = now + HELD_S;
		tell(job, r, LOG_LEVEL_INFO, "skipped");
		break;
	case JOB_OK:
		/* Several times a minute, and nothing to look back at. */
		tell(job, r, job->is_everywhere ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "ok");
		finish_well(job, p, r->last_ok);
		break;
	case JOB_NOT_DUE:
		finish_well(job, p, r->last_ok);
		break;
	}
}
