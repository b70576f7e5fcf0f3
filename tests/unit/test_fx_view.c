/* The page of rates: those that are missing come first, what was typed stays, nothing is markup. */
#include "billing/fx_view.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "pages.h"

static struct arena arena;

static void
render(struct strbuf *out, const struct rates_facts *facts)
{
	struct rates_view v = { 0 };

	rates_view_init(&v, facts, &arena);
	v.csrf = "csrf";
	page_render(out, &rates_view_type, &v);
}

Test(fx_view, rates)
{
	static struct fx_rate latest[] = { { NULL, "chf", NULL }, { NULL, "<b>", NULL },
		{ "2026-01-01", "jpy", "0.0062" }, { "2025-12-31", "usd", "0.92" } };
	const struct fx_rate_list list = { latest, 4 };
	const struct fx_rate typed = { "2026-02-30", "\"><script>", "-1" };
	const struct rates_facts facts = { .latest = &list,
		.reporting = "eur",
		.typed = &typed,
		.problem = "It was not added: the day must be one of the calendar." };
	struct strbuf out = { 0 };

	render(&out, &facts);
	cr_expect_not_null(strstr(strbuf_text(&out), "There is no rate for CHF, &lt;B&gt;:"));
	cr_expect_not_null(strstr(strbuf_text(&out), "0.0062 EUR"));
	cr_expect_not_null(strstr(strbuf_text(&out), "1 USD"));
	cr_expect_not_null(strstr(strbuf_text(&out), "value=\"2026-02-30\""));
	cr_expect_not_null(strstr(strbuf_text(&out), "value=\"&quot;&gt;&lt;script&gt;\""));
	cr_expect_not_null(strstr(strbuf_text(&out), "It was not added"));
	cr_expect_null(strstr(strbuf_text(&out), "<script>"));
	golden_check("rates.html", &out);
	strbuf_free(&out);
	arena_free(&arena);
}

Test(fx_view, none)
{
	const struct fx_rate_list list = { NULL, 0 };
	const struct fx_rate typed = { "2026-01-01", "", "" };
	const struct rates_facts facts = { .latest = &list, .reporting = "usd", .typed = &typed };
	struct strbuf out = { 0 };

	render(&out, &facts);
	cr_expect_not_null(strstr(strbuf_text(&out), "There are no rates"));
	cr_expect_null(strstr(strbuf_text(&out), "There is no rate for"));
	cr_expect_null(strstr(strbuf_text(&out), "field-error"));
	cr_expect_null(strstr(strbuf_text(&out), "<table"));
	strbuf_free(&out);
	arena_free(&arena);
}
