/*
 * Starts periodic jobs when they are due (job_list.c says which), as background tasks of the worker
 * that calls this.
 */
#ifndef JOBS_JOBS_H
#define JOBS_JOBS_H

/* Called once, in kore_worker_configure() of worker 1. */
void jobs_start(void);

#endif
