/* Where lists of Stripe were read to, and what a comparison with them found. */
#ifndef BILLING_SYNC_STORE_H
#define BILLING_SYNC_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/* One row with a number, or none. */
void sync_store_cursor(struct db_query *, const char *name);
void sync_store_move_cursor(struct db_query *, const char *name, int64_t value);

/* What of a subscription is compared. */
struct sync_state {
	bool is_there;
	const char *status, *customer_id;
	const char *cancel_at_period_end; /* "true", "false" */
	const char *cancel_at;		  /* UTC; NULL: no time was set */
	const char *mrr, *billed_mrr, *committed_mrr;
	const char *items; /* "price_1 x 2, price_2 x ?" */
	bool is_moving;	   /* an event of it waits, or time alone is about to change its figures */
};
void sync_store_state(struct db_query *, const char *id);
enum err sync_store_state_read(const PGresult *, struct arena *, struct sync_state *);
/* Up to n ids behind `after`, of those that have not ended, so far as we know, and that were not
 * read since. */
void sync_store_unread(
    struct db_query *, bool is_live, int64_t since_us, const char *after, int64_t n);
/* How many have not ended, so far as we know. One number. */
void sync_store_living(struct db_query *, bool is_live);

void sync_store_add_difference(struct db_query *, const char *id, const char *what,
    const char *ours, const char *theirs, bool is_repaired);
/* In stripe_cursors, once all were compared: each of Stripe's worlds by itself. */
#define SYNC_COMPARED_LIVE "compared_live"
#define SYNC_COMPARED_TEST "compared_test"
/* All have been compared; how many differed. */
void sync_store_put_drift(struct db_query *, bool is_live, int64_t n);

/* Links customers whose account has appeared, and has its plan checked. One number: how many. */
void sync_store_relink(struct db_query *);

#endif
