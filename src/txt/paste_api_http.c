#include "txt/paste_api_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/human.h"
#include "base/json_write.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "db/db_row.h"
#include "txt/paste_store.h"
#include "txt/paste_told.h"
#include "web/web_body.h"
#include "web/web_flow.h"
#include "web/web_headers.h"
#include "web/web_path.h"

#define BODY_MAX (9 * 1024 * 1024) /* more than http_body_max of the site file */
#define PLAIN "text/plain; charset=utf-8"
#define PER_PAGE 100

static const char *
link_of(struct arena *a, const char *id)
{
	return arena_printf(a, "%s/%s", settings.public_url, id);
}

/* NULL for 0, as JSON has it. */
static void
write_time(struct strbuf *out, const char *name, int64_t at, struct arena *a)
{
	json_write_member(out, name, at != 0 ? human_time_iso(a, at) : NULL);
}

/* ---- POST /api/pastes ---- */

struct create_page {
	struct web_flow flow;
	struct paste_draft draft;
	struct paste_made made;
	enum content_outcome outcome;
	const char *sentence;
};

static enum err
refuse(struct create_page *p, const struct paste_input *in, enum content_outcome o)
{
	p->outcome = o;
	p->flow.status = paste_outcome_status(o);
	paste_told_refused(in, o);
	return ERR_OK;
}

static int64_t
quota(const struct web_flow *f)
{
	return plan_limits(f->session.plan)->paste_bytes;
}

static enum err
create_ask(struct web_flow *f, struct db_query *q)
{
	struct create_page *p = (struct create_page *)f;
	struct paste_input in = { .title = form_data_text(&f->query, "title"),
		.syntax = form_data_text(&f->query, "syntax"),
		.expires = form_data_text(&f->query, "expires"),
		.visibility = form_data_text(&f->query, "visibility") };
	enum content_outcome o;
	enum err e = web_body_bytes(f, &in.body, &in.len);

	if (e != ERR_OK)
		return e;
	o = paste_draft_init(&p->draft, &in, settings.txt_max_bytes, &f->arena, &p->sentence);
	if (o == CONTENT_WRONG_KIND && *settings.pics_url != '\0')
		p->sentence =
		    arena_printf(&f->arena, "%s Pictures: %s", p->sentence, settings.pics_url);
	if (o != CONTENT_STORED)
		return refuse(p, &in, o);
	paste_store_create(q, f->session.user_id, &p->draft, quota(f));
	return ERR_OK;
}

static enum err
create_read(struct web_flow *f, const PGresult *res)
{
	struct create_page *p = (struct create_page *)f;
	const struct paste_input in = { .len = p->draft.len,
		.syntax = syntax_words[p->draft.syntax],
		.visibility = visibility_words[p->draft.visibility] };
	enum err e = paste_store_create_read(res, &p->made);

	if (e != ERR_OK)
		return e;
	if (!p->made.is_made) {
		p->sentence =
		    paste_quota_sentence(&f->arena, (int64_t)p->draft.len, p->made.used, quota(f));
		return refuse(p, &in, CONTENT_OVER_QUOTA);
	}
	p->outcome = CONTENT_STORED;
	f->status = HTTP_STATUS_CREATED;
	web_flow_header(f, "location", link_of(&f->arena, p->draft.public_id));
	paste_told_stored(&p->draft);
	return ERR_OK;
}

static enum err
plain_render(struct web_flow *f, struct strbuf *out)
{
	const struct create_page *p = (struct create_page *)f;

	strbuf_printf(out, "%s\n",
	    p->outcome == CONTENT_STORED ? link_of(&f->arena, p->draft.public_id) : p->sentence);
	return ERR_OK;
}

static enum err
json_render(struct web_flow *f, struct strbuf *out)
{
	const struct create_page *p = (struct create_page *)f;
	const char *url = link_of(&f->arena, p->draft.public_id);

	if (p->outcome != CONTENT_STORED) {
		json_write_member(out, "error", p->sentence);
		json_write_member(out, "reason", content_outcome_words[p->outcome]);
		json_write_member(out, "request_id", f->id);
		strbuf_puts(out, "}\n");
		return ERR_OK;
	}
	json_write_member(out, "id", p->draft.public_id);
	json_write_member(out, "url", url);
	json_write_member(out, "raw_url", arena_printf(&f->arena, "%s/raw", url));
	write_time(out, "expires_at", p->made.expires_at, &f->arena);
	json_write_member_int(out, "bytes", (int64_t)p->draft.len);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

/* Of several types the first named decides nothing: who names JSON can read it. */
static bool
accepts_json(struct http_request *req)
{
	const char *accept = web_headers_find(req, "accept");

	return accept != NULL && strstr(accept, WEB_JSON) != NULL;
}

static int
create(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = create_ask, .read = create_read } };
	/* None: but an address that cannot be read is told so. */
	static const struct web_input inputs[] = { { NULL } };
	static const struct web_page_def plain = { .name = "api_paste_create",
		.methods = WEB_POST,
		.access = ACCESS_TOKEN,
		.is_standing_asked = true,
		.max_body = BODY_MAX,
		.inputs = inputs,
		.type = PLAIN,
		.size = sizeof(struct create_page),
		.steps = steps,
		.nsteps = 1,
		.render = plain_render };
	static struct web_page_def json;

	json = plain;
	json.type = WEB_JSON;
	json.render = json_render;
	return web_flow_run(req, accepts_json(req) ? &json : &plain);
}

/* ---- GET /api/pastes ---- */

struct list_page {
	struct web_flow flow;
	struct paste_list list;
};

static void
write_paste(struct strbuf *out, const struct paste *p, struct arena *a)
{
	struct strbuf object = { 0 };
	const char *url = link_of(a, p->public_id);

	json_write_member(&object, "id", p->public_id);
	json_write_member(&object, "url", url);
	json_write_member(&object, "raw_url", arena_printf(a, "%s/raw", url));
	json_write_member(&object, "title", p->title);
	json_write_member(&object, "syntax", syntax_words[p->syntax]);
	json_write_member(&object, "visibility", visibility_words[p->visibility]);
	json_write_member_int(&object, "bytes", p->bytes);
	json_write_member_int(&object, "lines", p->lines);
	json_write_member_int(&object, "views", p->views);
	write_time(&object, "created_at", p->created_at, a);
	write_time(&object, "expires_at", p->expires_at, a);
	strbuf_putc(&object, '}');
	strbuf_add(out, object.s, object.len);
	strbuf_free(&object);
}

static int64_t
page_of(const struct web_flow *f)
{
	return f->values[0].text != NULL ? f->values[0].number : 1;
}

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	const struct paste_search s = { .words = "",
		.sort = SORT_MADE,
		.is_descending = true,
		.limit = PER_PAGE,
		.offset = (page_of(f) - 1) * PER_PAGE };

	paste_store_list(q, f->session.user_id, &s);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return paste_store_list_read(&((struct list_page *)f)->list, &f->arena, res);
}

static enum err
list_render(struct web_flow *f, struct strbuf *out)
{
	const struct paste_list *list = &((struct list_page *)f)->list;

	json_write_member_int(out, "page", page_of(f));
	json_write_member_int(out, "per_page", PER_PAGE);
	if (list->n > 0 || page_of(f) == 1)
		json_write_member_int(out, "total", list->total);
	json_write_name(out, "pastes");
	strbuf_putc(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		strbuf_puts(out, i > 0 ? ",\n" : "\n");
		write_paste(out, &list->v[i], &f->arena);
	}
	strbuf_puts(out, "]}\n");
	return ERR_OK;
}

int
paste_api_index(struct http_request *req)
{
	static const struct web_input inputs[] = { { "page", WEB_INT, .min = 1, .max = 1000000 },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = list_ask, .read = list_read } };
	static const struct web_page_def def = { .name = "api_pastes",
		.methods = WEB_GET | WEB_POST, /* for the header that says so */
		.access = ACCESS_TOKEN,
		.inputs = inputs,
		.type = WEB_JSON,
		.size = sizeof(struct list_page),
		.steps = steps,
		.nsteps = 1,
		.render = list_render };

	return req->method == HTTP_METHOD_POST ? create(req) : web_flow_run(req, &def);
}

/* ---- GET, DELETE /api/pastes/{id} ---- */

#define ID_PART 2

static const char none[] = "You have no such paste.";

static bool
is_delete(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_DELETE;
}

static enum err
one_ask(struct web_flow *f, struct db_query *q)
{
	char *id;

	if (web_path_part(&id, &f->arena, f->req->path, ID_PART) != ERR_OK ||
	    !content_id_is_valid(id))
		return web_flow_fail(f, ERR_NOT_FOUND, none);
	if (is_delete(f))
		paste_store_delete(q, f->session.user_id, arena_printf(&f->arena, "{%s}", id));
	else
		paste_store_some(q, f->session.user_id, arena_printf(&f->arena, "{%s}", id));
	return ERR_OK;
}

static enum err
one_read(struct web_flow *f, const PGresult *res)
{
	struct list_page *p = (struct list_page *)f;
	int64_t n = 0;
	enum err e;

	if (is_delete(f)) {
		e = db_row_only_int(res, &n);
		keep_drop(f->session.user_id);
	} else {
		e = paste_store_list_read(&p->list, &f->arena, res);
		n = (int64_t)p->list.n;
	}
	return e == ERR_OK && n == 0 ? web_flow_fail(f, ERR_NOT_FOUND, none) : e;
}

static enum err
one_render(struct web_flow *f, struct strbuf *out)
{
	if (is_delete(f)) {
		json_write_member_bool(out, "is_deleted", true);
		strbuf_puts(out, "}\n");
		return ERR_OK;
	}
	write_paste(out, &((struct list_page *)f)->list.v[0], &f->arena);
	strbuf_putc(out, '\n');
	return ERR_OK;
}

int
paste_api_show(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = one_ask, .read = one_read } };
	static const struct web_page_def def = { .name = "api_paste",
		.methods = WEB_GET | WEB_DELETE,
		.access = ACCESS_TOKEN,
		.type = WEB_JSON,
		.size = sizeof(struct list_page),
		.steps = steps,
		.nsteps = 1,
		.render = one_render };

	return web_flow_run(req, &def);
}
