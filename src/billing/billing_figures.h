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
#include "db/db_sync.h"
#include "figures/figure_store.h"

/*
 * Names of billing's figures. The first five are money, in minor units with up to 12 decimals: for
 * each currency under its code in lower case, and under figure_sum_label() all of them in the
 * reporting currency, which is only there when each has a rate. The others are counts, under "" or
 * the label that is named here.
 */
enum billing_figure {
	BILLING_MRR,
	BILLING_BILLED_MRR,
	BILLING_COMMITTED_MRR,
	BILLING_AT_RISK_MRR, /* the part of MRR that is past due */
	BILLING_TRIAL_MRR,   /* what trials would be worth; in none of the others */
	BILLING_MONEY__MAX,
	BILLING_SUBSCRIPTIONS_ACTIVE = BILLING_MONEY__MAX, /* those that count for MRR */
	BILLING_SUBSCRIPTIONS_CANCELED_30D,
	BILLING_SUBSCRIPTIONS,	       /* status: all that have not ended */
	BILLING_SUBSCRIPTIONS_BY_PLAN, /* plan, or "none": those that count for MRR */
	BILLING_PAYING_CUSTOMERS,
	BILLING_CHURN_RATE_30D, /* those up to the movements: by the days that were closed */
	BILLING_CHURN_CUSTOMERS_30D,
	BILLING_CHURN_PAYING_AT_START_30D,
	BILLING_MRR_MOVEMENTS_30D,	/* reporting currency/kind, in its minor units */
	BILLING_STRIPE_WEBHOOK_BACKLOG, /* events in the inbox that wait */
	BILLING_STRIPE_WEBHOOK_OLDEST,	/* for how many seconds the oldest has; 0: none does */
	BILLING_COUNTED__MAX, /* the job `billing_figures` writes those before, all at once */
	BILLING_STRIPE_DRIFT = BILLING_COUNTED__MAX, /* written by the nightly comparison */
	BILLING_FIGURE__MAX
};
extern const char *const billing_figure_words[BILLING_FIGURE__MAX];

/*
 * The sums of money in the reporting currency (lower case) are appended under figure_sum_label(),
 * where every currency that has something in it has a rate. `missing`, if given, then holds the
 * others, "jpy, usd". A rate says how many units of the reporting currency one unit is worth, in
 * EUR and not in cents, so the places of both currencies count.
 */
void billing_figures_convert(
    struct figure_list *, struct arena *, const char *reporting, struct strbuf *missing);

/* All figures now, as they would be stored. */
enum err billing_figures_count(struct figure_list *, struct arena *, struct db_sync *, bool is_live,
    const char *reporting, struct strbuf *missing);

/* Whether Stripe's subscriptions are known yet, be they none (mrr_store_is_known()). */
enum err billing_figures_are_known(struct db_sync *, struct arena *, bool *are_known);

/*
 * The job: computes anew what time has changed, a batch at a time, then counts and stores. Without
 * billing, or before anything is known of Stripe, there are none: they are deleted. *recomputed:
 * how many time had changed.
 */
enum err billing_figures_refresh(
    struct db_sync *, struct arena *, int64_t now, int64_t *recomputed);

#endif
