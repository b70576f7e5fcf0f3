#include "bouncer/bouncer_page_http.h"

#include <string.h>

#include "base/settings.h"
#include "bouncer/bouncer_look_http.h"
#include "bouncer/bouncer_page_view.h"
#include "bouncer/bouncer_way_http.h"
#include "bouncer/kube_manifest.h"
#include "source/source_refresh.h"
#include "web/web_page.h"
#include "web/web_template.h"

/* Whoever waits for it to be ready looks again without a script, too. */
#define RELOAD_S 5

struct show_page {
	struct bouncer_flow b;
	struct bouncer_page_facts facts;
	struct source_wait wait;
	bool has_waited;
	struct bouncer_page_view view;
};

enum { IN_DONE, IN_PAGE };

static const char *const news[BOUNCER_NEWS__MAX] = {
	[BOUNCER_NEWS_ADDED] = "The network is added. It takes a moment to connect.",
	[BOUNCER_NEWS_CHANGED] = "The network is changed. It connects anew.",
	[BOUNCER_NEWS_ENABLED] = "The network is switched on. It takes a moment to connect.",
	[BOUNCER_NEWS_DISABLED] =
	    "The network is switched off, and stays so until you switch it on.",
	[BOUNCER_NEWS_REMOVED] = "The network is removed.",
	[BOUNCER_NEWS_RESTART] =
	    "The bouncer is being restarted. Your clients connect again by themselves.",
	[BOUNCER_NEWS_UNDONE] = "The deletion is undone. The bouncer is on its way back.",
	[BOUNCER_NEWS_RETRY] = "It is tried again.",
};

static enum err
first_ask(struct web_flow *f, struct db_query *q)
{
	struct bouncer_flow *b = (struct bouncer_flow *)f;
	const enum err e = bouncer_path_name(f, &b->name);

	if (e == ERR_OK)
		bouncer_store_page(q, f->session.user_id, b->name);
	return e;
}

static enum err
read_page(struct web_flow *f, const PGresult *res)
{
	struct show_page *p = (struct show_page *)f;
	const enum err e = bouncer_store_page_read(&p->facts, &f->arena, res);
	int64_t *history = &p->facts.bouncer.history_days;

	*history = kube_manifest_history_days(*history);

	return e == ERR_NOT_FOUND ? bouncer_fail_missing(f) : e;
}

static void
wake(void *arg)
{
	web_step_wake(arg);
}

/* What is old is refreshed now, as on the dashboard; the page waits for it, but not long. */
static int
wait_for_sources(struct web_flow *f)
{
	struct show_page *p = (struct show_page *)f;
	const struct bouncer *b = &p->facts.bouncer;
	struct source_subject s = { .kind = SOURCE_SOJU,
		.user_id = f->session.user_id,
		.bouncer_id = b->id,
		.bouncer_name = b->name,
		.soju_username = b->soju_username };

	if (b->state != BOUNCER_READY)
		return 0;
	p->wait = (struct source_wait){ .wake = wake, .arg = f };
	source_refresh_start(&s, &p->facts.soju_state, p->facts.read_at, &p->wait);
	s.kind = SOURCE_KUBE;
	if (strcmp(b->provisioner, "soju") != 0) /* whose users Kubernetes does not know */
		source_refresh_start(&s, &p->facts.kube_state, p->facts.read_at, &p->wait);
	p->has_waited = p->wait.pending > 0;
	return p->has_waited ? SOURCE_PATIENCE_MS : 0;
}

static enum err
second_ask(struct web_flow *f, struct db_query *q)
{
	struct show_page *p = (struct show_page *)f;

	source_refresh_cancel(&p->wait);
	if (p->has_waited)
		bouncer_store_page_sources(q, &p->facts.bouncer);
	return ERR_OK;
}

static enum err
read_sources(struct web_flow *f, const PGresult *res)
{
	return bouncer_store_page_sources_read(&((struct show_page *)f)->facts, &f->arena, res);
}

static void
frame_page(struct show_page *p)
{
	struct web_flow *f = &p->b.flow;
	struct frame_view *frame = &p->view.frame;

	bouncer_frame(&p->b, frame, p->b.name);
	if (p->view.is_being_made && !p->view.has_failed)
		frame->reload_s = RELOAD_S;
	if (f->values[IN_DONE].text != NULL)
		frame->flash = news[f->values[IN_DONE].number];
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct show_page *p = (struct show_page *)f;
	const struct bouncer_page_words words = { .facts = &p->facts,
		.page = web_value_number(&f->values[IN_PAGE], 1),
		.soju_history_days = settings.soju_history_days,
		.enable_csrf = bouncer_csrf(&p->b, "/networks/enable"),
		.disable_csrf = bouncer_csrf(&p->b, "/networks/disable"),
		.retry_csrf = bouncer_csrf(&p->b, "/retry"),
		.undo_csrf = bouncer_csrf(&p->b, "/undo"),
		.now = p->facts.read_at };

	bouncer_look(&p->facts);
	bouncer_page_view_init(&p->view, &words, &f->arena);
	frame_page(p);
	return web_template_render(&bouncer_page_view_type, &p->view, out);
}

static void
show_free(struct web_flow *f)
{
	source_refresh_cancel(&((struct show_page *)f)->wait);
}

int
bouncer_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_DONE] = { "done", WEB_ENUM, .words = bouncer_news_words,
		    .nwords = BOUNCER_NEWS__MAX },
		[IN_PAGE] = { "page", WEB_INT, .min = 1, .max = 100000 },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = first_ask, .read = read_page },
		{ .wait = wait_for_sources },
		{ .ask = second_ask, .read = read_sources },
	};
	static const struct web_page_def def = { .name = "bouncer",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = 3,
		.render = show_render,
		.free = show_free };

	return web_flow_run(req, &def);
}
