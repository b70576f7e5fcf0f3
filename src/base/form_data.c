/* Fields of forms and queries (URL standard, section 5, but strict about what is broken). */
#include "base/form_data.h"

#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

/* One byte of the text at s, which has `left` bytes; returns how many were used, 0 if broken. */
static size_t
decode_byte(char *out, const char *s, size_t left)
{
	int high, low;

	*out = *s == '+' ? ' ' : *s;
	if (*s != '%')
		return *s != '\0';
	if (left < 3)
		return 0;
	high = hex_digit(s[1]);
	low = hex_digit(s[2]);
	if (high < 0 || low < 0 || (high | low) == 0)
		return 0;
	*out = (char)(high << 4 | low);
	return 3;
}

static enum err
decode_text(const char **text, struct arena *a, const char *s, size_t len)
{
	char *out = arena_alloc(a, len + 1);
	size_t i, used, n = 0;

	for (i = 0; i < len; i += used) {
		used = decode_byte(&out[n++], s + i, len - i);
		if (used == 0)
			return ERR_INVALID;
	}
	if (!utf8_is_valid(out, n))
		return ERR_INVALID;
	*text = out;
	return ERR_OK;
}

static enum err
parse_field(struct form_field *f, struct arena *a, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);
	size_t name_len = equals != NULL ? (size_t)(equals - s) : len;
	enum err e = decode_text(&f->name, a, s, name_len);

	f->value = "";
	if (e != ERR_OK || equals == NULL)
		return e;
	return decode_text(&f->value, a, equals + 1, len - name_len - 1);
}

static size_t
field_length(const char *s, size_t left)
{
	const char *end = memchr(s, '&', left);

	return end != NULL ? (size_t)(end - s) : left;
}

/* Counted first: a body of "&" alone costs nothing, and no field is read when they are too many. */
static size_t
count_fields(const char *bytes, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += bytes[i] != '&' && (i == 0 || bytes[i - 1] == '&');
	return n;
}

enum err
form_data_parse(struct form_data *d, struct arena *a, const char *bytes, size_t len)
{
	size_t i, flen, count = count_fields(bytes, len);
	enum err e;

	*d = (struct form_data){ 0 };
	if (count > FORM_DATA_FIELDS_MAX)
		return ERR_TOO_LARGE;
	d->fields = arena_array(a, count, sizeof(*d->fields));
	for (i = 0; i < len; i += flen + 1) {
		flen = field_length(bytes + i, len - i);
		if (flen == 0)
			continue;
		e = parse_field(&d->fields[d->n], a, bytes + i, flen);
		if (e != ERR_OK) {
			*d = (struct form_data){ 0 };
			return e;
		}
		d->n++;
	}
	return ERR_OK;
}

const char *
form_data_text(const struct form_data *d, const char *name)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (strcmp(d->fields[i].name, name) == 0)
			return d->fields[i].value;
	return NULL;
}

size_t
form_data_count(const struct form_data *d, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < d->n; i++)
		n += strcmp(d->fields[i].name, name) == 0;
	return n;
}
