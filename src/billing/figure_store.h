/*
 * The latest business figures (table `figures`): the same for every replica and after a restart. A
 * figure that cannot be known has no row. The jobs write them, pages and metrics read them.
 */
#ifndef BILLING_FIGURE_STORE_H
#define BILLING_FIGURE_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/*
 * Names of billing's figures. The first five are money, in minor units with up to 12 decimals: for
 * each currency under its code in lower case, and under "" all of them in the reporting currency,
 * which is only there when each has a rate. The others are counts, under "" or the label that is
 * named here.
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
	BILLING_COUNTED__MAX, /* the job `billing_figures` writes those before, all at once */
	BILLING_STRIPE_DRIFT = BILLING_COUNTED__MAX, /* written by the nightly comparison */
	BILLING_FIGURE__MAX
};
extern const char *const billing_figure_words[BILLING_FIGURE__MAX];

struct figure {
	const char *name, *label;
	const char *value; /* decimal text */
	int64_t at;	   /* Unix seconds; when written: the time of all of them */
};

struct figure_list {
	struct figure *v;
	size_t n, size;
};

void figure_list_add(
    struct figure_list *, struct arena *, const char *name, const char *label, const char *value);
/* The value of one; NULL: it is not known. */
const char *figure_list_value(const struct figure_list *, const char *name, const char *label);

/* Puts all figures of the n names at once: what is not in the list is not known any more. */
void figure_store_put(
    struct db_query *, const struct figure_list *, const char *const *names, size_t n, int64_t at);
/* Every figure there is, ordered by name and label. */
void figure_store_all(struct db_query *);
enum err figure_store_rows(const PGresult *, struct arena *, struct figure_list *);

#endif
