/*
 * Which plan an account has: the best of what was granted and what its subscriptions buy. Pure.
 *
 * A subscription buys the plan of its price while it is trialing or active, and for a time of grace
 * after a payment failed (past_due); also while its collection is paused, which is how Stripe gives
 * a service for free (docs.stripe.com, "Pause payment collection"). Plans rank as in
 * billing/plan.c; a word that only a later version knows buys nothing here, but is left alone where
 * it was granted.
 */
#ifndef BILLING_PLAN_SETTLE_H
#define BILLING_PLAN_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One item of one subscription. */
struct plan_entitlement {
	const char *status;  /* Stripe's word */
	const char *plan;    /* that its price buys; NULL: none */
	int64_t past_due_at; /* Unix seconds; 0: it is not */
};

struct plan_settlement {
	const char *plan;
	int64_t look_again_at; /* when time alone may change it; 0: never */
};

void plan_settle(struct plan_settlement *, const char *granted, const struct plan_entitlement *,
    size_t n, int64_t grace_s, int64_t now);
bool plan_is_upgrade(const char *from, const char *to);

#endif
