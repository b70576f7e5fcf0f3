/*
 * What pages ask of Stripe so that somebody can pay: a customer, a checkout session, a session of
 * the customer portal (docs.stripe.com/api: customers, checkout/sessions, billing_portal/sessions).
 * Requests and replies only; errors of replies are stripe_api_reply()'s.
 */
#ifndef CLIENTS_STRIPE_PAY_H
#define CLIENTS_STRIPE_PAY_H

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "clients/stripe_api.h"

/* ERR_OK: it may be shown and sent to a browser: an https URL, or one on the origin of `base` where
 * that is another than Stripe's (a simulator). Stripe's own have fragments. */
enum err stripe_pay_check_url(struct arena *, const char *url, const char *base);
/* "https://checkout.stripe.com" of such a URL; NULL: it is none. */
const char *stripe_pay_origin(struct arena *, const char *url);

/* The account's customer, by what identifies it for us. */
struct stripe_pay_customer {
	const char *user_sub;
	const char *email; /* NULL: not known */
	const char *nonce; /* of the intent: however often it is sent, one customer */
};
void stripe_pay_customer_request(struct call_request *, struct arena *, const struct stripe_api *,
    const struct stripe_pay_customer *);
enum err stripe_pay_customer_reply(
    const char **id, struct stripe_error *, struct arena *, const struct call_reply *);

/* Whether Stripe will answer the key like this for a day, whatever is sent: with an error of its
 * own, or because something else was sent under it (docs.stripe.com/api/idempotent_requests). */
bool stripe_pay_is_key_spent(enum err, const struct stripe_error *, const struct call_reply *);
/* Whether a request with the same key is under way: its answer will be this one's, too. */
bool stripe_pay_is_key_in_use(enum err, const struct stripe_error *);

struct stripe_pay_checkout {
	const char *user_sub, *customer_id, *price_id;
	const char *plan;	/* kept with the session, for the page one comes back to */
	const char *public_url; /* ours, without a final slash */
	const char *nonce;	/* of the form */
	const char *after; /* the customer's newest session before this one; NULL: none is known */
};
void stripe_pay_checkout_request(struct call_request *, struct arena *, const struct stripe_api *,
    const struct stripe_pay_checkout *);
/* The page to pay on. ERR_UPSTREAM: it is no URL that a browser may be sent to. */
enum err stripe_pay_url_reply(const char **url, struct stripe_error *, struct arena *,
    const struct call_reply *, const char *base);

/* The checkout sessions of a customer, the newest first: what was begun before. */
#define STRIPE_PAY_OTHERS_MAX 3
struct stripe_pay_sessions {
	const char *newest; /* id; NULL: there is none */
	const char *url;    /* of an open one that asks for the same; NULL: none */
	/* Open ones for something else, which could be paid besides. */
	const char *others[STRIPE_PAY_OTHERS_MAX];
	size_t nothers;
	const struct json *data; /* all of them, as Stripe tells; NULL: nothing was asked */
};
void stripe_pay_sessions_request(
    struct call_request *, struct arena *, const struct stripe_api *, const char *customer_id);
/* As seen by who wants that checkout; sessions that are not for the account's plan are left out. */
enum err stripe_pay_sessions_reply(struct stripe_pay_sessions *,
    const struct stripe_pay_checkout *wanted, struct stripe_error *, struct arena *,
    const struct call_reply *, const char *base);
/* Nobody can pay on the page any more. ERR_INVALID: it is not open, and may have been paid. */
void stripe_pay_expire_request(
    struct call_request *, struct arena *, const struct stripe_api *, const char *id);
enum err stripe_pay_expire_reply(struct stripe_error *, struct arena *, const struct call_reply *);

/* Up to a few subscriptions of a customer that have not ended. */
void stripe_pay_subscriptions_request(
    struct call_request *, struct arena *, const struct stripe_api *, const char *customer_id);
/* Why another would be paid besides. */
enum stripe_pay_bought {
	PAY_BOUGHT_NONE,
	PAY_BOUGHT_UNDER_WAY, /* ordered in one of the sessions; the bank takes its time */
	PAY_BOUGHT_LIVE
};
enum err stripe_pay_subscriptions_reply(enum stripe_pay_bought *,
    const struct stripe_pay_sessions *, struct stripe_error *, struct arena *,
    const struct call_reply *);

/* What of the customer portal is opened; the words are those of our forms. */
enum stripe_pay_flow {
	PAY_FLOW_NONE,
	PAY_FLOW_CANCEL,
	PAY_FLOW_CARD,
	PAY_FLOW_CHANGE,
	PAY_FLOW__MAX
};
extern const char *const stripe_pay_flow_words[PAY_FLOW__MAX];
/* `subscription_id` may be NULL for flows that need none; those that do become PAY_FLOW_NONE. */
void stripe_pay_portal_request(struct call_request *, struct arena *, const struct stripe_api *,
    const char *customer_id, enum stripe_pay_flow, const char *subscription_id,
    const char *return_url);
/* Whether Stripe refused because nobody has set up the customer portal there. */
bool stripe_pay_lacks_portal(const struct stripe_error *);

/* Whether there is a customer portal to open: a default configuration that is in use, and whether
 * one may cancel there. */
struct stripe_pay_configuration {
	bool is_there, may_cancel;
};
void stripe_pay_configurations_request(
    struct call_request *, struct arena *, const struct stripe_api *);
enum err stripe_pay_configurations_reply(
    struct stripe_pay_configuration *, struct arena *, const struct call_reply *);

/* What became of a checkout. */
enum stripe_pay_state {
	PAY_STATE_OPEN,	     /* not paid, and still may be */
	PAY_STATE_EXPIRED,   /* not paid, and cannot be any more */
	PAY_STATE_UNDER_WAY, /* ordered; the bank takes its time */
	PAY_STATE_FREE,	     /* ordered, and nothing was to pay: a trial */
	PAY_STATE_PAID,
	PAY_STATE_ENDED /* and what was bought has ended since */
};
struct stripe_pay_session {
	enum stripe_pay_state state;
	const char *user_sub; /* client_reference_id; NULL: somebody else's way of selling */
	const char *plan;     /* as it was asked for, NULL: not said */
	const char *url;      /* while it is open, else NULL */
};
/* ERR_INVALID: no session has such an id. */
enum err stripe_pay_session_request(
    struct call_request *, struct arena *, const struct stripe_api *, const char *id);
enum err stripe_pay_session_reply(
    struct stripe_pay_session *, struct stripe_error *, struct arena *, const struct call_reply *);

/* A page of the active prices with their products, after the price of that id (NULL: the first). */
void stripe_pay_prices_request(
    struct call_request *, struct arena *, const struct stripe_api *, const char *after);
/* *data is the array; *has_more says whether there is another page after its last one. */
enum err stripe_pay_prices_reply(const struct json **data, bool *has_more, struct stripe_error *,
    struct arena *, const struct call_reply *);

#endif
