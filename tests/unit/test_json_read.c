/* JSON from others. */
#include "base/json_read.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/strbuf.h"

static enum err
parse(const struct json **root, struct arena *a, const char *text)
{
	return json_read_parse(root, a, text, strlen(text));
}

static const char *const refused[] = {
	"",
	" ",
	"null",
	"true",
	"1",
	"\"text\"",
	"{",
	"[",
	"{}x",
	"[] []",
	"[1,]",
	"{\"a\":1,}",
	"{a:1}",
	"{'a':1}",
	"[01]",
	"[+1]",
	"[.5]",
	"[1.]",
	"[NaN]",
	"[Infinity]",
	"[1e999]",
	"[9223372036854775808]",
	"[\"\\u0000\"]",
	"{\"\\u0000\":1}",
	"[\"\\ud800\"]",
	"[\"\\x\"]",
	"[\"a\nb\"]",
	"[\"\xff\"]",
	"[\"\xc0\x80\"]",
	"{\"\xff\":1}",
	"{\"a\":1,\"a\":2}",
	"{\"a\":1,\"\\u0061\":2}",
	"[{\"x\":{\"a\":null,\"a\":null}}]",
	"/* */[]",
	"[]//",
	"\xef\xbb\xbf[]",
	"<html>",
	"{\"a\":1",
	"[\"a]",
	"[}",
	"]",
	"}",
	"{]",
};

Test(json_read, refuses)
{
	const struct json *root = NULL;
	struct arena a = { 0 };
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(parse(&root, &a, refused[i]), ERR_INVALID, "'%s'", refused[i]);
	cr_expect_eq(json_read_parse(&root, &a, "[1]\0", 4), ERR_INVALID, "a NUL after it");
	cr_expect_eq(json_read_parse(&root, &a, "[\"a\0b\"]", 7), ERR_INVALID, "a NUL within");
	cr_expect_null(root);
	arena_free(&a);
}

/* `n` times one text, another text, n times a third. */
static enum err
parse_repeated(const char *before, const char *middle, const char *after, size_t n)
{
	const struct json *root;
	struct arena a = { 0 };
	struct strbuf b = { 0 };
	enum err e;
	size_t i;

	for (i = 0; i < n; i++)
		strbuf_puts(&b, before);
	strbuf_puts(&b, middle);
	for (i = 0; i < n; i++)
		strbuf_puts(&b, after);
	e = json_read_parse(&root, &a, strbuf_text(&b), b.len);
	strbuf_free(&b);
	arena_free(&a);
	return e;
}

Test(json_read, bounds_depth_size_and_number)
{
	cr_expect_eq(parse_repeated("[", "", "]", JSON_READ_DEPTH_MAX + 1), ERR_TOO_LARGE);
	cr_expect_eq(parse_repeated("[", "", "", 1000000), ERR_TOO_LARGE);
	cr_expect_eq(parse_repeated("{\"a\":", "1", "}", JSON_READ_DEPTH_MAX + 1), ERR_TOO_LARGE);
	cr_expect_eq(parse_repeated("[", "", "]", JSON_READ_DEPTH_MAX), ERR_OK);
	cr_expect_eq(parse_repeated("", "[0", ",0", JSON_READ_VALUES_MAX), ERR_TOO_LARGE);
	cr_expect_eq(parse_repeated("", "[0", ",0", JSON_READ_VALUES_MAX - 1), ERR_INVALID);
	cr_expect_eq(
	    parse_repeated("[],", "0", "", 100), ERR_INVALID, "depth ends with its bracket");
	cr_expect_eq(
	    parse_repeated("{},", "0", "", 100), ERR_INVALID, "depth ends with its bracket");
	cr_expect_eq(parse_repeated(" ", "[]", "", JSON_READ_BYTES_MAX), ERR_TOO_LARGE);
	cr_expect_eq(parse_repeated(" ", "[]", "", JSON_READ_BYTES_MAX - 2), ERR_OK);
}

/* Brackets and commas inside texts are no structure, whatever stands before their quotes. */
Test(json_read, counts_only_structure)
{
	const struct json *root;
	struct arena a = { 0 };
	struct strbuf b = { 0 };
	size_t i;

	strbuf_puts(&b, "[\"\\\"\\\\\\\"");
	for (i = 0; i < 300000; i++)
		strbuf_puts(&b, "[{,");
	strbuf_puts(&b, "\\\\\"]");
	cr_expect_eq(json_read_parse(&root, &a, strbuf_text(&b), b.len), ERR_OK);
	strbuf_free(&b);
	arena_free(&a);
}

static const char members[] =
    "{\"text\":\"t\",\"empty\":\"\",\"int\":-7,\"big\":9223372036854775807,\"real\":1.5,"
    "\"whole\":1.0,\"yes\":true,\"no\":false,\"null\":null,\"array\":[1,\"two\",null],"
    "\"object\":{\"in\":\"side\"},\"\":\"no name\"}";

/* What each reader says to each member: o found, - absent, x of another kind. */
static const struct {
	const char *name, *text, *integer, *boolean, *array, *object;
} kinds[] = {
	{ "text", "o", "x", "x", "x", "x" },
	{ "empty", "o", "x", "x", "x", "x" },
	{ "int", "x", "o", "x", "x", "x" },
	{ "big", "x", "o", "x", "x", "x" },
	{ "real", "x", "x", "x", "x", "x" },
	{ "whole", "x", "x", "x", "x", "x" },
	{ "yes", "x", "x", "o", "x", "x" },
	{ "no", "x", "x", "o", "x", "x" },
	{ "null", "-", "-", "-", "-", "-" },
	{ "absent", "-", "-", "-", "-", "-" },
	{ "TEXT", "-", "-", "-", "-", "-" },
	{ "array", "x", "x", "x", "o", "x" },
	{ "object", "x", "x", "x", "x", "o" },
	{ "", "o", "x", "x", "x", "x" },
};

static const char *
mark(enum err e)
{
	return e == ERR_OK ? "o" : e == ERR_NOT_FOUND ? "-" : e == ERR_INVALID ? "x" : "?";
}

Test(json_read, tells_absent_from_wrong)
{
	const struct json *o, *v;
	struct arena a = { 0 };
	const char *text;
	int64_t integer;
	bool boolean;
	size_t i;

	cr_assert_eq(parse(&o, &a, members), ERR_OK);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *name = kinds[i].name;

		cr_expect_str_eq(mark(json_read_text(o, name, &text)), kinds[i].text, "%s", name);
		cr_expect_str_eq(
		    mark(json_read_int(o, name, &integer)), kinds[i].integer, "%s", name);
		cr_expect_str_eq(
		    mark(json_read_bool(o, name, &boolean)), kinds[i].boolean, "%s", name);
		cr_expect_str_eq(mark(json_read_array(o, name, &v)), kinds[i].array, "%s", name);
		cr_expect_str_eq(mark(json_read_object(o, name, &v)), kinds[i].object, "%s", name);
	}
	arena_free(&a);
}

Test(json_read, leaves_the_result_when_there_is_none)
{
	const struct json *o, *array = NULL;
	struct arena a = { 0 };
	const char *text = "before";
	int64_t integer = 42;
	bool boolean = true;

	cr_assert_eq(parse(&o, &a, members), ERR_OK);
	json_read_text(o, "int", &text);
	json_read_text(o, "null", &text);
	json_read_int(o, "text", &integer);
	json_read_bool(o, "absent", &boolean);
	json_read_array(o, "object", &array);
	cr_expect_str_eq(text, "before");
	cr_expect_eq(integer, 42);
	cr_expect(boolean);
	cr_expect_null(array);
	arena_free(&a);
}

Test(json_read, reads_values)
{
	const struct json *o, *v;
	struct arena a = { 0 };
	const char *text;
	int64_t integer;
	bool boolean;

	cr_assert_eq(parse(&o, &a, members), ERR_OK);
	cr_expect_eq(json_read_int(o, "int", &integer), ERR_OK);
	cr_expect_eq(integer, -7);
	cr_expect_eq(json_read_int(o, "big", &integer), ERR_OK);
	cr_expect_eq(integer, INT64_MAX);
	cr_expect_eq(json_read_bool(o, "yes", &boolean), ERR_OK);
	cr_expect(boolean);
	cr_expect_eq(json_read_bool(o, "no", &boolean), ERR_OK);
	cr_expect_not(boolean);
	cr_assert_eq(json_read_array(o, "array", &v), ERR_OK);
	cr_assert_eq(v->n, 3);
	cr_expect_eq(v->items[0].integer, 1);
	cr_expect_str_eq(v->items[1].text, "two");
	cr_expect_eq(v->items[2].kind, JSON_KIND_NULL);
	cr_assert_eq(json_read_object(o, "object", &v), ERR_OK);
	cr_expect_eq(json_read_text(v, "in", &text), ERR_OK);
	cr_expect_str_eq(text, "side");
	cr_expect_float_eq(json_read_member(o, "real")->real, 1.5, 1e-9);
	arena_free(&a);
}

Test(json_read, a_member_of_no_object_is_invalid)
{
	const struct json *o;
	struct arena a = { 0 };
	const char *text;

	cr_assert_eq(parse(&o, &a, "[{\"a\":1}]"), ERR_OK);
	cr_expect_eq(json_read_text(o, "a", &text), ERR_INVALID);
	cr_expect_null(json_read_member(o, "a"));
	arena_free(&a);
}

Test(json_read, outlives_its_bytes)
{
	const struct json *o;
	struct arena a = { 0 };
	char bytes[] = "{\"a\":\"\\u20ac \\\" b\"}";
	const char *text;

	cr_assert_eq(parse(&o, &a, bytes), ERR_OK);
	memset(bytes, 'x', sizeof(bytes) - 1);
	cr_expect_eq(json_read_text(o, "a", &text), ERR_OK);
	cr_expect_str_eq(text, "€ \" b");
	arena_free(&a);
}
