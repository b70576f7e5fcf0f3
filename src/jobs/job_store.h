/* The table job_runs, and the advisory lock that lets one replica do a job at a time. */
#ifndef JOBS_JOB_STORE_H
#define JOBS_JOB_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db_query.h"

/* Takes the job's lock for the connection that asks, without waiting: one row, true if taken. */
void job_store_lock(struct db_query *, const char *job);
enum err job_store_lock_read(const PGresult *, bool *is_taken);
void job_store_unlock(struct db_query *, const char *job);

/* When the last good run began, in Unix seconds; 0 for never. */
void job_store_last_ok(struct db_query *, const char *job);
enum err job_store_last_ok_read(const PGresult *, int64_t *began_at);

/*
 * A run begins: one row, its id. Runs of the job that never ended are closed as interrupted; the
 * caller holds the lock, so nobody is still at them. `now` is the caller's clock, the one that the
 * schedule is kept by.
 */
void job_store_begin(struct db_query *, const char *job, int64_t now);
enum err job_store_begin_read(const PGresult *, int64_t *id);
/* It ends; `error` is NULL after a good one. */
void job_store_end(struct db_query *, int64_t id, const char *error);
/* A failed run of a job that leaves no rows while all is well. */
void job_store_failure(struct db_query *, const char *job, int64_t began_at, const char *error);

/* Deletes runs older than `days`, but never a job's last good one. */
void job_store_purge(struct db_query *, int64_t days);

#endif
