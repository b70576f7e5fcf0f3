#include "source/source_count.h"

/*
 * Ids asked for at once. The first step is small enough for a cold disk; each quick one doubles the
 * next, each slow one halves it, so that a step stays far below the limit of a refresh.
 */
#define FIRST_STEP 5000
#define LEAST_STEP 1000
#define MOST_STEP (INT64_C(1) << 31)
#define QUICK_US 40000
#define SLOW_US 150000

struct walk {
	const struct source_count_rows *rows;
	int64_t until_us, step;
};

static int64_t
now_us(const struct walk *w)
{
	return w->rows->clock_us(w->rows->arg);
}

static void
adapt_step(struct walk *w, int64_t took_us)
{
	if (took_us < QUICK_US && w->step < MOST_STEP)
		w->step *= 2;
	else if (took_us > SLOW_US && w->step > LEAST_STEP)
		w->step /= 2;
}

/* Moves *id on to `upto`, adding to *messages; false when time or the database ended it before. */
static bool
walk_to(struct walk *w, int64_t *id, int64_t *messages, int64_t upto)
{
	int64_t next, found, began_us;

	while (*id < upto) {
		began_us = now_us(w);
		if (began_us >= w->until_us)
			return false;
		next = upto - *id > w->step ? *id + w->step : upto;
		if (w->rows->between(w->rows->arg, *id, next, &found) != ERR_OK)
			return false;
		*id = next;
		*messages += found;
		adapt_step(w, now_us(w) - began_us);
	}
	return true;
}

static void
start_over(struct source_count *c)
{
	*c = (struct source_count){ .recount_id = -1, .recount_messages = -1 };
}

/* The recount has caught up: what it found is the truth. */
static void
replace_by_recount(struct source_count *c)
{
	c->messages = c->recount_messages;
	c->recount_id = -1;
	c->recount_messages = -1;
}

bool
source_count_continue(struct source_count *c, const struct source_count_rows *rows,
    int64_t highest_id, int64_t until_us, int64_t *total)
{
	struct walk w = { rows, until_us, FIRST_STEP };
	int64_t tail_id, tail = 0;

	if (highest_id < c->id)
		start_over(c);
	if (c->settled_id > highest_id)
		c->settled_id = highest_id;
	c->seen_id = highest_id;
	if (!walk_to(&w, &c->id, &c->messages, c->settled_id))
		return false;
	tail_id = c->id;
	if (!walk_to(&w, &tail_id, &tail, highest_id))
		return false;
	if (c->recount_id >= 0 && walk_to(&w, &c->recount_id, &c->recount_messages, c->id))
		replace_by_recount(c);
	*total = c->messages + tail;
	return true;
}
