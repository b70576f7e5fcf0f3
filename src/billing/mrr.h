/*
 * Monthly recurring revenue of one subscription, in minor units of its currency, exactly: rational
 * numbers (GMP), rounded once, to 12 decimals, when they are written down. The rules are those of
 * tests/data/mrr-vectors.json, by number.
 *
 * What it is computed from are the subscription's terms: items with prices and tiers, discounts
 * with coupons, scheduled changes. They are read from Stripe's JSON, may be completed where that
 * JSON holds only ids or a first page, and are written back in Stripe's shape, trimmed, for the
 * mirror.
 */
#ifndef BILLING_MRR_H
#define BILLING_MRR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/strbuf.h"

/* What is worth knowing about a figure; the words stand in mrr_flags and in the vectors. */
enum mrr_flag {
	MRR_COLLECTION_PAUSED,
	MRR_SCHEDULED_TO_CANCEL,
	MRR_PAST_DUE,
	MRR_METERED,
	MRR_AMOUNT_UNKNOWN,
	MRR_TIERS_MISSING,
	MRR_ONCE_DISCOUNT_IGNORED,
	MRR_DISCOUNT_ENDED,
	MRR_REPEATING_DISCOUNT_IN_BILLED_ONLY,
	MRR_DISCOUNT_CURRENCY_MISMATCH,
	MRR_DISCOUNT_NOT_EXPANDED,
	MRR_ITEMS_INCOMPLETE,
	MRR_INTERVAL_UNKNOWN, /* of ours: no vector */
	MRR_TAX_INCLUSIVE,    /* of ours: the price is taken as listed */
	MRR_SCHEDULE_UNREAD,  /* of ours: what is scheduled is not known */
	MRR__MAX
};
extern const char *const mrr_flag_words[MRR__MAX];

struct mrr_terms; /* in an arena */

/* A subscription object, as Stripe or mrr_terms_write() wrote it. ERR_INVALID: it is none. */
enum err mrr_terms_read(struct mrr_terms **, struct arena *, const struct json *subscription);
/* What the JSON leaves out, so that one more request each can complete it. */
bool mrr_terms_lack_items(const struct mrr_terms *); /* a first page only */
/* The n-th price whose tiers are missing, the n-th item whose discounts are mere ids; NULL: no
 * more. */
const char *mrr_terms_lack_tiers(const struct mrr_terms *, size_t n);
const char *mrr_terms_lack_discounts(const struct mrr_terms *, size_t n);
/* The whole list of items; a price with tiers; an item with discounts. ERR_INVALID: it is none. */
enum err mrr_terms_set_items(struct mrr_terms *, struct arena *, const struct json *data);
enum err mrr_terms_set_price(struct mrr_terms *, struct arena *, const struct json *price);
enum err mrr_terms_set_item(struct mrr_terms *, struct arena *, const struct json *item);
/* The schedule object (phases expanded to prices), from which committed MRR is taken. */
enum err mrr_terms_set_schedule(struct mrr_terms *, struct arena *, const struct json *schedule);
/* The schedule that it has could not be read: the figures then say so. */
void mrr_terms_miss_schedule(struct mrr_terms *, struct arena *, const char *schedule_id);
/* As JSON in Stripe's shape, only what counts; reading it again gives the same terms. */
void mrr_terms_write(const struct mrr_terms *, struct strbuf *);

/* Decimal texts for numeric(36, 12), in the arena: "75", "833.333333333333". */
struct mrr {
	const char *currency;		  /* lower case */
	const char *mrr, *billed;	  /* 0 unless it counts */
	const char *committed;		  /* without what is scheduled to cancel, changes applied */
	const char *trial;		  /* what a trial would be worth; never added */
	int64_t rounded, billed_rounded;  /* half up, for one subscription shown alone */
	const char *exact, *billed_exact; /* "2500/3" */
	uint32_t flags;			  /* 1 << enum mrr_flag */
	int64_t changes_at;		  /* when time alone changes a figure; 0: never */
};

/* The figures at `now` (Unix seconds). ERR_INVALID: numbers beyond numeric(36, 12). */
enum err mrr_compute(struct mrr *, struct arena *, const struct mrr_terms *, int64_t now);
/* The same with each step in a line, for people: `portal mrr --explain`. */
enum err mrr_explain(
    struct strbuf *, struct mrr *, struct arena *, const struct mrr_terms *, int64_t now);
/* The flags as a Postgres array: "{metered,past_due}". */
const char *mrr_flags_array(struct arena *, uint32_t flags);

#endif
