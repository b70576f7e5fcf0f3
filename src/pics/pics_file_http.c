/* See pics_file_http.h. */
#include "pics/pics_file_http.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "blob/blob.h"
#include "content/content_views.h"
#include "pics/pics_find_http.h"
#include "web/web_file.h"
#include "web/web_task.h"

/* ---- Bytes that are not in files: fetched by a task ---- */

#define FETCH_PATIENCE_MS 15000

struct fetch {
	struct web_task task;
	struct arena arena;
	const char *key;
	int64_t from, len;
	struct strbuf bytes;
	enum err err;
};

static struct web_task_lane fetch_lane = { .running_max = 4, .waiting_max = 400 };

static void
fetch_work(struct web_task *task)
{
	struct fetch *t = (struct fetch *)task;
	struct strbuf why = { 0 };

	t->err = blob_get(t->key, t->from, t->len, &t->bytes, &why);
	if (t->err != ERR_OK)
		log_error("pics", "a picture could not be fetched: %s", strbuf_text(&why));
	strbuf_free(&why);
}

static void
fetch_free(struct web_task *task)
{
	struct fetch *t = (struct fetch *)task;

	strbuf_free(&t->bytes);
	arena_free(&t->arena);
	free(t);
}

/* ---- The page ---- */

struct file_page {
	struct pics_page pics;
	enum pics_part part;
	const char *key;
	struct web_file file;
	struct fetch *fetch;
};

static struct picture *
picture_of(struct web_flow *f)
{
	return &((struct pics_page *)f)->picture;
}

static enum err
check_extension(struct web_flow *f)
{
	const char *dot = strrchr(f->req->path, '.');

	if (dot == NULL)
		return ERR_OK;
	return strcmp(dot + 1, pics_extension(picture_of(f)->format)) == 0 ? ERR_OK : ERR_NOT_FOUND;
}

/* What has no smaller version is shown itself. */
static enum pics_part
part_of(struct web_flow *f)
{
	const char *slash = strrchr(f->req->path, '/');
	enum pics_part part = PICS_FULL;

	if (strcmp(slash, "/view") == 0)
		part = PICS_VIEW;
	if (strcmp(slash, "/thumb") == 0)
		part = PICS_THUMB;
	return picture_of(f)->bytes[part] > 0 ? part : PICS_FULL;
}

/*
 * An address never means other bytes, so they may be kept for ever; caches that others share get
 * none of what is private. Types come from the format that was written by us.
 */
static void
set_headers(struct web_flow *f, enum pics_part part)
{
	const struct picture *p = picture_of(f);

	f->type =
	    part == PICS_FULL ? image_format_types[p->format] : image_format_types[IMAGE_WEBP];
	f->cache = p->visibility == VISIBILITY_PRIVATE ? "private, no-store"
						       : "public, max-age=31536000, immutable";
	web_flow_header(f, "content-disposition",
	    arena_printf(&f->arena, "inline; filename=\"%s%s.%s\"", p->public_id,
		part == PICS_FULL   ? ""
		: part == PICS_VIEW ? "-view"
				    : "-thumb",
		part == PICS_FULL ? pics_extension(p->format) : "webp"));
	if (p->visibility != VISIBILITY_PUBLIC)
		web_flow_header(f, "x-robots-tag", "noindex");
}

/* Pages show the smaller ones; whoever asks for the picture itself looks at it. */
static void
count_view(struct web_flow *f, const struct web_range *r)
{
	const bool is_begin =
	    r->kind == WEB_RANGE_ALL || (r->kind == WEB_RANGE_PART && r->from == 0);

	if (strrchr(f->req->path, '.') != NULL && is_begin && f->req->method == HTTP_METHOD_GET &&
	    !pics_is_owner(f))
		content_views_add(picture_of(f)->id);
}

static enum err
file_read(struct web_flow *f, const PGresult *res)
{
	struct file_page *p = (struct file_page *)f;
	enum err e = pics_find_read(f, res);

	if (e == ERR_OK)
		e = check_extension(f);
	if (e != ERR_OK)
		return e;
	p->part = part_of(f);
	p->key = pics_blob_key(&f->arena, picture_of(f)->public_id, p->part);
	p->file = (struct web_file){ .fd = -1 };
	p->file.size = picture_of(f)->bytes[p->part];
	p->file.etag = pics_etag(&f->arena, picture_of(f), p->part);
	p->file.range = web_file_range(f, p->file.etag, p->file.size);
	set_headers(f, p->part);
	count_view(f, &p->file.range);
	return ERR_OK;
}

static bool
needs_bytes(const struct web_flow *f)
{
	const struct web_range *r = &((const struct file_page *)f)->file.range;

	return f->req->method != HTTP_METHOD_HEAD &&
	       (r->kind == WEB_RANGE_ALL || r->kind == WEB_RANGE_PART);
}

static int
fetch_wait(struct web_flow *f)
{
	struct file_page *p = (struct file_page *)f;
	struct fetch *t;

	if (!needs_bytes(f) || blob_has_files())
		return 0;
	t = p->fetch = xcalloc(1, sizeof(*t));
	t->task.work = fetch_work;
	t->task.free = fetch_free;
	t->key = arena_strdup(&t->arena, p->key);
	t->from = p->file.range.from;
	t->len = p->file.range.until - t->from;
	return web_task_start(&t->task, &fetch_lane, f) ? FETCH_PATIENCE_MS : 0;
}

static enum err
take_fetched(struct file_page *p)
{
	struct fetch *t = p->fetch;

	if (!web_task_is_done(&t->task))
		return ERR_UNAVAILABLE;
	if (t->err == ERR_OK && (int64_t)t->bytes.len != t->len)
		t->err = ERR_UPSTREAM;
	p->file.bytes = t->bytes.s;
	return t->err == ERR_OK ? ERR_OK : ERR_UNAVAILABLE;
}

/* A row without its bytes is a mistake of ours, or somebody else was at the folder. */
static enum err
open_file(struct file_page *p)
{
	struct blob_file file;
	enum err e = blob_file(p->key, &file);

	if (e != ERR_OK || file.size != p->file.size) {
		log_error("pics", "a file of picture %" PRId64 " is not as it was stored: %s",
		    p->pics.picture.id, e != ERR_OK ? err_word(e) : "its size differs");
		if (e == ERR_OK)
			close(file.fd);
		return ERR_UNAVAILABLE;
	}
	p->file.fd = file.fd;
	return ERR_OK;
}

static enum err
file_send(struct web_flow *f, struct db_query *q)
{
	struct file_page *p = (struct file_page *)f;
	enum err e = ERR_OK;

	(void)q;
	if (p->fetch != NULL)
		e = take_fetched(p);
	else if (needs_bytes(f))
		e = open_file(p);
	if (e != ERR_OK)
		return web_flow_fail(f, e, "The storage of the pictures does not answer.");
	web_file_set(f, &p->file);
	return ERR_OK;
}

static void
file_free(struct web_flow *f)
{
	struct fetch *t = ((struct file_page *)f)->fetch;

	if (t != NULL)
		web_task_leave(&t->task);
}

static const struct web_step steps[] = {
	{ .ask = pics_find_ask, .read = file_read },
	{ .wait = fetch_wait },
	{ .ask = file_send },
};

#define FILE_DEF(page)                                                                             \
	{                                                                                          \
		.name = (page), .methods = WEB_GET, .is_foreign = true,                            \
		.size = sizeof(struct file_page), .steps = steps,                                  \
		.nsteps = sizeof(steps) / sizeof(steps[0]), .free = file_free                      \
	}

int
picture_file(struct http_request *req)
{
	static const struct web_page_def def = FILE_DEF("picture_file");

	return web_flow_run(req, &def);
}

int
picture_view(struct http_request *req)
{
	static const struct web_page_def def = FILE_DEF("picture_view");

	return web_flow_run(req, &def);
}

int
picture_thumb(struct http_request *req)
{
	static const struct web_page_def def = FILE_DEF("picture_thumb");

	return web_flow_run(req, &def);
}
