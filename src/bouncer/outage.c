#include "bouncer/outage.h"

#include <stdbool.h>

#define MINUTE_S 60
#define DAY_MINUTES 1440
/* A state holds until the next sample if that comes within so many minutes, as when samples are
 * added to a day. */
#define HOLDS_MINUTES 2

struct builder {
	struct span_list *list;
	int64_t at, now;    /* spans reach until `at` */
	int64_t sampled_at; /* the beginning of the last minute that was sampled; -1: none yet */
	enum mark mark;	    /* what it was then */
};

/* What follows until `until`. */
static void
add(struct builder *b, int64_t until, enum mark mark)
{
	struct span_list *l = b->list;

	if (until > b->now)
		until = b->now;
	if (until <= b->at)
		return;
	if (l->n > 0 && l->v[l->n - 1].mark == mark)
		l->v[l->n - 1].until = until;
	else
		l->v[l->n++] = (struct span){ .from = b->at, .until = until, .mark = mark };
	b->at = until;
}

/* The way from the last sample to `until`: soon enough, it was as before; else nobody knows. */
static void
bridge(struct builder *b, int64_t until)
{
	const int64_t minutes = (until - b->sampled_at) / MINUTE_S;
	const bool holds = b->sampled_at >= 0 && minutes <= HOLDS_MINUTES;

	add(b, until, holds ? b->mark : MARK_UNKNOWN);
}

/* The index of the next mark from `i` on that can be one: its minute after `after`, and not later
 * than the last that was sampled; nmarks: there is none. */
static size_t
next_mark(const struct bouncer_day *d, size_t i, int after)
{
	for (; i + 1 < d->nmarks; i += 2)
		if (d->marks[i] > after && d->marks[i] <= d->last_minute)
			return i;
	return d->nmarks;
}

static enum mark
mark_at(const struct bouncer_day *d, size_t i)
{
	const int16_t word = d->marks[i + 1];

	return word > 0 && word < MARK__MAX ? (enum mark)word : MARK_UNKNOWN;
}

static int64_t
start_of(const struct bouncer_day *d, int minute)
{
	return d->day + (int64_t)minute * MINUTE_S;
}

static void
add_day(struct builder *b, const struct bouncer_day *d)
{
	size_t i = next_mark(d, 0, -1), next;

	if (i >= d->nmarks || d->last_minute >= DAY_MINUTES || d->day < b->at - b->at % MINUTE_S)
		return;
	bridge(b, start_of(d, d->marks[i]));
	for (; i < d->nmarks; i = next) {
		next = next_mark(d, i + 2, d->marks[i]);
		b->mark = mark_at(d, i);
		add(b, start_of(d, next < d->nmarks ? d->marks[next] : d->last_minute + 1),
		    b->mark);
	}
	b->sampled_at = start_of(d, d->last_minute);
}

void
outage_spans(
    struct span_list *list, struct arena *a, const struct bouncer_day *days, size_t n, int64_t now)
{
	struct builder b = { .list = list, .now = now, .sampled_at = -1 };
	size_t most = 1;

	*list = (struct span_list){ 0 };
	if (n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		most += days[i].nmarks / 2 + 1;
	list->v = arena_array(a, most, sizeof(*list->v));
	b.at = days[0].day;
	for (size_t i = 0; i < n; i++)
		add_day(&b, &days[i]);
	bridge(&b, now);
}

void
outage_list(struct span_list *list, struct arena *a, const struct span_list *all, int64_t least_s)
{
	*list = (struct span_list){ .v = arena_array(a, all->n + 1, sizeof(*list->v)) };
	for (size_t i = all->n; i-- > 0;)
		if (all->v[i].mark == MARK_DOWN && all->v[i].until - all->v[i].from >= least_s)
			list->v[list->n++] = all->v[i];
}

#define WHOLE 10000

int64_t
outage_availability(const struct bouncer_day *days, size_t n)
{
	int64_t up = 0, wanted = 0;

	for (size_t i = 0; i < n; i++) {
		up += days[i].up;
		wanted += days[i].samples - days[i].off;
	}
	return wanted > 0 ? up * WHOLE / wanted : -1;
}
