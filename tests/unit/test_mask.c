/* What admins see of Stripe's JSON. */
#include "billing/mask.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static struct strbuf out;

static void
end(void)
{
	arena_free(&arena);
	strbuf_free(&out);
}

TestSuite(mask, .fini = end);

static const char *
mask(const char *text)
{
	const struct json *json;

	cr_assert_eq(json_read_parse(&json, &arena, text, strlen(text)), ERR_OK, "%s", text);
	strbuf_clear(&out);
	mask_json(json, &arena, &out);
	return strbuf_text(&out);
}

static const struct {
	const char *json, *masked;
} cases[] = {
	{ "{}", "{}\n" },
	{ "[]", "[]\n" },
	{ "{\"id\":\"evt_1\",\"n\":-3,\"r\":1.5,\"b\":true,\"x\":null,\"e\":\"\"}",
	    "{\n  \"id\": \"evt_1\",\n  \"n\": -3,\n  \"r\": 1.5,\n  \"b\": true,\n  \"x\": null,\n"
	    "  \"e\": \"\"\n}\n" },
	{ "{\"data\":{\"object\":{\"object\":\"invoice\",\"customer_email\":\"a@example.org\"}}}",
	    "{\n  \"data\": {\n    \"object\": {\n      \"object\": \"invoice\",\n"
	    "      \"customer_email\": \"•••\"\n    }\n  }\n}\n" },
	/* Numbers under what is hidden as a whole */
	{ "{\"card\":{\"exp_year\":2030,\"brand\":\"visa\",\"checks\":{\"ok\":true}}}",
	    "{\n  \"card\": {\n    \"exp_year\": \"•••\",\n    \"brand\": \"•••\",\n"
	    "    \"checks\": {\n      \"ok\": \"•••\"\n    }\n  }\n}\n" },
	/* A name that is shown, a text that is no word */
	{ "{\"status\":\"paid\",\"reason\":\"because Alice said so\",\"source\":\"a@example.org\"}",
	    "{\n  \"status\": \"paid\",\n  \"reason\": \"•••\",\n  \"source\": \"•••\"\n}\n" },
	{ "{\"payment_intent\":\"pi_1_secret_2\"}", "{\n  \"payment_intent\": \"•••\"\n}\n" },
	/* In metadata anybody may have named anything */
	{ "{\"metadata\":{\"user_sub\":\"4f1c-9\",\"id\":\"alice\",\"status\":\"x\"}}",
	    "{\n  \"metadata\": {\n    \"user_sub\": \"4f1c-9\",\n    \"•••\": \"•••\",\n"
	    "    \"•••\": \"•••\"\n  }\n}\n" },
	{ "{\"metadata\":{\"alice@example.org\":7,\"x\":[\"y\",true],\"user_sub\":{\"a\":1}}}",
	    "{\n  \"metadata\": {\n    \"•••\": \"•••\",\n    \"•••\": [\n"
	    "      \"•••\",\n      \"•••\"\n    ],\n    \"user_sub\": {\n"
	    "      \"•••\": \"•••\"\n    }\n  }\n}\n" },
	{ "{\"metadata\":\"alice\",\"x\":1}", "{\n  \"metadata\": \"•••\",\n  \"x\": 1\n}\n" },
	/* Cards and births, wherever they stand: an id that is not expanded stays one */
	{ "{\"default_source\":{\"id\":\"card_1\",\"exp_month\":4,\"exp_year\":2042}}",
	    "{\n  \"default_source\": {\n    \"id\": \"card_1\",\n    \"exp_month\": \"•••\",\n"
	    "    \"exp_year\": \"•••\"\n  }\n}\n" },
	{ "{\"default_source\":\"card_1\",\"dob\":{\"day\":1,\"year\":1970}}",
	    "{\n  \"default_source\": \"card_1\",\n  \"dob\": {\n    \"day\": \"•••\",\n"
	    "    \"year\": \"•••\"\n  }\n}\n" },
	{ "{\"sources\":{\"data\":[{\"amount\":5}]}}",
	    "{\n  \"sources\": {\n    \"data\": [\n      {\n        \"amount\": \"•••\"\n"
	    "      }\n    ]\n  }\n}\n" },
	/* What would turn the line around */
	{ "{\"\u202eliame\":1}", "{\n  \"[U+202E]liame\": 1\n}\n" },
	{ "{\"discounts\":[\"di_1\",\"x y\"],\"lines\":[\"abc\"]}",
	    "{\n  \"discounts\": [\n    \"di_1\",\n    \"•••\"\n  ],\n  \"lines\": [\n"
	    "    \"•••\"\n  ]\n}\n" },
};

Test(mask, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_str_eq(mask(cases[i].json), cases[i].masked, "%s", mask(cases[i].json));
}

/* Names that Stripe gives to what nobody else should read. */
static const char *const names[] = { "email", "customer_email", "receipt_email", "name",
	"customer_name", "phone", "customer_phone", "line1", "city", "postal_code", "last4",
	"fingerprint", "ip", "ip_address", "client_secret", "secret", "hosted_invoice_url",
	"invoice_pdf", "receipt_url", "url", "return_url", "success_url", "description",
	"statement_descriptor", "iban_last4", "idempotency_key", "tax_id", "value", "nickname",
	"wallet", "dynamic_last4", "verified_name", "unheard_of" };

Test(mask, hides_people_and_secrets)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *json = arena_printf(
		    &arena, "{\"object\":\"x\",\"a\":[{\"%s\":\"Alice4242\"}]}", names[i]);

		cr_expect_null(strstr(mask(json), "Alice4242"), "%s is shown", names[i]);
	}
}

Test(mask, a_long_one_is_cut)
{
	struct strbuf json = { 0 };

	strbuf_puts(&json, "[");
	for (int i = 0; i < 60000; i++)
		strbuf_puts(&json, "12345678,");
	strbuf_puts(&json, "1]");
	mask(strbuf_text(&json));
	cr_expect_lt(out.len, MASK_BYTES_MAX + 1000);
	cr_expect_not_null(strstr(strbuf_text(&out), "the rest is not shown"));
	strbuf_free(&json);
}
