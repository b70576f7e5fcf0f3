/* See billing_change_view.h. */
#include "billing/billing_change_view.h"

#include <string.h>

#include "base/human.h"
#include "billing/billing_words.h"

VIEW_DEFINE(billing_limit, BILLING_LIMIT)
VIEW_DEFINE(billing_change, BILLING_CHANGE)

#define FACTS_MAX 5

/* One limit: what the plans say, and what is used of it. */
struct measure {
	const char *name;
	int64_t now, then;
	int64_t used, used_at;	  /* used_at 0: unknown */
	const char *unknown;	  /* a sentence */
	const char *over, *until; /* "… too much.", and what follows from it */
	bool is_bytes;
};

static const char *
amount(struct arena *a, const struct measure *m, int64_t n)
{
	return m->is_bytes ? human_bytes(a, n) : human_count(a, n);
}

/* What is over stays; txt, pics and soju only take nothing new (see their quotas). */
static void
limit_init(struct billing_limit_view *v, const struct measure *m, int64_t now, struct arena *a)
{
	v->name = m->name;
	v->now = amount(a, m, m->now);
	v->then = amount(a, m, m->then);
	if (m->used_at == 0) {
		v->verdict = m->unknown;
		v->tone = tone_words[TONE_OFF];
		return;
	}
	v->used = amount(a, m, m->used);
	v->used_note = human_ago(a, m->used_at, now);
	if (m->used <= m->then) {
		v->verdict = "Fits.";
		v->tone = tone_words[TONE_GOOD];
		return;
	}
	v->verdict =
	    arena_printf(a, "%s %s %s", amount(a, m, m->used - m->then), m->over, m->until);
	v->tone = tone_words[TONE_BAD];
}

#define STORE_UNKNOWN "Whether that fits is unknown: the service has not told how much you store."
#define NETWORKS_UNKNOWN                                                                           \
	"Whether that fits is unknown: your bouncers have not told yet how many they have."

static void
limits_init(struct billing_change_view *v, const struct billing_change_facts *f, struct arena *a)
{
	const struct plan *here = plan_limits(f->plan), *there = f->there;
	const struct billing_usage *u = f->usage;
	const struct measure all[] = {
		{ "Bouncers", here->bouncers, there->bouncers, u->bouncers, f->now, NULL,
		    "too many.",
		    "They stay and go on, but you can make no new one as long as you have that "
		    "many or more.",
		    false },
		{ "Networks of a bouncer", here->networks, there->networks, u->networks,
		    u->networks_at, NETWORKS_UNKNOWN, "too many where you have most.",
		    "They stay and go on, but no other can be added there until there are fewer.",
		    false },
		{ "Pastes", here->paste_bytes, there->paste_bytes, u->txt.storage_bytes, u->txt_at,
		    STORE_UNKNOWN, "too much.",
		    "Nothing is deleted, but no new paste can be stored until you have deleted as "
		    "much.",
		    true },
		{ "Pictures", here->picture_bytes, there->picture_bytes, u->pics.storage_bytes,
		    u->pics_at, STORE_UNKNOWN, "too much.",
		    "Nothing is deleted, but no new picture can be stored until you have deleted "
		    "as much.",
		    true },
	};

	v->limits.n = sizeof(all) / sizeof(all[0]);
	v->limits.v = arena_array(a, v->limits.n, sizeof(*v->limits.v));
	for (size_t i = 0; i < v->limits.n; i++)
		limit_init(&v->limits.v[i], &all[i], f->now, a);
}

static void
fact(struct billing_change_view *v, const char *words)
{
	v->facts.v[v->facts.n++].words = words;
}

/* What is paid lasts; of the rest only Stripe knows the end. */
static const char *
end_fact(const struct billing_subscription *s, const char *name, struct arena *a)
{
	const int64_t end = billing_end_of(s);

	if (end != 0 && !billing_is_last_period(s))
		return arena_printf(a, "%s ends on %s, and is charged as usual until then.", name,
		    human_day(a, end));
	if (s->status == BILLING_ACTIVE && (end != 0 || s->period_end_at != 0))
		return arena_printf(a, "%s is paid until %s: you keep it up to then.", name,
		    human_day(a, end != 0 ? end : s->period_end_at));
	if (s->status == BILLING_TRIALING && s->trial_end_at != 0)
		return arena_printf(a, "The trial of %s ends on %s: you keep it up to then.", name,
		    human_day(a, s->trial_end_at));
	return "When it ends is said on the next page.";
}

/* What was said is the one thing that a smaller plan takes away. */
static const char *
history_fact(const struct billing_change_facts *f, struct arena *a)
{
	const int64_t days = f->there->history_days;

	if (f->usage->history_days <= days)
		return "Nothing that you have stored is deleted.";
	return arena_printf(a,
	    "Your bouncers keep what was said for %s instead of %s: what is older is deleted. "
	    "Nothing else that you have stored is.",
	    human_plural(a, days, "day", "days"), human_count(a, f->usage->history_days));
}

static void
downgrade_init(struct billing_change_view *v, const struct billing_change_facts *f,
    const struct billing_subscription *live, struct arena *a)
{
	const bool is_cancelled = live != NULL && billing_end_of(live) != 0;

	v->lead = arena_printf(a,
	    "Look first: this is what %s has that %s has not. Nothing happens before you confirm "
	    "it on the next page.",
	    v->here, v->there);
	if (live == NULL) {
		v->note = arena_printf(a,
		    "Your %s is not paid by a subscription here, so there is nothing to cancel.",
		    v->here);
		return;
	}
	fact(v, end_fact(live, v->here, a));
	fact(v, history_fact(f, a));
	fact(v, arena_printf(a, "You can take %s again at any time.", v->here));
	if (is_cancelled) {
		v->note = "This is under way already: it is cancelled to that day.";
		return;
	}
	v->can_cancel = f->there == &plans[PLAN_FREE];
	v->can_switch = !v->can_cancel;
	v->button = v->can_cancel ? arena_printf(a, "Cancel %s", v->here)
				  : arena_printf(a, "Change to %s", v->there);
}

static void
upgrade_init(struct billing_change_view *v, const struct billing_change_facts *f,
    const struct billing_subscription *live, struct arena *a)
{
	v->lead = arena_printf(a, "This is what %s has that %s has not.", v->there, v->here);
	fact(v, "It begins when the payment arrives, usually at once.");
	fact(v, "You can cancel at any time and keep it to the end of what is paid.");
	if (live != NULL) {
		v->can_switch = true;
		v->button = arena_printf(a, "Change to %s", v->there);
		return;
	}
	if (billing_awaits_payment(f->subscriptions)) {
		v->note = "You have ordered this already: a payment is under way.";
		return;
	}
	v->prices.v = arena_array(a, f->offers->n, sizeof(*v->prices.v));
	for (size_t i = 0; i < f->offers->n; i++)
		if (strcmp(f->offers->v[i].plan, f->there->word) == 0)
			billing_view_price(
			    &v->prices.v[v->prices.n++], f->offers, &f->offers->v[i], a);
	if (v->prices.n == 0)
		v->note = "It is not sold at the moment.";
}

void
billing_change_view_init(
    struct billing_change_view *v, const struct billing_change_facts *f, struct arena *a)
{
	const struct billing_subscription *live = billing_living(f->subscriptions);
	const struct plan *here = plan_limits(f->plan);

	v->here = here->name;
	v->there = f->there->name;
	v->is_downgrade = f->there < here;
	v->title = arena_printf(a, "From %s to %s", v->here, v->there);
	v->facts.v = arena_array(a, FACTS_MAX, sizeof(*v->facts.v));
	limits_init(v, f, a);
	if (!f->is_set_up)
		v->note = "Billing is not set up here: plans cannot be changed.";
	else if (v->is_downgrade)
		downgrade_init(v, f, live, a);
	else
		upgrade_init(v, f, live, a);
	if (v->lead == NULL)
		v->lead = "This is how the two differ.";
	v->has_facts = v->facts.n > 0;
	v->is_sold = v->prices.n > 0;
}
