/*
 * How monthly revenue came from what it was when a window began to what it was at its end, in the
 * reporting currency: one sum for each kind of movement, and one for what rates of exchange did.
 * Pure. Movements count at the rate of the day before, the stock at the rate of its own day; so
 *
 *	end = start + new + reactivation + expansion - contraction - churn - paused + fx
 *
 * exactly, day by day and in total.
 */
#ifndef BILLING_MOVEMENT_BRIDGE_H
#define BILLING_MOVEMENT_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/strbuf.h"

#define BRIDGE_DAYS 30

enum bridge_line {
	BRIDGE_NEW,
	BRIDGE_REACTIVATION,
	BRIDGE_EXPANSION,
	BRIDGE_CONTRACTION,
	BRIDGE_CHURN,  /* for good: without the next */
	BRIDGE_PAUSED, /* churn of those who only paused */
	BRIDGE_FX, /* what was in stock, worth more or less; may be negative, the others are not */
	BRIDGE__MAX
};
extern const char *const bridge_line_words[BRIDGE__MAX];

/* What is known of a currency: sums of a day's movements, what is in stock at the end, and rates.
 */
enum bridge_fact_kind { FACT_STOCK = BRIDGE_FX, FACT_RATE, FACT__BRIDGE_MAX };
extern const char *const bridge_fact_words[FACT__BRIDGE_MAX];

struct movement_fact {
	int64_t day; /* 1 to BRIDGE_DAYS; a rate also of 0, the day before the window */
	const char *currency, *value;
	int what; /* a line before BRIDGE_FX, FACT_STOCK or FACT_RATE */
};

struct movement_bridge {
	bool is_whole; /* false: a rate is missing, and nothing else is known */
	const char *start, *end, *lines[BRIDGE__MAX]; /* decimal texts of minor units */
};

/*
 * Each fact comes once; no stock is none, no movement is none. Money for which there is no rate
 * makes the whole unknown; `missing`, if given, then names the currencies. ERR_INVALID: a day or a
 * number is none. ERR_INTERNAL: the sums do not agree.
 */
enum err movement_bridge_build(struct movement_bridge *, struct arena *,
    const struct movement_fact *, size_t n, const char *reporting, struct strbuf *missing);

#endif
