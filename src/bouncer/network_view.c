/* See network_view.h. */
#include "bouncer/network_view.h"

#include <inttypes.h>

#include "base/human.h"
#include "base/text.h"
#include "bouncer/bouncer_status_view.h"

VIEW_DEFINE(network_edit, NETWORK_EDIT)

/* The limit is said before it is reached. */
static void
room_init(struct network_edit_view *v, const struct network_edit_facts *f, struct arena *a)
{
	const int64_t most = f->bouncer->max_networks;

	if (most < 0)
		return;
	v->is_full = f->networks >= most;
	v->room = arena_printf(a,
	    v->is_full ? "This bouncer has %s, and your plan has room for %s: none can be added."
		       : "This bouncer has %s; your plan has room for %s.",
	    human_plural(a, f->networks, "network", "networks"), human_count(a, most));
}

void
network_edit_view_init(
    struct network_edit_view *v, const struct network_edit_facts *f, struct arena *a)
{
	const char *bouncer = f->bouncer->name;

	v->bouncer = bouncer;
	v->back_href = bouncer_href(a, bouncer, "");
	v->is_new = f->name == NULL;
	if (v->is_new) {
		v->title = "Add a network";
		v->button = "Add the network";
		v->action = bouncer_href(a, bouncer, "/networks/new");
		room_init(v, f, a);
		network_fields_view_new(&v->network, f->typed, false, a);
		return;
	}
	v->title = arena_printf(a, "Change %s", text_short(a, text_safe(a, f->name), 60));
	v->button = "Change the network";
	v->id = f->name;
	v->action = bouncer_href(a, bouncer, "/networks/edit");
	network_fields_view_edit(&v->network, f->typed, a);
}

void
network_view_confirm(
    struct confirm_view *v, const struct bouncer *b, const char *network, struct arena *a)
{
	static struct confirm_fact_view facts[] = {
		{ "The bouncer leaves the network and all of its channels." },
		{ "What was said there, and is kept in its history, is lost." },
		{ "To be away for a while only, switch it off instead: then all of it stays." },
	};
	struct hidden_view *name = arena_alloc(a, sizeof(*name));

	*name = (struct hidden_view){ "name", network };
	v->title = "Remove a network";
	v->sentence = arena_printf(a, "The network “%s” is removed from %s.",
	    text_short(a, text_safe(a, network), 60), b->name);
	v->facts.v = facts;
	v->facts.n = sizeof(facts) / sizeof(facts[0]);
	v->action = bouncer_href(a, b->name, "/networks/remove");
	v->fields.v = name;
	v->fields.n = 1;
	v->button = "Remove it";
	v->back_href = bouncer_href(a, b->name, "");
}
