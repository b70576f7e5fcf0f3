/*
 * What a soju counts about itself (`listen http+prometheus://`), of which a few numbers are read.
 * Pure. Sources: soju's server.go (0.6 to 0.10); Prometheus' text format 0.0.4.
 */
#ifndef CLIENTS_SOJU_METRICS_H
#define CLIENTS_SOJU_METRICS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"

/* -1: not told. */
struct soju_metrics {
	int64_t clients;   /* soju_downstreams_active */
	int64_t connected; /* soju_upstreams_active: networks */
	/* Lines from and to networks since the start: each once, however many clients got it. PING
	 * and the like are among them. */
	int64_t messages;
	int64_t started_at; /* process_start_time_seconds, Unix seconds */
};

/* The address of a bouncer's counters: `{bouncer}` in the template becomes its name. ERR_INVALID:
 * not a name that bouncers have. */
enum err soju_metrics_request(struct call_request *, struct arena *, const char *template,
    const char *bouncer, int timeout_ms);
/* ERR_UPSTREAM: no such text, or none of soju; or the error of call_result_err(). */
enum err soju_metrics_reply(struct soju_metrics *, const struct call_reply *);

#endif
