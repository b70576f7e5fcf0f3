#include "web/web_body.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/form_multipart.h"
#include "base/log.h"
#include "base/multipart_head.h"

/* Kore puts what is larger than http_body_disk_offload into a file. */
static enum err
map_body(struct web_flow *f)
{
	void *bytes =
	    mmap(NULL, f->req->http_body_length, PROT_READ, MAP_PRIVATE, f->req->http_body_fd, 0);

	if (bytes == MAP_FAILED) {
		log_error("web", "a posted body cannot be mapped: %s", strerror(errno));
		return ERR_INTERNAL;
	}
	f->body = bytes;
	f->body_len = f->req->http_body_length;
	f->is_body_mapped = true;
	return ERR_OK;
}

enum err
web_body_bytes(struct web_flow *f, const char **bytes, size_t *len)
{
	const struct kore_buf *body = f->req->http_body;
	enum err e = ERR_OK;

	if (f->body == NULL && f->req->http_body_fd != -1 && f->req->http_body_length > 0) {
		e = map_body(f);
	} else if (f->body == NULL) {
		f->body = body != NULL ? (const char *)body->data : "";
		f->body_len = body != NULL ? f->req->http_body_length : 0;
	}
	*bytes = f->body;
	*len = f->body_len;
	return e;
}

/* What names no type, or one of its own, is read as forms usually are. */
static enum err
parse_form(struct web_flow *f, const char *bytes, size_t len, const char **sentence)
{
	const char *type = web_flow_request_header(f, "content-type");

	*sentence = "The form could not be read.";
	if (type != NULL && multipart_head_is_form(type))
		return form_multipart_parse(&f->form, &f->arena, type, bytes, len, sentence);
	return form_data_parse(&f->form, &f->arena, bytes, len);
}

enum err
web_body_read_form(struct web_flow *f)
{
	const char *sentence = NULL, *bytes;
	size_t len;
	enum err e = web_body_bytes(f, &bytes, &len);

	if (e == ERR_OK)
		e = parse_form(f, bytes, len, &sentence);
	return e == ERR_OK ? e : web_flow_fail(f, e, sentence);
}

void
web_body_end(struct web_flow *f)
{
	if (f->is_body_mapped)
		munmap((void *)(uintptr_t)f->body, f->body_len);
	f->is_body_mapped = false;
}
