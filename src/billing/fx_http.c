#include "billing/fx_http.h"

#include "base/clock.h"
#include "base/rfc3339.h"
#include "base/settings.h"
#include "billing/fx_store.h"
#include "billing/fx_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/admin/rates"

enum { IN_DAY, IN_CURRENCY, IN_RATE, IN_DONE };

/* What was just done, as the address of the page says it. */
static const char *const done_words[] = { "added" };

static const struct web_input inputs[] = { [IN_DAY] = { "day", WEB_TEXT },
	[IN_CURRENCY] = { "currency", WEB_TEXT },
	[IN_RATE] = { "rate", WEB_TEXT },
	[IN_DONE] = { "done", WEB_ENUM, .words = done_words, .nwords = 1 },
	{ NULL } };

struct rates_page {
	struct web_flow flow;
	struct fx_rate typed;
	struct fx_rate_list latest;
	const char *problem;
	struct rates_view view;
};

static bool
is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

static const char *
typed(const struct web_flow *f, int input)
{
	return f->values[input].text == NULL ? "" : f->values[input].text;
}

/* What is refused stays as it was typed. */
static enum err
add_ask(struct web_flow *f, struct db_query *q)
{
	struct rates_page *p = (struct rates_page *)f;
	struct strbuf problem = { 0 };
	struct fx_rate rate;

	if (!is_post(f))
		return ERR_OK;
	p->typed = (struct fx_rate){ typed(f, IN_DAY), typed(f, IN_CURRENCY), typed(f, IN_RATE) };
	rate = p->typed;
	if (fx_rate_check(&rate, &f->arena, settings.reporting_currency, &problem) == ERR_OK) {
		fx_store_put(q, &(struct fx_rate_list){ &rate, 1 });
		web_flow_redirect(f, PAGE "?done=added");
	} else {
		f->status = HTTP_STATUS_BAD_REQUEST;
		p->problem =
		    arena_printf(&f->arena, "It was not added: %s.", strbuf_text(&problem));
	}
	strbuf_free(&problem);
	return ERR_OK;
}

static enum err
add_read(struct web_flow *f, const PGresult *res)
{
	(void)f;
	(void)res;
	return ERR_OK;
}

static enum err
latest_ask(struct web_flow *f, struct db_query *q)
{
	(void)f;
	fx_store_latest(q, settings.reporting_currency);
	return ERR_OK;
}

static enum err
latest_read(struct web_flow *f, const PGresult *res)
{
	return fx_store_rows(res, &f->arena, &((struct rates_page *)f)->latest);
}

static const char *
today(struct arena *a)
{
	char text[RFC3339_SIZE];

	return rfc3339_format(text, clock_now()) == ERR_OK ? arena_strndup(a, text, 10) : "";
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct rates_page *p = (struct rates_page *)f;
	const struct rates_facts facts = { .latest = &p->latest,
		.reporting = settings.reporting_currency,
		.typed = &p->typed,
		.problem = p->problem };

	if (p->problem == NULL)
		p->typed = (struct fx_rate){ today(&f->arena), "", "" };
	rates_view_init(&p->view, &facts, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, PAGE);
	f->here = PAGE;
	web_page_frame(f, &p->view.frame, "Rates of exchange");
	if (!is_post(f) && f->values[IN_DONE].text != NULL)
		p->view.frame.flash = "The rate is added. Figures follow within five minutes.";
	return web_template_render(&rates_view_type, &p->view, out);
}

static const char *
added_audited(struct web_flow *f)
{
	return arena_printf(&f->arena, "%.10s, %.8s, %.40s", typed(f, IN_DAY),
	    typed(f, IN_CURRENCY), typed(f, IN_RATE));
}

/* The same page; what is audited tells looking from adding. */
#define DEF                                                                                        \
	.methods = WEB_GET | WEB_POST, .access = ACCESS_BILLING, .inputs = inputs,                 \
	.size = sizeof(struct rates_page), .steps = steps, .nsteps = 2, .render = index_render

int
fx_index(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = add_ask, .read = add_read },
		{ .ask = latest_ask, .read = latest_read },
	};
	static const struct web_page_def look = { .name = "rates", .audit = "rates.list", DEF };
	static const struct web_page_def add = {
		.name = "rates", .audit = "rates.add", .audited = added_audited, DEF
	};

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &add : &look);
}
