/* See bouncer_delete_view.h. */
#include "bouncer/bouncer_delete_view.h"

#include <string.h>

#include "base/human.h"
#include "bouncer/bouncer_status_view.h"

VIEW_DEFINE(bouncer_delete, BOUNCER_DELETE)

#define DAY_S INT64_C(86400)
#define LOST                                                                                       \
	"Lost are its networks and channels, its password, and everything that was said and is "   \
	"in its history."
#define STAYS "Your pastes and pictures stay."

static const char *
undo_words(const struct bouncer *b, int64_t grace_days, int64_t now, struct arena *a)
{
	if (b->ready_at == 0)
		return "It was never ready, so it is taken away at once.";
	if (grace_days <= 0)
		return "It cannot be undone.";
	return arena_printf(a, "Until %s you can undo it, and have all of it back.",
	    human_time(a, now + grace_days * DAY_S));
}

static void
first_facts(struct confirm_fact_view *facts, const struct bouncer *b, int64_t grace_days,
    int64_t now, struct arena *a)
{
	facts[0].words = "It leaves all networks at once, and your clients are disconnected.";
	facts[1].words = undo_words(b, grace_days, now, a);
	facts[2].words = b->ready_at == 0 || grace_days <= 0
			     ? LOST
			     : "Until then it keeps its place in your plan, unless you end that "
			       "time on its page.";
	facts[3].words = b->ready_at == 0 || grace_days <= 0
			     ? STAYS
			     : "After that, its networks, its password and its history are lost. "
			       "Your pastes and pictures stay.";
}

static void
final_facts(struct confirm_fact_view *facts, const struct bouncer *b, struct arena *a)
{
	facts[0].words =
	    arena_printf(a, "It does not wait until %s any more.", human_time(a, b->delete_after));
	facts[1].words = LOST " Nobody can bring it back.";
	facts[2].words = "Its place in your plan and its name are free again in a minute or so.";
	facts[3].words = STAYS;
}

void
bouncer_delete_view_init(struct bouncer_delete_view *v, const struct bouncer *b, int64_t grace_days,
    const char *typed, const char *problem, int64_t now, struct arena *a)
{
	struct confirm_fact_view *facts = arena_array(a, 4, sizeof(*facts));

	v->is_final = b->state == BOUNCER_DELETING;
	if (v->is_final)
		final_facts(facts, b, a);
	else
		first_facts(facts, b, grace_days, now, a);
	v->title_end = v->is_final ? " for good, now?" : "?";
	v->button = v->is_final ? "Delete it for good" : "Delete it";
	v->name = b->name;
	v->facts.v = facts;
	v->facts.n = 4;
	v->action = bouncer_href(a, b->name, "/delete");
	v->back_href = bouncer_href(a, b->name, "");
	field_view_line(&v->typed, "typed", "Type the name of the bouncer", "text", typed);
	v->typed.hint = b->name;
	v->typed.error = problem;
	v->typed.autocomplete = "off";
	v->typed.is_required = true;
}

void
bouncer_view_confirm_restart(struct confirm_view *v, const struct bouncer *b, struct arena *a)
{
	static struct confirm_fact_view facts[] = {
		{ "Everybody in your channels sees you quit and join again." },
		{ "Your clients are disconnected, and connect again by themselves." },
		{ "Networks, channels and history stay. It takes a minute or less." },
	};

	v->title = "Restart the bouncer";
	v->sentence = arena_printf(a, "%s leaves its networks and comes back.", b->name);
	v->facts.v = facts;
	v->facts.n = sizeof(facts) / sizeof(facts[0]);
	v->action = bouncer_href(a, b->name, "/restart");
	v->button = "Restart it";
	v->back_href = bouncer_href(a, b->name, "");
}
