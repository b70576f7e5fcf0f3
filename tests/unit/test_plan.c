/* The plans: each is found by its word, and says what a person has to know. */
#include "billing/plan.h"

#include <criterion/criterion.h>
#include <stddef.h>

Test(plan, unknown_words)
{
	static const char *const words[] = { NULL, "", "Free", "free ", "gold" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		cr_expect_null(plan_find(words[i]));
}

Test(plan, limits_of_an_unknown_plan_are_the_least)
{
	cr_expect_eq(plan_limits("gold"), &plans[PLAN_FREE]);
	cr_expect_eq(plan_limits(NULL), &plans[PLAN_FREE]);
	cr_expect_eq(plan_limits("pro"), &plans[PLAN_PRO]);
	for (size_t i = 1; i < PLAN__MAX; i++) {
		cr_expect_gt(plans[i].paste_bytes, plans[0].paste_bytes);
		cr_expect_gt(plans[i].picture_bytes, plans[0].picture_bytes);
	}
}

Test(plan, each_is_complete)
{
	for (size_t i = 0; i < PLAN__MAX; i++) {
		cr_expect_eq(plan_find(plans[i].word), &plans[i]);
		cr_expect_not_null(plans[i].name);
		cr_expect_not_null(plans[i].purpose);
		cr_expect_not_null(plans[i].thanks);
		cr_expect_not_null(plans[i].points[0]);
		cr_expect_null(plans[i].points[PLAN_POINTS_MAX]);
	}
}
