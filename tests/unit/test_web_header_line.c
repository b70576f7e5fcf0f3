/* Heads of requests as Kore leaves them, and values for answers. */
#include "web/web_header_line.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/strbuf.h"

/* The value of the last header that Kore kept, then all it did not split; what is read of that. */
static const struct {
	const char *head;
	size_t len;
	const char *lines;
} heads[] = {
#define HEAD(text, lines)                                                                          \
	{                                                                                          \
		text, sizeof(text) - 1, lines                                                      \
	}
	/* nothing stands behind it */
	HEAD("last\0\n\r\n", ""),
	HEAD("\0\n\r\n", ""),
	HEAD("cut\0by a NUL\0\n\r\n", ""),
	HEAD("cut\0\n\0\n\r\n", ""),
	/* lines that are none */
	HEAD("last\0\nno colon\0\n\r\n", ""),
	HEAD("last\0\n: no name\0\n\r\n", ""),
	HEAD("last\0\n:\r\n::\r\n\n\r\0\n\r\n", ""),
	HEAD("last\0\nX: 1\0Y: 2\0\n\r\n", "[X|1]"),
	/* headers */
	HEAD("last\0\nX: 1\0\n\r\n", "[X|1]"),
	HEAD("\0\nX:1\r\ny: \t2 \r\nZ:\0\n\r\n", "[X|1][y|2 ][Z|]"),
	HEAD("last\0\nno colon\r\nX: a:b\r\n:\r\nX: c\0\n\r\n", "[X|a:b][X|c]"),
	HEAD("last\0\nX: 1\nY: 2\rZ: 3\0\n\r\n", "[X|1][Y|2][Z|3]"),
	HEAD("last\0\nX: 1\r\n folded: 2\0\n\r\n", "[X|1][ folded|2]"),
#undef HEAD
};

Test(web_header_line, takes_what_kore_left)
{
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char head[64], *rest, *name, *value;
		struct strbuf b = { 0 };

		cr_assert_leq(heads[i].len, sizeof(head));
		memcpy(head, heads[i].head, heads[i].len);
		rest = web_header_line_rest(head);
		while (web_header_line_take(&rest, &name, &value))
			strbuf_printf(&b, "[%s|%s]", name, value);
		cr_expect_str_eq(
		    strbuf_text(&b), heads[i].lines, "case %zu: %s", i, strbuf_text(&b));
		strbuf_free(&b);
	}
}

static const struct {
	const char *value, *want;
} values[] = {
	{ "a\r\nset-cookie: x", "a  set-cookie: x" },
	{ "\n", " " },
	{ "\t\x01\x1f\x7f", "    " },
	{ "", "" },
	{ "/dashboard?a=\xc3\x86", "/dashboard?a=\xc3\x86" },
};

Test(web_header_line, a_value_cannot_end_its_line)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char value[64];

		strcpy(value, values[i].value);
		web_header_line_clean(value);
		cr_expect_str_eq(value, values[i].want);
	}
}
