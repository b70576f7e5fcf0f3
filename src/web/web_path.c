/*
 * Open redirects. Browsers read "\" as "/", drop tabs and newlines and resolve dot segments,
 * proxies decode escapes: so the path is looked at as the most generous reader would see it.
 */
#include "web/web_path.h"

#include <stddef.h>
#include <string.h>

#include "base/hex.h"
#include "base/url.h"

/* The byte at *s, an escape decoded; -1 for a bad escape and for bytes no path may hold. */
static int
next_byte(const char **s)
{
	int high, low;

	if (**s != '%')
		return (unsigned char)*(*s)++;
	high = hex_digit((*s)[1]);
	low = high < 0 ? -1 : hex_digit((*s)[2]);
	if (low < 0)
		return -1;
	*s += 3;
	return high << 4 | low;
}

static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s > '~' || strchr("\\\"<>", *s) != NULL)
			return false;
	return true;
}

/* Encoded, bytes of UTF-8 are welcome; control characters and backslashes are not. */
static bool
decodes_well(const char *s)
{
	while (*s != '\0') {
		int c = next_byte(&s);

		if (c < ' ' || c == 0x7f || c == '\\')
			return false;
	}
	return true;
}

/* No "//" and no "." or ".." between slashes, anywhere before the query. */
static bool
has_plain_segments(const char *s)
{
	const char *end = s + strcspn(s, "?#");
	int len = 1, dots = 0;

	while (s < end) {
		int c = next_byte(&s);

		if (c == '/' && (len == 0 || (len == dots && len <= 2)))
			return false;
		len = c == '/' ? 0 : len + 1;
		dots = c == '/' ? 0 : dots + (c == '.');
	}
	return len == 0 || len != dots || len > 2;
}

bool
web_path_is_local(const char *path)
{
	return path[0] == '/' && strnlen(path, WEB_PATH_BYTES_MAX + 1) <= WEB_PATH_BYTES_MAX &&
	       is_plain(path) && decodes_well(path) && has_plain_segments(path);
}

const char *
web_path_or(const char *path, const char *fallback)
{
	return path != NULL && web_path_is_local(path) ? path : fallback;
}

enum err
web_path_part(char **part, struct arena *a, const char *path, size_t i)
{
	size_t len;

	path = strchr(path, '/');
	for (; path != NULL && i > 0; i--)
		path = strchr(path + 1, '/');
	if (path == NULL)
		return ERR_NOT_FOUND;
	len = strcspn(++path, "/");
	if (len == 0 || url_decode(part, a, path, len) != ERR_OK)
		return ERR_NOT_FOUND;
	return ERR_OK;
}
