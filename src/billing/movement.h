/*
 * What came between the ends of two days: one payer's monthly revenue yesterday and today becomes
 * movements, one for each currency in which something changed. Pure; the job `mrr_days`
 * (billing/mrr_days.h) brings the pairs and keeps the movements.
 *
 * Amounts stay in the currency they are paid in. Whether somebody is new, has left or is back is
 * asked of the payer as a whole: who moves from euros to dollars, or from one customer of Stripe to
 * another one of the same account, has neither left nor come.
 */
#ifndef BILLING_MOVEMENT_H
#define BILLING_MOVEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum movement_kind {
	MOVEMENT_NEW,
	MOVEMENT_REACTIVATION,
	MOVEMENT_EXPANSION,
	MOVEMENT_CONTRACTION,
	MOVEMENT_CHURN,
	MOVEMENT__MAX
};
extern const char *const movement_kind_words[MOVEMENT__MAX];

enum churn_kind { CHURN_PAYMENT, CHURN_DISPUTE, CHURN_PAUSED, CHURN_VOLUNTARY, CHURN__MAX };
extern const char *const churn_kind_words[CHURN__MAX];

/* Who is back after so many day ends without a payment, or fewer, has switched plans. */
#define MOVEMENT_SWITCH_DAYS 3

/* A subscription at both ends: decimal texts of minor units, and currencies, which may differ. */
struct movement_pair {
	const char *was_currency, *was, *is_currency, *is;
	const char *status; /* Stripe's word at the later end */
	bool is_paused;
	const char *cancel_reason; /* Stripe's word; NULL: none */
};

/* What is known of the payer from before. */
struct movement_past {
	bool has_paid;
	int64_t
	    days_away; /* day ends without a payment since it left; -1: not known, or it has not */
};

struct movement {
	const char *currency, *was, *is; /* was and is differ; exact */
	enum movement_kind kind;
	enum churn_kind churn; /* CHURN__MAX unless kind is MOVEMENT_CHURN */
};

struct movements {
	struct movement *v; /* by currency, in the order of the pairs */
	size_t n;
	bool has_left, has_come; /* it pays nothing any more; it did not pay yesterday */
	bool is_switch; /* it has come back so soon that its churn was none: that is contraction */
};

/*
 * The movements of one payer, whose subscriptions are all among the n pairs, or at least all that
 * are above 0 at either end. ERR_INVALID: an amount is no decimal number from 0 that a column
 * holds.
 */
enum err movement_find(struct movements *, struct arena *, const struct movement_past *,
    const struct movement_pair *, size_t n);

#endif
