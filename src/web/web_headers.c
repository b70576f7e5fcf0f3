#include "web/web_headers.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/xmalloc.h"

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

/* "Name: value" in place; a line that is none is left out. */
static void
keep_line(struct http_request *req, char *line)
{
	struct http_header *hdr;
	char *colon = strchr(line, ':'), *value;

	if (colon == NULL || colon == line)
		return;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	hdr = kore_pool_get(&http_header_pool);
	hdr->header = line;
	hdr->value = value;
	TAILQ_INSERT_TAIL(&req->req_headers, hdr, list);
}

/*
 * Kore split the head in place: the CR behind the last line it kept is now NUL, the LF still
 * stands, and the lines behind it are untouched up to the NUL that ends the head.
 */
void
web_headers_recover(struct http_request *req)
{
	struct http_header *last = last_kept(req);
	char *rest, *line;

	if (last == NULL)
		return;
	rest = last->value + strlen(last->value);
	if (rest[1] != '\n' || rest[2] == '\r' || rest[2] == '\0')
		return;
	rest += 2;
	while ((line = strsep(&rest, "\r\n")) != NULL)
		if (*line != '\0')
			keep_line(req, line);
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
	char *clean = xstrdup(value), *p;

	for (p = clean; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	http_response_header(req, name, clean);
	free(clean);
}
