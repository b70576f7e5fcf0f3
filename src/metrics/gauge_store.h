/*
 * The business figures that a scrape shows, read from the accounts database. Staff, test and banned
 * accounts are left out; days are days in UTC.
 */
#ifndef METRICS_GAUGE_STORE_H
#define METRICS_GAUGE_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db_query.h"
#include "metrics/metrics.h"

struct gauge_figures {
	int64_t signups_7d;    /* of the 7 complete days before today */
	int64_t signups_today; /* so far */
	int64_t logins;	       /* ever: days that are over from event_days, the rest from events */
};

/* One row. Its cost grows with the last 8 days, not with history. */
void gauge_store_figures(struct db_query *);
enum err gauge_store_figures_read(const PGresult *, struct gauge_figures *);
/* `now`, Unix seconds, is when they were asked. */
void gauge_store_add(
    struct metrics_figure_list *, struct arena *, const struct gauge_figures *, int64_t now);

#endif
