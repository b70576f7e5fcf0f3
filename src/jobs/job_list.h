/* The periodic jobs: the one table of what each service does by itself, and when. */
#ifndef JOBS_JOB_LIST_H
#define JOBS_JOB_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/settings.h"
#include "base/strbuf.h"
#include "db/db_sync.h"
#include "jobs/schedule.h"

/* What a run is given. It runs in a task: it may block, and knows nothing of Kore. */
struct job_context {
	struct arena *arena; /* ends with the run */
	struct db_sync *db;  /* the database of the role */
	int64_t now;	     /* when the run began, Unix seconds */
	struct strbuf error; /* a sentence for job_runs, if an err_word() says too little */
};

#define JOB_OF(role) (1U << (role))

struct job {
	const char *name; /* for job_runs, the log and metrics */
	struct schedule schedule;
	bool is_at_start;   /* also once in each process that starts */
	bool is_everywhere; /* each replica for itself: no lock, and a row only when it fails */
	unsigned roles;	    /* JOB_OF() each role that does it; 0: all do */
	enum err (*run)(struct job_context *);
};

extern const struct job job_list[];
extern const size_t job_list_length;

/* Whether the role does the job. */
bool job_is_of(const struct job *, enum role);

#endif
