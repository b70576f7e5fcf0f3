/* What an account sees first: its bouncers, its content, its plan. */
#ifndef DASHBOARD_DASHBOARD_H
#define DASHBOARD_DASHBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"

/* Whether a bouncer can be used, or why it cannot. */
enum dashboard_use {
	DASHBOARD_USABLE,
	DASHBOARD_MAKING,
	DASHBOARD_FAILED,
	DASHBOARD_SUSPENDED,
	DASHBOARD_DELETED, /* it can still be had back */
	DASHBOARD_REMOVING,
	DASHBOARD_USE__MAX
};

struct dashboard_bouncer {
	int64_t id;
	const char *name;
	const char *soju_username; /* of the account inside soju */
	enum dashboard_use use;	   /* else than usable: no source is asked about it */
	/* Of a soju that several people share Kubernetes knows nothing: how it stands is what the
	 * last sample said. */
	bool is_shared;
	int is_up;			   /* 1, 0, or -1: not known */
	int64_t running_since, sampled_at; /* 0: not known; never */
	struct source_state soju_state, kube_state;
	struct soju_answer soju; /* meaningful if soju_state.answered_at > 0 */
	struct kube_answer kube; /* likewise */
};

struct dashboard {
	bool is_payment_due;	   /* one failed, and still is */
	int64_t payment_failed_at; /* 0: unknown */
	const char *plan;	   /* "free" or "pro", as in users.plan */
	const char *txt_url,
	    *pics_url; /* where pastes and pictures are made; "" or NULL: not offered */
	int64_t
	    read_at; /* by the database's clock, as the times of the states; ours if it has none */
	bool can_make;			    /* there is something here that makes bouncers */
	struct dashboard_bouncer *bouncers; /* in the order in which they were made */
	size_t nbouncers;
	struct source_state txt_state, pics_state;
	struct usage_answer txt, pics; /* meaningful if …_state.answered_at > 0 */
};

#endif
