/*
 * The steps of a page: a statement, a call to an outside service, or a wait, none of which blocks
 * the worker. Steps that need nothing of each other are taken at once, and cost the time of the
 * slowest.
 */
#ifndef WEB_WEB_STEP_H
#define WEB_WEB_STEP_H

#include <kore/kore.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "base/call.h"
#include "base/err.h"
#include "db/db_run.h"
#include "web/web_call.h"

#define WEB_STEPS_AT_ONCE 4 /* as many of a page may begin together */

struct web_flow;
struct web_work;

/*
 * What one flow at a time does in this worker, such as fetching what all of them need: the others
 * wait, begin the step afterwards and find it done. Static, all zero at first. It is given back
 * when the step ends, however that happens.
 */
struct web_turn {
	const struct web_work *holder; /* NULL: it is free */
	LIST_HEAD(, web_work) waiting;
};

/* One of ask, call, wait. A hook that leaves the query's sql or the request's url NULL asks
 * nothing. */
struct web_step {
	enum err (*ask)(struct web_flow *, struct db_query *);
	enum err (*read)(struct web_flow *, const PGresult *);
	/* NULL, or what to answer when the statement fails, with which error; also where the tables
	 * that it needs are not there yet. */
	enum err (*failed)(struct web_flow *, enum err);
	enum err (*call)(struct web_flow *, struct call_request *);
	enum err (*reply)(struct web_flow *, const struct call_reply *);
	/* Starts work elsewhere and says how many ms the page waits for web_step_wake(); 0: not at
	 * all. */
	int (*wait)(struct web_flow *);
	/* NULL, or which turn this step has to wait for before its first hook; may return NULL. */
	struct web_turn *(*turn)(struct web_flow *);
	/* Begins together with the step before it, of which it knows nothing; not for a wait. The
	 * first that fails ends them all. */
	bool is_at_once;
};

/* What one step waits for. */
struct web_work {
	const struct web_step *step; /* NULL: it is done */
	struct db_query query;
	struct db_run run;
	int64_t asked_us;
	struct call_request request;
	struct web_call call;
	struct kore_timer *patience;
	bool is_woken;
	bool is_begun;
	struct web_turn *turn; /* held or waited for; NULL: none */
	bool is_queued;	       /* in turn->waiting */
	struct http_request *req;
	LIST_ENTRY(web_work) neighbour;
};

/* How many of the n steps begin at once, the first included; 0 if there are none. */
size_t web_step_group(const struct web_step *, size_t n);
/*
 * Begins or goes on with the steps of one group. False: it waits, the request sleeps. True: they
 * are done, *err says how.
 */
bool web_step_take(struct web_flow *, const struct web_step *, size_t n, enum err *err);
/* Ends the wait of a `wait` step; safe only while the flow lives (see `free`). */
void web_step_wake(struct web_flow *);
/* Lets go of what is under way; the request may be dying. Idempotent. */
void web_step_end(struct web_flow *);

#endif
