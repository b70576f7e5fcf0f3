/* URLs. Only what the grammar of RFC 3986 allows is read: what is odd is refused, never mended. */
#include "base/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/utf8.h"

#define HOST_BYTES_MAX 253

static bool
is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

void
url_add_encoded(struct strbuf *b, const char *text)
{
	for (; *text != '\0'; text++) {
		if (is_alphanumeric(*text) || is_one_of(*text, "-._~"))
			strbuf_putc(b, *text);
		else
			strbuf_printf(b, "%%%02X", (unsigned char)*text);
	}
}

char *
url_encode(struct arena *a, const char *text)
{
	struct strbuf b = { 0 };
	char *copy;

	url_add_encoded(&b, text);
	copy = arena_strdup(a, strbuf_text(&b));
	strbuf_free(&b);
	return copy;
}

/* The byte at `at`, and how far it reaches; false: an escape that is none. */
static bool
decode_byte(const char *part, size_t len, size_t *at, char *byte)
{
	int high, low;

	*byte = part[(*at)++];
	if (*byte != '%')
		return true;
	if (len - *at < 2)
		return false;
	high = hex_digit(part[*at]);
	low = hex_digit(part[*at + 1]);
	*at += 2;
	*byte = (char)(high * 16 + low);
	return high >= 0 && low >= 0;
}

enum err
url_decode(char **text, struct arena *a, const char *part, size_t len)
{
	char *copy = arena_alloc(a, len + 1);
	size_t at = 0, n = 0;

	while (at < len) {
		if (!decode_byte(part, len, &at, &copy[n]) || copy[n] == '\0')
			return ERR_INVALID;
		n++;
	}
	if (!utf8_is_valid(copy, n))
		return ERR_INVALID;
	*text = copy;
	return ERR_OK;
}

void
url_add_field(struct strbuf *b, const char *name, const char *value)
{
	if (b->len > 0)
		strbuf_putc(b, '&');
	url_add_encoded(b, name);
	strbuf_putc(b, '=');
	url_add_encoded(b, value);
}

char *
url_with_query(struct arena *a, const char *url, const char *query)
{
	const char *mark = strchr(url, '?');
	const char *glue = mark == NULL ? "?" : mark[1] == '\0' ? "" : "&";

	return arena_printf(a, "%s%s%s", url, glue, query);
}

static bool
has_only_url_characters(const char *s)
{
	for (; *s != '\0'; s++) {
		if (*s == '%') {
			if (hex_digit(s[1]) < 0 || hex_digit(s[2]) < 0)
				return false;
		} else if (!is_alphanumeric(*s) && !is_one_of(*s, "-._~:/?[]@!$&'()*+,;=")) {
			return false;
		}
	}
	return true;
}

/* Labels of letters, digits, "-" and "_" (which container names have), none of them empty. */
static bool
is_host_name(const char *s, size_t len)
{
	size_t i;
	bool is_label_start = true;

	if (len == 0 || len > HOST_BYTES_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (s[i] == '.' ? is_label_start : !is_alphanumeric(s[i]) && !is_one_of(s[i], "-_"))
			return false;
		is_label_start = s[i] == '.';
	}
	return !is_label_start;
}

static const char *
lower_case(struct arena *a, const char *s, size_t len)
{
	char *copy = arena_strndup(a, s, len), *p;

	for (p = copy; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	return copy;
}

static enum err
parse_bracketed(struct url *u, struct arena *a, const char **rest)
{
	const char *close = strchr(*rest, ']');
	struct in6_addr ignored;

	if (close == NULL)
		return ERR_INVALID;
	u->host = lower_case(a, *rest + 1, (size_t)(close - *rest) - 1);
	*rest = close + 1;
	return inet_pton(AF_INET6, u->host, &ignored) == 1 ? ERR_OK : ERR_INVALID;
}

static enum err
parse_host(struct url *u, struct arena *a, const char **rest)
{
	size_t len = strcspn(*rest, ":/?");

	if (**rest == '[')
		return parse_bracketed(u, a, rest);
	if (!is_host_name(*rest, len))
		return ERR_INVALID;
	u->host = lower_case(a, *rest, len);
	*rest += len;
	return ERR_OK;
}

static enum err
parse_port(struct url *u, const char **rest)
{
	const char *s = *rest;
	int port = 0;

	u->port = u->is_https ? 443 : 80;
	if (*s != ':')
		return ERR_OK;
	for (s++; *s >= '0' && *s <= '9'; s++) {
		port = port * 10 + (*s - '0');
		if (port > 65535)
			return ERR_INVALID;
	}
	if (port == 0)
		return ERR_INVALID;
	u->port = port;
	*rest = s;
	return ERR_OK;
}

static enum err
parse_path(struct url *u, struct arena *a, const char *rest)
{
	size_t len = strcspn(rest, "?");

	if (*rest != '\0' && *rest != '/' && *rest != '?')
		return ERR_INVALID;
	u->path = len > 0 ? arena_strndup(a, rest, len) : "/";
	u->query = rest[len] == '?' ? arena_strdup(a, rest + len + 1) : NULL;
	return ERR_OK;
}

enum err
url_parse(struct url *u, struct arena *a, const char *text)
{
	const char *rest = text;
	enum err e;

	*u = (struct url){ 0 };
	if (strnlen(text, URL_BYTES_MAX + 1) > URL_BYTES_MAX || !has_only_url_characters(text))
		return ERR_INVALID;
	u->is_https = strncasecmp(rest, "https://", 8) == 0;
	if (!u->is_https && strncasecmp(rest, "http://", 7) != 0)
		return ERR_INVALID;
	rest += u->is_https ? 8 : 7;
	if ((e = parse_host(u, a, &rest)) != ERR_OK || (e = parse_port(u, &rest)) != ERR_OK)
		return e;
	return parse_path(u, a, rest);
}

bool
url_same_origin(const struct url *a, const struct url *b)
{
	return a->is_https == b->is_https && a->port == b->port && strcmp(a->host, b->host) == 0;
}
