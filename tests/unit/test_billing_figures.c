/* Sums in the reporting currency: exact, with the places of both currencies, or not at all. */
#include "billing/billing_figures.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct arena arena;

struct amount {
	const char *currency, *mrr, *rate;
};

static const struct {
	const char *reporting;
	struct amount in[4];
	const char *sum, *missing; /* sum NULL: not known */
} cases[] = {
	{ "eur", { { 0 } }, "0", "" },
	{ "eur", { { "eur", "900", NULL } }, "900", "" },
	{ "eur", { { "eur", "900", NULL }, { "usd", "1000", "0.92" } }, "1820", "" },
	{ "eur", { { "eur", "900", NULL }, { "usd", "1000", NULL } }, NULL, "usd" },
	{ "eur", { { "usd", "1", NULL }, { "jpy", "1", NULL } }, NULL, "usd, jpy" },
	/* nothing in it: no rate is needed */
	{ "eur", { { "eur", "900", NULL }, { "usd", "0", NULL } }, "900", "" },
	/* 980 yen at 0.0062 are 6.076 EUR, 607.6 cents */
	{ "eur", { { "jpy", "980", "0.0062" } }, "607.6", "" },
	/* 2.750 dinars at 3 are 8.25 EUR */
	{ "eur", { { "kwd", "2750", "3" } }, "825", "" },
	{ "jpy", { { "eur", "100", "161.5" } }, "161.5", "" },
	{ "kwd", { { "jpy", "1000", "0.002" }, { "kwd", "0.5", NULL } }, "2000.5", "" },
	{ "eur", { { "usd", "0.000000000001", "0.5" } }, "0.000000000001", "" },
	{ "eur", { { "usd", "833.333333333333", "0.333333333333" } }, "277.7777777775", "" },
};

Test(billing_figures, convert)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct figure_list list = { 0 };
		struct strbuf missing = { 0 };
		const char *sum;

		for (size_t k = 0; k < 4 && cases[i].in[k].currency != NULL; k++) {
			const struct amount *in = &cases[i].in[k];

			figure_list_add(&list, &arena, "mrr", in->currency, in->mrr);
			if (in->rate != NULL)
				figure_list_add(&list, &arena, "rate", in->currency, in->rate);
		}
		billing_figures_convert(&list, &arena, cases[i].reporting, &missing);
		sum = figure_list_value(&list, "mrr", figure_sum_label(&arena, cases[i].reporting));
		cr_expect_str_eq(sum == NULL ? "unknown" : sum,
		    cases[i].sum == NULL ? "unknown" : cases[i].sum, "case %zu: %s", i,
		    sum == NULL ? "unknown" : sum);
		cr_expect_str_eq(strbuf_text(&missing), cases[i].missing, "case %zu", i);
		strbuf_free(&missing);
	}
	arena_free(&arena);
}
