/* Names become addresses before libpq sees them, and a name server that hangs costs the limit. */
#include "db/db_host.h"

#include <criterion/criterion.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "db/db_url.h"
#include "slow_names.h"

static struct arena arena;

static enum err
resolve(const char **conninfo, int ms)
{
	return db_host_resolve(conninfo, &arena, clock_monotonic_us() + ms * INT64_C(1000));
}

static const struct {
	const char *conninfo;
	enum err err;
} failures[] = {
	{ "host=nobody.invalid", ERR_UNAVAILABLE },
	{ "host=nobody.invalid,nothing.invalid port=1,2", ERR_UNAVAILABLE },
	{ "host=slow.example.org", ERR_TIMEOUT },
	{ "host=", ERR_OK },
	{ "=", ERR_INVALID },
};

Test(db_host, failures_within_the_limit)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		const char *conninfo = failures[i].conninfo;
		int64_t began_us = clock_monotonic_us();

		cr_expect_eq(resolve(&conninfo, 200), failures[i].err, "%s", failures[i].conninfo);
		cr_expect_eq(conninfo, failures[i].conninfo, "%s is changed", conninfo);
		cr_expect_lt(clock_monotonic_us() - began_us, SLOW_NAME_MS * 500);
	}
}

/* NULL: nothing is added. */
static const struct {
	const char *conninfo, *host, *hostaddr, *port;
} names[] = {
	{ "dbname=d", NULL, NULL, NULL },
	{ "host=/run/postgresql", "/run/postgresql", NULL, NULL },
	{ "host=192.0.2.1 port=5433", "192.0.2.1", NULL, "5433" },
	{ "host=2001:db8::1", "2001:db8::1", NULL, NULL },
	{ "host=slow.example.org hostaddr=192.0.2.7", "slow.example.org", "192.0.2.7", NULL },
	{ "host=two.example.org port=5433", "two.example.org,two.example.org",
	    "127.0.0.9,127.0.0.8", "5433" },
	{ "host=192.0.2.1,two.example.org,/run port=1,2,3",
	    "192.0.2.1,two.example.org,two.example.org,/run", ",127.0.0.9,127.0.0.8,", "1,2,2,3" },
	{ "host=nobody.invalid,two.example.org port=1,2", "two.example.org,two.example.org",
	    "127.0.0.9,127.0.0.8", "2,2" },
};

static void
expect(const PQconninfoOption *options, const char *key, const char *value, const char *conninfo)
{
	const char *found = db_url_given(options, key);

	if (value == NULL)
		cr_expect_null(found, "%s: %s is %s", conninfo, key, found);
	else
		cr_expect_str_eq(found, value, "%s: %s is %s", conninfo, key, found);
}

Test(db_host, names)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *conninfo = names[i].conninfo;
		PQconninfoOption *options;

		cr_assert_eq(resolve(&conninfo, 2000), ERR_OK, "%s", names[i].conninfo);
		options = PQconninfoParse(conninfo, NULL);
		cr_assert_not_null(options, "%s", conninfo);
		expect(options, "host", names[i].host, conninfo);
		expect(options, "hostaddr", names[i].hostaddr, conninfo);
		expect(options, "port", names[i].port, conninfo);
		PQconninfoFree(options);
	}
	arena_free(&arena);
}

/* A name server that hangs for an hour does not fill the process with threads. */
Test(db_host, look_ups_that_nobody_waits_for_are_few)
{
	int64_t began_us;

	for (int i = 0; i < DB_HOST_LOOKUPS_MAX; i++) {
		const char *conninfo = "host=slow.example.org";

		cr_assert_eq(resolve(&conninfo, 1), ERR_TIMEOUT);
	}
	began_us = clock_monotonic_us();
	for (int i = 0; i < 100; i++) {
		const char *conninfo = "host=slow.example.org";

		cr_assert_eq(resolve(&conninfo, 1000), ERR_TIMEOUT);
	}
	cr_expect_lt(clock_monotonic_us() - began_us, 900000, "it waits for a look-up");
	usleep((SLOW_NAME_MS + 200) * 1000);
	const char *conninfo = "host=two.example.org";
	cr_expect_eq(resolve(&conninfo, 1000), ERR_OK, "they never end");
	arena_free(&arena);
}
