/*
 * The refreshes of this worker and who waits for them. A refresh belongs to no request: it is its
 * own object, runs in the background and writes its snapshot itself; requests come and go, and when
 * it ends it wakes those that are still there. At most one runs for each source of each account.
 *
 * A service that hangs holds a thread for SOURCE_LIMIT_MS, so of each kind only a few run at once;
 * others queue, and beyond the queue are not begun: the page then shows what was last known.
 *
 * Event loop only. No Kore in here: what runs the work is given at the start of the worker.
 */
#ifndef SOURCE_SOURCE_REFRESH_H
#define SOURCE_SOURCE_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"
#include "source/source_fetch.h"

#define SOURCE_REFRESH_RUNNING_MAX 2  /* of a kind, in this worker */
#define SOURCE_REFRESH_QUEUED_MAX 200 /* of a kind, in this worker */

/* As background_run() of jobs/background.h: work(arg) in a thread, then done(arg) in the loop. */
typedef void source_background_fn(void (*work)(void *arg), void (*done)(void *arg), void *arg);

/* Once in each worker, before the first request; until then no refresh begins. */
void source_refresh_init(source_background_fn *);

struct source_link;

/*
 * Part of whoever waits, all zero but for wake and arg. Cancel it before its memory goes away; that
 * is allowed at any time and more than once.
 */
struct source_wait {
	/*
	 * Called once, in the event loop, when all it waits for have ended. Not called when another
	 * process had taken every one of them: what it finds comes without notice, so look again
	 * when patience ends.
	 */
	void (*wake)(void *arg);
	void *arg;
	int pending;   /* refreshes that have not ended */
	bool has_news; /* one of them did end with something to read */
	struct source_link *links;
};

/*
 * Begins the refresh of a source that is due, or joins one that is under way in this worker. False:
 * there is nothing to wait for (fresh, not configured, busy elsewhere with an answer to show
 * meanwhile, or too many run). `now` is on the clock of the state's times.
 */
bool source_refresh_start(
    const struct source_subject *, const struct source_state *, int64_t now, struct source_wait *);
void source_refresh_cancel(struct source_wait *);

/* Running and queued ones of a kind, for the metrics of this worker. */
int source_refresh_running(enum source_kind);
int source_refresh_queued(enum source_kind);

#endif
