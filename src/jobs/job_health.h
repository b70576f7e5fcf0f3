/* The jobs that look at bouncers and at what people do. */
#ifndef JOBS_JOB_HEALTH_H
#define JOBS_JOB_HEALTH_H

#include "jobs/job_list.h"

/* A sample of every bouncer. */
enum err job_health_round(struct job_context *);
/* Deletes days of bouncers that no page shows any more. */
enum err job_health_purge(struct job_context *);
/* Asks txt and pics who made something. */
enum err job_health_content(struct job_context *);
/* Asks a shared soju's database who was connected. */
enum err job_health_soju(struct job_context *);
/* Of txt and pics: forgets days that the portal has long asked for. */
enum err job_health_made_days(struct job_context *);

#endif
