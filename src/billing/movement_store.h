/*
 * The steps by which a day is closed, in the tables mrr_… of migrations 0011: one transaction runs
 * them in this order (billing/mrr_days.c), in one snapshot. Days are texts such as "2026-01-31",
 * and end at midnight UTC.
 */
#ifndef BILLING_MOVEMENT_STORE_H
#define BILLING_MOVEMENT_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/movement.h"
#include "db/db_query.h"

/* The day that is closed next, in one of Stripe's worlds. */
struct movement_day {
	bool is_live;
	const char *day;
	bool is_over;	       /* false: there is nothing to close yet */
	bool is_ahead;	       /* days are closed that have not even begun: a clock was wrong */
	const char *opened_on; /* the first day that was closed; `day` itself if it is that */
	const char *seen_to; /* what was noticed before has been looked at; "-infinity": nothing */
};

/*
 * What is to be closed at `now` (Unix seconds). The database's clock counts as well: a day is over
 * when it is by both.
 */
void movement_store_next(struct db_query *, bool is_live, int64_t now);
enum err movement_store_next_read(struct movement_day *, const PGresult *, struct arena *);

/* The day is ours. ERR_CONFLICT: somebody else closes it. */
void movement_store_claim(struct db_query *, const struct movement_day *, int64_t now);

/*
 * Whom customers belong to may have become known since, or another account: what they paid goes
 * along, and nobody has come or left. In four steps: the accounts become payers, then what came to
 * pass is theirs, then what is in stock, and payers without an account who have one now end.
 */
void movement_store_link_payers(struct db_query *, const struct movement_day *);
void movement_store_link_movements(struct db_query *, const struct movement_day *);
void movement_store_link_stock(struct db_query *, const struct movement_day *);
void movement_store_link_end(struct db_query *, const struct movement_day *);

/*
 * Subscriptions that no closed day knows, in two steps: who pays for them, then the subscriptions.
 * They begin with nothing; but what was paid already when the first day ended is no movement, also
 * if it comes to be known much later, as by a backfill.
 */
void movement_store_meet_payers(struct db_query *, const struct movement_day *);
void movement_store_meet(struct db_query *, const struct movement_day *);
/* Who has something in stock pays, whatever was said before. */
void movement_store_settle(struct db_query *, const struct movement_day *);

/* When the first day has filled them at once: plans for empty tables would read them many times. */
void movement_store_analyze(struct db_query *);

/* The stock of all that count, by currency. */
struct movement_sums {
	const char **currencies, **amounts;
	size_t n;
};
void movement_store_sums(struct db_query *, const struct movement_day *);
enum err movement_store_sums_read(struct movement_sums *, const PGresult *, struct arena *);

/* A subscription of a payer for whom something is not as it was. */
struct movement_row {
	const char *subscription_id, *payer_id;
	struct movement_pair pair;
	struct movement_past past;
	bool is_changed;
};
/* By payer. */
void movement_store_rows(struct db_query *, const struct movement_day *);
enum err movement_store_rows_read(
    struct movement_row **, size_t *n, const PGresult *, struct arena *);

/* What became of a payer. */
struct movement_payer {
	const char *id;
	struct movements found;
};
/* Whose churn was none since they are back. Before movement_store_payers(). */
void movement_store_revise(
    struct db_query *, const char *day, const struct movement_payer *, size_t n);
void movement_store_put(
    struct db_query *, const char *day, const struct movement_payer *, size_t n);
void movement_store_payers(
    struct db_query *, const char *day, const struct movement_payer *, size_t n);
/* The stock as it is now, of the rows that changed. */
void movement_store_stock(struct db_query *, const struct movement_row *, size_t n);
/* Who had paused has ended for good: that is churn after all. Behind all of those before. */
void movement_store_end_pauses(struct db_query *, const struct movement_day *);
/*
 * The proof: `before` and the movements make the stock that is there. ERR_INVALID: they do not
 * (constraint mrr_day_sums_add_up).
 */
void movement_store_prove(
    struct db_query *, const struct movement_day *, const struct movement_sums *before);

#endif
