/* Form bodies and query strings. */
#include "base/form_data.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/strbuf.h"

static const char *const refused[] = {
	/* escapes that are none */
	"%",
	"a=%",
	"a=%4",
	"a=%4g",
	"a=%g4",
	"a=%g0%9f%8e%89",
	"a=b%",
	"%=b",
	"a=%%41",
	"a=% 41",
	"a=%-1",
	/* NUL */
	"a=%00",
	"%00=a",
	"a=b%00c",
	"ok=1&a=%00",
	/* not UTF-8 */
	"a=%ff",
	"a=\xff",
	"%c3=a",
	"a=%c3%28",
	"a=%ed%a0%80",
	"a=%c0%80",
	"a=\xe2\x82",
};

/* What is read, written as [name|value]. */
static const struct {
	const char *text, *fields;
} accepted[] = {
	{ "", "" },
	{ "&", "" },
	{ "&&&", "" },
	{ "a=1", "[a|1]" },
	{ "a=1&b=2", "[a|1][b|2]" },
	{ "a=&b", "[a|][b|]" },
	{ "=", "[|]" },
	{ "=v", "[|v]" },
	{ "&a=1&&b=2&", "[a|1][b|2]" },
	{ "a=b=c==", "[a|b=c==]" },
	{ "a=1&a=2&A=3", "[a|1][a|2][A|3]" },
	{ "a+b=c+d%2B", "[a b|c d+]" },
	{ "a=one%0D%0Atwo\nthree", "[a|one\r\ntwo\nthree]" },
	{ "%61%3D%26=%3d%26", "[a=&|=&]" },
	{ "a=%E2%82%AC\xe2\x82\xac", "[a|€€]" },
	{ "a=%20%40b%0a", "[a| @b\n]" },
	{ "a=<script>;b=2", "[a|<script>;b=2]" },
	{ "a?b=c#d", "[a?b|c#d]" },
};

static enum err
parse(struct form_data *d, struct arena *a, const char *text)
{
	return form_data_parse(d, a, text, strlen(text));
}

Test(form_data, refuses)
{
	struct arena a = { 0 };
	struct form_data d;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		cr_expect_eq(parse(&d, &a, refused[i]), ERR_INVALID, "'%s'", refused[i]);
		cr_expect_eq(d.n, 0);
		cr_expect_null(form_data_text(&d, "ok"));
	}
	cr_expect_eq(form_data_parse(&d, &a, "a=b\0c", 5), ERR_INVALID, "a plain NUL");
	arena_free(&a);
}

Test(form_data, reads)
{
	struct arena a = { 0 };
	struct form_data d;
	size_t i, j;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct strbuf b = { 0 };

		cr_assert_eq(parse(&d, &a, accepted[i].text), ERR_OK, "'%s'", accepted[i].text);
		for (j = 0; j < d.n; j++)
			strbuf_printf(&b, "[%s|%s]", d.fields[j].name, d.fields[j].value);
		cr_expect_str_eq(strbuf_text(&b), accepted[i].fields, "'%s' gave %s",
		    accepted[i].text, strbuf_text(&b));
		strbuf_free(&b);
	}
	arena_free(&a);
}

static enum err
parse_many(struct arena *a, size_t n)
{
	struct strbuf b = { 0 };
	struct form_data d;
	enum err e;

	for (size_t i = 0; i < n; i++)
		strbuf_printf(&b, "&f%zu=%zu", i, i);
	e = form_data_parse(&d, a, strbuf_text(&b), b.len);
	cr_expect_eq(d.n, e == ERR_OK ? n : 0);
	strbuf_free(&b);
	return e;
}

Test(form_data, bounds_the_number_of_fields)
{
	struct arena a = { 0 };

	cr_expect_eq(parse_many(&a, FORM_DATA_FIELDS_MAX + 1), ERR_TOO_LARGE);
	cr_expect_eq(parse_many(&a, FORM_DATA_FIELDS_MAX), ERR_OK);
	arena_free(&a);
}

Test(form_data, finds_by_name)
{
	struct arena a = { 0 };
	struct form_data d;

	cr_assert_eq(parse(&d, &a, "a=1&b=&a=2"), ERR_OK);
	cr_expect_null(form_data_text(&d, "c"));
	cr_expect_null(form_data_text(&d, "A"));
	cr_expect_null(form_data_text(&d, ""));
	cr_expect_str_eq(form_data_text(&d, "a"), "1");
	cr_expect_str_eq(form_data_text(&d, "b"), "");
	cr_expect_eq(form_data_count(&d, "a"), 2);
	cr_expect_eq(form_data_count(&d, "b"), 1);
	cr_expect_eq(form_data_count(&d, "c"), 0);
	arena_free(&a);
}

Test(form_data, does_not_point_into_the_bytes)
{
	struct arena a = { 0 };
	struct form_data d;
	char bytes[] = "name=value";

	cr_assert_eq(parse(&d, &a, bytes), ERR_OK);
	memset(bytes, 'x', sizeof(bytes) - 1);
	cr_expect_str_eq(form_data_text(&d, "name"), "value");
	arena_free(&a);
}
