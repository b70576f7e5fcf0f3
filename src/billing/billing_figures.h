/*
 * The business figures of billing: counted from the mirror, converted where there are rates, left
 * in the table `figures`. For tasks and subcommands.
 */
#ifndef BILLING_BILLING_FIGURES_H
#define BILLING_BILLING_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"
#include "billing/figure_store.h"
#include "db/db_sync.h"
#include "metrics/metrics.h"

/*
 * The sums of money in the reporting currency (lower case) are appended under the label "", where
 * every currency that has something in it has a rate. `missing`, if given, then holds the others,
 * "jpy, usd". A rate says how many units of the reporting currency one unit is worth, in EUR and
 * not in cents, so the places of both currencies count.
 */
void billing_figures_convert(
    struct figure_list *, struct arena *, const char *reporting, struct strbuf *missing);

/* All figures now, as they would be stored. */
enum err billing_figures_count(struct figure_list *, struct arena *, struct db_sync *, bool is_live,
    const char *reporting, struct strbuf *missing);

/*
 * The job: computes anew what time has changed, a batch at a time, then counts and stores. Without
 * billing there are no figures: they are deleted. *recomputed: how many time had changed.
 */
enum err billing_figures_refresh(
    struct db_sync *, struct arena *, int64_t now, int64_t *recomputed);

/* As metrics show them: whole minor units, rounded half up once. Names that no metric has are left
 * out. Texts live as long as the list's. */
size_t billing_figures_metrics(
    struct metrics_figure **, struct arena *, const struct figure_list *, const char *reporting);

#endif
