/* The signature of webhooks: every vector of tests/data, by its strict verdict. */
#include "clients/stripe_sig.h"

#include <criterion/criterion.h>

#include "base/hex.h"
#include "base/json_read.h"
#include "unit/files.h"

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(stripe_sig, .fini = end);

static const struct json *
vectors(void)
{
	struct strbuf text = { 0 };
	const struct json *root, *list;

	cr_assert(file_read("tests/data/signature-vectors.json", &text));
	cr_assert_eq(json_read_parse(&root, &arena, text.s, text.len), ERR_OK);
	cr_assert_eq(json_read_array(root, "vectors", &list), ERR_OK);
	strbuf_free(&text);
	return list;
}

static const char *
text_of(const struct json *v, const char *name)
{
	const char *text = NULL;

	cr_assert_neq(json_read_text(v, name, &text), ERR_INVALID, "%s", name);
	return text;
}

static int64_t
number_of(const struct json *v, const char *name)
{
	int64_t n = 0;

	cr_assert_eq(json_read_int(v, name, &n), ERR_OK, "%s", name);
	return n;
}

/* The answer to a vector, whose header may be null. */
static enum err
check(const struct json *v)
{
	const char *hex = text_of(v, "payload_hex");
	const size_t len = strlen(hex) / 2;
	char *body = arena_alloc(&arena, len + 1);

	cr_assert_eq(hex_decode(body, len, hex), ERR_OK);
	return stripe_sig_check(text_of(v, "header"), body, len, text_of(v, "secret"),
	    number_of(v, "received_at"), number_of(v, "tolerance"));
}

Test(stripe_sig, vectors)
{
	const struct json *list = vectors();
	size_t naccepted = 0;

	for (size_t i = 0; i < list->n; i++) {
		const struct json *v = &list->items[i];
		const bool is_good = strcmp(text_of(v, "strict"), "accept") == 0;

		cr_expect_eq(check(v) == ERR_OK, is_good, "%s", text_of(v, "name"));
		naccepted += is_good;
	}
	cr_expect_gt(naccepted, 5);
	cr_expect_gt(list->n - naccepted, 20);
}

/* The log tells the three apart. */
static const struct {
	const char *name;
	enum err err;
} reasons[] = {
	{ "future-timestamp-far", ERR_TIMEOUT },
	{ "t-zero", ERR_TIMEOUT },
	{ "secret-without-prefix", ERR_FORBIDDEN },
	{ "tampered-payload", ERR_FORBIDDEN },
	{ "missing-t", ERR_INVALID },
	{ "valid-v1-plus-empty-v1", ERR_INVALID },
};

Test(stripe_sig, says_what_is_wrong)
{
	const struct json *list = vectors();
	size_t nseen = 0;

	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < sizeof(reasons) / sizeof(reasons[0]); k++) {
			if (strcmp(text_of(&list->items[i], "name"), reasons[k].name) != 0)
				continue;
			cr_expect_eq(check(&list->items[i]), reasons[k].err, "%s", reasons[k].name);
			nseen++;
		}
	cr_expect_eq(nseen, sizeof(reasons) / sizeof(reasons[0]));
}

static const char *const malformed[] = { NULL, "", ",", "t", "t=1", "t=1,v1", "t=1,t=1,v1=%s",
	"t=1767225600,v1=%s,x", "t=1234567890123,v1=%s", "t= 1,v1=%s", "t=1,v1=%s,v1=" };

/* Before any key is asked. */
Test(stripe_sig, malformed_headers)
{
	static const char sig[] =
	    "f55af833da1dae09870dc1a0a63f9a1893d369456b761a48231772cc203a529a";

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		const char *at = malformed[i] != NULL ? strstr(malformed[i], "%s") : NULL;
		const char *header = malformed[i];

		if (at != NULL)
			header = arena_printf(&arena, "%.*s%s%s", (int)(at - malformed[i]),
			    malformed[i], sig, at + 2);
		cr_expect_eq(stripe_sig_check(header, "{}", 2, "whsec_1", 1, 0), ERR_INVALID, "%s",
		    header != NULL ? header : "none");
	}
}
