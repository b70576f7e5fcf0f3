/* What is written must be read again as it was, by ourselves and by jansson. */
#include "base/json_write.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/json_read.h"

static const struct {
	const char *text, *json;
} texts[] = {
	{ NULL, "null" },
	{ "", "\"\"" },
	{ "alice", "\"alice\"" },
	{ "a\"b\\c/", "\"a\\\"b\\\\c/\"" },
	{ "\x01\b\t\n\r\x1f\x7f", "\"\\u0001\\u0008\\u0009\\u000a\\u000d\\u001f\\u007f\"" },
	{ "æ🎉", "\"æ🎉\"" },
	{ "æ\xff", "\"\\ufffd\\ufffd\\ufffd\"" },
	{ "</script>", "\"</script>\"" },
};

Test(json_write, texts)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct strbuf b = { 0 };

		json_write_text(&b, texts[i].text);
		cr_expect_str_eq(strbuf_text(&b), texts[i].json);
		strbuf_free(&b);
	}
}

Test(json_write, an_object_that_can_be_read)
{
	static const char hostile[] = "\"},{\"sub\":\"root\n\\";
	struct strbuf b = { 0 };
	struct arena a = { 0 };
	const struct json *root;
	const char *sub = NULL;
	int64_t n = 0;
	bool is = true;

	json_write_member(&b, "sub", hostile);
	json_write_member_int(&b, "least", INT64_MIN);
	json_write_member_bool(&b, "is_banned", false);
	strbuf_puts(&b, "}\n");
	cr_assert_eq(json_read_parse(&root, &a, b.s, b.len), ERR_OK);
	cr_expect_eq(root->n, 3);
	cr_expect_eq(json_read_text(root, "sub", &sub), ERR_OK);
	cr_expect_str_eq(sub, hostile);
	cr_expect_eq(json_read_int(root, "least", &n), ERR_OK);
	cr_expect_eq(n, INT64_MIN);
	cr_expect_eq(json_read_bool(root, "is_banned", &is), ERR_OK);
	cr_expect_not(is);
	strbuf_free(&b);
	arena_free(&a);
}

/* What was read is written again: the same but for blanks. */
Test(json_write, values_that_were_read)
{
	static const char *const values[] = {
		"{}",
		"[]",
		"{\"a\":null,\"b\":[true,false,-9007199254740993,\"x\"],\"c\":{\"d\":{}}}",
		"[0.5,\"\\\"\\u000a\"]",
		"{\"a\\\"b\":1}",
	};
	struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct strbuf b = { 0 };
		const struct json *root;

		cr_assert_eq(json_read_parse(&root, &a, values[i], strlen(values[i])), ERR_OK, "%s",
		    values[i]);
		json_write_value(&b, root);
		cr_expect_str_eq(strbuf_text(&b), values[i], "%s", strbuf_text(&b));
		strbuf_free(&b);
	}
	arena_free(&a);
}
