/* See bouncer_new_view.h. */
#include "bouncer/bouncer_new_view.h"

#include <string.h>

#include "base/human.h"
#include "bouncer/bouncers_view.h"
#include "source/source.h"

VIEW_DEFINE(bouncer_new, BOUNCER_NEW)

/* What the name becomes. */
static const char *
name_hint(const char *host, struct arena *a)
{
	if (!source_is_of_each(host))
		return "Lower case letters, digits and hyphens; your user name at the bouncer.";
	return arena_printf(a,
	    "Lower case letters, digits and hyphens. Your clients will connect to %s.",
	    source_of_bouncer(a, host, "NAME"));
}

void
bouncer_new_view_init(
    struct bouncer_new_view *v, const struct bouncer_new_facts *f, struct arena *a)
{
	v->is_offered = f->is_offered;
	v->has_form =
	    bouncer_plan_room(f->plan, f->nbouncers, a, &v->room, &v->full) && f->is_offered;
	v->is_paid_better = f->plan == &plans[PLAN_FREE];
	if (f->plan != NULL)
		v->networks_room = arena_printf(a, "Each bouncer can have %s.",
		    human_plural(a, f->plan->networks, "network", "networks"));
	v->name = f->name;
	v->name_error = f->name_problem;
	v->name_hint = name_hint(f->host, a);
	network_fields_view_new(&v->network, f->network, true, a);
}
