/* Answers over Kore. */
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "form.h"

int
reply_bytes(struct http_request *req, int status, const char *type, const void *bytes, size_t len)
{
	reply_header(req, "content-type", type);
	http_response(req, status, bytes, len);
	return KORE_RESULT_OK;
}

int
reply_json(struct http_request *req, int status, json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	int result;

	json_decref(body);
	if (text == NULL)
		return reply_bytes(req, 500, "text/plain", "JSON could not be made\n", 23);
	result = reply_bytes(req, status, "application/json", text, strlen(text));
	free(text);
	return result;
}

int
reply_problem(struct http_request *req, int status, const char *word, const char *fmt, ...)
{
	struct strbuf message = { 0 };
	va_list args;
	json_t *body;

	va_start(args, fmt);
	strbuf_vprintf(&message, fmt, args);
	va_end(args);
	body = json_pack("{s:s, s:s}", "error", word, "message", strbuf_text(&message));
	strbuf_free(&message);
	return reply_json(req, status, body);
}

int
reply_page(struct http_request *req, int status, struct strbuf *page)
{
	int result;

	reply_header(req, "cache-control", "no-store");
	reply_header(req, "content-security-policy",
	    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	result = reply_bytes(req, status, "text/html; charset=utf-8", strbuf_text(page), page->len);
	strbuf_free(page);
	return result;
}

int
reply_redirect(struct http_request *req, int status, const char *url)
{
	reply_header(req, "cache-control", "no-store");
	reply_header(req, "location", url);
	http_response(req, status, NULL, 0);
	return KORE_RESULT_OK;
}

void
reply_header(struct http_request *req, const char *name, const char *value)
{
	if (strpbrk(value, "\r\n") == NULL)
		http_response_header(req, name, value);
}

bool
reply_allows(struct http_request *req, int methods)
{
	int method = req->method == HTTP_METHOD_HEAD ? HTTP_METHOD_GET : req->method;
	bool get = methods & HTTP_METHOD_GET, post = methods & HTTP_METHOD_POST;

	if (methods & method)
		return true;
	reply_header(req, "allow", get && post ? "GET, HEAD, POST" : get ? "GET, HEAD" : "POST");
	(void)reply_problem(
	    req, 405, "method_not_allowed", "This address does not take the method.");
	return false;
}

const char *
reply_request_header(struct http_request *req, const char *name)
{
	const char *value;

	return http_request_header(req, name, &value) == KORE_RESULT_OK ? value : NULL;
}

const char *
reply_bearer(struct http_request *req)
{
	const char *value = reply_request_header(req, "authorization");

	if (value == NULL || strncasecmp(value, "bearer ", 7) != 0)
		return NULL;
	return value + 7 + strspn(value + 7, " ");
}

enum err
reply_form(struct http_request *req, json_t **form)
{
	static const char wanted[] = "application/x-www-form-urlencoded";
	const char *type = reply_request_header(req, "content-type");

	if (type == NULL || strncasecmp(type, wanted, sizeof(wanted) - 1) != 0 ||
	    strchr("; ", type[sizeof(wanted) - 1]) == NULL) {
		*form = json_object();
		return ERR_INVALID;
	}
	if (req->http_body == NULL)
		return form_read("", 0, form);
	return form_read((const char *)req->http_body->data, req->http_body_length, form);
}
