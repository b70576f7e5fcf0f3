/*
 * One run of one job, from the lock to the row that tells how it went, and what a process remembers
 * of it. Without Kore; jobs.c calls it from a task.
 */
#ifndef JOBS_JOB_RUN_H
#define JOBS_JOB_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db_sync.h"
#include "jobs/job_list.h"

/* What this process knows of a job; all zero at its start. Times are Unix seconds. */
struct job_progress {
	int64_t last_ok;    /* when the last good run, of any replica, began; 0: not known */
	int64_t not_before; /* after a failure or a held lock: wait until then */
	int64_t since;	    /* when this process began to look after it */
	bool is_running;
	bool is_failing;
	bool has_started; /* the run at the start has been done */
};

enum job_outcome {
	JOB_OK,
	JOB_FAILED,
	JOB_SKIPPED, /* another process holds the lock */
	JOB_NOT_DUE  /* another replica has done it: `last_ok` says when */
};

struct job_result {
	enum job_outcome outcome;
	int64_t last_ok; /* for JOB_OK and JOB_NOT_DUE; after a failure what the database knows, or
			    0: a process that has just begun is told how late the job is */
	enum err err;	 /* for JOB_FAILED */
	bool has_no_database; /* that is why */
	int64_t duration_us;
};

/* True if the job is to be started now. */
bool job_is_due(const struct job *, const struct job_progress *, int64_t now);
/* When it is due next, or since when it has been: until a good end, however often it fails. What
 * has not run as far as we know has been due since we look. */
int64_t job_due_at(const struct job *, const struct job_progress *, int64_t now);

/*
 * Runs the job over `db`; NULL is a failure like any other. `p` is only read. Unless the job is
 * done everywhere: only under its lock, and only if, by what the database says, it is still due or
 * must run because the process starts.
 */
struct job_result job_run(
    const struct job *, const struct job_progress *p, struct db_sync *db, int64_t now);

/*
 * Takes the result over into the progress, counts it, and puts a line into the log. Its level is
 * error when failing begins and warn while it goes on; debug for a good run of what every replica
 * does, and info for other good ones. In the event loop only.
 *
 *	{"time":"…","level":"info","area":"job","job":"partitions","outcome":"ok","duration_us":1873}
 */
void job_finish(const struct job *, struct job_progress *, const struct job_result *, int64_t now);

#endif
