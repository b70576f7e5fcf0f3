#include "billing/customer_portal_http.h"

#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_store.h"
#include "billing/stripe_http.h"
#include "billing/stripe_way_http.h"
#include "clients/stripe_pay.h"
#include "web/web_flow.h"

struct portal_page {
	struct web_flow flow;
	struct stripe_way way;
	enum stripe_pay_flow kind;
	struct billing_customer customer;
};

static enum err
portal_ask(struct web_flow *f, struct db_query *q)
{
	struct portal_page *p = (struct portal_page *)f;

	p->kind = (enum stripe_pay_flow)web_value_number(&f->values[0], PAY_FLOW_NONE);
	if (!stripe_way_is_missing(&p->way))
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
		stripe_way_say(&p->way, HTTP_STATUS_CONFLICT, "Nothing to manage yet",
		    "You have not bought anything here, so the payment service does not know you.");
	else if (needs_one && p->customer.subscription_id == NULL)
		stripe_way_say(&p->way, HTTP_STATUS_CONFLICT, "No subscription",
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
	    arena_printf(&f->arena, "%s/billing?from=portal", settings.public_url));
	r->notes = &p->way.notes;
	return ERR_OK;
}

static void
say_no_portal(struct stripe_way *w)
{
	log_error("billing", "the customer portal has no default configuration: save one in "
			     "Stripe's dashboard, Settings, Billing, Customer portal");
	stripe_way_say(w, HTTP_STATUS_SERVICE_UNAVAILABLE, "Not ready yet",
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
		stripe_way_lead(f, &p->way, url);
	} else if (stripe_pay_lacks_portal(&error)) {
		say_no_portal(&p->way);
	} else if (stripe_way_is_customer_gone(e, &error)) {
		stripe_way_say(&p->way, HTTP_STATUS_CONFLICT, "Nothing to manage",
		    "The payment service does not know you any more. If you still pay for "
		    "something, write to those who run this service.");
		p->way.is_final = true;
	} else {
		stripe_way_say_error(&p->way, e);
	}
	return ERR_OK;
}

static enum err
portal_render(struct web_flow *f, struct strbuf *out)
{
	struct portal_page *p = (struct portal_page *)f;
	struct hidden_view *fields;

	if (p->way.url != NULL)
		return stripe_way_render(f, &p->way, out);
	fields = arena_alloc(&f->arena, sizeof(*fields));
	*fields = (struct hidden_view){ "flow", stripe_pay_flow_words[p->kind] };
	return stripe_way_render_retry(f, &p->way, STRIPE_WAY_PORTAL, fields, 1, out);
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
