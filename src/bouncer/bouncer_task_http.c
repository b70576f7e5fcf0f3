/* See bouncer_task_http.h. */
#include "bouncer/bouncer_task_http.h"

#include <stdlib.h>

#include "base/xmalloc.h"
#include "web/web_task.h"

#define PATIENCE_MS (BOUNCER_TASK_LIMIT_MS + 2000)
/* A soju that hangs holds a thread until the limit; more wait, but not for ever. */
#define RUNNING_MAX 3
#define WAITING_MAX 30

struct bouncer_task {
	struct web_task task;
	struct bouncer_order *order;
	bool has_begun;
};

static struct web_task_lane lane = { .running_max = RUNNING_MAX, .waiting_max = WAITING_MAX };

static void
work(struct web_task *task)
{
	bouncer_order_run(((struct bouncer_task *)task)->order);
}

static void
free_task(struct web_task *task)
{
	struct bouncer_task *t = (struct bouncer_task *)task;

	bouncer_order_free(t->order);
	free(t);
}

int
bouncer_task_start(struct bouncer_task **task, struct web_flow *f, struct bouncer_order *order)
{
	struct bouncer_task *t = *task = xcalloc(1, sizeof(*t));

	t->task.work = work;
	t->task.free = free_task;
	t->order = order;
	t->has_begun = web_task_start(&t->task, &lane, f);
	return t->has_begun ? PATIENCE_MS : 0;
}

const struct bouncer_order *
bouncer_task_result(struct bouncer_task *t)
{
	static const struct bouncer_order full = { .outcome = BOUNCER_BUSY },
					  late = { .outcome = BOUNCER_UNSURE };

	if (t->has_begun && web_task_withdraw(&t->task))
		t->has_begun = false;
	if (!t->has_begun)
		return &full;
	return web_task_is_done(&t->task) ? t->order : &late;
}

void
bouncer_task_leave(struct bouncer_task *t)
{
	if (t != NULL)
		web_task_leave(&t->task);
}
