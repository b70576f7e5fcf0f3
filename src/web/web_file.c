#include "web/web_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <inttypes.h>
#include <stdio.h>

#include "web/web_flow.h"
#include "web/web_respond.h"

struct web_range
web_file_range(struct web_flow *f, const char *etag, int64_t size)
{
	const struct web_range_ask ask = { .range = web_flow_request_header(f, "range"),
		.if_range = web_flow_request_header(f, "if-range"),
		.if_none_match = web_flow_request_header(f, "if-none-match") };

	return web_range_choose(&ask, etag, size);
}

void
web_file_set(struct web_flow *f, const struct web_file *file)
{
	f->file = arena_alloc(&f->arena, sizeof(*f->file));
	*f->file = *file;
}

void
web_file_end(struct web_flow *f)
{
	if (f->file != NULL && f->file->fd >= 0)
		close(f->file->fd);
	if (f->file != NULL)
		f->file->fd = -1;
}

/*
 * Kore keeps the files it sends open for a while, found by their path; ours are too many for that.
 * Looking for one whose path does not exist makes Kore forget it, and close it once it is sent.
 */
static struct kore_fileref *
make_ref(struct web_flow *f)
{
	static uint64_t n;
	struct kore_server *server = f->req->owner->owner->server;
	struct kore_fileref *ref;
	struct stat st;
	char name[64];

	if (fstat(f->file->fd, &st) != 0)
		st.st_mtim = (struct timespec){ 0 };
	snprintf(name, sizeof(name), "/nonexistent/portal/%" PRIu64, n++);
	ref = kore_fileref_create(server, name, f->file->fd, f->file->size, &st.st_mtim);
	f->file->fd = -1; /* it closes it */
	if (kore_fileref_get(name, server->tls) != NULL)
		fatal("%s exists", name);
	return ref;
}

/* What lies in the send queue last is the file: cut to the range. */
static void
send_ref(struct web_flow *f, int status)
{
	const struct web_range *r = &f->file->range;
	struct kore_fileref *ref = make_ref(f);
	struct netbuf *nb;

	ref->size = r->until - r->from;
	web_respond_ref(f, status, ref);
	nb = TAILQ_LAST(&f->req->owner->send_queue, netbuf_head);
	if (f->req->method == HTTP_METHOD_HEAD || nb == NULL || nb->file_ref != ref)
		return;
	nb->fd_off = r->from;
	nb->fd_len = r->until;
}

static void
send_part(struct web_flow *f, int status)
{
	const struct web_file *file = f->file;
	const int64_t len = file->range.until - file->range.from;

	if (file->fd >= 0 && len > 0)
		send_ref(f, status);
	else
		web_respond(f, status, f->type, f->cache, file->bytes, (size_t)len);
}

static const char no_part[] = "The file has no such part.\n";

void
web_file_answer(struct web_flow *f)
{
	const struct web_file *file = f->file;
	const struct web_range *r = &file->range;

	web_flow_header(f, "etag", file->etag);
	web_flow_header(f, "accept-ranges", "bytes");
	switch (r->kind) {
	case WEB_RANGE_SAME:
		web_respond(f, HTTP_STATUS_NOT_MODIFIED, f->type, f->cache, NULL, 0);
		break;
	case WEB_RANGE_NONE:
		web_flow_header(
		    f, "content-range", arena_printf(&f->arena, "bytes */%" PRId64, file->size));
		web_respond(f, HTTP_STATUS_REQUEST_RANGE_INVALID, "text/plain; charset=utf-8",
		    "no-store", no_part, sizeof(no_part) - 1);
		break;
	case WEB_RANGE_PART:
		web_flow_header(f, "content-range",
		    arena_printf(&f->arena, "bytes %" PRId64 "-%" PRId64 "/%" PRId64, r->from,
			r->until - 1, file->size));
		send_part(f, HTTP_STATUS_PARTIAL_CONTENT);
		break;
	case WEB_RANGE_ALL:
		send_part(f, f->status);
		break;
	}
}
