/* See bouncers_view.h. */
#include "bouncer/bouncers_view.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"

VIEW_DEFINE(bouncers_row, BOUNCERS_ROW)
VIEW_DEFINE(bouncers, BOUNCERS)

void
bouncer_networks_figure(struct figure_view *f, const struct bouncer *b, int64_t connected,
    int64_t disabled, int64_t networks, struct arena *a)
{
	if (networks == 0 && b->networks_at == 0) {
		f->unknown = "its soju has not told yet";
		return;
	}
	f->value = arena_printf(a, "%s of %s", human_count(a, connected), human_count(a, networks));
	if (networks == 0)
		f->value = "none yet";
	if (disabled > 0)
		f->note = arena_printf(a, "%s switched off", human_count(a, disabled));
}

void
bouncer_clients_figure(struct figure_view *f, const struct bouncer *b, int64_t now, struct arena *a)
{
	if (b->clients < 0) {
		f->unknown = strcmp(b->provisioner, "soju") == 0
				 ? "a soju that several people share counts all of them together"
				 : "its soju does not tell";
		return;
	}
	f->value = human_count(a, b->clients);
	if (now - b->sampled_at > BOUNCER_SAMPLE_OLD_S)
		time_view_init(&f->age, b->sampled_at, now, a);
}

bool
bouncer_plan_room(
    const struct plan *plan, size_t n, struct arena *a, const char **words, const char **full)
{
	const int64_t have = (int64_t)n;

	*words = *full = NULL;
	if (plan == NULL) {
		*full = "Your plan is one that this page does not know, so nothing can be made.";
		return false;
	}
	if (have == 0)
		*words = arena_printf(a, "Your plan %s has room for %s.", plan->name,
		    human_plural(a, plan->bouncers, "bouncer", "bouncers"));
	else if (have < plan->bouncers)
		*words = arena_printf(a, "You have %s of the %s that your plan %s has room for.",
		    human_count(a, have), human_plural(a, plan->bouncers, "bouncer", "bouncers"),
		    plan->name);
	if (have > plan->bouncers)
		*full = arena_printf(a,
		    "You have %s, and your plan %s has %s. Those you have stay; another one "
		    "cannot be made.",
		    human_plural(a, have, "bouncer", "bouncers"), plan->name,
		    human_count(a, plan->bouncers));
	else if (have == plan->bouncers)
		*full = arena_printf(a,
		    "That is as many as your plan %s has: another one cannot "
		    "be made.",
		    plan->name);
	return have < plan->bouncers;
}

static void
row_init(struct bouncers_row_view *v, const struct bouncer *b, const struct bouncers_facts *f,
    struct arena *a)
{
	const struct bouncer_count *c = bouncer_counts_of(f->counts, b->id);

	v->id = b->id;
	v->name = b->name;
	v->href = bouncer_href(a, b->name, "");
	bouncer_status_view_init(&v->status, b, f->now, a);
	v->has_figures = b->state == BOUNCER_READY;
	if (!v->has_figures)
		return;
	v->connect_href = bouncer_href(a, b->name, "/connect");
	bouncer_networks_figure(&v->networks, b, c != NULL ? c->connected : 0,
	    c != NULL ? c->disabled : 0, c != NULL ? c->networks : 0, a);
	bouncer_clients_figure(&v->clients, b, f->now, a);
}

void
bouncers_view_init(struct bouncers_view *v, const struct bouncers_facts *f, struct arena *a)
{
	const char *full;

	v->rows.n = f->bouncers->n;
	v->rows.v = arena_array(a, v->rows.n, sizeof(*v->rows.v));
	for (size_t i = 0; i < v->rows.n; i++)
		row_init(&v->rows.v[i], &f->bouncers->v[i], f, a);
	v->is_offered = f->is_offered;
	v->can_make =
	    bouncer_plan_room(f->plan, f->bouncers->n, a, &v->room, &full) && f->is_offered;
	if (!f->is_offered)
		return;
	v->has_more = v->rows.n > 0 || full != NULL;
	v->full = full;
	v->is_paid_better = full != NULL && f->plan == &plans[PLAN_FREE];
}
