/* The terms of a subscription as they were read, for the files of mrr.h only. */
#ifndef BILLING_MRR_PARTS_H
#define BILLING_MRR_PARTS_H

#include <gmp.h>

#include "billing/mrr.h"

/* Amounts are decimal texts of minor units that mrr_number_read() takes; NULL: unknown. */

struct mrr_tier {
	int64_t up_to; /* inclusive; INT64_MAX: there is no bound */
	const char *unit, *flat;
};

struct mrr_price {
	const char *id, *product;
	const char *currency; /* lower case; NULL: that of the subscription */
	bool is_known;	      /* false: its id is all there is */
	bool is_one_time, is_metered, is_tax_inclusive;
	const char *interval; /* Stripe's word */
	int64_t interval_count;
	const char *unit;
	bool is_tiered;
	const char *tiers_mode;
	const struct mrr_tier *tiers; /* rising; NULL: missing */
	size_t ntiers;
	int64_t divide_by;    /* of transform_quantity */
	const char *rounding; /* of transform_quantity; NULL: quantities stay as they are */
};

struct mrr_discount {
	const char *id, *coupon_id;
	bool is_expanded;     /* false: the coupon's terms are not there */
	const char *duration; /* Stripe's word */
	const char *percent_off, *amount_off, *currency;
	int64_t end; /* 0: none */
	bool is_limited;
	const char *const *products; /* if it is limited */
	size_t nproducts;
};

struct mrr_discounts {
	struct mrr_discount *v;
	size_t n;
};

#define MRR_QUANTITY_BAD (-1)

struct mrr_item {
	const char *id;
	int64_t quantity; /* absent: 1; MRR_QUANTITY_BAD: no number from 0 */
	struct mrr_price price;
	struct mrr_discounts discounts;
};

struct mrr_items {
	struct mrr_item *v;
	size_t n;
};

struct mrr_phase {
	int64_t start;
	struct mrr_items items;
	struct mrr_discounts discounts;
};

struct mrr_terms {
	const char *id, *status, *currency;
	bool is_paused, cancel_at_period_end;
	int64_t cancel_at; /* 0: none */
	struct mrr_items items;
	bool has_more_items;
	struct mrr_discounts discounts;
	/* Of a schedule that is in force. */
	const char *schedule_id; /* NULL: there is none, or it is not known */
	bool is_schedule_cancelling;
	bool is_schedule_unread;  /* nothing of it is known but its id */
	struct mrr_phase *phases; /* in order of time */
	size_t nphases;
};

/* The phase that lasts, if it has not begun at `now`; NULL: nothing is scheduled. */
const struct mrr_phase *mrr_terms_last_phase(const struct mrr_terms *, int64_t now);
/* The discount with its coupon's terms, which an id alone may have elsewhere in the terms. */
const struct mrr_discount *mrr_terms_resolve(const struct mrr_terms *, const struct mrr_discount *);

/*
 * What is told of each step while it is computed; `told` NULL: nothing is. Numbers come as they
 * are, before rounding.
 */
struct mrr_told {
	struct strbuf *out;
	struct arena *arena;
};

enum err mrr_compute_told(
    struct mrr *, struct arena *, const struct mrr_terms *, int64_t now, struct mrr_told *);
void mrr_tell_item(struct mrr_told *, const struct mrr_item *);
void mrr_tell_gross(struct mrr_told *, const struct mrr_item *, const mpq_t gross);
void mrr_tell_tier(struct mrr_told *, const char *units, const struct mrr_tier *);
void mrr_tell_left_out(struct mrr_told *, const struct mrr_discount *, const char *why);
void mrr_tell_discount(struct mrr_told *, const struct mrr_discount *, const struct mrr_item *,
    const mpq_t before, const mpq_t after);
void mrr_tell_month(struct mrr_told *, const struct mrr_item *, const mpq_t amount,
    const mpq_t factor, const mpq_t monthly);
void mrr_tell_line(struct mrr_told *, const char *sentence);

#endif
