#include "bouncer/bouncer_admin_http.h"

#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "base/url.h"
#include "bouncer/bouncer_admin_store.h"
#include "bouncer/bouncer_admin_view.h"
#include "bouncer/kube_manifest.h"
#include "web/web_asset.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_path.h"
#include "web/web_template.h"

#define NAME_MAX_CHARS 40 /* the longest that the table holds */
#define TEXT_MAX_CHARS 100
#define ONCE_MAX 100

/* An empty field of a form is none. */
static const char *
text_or_null(const struct web_value *v)
{
	return v->text != NULL && *v->text != '\0' ? v->text : NULL;
}

static bool
is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

/* ---- GET /admin/bouncers ---- */

enum { IN_STATE, IN_TROUBLE, IN_BY, IN_TEXT, IN_AFTER };

struct index_page {
	struct web_flow flow;
	struct bouncer_admin_filter filter;
	struct bouncer_admin_list list;
	struct admin_bouncers_view view;
};

/* Of a choice an empty word is none, too. */
static int
chosen(const struct web_value *v, const char *const *words, int n)
{
	for (int i = 0; i < n; i++)
		if (v->text != NULL && strcmp(v->text, words[i]) == 0)
			return i;
	return n;
}

static enum err
filter_read(struct web_flow *f, struct bouncer_admin_filter *filter)
{
	const struct web_value *v = f->values;
	const int state = chosen(&v[IN_STATE], bouncer_admin_state_words, BOUNCER_ADMIN_STATES);
	const int by = chosen(&v[IN_BY], bouncer_admin_provisioner_words, BOUNCER_BY__MAX);

	if (text_or_null(&v[IN_STATE]) != NULL && state == BOUNCER_ADMIN_STATES)
		return web_flow_fail(f, ERR_INVALID, "There is no such state of a bouncer.");
	if (text_or_null(&v[IN_BY]) != NULL && by == BOUNCER_BY__MAX)
		return web_flow_fail(f, ERR_INVALID, "Nothing of this name makes bouncers.");
	*filter = (struct bouncer_admin_filter){ .state = state < BOUNCER_STATE__MAX
							      ? (enum bouncer_state)state
							      : BOUNCER_STATE__MAX,
		.is_suspended = state == BOUNCER_STATE__MAX,
		.is_in_trouble = text_or_null(&v[IN_TROUBLE]) != NULL,
		.by = (enum bouncer_admin_provisioner)by,
		.text = text_or_null(&v[IN_TEXT]),
		.after = text_or_null(&v[IN_AFTER]) };
	return ERR_OK;
}

static enum err
index_ask(struct web_flow *f, struct db_query *q)
{
	struct index_page *p = (struct index_page *)f;
	const enum err e = filter_read(f, &p->filter);

	if (e == ERR_OK)
		bouncer_admin_store_page(q, &p->filter, BOUNCER_ADMIN_PER_PAGE + 1);
	return e;
}

static enum err
index_read(struct web_flow *f, const PGresult *res)
{
	return bouncer_admin_store_rows(&((struct index_page *)f)->list, &f->arena, res);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct index_page *p = (struct index_page *)f;
	const struct admin_bouncers_facts facts = {
		.filter = &p->filter, .rows = p->list.v, .n = p->list.n, .now = clock_now()
	};

	admin_bouncers_view_init(&p->view, &facts, &f->arena);
	web_page_frame(f, &p->view.frame, "All bouncers");
	p->view.frame.more_css_href = web_asset_href("bouncers.css");
	return web_template_render(&admin_bouncers_view_type, &p->view, out);
}

int
bouncer_admin_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[IN_STATE] = { "state", WEB_TEXT, .max = NAME_MAX_CHARS },
		[IN_TROUBLE] = { "trouble", WEB_TEXT, .max = NAME_MAX_CHARS },
		[IN_BY] = { "by", WEB_TEXT, .max = NAME_MAX_CHARS },
		[IN_TEXT] = { "text", WEB_TEXT, .max = TEXT_MAX_CHARS },
		[IN_AFTER] = { "after", WEB_TEXT, .max = NAME_MAX_CHARS },
		{ NULL },
	};
	static const struct web_step steps[] = { { .ask = index_ask, .read = index_read } };
	static const struct web_page_def def = { .name = "admin_bouncers",
		.methods = WEB_GET,
		.access = ACCESS_OPS,
		.audit = "bouncers.list",
		.inputs = inputs,
		.size = sizeof(struct index_page),
		.steps = steps,
		.nsteps = 1,
		.render = index_render };

	return web_flow_run(req, &def);
}

/* ---- GET /admin/bouncers/{name} ---- */

/* What was just done, in the order of enum bouncer_admin_act. */
static const char *const flashes[BOUNCER_ACT__MAX] = {
	[BOUNCER_ACT_RESTART] = "It will be restarted in a moment.",
	[BOUNCER_ACT_SUSPEND] = "It is suspended, and will be switched off in a moment.",
	[BOUNCER_ACT_RESUME] = "It is not suspended any more, and will be back in a moment.",
	[BOUNCER_ACT_RETRY] = "It will be tried again in a moment.",
};

struct show_page {
	struct web_flow flow;
	struct bouncer_admin_list list;
	struct admin_bouncer_view view;
};

/* The name in the path; whatever is none is written down as that. */
static const char *
path_audited(struct web_flow *f)
{
	char *name;

	if (web_path_part(&name, &f->arena, f->req->path, 2) != ERR_OK)
		return NULL;
	return text_short(&f->arena, text_safe(&f->arena, name), NAME_MAX_CHARS);
}

static enum err
not_there(struct web_flow *f)
{
	return web_flow_fail(f, ERR_NOT_FOUND, "There is no bouncer of this name (any more).");
}

static enum err
show_ask(struct web_flow *f, struct db_query *q)
{
	char *name;
	const enum err e = web_path_part(&name, &f->arena, f->req->path, 2);

	if (e == ERR_OK)
		bouncer_admin_store_one(q, name);
	return e;
}

static enum err
show_read(struct web_flow *f, const PGresult *res)
{
	struct show_page *p = (struct show_page *)f;
	const enum err e = bouncer_admin_store_rows(&p->list, &f->arena, res);

	return e == ERR_OK && p->list.n == 0 ? not_there(f) : e;
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct show_page *p = (struct show_page *)f;
	struct admin_bouncer_view *v = &p->view;
	int64_t *history = &p->list.v->bouncer.history_days;

	*history = kube_manifest_history_days(*history);
	admin_bouncer_view_init(v, p->list.v, clock_now(), &f->arena);
	for (size_t i = 0; i < v->acts.n; i++)
		v->acts.v[i].csrf = web_session_csrf(&f->session, &f->arena, v->acts.v[i].path);
	web_page_frame(f, &v->frame, v->name);
	if (f->values[0].text != NULL)
		v->frame.flash = flashes[f->values[0].number];
	return web_template_render(&admin_bouncer_view_type, v, out);
}

int
bouncer_admin_show(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "done", WEB_ENUM, .words = bouncer_admin_act_words, .nwords = BOUNCER_ACT__MAX },
		{ NULL }
	};
	static const struct web_step steps[] = { { .ask = show_ask, .read = show_read } };
	static const struct web_page_def def = { .name = "admin_bouncer",
		.methods = WEB_GET,
		.access = ACCESS_OPS,
		.audit = "bouncers.show",
		.audited = path_audited,
		.inputs = inputs,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = 1,
		.render = show_render };

	return web_flow_run(req, &def);
}

/* ---- POST /admin/bouncers/{name}/{act} ---- */

struct act_page {
	struct web_flow flow;
	enum bouncer_admin_act act;
	char *name;
};

/* The last part of the path, which a route of its own has led here. */
static enum bouncer_admin_act
act_of(struct web_flow *f)
{
	char *word;

	if (web_path_part(&word, &f->arena, f->req->path, 3) != ERR_OK)
		return BOUNCER_ACT__MAX;
	for (int i = 0; i < BOUNCER_ACT__MAX; i++)
		if (strcmp(word, bouncer_admin_act_words[i]) == 0)
			return (enum bouncer_admin_act)i;
	return BOUNCER_ACT__MAX;
}

/* Its owner reads it: a line that says something. */
static enum err
check_why(struct web_flow *f, const char *why)
{
	if (why == NULL || strspn(why, " ") == strlen(why))
		return web_flow_fail_advised(
		    f, ERR_INVALID, "There is no reason. Go back and say why: its owner reads it.");
	for (const char *c = why; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return web_flow_fail_advised(f, ERR_INVALID,
			    "The reason must be one line, without line breaks and other control "
			    "characters. Go back and write it anew.");
	return ERR_OK;
}

static enum err
act_ask(struct web_flow *f, struct db_query *q)
{
	struct act_page *p = (struct act_page *)f;
	const char *why = NULL;
	enum err e = web_path_part(&p->name, &f->arena, f->req->path, 2);

	p->act = act_of(f);
	if (p->act == BOUNCER_ACT__MAX)
		return ERR_NOT_FOUND;
	if (e == ERR_OK && p->act == BOUNCER_ACT_SUSPEND) {
		why = f->values[0].text;
		e = check_why(f, why);
	}
	if (e == ERR_OK)
		bouncer_admin_store_act(q, p->act, p->name, why);
	return e;
}

static enum err
act_read(struct web_flow *f, const PGresult *res)
{
	struct act_page *p = (struct act_page *)f;
	struct bouncer b;
	bool is_done;
	const enum err e = bouncer_admin_store_act_read(&b, &is_done, &f->arena, res);

	if (e == ERR_NOT_FOUND)
		return not_there(f);
	if (e != ERR_OK)
		return e;
	if (!is_done)
		return web_flow_fail(f, ERR_CONFLICT, bouncer_admin_refusal(&b, p->act, &f->arena));
	web_flow_redirect(f, arena_printf(&f->arena, BOUNCER_ADMIN_PATH "/%s?done=%s",
				 url_encode(&f->arena, p->name), bouncer_admin_act_words[p->act]));
	return ERR_OK;
}

static const struct web_step act_steps[] = { { .ask = act_ask, .read = act_read } };
static const struct web_input why_inputs[] = {
	{ "why", WEB_TEXT, .max = BOUNCER_SUSPENDED_WHY_MAX }, { NULL }
};

/* Each is written down under its own name. */
#define ACT_PAGE                                                                                   \
	.methods = WEB_POST, .access = ACCESS_OPS, .audited = path_audited, .inputs = why_inputs,  \
	.size = sizeof(struct act_page), .steps = act_steps, .nsteps = 1

int
bouncer_admin_restart(struct http_request *req)
{
	static const struct web_page_def def = {
		.name = "admin_bouncer_restart", .audit = "bouncers.restart", ACT_PAGE
	};

	return web_flow_run(req, &def);
}

int
bouncer_admin_suspend(struct http_request *req)
{
	static const struct web_page_def def = {
		.name = "admin_bouncer_suspend", .audit = "bouncers.suspend", ACT_PAGE
	};

	return web_flow_run(req, &def);
}

int
bouncer_admin_resume(struct http_request *req)
{
	static const struct web_page_def def = {
		.name = "admin_bouncer_resume", .audit = "bouncers.resume", ACT_PAGE
	};

	return web_flow_run(req, &def);
}

int
bouncer_admin_retry(struct http_request *req)
{
	static const struct web_page_def def = {
		.name = "admin_bouncer_retry", .audit = "bouncers.retry", ACT_PAGE
	};

	return web_flow_run(req, &def);
}

/* ---- GET and POST /admin/bouncers/notice ---- */

enum { NOTICE_TEXT, NOTICE_BOUNCER, NOTICE_ONCE, NOTICE_BEFORE, NOTICE_DONE };
static const char *const notice_words[] = { "sent", "before" };

struct notice_page {
	struct web_flow flow;
	const char *text, *bouncer, *problem;
	struct bouncer_sojus sojus;
	bool has_sojus;
	struct bouncer_notice_list sent;
	struct admin_notice_view view;
};

static const char *
notice_audited(struct web_flow *f)
{
	const char *bouncer = text_or_null(&f->values[NOTICE_BOUNCER]);

	return bouncer != NULL
		   ? text_short(&f->arena, text_safe(&f->arena, bouncer), NAME_MAX_CHARS)
		   : "all";
}

/* A look at the page without a text is no mistake. */
static void
notice_take(struct web_flow *f)
{
	struct notice_page *p = (struct notice_page *)f;

	p->text = f->values[NOTICE_TEXT].text;
	p->bouncer = text_or_null(&f->values[NOTICE_BOUNCER]);
	if (p->text == NULL && is_post(f))
		p->text = "";
	if (p->text != NULL)
		p->problem = bouncer_notice_problem(p->text);
	if (is_post(f) && p->problem == NULL && text_or_null(&f->values[NOTICE_ONCE]) == NULL)
		p->problem = "The form was not whole. Look at it once more and send it again.";
	if (p->problem != NULL)
		f->status = HTTP_STATUS_BAD_REQUEST;
}

static enum err
send_ask(struct web_flow *f, struct db_query *q)
{
	struct notice_page *p = (struct notice_page *)f;
	struct bouncer_notice_form form;

	notice_take(f);
	if (!is_post(f) || p->problem != NULL)
		return ERR_OK;
	form = (struct bouncer_notice_form){ .text = p->text,
		.actor_sub = f->session.sub,
		.bouncer = p->bouncer,
		.once = f->values[NOTICE_ONCE].text };
	bouncer_admin_store_notice(q, &form);
	return ERR_OK;
}

static enum err
send_read(struct web_flow *f, const PGresult *res)
{
	enum bouncer_notice_sent sent;
	const enum err e = bouncer_admin_store_notice_read(&sent, res);

	if (e != ERR_OK)
		return e;
	if (sent == BOUNCER_NOTICE_NOBODY)
		return web_flow_fail(f, ERR_CONFLICT,
		    "Nobody could be told: no soju that fits is running (any more).");
	web_flow_redirect(f, arena_printf(&f->arena, BOUNCER_ADMIN_NOTICE_PATH "?done=%s",
				 notice_words[sent == BOUNCER_NOTICE_SENT_BEFORE]));
	return ERR_OK;
}

static enum err
sojus_ask(struct web_flow *f, struct db_query *q)
{
	struct notice_page *p = (struct notice_page *)f;

	if (p->text != NULL && p->problem == NULL)
		bouncer_admin_store_sojus(q, p->bouncer);
	return ERR_OK;
}

static enum err
sojus_read(struct web_flow *f, const PGresult *res)
{
	struct notice_page *p = (struct notice_page *)f;

	p->has_sojus = true;
	return bouncer_admin_store_sojus_read(&p->sojus, res);
}

static enum err
sent_ask(struct web_flow *f, struct db_query *q)
{
	bouncer_admin_store_notices(
	    q, web_value_number(&f->values[NOTICE_BEFORE], 0), BOUNCER_ADMIN_NOTICES_PER_PAGE + 1);
	return ERR_OK;
}

static enum err
sent_read(struct web_flow *f, const PGresult *res)
{
	return bouncer_admin_store_notices_rows(&((struct notice_page *)f)->sent, &f->arena, res);
}

static const char *
notice_flash(const struct web_value *done)
{
	if (done->text == NULL)
		return NULL;
	return done->number == 0 ? "The notice is on its way."
				 : "This form has sent its notice already; it is not sent twice.";
}

static enum err
notice_render(struct web_flow *f, struct strbuf *out)
{
	struct notice_page *p = (struct notice_page *)f;
	const struct admin_notice_facts facts = { .text = p->text,
		.bouncer = p->bouncer,
		.problem = p->problem,
		.sojus = p->has_sojus ? &p->sojus : NULL,
		.sent = p->sent.v,
		.n = p->sent.n,
		.are_older = !is_post(f) && f->values[NOTICE_BEFORE].text != NULL };
	char once[RANDOM_TOKEN_SIZE];

	random_token(once);
	admin_notice_view_init(&p->view, &facts, &f->arena);
	p->view.once = arena_strdup(&f->arena, once);
	p->view.csrf = web_session_csrf(&f->session, &f->arena, BOUNCER_ADMIN_NOTICE_PATH);
	f->here = BOUNCER_ADMIN_NOTICE_PATH;
	web_page_frame(f, &p->view.frame, "Maintenance notice");
	if (!is_post(f))
		p->view.frame.flash = notice_flash(&f->values[NOTICE_DONE]);
	return web_template_render(&admin_notice_view_type, &p->view, out);
}

/* Looking is written down in other words than sending. The bounds of what is typed are told by the
 * page itself. */
int
bouncer_admin_notice(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[NOTICE_TEXT] = { "text", WEB_TEXT },
		[NOTICE_BOUNCER] = { "bouncer", WEB_TEXT, .max = NAME_MAX_CHARS },
		[NOTICE_ONCE] = { "once", WEB_TEXT, .max = ONCE_MAX },
		[NOTICE_BEFORE] = { "before", WEB_INT, .min = 1 },
		[NOTICE_DONE] = { "done", WEB_ENUM, .words = notice_words, .nwords = 2 },
		{ NULL },
	};
	static const struct web_step steps[] = {
		{ .ask = send_ask, .read = send_read },
		{ .ask = sojus_ask, .read = sojus_read },
		{ .ask = sent_ask, .read = sent_read, .is_at_once = true },
	};
#define NOTICE_PAGE                                                                                \
	.name = "admin_bouncer_notice", .methods = WEB_GET | WEB_POST, .access = ACCESS_OPS,       \
	.inputs = inputs, .size = sizeof(struct notice_page), .steps = steps, .nsteps = 3,         \
	.render = notice_render
	static const struct web_page_def look = { NOTICE_PAGE, .audit = "bouncers.notices" };
	static const struct web_page_def send = { NOTICE_PAGE, .audit = "bouncers.notice",
		.audited = notice_audited };

	return web_flow_run(req, req->method == HTTP_METHOD_POST ? &send : &look);
}
