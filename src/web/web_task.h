/*
 * Work that blocks, begun by a page that waits for it, but belonging to no request: the visitor may
 * leave, the work ends well all the same. It runs in a thread (jobs/background.h), in lanes that
 * bound how much of one kind runs at once in this worker and how much waits.
 *
 *	struct upload { struct web_task task; …what it needs and what comes out… };
 *
 *	static int
 *	wait(struct web_flow *f)	a `wait` step; 0 goes on at once
 *	{
 *		p->upload = upload_new(…);
 *		if (!web_task_start(&p->upload->task, &lane, f))
 *			return 0;	(the lane is full)
 *		return 30000;
 *	}
 *
 * The step after it asks web_task_is_done(); the page's `free` calls web_task_leave().
 */
#ifndef WEB_WEB_TASK_H
#define WEB_WEB_TASK_H

#include <stdbool.h>
#include <sys/queue.h>

struct web_flow;
struct web_task;

/* Static, all zero but for the two bounds. */
struct web_task_lane {
	int running_max, waiting_max;
	int running, waiting;
	STAILQ_HEAD(, web_task) queue;
};

/* Begins what it is part of, which is on the heap; all zero but for the two functions. */
struct web_task {
	/* In a thread: may block, and touches nothing that the page looks at before it is done. */
	void (*work)(struct web_task *);
	/* In the event loop, once the work has ended and no page wants it any more. */
	void (*free)(struct web_task *);
	struct web_task_lane *lane;
	struct web_flow *flow; /* who waits; NULL: nobody any more */
	bool is_done, is_begun, is_running;
	STAILQ_ENTRY(web_task) neighbour;
};

/*
 * Begins the work, now or when the lane has room; called in a `wait` hook. False: too much waits
 * already, and the task, which is still the page's, never runs.
 */
bool web_task_start(struct web_task *, struct web_task_lane *, struct web_flow *);
/*
 * For a page whose patience is over: what still waits for room in its lane never runs, and is the
 * page's again. False: it runs, or has ended.
 */
bool web_task_withdraw(struct web_task *);
/* Whether the work has ended, and what came out of it may be read. */
bool web_task_is_done(const struct web_task *);
/*
 * The page wants it no more; it is freed now or when the work has ended. For the page's `free`, and
 * for a page whose patience is over. NULL is fine.
 */
void web_task_leave(struct web_task *);

#endif
