#include "track/track_http.h"

#include "base/json_read.h"
#include "base/json_write.h"
#include "db/db_row.h"
#include "track/track_report.h"
#include "track/track_store.h"
#include "web/web_body.h"
#include "web/web_flow.h"

#define BODY_MAX ((size_t)256 * 1024) /* of TRACK_BATCH_ROWS */

struct track_page {
	struct web_flow flow;
	bool is_new;
};

/* ---- POST /api/requests ---- */

static enum err
report_ask(struct web_flow *f, struct db_query *q)
{
	const struct json *root;
	const char *body;
	size_t len;
	enum err e = web_body_bytes(f, &body, &len);

	if (e != ERR_OK)
		return e;
	if (json_read_parse(&root, &f->arena, body, len) != ERR_OK ||
	    track_report_check(root) != ERR_OK)
		return web_flow_fail(
		    f, ERR_INVALID, "The body must be a report as txt and pics write it.");
	track_store_add(q, arena_strndup(&f->arena, body, len));
	return ERR_OK;
}

static enum err
report_read(struct web_flow *f, const PGresult *res)
{
	return db_row_only_bool(res, &((struct track_page *)f)->is_new);
}

static enum err
report_render(struct web_flow *f, struct strbuf *out)
{
	json_write_member_bool(out, "is_new", ((struct track_page *)f)->is_new);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

int
track_create(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = report_ask, .read = report_read } };
	static const struct web_page_def def = { .name = "api_requests",
		.methods = WEB_POST,
		.access = ACCESS_SERVICE,
		.limit = LIMIT_NONE,
		.max_body = BODY_MAX,
		.type = WEB_JSON,
		.size = sizeof(struct track_page),
		.steps = steps,
		.nsteps = 1,
		.render = report_render };

	return web_flow_run(req, &def);
}
