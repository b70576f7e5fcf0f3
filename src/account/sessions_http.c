#include "account/sessions_http.h"

#include "account/session_store.h"
#include "account/sessions_view.h"
#include "base/clock.h"
#include "base/keep.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PAGE "/account/sessions"
#define END PAGE "/end"
#define END_OTHERS PAGE "/end-others"

/* ---- GET /account/sessions ---- */

/* What was just done, as the address of the page says it. */
enum ended { ENDED_ONE, ENDED_OTHERS, ENDED__MAX };
static const char *const ended_words[ENDED__MAX] = { "one", "others" };
static const char *const ended_sentences[ENDED__MAX] = {
	"That session has ended.",
	"You are now signed in here only.",
};

struct sessions_page {
	struct web_flow flow;
	struct session_list sessions;
	struct activity_list activity;
	struct sessions_view view;
};

static enum err
list_ask(struct web_flow *f, struct db_query *q)
{
	session_store_list(q, f->session.user_id, f->session.token_hash);
	return ERR_OK;
}

static enum err
list_read(struct web_flow *f, const PGresult *res)
{
	return session_store_list_read(&((struct sessions_page *)f)->sessions, &f->arena, res);
}

static enum err
activity_ask(struct web_flow *f, struct db_query *q)
{
	session_store_activity(q, f->session.sub);
	return ERR_OK;
}

static enum err
activity_read(struct web_flow *f, const PGresult *res)
{
	return session_store_activity_read(&((struct sessions_page *)f)->activity, &f->arena, res);
}

static enum err
index_render(struct web_flow *f, struct strbuf *out)
{
	struct sessions_page *p = (struct sessions_page *)f;
	struct sessions_view *v = &p->view;

	sessions_view_init(v, &p->sessions, &p->activity, clock_now(), &f->arena);
	v->roles = f->session.roles;
	v->end_csrf = web_session_csrf(&f->session, &f->arena, END);
	v->end_others_csrf = web_session_csrf(&f->session, &f->arena, END_OTHERS);
	web_page_frame(f, &v->frame, "Where you are signed in");
	if (f->values[0].text != NULL)
		v->frame.flash = ended_sentences[f->values[0].number];
	return web_template_render(&sessions_view_type, v, out);
}

int
sessions_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		{ "ended", WEB_ENUM, .words = ended_words, .nwords = ENDED__MAX }, { NULL }
	};
	static const struct web_step steps[] = {
		{ .ask = list_ask, .read = list_read },
		{ .ask = activity_ask, .read = activity_read, .is_at_once = true },
	};
	static const struct web_page_def def = { .name = "sessions",
		.methods = WEB_GET,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct sessions_page),
		.steps = steps,
		.nsteps = 2,
		.render = index_render };

	return web_flow_run(req, &def);
}

/* ---- POST /account/sessions/end ---- */

static enum err
ended_read(struct web_flow *f, const PGresult *res)
{
	(void)res;
	keep_drop(f->session.user_id);
	return ERR_OK;
}

static enum err
end_ask(struct web_flow *f, struct db_query *q)
{
	session_store_end(q, f->session.user_id, f->values[0].number);
	web_flow_redirect(f, PAGE "?ended=one");
	return ERR_OK;
}

int
sessions_destroy(struct http_request *req)
{
	static const struct web_input inputs[] = { { "id", WEB_INT, .is_required = true, .min = 1 },
		{ NULL } };
	static const struct web_step steps[] = { { .ask = end_ask, .read = ended_read } };
	static const struct web_page_def def = { .name = "sessions_end",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.inputs = inputs,
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 1 };

	return web_flow_run(req, &def);
}

/* ---- POST /account/sessions/end-others ---- */

static enum err
end_others_ask(struct web_flow *f, struct db_query *q)
{
	session_store_end_others(q, f->session.user_id, f->session.token_hash);
	web_flow_redirect(f, PAGE "?ended=others");
	return ERR_OK;
}

int
sessions_destroy_others(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = end_others_ask, .read = ended_read } };
	static const struct web_page_def def = { .name = "sessions_end_others",
		.methods = WEB_POST,
		.access = ACCESS_MEMBER,
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 1 };

	return web_flow_run(req, &def);
}
