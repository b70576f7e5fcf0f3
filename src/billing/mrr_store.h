/*
 * Monthly figures where they are kept, with the subscriptions (stripe_subscriptions): those that
 * time has changed, one of them for `portal mrr --explain`, and the sums of all.
 */
#ifndef BILLING_MRR_STORE_H
#define BILLING_MRR_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "figures/figure_store.h"
#include "billing/mrr.h"
#include "db/db_query.h"

/* What a subscription's figures are computed from, and what tells whether it is still the same. */
struct mrr_row {
	const char *id;
	const char *terms;   /* JSON */
	const char *read_at; /* Postgres' text of it */
	int64_t changes_at;  /* 0: never */
};

/* The next n whose time has come at `now` (Unix seconds), by id, after the id `after`. */
void mrr_store_due(struct db_query *, int64_t now, const char *after, int64_t n);
enum err mrr_store_rows(const PGresult *, struct arena *, struct mrr_row **, size_t *n);
/* The one of that id, in either world; no row if there is none. */
void mrr_store_one(struct db_query *, const char *id);
/*
 * The figures of n rows as of `now`, where no newer object has come meanwhile; what became
 * different leaves a row in stripe_subscription_changes, dated when it changed. Answers how many
 * were written.
 */
void mrr_store_save(
    struct db_query *, const struct mrr_row *, const struct mrr *, size_t n, int64_t now);

/* Those keep their figures, and are not due again before `until`. */
void mrr_store_put_off(struct db_query *, const char *const *ids, size_t n, int64_t until);

/*
 * One number, 1 or 0: whether what is kept says anything of Stripe. Before a first subscription has
 * come, and before all of them were compared once, there are none because nobody knows of any.
 */
void mrr_store_is_known(struct db_query *, bool is_live);
/*
 * Billing's figures in one snapshot, as rows for figure_list_read(): sums of money for each
 * currency, exact, and the counts; and as figures named MRR_STORE_RATE the newest rate of each
 * currency. Of one of Stripe's worlds, without accounts of staff, tests and banned people. A
 * customer whose account is not known counts as one.
 *
 * Counted as canceled in the last 30 days is what ended in them (ended_at, not canceled_at: that is
 * when somebody asked for it) with status canceled. A failed first payment ends as
 * incomplete_expired and is none; nor is a trial that ended before it was over, as nobody ever paid
 * for it. Whether others ever paid is not asked: invoices older than the backfill are not known.
 *
 * The backlog is what waits in the inbox, also for another try. It has waited since it came, or
 * since an admin had it tried again.
 */
#define MRR_STORE_RATE "rate"
void mrr_store_figures(struct db_query *, bool is_live);

#endif
