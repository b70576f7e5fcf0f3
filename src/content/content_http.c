#include "content/content_http.h"

#include <string.h>

#include "account/caller_cache.h"
#include "base/json_write.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/rfc3339.h"
#include "base/settings.h"
#include "clients/activity_api.h"
#include "content/content_store.h"
#include "web/web_flow.h"
#include "web/web_path.h"

#define SUB_PART 2 /* of /api/usage/{sub} */

static const char *
count_name(void)
{
	return settings.role == ROLE_TXT ? "paste_count" : "image_count";
}

static enum err
find_sub(struct web_flow *f, char **sub)
{
	return web_path_part(sub, &f->arena, f->req->path, SUB_PART);
}

/* ---- GET /api/usage/{sub} ---- */

struct usage_page {
	struct web_flow flow;
	struct content_usage usage;
};

static enum err
usage_ask(struct web_flow *f, struct db_query *q)
{
	char *sub;
	enum err e = find_sub(f, &sub);

	if (e == ERR_OK)
		content_store_usage(q, sub);
	return e;
}

static enum err
usage_read(struct web_flow *f, const PGresult *res)
{
	return content_store_usage_read(res, &((struct usage_page *)f)->usage);
}

static void
write_usage(struct strbuf *out, const struct content_usage *usage)
{
	json_write_member_int(out, count_name(), usage->count);
	json_write_member_int(out, "storage_bytes", usage->bytes);
}

static enum err
usage_render(struct web_flow *f, struct strbuf *out)
{
	write_usage(out, &((struct usage_page *)f)->usage);
	strbuf_puts(out, "}");
	return ERR_OK;
}

int
content_usage_show(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = usage_ask, .read = usage_read } };
	static const struct web_page_def def = { .name = "usage",
		.methods = WEB_GET,
		.access = ACCESS_SERVICE,
		.type = WEB_JSON,
		.size = sizeof(struct usage_page),
		.steps = steps,
		.nsteps = 1,
		.render = usage_render };

	return web_flow_run(req, &def);
}

/* ---- GET /api/activity ---- */

#define DAY_TEXT_MAX 10

enum { DAY, AFTER };

struct makers_page {
	struct web_flow flow;
	const char **subs;
	size_t n;
};

static bool
is_day(struct arena *a, const char *text)
{
	int64_t at;

	return strlen(text) == DAY_TEXT_MAX &&
	       rfc3339_parse(arena_printf(a, "%sT00:00:00Z", text), &at) == ERR_OK;
}

static enum err
activity_ask(struct web_flow *f, struct db_query *q)
{
	if (!is_day(&f->arena, f->values[DAY].text))
		return ERR_INVALID;
	content_store_makers(
	    q, f->values[DAY].text, web_value_text(&f->values[AFTER], ""), ACTIVITY_API_PAGE + 1);
	return ERR_OK;
}

static enum err
activity_read(struct web_flow *f, const PGresult *res)
{
	struct makers_page *p = (struct makers_page *)f;

	return content_store_makers_read(&p->subs, &p->n, &f->arena, res);
}

/* One more was asked for than is told: whether there is a next page. */
static enum err
activity_render(struct web_flow *f, struct strbuf *out)
{
	const struct makers_page *p = (struct makers_page *)f;
	const size_t n = p->n > ACTIVITY_API_PAGE ? ACTIVITY_API_PAGE : p->n;

	json_write_name(out, "subs");
	strbuf_putc(out, '[');
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_putc(out, ',');
		json_write_text(out, p->subs[i]);
	}
	strbuf_putc(out, ']');
	json_write_member(out, "next", p->n > n ? p->subs[n - 1] : NULL);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

int
content_activity_index(struct http_request *req)
{
	static const struct web_input inputs[] = {
		[DAY] = { "day", WEB_TEXT, .is_required = true, .max = DAY_TEXT_MAX },
		[AFTER] = { "after", WEB_TEXT },
		{ NULL },
	};
	static const struct web_step steps[] = { { .ask = activity_ask, .read = activity_read } };
	static const struct web_page_def def = { .name = "activity",
		.methods = WEB_GET,
		.access = ACCESS_SERVICE,
		.type = WEB_JSON,
		.inputs = inputs,
		.size = sizeof(struct makers_page),
		.steps = steps,
		.nsteps = 1,
		.render = activity_render };

	return web_flow_run(req, &def);
}

/* ---- DELETE /api/content/{sub} ---- */

#define ERASE_AT_ONCE 500 /* objects of one statement */

struct erase_page {
	struct web_flow flow;
	char *sub;
	int64_t user_id;
	struct content_usage erased;
	bool is_complete;
};

static enum err
who_ask(struct web_flow *f, struct db_query *q)
{
	struct erase_page *p = (struct erase_page *)f;
	enum err e = find_sub(f, &p->sub);

	if (e == ERR_OK)
		content_store_find_user(q, p->sub);
	return e;
}

static enum err
who_read(struct web_flow *f, const PGresult *res)
{
	struct erase_page *p = (struct erase_page *)f;
	enum err e = content_store_find_user_read(res, &p->user_id);

	p->is_complete = p->user_id == 0;
	return e;
}

static enum err
erase_ask(struct web_flow *f, struct db_query *q)
{
	struct erase_page *p = (struct erase_page *)f;

	if (!p->is_complete)
		content_store_erase(q, p->sub, ERASE_AT_ONCE);
	return ERR_OK;
}

static enum err
erase_read(struct web_flow *f, const PGresult *res)
{
	struct erase_page *p = (struct erase_page *)f;
	struct content_usage some = { 0 };
	enum err e = content_store_usage_read(res, &some);

	p->erased.count += some.count;
	p->erased.bytes += some.bytes;
	p->is_complete = some.count == 0;
	keep_drop(p->user_id);
	return e;
}

/* A token that was good a moment ago would make a row again, which nobody would erase. */
static enum err
forget_ask(struct web_flow *f, struct db_query *q)
{
	struct erase_page *p = (struct erase_page *)f;

	if (p->is_complete)
		caller_cache_forget();
	if (p->is_complete && p->user_id != 0)
		content_store_forget(q, p->sub);
	return ERR_OK;
}

static enum err
forget_read(struct web_flow *f, const PGresult *res)
{
	(void)res;
	keep_drop(((struct erase_page *)f)->user_id);
	log_info("content", "an account was erased");
	return ERR_OK;
}

static enum err
erase_render(struct web_flow *f, struct strbuf *out)
{
	const struct erase_page *p = (struct erase_page *)f;

	write_usage(out, &p->erased);
	json_write_member_bool(out, "is_complete", p->is_complete);
	strbuf_puts(out, "}\n");
	return ERR_OK;
}

/* A few thousand objects in one request, each statement far from its time limit. */
#define ERASE                                                                                      \
	{                                                                                          \
		.ask = erase_ask, .read = erase_read                                               \
	}
#define ERASE_4 ERASE, ERASE, ERASE, ERASE

int
content_destroy(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = who_ask, .read = who_read }, ERASE_4,
		ERASE_4, ERASE_4, ERASE_4, { .ask = forget_ask, .read = forget_read } };
	static const struct web_page_def def = { .name = "content_erase",
		.methods = WEB_DELETE,
		.access = ACCESS_SERVICE,
		.type = WEB_JSON,
		.size = sizeof(struct erase_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = erase_render };

	return web_flow_run(req, &def);
}
