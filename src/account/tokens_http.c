#include "account/tokens_http.h"

#include <string.h>

#include "account/api_token_store.h"
#include "account/tokens_view.h"
#include "base/clock.h"
#include "base/settings.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/tokens"
#define REVOKE PAGE "/revoke"

static bool
is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

/* ---- GET and POST /tokens ---- */

/*
 * The answer to the POST is the page that shows the token, as it is kept nowhere: a redirect would
 * lose it. Sent again, by a reload, the same form makes no second one.
 */
struct tokens_page {
	struct web_flow flow;
	struct api_token_form form;
	char text[API_TOKEN_SIZE]; /* "": none was made */
	struct api_token_list tokens;
	const char *problem;
	struct tokens_view view;
};

/* In the order of the table of inputs. */
enum { IN_LABEL, IN_TXT, IN_PICS, IN_TERM, IN_ONCE, IN_DONE };

/* What was just done, as the address of the page says it. */
static const char *const done_words[] = { "revoked" };

static void
read_form(struct tokens_page *p)
{
	const struct web_value *in = p->flow.values;

	p->form = (struct api_token_form){ .label = in[IN_LABEL].text,
		.may = { in[IN_TXT].text != NULL, in[IN_PICS].text != NULL },
		.term = in[IN_TERM].text,
		.once = in[IN_ONCE].text != NULL ? in[IN_ONCE].text : "" };
}

static enum err
make_ask(struct web_flow *f, struct db_query *q)
{
	struct tokens_page *p = (struct tokens_page *)f;

	if (!is_post(f))
		return ERR_OK;
	read_form(p);
	if (!api_token_form_check(&p->form, &f->arena)) {
		f->status = HTTP_STATUS_BAD_REQUEST;
		return ERR_OK;
	}
	api_token_new(p->text);
	api_token_store_make(q, f->session.user_id, &p->form, p->text);
	return ERR_OK;
}

static enum err
make_read(struct web_flow *f, const PGresult *res)
{
	static const char *const problems[] = {
		[API_TOKEN_MADE_BEFORE] =
		    "This form has made its token already, and it is not shown a second time. Did "
		    "you not see it? Revoke it below and make another.",
		[API_TOKEN_TOO_MANY] = "You have as many tokens as an account may have.",
		[API_TOKEN_CROSSED] =
		    "Another token was made at the same moment. Look at the list, then try again.",
	};
	struct tokens_page *p = (struct tokens_page *)f;
	enum api_token_made made;
	enum err e = api_token_store_make_read(&made, res);

	if (e != ERR_OK)
		return e;
	p->problem = made == API_TOKEN_MADE ? NULL : problems[made];
	f->status = made == API_TOKEN_MADE ? HTTP_STATUS_CREATED : HTTP_STATUS_CONFLICT;
	if (made != API_TOKEN_MADE)
		p->text[0] = '\0';
	return ERR_OK;
}

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	api_token_store_list(q, f->session.user_id);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return api_token_store_list_read(&((struct tokens_page *)f)->tokens, &f->arena, res);
}

/* A form that was refused is shown as it was sent; every other page has a fresh one. */
static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct tokens_page *p = (struct tokens_page *)f;
	const struct tokens_facts facts = { .tokens = &p->tokens,
		.form = &p->form,
		.is_form_fresh = f->status < HTTP_STATUS_BAD_REQUEST,
		.made = p->text[0] != '\0' ? p->text : NULL,
		.txt_url = settings.txt_url,
		.pics_url = settings.pics_url,
		.now = clock_now() };
	char once[RANDOM_TOKEN_SIZE];

	random_token(once);
	tokens_view_init(&p->view, &facts, &f->arena);
	p->view.once = arena_strdup(&f->arena, once);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, PAGE);
	f->here = PAGE;
	web_page_frame(f, &p->view.frame, "API tokens");
	p->view.frame.flash = p->problem;
	p->view.frame.is_flash_error = p->problem != NULL;
	if (!is_post(f) && f->values[IN_DONE].text != NULL)
		p->view.frame.flash = "The token is revoked.";
	return web_template_render(&tokens_view_type, &p->view, out);
}

int
tokens_index(struct http_request *req)
{
	static const struct web_input inputs[] = { [IN_LABEL] = { "label", WEB_TEXT },
		[IN_TXT] = { "txt", WEB_TEXT },
		[IN_PICS] = { "pics", WEB_TEXT },
		[IN_TERM] = { "term", WEB_TEXT },
		[IN_ONCE] = { "once", WEB_TEXT },
		[IN_DONE] = { "done", WEB_ENUM, .words = done_words, .nwords = 1 },
		{ NULL } };
	static const struct web_step steps[] = {
		{ .ask = make_ask, .read = make_read },
		{ .ask = list_ask, .read = list_read },
	};
	static const struct web_page_def def = { .name = "tokens",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct tokens_page),
		.steps = steps,
		.nsteps = 2,
		.render = index_render };

	return web_flow_run(req, &def);
}

/* ---- GET and POST /tokens/revoke ---- */

struct revoke_page {
	struct web_flow flow;
	struct api_token token;
	struct confirm_view view;
};

/* One that is gone already is what was wanted. */
static enum err
revoke_ask(struct web_flow *f, struct db_query *q)
{
	const int64_t id = f->values[0].number;

	if (is_post(f)) {
		api_token_store_revoke(q, f->session.user_id, id);
		web_flow_redirect(f, PAGE "?done=revoked");
	} else {
		api_token_store_find(q, f->session.user_id, id);
	}
	return ERR_OK;
}

static enum err
revoke_read(struct web_flow *f, const PGresult *res)
{
	enum err e;

	if (is_post(f))
		return ERR_OK;
	e = api_token_store_find_read(&((struct revoke_page *)f)->token, &f->arena, res);
	return e == ERR_NOT_FOUND ? web_flow_fail(f, e, "You have no such token.") : e;
}

static enum err
revoke_render(struct web_flow *f, struct strbuf *out)
{
	struct revoke_page *p = (struct revoke_page *)f;

	tokens_view_confirm(&p->view, &p->token, &f->arena);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, REVOKE);
	web_page_frame(f, &p->view.frame, p->view.title);
	return web_template_render(&confirm_view_type, &p->view, out);
}

int
tokens_destroy(struct http_request *req)
{
	static const struct web_input inputs[] = { { "id", WEB_INT, .is_required = true, .min = 1 },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = revoke_ask, .read = revoke_read } };
	static const struct web_page_def def = { .name = "tokens_revoke",
		.methods = WEB_GET | WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct revoke_page),
		.steps = steps,
		.nsteps = 1,
		.render = revoke_render };

	return web_flow_run(req, &def);
}
