/* Names from strangers: whatever the bytes, the result is valid, visible and keeps its order. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

#define BAD "\xef\xbf\xbd" /* U+FFFD */

/* clang-format off */
static const struct {
	const char *name, *safe;
} names[] = {
	/* bytes that are no UTF-8 */
	{ "\xff", BAD },
	{ "a\x80z", "a" BAD "z" },
	{ "\xc3", BAD },		    /* cut off */
	{ "\xc3(", BAD "(" },
	{ "\xe2\x82", BAD BAD },
	{ "\xf0\x9f\x98", BAD BAD BAD },
	{ "\xc0\xaf", BAD BAD },	    /* overlong */
	{ "\xe0\x80\xaf", BAD BAD BAD },
	{ "\xed\xa0\x80", BAD BAD BAD },    /* surrogate */
	{ "\xf4\x90\x80\x80", BAD BAD BAD BAD }, /* above U+10FFFF */
	{ "\xf5\x80\x80\x80", BAD BAD BAD BAD },
	{ "\xef\xbf\xbe", BAD },	    /* noncharacter */
	{ "\xf0\x9f\xbf\xbf", BAD },
	/* controls */
	{ "\a\n\x7f", "[U+0007][U+000A][U+007F]" },
	{ "\x1b[31m", "[U+001B][31m" },
	{ "\x03" "4red", "[U+0003]4red" },  /* an IRC colour */
	{ "\xc2\x85", "[U+0085]" },
	/* direction and nothing */
	{ "a\xe2\x80\xae" "cba", "a[U+202E]cba" },
	{ "\xe2\x81\xa6x\xe2\x81\xa9", "[U+2066]x[U+2069]" },
	{ "a\xe2\x80\x8b" "b", "a[U+200B]b" },
	{ "\xef\xbb\xbf" "a", "[U+FEFF]a" },
	{ "\xc2\xad", "[U+00AD]" },
	{ "\xf3\xa0\x80\xa0", "[U+E0020]" },
	{ "\xe2\x80\xa8", "[U+2028]" },
	/* marks in a pile */
	{ "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81" "b",
	    "a\xcc\x81\xcc\x81\xcc\x81\xcc\x81" BAD BAD "b" },
	/* what is fine stays */
	{ "", "" },
	{ "#c++ & <b>", "#c++ & <b>" },
	{ "Zo\xc3\xab e\xcc\x81", "Zo\xc3\xab e\xcc\x81" },
	{ "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d" },
	{ "\xe2\x9d\xa4\xef\xb8\x8f\xf0\x9f\x98\x80", "\xe2\x9d\xa4\xef\xb8\x8f\xf0\x9f\x98\x80" },
	{ "\xf4\x8f\xbf\xbd", "\xf4\x8f\xbf\xbd" }, /* U+10FFFD, the last that is a character */
};
/* clang-format on */

Test(text, safe)
{
	struct arena arena = { 0 };

	cr_expect_null(text_safe(&arena, NULL));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_str_eq(text_safe(&arena, names[i].name), names[i].safe, "case %zu", i);
	arena_free(&arena);
}

/* All two-byte names, and all that begin like a long sequence. */
Test(text, always_valid)
{
	struct arena arena = { 0 };
	char name[6] = "";

	for (int a = 1; a < 256; a++)
		for (int b = 1; b < 256; b++) {
			const char *safe;

			name[0] = (char)a;
			name[1] = (char)b;
			memcpy(name + 2, b % 2 ? "\x80\x80z" : "z", b % 2 ? 4 : 2);
			safe = text_safe(&arena, name);
			cr_assert(utf8_is_valid(safe, strlen(safe)), "%02x %02x", a, b);
			cr_assert_eq(strpbrk(safe, "\x01\x09\x0a\x0d\x1b\x7f"), NULL);
			arena_free(&arena);
		}
}

static const struct {
	const char *text;
	size_t max;
	const char *shown;
} cuts[] = {
	{ "", 1, "" },
	{ "a", 1, "a" },
	{ "ab", 1, "…" },
	{ "abc", 3, "abc" },
	{ "abcd", 3, "ab…" },
	{ "äöüß", 4, "äöüß" },
	{ "äöüßx", 4, "äöü…" },
	{ "😀😀😀", 2, "😀…" },
};

Test(text, short)
{
	struct arena arena = { 0 };

	cr_expect_null(text_short(&arena, NULL, 3));
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		const char *shown = text_short(&arena, cuts[i].text, cuts[i].max);

		cr_expect_str_eq(shown, cuts[i].shown);
		/* The pointer tells whether something was cut off. */
		cr_expect_eq(shown == cuts[i].text, strcmp(shown, cuts[i].text) == 0);
	}
	arena_free(&arena);
}
