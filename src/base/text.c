/* See text.h. Ranges are from the Unicode Character Database 15 (Default_Ignorable, Bidi_Control).
 */
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/strbuf.h"

#define REPLACEMENT 0xfffd
#define MARKS_MAX 4 /* Vietnamese and Hebrew need three on one letter */

struct range {
	uint32_t first, last;
};

/*
 * Characters that show nothing, or change how their neighbours are shown. Variation selectors stay:
 * they only choose between two pictures of one character.
 */
static const struct range invisible[] = {
	{ 0x0000, 0x001f },   /* controls */
	{ 0x007f, 0x009f },   /* delete, more controls */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x034f, 0x034f },   /* grapheme joiner */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors and vowel separator */
	{ 0x200b, 0x200f },   /* zero width spaces and joiners, direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph separators, embeddings and overrides */
	{ 0x2060, 0x206f },   /* word joiner, invisible operators, isolates */
	{ 0x2800, 0x2800 },   /* empty Braille pattern */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfeff, 0xfeff },   /* zero width no-break space */
	{ 0xffa0, 0xffa0 },   /* half-width Hangul filler */
	{ 0xfff0, 0xfffb },   /* unassigned, interlinear annotation */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format controls */
	{ 0x1d173, 0x1d17a }, /* musical format controls */
	{ 0xe0000, 0xe0fff }, /* tags */
};

/* Marks that are drawn over, under or through the letter before them. */
static const struct range marks[] = {
	{ 0x0300, 0x036f },
	{ 0x0483, 0x0489 },
	{ 0x0591, 0x05c7 },
	{ 0x0610, 0x061a },
	{ 0x064b, 0x065f },
	{ 0x0e31, 0x0e4e },
	{ 0x1ab0, 0x1aff },
	{ 0x1dc0, 0x1dff },
	{ 0x20d0, 0x20ff },
	{ 0x302a, 0x302f },
	{ 0xfe20, 0xfe2f },
};

static bool
is_in(uint32_t c, const struct range *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= list[i].first && c <= list[i].last)
			return true;
	return false;
}

#define IS_IN(c, list) is_in(c, list, sizeof(list) / sizeof((list)[0]))

/* How many bytes the first byte promises; 0 if none begins with it. */
static int
sequence_len(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Reads one code point and moves on; after a byte that is no UTF-8, one byte. */
static uint32_t
next_point(const char **text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 }; /* by length */
	const unsigned char *s = (const unsigned char *)*text;
	int len = sequence_len(s[0]);
	uint32_t c;

	(*text)++;
	if (len <= 1)
		return len == 1 ? s[0] : REPLACEMENT;
	c = s[0] & (0x7fu >> len);
	for (int i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return REPLACEMENT;
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return REPLACEMENT;
	*text += len - 1;
	return c;
}

static void
add_point(struct strbuf *b, uint32_t c)
{
	if (c < 0x80) {
		strbuf_putc(b, (char)c);
	} else if (c < 0x800) {
		strbuf_putc(b, (char)(0xc0 | c >> 6));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		strbuf_putc(b, (char)(0xe0 | c >> 12));
		strbuf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_putc(b, (char)(0xf0 | c >> 18));
		strbuf_putc(b, (char)(0x80 | (c >> 12 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_putc(b, (char)(0x80 | (c & 0x3f)));
	}
}

static void
add_safe(struct strbuf *b, uint32_t c)
{
	if ((c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef))
		add_point(b, REPLACEMENT); /* noncharacters */
	else if (IS_IN(c, invisible))
		strbuf_printf(b, "[U+%04X]", (unsigned)c);
	else
		add_point(b, c);
}

/* Most names are plain: they need no copy of the work below. */
static bool
is_plain(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

const char *
text_safe(struct arena *arena, const char *text)
{
	struct strbuf b = { 0 };
	const char *safe;
	int piled = 0;

	if (text == NULL || is_plain(text))
		return arena_strdup(arena, text);
	while (*text != '\0') {
		uint32_t c = next_point(&text);

		piled = IS_IN(c, marks) ? piled + 1 : 0;
		add_safe(&b, piled > MARKS_MAX ? REPLACEMENT : c);
	}
	safe = arena_strndup(arena, strbuf_text(&b), b.len);
	strbuf_free(&b);
	return safe;
}

/* The end of the first n code points, or of the text. */
static const char *
skip_points(const char *s, size_t n)
{
	for (; n > 0 && *s != '\0'; n--)
		for (s++; ((unsigned char)*s & 0xc0) == 0x80; s++)
			;
	return s;
}

const char *
text_short(struct arena *arena, const char *safe, size_t max)
{
	size_t len;

	if (safe == NULL || *skip_points(safe, max) == '\0')
		return safe;
	len = (size_t)(skip_points(safe, max - 1) - safe);
	return arena_printf(arena, "%.*s…", (int)len, safe);
}
