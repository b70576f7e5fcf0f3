#include "dashboard/dashboard_http.h"

#include "base/settings.h"
#include "billing/billing.h"
#include "bouncer/provisioner.h"
#include "dashboard/dashboard_refresh.h"
#include "dashboard/dashboard_store.h"
#include "dashboard/dashboard_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct dashboard_page {
	struct web_flow flow;
	struct dashboard dashboard;
	struct source_wait wait;
	bool has_waited;
	struct dashboard_view view;
};

static enum err
first_ask(struct web_flow *f, struct db_query *q)
{
	dashboard_store_ask(q, f->session.user_id, billing_is_live());
	return ERR_OK;
}

static enum err
read_dashboard(struct web_flow *f, const PGresult *res)
{
	struct dashboard *d = &((struct dashboard_page *)f)->dashboard;
	enum err e = dashboard_store_read(res, &f->arena, d);

	d->is_payment_due = d->is_payment_due && billing_is_set_up();
	return e;
}

static void
wake(void *arg)
{
	web_step_wake(arg);
}

/* What is old is refreshed now; the page waits for it, but not long. */
static int
wait_for_sources(struct web_flow *f)
{
	struct dashboard_page *p = (struct dashboard_page *)f;

	p->wait = (struct source_wait){ .wake = wake, .arg = f };
	p->has_waited = dashboard_refresh_start(
			    &p->dashboard, f->session.user_id, f->session.sub, &p->wait) > 0;
	return p->has_waited ? SOURCE_PATIENCE_MS : 0;
}

static enum err
second_ask(struct web_flow *f, struct db_query *q)
{
	struct dashboard_page *p = (struct dashboard_page *)f;

	source_refresh_cancel(&p->wait);
	return p->has_waited ? first_ask(f, q) : ERR_OK;
}

static enum err
dashboard_render(struct web_flow *f, struct strbuf *out)
{
	struct dashboard_page *p = (struct dashboard_page *)f;
	struct dashboard *d = &p->dashboard;
	enum err e;

	d->plan = f->session.plan;
	d->can_make = provisioner_chosen() != NULL;
	d->txt_url = settings.txt_url;
	d->pics_url = settings.pics_url;
	e = dashboard_view_init(&p->view, d, d->read_at, &f->arena);
	if (e != ERR_OK)
		return e;
	web_page_frame(f, &p->view.frame, "Dashboard");
	return web_template_render(&dashboard_view_type, &p->view, out);
}

static void
dashboard_free(struct web_flow *f)
{
	source_refresh_cancel(&((struct dashboard_page *)f)->wait);
}

static const struct web_step steps[] = {
	{ .ask = first_ask, .read = read_dashboard },
	{ .wait = wait_for_sources },
	{ .ask = second_ask, .read = read_dashboard },
};

/* Clicks, tabs and reloads come in bursts. A refresh that ends on this host ends it early. */
#define KEEP_MS 2000

static const struct web_page_def def = {
	.name = "dashboard",
	.methods = WEB_GET,
	.access = ACCESS_MEMBER,
	.keep_ms = KEEP_MS,
	.size = sizeof(struct dashboard_page),
	.steps = steps,
	.nsteps = sizeof(steps) / sizeof(steps[0]),
	.render = dashboard_render,
	.free = dashboard_free,
};

int
dashboard_index(struct http_request *req)
{
	return web_flow_run(req, &def);
}
