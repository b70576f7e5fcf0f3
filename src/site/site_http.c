#include "site/site_http.h"

#include "account/visit_http.h"
#include "base/stop_note.h"
#include "db/db_row.h"
#include "db/db_schema.h"
#include "site/landing_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_template.h"

#define PLAIN "text/plain; charset=utf-8"

struct landing_page {
	struct web_flow flow;
	struct landing_view view;
};

static enum err
landing_render(struct web_flow *f, struct strbuf *out)
{
	struct landing_view *view = &((struct landing_page *)f)->view;

	visit_http_remember(f);
	landing_view_init(view, &f->arena);
	web_page_frame(f, &view->frame, NULL);
	return web_template_render(&landing_view_type, view, out);
}

int
landing_index(struct http_request *req)
{
	static const struct web_page_def def = { .name = "landing",
		.methods = WEB_GET,
		.size = sizeof(struct landing_page),
		.render = landing_render };

	return web_flow_run(req, &def);
}

static enum err
nothing_render(struct web_flow *f, struct strbuf *out)
{
	(void)f;
	(void)out;
	return ERR_NOT_FOUND;
}

int
not_found(struct http_request *req)
{
	static const struct web_page_def def = { .name = "not_found",
		.methods = HTTP_METHOD_ALL,
		.is_csrf_exempt = true,
		.size = sizeof(struct web_flow),
		.render = nothing_render };

	return web_flow_run(req, &def);
}

int
internal_not_found(struct http_request *req)
{
	static const struct web_page_def def = { .name = "internal_not_found",
		.methods = HTTP_METHOD_ALL,
		.is_anonymous = true,
		.is_csrf_exempt = true,
		.type = PLAIN,
		.size = sizeof(struct web_flow),
		.render = nothing_render };

	return web_flow_run(req, &def);
}

static enum err
ok_render(struct web_flow *f, struct strbuf *out)
{
	(void)f;
	strbuf_puts(out, "ok\n");
	return ERR_OK;
}

int
health_live(struct http_request *req)
{
	static const struct web_page_def def = { .name = "healthz",
		.methods = WEB_GET,
		.is_anonymous = true,
		.type = PLAIN,
		.size = sizeof(struct web_flow),
		.render = ok_render };

	return web_flow_run(req, &def);
}

/* For whoever runs the site; people at the public address read another sentence. */
static enum err
not_migrated(struct web_flow *f)
{
	db_schema_set(DB_SCHEMA_BEHIND);
	return web_flow_fail(f, ERR_UNAVAILABLE,
	    "The database lacks migrations of this version: run portal migrate.");
}

/* While it is known to be behind, schema_watch looks every second. */
static enum err
table_ask(struct web_flow *f, struct db_query *q)
{
	if (stop_note_read() != STOP_NONE)
		return web_flow_fail(f, ERR_UNAVAILABLE, "The portal is stopping.");
	if (db_schema_state() == DB_SCHEMA_BEHIND)
		return not_migrated(f);
	db_query_read(q, "SELECT (to_regclass('schema_migrations') IS NOT NULL)::int");
	return ERR_OK;
}

/* They are applied in order: who has the newest one has them all. */
static enum err
newest_ask(struct web_flow *f, struct db_query *q)
{
	(void)f;
	db_query_read(q, "SELECT EXISTS (SELECT FROM schema_migrations WHERE name = $1)::int");
	db_param_text(q, db_schema_newest());
	return ERR_OK;
}

static enum err
ready_read(struct web_flow *f, const PGresult *res)
{
	int64_t is_there = 0;
	enum err e = db_row_only_int(res, &is_there);

	return e == ERR_OK && !is_there ? not_migrated(f) : e;
}

int
health_ready(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = table_ask, .read = ready_read },
		{ .ask = newest_ask, .read = ready_read } };
	static const struct web_page_def def = { .name = "readyz",
		.methods = WEB_GET,
		.is_anonymous = true,
		.type = PLAIN,
		.size = sizeof(struct web_flow),
		.steps = steps,
		.nsteps = 2,
		.render = ok_render };

	return web_flow_run(req, &def);
}
