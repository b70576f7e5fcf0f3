/* What is believed of tokens and accounts, for how long, and what a flood of bad tokens does. */
#include "account/caller_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"

#define NOW INT64_C(5000000)
#define LIFE_US (INT64_C(1000) * CALLER_CACHE_MS)

static struct arena arena;

static void
begin(void)
{
	keep_init(true);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(caller_cache, .init = begin, .fini = end);

static struct keep_key
token(int number)
{
	unsigned char hash[DIGEST_BYTES];
	struct keep_key k;

	digest_sha256(hash, &number, sizeof(number));
	caller_cache_token(&k, hash);
	return k;
}

static const struct portal_account alice = {
	.sub = "alice", .plan = "pro", .may_txt = true, .token_id = 7
};

static enum caller_known
find(const struct keep_key *k, int64_t now)
{
	struct portal_account found;

	return caller_cache_find(k, now, &arena, &found);
}

Test(caller_cache, good_ones_for_a_while)
{
	const struct keep_key k = token(1), other = token(2);
	char sub[] = "alice", plan[] = "pro";
	const struct portal_account mortal = { .sub = sub, .plan = plan, .may_pics = true };
	struct portal_account found = { 0 };

	cr_expect_eq(find(&k, NOW), CALLER_UNKNOWN);
	caller_cache_put(&k, &mortal, NOW);
	memset(sub, 'x', 5); /* it is a copy */
	memset(plan, 'x', 3);
	cr_assert_eq(caller_cache_find(&k, NOW + LIFE_US - 1, &arena, &found), CALLER_GOOD);
	cr_expect_str_eq(found.sub, "alice");
	cr_expect_str_eq(found.plan, "pro");
	cr_expect(found.may_pics && !found.may_txt && !found.is_banned);
	cr_expect_eq(find(&other, NOW), CALLER_UNKNOWN);
	cr_expect_eq(find(&k, NOW + LIFE_US), CALLER_UNKNOWN);
	cr_expect_str_eq(found.sub, "alice", "found ones live in the arena");
}

Test(caller_cache, bad_ones_for_a_while)
{
	const struct keep_key k = token(1);

	caller_cache_put(&k, NULL, NOW);
	cr_expect_eq(find(&k, NOW + LIFE_US - 1), CALLER_BAD);
	cr_expect_eq(find(&k, NOW + LIFE_US), CALLER_UNKNOWN);
}

/* A revoked token: the last good answer is over when the bad one comes. */
Test(caller_cache, good_then_bad_then_good)
{
	const struct keep_key k = token(1);

	caller_cache_put(&k, &alice, NOW);
	caller_cache_put(&k, NULL, NOW + 1);
	cr_expect_eq(find(&k, NOW + 2), CALLER_BAD);
	caller_cache_put(&k, &alice, NOW + 2 * LIFE_US);
	cr_expect_eq(find(&k, NOW + 2 * LIFE_US + 1), CALLER_GOOD);
}

Test(caller_cache, kinds_are_apart)
{
	unsigned char hash[DIGEST_BYTES];
	struct keep_key by_token, by_sub, by_uploader, by_other;

	digest_sha256(hash, "alice", 5);
	caller_cache_token(&by_token, hash);
	caller_cache_account(&by_sub, "alice");
	caller_cache_uploader(&by_uploader, "alice", "");
	caller_cache_put(&by_sub, &alice, NOW);
	cr_expect_eq(find(&by_sub, NOW), CALLER_GOOD);
	cr_expect_eq(find(&by_token, NOW), CALLER_UNKNOWN);
	cr_expect_eq(find(&by_uploader, NOW), CALLER_UNKNOWN);
	caller_cache_uploader(&by_uploader, "ab", "c");
	caller_cache_uploader(&by_other, "a", "bc");
	caller_cache_put(&by_uploader, &alice, NOW);
	cr_expect_eq(find(&by_uploader, NOW), CALLER_GOOD);
	cr_expect_eq(find(&by_other, NOW), CALLER_UNKNOWN);
}

Test(caller_cache, a_long_sub_is_kept_as_well)
{
	char sub[1000];
	struct keep_key k;
	const struct portal_account account = { .sub = sub, .plan = "free" };
	struct portal_account found;

	memset(sub, 'a', sizeof(sub) - 1);
	sub[sizeof(sub) - 1] = '\0';
	caller_cache_account(&k, sub);
	caller_cache_put(&k, &account, NOW);
	cr_assert_eq(caller_cache_find(&k, NOW, &arena, &found), CALLER_GOOD);
	cr_expect_str_eq(found.sub, sub);
}

/* There is room for so many; the good one stays however many bad ones come. */
Test(caller_cache, a_flood_of_bad_ones)
{
	const struct keep_key k = token(0);
	int known = 0;

	caller_cache_put(&k, &alice, NOW);
	for (int i = 1; i <= 100000; i++) {
		const struct keep_key bad = token(i);

		caller_cache_put(&bad, NULL, NOW);
	}
	cr_expect_eq(find(&k, NOW), CALLER_GOOD);
	for (int i = 1; i <= 100000; i++) {
		const struct keep_key bad = token(i);

		known += find(&bad, NOW) == CALLER_BAD;
	}
	cr_expect_leq(known, KEEP_PLACES);
	cr_expect_gt(known, KEEP_PLACES / 2);
}

Test(caller_cache_off, keeps_nothing)
{
	const struct keep_key k = token(1);

	cr_assert_not(keep_is_on());
	caller_cache_put(&k, &alice, NOW);
	caller_cache_put(&k, NULL, NOW);
	cr_expect_eq(find(&k, NOW), CALLER_UNKNOWN);
}
