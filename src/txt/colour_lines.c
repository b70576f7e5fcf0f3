#include "txt/colour_lines.h"

#include <ctype.h>
#include <string.h>

#include "txt/colour_write.h"

/* What a line needs to know of those before it. */
struct lines {
	struct strbuf *out;
	bool is_fenced; /* in a block of code of Markdown */
};

static bool
begins(const char *s, size_t len, const char *what)
{
	const size_t n = strlen(what);

	return len >= n && memcmp(s, what, n) == 0;
}

static void
diff_line(struct lines *l, const char *s, size_t len)
{
	static const char *const heads[] = { "+++ ", "--- ", "diff ", "index ",
		"Index: ", "new file", "deleted file", "rename ", "similarity ", "commit ",
		"=====" };
	enum colour colour = len == 0	 ? COLOUR_NONE
			     : *s == '+' ? COLOUR_ADDED
			     : *s == '-' ? COLOUR_REMOVED
					 : COLOUR_NONE;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (begins(s, len, heads[i]))
			colour = COLOUR_META;
	if (begins(s, len, "@@"))
		colour = COLOUR_HEADING;
	colour_write(l->out, colour, s, len);
}

/* How many bytes of a time of day the line begins with: "[12:34:56] ", "12:34 ". */
static size_t
time_length(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && n < 32 && (isdigit((unsigned char)s[n]) || strchr("[]():-.T/", s[n])))
		n++;
	if (n < 4 || n >= len || s[n] != ' ' || memchr(s, ':', n) == NULL)
		return 0;
	return n + 1;
}

/* The same person has the same colour, among those that are easy to tell from each other. */
static enum colour
nick_colour(const char *s, size_t len)
{
	static const enum colour colours[] = { COLOUR_KEYWORD, COLOUR_TYPE, COLOUR_STRING,
		COLOUR_NUMBER, COLOUR_META, COLOUR_NAME };
	unsigned sum = 5381;

	for (size_t i = 0; i < len; i++)
		sum = sum * 33 + (unsigned char)s[i];
	return colours[sum % (sizeof(colours) / sizeof(colours[0]))];
}

static void
irc_line(struct lines *l, const char *s, size_t len)
{
	const size_t time = time_length(s, len);
	const char *rest = s + time, *close;
	size_t left = len - time, nick;

	colour_write(l->out, COLOUR_COMMENT, s, time);
	close = left > 0 && *rest == '<' ? memchr(rest, '>', left < 64 ? left : 64) : NULL;
	if (close != NULL) {
		nick = (size_t)(close - rest) + 1;
		colour_write(l->out, nick_colour(rest + 1, nick - 2), rest, nick);
		colour_write(l->out, COLOUR_NONE, rest + nick, left - nick);
	} else if (begins(rest, left, "*") || begins(rest, left, "-") ||
		   begins(rest, left, "<--")) {
		colour_write(l->out, COLOUR_COMMENT, rest, left);
	} else {
		colour_write(l->out, COLOUR_NONE, rest, left);
	}
}

/* `code` between its signs, the rest plain. */
static void
markdown_words(struct lines *l, const char *s, size_t len)
{
	const char *end = s + len, *open, *close;

	while ((open = memchr(s, '`', (size_t)(end - s))) != NULL &&
	       (close = memchr(open + 1, '`', (size_t)(end - open - 1))) != NULL) {
		colour_write(l->out, COLOUR_NONE, s, (size_t)(open - s));
		colour_write(l->out, COLOUR_STRING, open, (size_t)(close + 1 - open));
		s = close + 1;
	}
	colour_write(l->out, COLOUR_NONE, s, (size_t)(end - s));
}

static void
markdown_line(struct lines *l, const char *s, size_t len)
{
	if (begins(s, len, "```")) {
		l->is_fenced = !l->is_fenced;
		colour_write(l->out, COLOUR_META, s, len);
	} else if (l->is_fenced) {
		colour_write(l->out, COLOUR_STRING, s, len);
	} else if (begins(s, len, "#")) {
		colour_write(l->out, COLOUR_HEADING, s, len);
	} else if (begins(s, len, ">")) {
		colour_write(l->out, COLOUR_COMMENT, s, len);
	} else {
		markdown_words(l, s, len);
	}
}

static void
settings_line(struct lines *l, const char *s, size_t len)
{
	const char *equals = memchr(s, '=', len);
	size_t blanks = 0, name;

	while (blanks < len && isspace((unsigned char)s[blanks]))
		blanks++;
	if (blanks < len && strchr("#;", s[blanks]) != NULL) {
		colour_write(l->out, COLOUR_COMMENT, s, len);
	} else if (blanks < len && s[blanks] == '[' && s[len - 1] == ']') {
		colour_write(l->out, COLOUR_HEADING, s, len);
	} else if (equals != NULL) {
		name = (size_t)(equals - s);
		colour_write(l->out, COLOUR_NAME, s, name);
		colour_write(l->out, COLOUR_NONE, equals, 1);
		colour_write(l->out, COLOUR_STRING, equals + 1, len - name - 1);
	} else {
		colour_write(l->out, COLOUR_NONE, s, len);
	}
}

/* ---- Tags ---- */

/* Behind the next `close`, or the end of the text. */
static const char *
until(const char *s, const char *end, const char *close)
{
	while ((s = memchr(s, *close, (size_t)(end - s))) != NULL) {
		if (begins(s, (size_t)(end - s), close))
			return s + strlen(close);
		s++;
	}
	return end;
}

/* Names of attributes and their values, up to the end of the tag. */
static const char *
tag_inside(struct strbuf *out, const char *s, const char *end)
{
	while (s < end && *s != '>') {
		const char *from = s;

		if (*s == '"' || *s == '\'') {
			const char *close = memchr(s + 1, *s, (size_t)(end - s - 1));

			s = close != NULL ? close + 1 : end;
			colour_write(out, COLOUR_STRING, from, (size_t)(s - from));
		} else if (isalpha((unsigned char)*s)) {
			while (s < end && strchr(" \t\n=>\"'", *s) == NULL)
				s++;
			colour_write(out, COLOUR_NAME, from, (size_t)(s - from));
		} else {
			colour_write(out, COLOUR_NONE, s++, 1);
		}
	}
	if (s < end)
		colour_write(out, COLOUR_KEYWORD, s++, 1);
	return s;
}

static const char *
tag(struct strbuf *out, const char *s, const char *end)
{
	const char *stop;

	if (begins(s, (size_t)(end - s), "<!--")) {
		stop = until(s, end, "-->");
		colour_write(out, COLOUR_COMMENT, s, (size_t)(stop - s));
		return stop;
	}
	if (begins(s, (size_t)(end - s), "<!") || begins(s, (size_t)(end - s), "<?")) {
		stop = until(s, end, ">");
		colour_write(out, COLOUR_META, s, (size_t)(stop - s));
		return stop;
	}
	for (stop = s + 1; stop < end && strchr(" \t\n>\"'", *stop) == NULL;)
		stop++;
	colour_write(out, COLOUR_KEYWORD, s, (size_t)(stop - s));
	return tag_inside(out, stop, end);
}

static void
tags(struct strbuf *out, const char *s, const char *end)
{
	while (s < end) {
		const char *open = memchr(s, '<', (size_t)(end - s));

		if (open == NULL)
			open = end;
		colour_write(out, COLOUR_NONE, s, (size_t)(open - s));
		if (open == end)
			return;
		if (open + 1 < end && (isalpha((unsigned char)open[1]) || strchr("/!?", open[1])))
			s = tag(out, open, end);
		else
			colour_write(out, COLOUR_NONE, (s = open + 1) - 1, 1);
	}
}

/* ---- All ---- */

static void
line(struct lines *l, enum colour_mode mode, const char *s, size_t len)
{
	switch (mode) {
	case COLOUR_DIFF:
		diff_line(l, s, len);
		break;
	case COLOUR_IRC:
		irc_line(l, s, len);
		break;
	case COLOUR_MARKDOWN:
		markdown_line(l, s, len);
		break;
	case COLOUR_SETTINGS:
		settings_line(l, s, len);
		break;
	default:
		colour_write(l->out, COLOUR_NONE, s, len);
	}
}

void
colour_lines(struct strbuf *out, enum colour_mode mode, const char *text, size_t len)
{
	const char *end = text + len;
	struct lines l = { .out = out };

	if (mode == COLOUR_TAGS) {
		tags(out, text, end);
		return;
	}
	while (text < end) {
		const char *found = memchr(text, '\n', (size_t)(end - text));
		const char *stop = found != NULL ? found : end;

		line(&l, mode, text, (size_t)(stop - text));
		if (found != NULL)
			strbuf_putc(out, '\n');
		text = stop + (found != NULL);
	}
}
