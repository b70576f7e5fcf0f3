/* See billing_done_view.h. */
#include "billing/billing_done_view.h"

#include "billing/billing_words.h"
#include "billing/plan.h"

VIEW_DEFINE(billing_done, BILLING_DONE)
VIEW_DEFINE(billing_away, BILLING_AWAY)
VIEW_DEFINE(billing_retry, BILLING_RETRY)

/* As often as the page comes again by itself: half a minute. */
#define LOOKS_MAX 15

static bool
has_plan(const char *plan, const char *bought)
{
	const struct plan *here = plan_find(plan), *there = plan_find(bought);

	return here != NULL && there != NULL && here >= there;
}

static void
paid_init(struct billing_done_view *v, const struct stripe_pay_session *s, const char *plan,
    int64_t looks, struct arena *a)
{
	const char *name = s->plan != NULL ? billing_plan_name(a, s->plan) : "your plan";
	const bool is_free = s->state == PAY_STATE_FREE;
	const char *arrived = is_free ? "There is nothing to pay now" : "The payment has arrived";

	if (has_plan(plan, s->plan)) {
		v->title = arena_printf(a, "You have %s now", name);
		v->sentence = arena_printf(a,
		    is_free ? "%s. Thank you." : "%s. Thank you: you keep this service running.",
		    arrived);
		v->href = "/dashboard";
		v->link = "To the dashboard";
		return;
	}
	v->title = is_free ? "Ordered, thank you" : "Paid, thank you";
	v->is_waiting = looks < LOOKS_MAX;
	v->sentence = v->is_waiting
			  ? arena_printf(a,
				"%s; %s is being set up, which takes a few seconds. This page "
				"looks again by itself.",
				arrived, name)
			  : arena_printf(a,
				"%s, but %s is not set up yet. That takes longer than usual; it "
				"comes by itself, and you are not charged twice. You can leave "
				"this page.",
				arrived, name);
}

void
billing_done_view_init(struct billing_done_view *v, const struct stripe_pay_session *s,
    const char *plan, int64_t looks, struct arena *a)
{
	v->href = "/billing";
	v->link = "To billing";
	switch (s->state) {
	case PAY_STATE_FREE:
	case PAY_STATE_PAID:
		paid_init(v, s, plan, looks, a);
		break;
	case PAY_STATE_ENDED:
		v->title = "This subscription has ended";
		v->sentence = "What you bought then has ended since. Your plan now, and what there "
			      "is to buy, is on the page of billing.";
		break;
	case PAY_STATE_UNDER_WAY:
		v->title = "The payment is under way";
		v->sentence = arena_printf(a,
		    "Your bank takes some days with this way of paying. %s begins by itself when "
		    "the money has arrived; until then nothing changes.",
		    s->plan != NULL ? billing_plan_name(a, s->plan) : "Your plan");
		break;
	case PAY_STATE_OPEN:
		v->title = "Not paid yet";
		v->sentence = "The payment was begun and not finished. Nothing is charged, and "
			      "nothing has changed.";
		if (s->url != NULL) {
			v->href = s->url;
			v->link = "Go on with the payment";
		}
		break;
	case PAY_STATE_EXPIRED:
		v->title = "Not paid";
		v->sentence =
		    "This payment was begun too long ago and is void. Nothing is charged, "
		    "and nothing has changed. You can begin again.";
		break;
	}
}
