/*
 * Kore's own parser loses fields that hold a line break or an equals sign, so the simulator, which
 * is there to be exact, reads forms itself.
 */
#include "form.h"

#include <string.h>
#include <stdlib.h>

#include "base/xmalloc.h"

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;
	int i = at != NULL ? (int)(at - digits) : -1;

	return i < 16 ? i : i - 6;
}

static bool
is_utf8(const char *text)
{
	json_t *j = json_string(text);

	json_decref(j);
	return j != NULL;
}

/* One byte at *at, which moves on; -1 when it is not encoded rightly. */
static int
decode_byte(const char **at, const char *end, bool plus_is_blank)
{
	const char *p = (*at)++;
	int high, low;

	if (*p == '+' && plus_is_blank)
		return ' ';
	if (*p != '%')
		return *p != '\0' ? (unsigned char)*p : -1;
	if (end - p < 3 || (high = hex_digit(p[1])) < 0 || (low = hex_digit(p[2])) < 0)
		return -1;
	*at = p + 3;
	return high * 16 + low > 0 ? high * 16 + low : -1;
}

char *
form_decode(const char *text, size_t len, bool plus_is_blank)
{
	const char *at = text, *end = text + len;
	char *out = xmalloc(len + 1);
	size_t n = 0;

	while (at < end) {
		int byte = decode_byte(&at, end, plus_is_blank);

		if (byte < 0) {
			free(out);
			return NULL;
		}
		out[n++] = (char)byte;
	}
	out[n] = '\0';
	if (is_utf8(out))
		return out;
	free(out);
	return NULL;
}

static enum err
read_pair(const char *pair, size_t len, json_t *form)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - pair) : len;
	char *name = form_decode(pair, name_len, true), *value = NULL;
	enum err e = ERR_INVALID;

	if (name != NULL && equals != NULL)
		value = form_decode(equals + 1, len - name_len - 1, true);
	else if (name != NULL)
		value = xstrdup("");
	if (value != NULL && json_object_get(form, name) != NULL)
		e = ERR_CONFLICT;
	else if (value != NULL)
		e = json_object_set_new(form, name, json_string(value)) == 0 ? ERR_OK : ERR_INVALID;
	free(name);
	free(value);
	return e;
}

enum err
form_read(const char *text, size_t len, json_t **form)
{
	const char *end = text + len;
	enum err e = ERR_OK;

	*form = json_object();
	while (text < end && e != ERR_INVALID) {
		const char *amp = memchr(text, '&', (size_t)(end - text));
		size_t n = (size_t)((amp != NULL ? amp : end) - text);
		enum err one = n > 0 ? read_pair(text, n, *form) : ERR_OK;

		if (one != ERR_OK)
			e = one;
		text += n + 1;
	}
	return e;
}

const char *
form_text(const json_t *form, const char *name)
{
	const char *value = json_string_value(json_object_get(form, name));

	return value != NULL && *value != '\0' ? value : NULL;
}

void
form_encode(struct strbuf *out, const char *text)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (; *text != '\0'; text++) {
		if (strchr(unreserved, *text) != NULL)
			strbuf_putc(out, *text);
		else
			strbuf_printf(out, "%%%02X", (unsigned char)*text);
	}
}
