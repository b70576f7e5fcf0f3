#include "txt/pastes_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/keep.h"
#include "billing/plan.h"
#include "db/db_row.h"
#include "txt/paste_store.h"
#include "txt/paste_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

/* ---- GET /pastes ---- */

enum { IN_WORDS, IN_SORT, IN_PAGE, IN_DELETED, IN_CHOSEN };

struct pastes_page {
	struct web_flow flow;
	struct paste_list list;
	struct content_usage usage;
	struct pastes_view view;
};

static const char *
words_of(const struct web_flow *f)
{
	return web_value_text(&f->values[IN_WORDS], "");
}

static int64_t
page_of(const struct web_flow *f)
{
	return web_value_number(&f->values[IN_PAGE], 1);
}

/* The index of the word of ?sort=; newest first unless it says otherwise. */
static int64_t
sort_of(const struct web_flow *f)
{
	return web_value_number(&f->values[IN_SORT], 1);
}

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	const struct paste_search s = { .words = words_of(f),
		.sort = (enum paste_sort)(sort_of(f) / 2),
		.is_descending = sort_of(f) % 2 == 1,
		.limit = PASTES_PER_PAGE,
		.offset = (page_of(f) - 1) * PASTES_PER_PAGE };

	paste_store_list(q, f->session.user_id, &s);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return paste_store_list_read(&((struct pastes_page *)f)->list, &f->arena, res);
}

static enum err
usage_ask(struct web_flow *f, struct db_query *q)
{
	content_store_usage_of(q, f->session.user_id);
	return ERR_OK;
}

static enum err
usage_read(struct web_flow *f, const PGresult *res)
{
	return content_store_usage_read(res, &((struct pastes_page *)f)->usage);
}

static const char *
deleted_sentence(const struct web_flow *f)
{
	const struct web_value *v = &f->values[IN_DELETED];
	struct arena *a = (struct arena *)(uintptr_t)&f->arena;

	if (v->text == NULL)
		return NULL;
	if (v->number == 0)
		return "Nothing was deleted: it was gone already.";
	return arena_printf(a, "%s %s deleted.", human_plural(a, v->number, "paste", "pastes"),
	    v->number == 1 ? "is" : "are");
}

static enum err
list_render(struct web_flow *f, struct strbuf *out)
{
	struct pastes_page *p = (struct pastes_page *)f;
	const struct pastes_facts facts = { .list = &p->list,
		.usage = &p->usage,
		.words = words_of(f),
		.sort = paste_sort_words[sort_of(f)],
		.page = page_of(f),
		.quota = plan_limits(f->session.plan)->paste_bytes,
		.now = clock_now() };

	pastes_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "Your pastes");
	p->view.frame.is_flash_error = f->values[IN_CHOSEN].text != NULL;
	p->view.frame.flash =
	    p->view.frame.is_flash_error ? "Choose at least one paste first." : deleted_sentence(f);
	return web_template_render(&pastes_view_type, &p->view, out);
}

int
pastes_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_WORDS] = { "q", WEB_TEXT, .max = 200 },
		[IN_SORT] = { "sort", WEB_ENUM, .words = paste_sort_words, .nwords = PASTE_SORTS },
		[IN_PAGE] = { "page", WEB_INT, .min = 1, .max = 1000000 },
		[IN_DELETED] = { "deleted", WEB_INT, .max = 1000000 },
		[IN_CHOSEN] = { "chosen", WEB_INT, .max = 0 },
		{ NULL },
	};
	static const struct web_step steps[] = { { .ask = list_ask, .read = list_read },
		{ .ask = usage_ask, .read = usage_read, .is_at_once = true } };
	static const struct web_page_def def = { .name = "pastes",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct pastes_page),
		.steps = steps,
		.nsteps = 2,
		.render = list_render };

	return web_flow_run(req, &def);
}

/* ---- /pastes/delete ---- */

#define DELETE "/pastes/delete"
#define IDS_MAX 100

struct delete_page {
	struct web_flow flow;
	struct paste_list list;
	struct confirm_view view;
};

/* The ids of a form as an array for PostgreSQL; NULL: one of them is none, or there are too many.
 */
static const char *
ids_of(struct arena *a, const struct form_data *form)
{
	const char *ids = "";
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->fields[i].name, "id") != 0)
			continue;
		if (!content_id_is_valid(form->fields[i].value) || n == IDS_MAX)
			return NULL;
		ids = arena_printf(a, "%s%s%s", ids, n == 0 ? "" : ",", form->fields[i].value);
		n++;
	}
	return n > 0 ? arena_printf(a, "{%s}", ids) : "";
}

static enum err
find_ids(struct web_flow *f, const struct form_data *form, const char **ids)
{
	*ids = ids_of(&f->arena, form);
	if (*ids == NULL)
		return web_flow_fail(f, ERR_INVALID, "What is to be deleted is no list of pastes.");
	return ERR_OK;
}

static enum err
delete_ask(struct web_flow *f, struct db_query *q)
{
	const bool is_post = f->req->method == HTTP_METHOD_POST;
	const char *ids;
	enum err e = find_ids(f, is_post ? &f->form : &f->query, &ids);

	if (e != ERR_OK)
		return e;
	if (*ids == '\0')
		web_flow_redirect(f, "/pastes?chosen=0");
	else if (is_post)
		paste_store_delete(q, f->session.user_id, ids);
	else
		paste_store_some(q, f->session.user_id, ids);
	return ERR_OK;
}

static enum err
deleted_read(struct web_flow *f, const PGresult *res)
{
	int64_t n;
	enum err e = db_row_only_int(res, &n);

	keep_drop(f->session.user_id);
	web_flow_redirect(f, arena_printf(&f->arena, "/pastes?deleted=%" PRId64, n));
	return e;
}

static enum err
delete_read(struct web_flow *f, const PGresult *res)
{
	struct delete_page *p = (struct delete_page *)f;
	enum err e;

	if (f->req->method == HTTP_METHOD_POST)
		return deleted_read(f, res);
	e = paste_store_list_read(&p->list, &f->arena, res);
	if (e == ERR_OK && p->list.n == 0)
		web_flow_redirect(f, "/pastes?deleted=0");
	return e;
}

static enum err
delete_render(struct web_flow *f, struct strbuf *out)
{
	struct delete_page *p = (struct delete_page *)f;
	struct confirm_view *v = &p->view;

	paste_confirm_view_init(v, &p->list, clock_now(), &f->arena);
	v->action = DELETE;
	v->csrf = web_session_csrf(&f->session, &f->arena, DELETE);
	v->back_href = "/pastes";
	v->fields.n = p->list.n;
	v->fields.v = arena_array(&f->arena, p->list.n, sizeof(*v->fields.v));
	for (size_t i = 0; i < p->list.n; i++)
		v->fields.v[i] = (struct hidden_view){ "id", p->list.v[i].public_id };
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&confirm_view_type, v, out);
}

int
pastes_destroy(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = delete_ask, .read = delete_read } };
	static const struct web_page_def def = { .name = "pastes_delete",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct delete_page),
		.steps = steps,
		.nsteps = 1,
		.render = delete_render };

	return web_flow_run(req, &def);
}
