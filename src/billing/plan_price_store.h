/* Which plan each price of Stripe's buys: plan_prices, for admins. */
#ifndef BILLING_PLAN_PRICE_STORE_H
#define BILLING_PLAN_PRICE_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/* Whether a row of stripe_prices is charged by what was used: SQL, NULL for what is paid once. */
#define PLAN_PRICE_IS_METERED(row) "(" row ".object->'recurring'->>'usage_type' = 'metered')"

/* A price that buys a plan, or that the mirror knows. */
struct plan_price {
	const char *id, *plan; /* plan NULL: it buys none */
	bool is_offered;
	bool is_mirrored; /* what follows is known only then */
	bool is_active;
	const char *name, *currency, *unit_amount, *period; /* each but currency may be NULL */
	int64_t period_count;
	bool is_tiered;	       /* its amount depends on how much is bought */
	bool is_metered;       /* it is charged by what was used, which we do not report */
	int64_t subscriptions; /* that have it and have not ended */
};
struct plan_prices {
	struct plan_price *v;
	size_t n;
};

/* Of one world; a price that was never read is of both. Up to 1,000. */
void plan_price_store_list(struct db_query *, bool is_live);
enum err plan_price_store_list_read(const PGresult *, struct arena *, struct plan_prices *);

/*
 * Sets the plan (NULL: none any more), and has the plan of every account looked at that pays for
 * the price.
 */
void plan_price_store_set(
    struct db_query *, const char *price_id, const char *plan, bool is_offered);

#endif
