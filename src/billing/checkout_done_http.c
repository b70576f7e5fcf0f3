/* Whoever comes back from Stripe's page is believed nothing that Stripe does not say itself. */
#include "billing/checkout_done_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_done_view.h"
#include "billing/billing_words.h"
#include "billing/inbox_store.h"
#include "billing/stripe_http.h"
#include "clients/stripe_pay.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define DONE "/billing/done"

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
checkout_done_show(struct http_request *req)
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
