/*
 * What pages that lead on to Stripe share: the way there, and the page that says why there is none.
 */
#ifndef BILLING_STRIPE_WAY_HTTP_H
#define BILLING_STRIPE_WAY_HTTP_H

#include "base/call.h"
#include "billing/billing_done_view.h"
#include "clients/stripe_api.h"
#include "web/web_flow.h"

/* Where the form to manage a subscription is posted. */
#define STRIPE_WAY_PORTAL "/billing/portal"

/* What a page that leads to Stripe is besides: the reason why it does not, and the way there. */
struct stripe_way {
	const char *title, *sentence; /* NULL: all is well so far */
	int status;
	bool is_final; /* trying again is of no use */
	bool offers_portal;
	const char *url; /* where the browser has to be led by a page */
	struct call_notes notes;
	union {
		struct billing_away_view away;
		struct billing_retry_view retry;
	} view;
};

void stripe_way_say(struct stripe_way *, int status, const char *title, const char *sentence);
/* An error of Stripe's; its cause is in the log. */
void stripe_way_say_error(struct stripe_way *, enum err);
/* True, and it is said, if there is no billing at all. */
bool stripe_way_is_missing(struct stripe_way *);
/* Whether that is why Stripe refuses: it has no such customer any more. */
bool stripe_way_is_customer_gone(enum err, const struct stripe_error *);
/*
 * On to Stripe. Browsers let a form lead to the origins that our policy names; elsewhere, as to a
 * checkout under the operator's own name, a page of ours (stripe_way_render) leads by itself.
 */
void stripe_way_lead(struct web_flow *, struct stripe_way *, const char *url);
/* The page that leads on by itself, once stripe_way_lead() has set its url. */
enum err stripe_way_render(struct web_flow *, struct stripe_way *, struct strbuf *);
/* Why it did not work, and the form again as it was sent to `action`; the fields live as long as
 * the arena. */
enum err stripe_way_render_retry(struct web_flow *, struct stripe_way *, const char *action,
    struct hidden_view *fields, size_t nfields, struct strbuf *);

#endif
