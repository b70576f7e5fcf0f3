/* Reading roles again: one request at a time may; the new refresh token is written first. */
#include "account/role_store.h"

#include "account/staff_role.h"
#include "db_fixture.h"

static unsigned char hash[32];

static void
begin(void)
{
	fixture_begin();
	memset(hash, 9, sizeof(hash));
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('wim', 'i');"
		     "INSERT INTO sessions (token_hash, user_id, csrf_secret, idle_seconds,"
		     " expires_at, roles, roles_read_at, refresh_token_sealed)"
		     " SELECT decode(repeat('09', 32), 'hex'), id, sha256('x'), 3600,"
		     " now() + interval '1 day', '{admin,ops}', now() - interval '301 seconds',"
		     " 'sealed' FROM users WHERE keycloak_sub = 'wim'");
}

TestSuite(role_store, .init = begin, .fini = fixture_close);

static bool
claim(void)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	bool is_ours;

	role_store_claim(&q, hash);
	res = fixture_run(&q);
	is_ours = PQntuples(res) == 1;
	PQclear(res);
	return is_ours;
}

static void
save(const char *roles, int pause_s)
{
	struct db_query q = { .arena = &arena };

	role_store_save(&q, hash, roles, pause_s);
	PQclear(fixture_run(&q));
}

/* Whether the session is in that state. */
static bool
is(const char *condition)
{
	return fixture_number(arena_printf(&arena,
		   "SELECT count(*) FROM sessions WHERE csrf_secret = sha256('x')"
		   " AND %s",
		   condition)) == 1;
}

Test(role_store, is_claimed_by_one)
{
	cr_expect(claim());
	cr_expect_not(claim());
	fixture_exec("UPDATE sessions SET roles_refreshing_until = now() - interval '1 second'");
	cr_expect(claim(), "whoever claimed it never came back");
}

Test(role_store, young_roles_are_not_claimed)
{
	fixture_exec("UPDATE sessions SET roles_read_at = now() - interval '299 seconds'");
	cr_expect_not(claim());
	cr_expect_eq(STAFF_ROLES_KEEP_S, 300);
}

Test(role_store, new_roles)
{
	cr_assert(claim());
	save("ops", 0);
	cr_expect(is("roles = '{ops}' AND refresh_token_sealed = 'sealed' AND roles_read_at = now()"
		     " AND roles_refreshing_until IS NULL"));
	cr_expect_not(claim(), "they are young now");
}

Test(role_store, the_new_refresh_token_is_kept_before_anything_else_is_known)
{
	struct db_query q = { .arena = &arena };

	cr_assert(claim());
	role_store_keep_token(&q, hash, "new", 3);
	PQclear(fixture_run(&q));
	cr_expect(is("refresh_token_sealed = 'new' AND roles = '{admin,ops}'"
		     " AND roles_read_at < now()"));
	cr_expect_not(claim(), "whoever keeps the token is still at work");
}

Test(role_store, no_roles_need_no_refresh_token)
{
	save("", 0);
	cr_expect(is("roles = '{}' AND refresh_token_sealed IS NULL"));
}

Test(role_store, not_known)
{
	cr_assert(claim());
	save(NULL, 0);
	cr_expect(is("roles = '{admin,ops}' AND refresh_token_sealed = 'sealed'"
		     " AND roles_read_at < now()"));
	cr_expect(claim(), "the next request asks again");
}

Test(role_store, a_provider_that_did_not_answer_is_left_alone_for_a_while)
{
	cr_assert(claim());
	save(NULL, ROLE_PAUSE_S);
	cr_expect_not(claim());
	cr_expect(is("roles_refreshing_until = now() + interval '5 seconds'"));
}

Test(role_store, the_provider_ended_the_session)
{
	struct db_query q = { .arena = &arena };

	role_store_end(&q, hash);
	PQclear(fixture_run(&q));
	cr_expect(
	    fixture_number("SELECT count(*) FROM sessions WHERE csrf_secret = sha256('x')") == 0);
}
