/* How pages have an order (bouncer_task.h) carried out and wait for it. */
#ifndef BOUNCER_BOUNCER_TASK_HTTP_H
#define BOUNCER_BOUNCER_TASK_HTTP_H

#include "bouncer/bouncer_task.h"
#include "web/web_flow.h"

struct bouncer_task;

/* In a `wait` hook: begins it and says how long to wait. Takes the order over. */
int bouncer_task_start(struct bouncer_task **, struct web_flow *, struct bouncer_order *);
/*
 * In the step after it: what came of it, which lives until the page ends. Where it never began, or
 * takes too long, the outcome says so.
 */
const struct bouncer_order *bouncer_task_result(struct bouncer_task *);
/* For the page's `free`; NULL is fine. */
void bouncer_task_leave(struct bouncer_task *);

#endif
