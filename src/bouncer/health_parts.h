/* What the files of a round have in common; see health.h. */
#ifndef BOUNCER_HEALTH_PARTS_H
#define BOUNCER_HEALTH_PARTS_H

#include "bouncer/health_store.h"
#include "clients/soju_door.h"
#include "db/db_sync.h"

/*
 * A round ends within the minute, whoever is silent. Each part has an end of its own, counted from
 * the beginning, so that none takes the time of those behind it; writing has what is left.
 */
#define HEALTH_SHARED_MS 12000	/* the shared soju, all its users */
#define HEALTH_LIST_MS 22000	/* the cluster's list of deployments */
#define HEALTH_METRICS_MS 34000 /* counters of each soju */
#define HEALTH_DOORS_MS 44000	/* networks, of each soju that is asked for them */

struct health_run {
	struct db_sync *db;
	struct arena *arena;
	int64_t now;	  /* Unix seconds */
	int64_t begun_us; /* of clock_monotonic_us() */
	struct health_list all;
};

/* The end of a part, of clock_monotonic_us(); and milliseconds until then, 0: it is over. */
int64_t health_end_us(const struct health_run *, int end_ms);
int health_left_ms(const struct health_run *, int end_ms);
/* What time it is, by the clock that the round began with: Unix microseconds. */
int64_t health_now_us(const struct health_run *);

/* Bouncers of one shared soju, asked over one connection. */
void health_soju(struct health_run *);
/* Bouncers with a soju of their own in a cluster. */
void health_kube(struct health_run *);

/* Whether `b` is one of a provisioner, and should run. */
bool health_is_of(const struct health_bouncer *, const char *provisioner);
/* Whether its soju was started since the last sample. */
bool health_is_restarted(const struct health_bouncer *);
/* Opens the door of this bouncer's soju; NULL: it does not open (logged). */
struct soju_door *health_open_door(struct arena *, const struct health_bouncer *, int timeout_ms);
/* `user run NAME network status`, NULL after the last word; in the arena. */
const char *const *health_status_command(struct arena *, const struct health_bouncer *);
/* What soju, asked at `asked_us`, answered: its networks, where it told them. False: it refused. */
bool health_take_status(
    struct health_bouncer *, struct arena *, const struct soju_reply *, int64_t asked_us);
/* Whether SOJU_METRICS_URL is one address for each bouncer (or one for all). */
bool health_has_metrics(bool of_each);

#endif
