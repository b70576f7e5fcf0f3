#include "billing/billing_http.h"

#include "account/staff_role.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_change_view.h"
#include "billing/billing_invoices_view.h"
#include "billing/billing_store.h"
#include "billing/billing_view.h"
#include "bouncer/kube_manifest.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define DAY_S 86400
#define MOVEMENTS_SHOWN 10

/* What the pages that sell know of an account; read at once. */
struct state {
	struct billing_offers offers;
	struct billing_subscriptions subscriptions;
};

static const char *
fresh_token(struct web_flow *f)
{
	char once[RANDOM_TOKEN_SIZE];

	random_token(once);
	return arena_strdup(&f->arena, once);
}

static void
frame_init(struct web_flow *f, struct frame_view *frame, const char *title)
{
	web_page_frame(f, frame, title);
	frame->more_css_href = web_asset_href("billing.css");
}

/* ---- GET /billing ---- */

struct show_page {
	struct web_flow flow;
	struct state state;
	struct billing_credit credit;
	struct billing_customer customer;
	struct billing_view view;
};

static enum err
offers_ask(struct web_flow *f, struct db_query *q)
{
	(void)f;
	if (billing_is_set_up())
		billing_store_offers(q, billing_is_live());
	return ERR_OK;
}

static enum err
subscriptions_ask(struct web_flow *f, struct db_query *q)
{
	if (billing_is_set_up())
		billing_store_subscriptions(q, f->session.user_id, billing_is_live());
	return ERR_OK;
}

static enum err
show_offers_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_offers_read(res, &f->arena, &((struct show_page *)f)->state.offers);
}

static enum err
show_subscriptions_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_subscriptions_read(
	    res, &f->arena, &((struct show_page *)f)->state.subscriptions);
}

static enum err
credit_ask(struct web_flow *f, struct db_query *q)
{
	if (billing_is_set_up())
		billing_store_credit(q, f->session.user_id, billing_is_live(), MOVEMENTS_SHOWN);
	return ERR_OK;
}

static enum err
credit_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_credit_read(res, &f->arena, &((struct show_page *)f)->credit);
}

static enum err
customer_ask(struct web_flow *f, struct db_query *q)
{
	if (billing_is_set_up())
		billing_store_customer(q, f->session.user_id, billing_is_live());
	return ERR_OK;
}

static enum err
customer_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_customer_read(res, &f->arena, &((struct show_page *)f)->customer);
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct show_page *p = (struct show_page *)f;
	const struct billing_facts facts = { .is_set_up = billing_is_set_up(),
		.is_admin = staff_role_has_any(f->session.roles, STAFF_BILLING_ROLES),
		.has_customer = p->customer.id != NULL,
		.plan = f->session.plan,
		.granted_plan = p->customer.granted_plan,
		.offers = &p->state.offers,
		.subscriptions = &p->state.subscriptions,
		.credit = &p->credit,
		.api_base = settings.stripe_api_base,
		.grace_s = settings.past_due_grace_days * DAY_S,
		.now = clock_now() };

	billing_view_init(&p->view, &facts, &f->arena);
	p->view.once = fresh_token(f);
	p->view.buy_csrf = web_session_csrf(&f->session, &f->arena, "/billing/checkout");
	p->view.manage_csrf = web_session_csrf(&f->session, &f->arena, "/billing/portal");
	frame_init(f, &p->view.frame, "Billing");
	if (f->values[0].text != NULL)
		p->view.frame.flash = "Welcome back. What you changed at the payment service shows "
				      "up here within some seconds; reload if it is missing.";
	return web_template_render(&billing_view_type, &p->view, out);
}

/* Stripe tells of a change by webhook, which may come after the person who made it. */
static const char *const from_words[] = { "portal" };

int
billing_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "from", WEB_ENUM, .words = from_words, .nwords = 1 }, { NULL }
	};
	static const struct web_step steps[] = {
		{ .ask = offers_ask, .read = show_offers_read },
		{ .ask = subscriptions_ask, .read = show_subscriptions_read, .is_at_once = true },
		{ .ask = credit_ask, .read = credit_read, .is_at_once = true },
		{ .ask = customer_ask, .read = customer_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "billing",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.pays = true,
		.inputs = inputs,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- GET /billing/change?to=free ---- */

struct change_page {
	struct web_flow flow;
	struct state state;
	struct billing_usage usage;
	const struct plan *there;
	struct billing_change_view view;
};

static enum err
change_begin(struct web_flow *f, struct db_query *q)
{
	struct change_page *p = (struct change_page *)f;

	p->there = plan_find(f->values[0].text);
	if (p->there == NULL)
		return web_flow_fail(f, ERR_NOT_FOUND, "There is no such plan.");
	if (p->there == plan_limits(f->session.plan)) {
		web_flow_redirect(f, "/billing");
		return ERR_OK;
	}
	return offers_ask(f, q);
}

static enum err
change_offers_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_offers_read(res, &f->arena, &((struct change_page *)f)->state.offers);
}

static enum err
change_subscriptions_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_subscriptions_read(
	    res, &f->arena, &((struct change_page *)f)->state.subscriptions);
}

static enum err
usage_ask(struct web_flow *f, struct db_query *q)
{
	billing_store_usage(q, f->session.user_id);
	return ERR_OK;
}

static enum err
usage_read(struct web_flow *f, const PGresult *res)
{
	struct billing_usage *u = &((struct change_page *)f)->usage;
	const enum err e = billing_store_usage_read(res, &f->arena, u);

	if (kube_manifest_history_days(u->history_days) < 0)
		u->history_days = 0;
	return e;
}

static enum err
change_render(struct web_flow *f, struct strbuf *out)
{
	struct change_page *p = (struct change_page *)f;
	const struct billing_change_facts facts = { .is_set_up = billing_is_set_up(),
		.plan = f->session.plan,
		.there = p->there,
		.offers = &p->state.offers,
		.subscriptions = &p->state.subscriptions,
		.usage = &p->usage,
		.now = clock_now() };

	billing_change_view_init(&p->view, &facts, &f->arena);
	p->view.once = fresh_token(f);
	p->view.buy_csrf = web_session_csrf(&f->session, &f->arena, "/billing/checkout");
	p->view.manage_csrf = web_session_csrf(&f->session, &f->arena, "/billing/portal");
	frame_init(f, &p->view.frame, p->view.title);
	return web_template_render(&billing_change_view_type, &p->view, out);
}

int
billing_change(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "to", WEB_TEXT, .is_required = true, .max = 40 }, { NULL }
	};
	static const struct web_step steps[] = {
		{ .ask = change_begin, .read = change_offers_read },
		{ .ask = subscriptions_ask, .read = change_subscriptions_read, .is_at_once = true },
		{ .ask = usage_ask, .read = usage_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "billing_change",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.pays = true,
		.inputs = inputs,
		.size = sizeof(struct change_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = change_render };

	return web_flow_run(req, &def);
}

/* ---- GET /billing/invoices ---- */

struct invoices_page {
	struct web_flow flow;
	struct billing_invoices invoices;
	struct billing_invoices_view view;
};

enum { IN_BEFORE, IN_ID };

static enum err
invoices_ask(struct web_flow *f, struct db_query *q)
{
	if (billing_is_set_up())
		billing_store_invoices(q, f->session.user_id, billing_is_live(),
		    web_value_number(&f->values[IN_BEFORE], 0),
		    web_value_text(&f->values[IN_ID], ""), BILLING_INVOICES_SHOWN + 1);
	return ERR_OK;
}

static enum err
invoices_read(struct web_flow *f, const PGresult *res)
{
	return billing_store_invoices_read(res, &f->arena, &((struct invoices_page *)f)->invoices);
}

static enum err
invoices_render(struct web_flow *f, struct strbuf *out)
{
	struct invoices_page *p = (struct invoices_page *)f;

	billing_invoices_view_init(&p->view, &p->invoices, billing_is_set_up(),
	    web_value_number(&f->values[IN_BEFORE], 0) == 0, settings.stripe_api_base, &f->arena);
	frame_init(f, &p->view.frame, "Invoices");
	return web_template_render(&billing_invoices_view_type, &p->view, out);
}

int
billing_invoices_index(struct http_request *req)
{
	/* Up to the year 9999, in microseconds. */
	static const struct web_input inputs[] = { [IN_BEFORE] = { "before", WEB_INT, .min = 1,
						       .max = INT64_C(253402300799999999) },
		[IN_ID] = { "id", WEB_TEXT, .max = 255 },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = invoices_ask, .read = invoices_read } };
	static const struct web_page_def def = { .name = "billing_invoices",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct invoices_page),
		.steps = steps,
		.nsteps = 1,
		.render = invoices_render };

	return web_flow_run(req, &def);
}
