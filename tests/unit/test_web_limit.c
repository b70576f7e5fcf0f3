/* The table of buckets: whose is whose, what many strangers can do to it, and several processes. */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <sys/wait.h>
#include <unistd.h>

#include "web/web_limit.c"

#define NOW INT64_C(5000000)
#define BURST 20

static void
setup(void)
{
	web_limit_init();
}

TestSuite(web_limit, .init = setup);

static const struct sockaddr *
address(const char *text)
{
	static struct sockaddr_storage s;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s;

	memset(&s, 0, sizeof(s));
	s.ss_family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;
	cr_assert_eq(inet_pton(s.ss_family, text,
			 s.ss_family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr),
	    1);
	return (struct sockaddr *)&s;
}

static enum err
begin_signin(const char *from, int64_t now)
{
	int retry = 0;

	return web_limit_address(LIMIT_SIGNIN, address(from), now, &retry);
}

static void
exhaust(const char *from, int64_t now)
{
	while (begin_signin(from, now) == ERR_OK)
		;
}

static const struct {
	const char *first, *second;
	bool is_same;
} pairs[] = {
	{ "192.0.2.1", "192.0.2.1", true },
	{ "192.0.2.1", "192.0.2.2", false },
	{ "192.0.2.1", "::ffff:192.0.2.1", true },
	{ "192.0.2.1", "::ffff:192.0.2.2", false },
	{ "2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true },
	{ "2001:db8:1:2::1", "2001:db8:1:3::1", false },
	{ "::1", "127.0.0.1", false },
	{ "c000:201::", "192.0.2.1", false },
};

Test(web_limit, whose_bucket)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		int64_t now = NOW + (int64_t)i * 3600000; /* all are full again */

		exhaust(pairs[i].first, now);
		cr_expect_eq(begin_signin(pairs[i].second, now),
		    pairs[i].is_same ? ERR_TOO_MANY : ERR_OK, "%s and %s", pairs[i].first,
		    pairs[i].second);
	}
}

Test(web_limit, a_burst_and_then_the_truth)
{
	int retry = -1;
	int64_t now = NOW;

	for (int i = 0; i < BURST; i++)
		cr_assert_eq(begin_signin("192.0.2.1", now), ERR_OK);
	now += 500;
	cr_expect_eq(
	    web_limit_address(LIMIT_SIGNIN, address("192.0.2.1"), now, &retry), ERR_TOO_MANY);
	cr_expect_eq(retry, 3, "2.5 s, rounded up");
	cr_expect_eq(begin_signin("192.0.2.1", now + 2499), ERR_TOO_MANY);
	cr_expect_eq(begin_signin("192.0.2.1", now + 2500), ERR_OK);
	cr_expect_eq(begin_signin("192.0.2.1", now + 2500), ERR_TOO_MANY);
}

/* Only a token that turned out to be none costs; whoever looks takes nothing. */
Test(web_limit, looking_costs_nothing)
{
	const struct sockaddr *from = address("192.0.2.1");
	int retry = -1;

	for (int i = 0; i < 10 * BURST; i++)
		cr_assert_eq(web_limit_look(LIMIT_TOKEN, from, NOW, &retry), ERR_OK);
	for (int i = 0; i < BURST; i++)
		cr_assert_eq(web_limit_address(LIMIT_TOKEN, from, NOW, &retry), ERR_OK);
	cr_expect_eq(retry, -1);
	cr_expect_eq(web_limit_look(LIMIT_TOKEN, from, NOW, &retry), ERR_TOO_MANY);
	cr_expect_eq(retry, 3);
	cr_expect_eq(web_limit_look(LIMIT_TOKEN, from, NOW + 3000, &retry), ERR_OK);
	cr_expect_eq(web_limit_look(LIMIT_TOKEN, address("192.0.2.2"), NOW, &retry), ERR_OK);
	cr_expect_eq(web_limit_look(LIMIT_TOKEN, NULL, NOW, &retry), ERR_OK);
	cr_expect_not(web_limit_is_by_address(LIMIT_TOKEN), "not every request costs one");
}

Test(web_limit, accounts_classes_and_addresses_are_apart)
{
	int retry;

	exhaust("192.0.2.1", NOW);
	cr_expect_eq(web_limit_address(LIMIT_CALLBACK, address("192.0.2.1"), NOW, &retry), ERR_OK);
	while (web_limit_account(LIMIT_FORM, 7, NOW, &retry) == ERR_OK)
		;
	cr_expect_eq(retry, 1);
	cr_expect_eq(web_limit_account(LIMIT_FORM, 8, NOW, &retry), ERR_OK);
	cr_expect_eq(web_limit_address(LIMIT_FORM, address("7.0.0.0"), NOW, &retry), ERR_OK);
	cr_expect_eq(web_limit_address(LIMIT_FORM, address("700::"), NOW, &retry), ERR_OK);
}

Test(web_limit, nothing_to_limit)
{
	static const struct sockaddr local = { .sa_family = AF_UNIX };
	int retry = -1;

	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(web_limit_address(LIMIT_SIGNIN, &local, NOW, &retry), ERR_OK);
		cr_assert_eq(web_limit_address(LIMIT_SIGNIN, NULL, NOW, &retry), ERR_OK);
		cr_assert_eq(web_limit_account(LIMIT_NONE, 7, NOW, &retry), ERR_OK);
	}
	cr_expect_eq(retry, -1);
}

Test(web_limit, without_a_table_nothing_is_limited, .init = NULL)
{
	sets = NULL;
	for (int i = 0; i < 1000; i++)
		cr_assert_eq(begin_signin("192.0.2.1", NOW), ERR_OK);
}

static int
allowed_after_flood(const char *who, int strangers, int64_t now)
{
	struct sockaddr_in s = { .sin_family = AF_INET };
	int retry, n = 0;

	for (int i = 0; i < strangers; i++) {
		s.sin_addr.s_addr = htonl(0x0a000000u + (unsigned)i);
		web_limit_address(LIMIT_SIGNIN, (struct sockaddr *)&s, now, &retry);
	}
	while (begin_signin(who, now) == ERR_OK)
		n++;
	return n;
}

/* Thirty times as many strangers as there are places: each has nothing to be remembered for. */
Test(web_limit, a_flood_of_addresses_frees_nobody)
{
	exhaust("192.0.2.1", NOW);
	cr_expect_eq(allowed_after_flood("192.0.2.1", 30 * SETS * WAYS, NOW), 0);
}

/* Each stranger all but exhausted, many more of them than there are places: still less than one. */
Test(web_limit, a_dear_flood_frees_nobody)
{
	struct sockaddr_in6 s = { .sin6_family = AF_INET6 };
	int retry;

	exhaust("192.0.2.1", NOW);
	for (unsigned i = 0; i < 2 * SETS * WAYS; i++) {
		memcpy(&s.sin6_addr.s6_addr[4], &i, sizeof(i));
		for (int n = 1; n < BURST; n++)
			web_limit_address(LIMIT_SIGNIN, (struct sockaddr *)&s, NOW, &retry);
	}
	cr_expect_eq(begin_signin("192.0.2.1", NOW), ERR_TOO_MANY);
}

/* What is evicted is comparable over all classes. */
Test(web_limit, every_class_fills_within_a_minute)
{
	for (int i = 0; i < LIMIT__MAX; i++)
		if (has_limit(i))
			cr_expect_eq(classes[i].rate.burst * classes[i].rate.period_ms, 60000, "%s",
			    classes[i].word);
}

/* The price of a fixed size: the newest evict the fullest, and a request is let through. */
Test(web_limit, a_full_table_still_answers)
{
	for (int i = 0; i < SETS; i++)
		for (int j = 0; j < WAYS; j++)
			sets[i].words[j] =
			    (uint64_t)(j + 1) << TIME_BITS | (uint64_t)(NOW + 60000 + j);
	cr_expect_eq(begin_signin("192.0.2.1", NOW), ERR_OK);
}

Test(web_limit, the_fullest_gives_way)
{
	struct set set;
	uint64_t word;

	for (int i = 0; i < WAYS; i++)
		set.words[i] = (uint64_t)(i + 1) << TIME_BITS | (uint64_t)(NOW + (i == 5 ? 1 : 9));
	cr_expect_eq(find_bucket(&set, 99, &word), &set.words[5]);
	cr_expect_eq(word, set.words[5]);
	cr_expect_eq(find_bucket(&set, 3, &word), &set.words[2]);
	set.words[7] = 0;
	cr_expect_eq(find_bucket(&set, 99, &word), &set.words[7]);
	cr_expect_eq(find_bucket(&set, 0, &word), &set.words[7], "a tag of zero is no free place");
}

static int
count_in_child(int64_t now)
{
	int n = 0;

	for (int i = 0; i < 2000; i++)
		n += begin_signin("192.0.2.1", now) == ERR_OK;
	return n;
}

/* Four processes at once get what one would have got: no token twice, none lost. */
Test(web_limit, processes_share_a_bucket)
{
	int status, sum = 0;

	for (int i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(count_in_child(NOW));
	for (int i = 0; i < 4; i++) {
		cr_assert_gt(wait(&status), 0);
		cr_assert(WIFEXITED(status));
		sum += WEXITSTATUS(status);
	}
	cr_expect_eq(sum, BURST);
}
