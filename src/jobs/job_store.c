#include "jobs/job_store.h"

#include "db/db_row.h"

/* The first key keeps us apart from whoever else uses advisory locks: "job" in ASCII. */
#define LOCK_KEYS "6975330, hashtext($1)"

void
job_store_lock(struct db_query *q, const char *job)
{
	db_query_write(q, "SELECT pg_try_advisory_lock(" LOCK_KEYS ")");
	db_param_text(q, job);
}

enum err
job_store_lock_read(const PGresult *res, bool *is_taken)
{
	return db_row_only_bool(res, is_taken);
}

void
job_store_unlock(struct db_query *q, const char *job)
{
	db_query_write(q, "SELECT pg_advisory_unlock(" LOCK_KEYS ")");
	db_param_text(q, job);
}

/*
 * Rounded down: a run at 03:00:00.6 must not look like one that is still to come. Not marked as a
 * read, because it must not be sent again over a new connection, which would not hold the lock.
 */
void
job_store_last_ok(struct db_query *q, const char *job)
{
	db_query_write(q, "SELECT floor(extract(epoch FROM max(started_at)))::bigint"
			  " FROM job_runs WHERE job = $1 AND outcome = 'ok'");
	db_param_text(q, job);
}

enum err
job_store_last_ok_read(const PGresult *res, int64_t *began_at)
{
	return db_row_only_int(res, began_at);
}

void
job_store_begin(struct db_query *q, const char *job, int64_t now)
{
	db_query_write(q, "WITH interrupted AS (UPDATE job_runs"
			  " SET outcome = 'failed', ended_at = now(), error = 'interrupted'"
			  " WHERE job = $1 AND outcome = 'running')"
			  " INSERT INTO job_runs (job, started_at)"
			  " VALUES ($1, to_timestamp($2::bigint)) RETURNING id");
	db_param_text(q, job);
	db_param_int(q, now);
}

enum err
job_store_begin_read(const PGresult *res, int64_t *id)
{
	return db_row_only_int(res, id);
}

void
job_store_end(struct db_query *q, int64_t id, const char *error)
{
	db_query_write(q, "UPDATE job_runs SET ended_at = now(), error = $2,"
			  " outcome = CASE WHEN $2::text IS NULL THEN 'ok' ELSE 'failed' END"
			  " WHERE id = $1");
	db_param_int(q, id);
	db_param_text(q, error);
}

void
job_store_failure(struct db_query *q, const char *job, int64_t began_at, const char *error)
{
	db_query_write(q, "INSERT INTO job_runs (job, started_at, ended_at, outcome, error)"
			  " VALUES ($1, to_timestamp($2::bigint), now(), 'failed', $3)");
	db_param_text(q, job);
	db_param_int(q, began_at);
	db_param_text(q, error);
}

void
job_store_purge(struct db_query *q, int64_t days)
{
	db_query_write(q, "DELETE FROM job_runs r"
			  " WHERE r.started_at < now() - make_interval(days => $1::integer)"
			  " AND r.id <> coalesce((SELECT l.id FROM job_runs l"
			  " WHERE l.job = r.job AND l.outcome = 'ok'"
			  " ORDER BY l.started_at DESC LIMIT 1), 0)");
	db_param_int(q, days);
}
