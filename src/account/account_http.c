#include "account/account_http.h"

#include "account/account_store.h"
#include "account/account_view.h"
#include "base/clock.h"
#include "base/settings.h"
#include "base/url.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct account_page {
	struct web_flow flow;
	struct account account;
	struct account_view view;
};

static enum err
show_ask(struct web_flow *f, struct db_query *q)
{
	account_store_show(q, f->session.user_id);
	return ERR_OK;
}

static enum err
show_read(struct web_flow *f, const PGresult *res)
{
	struct account *a = &((struct account_page *)f)->account;

	a->name = f->session.name;
	a->email = f->session.email;
	a->plan = f->session.plan;
	a->roles = f->session.roles;
	return account_store_show_read(a, res);
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct account_page *p = (struct account_page *)f;
	struct url provider = { 0 };

	(void)url_parse(&provider, &f->arena, settings.oidc_issuer); /* checked at the start */
	account_view_init(&p->view, &p->account, provider.host, clock_now(), &f->arena);
	web_page_frame(f, &p->view.frame, "Your account");
	return web_template_render(&account_view_type, &p->view, out);
}

int
account_show(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = show_ask, .read = show_read } };
	static const struct web_page_def def = { .name = "account",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct account_page),
		.steps = steps,
		.nsteps = 1,
		.render = show_render };

	return web_flow_run(req, &def);
}
