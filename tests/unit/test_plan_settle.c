/* Which plan an account has, by cases. */
#include <criterion/criterion.h>

#include "billing/plan_settle.h"

#define DAY 86400
#define NOW 1000000000
#define GRACE (7 * DAY)

static const struct {
	const char *name, *granted;
	struct plan_entitlement has[3];
	size_t n;
	const char *plan;
	int64_t look_again_at;
} cases[] = {
	{ "nothing is bought", "free", { { 0 } }, 0, "free", 0 },
	{ "active", "free", { { "active", "pro", 0 } }, 1, "pro", 0 },
	{ "trialing", "free", { { "trialing", "pro", 0 } }, 1, "pro", 0 },
	{ "canceled", "free", { { "canceled", "pro", 0 } }, 1, "free", 0 },
	{ "unpaid", "free", { { "unpaid", "pro", 0 } }, 1, "free", 0 },
	{ "incomplete", "free", { { "incomplete", "pro", 0 } }, 1, "free", 0 },
	{ "paused", "free", { { "paused", "pro", 0 } }, 1, "free", 0 },
	{ "a word that came later", "free", { { "hibernating", "pro", 0 } }, 1, "free", 0 },
	{ "past due just now", "free", { { "past_due", "pro", NOW } }, 1, "pro", NOW + GRACE },
	{ "past due for a second less than the grace", "free",
	    { { "past_due", "pro", NOW - GRACE + 1 } }, 1, "pro", NOW + 1 },
	{ "past due for the grace", "free", { { "past_due", "pro", NOW - GRACE } }, 1, "free", 0 },
	{ "past due since nobody knows", "free", { { "past_due", "pro", 0 } }, 1, "free", 0 },
	{ "past due beside an active one", "free",
	    { { "past_due", "pro", NOW - DAY }, { "active", "pro", 0 } }, 2, "pro",
	    NOW - DAY + GRACE },
	{ "the first of two graces to end", "free",
	    { { "past_due", "pro", NOW - DAY }, { "past_due", "pro", NOW - 2 * DAY } }, 2, "pro",
	    NOW - 2 * DAY + GRACE },
	{ "no plan for the price", "free", { { "active", NULL, 0 } }, 1, "free", 0 },
	{ "a plan that only a later version knows", "free", { { "active", "team", 0 } }, 1, "free",
	    0 },
	{ "the best of several", "free",
	    { { "active", "free", 0 }, { "active", "pro", 0 }, { "active", "free", 0 } }, 3, "pro",
	    0 },
	{ "granted, and nothing bought", "pro", { { 0 } }, 0, "pro", 0 },
	{ "granted more than bought", "pro", { { "active", "free", 0 } }, 1, "pro", 0 },
	{ "granted by a later version", "team", { { "active", "pro", 0 } }, 1, "team", 0 },
};

Test(plan_settle, cases)
{
	struct plan_settlement s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan_settle(&s, cases[i].granted, cases[i].has, cases[i].n, GRACE, NOW);
		cr_expect_str_eq(s.plan, cases[i].plan, "%s: %s", cases[i].name, s.plan);
		cr_expect_eq(s.look_again_at, cases[i].look_again_at, "%s: %lld", cases[i].name,
		    (long long)s.look_again_at);
	}
}

Test(plan_settle, without_grace)
{
	const struct plan_entitlement e = { "past_due", "pro", NOW };
	struct plan_settlement s;

	plan_settle(&s, "free", &e, 1, 0, NOW);
	cr_expect_str_eq(s.plan, "free");
	cr_expect_eq(s.look_again_at, 0);
}

Test(plan_settle, up_and_down)
{
	cr_expect(plan_is_upgrade("free", "pro"));
	cr_expect_not(plan_is_upgrade("pro", "free"));
	cr_expect_not(plan_is_upgrade("pro", "pro"));
	cr_expect_not(plan_is_upgrade("free", "team"));
}
