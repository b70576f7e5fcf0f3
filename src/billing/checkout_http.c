/*
 * Nothing is paid here. A form leads to a page of Stripe's, which takes the money; whoever comes
 * back is believed nothing that Stripe does not say itself.
 */
#include "billing/checkout_http.h"

#include <string.h>

#include "base/random.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_store.h"
#include "billing/stripe_http.h"
#include "billing/stripe_way_http.h"
#include "clients/stripe_pay.h"
#include "web/web_flow.h"

#define BUSY_MS 700 /* until the same request of somebody else has its answer */

struct checkout_page {
	struct web_flow flow;
	struct stripe_way way;
	const char *price, *once;
	struct billing_intent intent;
	struct stripe_pay_sessions sessions; /* that were begun before */
	size_t nexpired;		     /* of sessions.others */
	bool is_known;			     /* the customer was there before this request */
	bool is_renewed; /* the one that was there is gone; a second time is an error */
	bool is_gone, is_busy;
	bool is_nonce_spent, is_once_spent;
};

enum { IN_PRICE, IN_ONCE };

static const char *
fresh_token(struct web_flow *f)
{
	char token[RANDOM_TOKEN_SIZE];

	random_token(token);
	return arena_strdup(&f->arena, token);
}

/* Nothing more is asked once there is something to say. */
static bool
is_over(const struct checkout_page *p)
{
	return p->way.sentence != NULL || p->way.url != NULL;
}

static enum err
intend_ask(struct web_flow *f, struct db_query *q)
{
	struct checkout_page *p = (struct checkout_page *)f;

	p->price = f->values[IN_PRICE].text;
	p->once = f->values[IN_ONCE].text;
	if (!stripe_way_is_missing(&p->way))
		billing_store_intend(
		    q, f->session.user_id, billing_is_live(), p->price, fresh_token(f));
	return ERR_OK;
}

static void
refuse_second(struct stripe_way *w)
{
	stripe_way_say(w, HTTP_STATUS_CONFLICT, "You have a subscription already",
	    "A second one would be charged besides the first. Change or cancel the one you have, "
	    "where you also see what it costs.");
	w->is_final = w->offers_portal = true;
}

static void
refuse_under_way(struct stripe_way *w)
{
	stripe_way_say(w, HTTP_STATUS_CONFLICT, "Your payment is under way",
	    "You have ordered this already, and your bank takes some days with this way of paying. "
	    "A second payment would be charged besides the first.");
	w->is_final = true;
}

static enum err
intend_read(struct web_flow *f, const PGresult *res)
{
	struct checkout_page *p = (struct checkout_page *)f;
	enum err e = billing_store_intend_read(res, &f->arena, &p->intent);

	if (e != ERR_OK)
		return e;
	p->is_known = p->intent.customer_id != NULL;
	if (!p->intent.is_offered) {
		stripe_way_say(&p->way, HTTP_STATUS_NOT_FOUND, "This price is not offered",
		    "It may have changed since you opened the page. Look at the prices once more.");
		p->way.is_final = true;
	} else if (p->intent.has_live) {
		refuse_second(&p->way);
	} else if (p->intent.is_under_way) {
		refuse_under_way(&p->way);
	}
	return ERR_OK;
}

static enum err
customer_call(struct web_flow *f, struct call_request *r)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);
	const struct stripe_pay_customer c = { f->session.sub, p->intent.email, p->intent.nonce };

	p->is_busy = false;
	if (is_over(p) || p->intent.customer_id != NULL)
		return ERR_OK;
	stripe_pay_customer_request(r, &f->arena, &api, &c);
	r->notes = &p->way.notes;
	return ERR_OK;
}

static enum err
customer_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct stripe_error error = { 0 };
	enum err e = stripe_pay_customer_reply(&p->intent.customer_id, &error, &f->arena, reply);

	stripe_http_note("customer", e, reply, &error, &p->way.notes);
	p->is_busy = stripe_pay_is_key_in_use(e, &error);
	p->is_nonce_spent = stripe_pay_is_key_spent(e, &error, reply);
	if (e == ERR_INVALID && p->intent.email != NULL && stripe_http_is_about(&error, "email")) {
		p->intent.email = NULL; /* the person gives another on the page to pay on */
		p->is_nonce_spent = true;
	} else if (e != ERR_OK && e != ERR_CONFLICT) {
		stripe_way_say_error(&p->way, e);
	}
	return ERR_OK;
}

/* Also after an error: the next attempt must not get the same answer. */
static enum err
nonce_ask(struct web_flow *f, struct db_query *q)
{
	struct checkout_page *p = (struct checkout_page *)f;

	if (p->is_nonce_spent)
		billing_store_intend_anew(
		    q, f->session.user_id, billing_is_live(), p->intent.nonce, fresh_token(f));
	p->is_nonce_spent = false;
	return ERR_OK;
}

static enum err
nonce_read(struct web_flow *f, const PGresult *res)
{
	struct checkout_page *p = (struct checkout_page *)f;

	return billing_store_renew_read(res, &f->arena, &p->intent);
}

/* Another request with the same key is under way: its answer will be ours, too. */
static int
wait_for_other(struct web_flow *f)
{
	struct checkout_page *p = (struct checkout_page *)f;

	return !is_over(p) && p->is_busy ? BUSY_MS : 0;
}

static enum err
made_ask(struct web_flow *f, struct db_query *q)
{
	struct checkout_page *p = (struct checkout_page *)f;

	if (!is_over(p) && p->intent.customer_id == NULL)
		stripe_way_say_error(&p->way, ERR_CONFLICT); /* it was busy all the time */
	if (!is_over(p) && !p->is_known)
		billing_store_made(q, f->session.user_id, billing_is_live(), p->intent.nonce,
		    p->intent.customer_id, f->session.sub);
	return ERR_OK;
}

/* ---- What was begun before ---- */

static struct stripe_pay_checkout
wanted(const struct checkout_page *p)
{
	return (struct stripe_pay_checkout){ .user_sub = p->flow.session.sub,
		.customer_id = p->intent.customer_id,
		.price_id = p->price,
		.plan = p->intent.plan,
		.public_url = settings.public_url,
		.nonce = p->once,
		.after = p->sessions.newest };
}

static enum err
sessions_call(struct web_flow *f, struct call_request *r)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);

	if (is_over(p) || !p->is_known)
		return ERR_OK;
	stripe_pay_sessions_request(r, &f->arena, &api, p->intent.customer_id);
	r->notes = &p->way.notes;
	return ERR_OK;
}

/* Of a customer that is gone it is said when a session is made. */
static enum err
sessions_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_pay_checkout c = wanted(p);
	struct stripe_error error = { 0 };
	enum err e = stripe_pay_sessions_reply(
	    &p->sessions, &c, &error, &f->arena, reply, settings.stripe_api_base);

	stripe_http_note("checkouts of a customer", e, reply, &error, &p->way.notes);
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		stripe_way_say_error(&p->way, e);
	return ERR_OK;
}

/* Two pages to pay on would be two subscriptions. */
static enum err
expire_call(struct web_flow *f, struct call_request *r)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);

	if (is_over(p) || p->nexpired == p->sessions.nothers)
		return ERR_OK;
	stripe_pay_expire_request(r, &f->arena, &api, p->sessions.others[p->nexpired++]);
	r->notes = &p->way.notes;
	return ERR_OK;
}

static enum err
expire_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct stripe_error error = { 0 };
	enum err e = stripe_pay_expire_reply(&error, &f->arena, reply);

	stripe_http_note("end of a checkout", e, reply, &error, &p->way.notes);
	if (e == ERR_INVALID)
		stripe_way_say(&p->way, HTTP_STATUS_CONFLICT, "Another payment is under way",
		    "A page to pay on that you opened before has just been used. See whether you "
		    "have paid there before you try again.");
	else if (e != ERR_OK)
		stripe_way_say_error(&p->way, e);
	return ERR_OK;
}

/* What was paid a moment ago is not in our tables yet. */
static enum err
subscriptions_call(struct web_flow *f, struct call_request *r)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);

	if (is_over(p) || !p->is_known)
		return ERR_OK;
	stripe_pay_subscriptions_request(r, &f->arena, &api, p->intent.customer_id);
	r->notes = &p->way.notes;
	return ERR_OK;
}

/* Of a customer that is gone it is said by the next call. */
static enum err
subscriptions_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct stripe_error error = { 0 };
	enum stripe_pay_bought bought;
	enum err e =
	    stripe_pay_subscriptions_reply(&bought, &p->sessions, &error, &f->arena, reply);

	stripe_http_note("subscriptions of a customer", e, reply, &error, &p->way.notes);
	if (bought == PAY_BOUGHT_LIVE)
		refuse_second(&p->way);
	else if (bought == PAY_BOUGHT_UNDER_WAY)
		refuse_under_way(&p->way);
	else if (e != ERR_OK && e != ERR_NOT_FOUND)
		stripe_way_say_error(&p->way, e);
	return ERR_OK;
}

static enum err
session_call(struct web_flow *f, struct call_request *r)
{
	struct checkout_page *p = (struct checkout_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);
	const struct stripe_pay_checkout c = wanted(p);

	p->is_busy = false;
	if (is_over(p))
		return ERR_OK;
	if (p->sessions.url != NULL) {
		stripe_way_lead(f, &p->way, p->sessions.url);
		return ERR_OK;
	}
	stripe_pay_checkout_request(r, &f->arena, &api, &c);
	r->notes = &p->way.notes;
	return ERR_OK;
}

static enum err
session_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct stripe_error error = { 0 };
	const char *url;
	enum err e = stripe_pay_url_reply(&url, &error, &f->arena, reply, settings.stripe_api_base);

	stripe_http_note("checkout", e, reply, &error, &p->way.notes);
	p->is_gone = stripe_way_is_customer_gone(e, &error) && !p->is_renewed;
	p->is_busy = stripe_pay_is_key_in_use(e, &error);
	p->is_once_spent = reply->result == CALL_OK;
	if (e == ERR_OK)
		stripe_way_lead(f, &p->way, url);
	else if (!p->is_gone && !p->is_busy)
		stripe_way_say_error(&p->way, e);
	return ERR_OK;
}

/* The second time, for who waited for another request; else nothing. */
static enum err
session_call_busy(struct web_flow *f, struct call_request *r)
{
	return ((struct checkout_page *)f)->is_busy ? session_call(f, r) : ERR_OK;
}

/* Somebody deleted the customer at Stripe: there will be another one, once. */
static enum err
renew_ask(struct web_flow *f, struct db_query *q)
{
	struct checkout_page *p = (struct checkout_page *)f;

	if (is_over(p) || !p->is_gone)
		return ERR_OK;
	p->is_renewed = true;
	billing_store_renew(
	    q, f->session.user_id, billing_is_live(), p->intent.customer_id, fresh_token(f));
	return ERR_OK;
}

static enum err
renew_read(struct web_flow *f, const PGresult *res)
{
	struct checkout_page *p = (struct checkout_page *)f;
	enum err e = billing_store_renew_read(res, &f->arena, &p->intent);

	p->is_known = p->intent.customer_id != NULL;
	p->sessions = (struct stripe_pay_sessions){ 0 };
	return e;
}

static enum err
session_call_renewed(struct web_flow *f, struct call_request *r)
{
	return ((struct checkout_page *)f)->is_renewed ? session_call(f, r) : ERR_OK;
}

/* It was busy to the end. */
static enum err
checkout_end(struct web_flow *f, struct db_query *q)
{
	struct checkout_page *p = (struct checkout_page *)f;

	(void)q;
	if (!is_over(p))
		stripe_way_say_error(&p->way, ERR_CONFLICT);
	return ERR_OK;
}

/*
 * An answer of Stripe's is kept under the key, an error of its own, too: the next attempt is
 * another intent. Where none came, the same form asks for the same thing.
 */
static const char *
next_once(struct web_flow *f, const struct checkout_page *p)
{
	return p->is_once_spent ? fresh_token(f) : p->once;
}

static enum err
checkout_render(struct web_flow *f, struct strbuf *out)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct hidden_view *fields;

	if (p->way.url != NULL)
		return stripe_way_render(f, &p->way, out);
	fields = arena_array(&f->arena, 2, sizeof(*fields));
	fields[0] = (struct hidden_view){ "price", p->price };
	fields[1] = (struct hidden_view){ "once", next_once(f, p) };
	return stripe_way_render_retry(f, &p->way, "/billing/checkout", fields, 2, out);
}

#define CUSTOMER_STEPS                                                                             \
	{ .call = customer_call, .reply = customer_reply },                                        \
	{                                                                                          \
		.ask = nonce_ask, .read = nonce_read                                               \
	}

int
checkout_create(struct http_request *req)
{
	static const struct web_input inputs[] = { [IN_PRICE] = { "price", WEB_TEXT,
						       .is_required = true, .min = 1, .max = 255 },
		[IN_ONCE] = { "once", WEB_TEXT, .is_required = true, .min = 1, .max = 100 },
		{ NULL } };
	static const struct web_step steps[] = {
		{ .ask = intend_ask, .read = intend_read },
		CUSTOMER_STEPS,
		{ .wait = wait_for_other },
		CUSTOMER_STEPS,
		{ .wait = wait_for_other },
		CUSTOMER_STEPS,
		{ .ask = made_ask },
		{ .call = sessions_call, .reply = sessions_reply },
		{ .call = expire_call, .reply = expire_reply },
		{ .call = expire_call, .reply = expire_reply },
		{ .call = expire_call, .reply = expire_reply },
		{ .call = subscriptions_call, .reply = subscriptions_reply },
		{ .call = session_call, .reply = session_reply },
		{ .wait = wait_for_other },
		{ .call = session_call_busy, .reply = session_reply },
		{ .wait = wait_for_other },
		{ .call = session_call_busy, .reply = session_reply },
		{ .ask = renew_ask, .read = renew_read },
		CUSTOMER_STEPS,
		{ .wait = wait_for_other },
		CUSTOMER_STEPS,
		{ .ask = made_ask },
		{ .call = session_call_renewed, .reply = session_reply },
		{ .ask = checkout_end },
	};
	static const struct web_page_def def = { .name = "billing_checkout",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.pays = true,
		.inputs = inputs,
		.size = sizeof(struct checkout_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = checkout_render };

	return web_flow_run(req, &def);
}
