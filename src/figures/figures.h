/*
 * How a business figure gets to /metrics. A slice counts it and leaves it in the table `figures`
 * under a word and a label (figure_store.h); the job `gauges` of every replica takes all of them
 * from there to the registry. To add one:
 *
 *  1. metrics/metrics.h: one line in METRIC_FIGURES, say
 *     F(ACCOUNTS, "irc_now_accounts", "gauge", "", "", METRICS_FIGURE_OLD_S, "Accounts there are.")
 *  2. the job, under the leader lock:
 *     figure_list_add_int(&list, a, "accounts", "", n);
 *     figure_list_add_ratio(&list, a, "retention_cohort", "2026-01", active, signups);
 *     figure_list_add(&list, a, "mrr_movements_30d_cents", figure_label(a, "eur", "new"), text);
 *     figure_store_put(&q, &list, words, nwords, now);
 *     with `words` all that this job writes: what is among them and not in the list is unknown.
 *
 * The word is the metric's name without "irc_now_". The label is "" for a metric without labels,
 * the label's value for one with one, and "first/second" for one with two. Sums of money of billing
 * ("mrr") are the exception: figures.c has them in one table. Money (a name that ends in _cents or
 * _minor) is rounded half up to whole minor units; everything else is shown as it is.
 *
 * A metric of type "counter" keeps its greatest value in the table and in the registry: it never
 * falls, it waits until it is caught up with.
 */
#ifndef FIGURES_FIGURES_H
#define FIGURES_FIGURES_H

#include <stdbool.h>

#include "base/arena.h"
#include "figures/figure_store.h"
#include "metrics/metrics.h"

/*
 * Adds the figures of the table as metrics show them; what no metric has (a word of another
 * release) is left out. Texts live as long as those of the figures.
 */
void figures_to_metrics(struct metrics_figure_list *, struct arena *, const struct figure_list *);
/* Whether a metric shows what is kept under this word. */
bool figures_is_known(const char *word);
bool figures_is_counter(const char *word);

#endif
