/*
 * Bouncers: what an account's own connection to IRC is called, in what state it is, and the rules
 * for names. One bouncer is one user of a soju; a provisioner makes that user, and perhaps its soju
 * as well.
 *
 *	provisioner	what can make, change and take away a bouncer; provisioner_soju, _kube
 *	bouncer_work	the job that takes each bouncer to where it is wanted, step by step
 *	bouncer_store	the table bouncers for pages; bouncer_work_store for the job
 *	network		what a person may ask for as a network: address, nick, channels
 *	soju_ops	what is asked of a running soju: users, networks, status
 *	health		the samples of each minute; outage: what they make of a day
 */
#ifndef BOUNCER_BOUNCER_H
#define BOUNCER_BOUNCER_H

#include <stdbool.h>
#include <stdint.h>

#define BOUNCER_NAME_MAX 32 /* bytes of a name that is chosen here; older ones may have 40 */

enum bouncer_state {
	BOUNCER_REQUESTED, /* nothing is made yet */
	BOUNCER_DATABASE,  /* its database is there */
	BOUNCER_APPLIED,   /* it was started; whether it answers is asked */
	BOUNCER_READY,
	BOUNCER_FAILED,	  /* it will not go on by itself */
	BOUNCER_DELETING, /* switched off; can be undone until delete_after */
	BOUNCER_REMOVING, /* is being taken away */
	BOUNCER_STATE__MAX
};
extern const char *const bouncer_state_words[BOUNCER_STATE__MAX]; /* as in bouncers.state */

/* A row of bouncers. Times are Unix seconds, 0 = never; texts live as long as the arena that the
 * row was read into. */
struct bouncer {
	int64_t id, user_id; /* user_id 0: the account is gone, and so will it be */
	const char *name, *soju_username;
	const char *provisioner; /* "none": made by hand, so nothing here may change it */
	enum bouncer_state state, failed_in;
	int64_t created_at, state_at, ready_at;
	int64_t max_networks; /* -1: no limit was ever set */
	int64_t history_days; /* -1: as its soju has it */
	int64_t suspended_at;
	const char *suspended_why; /* NULL: it is not */
	int64_t wanted, applied;
	int64_t attempts;
	const char *failure; /* why the last attempt was in vain, a sentence; NULL: it was not */
	int64_t delete_after;
	int64_t networks_at; /* when its soju last told its networks; 0: how many is not known */
	int64_t sampled_at;  /* of the last sample, from which the following are */
	int is_up;	     /* 1, 0, or -1: not known */
	int64_t clients;     /* -1: not known */
	int64_t running_since, restarts;
	const char *version; /* of soju; NULL: not known */
};

/* Whether its owner may use and change it at this moment: ready, and not suspended. */
bool bouncer_is_usable(const struct bouncer *);
/* Whether its owner has deleted it, be it so that this can be undone. */
bool bouncer_is_deleted(const struct bouncer *);

/*
 * Why a name cannot be given to a new bouncer, a sentence for whoever typed it; NULL: it can. A
 * letter, then letters, digits and single hyphens inside, all lower case, 3 to BOUNCER_NAME_MAX;
 * not a word that the service needs itself. It becomes part of a host name, a path, a database and
 * a user of soju.
 */
const char *bouncer_name_problem(const char *name);

#endif
