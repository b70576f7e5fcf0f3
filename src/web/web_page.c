#include "web/web_page.h"

#include <string.h>

#include "base/clock.h"
#include "base/json_write.h"
#include "base/settings.h"
#include "web/error_view.h"
#include "web/nav.h"
#include "web/web_asset.h"
#include "web/web_file.h"
#include "web/web_kept.h"
#include "web/web_respond.h"
#include "web/web_template.h"

/* What a person reads about each status stands in error_view.c; the log gets the cause. */
static const int statuses[ERR__MAX] = {
	[ERR_OK] = 200,
	[ERR_INVALID] = 400,
	[ERR_UNAUTHORIZED] = 401,
	[ERR_FORBIDDEN] = 403,
	[ERR_NOT_FOUND] = 404,
	[ERR_METHOD] = 405,
	[ERR_TIMEOUT] = 504,
	[ERR_CONFLICT] = 409,
	[ERR_TOO_LARGE] = 413,
	[ERR_TOO_MANY] = 429,
	[ERR_INTERNAL] = 500,
	[ERR_UPSTREAM] = 502,
	[ERR_UNAVAILABLE] = 503,
	[ERR_FULL] = 507,
};

int
web_page_status(enum err e)
{
	return statuses[e];
}

/* Only the portal has it. */
static const char *
account_href(struct arena *arena)
{
	if (settings.role == ROLE_PORTAL)
		return "/account";
	return *settings.portal_url != '\0' ? arena_printf(arena, "%s/account", settings.portal_url)
					    : NULL;
}

/* What is the same for everybody. */
static struct frame_facts
common_facts(const char *title, const char *path)
{
	return (struct frame_facts){
		.title = title,
		.site_name = settings.site_name,
		.css_href = web_asset_href("portal.css"),
		.js_href = web_asset_href("portal.js"),
		.icon_href = web_asset_href("favicon.svg"),
		.mark_href = web_asset_href("mark.svg"),
		.path = path,
		.now = clock_now(),
	};
}

enum err
web_page_nothing(struct web_flow *f, struct strbuf *out)
{
	(void)f;
	(void)out;
	return ERR_OK;
}

void
web_page_frame(struct web_flow *f, struct frame_view *view, const char *title)
{
	const struct web_session *s = &f->session;
	const char *path = f->req->method & WEB_GET ? f->req->path : "/";
	struct frame_facts facts = common_facts(title, f->here != NULL ? f->here : path);

	facts.within = f->within;
	if (s->user_id != 0) {
		facts.account = s->name != NULL ? s->name : s->email != NULL ? s->email : s->sub;
		facts.account_href = account_href(&f->arena);
		facts.roles = s->roles;
		facts.csrf = web_session_csrf(s, &f->arena, "/signout");
	}
	frame_view_init(view, &facts, &f->arena);
}

/* What a program reads: {"error":"There is nothing at this address.","request_id":"5c1f09ae-1f"} */
static void
write_json_error(const struct error_view *view, struct strbuf *out)
{
	json_write_member(out, "error", view->sentence);
	json_write_member(out, "request_id", view->request_id);
	strbuf_puts(out, "}\n");
}

static bool
is_json(const char *type)
{
	return type != NULL && strncmp(type, WEB_JSON, strlen(WEB_JSON)) == 0;
}

/* Returns the type of what it wrote: who asks for another type than a page is no person. */
static const char *
render_error(struct web_flow *f, enum err e, struct strbuf *out)
{
	struct error_view view = { 0 };

	error_view_init(&view, statuses[e], f->error_text, f->id);
	view.way_href = f->way_href;
	view.way = f->way;
	if (f->is_error_advised)
		view.advice = NULL;
	if (is_json(f->def->type)) {
		write_json_error(&view, out);
		return WEB_JSON;
	}
	if (f->def->type != NULL) { /* for a program, which has no session that a frame shows */
		strbuf_printf(out, "%s\n", view.sentence);
		return "text/plain; charset=utf-8";
	}
	web_page_frame(f, &view.frame, view.title);
	if (f->session.user_id != 0 && strcmp(nav_home(), "/") != 0)
		view.home_href = nav_home();
	if (web_template_render(&error_view_type, &view, out) == ERR_OK)
		return "text/html; charset=utf-8";
	strbuf_printf(out, "%s\n", view.sentence);
	return "text/plain; charset=utf-8";
}

/* Which page it was for is not known, so there is no link to try it again. */
enum err
web_page_stranger_error(int status, const char *sentence, struct strbuf *out)
{
	struct arena arena = { 0 };
	struct error_view view = { 0 };
	struct frame_facts facts;
	enum err e;

	error_view_init(&view, status, sentence, NULL);
	view.offers_retry = false;
	facts = common_facts(view.title, "/");
	frame_view_init(&view.frame, &facts, &arena);
	e = web_template_render(&error_view_type, &view, out);
	arena_free(&arena);
	return e;
}

static void
answer_error(struct web_flow *f, enum err e)
{
	const char *type;
	struct strbuf out = { 0 };

	f->err = e;
	if (f->place == NULL)
		f->place = "render";
	if (e == ERR_UNAVAILABLE || e == ERR_TOO_MANY)
		web_flow_header(f, "retry-after",
		    arena_printf(&f->arena, "%d", f->retry_after_s > 0 ? f->retry_after_s : 5));
	type = render_error(f, e, &out);
	web_respond(f, statuses[e], type, "no-store", strbuf_text(&out), out.len);
	strbuf_free(&out);
}

void
web_page_answer(struct web_flow *f, enum err e)
{
	struct strbuf out = { 0 };

	if (e == ERR_OK && f->location != NULL) {
		web_flow_header(f, "location", f->location);
		web_respond(
		    f, HTTP_STATUS_SEE_OTHER, "text/plain; charset=utf-8", "no-store", "", 0);
		return;
	}
	if (e == ERR_OK && f->file != NULL) {
		web_file_answer(f);
		return;
	}
	if (e == ERR_OK && f->kept != NULL) {
		web_respond(f, f->status, f->type, f->cache, strbuf_text(f->kept), f->kept->len);
		return;
	}
	if (e == ERR_OK)
		e = f->def->render(f, &out);
	if (e == ERR_OK) {
		web_respond(f, f->status, f->type, f->cache, strbuf_text(&out), out.len);
		web_kept_put(f, &out);
	} else {
		answer_error(f, e);
	}
	strbuf_free(&out);
}
