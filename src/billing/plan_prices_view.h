/* The page /admin/prices: which of Stripe's prices buys which plan. */
#ifndef BILLING_PLAN_PRICES_VIEW_H
#define BILLING_PLAN_PRICES_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json_read.h"
#include "base/view.h"
#include "billing/plan_price_store.h"
#include "web/frame_view.h"
#include "web/part_view.h"

/* clang-format off */
#define PLAN_PRICE(F)                                                                           \
	F(TEXT, price_id) F(TEXT, name) F(TEXT, amount) F(TEXT, period)                         \
	F(PART, state, badge) F(TEXT, subscriptions) F(TEXT, warning)                           \
	F(LIST, choices, option) F(TEXT, plan_field) F(TEXT, offered_field) F(BOOL, is_offered)      \
	F(BOOL, can_offer)
VIEW_DECLARE(plan_price, PLAN_PRICE)

#define PLAN_PRICES(F)                                                                          \
	F(PART, frame, frame)                                                                   \
	F(TEXT, missing)  /* billing is not set up */                                           \
	F(TEXT, trouble)  /* Stripe's list could not be had, or is longer */                    \
	F(TEXT, unmapped) /* prices that people pay and that buy nothing */                     \
	F(LIST, rows, plan_price)                                                               \
	F(BOOL, is_empty) F(TEXT, world) F(TEXT, csrf)
VIEW_DECLARE(plan_prices, PLAN_PRICES)
/* clang-format on */

/* A price as Stripe lists it. */
struct listed_price {
	const char *id, *name, *currency, *unit_amount, *period; /* all but id may be NULL */
	int64_t period_count;
	bool is_live, is_tiered, is_metered;
};
/* One of the list's objects. ERR_INVALID: it is no price. */
enum err plan_prices_view_read(struct listed_price *, const struct json *);

struct plan_prices_facts {
	bool is_set_up, is_live;
	const struct listed_price *listed;
	size_t nlisted;
	const struct plan_prices *kept;
	const char *trouble; /* NULL: the list is whole */
};

void plan_prices_view_init(
    struct plan_prices_view *, const struct plan_prices_facts *, struct arena *);

#endif
