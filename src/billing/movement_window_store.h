/*
 * What is read from the days that were closed (billing/mrr_days.h): the movements of the last 30,
 * and who left in them. Both answer nothing before 31 days are closed, or while the last one that
 * is over has not been closed for a day. Whoever is of staff, a test or banned now is in none of
 * it, at neither end; a customer whose account is not known counts as one payer.
 */
#ifndef BILLING_MOVEMENT_WINDOW_STORE_H
#define BILLING_MOVEMENT_WINDOW_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/movement_bridge.h"
#include "db/db_query.h"

/* For movement_bridge_build(); *is_known: there are days enough. `now` in Unix seconds. */
void movement_window_store_facts(struct db_query *, bool is_live, int64_t now);
enum err movement_window_store_facts_read(
    struct movement_fact **, size_t *n, bool *is_known, const PGresult *, struct arena *);

struct movement_churn {
	bool is_known;
	int64_t paying_at_start;
	int64_t lost; /* of those, who pay nothing at the end, and did not just pause */
};
void movement_window_store_churn(struct db_query *, bool is_live, int64_t now);
enum err movement_window_store_churn_read(struct movement_churn *, const PGresult *);

#endif
