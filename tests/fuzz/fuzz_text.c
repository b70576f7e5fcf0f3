/*
 * Names that strangers chose, on their way into a page: whatever the bytes, what comes out is UTF-8
 * without control characters, and once escaped without any sign that HTML knows.
 */
#include <strings.h>

#include "base/escape.h"
#include "base/text.h"
#include "base/utf8.h"
#include "fuzz/fuzz.h"

#define SHORT 8

static void
must_be_harmless(const char *safe)
{
	const char *c;

	must(utf8_is_valid(safe, strlen(safe)));
	for (c = safe; *c != '\0'; c++) {
		must((unsigned char)*c >= ' ' && *c != 0x7f);
		must(!((unsigned char)c[0] == 0xc2 && (unsigned char)c[1] < 0xa0)); /* C1 */
	}
}

static size_t
count_points(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
must_be_escaped(const char *text)
{
	struct strbuf b = { 0 };

	escape_html(&b, text);
	must(strpbrk(strbuf_text(&b), "<>\"'") == NULL);
	strbuf_clear(&b);
	escape_html_url(&b, text);
	must(strpbrk(strbuf_text(&b), "<>\"'") == NULL);
	must(strncasecmp(strbuf_text(&b), "javascript:", 11) != 0);
	strbuf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char *text = fuzz_text(bytes, len);
	struct arena a = { 0 };
	const char *safe = text_safe(&a, text), *cut;

	must_be_harmless(safe);
	must_be_escaped(safe);
	must_be_escaped(text);
	cut = text_short(&a, safe, SHORT);
	must_be_harmless(cut);
	must(count_points(cut) <= SHORT && (cut == safe || count_points(safe) > SHORT));
	arena_free(&a);
	free(text);
	return 0;
}
