#include "bouncer/bouncer_life_http.h"

#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "bouncer/bouncer_delete_view.h"
#include "bouncer/bouncer_way_http.h"
#include "bouncer/network_typed.h"
#include "db/db_row.h"
#include "web/web_template.h"

#define DAY_S INT64_C(86400)

struct life_page {
	struct bouncer_flow b;
	const char *typed, *problem;
	struct bouncer_delete_view view;
	struct confirm_view confirm;
};

/* ERR_CONFLICT with the sentence: the bouncer was not in a state for it. */
static enum err
changed(struct web_flow *f, const PGresult *res, const char *problem)
{
	struct life_page *p = (struct life_page *)f;
	int64_t n;
	const enum err e = db_row_only_int(res, &n);

	if (e != ERR_OK)
		return e;
	bouncer_lead_on(f, p->b.name);
	return n == 0 ? web_flow_fail_advised(f, ERR_CONFLICT, problem) : ERR_OK;
}

/* The same, and leads to the bouncer's page. */
static enum err
changed_with_news(
    struct web_flow *f, const PGresult *res, enum bouncer_news news, const char *problem)
{
	const enum err e = changed(f, res, problem);

	if (e == ERR_OK)
		bouncer_tell((struct bouncer_flow *)f, news);
	return e;
}

/* ---- restart ---- */

static enum err
restart_ask(struct web_flow *f, struct db_query *q)
{
	struct life_page *p = (struct life_page *)f;

	if (bouncer_is_post(f))
		bouncer_store_restart(q, f->session.user_id, p->b.name);
	return ERR_OK;
}

static enum err
restart_read(struct web_flow *f, const PGresult *res)
{
	return changed_with_news(f, res, BOUNCER_NEWS_RESTART,
	    "This bouncer is not in a state to be restarted. Its page says how it is.");
}

static enum err
restart_render(struct web_flow *f, struct strbuf *out)
{
	struct life_page *p = (struct life_page *)f;

	bouncer_view_confirm_restart(&p->confirm, &p->b.bouncer, &f->arena);
	p->confirm.csrf = bouncer_csrf(&p->b, "/restart");
	bouncer_frame(&p->b, &p->confirm.frame, p->confirm.title);
	return web_template_render(&confirm_view_type, &p->confirm, out);
}

int
bouncer_restart(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = bouncer_usable_read },
		{ .ask = restart_ask, .read = restart_read },
	};
	static const struct web_page_def def = { .name = "bouncer_restart",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct life_page),
		.steps = steps,
		.nsteps = 2,
		.render = restart_render };

	return web_flow_run(req, &def);
}

/* ---- delete ---- */

enum { IN_TYPED, IN_FINAL };

static const char *const yes[] = { "yes" };

/* The form that ends the time for undoing says so: the first one, sent twice, must not. */
static bool
is_final(const struct web_flow *f)
{
	return f->values[IN_FINAL].text != NULL;
}

static bool
is_too_late(const struct web_flow *f, const struct bouncer *b)
{
	if (b->state == BOUNCER_DELETING)
		return bouncer_is_post(f) && !is_final(f);
	return b->state == BOUNCER_REMOVING || is_final(f);
}

static enum err
delete_find_read(struct web_flow *f, const PGresult *res)
{
	struct life_page *p = (struct life_page *)f;
	const enum err e = bouncer_find_read(f, res);

	if (e != ERR_OK)
		return e;
	bouncer_lead_on(f, p->b.name);
	if (strcmp(p->b.bouncer.provisioner, "none") == 0)
		return web_flow_fail_advised(f, ERR_CONFLICT,
		    "This bouncer was set up by hand, so it cannot be deleted here. Ask the people "
		    "who run this service.");
	return is_too_late(f, &p->b.bouncer)
		   ? web_flow_fail_advised(f, ERR_CONFLICT,
			 "This bouncer is not in a state for that. Its page says how it is.")
		   : ERR_OK;
}

static enum err
delete_ask(struct web_flow *f, struct db_query *q)
{
	struct life_page *p = (struct life_page *)f;

	if (!bouncer_is_post(f))
		return ERR_OK;
	p->typed = network_typed_trim(web_value_text(&f->values[IN_TYPED], ""), &f->arena);
	if (strcmp(p->typed, p->b.name) != 0) {
		p->problem = "That is not its name. Nothing was deleted.";
		f->status = HTTP_STATUS_BAD_REQUEST;
		return ERR_OK;
	}
	bouncer_store_delete(q, f->session.user_id, p->b.name,
	    is_final(f) ? 0 : settings.bouncer_delete_grace_days * DAY_S);
	return ERR_OK;
}

/* What cannot be undone is gone in a moment, and then has no page. */
static enum err
delete_read(struct web_flow *f, const PGresult *res)
{
	struct life_page *p = (struct life_page *)f;
	const enum err e = changed(
	    f, res, "This bouncer cannot be deleted at this moment. Try again in a minute.");
	const bool is_over =
	    is_final(f) || p->b.bouncer.ready_at == 0 || settings.bouncer_delete_grace_days == 0;

	if (e == ERR_OK)
		web_flow_redirect(f, is_over ? "/bouncers?done=removed" : bouncer_at(&p->b, ""));
	return e;
}

static enum err
delete_render(struct web_flow *f, struct strbuf *out)
{
	struct life_page *p = (struct life_page *)f;

	bouncer_delete_view_init(&p->view, &p->b.bouncer, settings.bouncer_delete_grace_days,
	    p->typed, p->problem, clock_now(), &f->arena);
	p->view.csrf = bouncer_csrf(&p->b, "/delete");
	bouncer_frame(&p->b, &p->view.frame, "Delete the bouncer");
	return web_template_render(&bouncer_delete_view_type, &p->view, out);
}

int
bouncer_destroy(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_TYPED] = { "typed", WEB_TEXT, .max = 200 },
		[IN_FINAL] = { "final", WEB_ENUM, .words = yes, .nwords = 1 },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = delete_find_read },
		{ .ask = delete_ask, .read = delete_read },
	};
	static const struct web_page_def def = { .name = "bouncer_delete",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct life_page),
		.steps = steps,
		.nsteps = 2,
		.render = delete_render };

	return web_flow_run(req, &def);
}

/* ---- undo, try again ---- */

static enum err
undo_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_store_undelete(q, f->session.user_id, ((struct bouncer_flow *)f)->name);
	return ERR_OK;
}

static enum err
undo_read(struct web_flow *f, const PGresult *res)
{
	return changed_with_news(f, res, BOUNCER_NEWS_UNDONE,
	    "There is nothing to undo: the bouncer is not deleted, or it is too late.");
}

static enum err
retry_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_store_retry(q, f->session.user_id, ((struct bouncer_flow *)f)->name);
	return ERR_OK;
}

static enum err
retry_read(struct web_flow *f, const PGresult *res)
{
	return changed_with_news(
	    f, res, BOUNCER_NEWS_RETRY, "Nothing has failed that could be tried again.");
}

#define LIFE_PAGE                                                                                  \
	.methods = WEB_POST, .access = ACCESS_MEMBER, .size = sizeof(struct life_page),            \
	.steps = steps, .nsteps = 2

int
bouncer_undestroy(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = bouncer_find_read },
		{ .ask = undo_ask, .read = undo_read },
	};
	static const struct web_page_def def = { LIFE_PAGE, .name = "bouncer_undo" };

	return web_flow_run(req, &def);
}

int
bouncer_retry(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = bouncer_find_ask, .read = bouncer_find_read },
		{ .ask = retry_ask, .read = retry_read },
	};
	static const struct web_page_def def = { LIFE_PAGE, .name = "bouncer_retry" };

	return web_flow_run(req, &def);
}
