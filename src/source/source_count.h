/*
 * Counting messages without ever reading the history twice, and never for long.
 *
 * Ids rise, but they do not become visible in their order: id 7 may commit after id 8 was seen. So
 * what is remembered goes only up to an id that was already there 10 s ago (`settled_id`); what is
 * above it, a few rows as a rule, is counted anew each time. (The rows' own times say nothing about
 * this: they come from IRC servers, whose clocks are wrong.)
 *
 *	1 … counted id …… settled id …… highest id
 *	  remembered  count, remember   count only
 *
 * Deleted rows make the remembered count too high. A recount, started once a night, walks from the
 * beginning beside it and takes its place when it has come as far.
 */
#ifndef SOURCE_SOURCE_COUNT_H
#define SOURCE_SOURCE_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define SOURCE_COUNT_SETTLED_S 10

/* Kept in source_snapshots from refresh to refresh. */
struct source_count {
	int64_t id, messages;		      /* remembered: so many up to this id */
	int64_t settled_id;		      /* seen SOURCE_COUNT_SETTLED_S ago or earlier */
	int64_t seen_id;		      /* the highest id now; will be settled in 10 s */
	int64_t recount_id, recount_messages; /* -1: none is under way */
};

/* Where the rows are. */
struct source_count_rows {
	/* Messages of the account with after < id <= upto. Any error ends the counting for now. */
	enum err (*between)(void *arg, int64_t after, int64_t upto, int64_t *messages);
	/* Microseconds, never going back. */
	int64_t (*clock_us)(void *arg);
	void *arg;
};

/*
 * Goes on counting up to `highest_id` until it is done or the clock passes `until_us`; the progress
 * is in *c in any case. True: *total is the exact number now. A highest id below what was counted
 * means another database: all starts over.
 */
bool source_count_continue(struct source_count *c, const struct source_count_rows *rows,
    int64_t highest_id, int64_t until_us, int64_t *total);

#endif
