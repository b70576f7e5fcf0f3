#include "txt/paste_show_http.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "content/content_views.h"
#include "metrics/metrics.h"
#include "txt/colour.h"
#include "txt/paste_colouring_http.h"
#include "txt/paste_kept.h"
#include "txt/paste_store.h"
#include "txt/paste_view.h"
#include "web/web_flow.h"
#include "web/web_page.h"
#include "web/web_path.h"
#include "web/web_template.h"

static const char gone[] = "There is no paste at this address. It may have expired or been "
			   "deleted, or it is private.";

/* For all three; the flow comes first. */
struct show_page {
	struct web_flow flow;
	const struct paste *paste;
	int64_t asked_us;
	struct strbuf html, code;
	struct paste_wait wait;
	bool has_waited;
	struct paste_show_view view;
};

static enum err
find_id(struct web_flow *f, char **id)
{
	if (web_path_part(id, &f->arena, f->req->path, 0) != ERR_OK || !content_id_is_valid(*id))
		return web_flow_fail(f, ERR_NOT_FOUND, gone);
	return ERR_OK;
}

static bool
is_owner(const struct web_flow *f, const struct paste *p)
{
	return f->session.user_id != 0 && f->session.user_id == p->user_id;
}

static void
count_view(struct web_flow *f, const struct paste *p)
{
	if (f->req->method == HTTP_METHOD_GET && !is_owner(f, p))
		content_views_add(p->id);
}

/* What nobody should find by searching. */
static void
hide(struct web_flow *f, const struct paste *p)
{
	if (p->visibility != VISIBILITY_PUBLIC)
		web_flow_header(f, "x-robots-tag", "noindex");
}

static enum err
show_ask(struct web_flow *f, struct db_query *q)
{
	char *id;
	enum err e = find_id(f, &id);

	((struct show_page *)f)->asked_us = clock_monotonic_us();
	if (e == ERR_OK)
		paste_store_show(q, id, f->session.user_id);
	return e;
}

static enum err
show_read(struct web_flow *f, const PGresult *res)
{
	struct paste *p;
	enum err e = paste_store_show_read(&p, &f->arena, res);

	if (e != ERR_OK)
		return e;
	if (p == NULL)
		return web_flow_fail(f, ERR_NOT_FOUND, gone);
	((struct show_page *)f)->paste = p;
	count_view(f, p);
	hide(f, p);
	return ERR_OK;
}

/* ---- The page ---- */

static bool
has_colours(const struct paste *p)
{
	return p->syntax != SYNTAX_TEXT && p->body_len <= COLOUR_BYTES_MAX;
}

static void
wake(void *arg)
{
	web_step_wake(arg);
}

static int
wait_for_colours(struct web_flow *f)
{
	struct show_page *p = (struct show_page *)f;

	if (p->paste->html != NULL || !has_colours(p->paste) ||
	    p->paste->body_len <= PASTE_COLOURED_AT_ONCE)
		return 0;
	p->has_waited = true;
	p->wait = (struct paste_wait){ .wake = wake, .arg = f, .html = &p->html };
	return paste_colouring_start(p->paste, &p->wait) ? PASTE_COLOURING_PATIENCE_MS : 0;
}

/* Ready, made now, or without colours while they are being made. */
static const char *
coloured(struct show_page *p)
{
	const struct paste *paste = p->paste;
	int64_t began_us;

	paste_colouring_cancel(&p->wait);
	if (paste->html != NULL)
		return paste->html;
	if (p->html.len > 0)
		return strbuf_text(&p->html);
	began_us = clock_monotonic_us();
	colour_html(
	    &p->html, p->has_waited ? SYNTAX_TEXT : paste->syntax, paste->body, paste->body_len);
	if (has_colours(paste) && !p->has_waited)
		metrics_observe(HISTOGRAM_PASTE_COLOURING, NULL, clock_monotonic_us() - began_us);
	return strbuf_text(&p->html);
}

static enum err
show_render(struct web_flow *f, struct strbuf *out)
{
	struct show_page *p = (struct show_page *)f;
	struct paste_show_view *v = &p->view;

	paste_show_view_init(v, p->paste, coloured(p), is_owner(f, p->paste), settings.public_url,
	    clock_now(), &p->code, &f->arena);
	f->within = v->is_owner ? "/pastes" : "/";
	web_page_frame(f, &v->frame, v->title);
	return web_template_render(&paste_show_view_type, v, out);
}

static void
show_free(struct web_flow *f)
{
	paste_colouring_cancel(&((struct show_page *)f)->wait);
	strbuf_free(&((struct show_page *)f)->html);
	strbuf_free(&((struct show_page *)f)->code);
}

int
paste_show(struct http_request *req)
{
	static const struct web_step steps[] = { { .ask = show_ask, .read = show_read },
		{ .wait = wait_for_colours } };
	static const struct web_page_def def = { .name = "paste_show",
		.methods = WEB_GET,
		.size = sizeof(struct show_page),
		.steps = steps,
		.nsteps = 2,
		.render = show_render,
		.free = show_free };

	return web_flow_run(req, &def);
}

/* ---- The bytes ---- */

/* The text never changes, so its address names it. `fd` is a file with it, or -1. */
static void
answer_bytes(struct web_flow *f, const struct paste *p, int fd)
{
	const char *etag = arena_printf(&f->arena, "\"%s\"", p->public_id);
	struct web_file file = { .size = (int64_t)p->body_len, .etag = etag, .fd = fd };

	file.range = web_file_range(f, etag, file.size);
	file.bytes = p->body != NULL ? p->body + file.range.from : NULL;
	if (p->visibility == VISIBILITY_PRIVATE)
		f->cache = "private, no-store";
	else
		f->cache = arena_printf(&f->arena, "%s, max-age=%" PRId64,
		    p->visibility == VISIBILITY_PUBLIC ? "public" : "private",
		    paste_max_age(p, clock_now()));
	web_file_set(f, &file);
}

static enum err
raw_ask(struct web_flow *f, struct db_query *q)
{
	const struct paste *p;
	char *id;
	int fd;
	enum err e = find_id(f, &id);

	if (e != ERR_OK)
		return e;
	p = paste_kept_find(id, clock_now(), clock_monotonic_us(), &fd);
	if (p == NULL)
		return show_ask(f, q);
	((struct show_page *)f)->paste = p;
	count_view(f, p);
	hide(f, p);
	answer_bytes(f, p, fd);
	return ERR_OK;
}

static enum err
raw_read(struct web_flow *f, const PGresult *res)
{
	struct show_page *p = (struct show_page *)f;
	enum err e = show_read(f, res);

	if (e != ERR_OK)
		return e;
	paste_kept_put(p->paste, p->asked_us);
	answer_bytes(f, p->paste, -1);
	return ERR_OK;
}

static enum err
download_read(struct web_flow *f, const PGresult *res)
{
	enum err e = show_read(f, res);
	const struct paste *p = ((struct show_page *)f)->paste;

	if (e != ERR_OK)
		return e;
	web_flow_header(f, "content-disposition",
	    arena_printf(&f->arena, "attachment; filename=\"%s\"", paste_file_name(p, &f->arena)));
	answer_bytes(f, p, -1);
	return ERR_OK;
}

#define RAW_DEF(what, ask_step, read_step)                                                         \
	static const struct web_step steps[] = { { .ask = (ask_step), .read = (read_step) } };     \
	static const struct web_page_def def = { .name = (what),                                   \
		.methods = WEB_GET,                                                                \
		.is_foreign = true,                                                                \
		.type = "text/plain; charset=utf-8",                                               \
		.size = sizeof(struct show_page),                                                  \
		.steps = steps,                                                                    \
		.nsteps = 1 }

int
paste_raw(struct http_request *req)
{
	RAW_DEF("paste_raw", raw_ask, raw_read);

	return web_flow_run(req, &def);
}

int
paste_download(struct http_request *req)
{
	RAW_DEF("paste_download", show_ask, download_read);

	return web_flow_run(req, &def);
}
