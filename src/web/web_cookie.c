/* Cookies: one header in, one header out. */
#include "web/web_cookie.h"

#include <inttypes.h>
#include <string.h>

const char *
web_cookie_name(struct arena *a, const char *name, bool is_https)
{
	return is_https ? arena_printf(a, "__Host-%s", name) : name;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* "name=value" up to `end`, without blanks around it; true if it has the name. */
static bool
pair_has_name(const char **value, const char *pair, const char *end, const char *name)
{
	size_t len = strlen(name);

	while (pair < end && is_blank(*pair))
		pair++;
	if ((size_t)(end - pair) <= len || memcmp(pair, name, len) != 0 || pair[len] != '=')
		return false;
	*value = pair + len + 1;
	return true;
}

char *
web_cookie_find(struct arena *a, const char *header, const char *full_name)
{
	const char *pair, *end, *value;

	for (pair = header; pair != NULL; pair = *end == ';' ? end + 1 : NULL) {
		end = pair + strcspn(pair, ";");
		if (!pair_has_name(&value, pair, end, full_name))
			continue;
		while (end > value && is_blank(end[-1]))
			end--;
		return arena_strndup(a, value, (size_t)(end - value));
	}
	return NULL;
}

/* The token of RFC 9110, of which cookie names are made. */
static bool
is_name(const char *s)
{
	const char *first = s;

	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("()<>@,;:\\\"/[]?={}", *s) != NULL)
			return false;
	return s > first;
}

/* The cookie-octets of RFC 6265, 4.1.1. */
static bool
is_value(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\",;\\", *s) != NULL)
			return false;
	return true;
}

enum err
web_cookie_format(char **line, struct arena *a, const char *name, const char *value,
    int64_t max_age_s, bool is_https)
{
	const char *age = "";

	if (!is_name(name) || !is_value(value) || max_age_s < WEB_COOKIE_SESSION)
		return ERR_INVALID;
	if (strlen(name) + strlen(value) > WEB_COOKIE_BYTES_MAX)
		return ERR_TOO_LARGE;
	if (max_age_s != WEB_COOKIE_SESSION)
		age = arena_printf(a, "; Max-Age=%" PRId64, max_age_s);
	*line = arena_printf(a, "%s=%s; Path=/%s%s; HttpOnly; SameSite=Lax",
	    web_cookie_name(a, name, is_https), value, age, is_https ? "; Secure" : "");
	return ERR_OK;
}
