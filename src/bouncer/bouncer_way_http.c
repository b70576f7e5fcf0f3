#include "bouncer/bouncer_way_http.h"

#include <string.h>

#include "source/source.h"
#include "web/web_asset.h"
#include "web/web_page.h"
#include "web/web_path.h"

bool
bouncer_is_post(const struct web_flow *f)
{
	return f->req->method == HTTP_METHOD_POST;
}

const char *
bouncer_called(const struct web_flow *f)
{
	return f->session.name != NULL ? f->session.name : f->session.email;
}

void
bouncer_lead_on(struct web_flow *f, const char *name)
{
	f->here = f->way_href = bouncer_href(&f->arena, name, "");
	f->way = "The bouncer’s page";
}

enum err
bouncer_fail_missing(struct web_flow *f)
{
	f->way_href = "/bouncers";
	f->way = "Your bouncers";
	return web_flow_fail(f, ERR_NOT_FOUND, "You have no bouncer of this name.");
}

enum err
bouncer_path_name(struct web_flow *f, const char **name)
{
	char *part;

	if (web_path_part(&part, &f->arena, f->req->path, 1) != ERR_OK ||
	    !source_is_bouncer_name(part))
		return bouncer_fail_missing(f);
	*name = part;
	return ERR_OK;
}

enum err
bouncer_find_ask(struct web_flow *f, struct db_query *q)
{
	struct bouncer_flow *b = (struct bouncer_flow *)f;
	const enum err e = bouncer_path_name(f, &b->name);

	if (e == ERR_OK)
		bouncer_store_find(q, f->session.user_id, b->name);
	return e;
}

enum err
bouncer_find_read(struct web_flow *f, const PGresult *res)
{
	const enum err e =
	    bouncer_store_find_read(&((struct bouncer_flow *)f)->bouncer, &f->arena, res);

	return e == ERR_NOT_FOUND ? bouncer_fail_missing(f) : e;
}

enum err
bouncer_need_usable(struct web_flow *f, const struct bouncer *b)
{
	bouncer_lead_on(f, b->name);
	if (strcmp(b->provisioner, "none") == 0)
		return web_flow_fail_advised(f, ERR_CONFLICT,
		    "This bouncer was set up by hand, so it cannot be changed here. Ask the people "
		    "who run this service.");
	if (bouncer_is_usable(b))
		return ERR_OK;
	return web_flow_fail_advised(f, ERR_CONFLICT,
	    bouncer_is_deleted(b)
		? "This bouncer is deleted, so nothing can be changed. Its page says whether that "
		  "can be undone."
	    : b->suspended_at > 0
		? "This bouncer is suspended, so nothing can be changed. Its page says why."
		: "This bouncer is not ready, so nothing can be changed yet. Its page says how far "
		  "it is.");
}

enum err
bouncer_usable_read(struct web_flow *f, const PGresult *res)
{
	const enum err e = bouncer_find_read(f, res);

	return e == ERR_OK ? bouncer_need_usable(f, &((struct bouncer_flow *)f)->bouncer) : e;
}

void
bouncer_frame(struct bouncer_flow *b, struct frame_view *frame, const char *title)
{
	struct arena *a = &b->flow.arena;
	struct link_view *crumbs;
	size_t n;

	web_page_frame(&b->flow, frame, title);
	frame->more_css_href = web_asset_href("bouncers.css");
	n = frame->crumbs.n;
	if (n == 0 || strcmp(title, b->name) == 0)
		return;
	crumbs = arena_array(a, n + 1, sizeof(*crumbs));
	memcpy(crumbs, frame->crumbs.v, (n - 1) * sizeof(*crumbs));
	crumbs[n - 1] = (struct link_view){ .href = bouncer_at(b, ""), .label = b->name };
	crumbs[n] = frame->crumbs.v[n - 1];
	frame->crumbs.v = crumbs;
	frame->crumbs.n = n + 1;
}

const char *
bouncer_at(struct bouncer_flow *b, const char *rest)
{
	return bouncer_href(&b->flow.arena, b->name, rest);
}

const char *const bouncer_news_words[BOUNCER_NEWS__MAX] = {
	[BOUNCER_NEWS_ADDED] = "added",
	[BOUNCER_NEWS_CHANGED] = "changed",
	[BOUNCER_NEWS_ENABLED] = "enabled",
	[BOUNCER_NEWS_DISABLED] = "disabled",
	[BOUNCER_NEWS_REMOVED] = "removed",
	[BOUNCER_NEWS_RESTART] = "restart",
	[BOUNCER_NEWS_UNDONE] = "undone",
	[BOUNCER_NEWS_RETRY] = "retry",
};

void
bouncer_tell(struct bouncer_flow *b, enum bouncer_news news)
{
	web_flow_redirect(&b->flow, arena_printf(&b->flow.arena, "%s?done=%s", bouncer_at(b, ""),
					bouncer_news_words[news]));
}

const char *
bouncer_csrf(struct bouncer_flow *b, const char *rest)
{
	return web_session_csrf(&b->flow.session, &b->flow.arena, bouncer_at(b, rest));
}
