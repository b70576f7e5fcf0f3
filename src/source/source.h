/*
 * Where the figures of the dashboard come from: soju's database and the Kubernetes API for each
 * bouncer, txt and pics for each account. The last good answer of each is kept in
 * source_snapshots, and pages read only that; what is older than 15 s is refreshed in the
 * background. Unknown stays unknown and says why.
 *
 *	source_refresh	which refreshes run in this worker, and who waits for them
 *	source_fetch	one refresh: asks soju (source_soju), Kubernetes (source_kube), txt or pics
 *	source_store	claims a refresh, keeps its answer
 *	source_answer	answers as JSON
 *	source_count	counting messages bit by bit
 *	source_pg	libpq with a deadline
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"

#define SOURCE_FRESH_S 15      /* an answer younger than this is shown as it is */
#define SOURCE_LIMIT_MS 2000   /* a refresh takes no longer */
#define SOURCE_PATIENCE_MS 300 /* a page waits no longer for refreshes */

enum source_kind { SOURCE_SOJU, SOURCE_KUBE, SOURCE_TXT, SOURCE_PICS, SOURCE__MAX };
extern const char *const source_words[SOURCE__MAX]; /* "soju", "kube", "txt", "pics" */

enum source_failure {
	SOURCE_FINE,
	SOURCE_NOT_CONFIGURED, /* no address in the settings */
	SOURCE_REFUSED,	       /* no connection */
	SOURCE_TIMEOUT,
	SOURCE_TLS,
	SOURCE_BROKEN, /* a database that holds or answers something else than it should */
	SOURCE_TOO_LARGE,
	SOURCE_DENIED,	/* our token or role is not accepted */
	SOURCE_MISSING, /* no such database, deployment, account */
	SOURCE_TOO_OLD, /* soju's schema is below 14 */
	SOURCE_TOO_NEW, /* soju's schema is above 20 */
	SOURCE_DNS,	/* no such name; this and the next three as in enum call_result */
	SOURCE_CUT,
	SOURCE_STATUS,
	SOURCE_NOT_JSON,
	SOURCE_FAILURE__MAX
};
extern const char
    *const source_failure_words[SOURCE_FAILURE__MAX]; /* "fine", "not_configured", … */
/* What a word that was kept means; SOURCE_BROKEN for one that only a newer version knows. */
enum source_failure source_failure_of_word(const char *);
/* A sentence for people without capital and full stop: "the service does not answer". NULL: fine.
 */
const char *source_failure_reason(enum source_failure);
/* What a client's verdict on a reply means: the reply says more where there was no answer at all.
 */
enum source_failure source_failure_of_reply(enum err, const struct call_reply *);
/* The other way, for what was asked otherwise than by a call: a database. */
enum call_result source_failure_result(enum source_failure);

/* Whether the settings say where to ask. What is not configured is never asked. */
bool source_is_configured(enum source_kind);

/*
 * Whether this is a name that bouncers have, as in bouncers.name: lower-case letters, digits and
 * hyphens inside, 40 at most. It goes into paths and addresses, so clients ask first.
 */
bool source_is_bouncer_name(const char *);
/*
 * Addresses in settings are the same for all bouncers, or hold "{bouncer}", which becomes the name
 * of one: whether it is so, and the address of one. The name was checked before.
 */
bool source_is_of_each(const char *address);
const char *source_of_bouncer(struct arena *, const char *address, const char *name);

/* How an answer stands. Times are Unix seconds, 0 = never. */
struct source_state {
	int64_t answered_at;	     /* of the last good answer; 0: nothing is known */
	int64_t tried_at;	     /* of the last attempt, good or bad */
	enum source_failure failure; /* of the last attempt */
	bool is_refreshing;	     /* at this moment, by any worker of any machine */
};

/*
 * Due when it was never tried, or when the last attempt is SOURCE_FRESH_S old (a failed one, too:
 * no hammering), or in the future, which a clock that was set back leaves behind.
 */
bool source_is_due(const struct source_state *, int64_t now);

struct soju_channel {
	const char *name;
	bool is_detached;
};

struct soju_network {
	const char *name; /* never empty: the address where soju has no name */
	const char *address;
	bool is_enabled;
	struct soju_channel *channels; /* attached ones first, each part by name */
	size_t nchannels;
	int64_t channels_left; /* how many more it has: a list is cut, a number never */
};

/* Something that signs in with a certificate. */
struct soju_device {
	const char *label;
	int64_t used_at; /* Unix seconds; 0: never */
};

struct soju_answer {
	struct soju_network *networks;
	size_t nnetworks;
	int64_t
	    messages; /* in history, with text; -1: not counted yet or not kept in the database */
	bool is_counting;      /* the first count is under way: -1 will become a number by itself */
	int64_t networks_left; /* how many more there are than are listed */
	int64_t channels_left; /* of those networks */
	bool tells_devices;    /* else which devices there are is not known */
	struct soju_device *devices;
	size_t ndevices;
};

enum kube_phase {
	KUBE_RUNNING,	 /* the container runs and is ready */
	KUBE_STARTING,	 /* no ready container yet; `reason` if something holds it up */
	KUBE_RESTARTING, /* it ended and is started again: `reason` says why */
	KUBE_STOPPED,	 /* replicas: 0 */
	KUBE_MISSING,	 /* no such deployment */
	KUBE_PHASE__MAX
};
extern const char *const kube_phase_words[KUBE_PHASE__MAX];

struct kube_answer {
	enum kube_phase phase;
	int64_t running_since; /* container startedAt, Unix seconds; 0 unless running */
	int64_t restarts;
	const char *reason;    /* waiting or last termination: "CrashLoopBackOff"; NULL */
	int64_t last_ended_at; /* of the last terminated container; 0: none */
};

struct usage_answer {
	int64_t count; /* pastes or pictures, living ones */
	int64_t storage_bytes;
};

#endif
