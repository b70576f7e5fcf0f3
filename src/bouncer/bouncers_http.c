#include "bouncer/bouncers_http.h"

#include "base/clock.h"
#include "bouncer/bouncers_view.h"
#include "bouncer/provisioner.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct bouncers_page {
	struct web_flow flow;
	struct bouncer_list bouncers;
	struct bouncer_counts counts;
	struct bouncers_view view;
};

/* What was just done, as the address of the page says it. */
static const char *const done_words[] = { "removed" };

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_store_list(q, f->session.user_id);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return bouncer_store_list_read(&((struct bouncers_page *)f)->bouncers, &f->arena, res);
}

static enum err
counts_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_count_store_list(q, f->session.user_id);
	return ERR_OK;
}

static enum err
counts_read(struct web_flow *f, const PGresult *res)
{
	return bouncer_count_store_list_read(&((struct bouncers_page *)f)->counts, &f->arena, res);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct bouncers_page *p = (struct bouncers_page *)f;
	const struct bouncers_facts facts = { .bouncers = &p->bouncers,
		.counts = &p->counts,
		.plan = plan_find(f->session.plan),
		.is_offered = provisioner_chosen() != NULL,
		.now = clock_now() };

	bouncers_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "Bouncers");
	p->view.frame.more_css_href = web_asset_href("bouncers.css");
	if (f->values[0].text != NULL)
		p->view.frame.flash = "The bouncer is being removed.";
	return web_template_render(&bouncers_view_type, &p->view, out);
}

int
bouncers_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "done", WEB_ENUM, .words = done_words, .nwords = 1 }, { NULL }
	};
	static const struct web_step steps[] = {
		{ .ask = list_ask, .read = list_read },
		{ .ask = counts_ask, .read = counts_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "bouncers",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct bouncers_page),
		.steps = steps,
		.nsteps = 2,
		.render = index_render };

	return web_flow_run(req, &def);
}
