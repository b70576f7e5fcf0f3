#include "bouncer/bouncer_look_http.h"

#include <stdbool.h>

#include "bouncer/bouncer_task.h"
#include "bouncer/look_turn.h"
#include "bouncer/provisioner.h"
#include "jobs/background.h"

#define OLD_S 10      /* younger than this is shown as it is */
#define RUNNING_MAX 2 /* in this worker: a soju that hangs holds a thread */

static struct look_turns turns;
static int running;

static bool
is_old(const struct bouncer_page_facts *f)
{
	int64_t newest = 0;

	for (size_t i = 0; i < f->nnetworks; i++)
		if (f->networks[i].sampled_at > newest)
			newest = f->networks[i].sampled_at;
	return f->read_at - newest >= OLD_S;
}

static void
work(void *order)
{
	bouncer_order_run(order);
}

static void
done(void *order)
{
	running--;
	bouncer_order_free(order);
}

void
bouncer_look(const struct bouncer_page_facts *f)
{
	const struct bouncer *b = &f->bouncer;

	if (!bouncer_is_usable(b) || provisioner_of(b->provisioner) == NULL || !is_old(f) ||
	    running >= RUNNING_MAX)
		return;
	/* One without networks, or whose soju is away, is not asked with each reload either. */
	if (!look_turn_take(&turns, b->id, f->read_at, OLD_S))
		return;
	running++;
	background_run(work, done, bouncer_order_new(BOUNCER_OP_LOOK, b));
}
