/* What is done about bouncers at regular intervals. */
#ifndef JOBS_JOB_BOUNCERS_H
#define JOBS_JOB_BOUNCERS_H

#include "jobs/job_list.h"

/* Takes each to where it is wanted; every second, in each replica. */
enum err job_bouncers_work(struct job_context *);
/* Gives each the limits of its account's plan. */
enum err job_bouncers_limits(struct job_context *);

#endif
