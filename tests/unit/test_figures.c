/* From the table's words and labels to metrics: which, with what labels, and rounded how. */
#include <criterion/criterion.h>
#include <string.h>

#include "billing/billing_figures.h"
#include "figures/figures.h"
#include "users/user_figures.h"

static const struct {
	const char *name, *label, *value;
	const char *first, *second; /* NULL: no metric has it */
	enum metric_figure figure;
	double want;
} cases[] = {
	{ "mrr", "sum/eur", "1820.5", "eur", "", FIGURE_MRR, 1821 },
	{ "mrr", "jpy", "980", "jpy", "", FIGURE_MRR_NATIVE, 980 },
	{ "billed_mrr", "jpy", "880", "jpy", "", FIGURE_MRR_BILLED_NATIVE, 880 },
	{ "committed_mrr", "usd", "833.5", "usd", "", FIGURE_MRR_COMMITTED_NATIVE, 834 },
	{ "at_risk_mrr", "usd", "0", "usd", "", FIGURE_MRR_AT_RISK_NATIVE, 0 },
	{ "trial_mrr", "chf", "0.5", "chf", "", FIGURE_MRR_TRIAL_NATIVE, 1 },
	{ "trial_mrr", "sum/eur", "-0.5", "eur", "", FIGURE_MRR_TRIAL, 0 },
	{ "trial_mrr", "sum/eur", "-0.500000000001", "eur", "", FIGURE_MRR_TRIAL, -1 },
	{ "trial_mrr", "sum/eur", "-1.5", "eur", "", FIGURE_MRR_TRIAL, -1 },
	{ "trial_mrr", "sum/eur", "-1.49", "eur", "", FIGURE_MRR_TRIAL, -1 },
	{ "trial_mrr", "sum/eur", "123456789.499999999999", "eur", "", FIGURE_MRR_TRIAL,
	    123456789 },
	{ "trial_mrr", "sum/eur", "99999999999999999999.5", "eur", "", FIGURE_MRR_TRIAL, 1e20 },
	{ "subscriptions", "past_due", "3", "past_due", "", FIGURE_SUBSCRIPTIONS, 3 },
	{ "subscriptions_by_plan", "a/b", "3", "a/b", "", FIGURE_SUBSCRIPTIONS_PLAN, 3 },
	{ "subscriptions_active", "", "4", "", "", FIGURE_SUBSCRIPTIONS_ACTIVE, 4 },
	{ "stripe_drift", "", "2", "", "", FIGURE_STRIPE_DRIFT, 2 },
	{ "logins_total", "", "12", "", "", FIGURE_LOGINS_TOTAL, 12 },
	{ "retention_cohort", "2026-01", "0.25", "2026-01", "", FIGURE_RETENTION, 0.25 },
	{ "mrr_movements_30d_cents", "eur/new", "1.5", "eur", "new", FIGURE_MRR_MOVEMENTS, 2 },
	{ "mrr_movements_30d_cents", "eur/a/b", "1", "eur", "a/b", FIGURE_MRR_MOVEMENTS, 1 },
	/* A currency of its own, and sums as releases before this one kept them. */
	{ "mrr", "all", "3", "all", "", FIGURE_MRR_NATIVE, 3 },
	{ "mrr", "sum/usd", "3", "usd", "", FIGURE_MRR, 3 },
	{ "mrr", "", "3", NULL, NULL, 0, 0 },
	/* Labels too many or too few, words of another release, values that are no number. */
	{ "mrr_movements_30d_cents", "eur", "1.5", NULL, NULL, 0, 0 },
	{ "mrr_movements_30d_cents", "", "1.5", NULL, NULL, 0, 0 },
	{ "subscriptions", "", "3", NULL, NULL, 0, 0 },
	{ "subscriptions_active", "all", "3", NULL, NULL, 0, 0 },
	{ "something_of_another_release", "", "4", NULL, NULL, 0, 0 },
	{ "", "", "4", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "a lot", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "-", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "1.", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "NaN", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "Infinity", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "0x10", NULL, NULL, 0, 0 },
	{ "paying_customers", "", "1 ", NULL, NULL, 0, 0 },
};

Test(figures, to_metrics)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = { 0 };
		struct figure_list list = { 0 };
		struct metrics_figure_list got = { 0 };

		figure_list_add(&list, &arena, cases[i].name, cases[i].label, cases[i].value);
		list.v[0].at = 7;
		figures_to_metrics(&got, &arena, &list);
		cr_expect_eq(got.n, cases[i].first != NULL, "case %zu: %zu", i, got.n);
		if (got.n == 1 && cases[i].first != NULL) {
			cr_expect_eq(got.v[0].figure, cases[i].figure, "case %zu", i);
			cr_expect_str_eq(got.v[0].first, cases[i].first, "case %zu", i);
			cr_expect_str_eq(got.v[0].second, cases[i].second, "case %zu", i);
			cr_expect_eq(
			    got.v[0].value, cases[i].want, "case %zu: %f", i, got.v[0].value);
			cr_expect_eq(got.v[0].at, 7, "case %zu", i);
		}
		arena_free(&arena);
	}
}

/* A word that no metric has would be written for nobody. */
Test(figures, words_of_billing)
{
	for (int i = 0; i < BILLING_FIGURE__MAX; i++) {
		cr_expect(figures_is_known(billing_figure_words[i]), "%s", billing_figure_words[i]);
		cr_expect_not(figures_is_counter(billing_figure_words[i]));
	}
	cr_expect_not(figures_is_known("mrr_"));
	cr_expect(figures_is_counter("logins_total"));
}

Test(figures, words_of_people)
{
	for (int i = 0; i < USER_FIGURE__MAX; i++)
		cr_expect(figures_is_known(user_figure_words[i]), "%s", user_figure_words[i]);
	cr_expect(figures_is_counter(user_figure_words[USER_LOGINS]));
}

Test(figures, list)
{
	struct arena arena = { 0 };
	struct figure_list list = { 0 };

	figure_list_add_int(&list, &arena, "accounts", "", INT64_MIN);
	figure_list_add_ratio(&list, &arena, "retention_cohort", "2026-01", 1, 3);
	figure_list_add_ratio(&list, &arena, "retention_cohort", "2026-02", 0, 0);
	figure_list_add(&list, &arena, "m", figure_label(&arena, "eur", "new"), "1");
	cr_expect_str_eq(figure_list_value(&list, "accounts", ""), "-9223372036854775808");
	cr_expect_str_eq(figure_list_value(&list, "retention_cohort", "2026-01"), "0.333333333333");
	cr_expect_null(figure_list_value(&list, "retention_cohort", "2026-02"));
	cr_expect_str_eq(figure_list_value(&list, "m", "eur/new"), "1");
	arena_free(&arena);
}
