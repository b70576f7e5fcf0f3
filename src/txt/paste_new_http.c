#include "txt/paste_new_http.h"

#include <string.h>

#include "base/digest.h"
#include "base/keep.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "txt/paste_form.h"
#include "txt/paste_store.h"
#include "txt/paste_told.h"
#include "txt/paste_view.h"
#include "web/web_body.h"
#include "web/web_flow.h"
#include "web/web_origin.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define ACTION "/"
/* More than http_body_max of the site file lets through. */
#define BODY_MAX (9 * 1024 * 1024)

struct new_page {
	struct web_flow flow;
	struct paste_form form;
	struct paste_draft draft;
	struct content_usage usage;
	bool has_usage;
	const char *sentence; /* what is wrong with what was sent; NULL: nothing */
	struct paste_new_view view;
};

static bool
is_member(const struct web_flow *f)
{
	return f->session.user_id != 0;
}

static int64_t
quota(const struct web_flow *f)
{
	return plan_limits(f->session.plan)->paste_bytes;
}

/* ---- A text to begin with: /?from={id} ---- */

static enum err
from_ask(struct web_flow *f, struct db_query *q)
{
	const char *id = form_data_text(&f->query, "from");

	if (!(f->req->method & WEB_GET) || id == NULL || !content_id_is_valid(id))
		return ERR_OK;
	if (is_member(f))
		paste_store_show(q, id, f->session.user_id);
	else /* signing in comes back to it */
		f->here = arena_printf(&f->arena, "/?from=%s", id);
	return ERR_OK;
}

static enum err
from_read(struct web_flow *f, const PGresult *res)
{
	struct paste_input *in = &((struct new_page *)f)->form.input;
	struct paste *p;
	enum err e = paste_store_show_read(&p, &f->arena, res);

	if (e != ERR_OK)
		return e;
	if (p == NULL)
		return web_flow_fail(f, ERR_NOT_FOUND, "The paste to begin with is not there.");
	in->title = p->title;
	in->syntax = syntax_words[p->syntax];
	in->visibility = visibility_words[p->visibility];
	((struct new_page *)f)->form.typed = p->body;
	return ERR_OK;
}

/* ---- Storing ---- */

static enum err
refuse(struct web_flow *f, int status, const char *sentence)
{
	struct new_page *p = (struct new_page *)f;

	f->status = status;
	p->sentence = sentence;
	return ERR_OK;
}

static bool
has_token(struct web_flow *f, const char *token)
{
	return digest_equal_text(token, web_session_csrf(&f->session, &f->arena, ACTION));
}

/* Whoever's session ended while he typed keeps what he typed. */
static enum err
read_form(struct web_flow *f)
{
	struct new_page *p = (struct new_page *)f;
	const char *bytes, *sentence = NULL;
	size_t len;
	enum err e = web_body_bytes(f, &bytes, &len);

	if (e != ERR_OK)
		return e;
	e = paste_form_read(
	    &p->form, &f->arena, web_flow_request_header(f, "content-type"), bytes, len, &sentence);
	if (e != ERR_OK)
		return refuse(f, 400, sentence);
	if (!is_member(f))
		return refuse(f, 401,
		    "Your session has ended. Sign in again in another tab, then save once more: "
		    "the text is still here.");
	if (!has_token(f, p->form.csrf))
		return refuse(f, 403,
		    "The form is not from this sign-in. If the text is yours, save once more.");
	return p->form.has_both ? refuse(f, 400, "There are a text and a file. Send one of them.")
				: ERR_OK;
}

static enum err
create_ask(struct web_flow *f, struct db_query *q)
{
	struct new_page *p = (struct new_page *)f;
	enum content_outcome o;
	enum err e;

	if (f->req->method != HTTP_METHOD_POST)
		return ERR_OK;
	if (web_origin_is_foreign(f))
		return web_flow_fail_advised(f, ERR_FORBIDDEN,
		    "The form was sent from another site. Open the page here and send it again.");
	e = read_form(f);
	if (e != ERR_OK || p->sentence != NULL)
		return e;
	o = paste_draft_init(
	    &p->draft, &p->form.input, settings.txt_max_bytes, &f->arena, &p->sentence);
	if (o != CONTENT_STORED) {
		paste_told_refused(&p->form.input, o);
		f->status = paste_outcome_status(o);
		return ERR_OK;
	}
	paste_store_create(q, f->session.user_id, &p->draft, quota(f));
	return ERR_OK;
}

static enum err
create_read(struct web_flow *f, const PGresult *res)
{
	struct new_page *p = (struct new_page *)f;
	struct paste_made made;
	enum err e = paste_store_create_read(res, &made);

	if (e != ERR_OK)
		return e;
	if (!made.is_made) {
		paste_told_refused(&p->form.input, CONTENT_OVER_QUOTA);
		return refuse(f, paste_outcome_status(CONTENT_OVER_QUOTA),
		    paste_quota_sentence(&f->arena, (int64_t)p->draft.len, made.used, quota(f)));
	}
	paste_told_stored(&p->draft);
	web_flow_redirect(f, arena_printf(&f->arena, "/%s", p->draft.public_id));
	return ERR_OK;
}

/* ---- The page ---- */

static enum err
usage_ask(struct web_flow *f, struct db_query *q)
{
	if (is_member(f))
		content_store_usage_of(q, f->session.user_id);
	return ERR_OK;
}

static enum err
usage_read(struct web_flow *f, const PGresult *res)
{
	struct new_page *p = (struct new_page *)f;

	p->has_usage = true;
	return content_store_usage_read(res, &p->usage);
}

static enum err
new_render(struct web_flow *f, struct strbuf *out)
{
	struct new_page *p = (struct new_page *)f;
	struct paste_new_facts facts = { .typed = p->form.input,
		.error = p->sentence,
		.max_bytes = settings.txt_max_bytes,
		.usage = p->has_usage ? &p->usage : NULL,
		.quota = quota(f),
		.public_url = settings.public_url,
		.portal_url = settings.portal_url,
		.pics_url = settings.pics_url };

	facts.typed.body = p->form.typed;
	paste_new_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, is_member(f) ? "New paste" : NULL);
	/* What was typed must not be lost with the session. */
	p->view.is_member = is_member(f) || f->req->method == HTTP_METHOD_POST;
	p->view.csrf = is_member(f) ? web_session_csrf(&f->session, &f->arena, ACTION) : NULL;
	return web_template_render(&paste_new_view_type, &p->view, out);
}

int
paste_new(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = from_ask, .read = from_read },
		{ .ask = create_ask, .read = create_read },
		{ .ask = usage_ask, .read = usage_read },
	};
	static const struct web_page_def def = { .name = "paste_new",
		.methods = WEB_GET | WEB_POST,
		.is_csrf_exempt = true, /* create_ask() looks: the form is shown again */
		.is_standing_asked = true,
		.max_body = BODY_MAX,
		.size = sizeof(struct new_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = new_render };

	return web_flow_run(req, &def);
}
