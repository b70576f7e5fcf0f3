/* See picture_http.h. */
#include "pics/picture_http.h"

#include "base/clock.h"
#include "base/keep.h"
#include "base/settings.h"
#include "content/content_views.h"
#include "db/db_row.h"
#include "pics/picture_view.h"
#include "pics/pics_find_http.h"
#include "pics/pics_store.h"
#include "pics/pics_words.h"
#include "web/web_page.h"
#include "web/web_template.h"

struct show_page {
	struct pics_page pics;
	const char *error; /* of what was typed */
	struct picture_view view;
};

static const char *
path_of(struct web_flow *f, const char *what)
{
	return arena_printf(&f->arena, "/%s%s", ((struct pics_page *)f)->picture.public_id, what);
}

/* ---- GET /{id} ---- */

enum done { DONE_STORED, DONE_SAVED, DONE__MAX };
static const char *const done_words[DONE__MAX] = { "stored", "saved" };
static const char *const done_sentences[DONE__MAX] = {
	"The picture is stored. Here are its links.",
	"Saved.",
};

static enum err
show_read(struct web_flow *f, const PGresult *res)
{
	const enum err e = pics_find_read(f, res);

	if (e == ERR_OK && !pics_is_owner(f) && f->req->method == HTTP_METHOD_GET)
		content_views_add(((struct pics_page *)f)->picture.id);
	return e;
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct show_page *p = (struct show_page *)f;
	struct picture_view *v = &p->view;
	const struct picture_facts facts = { .picture = &p->pics.picture,
		.site = settings.public_url,
		.is_owner = pics_is_owner(f),
		.now = clock_now() };

	picture_view_init(v, &facts, &f->arena);
	v->edit_csrf = web_session_csrf(&f->session, &f->arena, v->edit_action);
	v->edit_error = p->error;
	if (p->pics.picture.visibility != VISIBILITY_PUBLIC)
		web_flow_header(f, "x-robots-tag", "noindex");
	f->here = path_of(f, "");
	f->within = facts.is_owner ? "/pictures" : "/";
	web_page_frame(f, &v->frame, v->name);
	if (p->error == NULL && f->values != NULL && f->values[0].text != NULL && facts.is_owner)
		v->frame.flash = done_sentences[f->values[0].number];
	return web_template_render(&picture_view_type, v, out);
}

int
picture_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "done", WEB_ENUM, .words = done_words, .nwords = DONE__MAX }, { NULL }
	};
	static const struct web_step steps[] = { { .ask = pics_find_ask, .read = show_read } };
	static const struct web_page_def def = { .name = "picture",
		.methods = WEB_GET,
		.inputs = inputs,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = 1,
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- POST /{id}/edit ---- */

/* What does not fit is shown again as it was typed. */
static enum err
edit_ask(struct web_flow *f, struct db_query *q)
{
	struct show_page *p = (struct show_page *)f;
	struct picture *pic = &p->pics.picture;
	const char *title = form_data_text(&f->form, "title");
	const char *alt = form_data_text(&f->form, "alt");
	const char *visibility = form_data_text(&f->form, "visibility");

	if (pics_read_words(pic, &f->arena, title != NULL ? title : pic->title,
		alt != NULL ? alt : pic->alt,
		visibility != NULL ? visibility : visibility_words[pic->visibility],
		&p->error) != ERR_OK) {
		pic->title = title != NULL ? title : pic->title;
		pic->alt = alt != NULL ? alt : pic->alt;
		f->status = HTTP_STATUS_BAD_REQUEST;
		return ERR_OK;
	}
	pics_store_edit(
	    q, f->session.user_id, pic->public_id, pic->title, pic->alt, pic->visibility);
	return ERR_OK;
}

static enum err
edit_read(struct web_flow *f, const PGresult *res)
{
	int64_t n;
	enum err e = db_row_only_int(res, &n);

	keep_drop(f->session.user_id);
	if (e == ERR_OK && n == 0)
		return ERR_NOT_FOUND;
	web_flow_redirect(f, path_of(f, "?done=saved"));
	return e;
}

int
picture_update(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = pics_find_ask,
						     .read = pics_find_own_read },
		{ .ask = edit_ask, .read = edit_read } };
	static const struct web_page_def def = { .name = "picture_edit",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = 2,
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- /{id}/delete: GET asks, POST does ---- */

struct destroy_page {
	struct pics_page pics;
	struct confirm_view view;
};

static enum err
destroy_render(struct web_flow *f, struct strbuf *out)
{
	static struct confirm_fact_view facts[] = {
		{ "Copies that browsers and other sites have made are not ours to delete." },
	};
	struct destroy_page *p = (struct destroy_page *)f;
	struct confirm_view *v = &p->view;

	v->title = "Delete this picture?";
	v->sentence = arena_printf(&f->arena,
	    "%s, %s. Links to it stop working at once. This cannot be undone.",
	    pics_name(&f->arena, &p->pics.picture), pics_facts(&f->arena, &p->pics.picture));
	v->facts.v = facts;
	v->facts.n = sizeof(facts) / sizeof(facts[0]);
	v->action = path_of(f, "/delete");
	v->csrf = web_session_csrf(&f->session, &f->arena, v->action);
	v->button = "Delete";
	v->back_href = path_of(f, "");
	f->within = "/pictures";
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&confirm_view_type, v, out);
}

static enum err
destroy_ask(struct web_flow *f, struct db_query *q)
{
	pics_store_remove(q, f->session.user_id, ((struct pics_page *)f)->picture.public_id);
	return ERR_OK;
}

static enum err
destroy_read(struct web_flow *f, const PGresult *res)
{
	int64_t n;
	enum err e = db_row_only_int(res, &n);

	keep_drop(f->session.user_id);
	web_flow_redirect(f, arena_printf(&f->arena, "/pictures?done=deleted&n=%d", (int)n));
	return e;
}

#define FIND_OWN                                                                                   \
	{                                                                                          \
		.ask = pics_find_ask, .read = pics_find_own_read                                   \
	}

int
picture_destroy(struct http_request *req)
{
	static const struct web_step ask_steps[] = { FIND_OWN };
	static const struct web_page_def question = { .name = "picture_delete",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct destroy_page),
		.steps = ask_steps,
		.nsteps = 1,
		.render = destroy_render };
	static const struct web_step do_steps[] = { FIND_OWN,
		{ .ask = destroy_ask, .read = destroy_read } };
	static const struct web_page_def deed = { .name = "picture_delete",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct destroy_page),
		.steps = do_steps,
		.nsteps = 2,
		.render = destroy_render };

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &deed : &question);
}
