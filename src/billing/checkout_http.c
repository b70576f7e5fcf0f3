/*
 * Nothing is paid here. A form leads to a page of Stripe's, which takes the money; whoever comes
 * back is believed nothing that Stripe does not say itself.
 */
#include "billing/checkout_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_done_view.h"
#include "billing/billing_store.h"
#include "billing/billing_words.h"
#include "billing/inbox_store.h"
#include "billing/stripe_http.h"
#include "clients/stripe_pay.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define CHECKOUT "/billing/checkout"
#define PORTAL "/billing/portal"
#define DONE "/billing/done"
#define BUSY_MS 700 /* until the same request of somebody else has its answer */

/* What a page that leads to Stripe is besides: the reason why it does not, and the way there. */
struct way {
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

static const char *
fresh_token(struct web_flow *f)
{
	char token[RANDOM_TOKEN_SIZE];

	random_token(token);
	return arena_strdup(&f->arena, token);
}

static void
say(struct way *w, int status, const char *title, const char *sentence)
{
	w->status = status;
	w->title = title;
	w->sentence = sentence;
}

/* An error of Stripe's; its cause is in the log. */
static void
say_error(struct way *w, enum err e)
{
	const int status = e == ERR_TOO_MANY ? 429 : e == ERR_TIMEOUT ? 504 : 502;

	say(w, status, "That did not work", stripe_http_sentence(e));
}

/* True, and it is said, if there is no billing at all. */
static bool
is_missing(struct way *w)
{
	if (billing_is_set_up())
		return false;
	say(w, HTTP_STATUS_CONFLICT, "Billing is not set up", BILLING_MISSING);
	w->is_final = true;
	return true;
}

/*
 * On to Stripe. Browsers let a form lead to the origins that our policy names; elsewhere, as to a
 * checkout under the operator's own name, a page of ours leads by itself.
 */
static void
lead(struct web_flow *f, struct way *w, const char *url)
{
	if (stripe_http_is_followed(&f->arena, url)) {
		web_flow_redirect(f, url);
		return;
	}
	w->url = url;
	web_flow_header(f, "refresh", arena_printf(&f->arena, "0;url=%s", url));
}

static enum err
away_render(struct web_flow *f, struct way *w, struct strbuf *out)
{
	struct billing_away_view *v = &w->view.away;

	v->title = "On to the payment service";
	v->href = w->url;
	f->here = "/billing";
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&billing_away_view_type, v, out);
}

/* The form again, as it was sent. */
static enum err
retry_render(struct web_flow *f, struct way *w, const char *action, struct hidden_view *fields,
    size_t nfields, struct strbuf *out)
{
	struct billing_retry_view *v = &w->view.retry;

	v->title = w->title;
	v->sentence = w->sentence;
	v->request_id = f->id;
	v->action = action;
	v->csrf = web_session_csrf(&f->session, &f->arena, action);
	v->fields.v = fields;
	v->fields.n = nfields;
	v->button = w->is_final ? NULL : "Try again";
	v->offers_portal = w->offers_portal;
	v->manage_csrf = web_session_csrf(&f->session, &f->arena, PORTAL);
	f->status = w->status;
	f->here = "/billing";
	if (w->status == 429 && w->notes.retry_after_s > 0)
		web_flow_header(
		    f, "retry-after", arena_printf(&f->arena, "%" PRId64, w->notes.retry_after_s));
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&billing_retry_view_type, v, out);
}

/* ---- POST /billing/checkout ---- */

struct checkout_page {
	struct web_flow flow;
	struct way way;
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
	if (!is_missing(&p->way))
		billing_store_intend(
		    q, f->session.user_id, billing_is_live(), p->price, fresh_token(f));
	return ERR_OK;
}

static void
refuse_second(struct way *w)
{
	say(w, HTTP_STATUS_CONFLICT, "You have a subscription already",
	    "A second one would be charged besides the first. Change or cancel the one you have, "
	    "where you also see what it costs.");
	w->is_final = w->offers_portal = true;
}

static void
refuse_under_way(struct way *w)
{
	say(w, HTTP_STATUS_CONFLICT, "Your payment is under way",
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
		say(&p->way, HTTP_STATUS_NOT_FOUND, "This price is not offered",
		    "It may have changed since you opened the page. Look at the prices once more.");
		p->way.is_final = true;
	} else if (p->intent.has_live) {
		refuse_second(&p->way);
	} else if (p->intent.is_under_way) {
		refuse_under_way(&p->way);
	}
	return ERR_OK;
}

static bool
is_about(const struct stripe_error *error, const char *param)
{
	return error->param != NULL && strcmp(error->param, param) == 0;
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
	if (e == ERR_INVALID && p->intent.email != NULL && is_about(&error, "email")) {
		p->intent.email = NULL; /* the person gives another on the page to pay on */
		p->is_nonce_spent = true;
	} else if (e != ERR_OK && e != ERR_CONFLICT) {
		say_error(&p->way, e);
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
		say_error(&p->way, ERR_CONFLICT); /* it was busy all the time */
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
		say_error(&p->way, e);
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
		say(&p->way, HTTP_STATUS_CONFLICT, "Another payment is under way",
		    "A page to pay on that you opened before has just been used. See whether you "
		    "have paid there before you try again.");
	else if (e != ERR_OK)
		say_error(&p->way, e);
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
		say_error(&p->way, e);
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
		lead(f, &p->way, p->sessions.url);
		return ERR_OK;
	}
	stripe_pay_checkout_request(r, &f->arena, &api, &c);
	r->notes = &p->way.notes;
	return ERR_OK;
}

static bool
is_customer_gone(enum err e, const struct stripe_error *error)
{
	return e == ERR_NOT_FOUND && is_about(error, "customer");
}

static enum err
session_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct checkout_page *p = (struct checkout_page *)f;
	struct stripe_error error = { 0 };
	const char *url;
	enum err e = stripe_pay_url_reply(&url, &error, &f->arena, reply, settings.stripe_api_base);

	stripe_http_note("checkout", e, reply, &error, &p->way.notes);
	p->is_gone = is_customer_gone(e, &error) && !p->is_renewed;
	p->is_busy = stripe_pay_is_key_in_use(e, &error);
	p->is_once_spent = reply->result == CALL_OK;
	if (e == ERR_OK)
		lead(f, &p->way, url);
	else if (!p->is_gone && !p->is_busy)
		say_error(&p->way, e);
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
		say_error(&p->way, ERR_CONFLICT);
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
		return away_render(f, &p->way, out);
	fields = arena_array(&f->arena, 2, sizeof(*fields));
	fields[0] = (struct hidden_view){ "price", p->price };
	fields[1] = (struct hidden_view){ "once", next_once(f, p) };
	return retry_render(f, &p->way, CHECKOUT, fields, 2, out);
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

/* ---- POST /billing/portal ---- */

struct portal_page {
	struct web_flow flow;
	struct way way;
	enum stripe_pay_flow kind;
	struct billing_customer customer;
};

static enum err
portal_ask(struct web_flow *f, struct db_query *q)
{
	struct portal_page *p = (struct portal_page *)f;

	p->kind = (enum stripe_pay_flow)web_value_number(&f->values[0], PAY_FLOW_NONE);
	if (!is_missing(&p->way))
		billing_store_customer(q, f->session.user_id, billing_is_live());
	return ERR_OK;
}

static enum err
portal_read(struct web_flow *f, const PGresult *res)
{
	struct portal_page *p = (struct portal_page *)f;
	enum err e = billing_store_customer_read(res, &f->arena, &p->customer);
	const bool needs_one = p->kind == PAY_FLOW_CANCEL || p->kind == PAY_FLOW_CHANGE;

	if (e != ERR_OK)
		return e;
	if (p->customer.id == NULL)
		say(&p->way, HTTP_STATUS_CONFLICT, "Nothing to manage yet",
		    "You have not bought anything here, so the payment service does not know you.");
	else if (needs_one && p->customer.subscription_id == NULL)
		say(&p->way, HTTP_STATUS_CONFLICT, "No subscription",
		    "You have no subscription that could be changed.");
	p->way.is_final = p->way.sentence != NULL;
	return ERR_OK;
}

static enum err
portal_call(struct web_flow *f, struct call_request *r)
{
	struct portal_page *p = (struct portal_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);

	if (p->way.sentence != NULL)
		return ERR_OK;
	stripe_pay_portal_request(r, &f->arena, &api, p->customer.id, p->kind,
	    p->customer.subscription_id,
	    arena_printf(&f->arena, "%s/billing", settings.public_url));
	r->notes = &p->way.notes;
	return ERR_OK;
}

static void
say_no_portal(struct way *w)
{
	log_error("billing", "the customer portal has no default configuration: save one in "
			     "Stripe's dashboard, Settings, Billing, Customer portal");
	say(w, HTTP_STATUS_SERVICE_UNAVAILABLE, "Not ready yet",
	    "Whoever runs this service has not finished setting up the page for this. Write to "
	    "them to change or cancel; nothing has changed so far.");
	w->is_final = true;
}

static enum err
portal_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct portal_page *p = (struct portal_page *)f;
	struct stripe_error error = { 0 };
	const char *url;
	enum err e = stripe_pay_url_reply(&url, &error, &f->arena, reply, settings.stripe_api_base);

	stripe_http_note("customer portal", e, reply, &error, &p->way.notes);
	if (e == ERR_OK) {
		lead(f, &p->way, url);
	} else if (stripe_pay_lacks_portal(&error)) {
		say_no_portal(&p->way);
	} else if (is_customer_gone(e, &error)) {
		say(&p->way, HTTP_STATUS_CONFLICT, "Nothing to manage",
		    "The payment service does not know you any more. If you still pay for "
		    "something, write to those who run this service.");
		p->way.is_final = true;
	} else {
		say_error(&p->way, e);
	}
	return ERR_OK;
}

static enum err
portal_render(struct web_flow *f, struct strbuf *out)
{
	struct portal_page *p = (struct portal_page *)f;
	struct hidden_view *fields;

	if (p->way.url != NULL)
		return away_render(f, &p->way, out);
	fields = arena_alloc(&f->arena, sizeof(*fields));
	*fields = (struct hidden_view){ "flow", stripe_pay_flow_words[p->kind] };
	return retry_render(f, &p->way, PORTAL, fields, 1, out);
}

int
customer_portal_create(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "flow", WEB_ENUM, .words = stripe_pay_flow_words, .nwords = PAY_FLOW__MAX },
		{ NULL }
	};
	static const struct web_step steps[] = {
		{ .ask = portal_ask, .read = portal_read },
		{ .call = portal_call, .reply = portal_reply },
	};
	static const struct web_page_def def = { .name = "billing_portal",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.pays = true,
		.inputs = inputs,
		.size = sizeof(struct portal_page),
		.steps = steps,
		.nsteps = 2,
		.render = portal_render };

	return web_flow_run(req, &def);
}

/* ---- GET /billing/done?session_id=cs_1 ---- */

struct done_page {
	struct web_flow flow;
	struct call_notes notes;
	const char *id;
	struct stripe_pay_session session;
	struct billing_done_view view;
};

enum { IN_SESSION, IN_LOOKS };

/* Also what an address says that was made up, or is another account's. */
static enum err
no_such_payment(struct web_flow *f)
{
	return web_flow_fail(f, ERR_NOT_FOUND, "You have no such payment.");
}

static enum err
done_call(struct web_flow *f, struct call_request *r)
{
	struct done_page *p = (struct done_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);
	enum err e;

	p->id = f->values[IN_SESSION].text;
	if (!billing_is_set_up())
		return web_flow_fail_advised(f, ERR_CONFLICT, BILLING_MISSING);
	if (stripe_pay_session_request(r, &f->arena, &api, p->id) != ERR_OK)
		return no_such_payment(f);
	e = web_limit_account(
	    LIMIT_RETURN, f->session.user_id, clock_monotonic_us() / 1000, &f->retry_after_s);
	if (e != ERR_OK) {
		web_flow_explain_limit(f, LIMIT_RETURN, e);
		return e;
	}
	r->notes = &p->notes;
	return ERR_OK;
}

static enum err
done_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct done_page *p = (struct done_page *)f;
	struct stripe_error error = { 0 };
	enum err e = stripe_pay_session_reply(&p->session, &error, &f->arena, reply);

	stripe_http_note("checkout session", e, reply, &error, &p->notes);
	if (e == ERR_NOT_FOUND)
		return no_such_payment(f);
	if (e != ERR_OK)
		return web_flow_fail(f, e == ERR_TIMEOUT ? e : ERR_UPSTREAM,
		    "The payment service does not answer at the moment, so we cannot say yet what "
		    "came of it. If you have paid, your plan follows by itself; you need not pay "
		    "again.");
	if (p->session.user_sub == NULL || strcmp(p->session.user_sub, f->session.sub) != 0)
		return no_such_payment(f);
	return ERR_OK;
}

/* So that the plan follows even if the webhook is late. */
static enum err
hint_ask(struct web_flow *f, struct db_query *q)
{
	struct done_page *p = (struct done_page *)f;
	const struct inbox_event hint = {
		.id = arena_printf(&f->arena, "return_%s", p->id),
		.type = "checkout.session.completed",
		.object_id = p->id,
		.source = INBOX_RETURN,
		.is_live = billing_is_live(),
	};

	if (p->session.state != PAY_STATE_OPEN && p->session.state != PAY_STATE_EXPIRED)
		inbox_store_put(q, &hint);
	return ERR_OK;
}

/* What is known of the session is kept for some seconds; here the plan is what counts. */
static enum err
plan_ask(struct web_flow *f, struct db_query *q)
{
	keep_drop(f->session.user_id);
	web_session_find(q, &f->session);
	q->keep_ms = 0;
	return ERR_OK;
}

static enum err
plan_read(struct web_flow *f, const PGresult *res)
{
	struct web_session again = f->session;
	enum err e = web_session_row(&again, &f->arena, res);

	if (e == ERR_OK && again.plan != NULL)
		f->session.plan = again.plan;
	return e;
}

static enum err
done_render(struct web_flow *f, struct strbuf *out)
{
	struct done_page *p = (struct done_page *)f;
	const int64_t looks = web_value_number(&f->values[IN_LOOKS], 0);

	if (p->session.url != NULL &&
	    stripe_pay_check_url(&f->arena, p->session.url, settings.stripe_api_base) != ERR_OK)
		p->session.url = NULL;
	billing_done_view_init(&p->view, &p->session, f->session.plan, looks, &f->arena);
	if (p->view.is_waiting)
		web_flow_header(f, "refresh",
		    arena_printf(&f->arena, "2;url=" DONE "?session_id=%s&looks=%" PRId64, p->id,
			looks + 1));
	f->within = "/billing";
	web_page_frame(f, &p->view.frame, p->view.title);
	return web_template_render(&billing_done_view_type, &p->view, out);
}

int
checkout_show(struct http_request *req)
{
	static const struct web_input inputs[] = { [IN_SESSION] = { "session_id", WEB_TEXT,
						       .is_required = true, .max = 255 },
		[IN_LOOKS] = { "looks", WEB_INT, .min = 0, .max = 1000 },
		{ NULL } };
	static const struct web_step steps[] = {
		{ .call = done_call, .reply = done_reply },
		{ .ask = hint_ask },
		{ .ask = plan_ask, .read = plan_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "billing_done",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct done_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = done_render };

	return web_flow_run(req, &def);
}
