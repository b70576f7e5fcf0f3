#include "billing/plan_prices_http.h"

#include <string.h>

#include "base/random.h"
#include "billing/billing.h"
#include "billing/inbox_store.h"
#include "billing/plan.h"
#include "billing/plan_price_store.h"
#include "billing/plan_prices_view.h"
#include "billing/stripe_http.h"
#include "clients/stripe_pay.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/admin/prices"

/* As many pages of 100 as one look takes; an account with more prices is told so. */
#define LOOKS_MAX 5
#define LISTED_MAX (LOOKS_MAX * 100)

struct prices_page {
	struct web_flow flow;
	struct call_notes notes;
	struct listed_price *listed;
	size_t nlisted;
	bool has_more;
	const char *trouble;
	struct plan_prices kept;
	struct plan_prices_view view;
};

/* In the order of the table of inputs. */
enum { IN_PRICE, IN_PLAN, IN_OFFERED, IN_DONE };

static const char *const done_words[] = { "saved" };

static bool
is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

/* ---- Saving ---- */

/* What the audit says of a form: which price, and what it is to buy from now on. */
static const char *
audited(struct web_flow *f)
{
	const struct web_value *in = f->values;

	return arena_printf(&f->arena, "%s: %s, %s", web_value_text(&in[IN_PRICE], "no price"),
	    web_value_text(&in[IN_PLAN], "no plan"),
	    in[IN_OFFERED].text != NULL ? "offered" : "not offered");
}

/* Of a price, or of a plan of Stripe's older kind, whose ids the operator may have chosen. */
static bool
is_id(const char *id)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	return *id != '\0' && *id != '.' && id[strspn(id, letters)] == '\0';
}

static enum err
check_form(struct web_flow *f)
{
	const char *price = f->values[IN_PRICE].text, *plan = f->values[IN_PLAN].text;

	if (!billing_is_set_up())
		return web_flow_fail_advised(f, ERR_CONFLICT,
		    "Billing is not set up: there is no STRIPE_SECRET_KEY, so no price can be "
		    "read.");
	if (price == NULL || !is_id(price))
		return web_flow_fail(f, ERR_INVALID, "That is no price of Stripe's.");
	if (plan == NULL || (strcmp(plan, "none") != 0 && plan_find(plan) == NULL))
		return web_flow_fail(f, ERR_INVALID, "There is no such plan.");
	return ERR_OK;
}

/* The mirror reads the price before it is of use; the hint comes first, as it does no harm. */
static enum err
hint_ask(struct web_flow *f, struct db_query *q)
{
	const char *price = f->values[IN_PRICE].text;
	char token[RANDOM_TOKEN_SIZE];
	struct inbox_event hint = { .type = "price.updated",
		.object_id = price,
		.source = INBOX_RETURN,
		.is_live = billing_is_live() };
	enum err e;

	if (!is_post(f))
		return ERR_OK;
	e = check_form(f);
	if (e != ERR_OK)
		return e;
	random_token(token);
	hint.id = arena_printf(&f->arena, "prices_%s", token);
	inbox_store_put(q, &hint);
	return ERR_OK;
}

static enum err
set_ask(struct web_flow *f, struct db_query *q)
{
	const char *plan = f->values[IN_PLAN].text;

	if (!is_post(f))
		return ERR_OK;
	plan_price_store_set(q, f->values[IN_PRICE].text, strcmp(plan, "none") != 0 ? plan : NULL,
	    f->values[IN_OFFERED].text != NULL);
	web_flow_redirect(f, PAGE "?done=saved");
	return ERR_OK;
}

/* ---- Looking ---- */

static enum err
list_call(struct web_flow *f, struct call_request *r)
{
	struct prices_page *p = (struct prices_page *)f;
	const struct stripe_api api = billing_api(BILLING_PAGE_MS);
	const bool is_first = p->listed == NULL;

	if (!billing_is_set_up() || p->trouble != NULL || (!is_first && !p->has_more))
		return ERR_OK;
	if (is_first)
		p->listed = arena_array(&f->arena, LISTED_MAX, sizeof(*p->listed));
	stripe_pay_prices_request(
	    r, &f->arena, &api, is_first ? NULL : p->listed[p->nlisted - 1].id);
	r->notes = &p->notes;
	return ERR_OK;
}

/* Without the list the page shows what is set, and says so. */
static enum err
list_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct prices_page *p = (struct prices_page *)f;
	struct stripe_error error = { 0 };
	const struct json *data = NULL;
	enum err e = stripe_pay_prices_reply(&data, &p->has_more, &error, &f->arena, reply);
	size_t before = p->nlisted;

	for (size_t i = 0; e == ERR_OK && i < data->n && p->nlisted < LISTED_MAX; i++)
		if (plan_prices_view_read(&p->listed[p->nlisted], &data->items[i]) == ERR_OK)
			p->nlisted++;
	p->has_more = p->has_more && p->nlisted > before;
	stripe_http_note("prices", e, reply, &error, &p->notes);
	if (e != ERR_OK)
		p->trouble = "Stripe's list of prices could not be read just now; below is what is "
			     "known here. The log says why.";
	return ERR_OK;
}

static enum err
kept_ask(struct web_flow *f, struct db_query *q)
{
	(void)f;
	if (billing_is_set_up())
		plan_price_store_list(q, billing_is_live());
	return ERR_OK;
}

static enum err
kept_read(struct web_flow *f, const PGresult *res)
{
	return plan_price_store_list_read(res, &f->arena, &((struct prices_page *)f)->kept);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct prices_page *p = (struct prices_page *)f;
	const char *trouble = p->trouble == NULL && p->has_more
				  ? "There are more prices at Stripe than the 500 that are shown."
				  : p->trouble;
	const struct plan_prices_facts facts = { .is_set_up = billing_is_set_up(),
		.is_live = billing_is_live(),
		.listed = p->listed,
		.nlisted = p->nlisted,
		.kept = &p->kept,
		.trouble = trouble };

	plan_prices_view_init(&p->view, &facts, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, PAGE);
	web_page_frame(f, &p->view.frame, "Prices");
	p->view.frame.more_css_href = web_asset_href("billing.css");
	if (f->values[IN_DONE].text != NULL)
		p->view.frame.flash = "Saved. Plans of accounts that pay this price follow in a "
				      "moment.";
	return web_template_render(&plan_prices_view_type, &p->view, out);
}

/* The same page; what is audited tells looking from setting. */
int
plan_prices_index(struct http_request *req)
{
	static const struct web_input inputs[] = { [IN_PRICE] = { "price", WEB_TEXT, .max = 255 },
		[IN_PLAN] = { "plan", WEB_TEXT, .max = 40 },
		[IN_OFFERED] = { "offered", WEB_TEXT },
		[IN_DONE] = { "done", WEB_ENUM, .words = done_words, .nwords = 1 },
		{ NULL } };
	static const struct web_step steps[] = {
		{ .ask = hint_ask },
		{ .ask = set_ask },
		{ .ask = kept_ask, .read = kept_read },
		{ .call = list_call, .reply = list_reply },
		{ .call = list_call, .reply = list_reply },
		{ .call = list_call, .reply = list_reply },
		{ .call = list_call, .reply = list_reply },
		{ .call = list_call, .reply = list_reply },
	};
#define PRICES_PAGE                                                                                \
	.name = "admin_prices", .methods = WEB_GET | WEB_POST, .access = ACCESS_BILLING,           \
	.inputs = inputs, .size = sizeof(struct prices_page), .steps = steps,                      \
	.nsteps = sizeof(steps) / sizeof(steps[0]), .render = index_render
	static const struct web_page_def look = { PRICES_PAGE, .audit = "prices.list" };
	static const struct web_page_def set = { PRICES_PAGE, .audit = "prices.set",
		.audited = audited };

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &set : &look);
}
