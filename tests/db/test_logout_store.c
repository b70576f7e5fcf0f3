/* Sessions ended by the provider: which ones, and by each token once. */
#include "account/logout_store.h"

#include "db_fixture.h"

static void
begin(void)
{
	fixture_begin();
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('uma', 'i'), ('vic', 'i');"
		     "INSERT INTO sessions (token_hash, user_id, csrf_secret, idle_seconds,"
		     " expires_at, idp_sid) SELECT sha256(n::text::bytea), u.id, sha256('x'), 3600,"
		     " now() + interval '1 day', sid FROM users u JOIN (VALUES"
		     " (1, 'uma', 'sid-1'), (2, 'uma', 'sid-2'), (3, 'uma', NULL),"
		     " (4, 'vic', 'sid-4')) v (n, sub, sid) ON v.sub = u.keycloak_sub");
}

TestSuite(logout_store, .init = begin, .fini = fixture_close);

static int64_t
end(const struct oidc_logout *l, bool *is_new)
{
	struct db_query q = { .arena = &arena };
	struct logout_ended ended;
	PGresult *res;

	logout_store_end(&q, l);
	res = fixture_run(&q);
	cr_assert_eq(logout_store_ended(&ended, &arena, res), ERR_OK);
	PQclear(res);
	for (size_t i = 0; i < ended.n; i++)
		cr_expect_gt(ended.user_ids[i], 0);
	*is_new = ended.is_new;
	return (int64_t)ended.n;
}

static const struct {
	const char *sid, *sub;
	int64_t ended;
} cases[] = {
	{ NULL, NULL, 0 },
	{ "", "", 0 },
	{ "sid-9", NULL, 0 },
	{ NULL, "nobody", 0 },
	{ "sid-4", "uma", 0 }, /* somebody else's session */
	{ "sid-1", NULL, 1 },
	{ "sid-1", "uma", 1 },
	{ NULL, "uma", 3 },
};

Test(logout_store, ends_what_the_token_names)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct oidc_logout l = { cases[i].sid, cases[i].sub, "jti", 1795168800 };
		bool is_new = false;

		fixture_exec("SAVEPOINT before");
		cr_expect_eq(end(&l, &is_new), cases[i].ended, "case %zu", i);
		cr_expect(is_new);
		cr_expect_eq(fixture_number("SELECT count(*) FROM sessions s JOIN users u"
					    " ON u.id = s.user_id WHERE keycloak_sub = 'vic'"),
		    1);
		fixture_exec("ROLLBACK TO before");
	}
}

Test(logout_store, a_token_counts_once)
{
	const struct oidc_logout first = { NULL, "uma", "one", 1795168800 };
	const struct oidc_logout second = { NULL, "vic", "one", 1795168800 };
	const struct oidc_logout third = { NULL, "vic", "two", 1795168800 };
	bool is_new;

	cr_expect_eq(end(&first, &is_new), 3);
	cr_expect(is_new);
	cr_expect_eq(end(&second, &is_new), 0);
	cr_expect_not(is_new);
	cr_expect_eq(end(&third, &is_new), 1);
	cr_expect(is_new);
	cr_expect_eq(fixture_number("SELECT extract(epoch FROM min(expires_at))::bigint"
				    " FROM logout_tokens"),
	    1795168800 + OIDC_TOKEN_SKEW_S);
}
