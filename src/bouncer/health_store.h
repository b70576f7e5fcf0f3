/*
 * What a round reads of all bouncers, and what it writes: the last sample into bouncers and
 * bouncer_networks, the minute into bouncer_days, counters into soju_meters, connected clients into
 * activity_days. Each statement does many bouncers at once, and its cost does not grow with
 * history.
 */
#ifndef BOUNCER_HEALTH_STORE_H
#define BOUNCER_HEALTH_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/outage.h"
#include "clients/soju_admin.h"
#include "db/db_query.h"

/* A bouncer in a round. Times are Unix seconds. */
struct health_bouncer {
	/* As the round finds it. */
	int64_t id;
	const char *name, *username;
	const char *provisioner;
	bool is_off;		 /* suspended, or being deleted */
	int64_t known_connected; /* networks that were so when soju last told */
	int64_t networks_at;	 /* when that was; 0: never */
	int64_t running_since;	 /* 0: not known */
	/* What is found out. */
	enum mark mark;	     /* MARK_UNKNOWN: no sample, nothing is written */
	int64_t clients;     /* -1: not known */
	int64_t connected;   /* networks, as its soju counts them; -1: not known */
	int64_t started_at;  /* its process; -1: not known */
	int64_t counter;     /* messages since then; -1: not known */
	const char *version; /* NULL: not known */
	const struct soju_status_list
	    *networks;		 /* as soju tells them now; NULL: it was not asked */
	bool are_networks_known; /* they are told now, or what was told before still holds */
};

struct health_list {
	struct health_bouncer *v;
	size_t n;
};

/* All that are, or once were, ready, and that something other than a hand has made; by id. */
void health_store_all(struct db_query *);
enum err health_store_all_read(struct health_list *, struct arena *, const PGresult *);

/*
 * Networks of bouncers as told; bouncers without a list are left alone, and those of which a list
 * is kept that was asked for later. What a list has not is gone. Bytes that are no UTF-8 become
 * "?".
 */
void health_store_networks(struct db_query *, const struct health_bouncer *, size_t n);

/*
 * The samples of this minute, after the networks were stored. How one is added to a day:
 *
 *	the minute was sampled already		nothing changes but sums of messages and the most
 *						clients: the first sample of a minute counts
 *	3 minutes or more since the last	not known from the minute after that one
 *	another state than the last mark's	a mark
 *	else					only the last minute and the counters move
 *
 * So a day has a mark for each of its minutes at most. A clock that was put back adds nothing until
 * it has caught up.
 */
void health_store_samples(struct db_query *, const struct health_bouncer *, size_t n, int64_t now);

/* The counter of a soju that several bouncers share, under the name "". started_at: of its process;
 * -1: not known, then only a counter that fell tells of a restart. */
void health_store_shared_meter(struct db_query *, int64_t counter, int64_t started_at, int64_t now);

/* Answers one number: the days deleted, at most `at_most` of those older than `keep_days`. */
void health_store_purge(struct db_query *, int64_t keep_days, int64_t at_most);

#endif
