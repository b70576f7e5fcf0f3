/* The periodic work of billing; each does nothing, and succeeds, when billing is not set up. */
#ifndef JOBS_JOB_BILLING_H
#define JOBS_JOB_BILLING_H

#include "jobs/job_list.h"

/* Obeys events, then settles the plans that follow: every second, so it is cheap when idle. */
enum err job_billing_inbox(struct job_context *);
enum err job_billing_gaps(struct job_context *);
enum err job_billing_reconcile(struct job_context *);
enum err job_billing_relink(struct job_context *);
/* Asks for all subscriptions, unless there is a webhook. */
enum err job_billing_poll(struct job_context *);
enum err job_billing_purge(struct job_context *);

#endif
