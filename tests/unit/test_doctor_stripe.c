/* What portal doctor says about Stripe's clock, the rights of the key and the webhook endpoint. */
#include "app/doctor_stripe.h"
#include "clients/stripe_api.h"

#include <criterion/criterion.h>
#include <string.h>

#include "billing/inbox_rules.h"

#define URL "https://irc.example.org/webhooks/stripe"

static struct doctor_report report;
static struct arena arena;

static void
end(void)
{
	strbuf_free(&report.text);
	arena_free(&arena);
}

TestSuite(doctor_stripe, .fini = end);

static void
expect(const char *about, const char *begins, const char *part)
{
	const char *text = strbuf_text(&report.text);

	cr_expect_eq(strncmp(text, begins, strlen(begins)), 0, "%s: %s", about, text);
	cr_expect_not_null(strstr(text, part), "%s: no \"%s\" in %s", about, part, text);
	cr_expect_eq(report.nwrong, strncmp(text, "wrong", 5) == 0, "%s", about);
	cr_expect_eq(strstr(text, ". Mend: ") != NULL, report.nwrong == 1, "%s", about);
	strbuf_clear(&report.text);
	report.nwrong = 0;
}

static const struct {
	int64_t date_at, now;
	const char *begins, *part;
} clocks[] = {
	{ 1000, 1000, "ok          Stripe clock", "as ours" },
	{ 1000, 1060, "ok          Stripe clock", "as ours" },
	{ 1060, 1000, "ok          Stripe clock", "as ours" },
	{ 1000, 1061, "wrong       Stripe clock", "ours is 61 s ahead" },
	{ 1600, 1000, "wrong       Stripe clock", "ours is 600 s behind" },
	{ 0, 1000, "", "" },
};

Test(doctor_stripe, clocks)
{
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		doctor_stripe_clock(&report, clocks[i].date_at, clocks[i].now);
		cr_expect_eq(report.text.len > 0, clocks[i].date_at > 0);
		expect("clock", clocks[i].begins, clocks[i].part);
	}
}

Test(doctor_stripe, rights)
{
	doctor_stripe_rights(&report, "", "");
	expect("all", "ok          Stripe rights", "may read and write all");
	doctor_stripe_rights(&report, "Invoices, Events", "");
	expect("two", "wrong       Stripe rights", "may not read: Invoices, Events. Mend: ");
	doctor_stripe_rights(&report, "", "Customers");
	expect("one", "wrong       Stripe rights", "may not write: Customers. Mend: ");
	doctor_stripe_rights(&report, "Events", "Customers");
	expect("both", "wrong       Stripe rights",
	    "may not read: Events; nor write: Customers. Mend: ");
}

#define ENDPOINT(url, status, version, types)                                                      \
	"{\"url\":\"" url "\",\"status\":\"" status "\",\"api_version\":" version                  \
	",\"enabled_events\":" types "}"
#define PINNED "\"" STRIPE_API_VERSION "\""

static const struct {
	const char *what, *data, *begins, *part;
} endpoints[] = {
	{ "none", "[]", "not set up  Stripe webhooks", "leads to " URL },
	{ "others", "[" ENDPOINT("https://irc.example.org/", "enabled", PINNED, "[\"*\"]") "]",
	    "not set up", "leads to " URL },
	{ "good",
	    "[" ENDPOINT("https://x", "disabled", "null", "[]") "," ENDPOINT(
		URL, "enabled", PINNED, "[\"*\"]") "]",
	    "ok          Stripe webhooks", "enabled, with version " STRIPE_API_VERSION },
	{ "disabled", "[" ENDPOINT(URL, "disabled", PINNED, "[\"*\"]") "]", "wrong",
	    "has the endpoint disabled" },
	{ "older", "[" ENDPOINT(URL, "enabled", "\"2024-06-20\"", "[\"*\"]") "]", "wrong",
	    "version 2024-06-20. Mend: make a new endpoint" },
	{ "the account's", "[" ENDPOINT(URL, "enabled", "null", "[\"*\"]") "]", "wrong",
	    "version of the account" },
	{ "too few types", "[" ENDPOINT(URL, "enabled", PINNED, "[\"invoice.paid\",7]") "]",
	    "wrong", "is not told of " },
	{ "no types", "[" ENDPOINT(URL, "enabled", PINNED, "null") "]", "wrong",
	    "is not told of " },
	{ "what is no endpoint", "[7,null,{}]", "not set up", "leads to " URL },
};

Test(doctor_stripe, endpoints)
{
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		const struct json *data = NULL;

		cr_assert_eq(
		    json_read_parse(&data, &arena, endpoints[i].data, strlen(endpoints[i].data)),
		    ERR_OK, "%s", endpoints[i].what);
		doctor_stripe_endpoints(&report, data, URL);
		expect(endpoints[i].what, endpoints[i].begins, endpoints[i].part);
	}
}

/* All types by name are as good as "*". */
Test(doctor_stripe, every_type_by_its_name)
{
	struct strbuf text = { 0 };
	const struct json *data = NULL;

	strbuf_puts(&text, "[{\"url\":\"" URL "\",\"status\":\"enabled\",\"api_version\":" PINNED
			   ",\"enabled_events\":[\"other\"");
	for (size_t i = 0; inbox_type(i) != NULL; i++)
		strbuf_printf(&text, ",\"%s\"", inbox_type(i));
	strbuf_puts(&text, "]}]");
	cr_assert_eq(json_read_parse(&data, &arena, text.s, text.len), ERR_OK);
	doctor_stripe_endpoints(&report, data, URL);
	expect("by name", "ok          Stripe webhooks", "enabled");
	strbuf_free(&text);
}
