#include <criterion/criterion.h>
#include <libpq-fe.h>

#include "db/db_url.h"

/* What libpq makes of our text. */
static const char *
value_of(PQconninfoOption *options, const char *key)
{
	for (; options->keyword != NULL; options++)
		if (strcmp(options->keyword, key) == 0)
			return options->val;
	return NULL;
}

static const struct {
	const char *url;
	int timeout_ms;
	const char *key, *value; /* NULL: not set */
} cases[] = {
	{ "postgresql://a:b@h:1/d", 2000, "host", "h" },
	{ "postgresql://a:b@h:1/d", 2000, "password", "b" },
	{ "postgresql://a:it%27s%5C@h/d", 2000, "password", "it's\\" },
	{ "postgresql://h/d", 2000, "options", "-c statement_timeout=2000" },
	{ "postgresql://h/d", 0, "options", NULL },
	{ "postgresql://h/d?options=-c%20x%3D1", 2000, "options", "-c x=1" },
	{ "postgresql://h/d", 0, "connect_timeout", "2" },
	{ "postgresql://h/d?connect_timeout=9", 0, "connect_timeout", "9" },
	{ "postgresql://h/d", 0, "gssencmode", "disable" },
	{ "host=h dbname='my db'", 0, "dbname", "my db" },
	{ "postgresql:///d?host=/tmp/a%20b", 0, "host", "/tmp/a b" },
};

Test(db_url, adds_limits_and_keeps_what_is_said)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = { 0 };
		char *conninfo = db_url_conninfo(&arena, cases[i].url, cases[i].timeout_ms);
		PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
		const char *value;

		cr_assert_not_null(options, "%s", conninfo);
		value = value_of(options, cases[i].key);
		if (cases[i].value == NULL)
			cr_expect_null(value, "%s: %s is %s", cases[i].url, cases[i].key, value);
		else
			cr_expect_str_eq(value, cases[i].value, "%s", cases[i].url);
		PQconninfoFree(options);
		arena_free(&arena);
	}
}

Test(db_url, refuses_what_libpq_cannot_read)
{
	struct arena arena = { 0 };

	cr_expect_null(db_url_conninfo(&arena, "postgresql://[::1/d", 0));
	cr_expect_null(db_url_conninfo(&arena, "nonsense", 0));
	cr_expect_null(db_url_conninfo(&arena, "postgresql://h/d?nix=1", 0));
	arena_free(&arena);
}
