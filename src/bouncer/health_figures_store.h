/* Bouncers in figures, for the job `gauges`: what the last samples say about all of them. */
#ifndef BOUNCER_HEALTH_FIGURES_STORE_H
#define BOUNCER_HEALTH_FIGURES_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db_query.h"
#include "metrics/metrics.h"

enum health_state { HEALTH_UP, HEALTH_DOWN, HEALTH_OFF, HEALTH_UNKNOWN, HEALTH_STATE__MAX };
enum health_link {
	HEALTH_CONNECTED,
	HEALTH_DISCONNECTED,
	HEALTH_DISABLED,
	HEALTH_LINK_UNKNOWN,
	HEALTH_LINK__MAX
};
#define HEALTH_FIGURES_MAX (HEALTH_STATE__MAX + HEALTH_LINK__MAX)

/* -1: not known. */
struct health_figures {
	int64_t bouncers[HEALTH_STATE__MAX], networks[HEALTH_LINK__MAX];
	int64_t clients, relayed;
	int64_t sample_age_s, round_ms;
};

/* One row. Its cost grows with the bouncers there are, not with their history. */
void health_figures_store_ask(struct db_query *);
enum err health_figures_store_read(struct health_figures *, const PGresult *);
/* Hands what has no label to the registry, and writes what has one; returns how many. */
size_t health_figures_store_publish(
    const struct health_figures *, struct metrics_figure to[HEALTH_FIGURES_MAX], int64_t now);

#endif
