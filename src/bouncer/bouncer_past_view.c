/* See bouncer_page_view.h: what a bouncer and its networks were like. */
#include <string.h>

#include "base/human.h"
#include "bouncer/bouncer_page_parts.h"
#include "bouncer/outage.h"
#include "bouncer/span_strip.h"

VIEW_DEFINE(bouncer_outage, BOUNCER_OUTAGE)
VIEW_DEFINE(bouncer_past, BOUNCER_PAST)

#define DAY_S INT64_C(86400)
#define OUTAGE_S 60 /* a minute is what a sample tells of */

/* The rows of one network, which stand together. */
static const struct bouncer_day *
days_of(const struct bouncer_page_facts *f, const char *network, size_t *n)
{
	size_t first = 0;

	while (first < f->ndays && strcmp(f->days[first].network, network) != 0)
		first++;
	*n = 0;
	while (first + *n < f->ndays && strcmp(f->days[first + *n].network, network) == 0)
		++*n;
	return *n > 0 ? &f->days[first] : NULL;
}

/* "99.98%"; 100 only if nothing was missing. */
static const char *
percent(struct arena *a, int64_t parts)
{
	if (parts == 10000)
		return "100%";
	return arena_printf(a, "%d.%02d%%", (int)(parts / 100), (int)(parts % 100));
}

static void
outages_init(
    struct bouncer_past_view *v, const struct span_list *down, int64_t now, struct arena *a)
{
	const size_t shown = down->n < BOUNCER_PAGE_OUTAGES ? down->n : BOUNCER_PAGE_OUTAGES;

	v->outages.n = shown;
	v->outages.v = arena_array(a, shown, sizeof(*v->outages.v));
	for (size_t i = 0; i < shown; i++)
		v->outages.v[i].words = span_words(a, &down->v[i], now);
	v->outages_words =
	    down->n > 0 ? human_plural(a, (int64_t)down->n, "outage", "outages") : NULL;
	if (down->n > shown)
		v->left = arena_printf(a, "And %s before that.",
		    human_plural(a, (int64_t)(down->n - shown), "outage", "outages"));
}

void
bouncer_past_init(struct bouncer_past_view *v, const struct bouncer_page_facts *f,
    const char *network, const char *called, int64_t now, struct arena *a)
{
	struct span_list all = { 0 }, down = { 0 };
	size_t n;
	const struct bouncer_day *days = days_of(f, network, &n);
	int64_t parts;

	*v = (struct bouncer_past_view){ 0 };
	if (days == NULL) {
		v->unknown = "It was not looked at yet.";
		return;
	}
	parts = outage_availability(days, n);
	if (parts >= 0)
		v->availability = arena_printf(a, "%s %s of the time that is known of",
		    *network == '\0' ? "Running" : "Connected", percent(a, parts));
	outage_spans(&all, a, days, n, now);
	outage_list(&down, a, &all, OUTAGE_S);
	outages_init(v, &down, now, a);
	v->label = arena_printf(a, "%s in the last %d days: %s, %s", called, BOUNCER_PAGE_DAYS,
	    v->availability != NULL ? v->availability : "not known",
	    v->outages_words != NULL ? v->outages_words : "no outage");
	v->strip = span_strip(a, &all, now - BOUNCER_PAGE_DAYS * DAY_S, now, v->label);
}
