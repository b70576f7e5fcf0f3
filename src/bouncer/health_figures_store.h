/* Bouncers in figures, for the job `gauges`: what the last samples say about all of them. */
#ifndef BOUNCER_HEALTH_FIGURES_STORE_H
#define BOUNCER_HEALTH_FIGURES_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
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

/* -1: not known. */
struct health_figures {
	int64_t bouncers[HEALTH_STATE__MAX], networks[HEALTH_LINK__MAX];
	int64_t clients, relayed;
	int64_t sample_age_s, round_ms;
};

/* One row. Its cost grows with the bouncers there are, not with their history. */
void health_figures_store_ask(struct db_query *);
enum err health_figures_store_read(struct health_figures *, const PGresult *);
/* What is not known is left out; `now`, Unix seconds, is when it was asked. */
void health_figures_store_add(
    struct metrics_figure_list *, struct arena *, const struct health_figures *, int64_t now);

#endif
