/*
 * What can make, change and take away a bouncer; BOUNCER_PROVISIONER chooses which one makes new
 * ones. Each step may be done again after a crash at any point: what is there already is fine.
 * All of it blocks and is called from tasks only.
 */
#ifndef BOUNCER_PROVISIONER_H
#define BOUNCER_PROVISIONER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "clients/soju_door.h"

enum provision {
	PROVISION_DONE,
	PROVISION_WAIT,	   /* under way; look again in a moment */
	PROVISION_FAILED,  /* not now: try again later */
	PROVISION_REFUSED, /* not ever, unless somebody changes something */
	PROVISION__MAX
};

struct provision_run {
	const struct bouncer *bouncer;
	/* What is wanted of it. Switched off while it is suspended or being deleted. */
	bool is_enabled;
	int64_t restarted_at; /* 0: never asked for */
	bool is_restart_due;  /* it was asked for since something was last made so */
	/* remove: not even its first step was done, so what has its name may be somebody else's. */
	bool is_untouched;
	struct arena *arena;
	int timeout_ms; /* of this step, one visit to its soju included */
	/* Set by a step that does not end in PROVISION_DONE. */
	const char *failure;   /* a sentence for its owner: "The cluster does not answer." */
	const char *cause;     /* for the log, without names or secrets */
	int64_t retry_after_s; /* what it was told to wait before the next try; 0: nothing */
};

struct provisioner {
	const char *word; /* as in bouncers.provisioner and BOUNCER_PROVISIONER */
	/* requested → database: where its soju keeps what it knows. */
	enum provision (*make_database)(struct provision_run *);
	/* database → applied, and again whenever something else is wanted of a bouncer: makes it
	 * run with these limits, or stand still. */
	enum provision (*apply)(struct provision_run *);
	/* applied → ready, and after each later apply: whether it is so by now. */
	enum provision (*check)(struct provision_run *);
	/* removing → gone: everything of it, its database too. */
	enum provision (*remove)(struct provision_run *);
	/* How its soju is spoken to; ERR_INVALID: it cannot. In the arena. */
	enum err (*door)(struct soju_door_target *, struct arena *, const struct bouncer *);
};

extern const struct provisioner provisioner_soju, provisioner_kube;

/*
 * For `door` of a provisioner: the way by SOJU_ADMIN_SOCKET, or else by SOJU_ADMIN_URL as the admin
 * whose password is made for `secret_name`. ERR_INVALID: no setting leads there.
 */
enum err provisioner_door(
    struct soju_door_target *, struct arena *, const struct bouncer *, const char *secret_name);
/*
 * Opens the door of a bouncer's soju for `timeout_ms` in all. NULL as of soju_door_open(); without
 * `why` no setting leads there, or nothing here made the bouncer (`provisioner` NULL): ERR_INVALID.
 */
struct soju_door *provisioner_open_door(const struct provisioner *, const struct bouncer *,
    struct arena *, int timeout_ms, enum err *e, const char **why);
/* The same for looking only: it ends, with ERR_TIMEOUT, as soon as the program begins to. */
struct soju_door *provisioner_open_door_to_look(const struct provisioner *, const struct bouncer *,
    struct arena *, int timeout_ms, enum err *e, const char **why);

/* Of a word in the database; NULL for "none" and for what is not known. */
const struct provisioner *provisioner_of(const char *word);
/* Which one makes new bouncers; NULL: none is set up here. */
const struct provisioner *provisioner_chosen(void);

#endif
