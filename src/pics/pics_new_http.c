/* See pics_new_http.h. */
#include "pics/pics_new_http.h"

#include <string.h>

#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "content/content_store.h"
#include "pics/pics_new_view.h"
#include "pics/pics_task_http.h"
#include "pics/pics_words.h"
#include "web/web_asset.h"
#include "web/web_origin.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/"

struct new_page {
	struct web_flow flow;
	struct content_usage usage;
	struct pics_task *task;
	const struct pics_upload *upload;
	struct pics_new_view view;
};

/* ---- GET / ---- */

static enum err
usage_ask(struct web_flow *f, struct db_query *q)
{
	if (f->session.user_id != 0)
		content_store_usage_of(q, f->session.user_id);
	return ERR_OK;
}

static enum err
usage_read(struct web_flow *f, const PGresult *res)
{
	return content_store_usage_read(res, &((struct new_page *)f)->usage);
}

static enum err
new_render(struct web_flow *f, struct strbuf *out)
{
	struct new_page *p = (struct new_page *)f;
	struct image_limits limits;
	const struct pics_new_facts facts = { .is_member = f->session.user_id != 0,
		.used = p->usage.bytes,
		.quota = plan_limits(f->session.plan)->picture_bytes,
		.limits = &limits,
		.public_url = settings.public_url,
		.portal_url = settings.portal_url,
		.upload = p->upload };

	pics_limits(&limits, &settings);
	pics_new_view_init(&p->view, &facts, &f->arena);
	p->view.script_href = web_asset_href("pics.js");
	p->view.csrf = web_session_csrf(&f->session, &f->arena, PAGE);
	web_page_frame(f, &p->view.frame, facts.is_member ? "Upload" : NULL);
	return web_template_render(&pics_new_view_type, &p->view, out);
}

/* ---- POST / ---- */

/* The token is in the form, which only the task reads. */
static enum err
check_origin(struct web_flow *f, struct db_query *q)
{
	(void)q;
	if (web_origin_is_foreign(f))
		return web_flow_fail_advised(f, ERR_FORBIDDEN,
		    "The form was sent from another site. Open the page here and send it again.");
	return ERR_OK;
}

static int
upload_wait(struct web_flow *f)
{
	struct pics_upload *u = pics_upload_new();

	u->user_id = f->session.user_id;
	u->quota = plan_limits(f->session.plan)->picture_bytes;
	u->source = PICS_BY_FORM;
	u->csrf = arena_strdup(&u->arena, web_session_csrf(&f->session, &f->arena, PAGE));
	return pics_task_start(&((struct new_page *)f)->task, f, u);
}

static bool
wants_json(struct web_flow *f)
{
	const char *accept = web_flow_request_header(f, "accept");

	return accept != NULL && strstr(accept, "application/json") != NULL;
}

/* To the picture if it is one, to the list if there are several. */
static const char *
good_end(struct web_flow *f, const struct pics_upload *u)
{
	if (u->nresults == 1)
		return arena_printf(&f->arena, "/%s?done=stored", u->results[0].picture.public_id);
	return arena_printf(&f->arena, "/pictures?done=stored&n=%zu", u->nstored);
}

static enum err
upload_ask(struct web_flow *f, struct db_query *q)
{
	struct new_page *p = (struct new_page *)f;
	enum err e = pics_task_result(&p->task, f, &p->upload);

	if (e != ERR_OK)
		return e;
	keep_drop(f->session.user_id);
	if (p->upload->err == ERR_FORBIDDEN && !wants_json(f))
		return web_flow_fail_advised(f, ERR_FORBIDDEN, p->upload->sentence);
	f->status = pics_status_of(pics_upload_err(p->upload));
	if (wants_json(f))
		return ERR_OK;
	if (p->upload->nstored > 0 && p->upload->nstored == p->upload->nresults)
		web_flow_redirect(f, good_end(f, p->upload));
	else
		return usage_ask(f, q);
	return ERR_OK;
}

/* For the script, which sends one at a time and shows how each is doing. */
static enum err
upload_render(struct web_flow *f, struct strbuf *out)
{
	struct new_page *p = (struct new_page *)f;

	if (!wants_json(f))
		return new_render(f, out);
	f->type = WEB_JSON;
	pics_write_upload(out, &f->arena, "", p->upload);
	return ERR_OK;
}

static void
new_free(struct web_flow *f)
{
	pics_task_leave(((struct new_page *)f)->task);
}

int
pics_new(struct http_request *req)
{
	static const struct web_step show_steps[] = { { .ask = usage_ask, .read = usage_read } };
	static const struct web_page_def show = { .name = "pics_new",
		.methods = WEB_GET | WEB_POST,
		.size = sizeof(struct new_page),
		.steps = show_steps,
		.nsteps = 1,
		.render = new_render };
	static const struct web_step upload_steps[] = { { .ask = check_origin },
		{ .wait = upload_wait }, { .ask = upload_ask, .read = usage_read } };
	static const struct web_page_def upload = { .name = "pics_upload",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.is_csrf_exempt = true, /* upload_wait() hands the token on */
		.is_standing_asked = true,
		.max_body = PICS_BODY_MAX,
		.size = sizeof(struct new_page),
		.steps = upload_steps,
		.nsteps = 3,
		.render = upload_render,
		.free = new_free };

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &upload : &show);
}
