/* See billing_view.h. */
#include "billing/billing_view.h"

#include <string.h>

#include "base/human.h"
#include "billing/billing_words.h"
#include "billing/plan.h"
#include "clients/stripe_pay.h"

VIEW_DEFINE(billing_price, BILLING_PRICE)
VIEW_DEFINE(billing_point, BILLING_POINT)
VIEW_DEFINE(billing_plan, BILLING_PLAN)
VIEW_DEFINE(billing_subscription, BILLING_SUBSCRIPTION)
VIEW_DEFINE(billing_trouble, BILLING_TROUBLE)
VIEW_DEFINE(billing_movement, BILLING_MOVEMENT)
VIEW_DEFINE(billing, BILLING)

/* ---- Subscriptions ---- */

/* Where the account stands among the plans; a plan that only a later version knows is below all. */
static int
rank(const char *word)
{
	const struct plan *plan = plan_find(word);

	return plan != NULL ? (int)(plan - plans) : -1;
}

static const char *
tone_of(const struct billing_subscription *s)
{
	switch (s->status) {
	case BILLING_ACTIVE:
	case BILLING_TRIALING:
		return tone_words[billing_end_of(s) != 0 || s->is_paused ? TONE_BUSY : TONE_GOOD];
	case BILLING_PAST_DUE:
	case BILLING_UNPAID:
		return tone_words[TONE_BAD];
	case BILLING_INCOMPLETE:
		return tone_words[TONE_BUSY];
	default:
		return tone_words[TONE_OFF];
	}
}

/* The amount only where it is certain: discounts, changes and use are seen on the bill. */
static void
charge_init(
    struct billing_subscription_view *v, const struct billing_subscription *s, struct arena *a)
{
	const char *amount = billing_money(a, s->next_amount, s->currency);
	const bool is_charged = (s->status == BILLING_ACTIVE || s->status == BILLING_TRIALING) &&
				!billing_is_last_period(s) && !s->is_paused &&
				s->period_end_at != 0;

	if (!is_charged)
		return;
	v->charge_label = s->status == BILLING_TRIALING ? "First charge" : "Next charge";
	v->charge = amount == NULL ? human_day(a, s->period_end_at)
				   : arena_printf(a, "%s on %s, before taxes and credit", amount,
					 human_day(a, s->period_end_at));
}

/* Whether the account keeps what this buys without paying. */
static bool
is_granted(const struct billing_subscription *s, const struct billing_facts *f)
{
	return billing_plan_of(s) >= 0 && rank(f->granted_plan) >= billing_plan_of(s);
}

static const char *
unpaid_plan(const struct billing_facts *f, struct arena *a)
{
	return f->granted_plan != NULL ? billing_plan_name(a, f->granted_plan)
				       : plans[PLAN_FREE].name;
}

static const char *
ending(const struct billing_subscription *s, const struct billing_facts *f, struct arena *a)
{
	const char *name = billing_bought(s), *day = human_day(a, billing_end_of(s));
	const char *charges = billing_is_last_period(s) ? "You are not charged again."
							: "It is charged as usual until then.";

	if (is_granted(s, f))
		return arena_printf(
		    a, "It ends on %s; you keep %s without it. %s", day, name, charges);
	return arena_printf(a, "%s until %s; then %s. %s", name, day, unpaid_plan(f, a), charges);
}

static const char *
sentence_of(const struct billing_subscription *s, const struct billing_facts *f, struct arena *a)
{
	const char *name = billing_bought(s);
	const bool is_trial = s->status == BILLING_TRIALING && s->trial_end_at != 0;

	if (s->status == BILLING_CANCELED || s->status == BILLING_INCOMPLETE_EXPIRED)
		return s->ended_at != 0
			   ? arena_printf(a, "%s ended on %s.", name, human_day(a, s->ended_at))
			   : arena_printf(a, "%s has ended.", name);
	if (billing_end_of(s) != 0)
		return ending(s, f, a);
	if (is_trial)
		return arena_printf(a,
		    "The trial ends on %s. Cancel before that day, and you pay nothing.",
		    human_day(a, s->trial_end_at));
	if (s->status == BILLING_INCOMPLETE && s->is_under_way)
		return "It begins when the payment arrives. Your bank takes some days with this "
		       "way of paying; you need not pay again.";
	if (s->status == BILLING_INCOMPLETE)
		return "It begins when the first payment arrives; if none does, it is dropped "
		       "after "
		       "a day.";
	if (s->status == BILLING_PAUSED)
		return "It goes on when a way to pay is given.";
	if (billing_plan_of(s) < 0)
		return "It buys no plan of this service. Ask the people who run it if you expected "
		       "one.";
	return NULL;
}

static void
subscription_init(struct billing_subscription_view *v, const struct billing_subscription *s,
    const struct billing_facts *f, struct arena *a)
{
	v->name = billing_bought(s);
	v->is_live = billing_lives(s);
	v->status =
	    (struct badge_view){ v->is_live && billing_end_of(s) != 0 ? "Cancelled"
								      : billing_status_label(s),
		    tone_of(s) };
	charge_init(v, s, a);
	v->sentence = sentence_of(s, f, a);
	if (v->is_live && billing_end_of(s) != 0)
		v->undo = arena_printf(a, "Keep %s", v->name);
}

/* How long the plan stays, or since when it is gone. */
static const char *
patience(const struct billing_subscription *s, const struct billing_facts *f, struct arena *a)
{
	const int64_t end = s->past_due_at + f->grace_s;
	const char *name = billing_bought(s);

	if (s->status != BILLING_PAST_DUE || s->past_due_at == 0 || billing_plan_of(s) < 0 ||
	    is_granted(s, f))
		return NULL;
	if (f->now < end)
		return arena_printf(a,
		    "You have %s until %s; without a payment it is %s from then on.", name,
		    human_day(a, end), unpaid_plan(f, a));
	return arena_printf(a, "%s ended on %s, as no payment came. It is back as soon as one has.",
	    name, human_day(a, end));
}

/* Of a bill that is not known it is not known either. */
static const char *
next_attempt(const struct billing_subscription *s, struct arena *a)
{
	if (s->next_attempt_at != 0)
		return arena_printf(
		    a, "It is tried again on %s.", human_day(a, s->next_attempt_at));
	return s->due_currency != NULL ? "It is not tried again by itself." : NULL;
}

static void
trouble_init(struct billing_trouble_view *v, const struct billing_facts *f, struct arena *a)
{
	const struct billing_subscription *s = billing_in_trouble(f->subscriptions);
	const char *amount;

	if (s == NULL)
		return;
	amount = billing_money(a, s->due_amount, s->due_currency);
	v->what = arena_printf(a, "%s for %s could not be collected%s%s.",
	    amount != NULL ? amount : "The payment", billing_bought(s),
	    s->past_due_at != 0 ? " on " : "",
	    s->past_due_at != 0 ? human_day(a, s->past_due_at) : "");
	v->next = next_attempt(s, a);
	v->until = patience(s, f, a);
	if (stripe_pay_check_url(a, s->due_url, f->api_base) == ERR_OK)
		v->pay_href = s->due_url;
}

/* ---- Plans ---- */

void
billing_view_price(struct billing_price_view *v, const struct billing_offers *all,
    const struct billing_offer *o, struct arena *a)
{
	const char *name = billing_plan_name(a, o->plan);
	const int64_t saves = billing_yearly_saves(all, o);

	v->id = o->price_id;
	v->amount = billing_money(a, o->amount, o->currency);
	v->period = billing_period(a, o->period, o->period_count);
	if (saves > 0)
		v->saves = arena_printf(a, "saves %s a year", billing_money(a, saves, o->currency));
	v->button = arena_printf(a, "Upgrade to %s", name);
	v->label = v->amount != NULL
		       ? arena_printf(a, "Upgrade to %s: %s %s", name, v->amount, v->period)
		       : arena_printf(a, "Upgrade to %s, paid %s", name, v->period);
}

static void
prices_init(struct billing_plan_view *v, const struct plan *plan, const struct billing_facts *f,
    struct arena *a)
{
	v->prices.v = arena_array(a, f->offers->n, sizeof(*v->prices.v));
	for (size_t i = 0; i < f->offers->n; i++)
		if (strcmp(f->offers->v[i].plan, plan->word) == 0)
			billing_view_price(
			    &v->prices.v[v->prices.n++], f->offers, &f->offers->v[i], a);
}

static void
points_init(struct billing_plan_view *v, const struct plan *plan, struct arena *a)
{
	v->points.v = arena_array(a, PLAN_POINTS_MAX, sizeof(*v->points.v));
	while (plan->points[v->points.n] != NULL) {
		v->points.v[v->points.n].words = plan->points[v->points.n];
		v->points.n++;
	}
}

/* Why a plan is not sold to who has it on a subscription already. */
static const char *
bought_note(const struct billing_subscription *live)
{
	switch (live->status) {
	case BILLING_TRIALING:
		return "You are trying it already; see above.";
	case BILLING_PAST_DUE:
	case BILLING_UNPAID:
		return "You have ordered it, and a payment failed; see above.";
	case BILLING_PAUSED:
		return "You have ordered it, and it is paused; see above.";
	default:
		return "Paid for already; see above.";
	}
}

/* One buys only what is more, and only one subscription at a time. */
static void
ways_init(struct billing_plan_view *v, const struct plan *plan, const struct billing_facts *f,
    struct arena *a)
{
	const struct billing_subscription *live = billing_living(f->subscriptions);
	const int here = rank(f->plan), there = (int)(plan - plans);

	if (!f->is_set_up || v->is_current)
		return;
	if (there > here && live == NULL && billing_awaits_payment(f->subscriptions)) {
		v->note = "A payment is under way; see above.";
	} else if (there > here && live == NULL) {
		prices_init(v, plan, f, a);
		if (v->prices.n == 0)
			v->note = "Not sold at the moment.";
		v->is_sold = v->prices.n > 0;
	} else if (there > here && live != NULL && billing_plan_of(live) >= there) {
		v->note = bought_note(live);
	}
	if (v->note != NULL || (there < here && live == NULL))
		return;
	v->change_href = arena_printf(a, "/billing/change?to=%s", plan->word);
	v->change = arena_printf(
	    a, there > here ? "What you get with %s" : "What would change with %s", plan->name);
}

static void
plan_init(struct billing_plan_view *v, const struct plan *plan, const struct billing_facts *f,
    struct arena *a)
{
	v->name = plan->name;
	v->purpose = plan->purpose;
	v->is_current = plan_find(f->plan) == plan;
	v->pastes = human_bytes(a, plan->paste_bytes);
	v->pictures = human_bytes(a, plan->picture_bytes);
	points_init(v, plan, a);
	ways_init(v, plan, f, a);
}

/* ---- Credit ---- */

static void
movement_init(struct billing_movement_view *v, const struct billing_movement *m, struct arena *a)
{
	const char *amount = billing_money(a, m->amount, m->currency);

	v->day = m->at != 0 ? human_day(a, m->at) : "unknown";
	v->what = billing_movement_label(m->kind, m->amount);
	v->amount = amount != NULL && m->amount > 0 ? arena_printf(a, "+%s", amount) : amount;
	v->balance = billing_money(a, m->balance, m->currency);
}

static void
credit_init(struct billing_view *v, const struct billing_credit *c, struct arena *a)
{
	if (!c->is_unknown && c->currency != NULL && (c->balance != 0 || c->n > 0)) {
		v->is_debt = c->balance < 0;
		v->credit =
		    billing_money(a, c->balance < 0 ? -c->balance : c->balance, c->currency);
	}
	v->no_credit = c->is_unknown ? "How much account credit you have is not known yet."
				     : "You have no account credit.";
	v->has_moves = c->n > 0;
	v->movements.n = c->n;
	v->movements.v = arena_array(a, c->n, sizeof(*v->movements.v));
	for (size_t i = 0; i < c->n; i++)
		movement_init(&v->movements.v[i], &c->v[i], a);
}

/* ---- The whole ---- */

static void
missing_init(struct billing_view *v, const struct billing_facts *f)
{
	if (!f->is_set_up) {
		v->missing = BILLING_MISSING;
		v->missing_how = f->is_admin ? "You are an admin: set STRIPE_SECRET_KEY, then say "
					       "at /admin/prices which price buys which plan."
					     : NULL;
	} else if (f->offers->n == 0 && f->is_admin) {
		v->missing = "No price is offered yet, so nobody can buy a plan.";
		v->missing_how = "You are an admin: say at /admin/prices which of Stripe's prices "
				 "buys which plan.";
	}
}

void
billing_view_init(struct billing_view *v, const struct billing_facts *f, struct arena *a)
{
	const struct plan *plan = plan_find(f->plan);

	missing_init(v, f);
	v->plan = billing_plan_name(a, f->plan);
	v->plan_sentence = plan != NULL ? plan->thanks : NULL;
	v->subscriptions.n = f->subscriptions->n;
	v->subscriptions.v = arena_array(a, v->subscriptions.n, sizeof(*v->subscriptions.v));
	for (size_t i = 0; i < v->subscriptions.n; i++)
		subscription_init(&v->subscriptions.v[i], &f->subscriptions->v[i], f, a);
	trouble_init(&v->trouble, f, a);
	v->plans.n = PLAN__MAX;
	v->plans.v = arena_array(a, v->plans.n, sizeof(*v->plans.v));
	for (size_t i = 0; i < PLAN__MAX; i++)
		plan_init(&v->plans.v[i], &plans[i], f, a);
	credit_init(v, f->credit, a);
	v->has_customer = f->is_set_up && f->has_customer;
}
