/* See pics_api_http.h. */
#include "pics/pics_api_http.h"

#include <string.h>

#include "base/json_write.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "db/db_row.h"
#include "pics/pics_find_http.h"
#include "pics/pics_store.h"
#include "pics/pics_task_http.h"
#include "pics/pics_words.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define PER_PAGE 100

/* ---- POST /api/pictures ---- */

struct create_page {
	struct web_flow flow;
	struct pics_task *task;
	const struct pics_upload *upload;
};

static int
create_wait(struct web_flow *f)
{
	struct pics_upload *u = pics_upload_new();

	u->user_id = f->session.user_id;
	u->quota = plan_limits(f->session.plan)->picture_bytes;
	u->source = PICS_BY_API;
	u->title = arena_strdup(&u->arena, form_data_text(&f->query, "title"));
	u->alt = arena_strdup(&u->arena, form_data_text(&f->query, "alt"));
	u->visibility = arena_strdup(&u->arena, form_data_text(&f->query, "visibility"));
	return pics_task_start(&((struct create_page *)f)->task, f, u);
}

/* The first that is stored. */
static void
set_location(struct web_flow *f, const struct pics_upload *u)
{
	size_t i = 0;

	while (i < u->nresults && u->results[i].outcome != PICS_STORED)
		i++;
	if (i < u->nresults)
		web_flow_header(f, "location",
		    pics_file_url(&f->arena, settings.public_url, &u->results[i].picture));
}

static enum err
create_ask(struct web_flow *f, struct db_query *q)
{
	struct create_page *p = (struct create_page *)f;
	enum err e = pics_task_result(&p->task, f, &p->upload);

	(void)q;
	if (e != ERR_OK)
		return e;
	keep_drop(f->session.user_id);
	e = pics_upload_err(p->upload);
	f->status = e == ERR_OK ? HTTP_STATUS_CREATED : pics_status_of(e);
	set_location(f, p->upload);
	return ERR_OK;
}

static enum err
create_render(struct web_flow *f, struct strbuf *out)
{
	const struct pics_upload *u = ((struct create_page *)f)->upload;

	if (strcmp(f->type, WEB_JSON) == 0)
		pics_write_upload(out, &f->arena, settings.public_url, u);
	else
		pics_write_lines(out, &f->arena, settings.public_url, u);
	return ERR_OK;
}

static void
create_free(struct web_flow *f)
{
	pics_task_leave(((struct create_page *)f)->task);
}

static const struct web_step create_steps[] = { { .wait = create_wait }, { .ask = create_ask } };

#define CREATE_DEF(of_type)                                                                        \
	{                                                                                          \
		.name = "api_pictures_create", .methods = WEB_GET | WEB_POST,                      \
		.access = ACCESS_TOKEN, .limit = LIMIT_NONE, .max_body = PICS_BODY_MAX,            \
		.type = (of_type), .size = sizeof(struct create_page), .steps = create_steps,      \
		.nsteps = 2, .render = create_render, .free = create_free                          \
	}
static const struct web_page_def create_lines = CREATE_DEF(TEXT_TYPE);
static const struct web_page_def create_json = CREATE_DEF(WEB_JSON);

/* ---- GET /api/pictures ---- */

struct list_page {
	struct web_flow flow;
	struct pics_search search;
	struct picture_list list;
};

enum { IN_TEXT, IN_SORT, IN_PAGE };

static int64_t
page_number(const struct web_flow *f)
{
	return web_value_number(&f->values[IN_PAGE], 1);
}

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	struct list_page *p = (struct list_page *)f;

	p->search = (struct pics_search){ .user_id = f->session.user_id,
		.text = web_value_text(&f->values[IN_TEXT], ""),
		.sort = (enum pics_sort)web_value_number(&f->values[IN_SORT], PICS_NEWEST),
		.offset = (page_number(f) - 1) * PER_PAGE,
		.limit = PER_PAGE };
	pics_store_list(q, &p->search);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return pics_store_list_read(&((struct list_page *)f)->list, &f->arena, res);
}

static enum err
list_render(struct web_flow *f, struct strbuf *out)
{
	const struct picture_list *list = &((struct list_page *)f)->list;

	json_write_member_int(out, "total", list->total);
	json_write_member_int(out, "page", page_number(f));
	json_write_name(out, "pictures");
	strbuf_puts(out, "[");
	for (size_t i = 0; i < list->n; i++) {
		strbuf_puts(out, i > 0 ? "," : "");
		pics_write_json(out, &f->arena, settings.public_url, &list->v[i]);
	}
	strbuf_puts(out, "]}\n");
	return ERR_OK;
}

static const struct web_input list_inputs[] = {
	[IN_TEXT] = { "q", WEB_TEXT, .max = 200 },
	[IN_SORT] = { "sort", WEB_ENUM, .words = pics_sort_words, .nwords = PICS_SORT__MAX },
	[IN_PAGE] = { "page", WEB_INT, .min = 1, .max = 1000000 },
	{ NULL },
};
static const struct web_step list_steps[] = { { .ask = list_ask, .read = list_read } };
static const struct web_page_def list_def = { .name = "api_pictures",
	.methods = WEB_GET | WEB_POST,
	.access = ACCESS_TOKEN,
	.inputs = list_inputs,
	.type = WEB_JSON,
	.size = sizeof(struct list_page),
	.steps = list_steps,
	.nsteps = 1,
	.render = list_render };

int
pics_api(struct http_request *req)
{
	const char *accept;

	if (req->method != HTTP_METHOD_POST)
		return web_flow_run(req, &list_def);
	if (http_request_header(req, "accept", &accept) &&
	    strstr(accept, "application/json") != NULL)
		return web_flow_run(req, &create_json);
	return web_flow_run(req, &create_lines);
}

/* ---- /api/pictures/{id} ---- */

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	pics_write_json(out, &f->arena, settings.public_url, &((struct pics_page *)f)->picture);
	strbuf_puts(out, "\n");
	return ERR_OK;
}

static enum err
destroy_ask(struct web_flow *f, struct db_query *q)
{
	pics_store_remove(q, f->session.user_id, ((struct pics_page *)f)->picture.public_id);
	return ERR_OK;
}

/* Two at once: both are told the truth. */
static enum err
destroy_read(struct web_flow *f, const PGresult *res)
{
	int64_t n;
	enum err e = db_row_only_int(res, &n);

	keep_drop(f->session.user_id);
	return e == ERR_OK && n == 0 ? ERR_NOT_FOUND : e;
}

static enum err
destroy_render(struct web_flow *f, struct strbuf *out)
{
	json_write_member(out, "deleted", ((struct pics_page *)f)->picture.public_id);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

#define FIND_OWN                                                                                   \
	{                                                                                          \
		.ask = pics_find_api_ask, .read = pics_find_own_read                               \
	}

int
pics_api_one(struct http_request *req)
{
	static const struct web_step show_steps[] = { FIND_OWN };
	static const struct web_page_def show = { .name = "api_picture",
		.methods = WEB_GET | WEB_DELETE,
		.access = ACCESS_TOKEN,
		.type = WEB_JSON,
		.size = sizeof(struct pics_page),
		.steps = show_steps,
		.nsteps = 1,
		.render = show_render };
	static const struct web_step destroy_steps[] = { FIND_OWN,
		{ .ask = destroy_ask, .read = destroy_read } };
	static const struct web_page_def destroy = { .name = "api_picture_delete",
		.methods = WEB_GET | WEB_DELETE,
		.access = ACCESS_TOKEN,
		.type = WEB_JSON,
		.size = sizeof(struct pics_page),
		.steps = destroy_steps,
		.nsteps = 2,
		.render = destroy_render };

	return web_flow_run(req, req->method == HTTP_METHOD_DELETE ? &destroy : &show);
}
