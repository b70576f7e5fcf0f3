/* The first visit, from a request into a cookie and back. */
#include "account/visit.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/form_data.h"
#include "base/strbuf.h"
#include "base/url.h"

#define CLOCK_SKEW_S 60

static bool
is_text(const char *s)
{
	size_t len = 0;

	for (; s[len] != '\0'; len++)
		if ((unsigned char)s[len] < ' ' || s[len] == 0x7f)
			return false;
	return len > 0 && len <= VISIT_TEXT_BYTES_MAX;
}

static const char *
field_or_null(const struct form_data *d, const char *name)
{
	const char *value = form_data_text(d, name);

	return value != NULL && is_text(value) ? value : NULL;
}

static bool
is_host(const char *s)
{
	return s[strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-_:")] == '\0';
}

static const char *
foreign_host(struct arena *a, const char *referer, const char *own_url)
{
	struct url from, own;

	if (referer == NULL || url_parse(&from, a, referer) != ERR_OK || !is_text(from.host))
		return NULL;
	if (own_url != NULL && url_parse(&own, a, own_url) == ERR_OK &&
	    strcmp(from.host, own.host) == 0)
		return NULL;
	return from.host;
}

void
visit_read_request(struct visit *v, struct arena *a, const char *query, const char *referer,
    const char *own_url, int64_t now)
{
	struct form_data d = { 0 };

	if (query != NULL && form_data_parse(&d, a, query, strlen(query)) != ERR_OK)
		d.n = 0;
	v->first_at = now;
	v->source = field_or_null(&d, "utm_source");
	if (v->source == NULL)
		v->source = field_or_null(&d, "ref");
	v->campaign = field_or_null(&d, "utm_campaign");
	v->referrer = foreign_host(a, referer, own_url);
}

static void
add_optional(struct strbuf *b, const char *name, const char *value)
{
	if (value != NULL)
		url_add_field(b, name, value);
}

static const char *
encode_all(struct arena *a, const struct visit *v)
{
	struct strbuf b = { 0 };
	const char *text;

	strbuf_printf(&b, "t=%" PRId64, v->first_at);
	add_optional(&b, "s", v->source);
	add_optional(&b, "r", v->referrer);
	add_optional(&b, "c", v->campaign);
	text = base64url_encode_in(a, strbuf_text(&b), b.len);
	strbuf_free(&b);
	return text;
}

const char *
visit_encode(struct arena *a, const struct visit *v)
{
	struct visit shorter = *v;
	const char **less[] = { &shorter.campaign, &shorter.referrer, &shorter.source };
	const char *text = encode_all(a, v);
	size_t i;

	for (i = 0; strlen(text) > VISIT_COOKIE_BYTES_MAX && i < 3; i++) {
		*less[i] = NULL;
		text = encode_all(a, &shorter);
	}
	return text;
}

static enum err
read_fields(struct visit *v, struct arena *a, const char *cookie)
{
	unsigned char *form;
	struct form_data d;
	const char *t;
	size_t len;
	enum err e;

	e = base64url_decode(&form, &len, a, cookie, strlen(cookie));
	if (e == ERR_OK)
		e = form_data_parse(&d, a, (const char *)form, len);
	if (e != ERR_OK)
		return ERR_INVALID;
	t = form_data_text(&d, "t");
	v->first_at = t != NULL ? strtoll(t, NULL, 10) : 0;
	v->source = field_or_null(&d, "s");
	v->referrer = field_or_null(&d, "r");
	v->campaign = field_or_null(&d, "c");
	return v->referrer == NULL || is_host(v->referrer) ? ERR_OK : ERR_INVALID;
}

/* One comparison finds fields twice, unknown, misplaced or badly written: it is not our writing. */
enum err
visit_decode(struct visit *v, struct arena *a, const char *cookie, int64_t now)
{
	struct visit read = { 0 };

	if (strlen(cookie) > VISIT_COOKIE_BYTES_MAX || read_fields(&read, a, cookie) != ERR_OK ||
	    strcmp(encode_all(a, &read), cookie) != 0)
		return ERR_INVALID;
	if (read.first_at > now + CLOCK_SKEW_S || read.first_at < now - VISIT_KEEP_S)
		return ERR_INVALID;
	*v = read;
	return ERR_OK;
}
