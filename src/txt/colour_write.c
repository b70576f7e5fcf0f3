#include "txt/colour_write.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const classes[COLOUR__MAX] = {
	[COLOUR_COMMENT] = "cc",
	[COLOUR_STRING] = "cs",
	[COLOUR_NUMBER] = "cn",
	[COLOUR_KEYWORD] = "ck",
	[COLOUR_TYPE] = "ct",
	[COLOUR_META] = "cm",
	[COLOUR_NAME] = "ca",
	[COLOUR_HEADING] = "ch",
	[COLOUR_ADDED] = "ci",
	[COLOUR_REMOVED] = "cd",
};

/* U+202A to U+202E, U+2066 to U+2069: they reorder what stands around them. 0: none of those. */
static unsigned
direction(const unsigned char *s, size_t left)
{
	if (left < 3 || s[0] != 0xe2)
		return 0;
	if (s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae)
		return 0x2000U + s[2] - 0x80;
	if (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9)
		return 0x2040U + s[2] - 0x80;
	return 0;
}

static const char *
reference(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/* What stands for something that nobody would see, in UTF-8; how many bytes that was, 0: none. */
static size_t
make_visible(char text[8], const unsigned char *s, size_t left)
{
	const unsigned mark = direction(s, left);

	if (mark != 0) {
		snprintf(text, 8, "U+%04X", mark);
		return 3;
	}
	if ((s[0] >= 0x20 && s[0] != 0x7f) || s[0] == '\t')
		return 0;
	memcpy(text, "\xe2\x90\x80", 4); /* U+2400 and those behind it are their pictures */
	text[2] = (char)(0x80 + (s[0] == 0x7f ? 0x21 : s[0]));
	return 1;
}

/* The end of a line, as Windows has it. */
static bool
is_return(const unsigned char *s, size_t left)
{
	return s[0] == '\r' && (left == 1 || s[1] == '\n');
}

/* A row of such characters; returns how many bytes it was, 0: there is none here. */
static size_t
write_unseen(struct strbuf *out, const unsigned char *s, size_t len, size_t left)
{
	char text[8];
	size_t done = 0, n;

	while (done < len && !is_return(s + done, left - done) &&
	       (n = make_visible(text, s + done, left - done)) > 0) {
		strbuf_puts(out, done == 0 ? "<span class=\"cx\">" : "");
		strbuf_puts(out, text);
		done += n;
	}
	if (done > 0)
		strbuf_puts(out, "</span>");
	return done;
}

static bool
is_ordinary(unsigned char c)
{
	return (c >= 0x20 || c == '\t') && c != 0x7f && c != 0xe2 && reference(c) == NULL;
}

/* Of one line. */
static void
write_text(struct strbuf *out, const char *text, size_t len, size_t left)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t i = 0, start, n;

	while (i < len) {
		for (start = i; i < len && is_ordinary(s[i]); i++)
			;
		strbuf_add(out, text + start, i - start);
		if (i == len)
			break;
		if (reference(s[i]) != NULL) {
			strbuf_puts(out, reference(s[i++]));
			continue;
		}
		if (is_return(s + i, left - i)) {
			i++;
			continue;
		}
		n = write_unseen(out, s + i, len - i, left - i);
		if (n == 0)
			strbuf_putc(out, (char)s[i++]);
		i += n;
	}
}

void
colour_write(struct strbuf *out, enum colour colour, const char *text, size_t len)
{
	while (len > 0) {
		const char *end = memchr(text, '\n', len);
		const size_t n = end != NULL ? (size_t)(end - text) : len;
		const bool has_span = colour != COLOUR_NONE && n > 0;

		if (has_span)
			strbuf_printf(out, "<span class=\"%s\">", classes[colour]);
		write_text(out, text, n, len);
		if (has_span)
			strbuf_puts(out, "</span>");
		if (end != NULL)
			strbuf_putc(out, '\n');
		text += n + (end != NULL);
		len -= n + (end != NULL);
	}
}
