/* Token buckets: what a burst allows, when the next token comes, and moments that cannot be. */
#include <criterion/criterion.h>

#include "base/token_bucket.h"

static const struct token_rate rate = { .burst = 20, .period_ms = 3000 };
#define NOW INT64_C(1000000)

static const struct {
	const char *what;
	int64_t full_at, now;
	bool want;
	int64_t full_after, wait;
} cases[] = {
	{ "empty", NOW + 60000, NOW, false, NOW + 60000, 3000 },
	{ "a token all but there", NOW + 57001, NOW, false, NOW + 57001, 1 },
	{ "half a token", NOW + 58500, NOW, false, NOW + 58500, 1500 },
	{ "exactly one", NOW + 57000, NOW, true, NOW + 60000, 0 },
	{ "further ahead than can be", INT64_MAX / 2, NOW, false, INT64_MAX / 2, 3000 },
	{ "never used", 0, NOW, true, NOW + 3000, 0 },
	{ "never used, at the start of time", 0, 0, true, 3000, 0 },
	{ "negative", -5, NOW, true, NOW + 3000, 0 },
	{ "full since long", NOW - 1, NOW, true, NOW + 3000, 0 },
	{ "full just now", NOW, NOW, true, NOW + 3000, 0 },
	{ "one missing", NOW + 3000, NOW, true, NOW + 6000, 0 },
};

Test(token_bucket, one_take)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t full_at = cases[i].full_at, wait = 0;

		cr_expect_eq(token_bucket_take(&full_at, rate, cases[i].now, &wait), cases[i].want,
		    "%s", cases[i].what);
		cr_expect_eq(full_at, cases[i].full_after, "%s", cases[i].what);
		cr_expect_eq(wait, cases[i].wait, "%s", cases[i].what);
	}
}

/* How many of `n` tries, one every `every_ms`, are allowed. */
static int
allowed(struct token_rate r, int n, int64_t every_ms)
{
	int64_t full_at = 0, wait = 0, now = NOW;
	int count = 0;

	for (; n > 0; n--, now += every_ms)
		count += token_bucket_take(&full_at, r, now, &wait);
	return count;
}

Test(token_bucket, a_burst_then_one_each_period)
{
	cr_expect_eq(allowed(rate, 1000, 0), 20);
	cr_expect_eq(allowed(rate, 1000, 3000), 1000);
	cr_expect_eq(allowed(rate, 1000, 300), 20 + 999 * 300 / 3000);
	cr_expect_eq(allowed((struct token_rate){ 1, 1 }, 10, 0), 1);
	cr_expect_eq(allowed((struct token_rate){ 1, 1 }, 10, 1), 10);
}

Test(token_bucket, the_wait_is_true_to_the_millisecond)
{
	int64_t full_at = 0, wait = 0, now = NOW;

	while (token_bucket_take(&full_at, rate, now, &wait))
		now += 7;
	cr_assert_gt(wait, 1);
	cr_expect_not(token_bucket_take(&full_at, rate, now + wait - 1, &(int64_t){ 0 }));
	cr_expect(token_bucket_take(&full_at, rate, now + wait, &(int64_t){ 0 }));
}
