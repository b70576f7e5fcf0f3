/* See landing_view.h. */
#include "site/landing_view.h"

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

static struct landing_offer_view free_points[] = {
	{ "Bouncer with full history", NULL },
	{ "Pastes and pictures", NULL },
	{ "No payment details needed", NULL },
};

static struct landing_offer_view pro_points[] = {
	{ "Everything in Free", NULL },
	{ "More room for those who live on IRC", NULL },
	{ "Keeps the service running", NULL },
};

static struct landing_plan_view plans[] = {
	{ "Free", "For staying in touch.", { free_points, COUNT(free_points) } },
	{ "Pro", "For regulars.", { pro_points, COUNT(pro_points) } },
};

void
landing_view_init(struct landing_view *v)
{
	v->offers.v = offers;
	v->offers.n = COUNT(offers);
	v->plans.v = plans;
	v->plans.n = COUNT(plans);
}
