#include "billing/difference_http.h"

#include "billing/billing.h"
#include "billing/difference_store.h"
#include "billing/difference_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct differences_page {
	struct web_flow flow;
	struct difference *rows;
	size_t n;
	struct differences_view view;
};

static enum err
page_ask(struct web_flow *f, struct db_query *q)
{
	difference_store_page(q, web_value_number(&f->values[0], 0), DIFFERENCES_PER_PAGE + 1);
	return ERR_OK;
}

static enum err
page_read(struct web_flow *f, const PGresult *res)
{
	struct differences_page *p = (struct differences_page *)f;

	return difference_store_rows(res, &f->arena, &p->rows, &p->n);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct differences_page *p = (struct differences_page *)f;
	const struct differences_facts facts = { .rows = p->rows,
		.n = p->n,
		.before = web_value_number(&f->values[0], 0),
		.is_set_up = billing_is_set_up() };

	differences_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "Differences from Stripe");
	return web_template_render(&differences_view_type, &p->view, out);
}

int
difference_index(struct http_request *req)
{
	static const struct web_input inputs[] = { { "before", WEB_INT, .min = 1 }, { NULL } };
	static const struct web_step steps[] = { { .ask = page_ask, .read = page_read } };
	static const struct web_page_def def = { .name = "stripe_differences",
		.methods = WEB_GET,
		.access = ACCESS_BILLING,
		.audit = "stripe_differences.list",
		.inputs = inputs,
		.size = sizeof(struct differences_page),
		.steps = steps,
		.nsteps = 1,
		.render = index_render };

	return web_flow_run(req, &def);
}
