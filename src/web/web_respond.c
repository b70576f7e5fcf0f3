#include "web/web_respond.h"

#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/url.h"
#include "metrics/metrics.h"
#include "track/track.h"
#include "web/web_headers.h"

/*
 * Source: interfaces of OWASP ASVS 14.4. Scripts and styles come only from our own files, forms go
 * only to us and on to the provider (Chromium looks at redirects after a form, and signing out
 * leads there), nobody frames us.
 */
#define CSP_BEFORE_FORM                                                                            \
	"default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "          \
	"connect-src 'self'; font-src 'self'; frame-ancestors 'none'; base-uri 'none'; "           \
	"object-src 'none'; form-action 'self'"

/*
 * Of bytes that people have stored: nothing in them runs, loads, or is taken for anything but its
 * type, whatever it is. Other sites may show a picture.
 */
#define CSP_OF_FOREIGN                                                                             \
	"default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'; form-action 'none'" \
	"\r\ncross-origin-resource-policy: cross-origin"

#define STRIPE_API "https://api.stripe.com"
#define FIRST "content-security-policy"

static char *lines;	  /* "name: value" CR LF and so on */
static const char *fixed; /* the same without the first header's name and the last CR LF */
static const char *fixed_of_foreign;
static const char *fixed_of_paying;

/* The part of a URL before its path; nothing in it could end the header or the directive. */
static void
add_origin(struct strbuf *b, const char *url)
{
	struct arena a = { 0 };
	struct url u;

	if (url_parse(&u, &a, url) == ERR_OK)
		strbuf_printf(b, strchr(u.host, ':') != NULL ? " %s://[%s]:%d" : " %s://%s:%d",
		    u.is_https ? "https" : "http", u.host, u.port);
	arena_free(&a);
}

/* A simulator's pages to pay on stand where its API does. */
static void
add_paying(struct strbuf *b)
{
	static const char *const pages[] = { WEB_RESPOND_PAYS };

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		strbuf_printf(b, " %s", pages[i]);
	if (strcmp(settings.stripe_api_base, STRIPE_API) != 0)
		add_origin(b, settings.stripe_api_base);
}

static void
add_rest(struct strbuf *b)
{
	strbuf_puts(b, "\r\nx-content-type-options: nosniff");
	strbuf_puts(b, "\r\nreferrer-policy: same-origin");
	strbuf_puts(b, "\r\ncross-origin-opener-policy: same-origin");
	strbuf_puts(b, "\r\npermissions-policy: camera=(), microphone=(), geolocation=()");
	if (settings.is_https)
		strbuf_puts(
		    b, "\r\nstrict-transport-security: max-age=31536000; includeSubDomains");
}

/*
 * One string for all: Kore copies each header twice, and this value may hold line breaks because
 * nothing in it comes from outside.
 */
void
web_respond_init(void)
{
	struct strbuf all = { 0 }, b = { 0 }, foreign = { 0 }, paying = { 0 };

	strbuf_puts(&b, CSP_BEFORE_FORM);
	add_origin(&b, settings.oidc_issuer);
	strbuf_puts(&paying, strbuf_text(&b));
	add_rest(&b);
	fixed = b.s;
	add_paying(&paying);
	add_rest(&paying);
	fixed_of_paying = paying.s;
	strbuf_puts(&foreign, CSP_OF_FOREIGN);
	add_rest(&foreign);
	fixed_of_foreign = foreign.s;
	strbuf_printf(&all, FIRST ": %s\r\n", fixed);
	lines = all.s;
}

const char *
web_respond_fixed(void)
{
	return lines;
}

static void
count(const struct web_flow *f, const struct web_log_entry *entry, size_t len)
{
	metrics_http(&(struct metrics_request){ .route = entry->route,
	    .method = entry->method,
	    .status = entry->status,
	    .duration_us = entry->duration_us,
	    .request_bytes = f->request_bytes,
	    .response_bytes = f->req->method == HTTP_METHOD_HEAD ? 0 : len });
}

/* For error_log: what it was and where in our code, never what somebody sent. */
static const char *
cause_of(struct web_flow *f)
{
	if (f->err == ERR_OK)
		return "as the page decided";
	return arena_printf(&f->arena, "%s: %s", err_word(f->err), f->place);
}

static void
track(struct web_flow *f, const struct web_log_entry *entry)
{
	track_count(&(struct track_answer){ .route = entry->route,
	    .status = entry->status,
	    .duration_us = entry->duration_us,
	    .at = clock_now(),
	    .cause = entry->status >= 400 ? cause_of(f) : NULL,
	    .id = entry->id });
}

/* Counts, times and logs an answer of `len` bytes. */
static void
tell_end(struct web_flow *f, int status, size_t len)
{
	const struct web_log_entry entry = { .id = f->id,
		.route = f->def->name,
		.method = http_method_text(f->req->method),
		.status = status,
		.err = f->err,
		.duration_us = clock_monotonic_us() - f->started_us };

	f->is_responded = true;
	count(f, &entry, len);
	track(f, &entry);
	web_log_request(&entry);
}

static const char *
fixed_for(const struct web_flow *f)
{
	if (f->def->is_foreign && f->err == ERR_OK)
		return fixed_of_foreign;
	return f->def->pays ? fixed_of_paying : fixed;
}

static void
add_headers(struct web_flow *f, const char *type, const char *cache)
{
	int i;

	for (i = 0; i < f->nheaders; i++)
		web_headers_add(f->req, f->headers[i].name, f->headers[i].value);
	http_response_header(f->req, "content-type", type);
	http_response_header(f->req, "cache-control", cache);
	http_response_header(f->req, FIRST, fixed_for(f));
	http_response_header(f->req, "x-request-id", f->id);
}

void
web_respond(struct web_flow *f, int status, const char *type, const char *cache, const void *body,
    size_t len)
{
	add_headers(f, type, cache);
	http_response(f->req, status, body, len);
	tell_end(f, status, len);
}

void
web_respond_ref(struct web_flow *f, int status, struct kore_fileref *ref)
{
	const size_t len = (size_t)ref->size; /* it may be gone once it is sent */

	add_headers(f, f->type, f->cache);
	http_response_fileref(f->req, status, ref);
	tell_end(f, status, len);
}
