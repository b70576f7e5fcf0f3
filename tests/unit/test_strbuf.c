#include <criterion/criterion.h>

#include "base/strbuf.h"

Test(strbuf, grows_and_stays_closed)
{
	struct strbuf b = { 0 };

	cr_expect_str_eq(strbuf_text(&b), "");
	strbuf_add(&b, NULL, 0);
	cr_expect_str_eq(strbuf_text(&b), "");
	for (int i = 0; i < 1000; i++)
		strbuf_puts(&b, "ab");
	strbuf_putc(&b, 'c');
	strbuf_printf(&b, "%d", 42);
	cr_expect_eq(b.len, 2003);
	cr_expect_str_eq(strbuf_text(&b) + 2000, "c42");
	strbuf_cut(&b, 1);
	cr_expect_eq(b.len, 1);
	cr_expect_eq(strlen(strbuf_text(&b)), 1);
	strbuf_clear(&b);
	cr_expect_str_eq(strbuf_text(&b), "");
	strbuf_add(&b, "a\0b", 3);
	cr_expect_eq(b.len, 3);
	cr_expect_eq(b.s[3], '\0');
	strbuf_free(&b);
	cr_expect_eq(b.len, 0);
	cr_expect_null(b.s);
}

Test(strbuf, reserving_changes_no_text)
{
	struct strbuf b = { 0 };

	strbuf_reserve(&b, 10000);
	cr_expect_str_eq(strbuf_text(&b), "");
	strbuf_puts(&b, "x");
	strbuf_reserve(&b, 100000);
	cr_expect_str_eq(strbuf_text(&b), "x");
	strbuf_free(&b);
}
