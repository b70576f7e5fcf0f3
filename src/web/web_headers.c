#include "web/web_headers.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/xmalloc.h"
#include "web/web_header_line.h"

#define KORE_KEEPS 22

/* The last of 22 headers; NULL if fewer were sent and so none was dropped. */
static struct http_header *
last_kept(struct http_request *req)
{
	struct http_header *hdr, *last = NULL;
	int n = 0;

	TAILQ_FOREACH(hdr, &req->req_headers, list)
	{
		last = hdr;
		n++;
	}
	return n >= KORE_KEEPS ? last : NULL;
}

static void
keep(struct http_request *req, char *name, char *value)
{
	struct http_header *hdr = kore_pool_get(&http_header_pool);

	hdr->header = name;
	hdr->value = value;
	TAILQ_INSERT_TAIL(&req->req_headers, hdr, list);
}

void
web_headers_recover(struct http_request *req)
{
	struct http_header *last = last_kept(req);
	char *rest, *name, *value;

	if (last == NULL)
		return;
	/* Kore takes a head that ends in two LF, behind which no NUL stands: reading ends here. */
	req->headers[http_header_max - 1] = '\0';
	rest = web_header_line_rest(last->value);
	while (web_header_line_take(&rest, &name, &value))
		keep(req, name, value);
}

const char *
web_headers_find(struct http_request *req, const char *name)
{
	const char *value;

	return http_request_header(req, name, &value) ? value : NULL;
}

const char *
web_headers_all(struct http_request *req, const char *name, struct arena *arena)
{
	const struct http_header *hdr;
	struct strbuf all = { 0 };
	const char *copy;

	TAILQ_FOREACH(hdr, &req->req_headers, list)
	{
		if (strcasecmp(hdr->header, name) == 0)
			strbuf_printf(&all, "%s%s", all.len > 0 ? ", " : "", hdr->value);
	}
	copy = all.len > 0 ? arena_strdup(arena, strbuf_text(&all)) : NULL;
	strbuf_free(&all);
	return copy;
}

void
web_headers_add(struct http_request *req, const char *name, const char *value)
{
	char *clean = xstrdup(value);

	web_header_line_clean(clean);
	http_response_header(req, name, clean);
	free(clean);
}
