#include "web/css_squeeze.h"

#include <stdbool.h>
#include <string.h>

struct sheet {
	const char *s, *end;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
needs_no_blank(char c)
{
	return c != '\0' && strchr("{};,", c) != NULL;
}

static bool
is_at(const struct sheet *in, const char *two)
{
	return in->end - in->s >= 2 && memcmp(in->s, two, 2) == 0;
}

static void
skip_comment(struct sheet *in)
{
	for (in->s += 2; in->s < in->end && !is_at(in, "*/"); in->s++)
		;
	in->s = in->s < in->end ? in->s + 2 : in->end;
}

/* Past white space and comments. */
static void
skip(struct sheet *in)
{
	for (;;) {
		while (in->s < in->end && is_blank(*in->s))
			in->s++;
		if (!is_at(in, "/*"))
			return;
		skip_comment(in);
	}
}

/* The length of what stands together: a string, or everything up to the next blank or comment. */
static size_t
word_length(const struct sheet *in)
{
	const char *p = in->s;

	if (*p == '"' || *p == '\'') {
		for (p++; p < in->end && *p != *in->s; p++)
			if (*p == '\\' && p + 1 < in->end)
				p++;
		return (size_t)(p - in->s) + (p < in->end);
	}
	while (p < in->end && !is_blank(*p) && *p != '"' && *p != '\'' &&
	       !(p[0] == '/' && p + 1 < in->end && p[1] == '*'))
		p++;
	return (size_t)(p - in->s);
}

void
css_squeeze(struct strbuf *out, const char *css, size_t len)
{
	struct sheet in = { css, css + len };
	char last = ';'; /* as if before a rule */

	while (in.s < in.end) {
		const char *from = in.s;
		size_t n;

		skip(&in);
		if (in.s == in.end)
			break;
		/* Before a colon a blank may mean something, "a :hover", after it nothing. */
		if (in.s > from && last != ':' && !needs_no_blank(last) && !needs_no_blank(*in.s))
			strbuf_add(out, " ", 1);
		n = word_length(&in);
		strbuf_add(out, in.s, n);
		last = in.s[n - 1];
		in.s += n;
	}
}
