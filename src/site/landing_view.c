/* See landing_view.h. */
#include "site/landing_view.h"

#include "billing/plan.h"

VIEW_DEFINE(landing_offer, LANDING_OFFER)
VIEW_DEFINE(landing_plan, LANDING_PLAN)
VIEW_DEFINE(landing, LANDING)

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Views hold pointers to rows that could be written; these never are. */
static struct landing_offer_view offers[] = {
	{ "A bouncer of your own",
	    "It stays on your networks day and night. Close the laptop, take the train: every line "
	    "is waiting when you come back." },
	{ "Pastes", "Logs, diffs and long quotes get an address instead of flooding the channel." },
	{ "Pictures",
	    "Drop a screenshot, share its link. It counts towards your account, and you can "
	    "see how much room it takes." },
	{ "Nothing hidden",
	    "One page shows how everything is doing: what is connected, what is stored "
	    "and how old each figure is." },
};

static void
plan_init(struct landing_plan_view *v, const struct plan *plan, struct arena *arena)
{
	v->name = plan->name;
	v->sentence = plan->purpose;
	v->points.v = arena_array(arena, PLAN_POINTS_MAX, sizeof(*v->points.v));
	for (; plan->points[v->points.n] != NULL; v->points.n++)
		v->points.v[v->points.n].title = plan->points[v->points.n];
}

void
landing_view_init(struct landing_view *v, struct arena *arena)
{
	v->offers.v = offers;
	v->offers.n = COUNT(offers);
	v->plans.v = arena_array(arena, PLAN__MAX, sizeof(*v->plans.v));
	v->plans.n = PLAN__MAX;
	for (size_t i = 0; i < PLAN__MAX; i++)
		plan_init(&v->plans.v[i], &plans[i], arena);
}
