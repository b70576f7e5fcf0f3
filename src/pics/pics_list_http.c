/* See pics_list_http.h. */
#include "pics/pics_list_http.h"

#include <string.h>

#include "base/clock.h"
#include "base/human.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "content/content_store.h"
#include "db/db_row.h"
#include "pics/pics_list_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/pictures"
#define DELETE PAGE "/delete"

/* ---- GET /pictures ---- */

enum { IN_TEXT, IN_SORT, IN_PAGE, IN_DONE, IN_N };

/* What was just done, as the address of the page says it. */
enum done { DONE_STORED, DONE_DELETED, DONE_NONE_CHOSEN, DONE__MAX };
static const char *const done_words[DONE__MAX] = { "stored", "deleted", "none" };

struct list_page {
	struct web_flow flow;
	struct pics_search search;
	struct picture_list list;
	struct content_usage usage;
	struct pics_list_view view;
};

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
		.offset = (page_number(f) - 1) * PICS_PER_PAGE,
		.limit = PICS_PER_PAGE };
	pics_store_list(q, &p->search);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return pics_store_list_read(&((struct list_page *)f)->list, &f->arena, res);
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
	return content_store_usage_read(res, &((struct list_page *)f)->usage);
}

static const char *
done_sentence(struct web_flow *f)
{
	const char *pictures;

	if (f->values[IN_DONE].text == NULL)
		return NULL;
	if (f->values[IN_DONE].number == DONE_NONE_CHOSEN)
		return "Choose at least one picture first.";
	if (f->values[IN_N].text == NULL)
		return NULL;
	pictures = human_plural(&f->arena, f->values[IN_N].number, "picture", "pictures");
	return arena_printf(&f->arena, "%s %s %s.", pictures,
	    f->values[IN_N].number == 1 ? "is" : "are",
	    f->values[IN_DONE].number == DONE_STORED ? "stored" : "deleted");
}

/* The last ones of a page may just have been deleted. */
static enum err
list_check(struct web_flow *f, struct db_query *q)
{
	(void)q;
	if (((struct list_page *)f)->list.n == 0 && page_number(f) > 1)
		web_flow_redirect(f, PAGE);
	return ERR_OK;
}

static enum err
list_render(struct web_flow *f, struct strbuf *out)
{
	struct list_page *p = (struct list_page *)f;
	const struct pics_list_facts facts = { .list = &p->list,
		.search = &p->search,
		.page = page_number(f),
		.count = p->usage.count,
		.used = p->usage.bytes,
		.quota = plan_limits(f->session.plan)->picture_bytes,
		.now = clock_now() };

	pics_list_view_init(&p->view, &facts, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, DELETE);
	web_page_frame(f, &p->view.frame, "Your pictures");
	p->view.frame.flash = done_sentence(f);
	p->view.frame.is_flash_error =
	    f->values[IN_DONE].text != NULL && f->values[IN_DONE].number == DONE_NONE_CHOSEN;
	return web_template_render(&pics_list_view_type, &p->view, out);
}

int
pics_list(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_TEXT] = { "q", WEB_TEXT, .max = 200 },
		[IN_SORT] = { "sort", WEB_ENUM, .words = pics_sort_words,
		    .nwords = PICS_SORT__MAX },
		[IN_PAGE] = { "page", WEB_INT, .min = 1, .max = 1000000 },
		[IN_DONE] = { "done", WEB_ENUM, .words = done_words, .nwords = DONE__MAX },
		[IN_N] = { "n", WEB_INT, .min = 0, .max = 1000 },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = list_ask, .read = list_read },
		{ .ask = usage_ask, .read = usage_read, .is_at_once = true },
		{ .ask = list_check },
	};
	static const struct web_page_def def = { .name = "pictures",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct list_page),
		.steps = steps,
		.nsteps = 3,
		.render = list_render };

	return web_flow_run(req, &def);
}

/* ---- POST /pictures/delete: first the question, then the deed ---- */

struct destroy_page {
	struct web_flow flow;
	const char *ids; /* with commas */
	size_t n;
	struct confirm_view view;
};

/* What is no id of ours is none of the form's either. */
static void
read_ids(struct destroy_page *p)
{
	const struct form_data *form = &p->flow.form;
	struct strbuf b = { 0 };

	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->fields[i].name, "id") != 0 ||
		    !content_id_is_valid(form->fields[i].value))
			continue;
		strbuf_printf(&b, "%s%s", p->n++ > 0 ? "," : "", form->fields[i].value);
	}
	p->ids = arena_strdup(&p->flow.arena, strbuf_text(&b));
	strbuf_free(&b);
}

static bool
is_confirmed(struct web_flow *f)
{
	return form_data_text(&f->form, "confirmed") != NULL;
}

static enum err
destroy_ask(struct web_flow *f, struct db_query *q)
{
	struct destroy_page *p = (struct destroy_page *)f;

	read_ids(p);
	if (p->n == 0)
		web_flow_redirect(f, PAGE "?done=none");
	else if (is_confirmed(f))
		pics_store_remove(q, f->session.user_id, p->ids);
	return ERR_OK;
}

static enum err
destroy_read(struct web_flow *f, const PGresult *res)
{
	int64_t n;
	enum err e = db_row_only_int(res, &n);

	keep_drop(f->session.user_id);
	web_flow_redirect(f, arena_printf(&f->arena, PAGE "?done=deleted&n=%d", (int)n));
	return e;
}

static void
add_fields(struct destroy_page *p)
{
	struct confirm_view *v = &p->view;
	char *save = NULL, *ids = arena_strdup(&p->flow.arena, p->ids);

	v->fields.v = arena_array(&p->flow.arena, p->n + 1, sizeof(*v->fields.v));
	v->fields.v[v->fields.n++] = (struct hidden_view){ "confirmed", "yes" };
	for (char *id = strtok_r(ids, ",", &save); id != NULL; id = strtok_r(NULL, ",", &save))
		v->fields.v[v->fields.n++] = (struct hidden_view){ "id", id };
}

static enum err
destroy_render(struct web_flow *f, struct strbuf *out)
{
	static struct confirm_fact_view facts[] = {
		{ "Copies that browsers and other sites have made are not ours to delete." },
	};
	struct destroy_page *p = (struct destroy_page *)f;
	struct confirm_view *v = &p->view;

	v->title = p->n == 1 ? "Delete this picture?"
			     : arena_printf(&f->arena, "Delete %s?",
				   human_plural(&f->arena, (int64_t)p->n, "picture", "pictures"));
	v->sentence = p->n == 1 ? "Links to it stop working at once. This cannot be undone."
				: "Links to them stop working at once. This cannot be undone.";
	v->facts.v = facts;
	v->facts.n = sizeof(facts) / sizeof(facts[0]);
	v->action = DELETE;
	v->csrf = web_session_csrf(&f->session, &f->arena, DELETE);
	v->button = "Delete";
	v->back_href = PAGE;
	add_fields(p);
	f->within = PAGE;
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&confirm_view_type, v, out);
}

int
pics_list_destroy(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = destroy_ask, .read = destroy_read } };
	static const struct web_page_def def = { .name = "pictures_delete",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct destroy_page),
		.steps = steps,
		.nsteps = 1,
		.render = destroy_render };

	return web_flow_run(req, &def);
}
