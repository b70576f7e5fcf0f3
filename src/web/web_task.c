#include "web/web_task.h"

#include <stddef.h>

#include "jobs/background.h"
#include "web/web_step.h"

static void run(struct web_task *);

static void
run_next(struct web_task_lane *lane)
{
	struct web_task *t;

	while (lane->running < lane->running_max && lane->waiting > 0) {
		t = STAILQ_FIRST(&lane->queue);
		STAILQ_REMOVE_HEAD(&lane->queue, neighbour);
		lane->waiting--;
		run(t);
	}
}

static void
work(void *arg)
{
	struct web_task *t = arg;

	t->work(t);
}

static void
done(void *arg)
{
	struct web_task *t = arg;
	struct web_task_lane *lane = t->lane;
	struct web_flow *f = t->flow;

	lane->running--;
	t->is_done = true;
	t->flow = NULL;
	if (f != NULL)
		web_step_wake(f);
	else
		t->free(t);
	run_next(lane);
}

static void
run(struct web_task *t)
{
	t->lane->running++;
	t->is_running = true;
	background_run(work, done, t);
}

bool
web_task_start(struct web_task *t, struct web_task_lane *lane, struct web_flow *f)
{
	if (lane->running >= lane->running_max && lane->waiting >= lane->waiting_max)
		return false;
	t->lane = lane;
	t->flow = f;
	t->is_begun = true;
	if (lane->running < lane->running_max) {
		run(t);
		return true;
	}
	if (lane->waiting++ == 0)
		STAILQ_INIT(&lane->queue);
	STAILQ_INSERT_TAIL(&lane->queue, t, neighbour);
	return true;
}

bool
web_task_withdraw(struct web_task *t)
{
	struct web_task_lane *lane = t->lane;

	if (!t->is_begun || t->is_running)
		return false;
	STAILQ_REMOVE(&lane->queue, t, web_task, neighbour);
	lane->waiting--;
	t->flow = NULL;
	t->is_begun = false;
	return true;
}

bool
web_task_is_done(const struct web_task *t)
{
	return t->is_done;
}

void
web_task_leave(struct web_task *t)
{
	if (t == NULL)
		return;
	t->flow = NULL;
	if (t->is_done || !t->is_begun)
		t->free(t);
}
