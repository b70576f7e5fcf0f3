/*
 * Stripe's past brought into the mirror: subscriptions, invoices, refunds, and payments without
 * invoices, by the day they were created, oldest day first. Stripe has no list by the day that an
 * invoice was paid on, so those of the 60 days before are looked at, too, for what was paid since.
 * It is the same mirror_put_… that webhooks lead to, so it may run at any time and any number of
 * times.
 *
 * How far each list was read is kept after every page. A run that was interrupted goes on there,
 * whatever number of days the next one asks for, unless it asks for older ones; then, and after a
 * run that came to its end, all begins anew.
 */
#ifndef BILLING_BACKFILL_H
#define BILLING_BACKFILL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "billing/backfill_store.h"
#include "billing/mirror.h"

enum backfill_kind {
	BACKFILL_SUBSCRIPTIONS,
	BACKFILL_INVOICES,
	BACKFILL_REFUNDS,
	BACKFILL_PAYMENTS, /* last: which of them have invoices is known by then */
	BACKFILL__MAX
};
extern const char *const backfill_kind_words[BACKFILL__MAX];

struct backfill_counts {
	int64_t changes[MIRROR__MAX];
	int64_t errors; /* objects that could not be read */
};

struct backfill;

/* Whoever looks on; any may be NULL. */
struct backfill_screen {
	/* It begins, or goes on where another run stopped. */
	void (*began)(const struct backfill *);
	/* A page was read, or a day had none. */
	void (*moved)(const struct backfill *);
	/* What would change, when nothing is written. */
	void (*found)(const struct backfill *, const char *what);
	/* One object could not be read; the rest goes on. */
	void (*failed)(const struct backfill *, const char *why);
};

struct backfill {
	struct mirror mirror;
	int64_t days;
	const struct backfill_screen *screen;

	/* Made by backfill_run(). */
	bool is_resumed;
	int64_t from;  /* Unix seconds; nothing that is older */
	int64_t until; /* what is newer is read, too, as long as it comes before the end */
	enum backfill_kind kind;
	struct backfill_place place; /* of that kind */
	struct backfill_counts counts[BACKFILL__MAX];
	struct strbuf error; /* why it stopped; freed by the caller */
};

/*
 * Reads all. ERR_OK: it came to its end, though perhaps not without errors (counts); ERR_CONFLICT:
 * another process is at it; else what stopped it, and the next run goes on from there.
 */
enum err backfill_run(struct backfill *);
/* How much of the present kind is read, from 0 to 100. */
int backfill_percent(const struct backfill *);

#endif
