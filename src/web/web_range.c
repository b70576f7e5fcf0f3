#include "web/web_range.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DIGITS_MAX 18

/* Digits only, and not too many. False: none, or too many. */
static bool
take_number(const char **s, int64_t *n)
{
	int digits = 0;

	for (*n = 0; isdigit((unsigned char)**s) && digits < DIGITS_MAX; (*s)++, digits++)
		*n = *n * 10 + (**s - '0');
	return digits > 0 && !isdigit((unsigned char)**s);
}

static void
skip_blanks(const char **s)
{
	while (**s == ' ' || **s == '\t')
		(*s)++;
}

/* "-500": the last bytes. */
static bool
read_suffix(const char **s, int64_t size, struct web_range *r)
{
	int64_t n;

	(*s)++;
	if (!take_number(s, &n))
		return false;
	r->from = n < size ? size - n : 0;
	r->until = size;
	r->kind = n > 0 && size > 0 ? WEB_RANGE_PART : WEB_RANGE_NONE;
	return true;
}

/* "0-499" or "500-". */
static bool
read_bounds(const char **s, int64_t size, struct web_range *r)
{
	int64_t last = size - 1;

	if (!take_number(s, &r->from) || **s != '-')
		return false;
	(*s)++;
	if (isdigit((unsigned char)**s) && (!take_number(s, &last) || last < r->from))
		return false;
	r->until = last < size ? last + 1 : size;
	r->kind = r->from < size ? WEB_RANGE_PART : WEB_RANGE_NONE;
	return true;
}

static bool
read_range(const char *s, int64_t size, struct web_range *r)
{
	bool is_read;

	if (s == NULL || strncasecmp(s, "bytes=", 6) != 0)
		return false;
	s += 6;
	skip_blanks(&s);
	is_read = *s == '-' ? read_suffix(&s, size, r) : read_bounds(&s, size, r);
	skip_blanks(&s);
	return is_read && *s == '\0';
}

/* Weak comparison, as If-None-Match wants it: a proxy that compresses makes a strong one weak. */
static bool
is_listed(const char *list, const char *etag)
{
	const size_t len = strlen(etag);

	while (list != NULL && *list != '\0') {
		list += strspn(list, " \t,");
		if (*list == '*')
			return true;
		if (strncmp(list, "W/", 2) == 0)
			list += 2;
		if (strncmp(list, etag, len) == 0 && strchr(" \t,", list[len]) != NULL)
			return true;
		list += strcspn(list, ",");
	}
	return false;
}

struct web_range
web_range_choose(const struct web_range_ask *ask, const char *etag, int64_t size)
{
	const struct web_range all = { WEB_RANGE_ALL, 0, size };
	struct web_range r = all;

	if (is_listed(ask->if_none_match, etag))
		return (struct web_range){ WEB_RANGE_SAME, 0, 0 };
	if (ask->if_range != NULL && strcmp(ask->if_range, etag) != 0)
		return all;
	return read_range(ask->range, size, &r) ? r : all;
}
