/* Signing in is one statement: account, events and session, all or nothing. */
#include "account/login_store.h"

#include "db_fixture.h"
#include "web/web_session.h"

static struct login
some_login(const char *sub)
{
	struct login l = { .sub = sub,
		.issuer = "https://id.example.org",
		.email = "dora@example.org",
		.name = "Dora",
		.roles = "",
		.idle_s = 3600,
		.life_s = 86400 };

	memset(l.token_hash, sub[0], sizeof(l.token_hash));
	return l;
}

static enum err
sign_in(const struct login *l, struct login_result *result)
{
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	enum err e;

	login_store_sign_in(&q, l);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = login_store_signed_in(result, res);
	PQclear(res);
	return e;
}

TestSuite(login_store, .init = fixture_begin, .fini = fixture_close);

/* Every login of a day is one day of activity; what else the day had stays. */
Test(login_store, signing_in_is_activity)
{
#define ACTIVITY                                                                                   \
	"SELECT coalesce(sum(sources), 0) FROM activity_days a JOIN users u ON u.id = a.user_id"   \
	" WHERE u.keycloak_sub = 'dora' AND day = (now() AT TIME ZONE 'UTC')::date"
	struct login l = some_login("dora");
	struct login_result result;

	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(ACTIVITY), 8);
	fixture_exec("UPDATE activity_days SET sources = 3");
	l.token_hash[0]++;
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(ACTIVITY), 11);
	fixture_exec("DELETE FROM activity_days; UPDATE users SET is_banned = true");
	l.token_hash[0]++;
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(ACTIVITY), 0);
}

/* Each login is when the account was last here, also its first; whoever is banned is not let in. */
Test(login_store, signing_in_is_being_here)
{
#define HERE                                                                                       \
	"SELECT count(*) FROM account_seen s JOIN users u ON u.id = s.user_id WHERE keycloak_sub"  \
	" = 'dora' AND seen_at = now() AND last_day = signed_up"                                   \
	" AND signed_up = (now() AT TIME ZONE 'UTC')::date AND client_at IS NULL AND is_counted"
	struct login l = some_login("dora");
	struct login_result result;

	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(HERE), 1);
	fixture_exec("UPDATE account_seen SET seen_at = now() + interval '1 year'");
	l.token_hash[0]++;
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(HERE), 1, "a clock that was wrong is corrected");
	fixture_exec("UPDATE account_seen SET seen_at = NULL; UPDATE users SET is_banned = true");
	l.token_hash[0]++;
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect_eq(fixture_number(HERE), 0);
}

Test(login_store, the_first_time_makes_an_account)
{
	struct login l = some_login("dora");
	struct login_result result;

	l.first_visit_at = 1767225600;
	l.first_source = "newsletter";
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect(result.is_new);
	cr_expect_not(result.is_banned);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = 'dora'"
				    " AND event_type IN ('signup', 'login')"),
	    2);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id"
			   " WHERE u.keycloak_sub = 'dora' AND s.roles = '{}'"),
	    1);
	cr_expect_eq(fixture_number("SELECT extract(epoch FROM first_visit_at)::bigint FROM users"
				    " WHERE keycloak_sub = 'dora' AND first_source = 'newsletter'"),
	    1767225600);
}

Test(login_store, later_times_only_bring_it_up_to_date)
{
	struct login l = some_login("dora"), again = some_login("dora");
	struct login_result result;

	l.first_source = "friend";
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	again.email = "new@example.org";
	again.email_verified = true;
	again.first_source = "other";
	again.roles = "admin ops";
	again.old_token_hash = l.token_hash;
	memset(again.token_hash, 'z', sizeof(again.token_hash));
	cr_assert_eq(sign_in(&again, &result), ERR_OK);
	cr_expect_not(result.is_new);
	cr_expect_eq(fixture_number("SELECT count(*) FROM users WHERE keycloak_sub = 'dora'"
				    " AND email = 'new@example.org' AND email_verified"
				    " AND first_source = 'friend'"),
	    1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = 'dora'"
				    " AND event_type = 'signup'"),
	    1);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id"
			   " WHERE u.keycloak_sub = 'dora'"
			   " AND s.roles = '{admin,ops}'"),
	    1, "the browser's old session did not end");
}

Test(login_store, banned_accounts_get_neither_session_nor_event)
{
	struct login l = some_login("mallory");
	struct login_result result;

	fixture_exec("INSERT INTO users (keycloak_sub, issuer, is_banned)"
		     " VALUES ('mallory', 'https://id.example.org', true)");
	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	cr_expect(result.is_banned);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = 'mallory'"), 0);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id"
			   " WHERE u.keycloak_sub = 'mallory'"),
	    0);
}

Test(login_store, nothing_happens_when_a_part_fails)
{
	struct login l = some_login("dora");
	struct login_result result;

	fixture_exec("SAVEPOINT before");
	l.idle_s = 0; /* the table refuses it */
	cr_assert_eq(sign_in(&l, &result), ERR_INVALID);
	fixture_exec("ROLLBACK TO before");
	cr_expect_eq(fixture_number("SELECT count(*) FROM users WHERE keycloak_sub = 'dora'"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = 'dora'"), 0);
}

static enum err
take(struct login_attempt *l)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	enum err e;

	login_store_take(&q, l);
	res = fixture_run(&q);
	e = login_store_taken(l, &arena, res);
	PQclear(res);
	return e;
}

static struct login_attempt
begin_attempt(void)
{
	struct login_attempt l = {
		.nonce = "n", .code_verifier = "v", .return_path = "/dashboard"
	};
	struct db_query q = { .arena = &arena };

	l.state_hash[0] = 1;
	l.browser_hash[0] = 2;
	login_store_begin(&q, &l);
	PQclear(fixture_run(&q));
	return l;
}

Test(login_store, an_attempt_is_taken_once)
{
	struct login_attempt l = begin_attempt();

	l.nonce = l.code_verifier = l.return_path = NULL;
	cr_assert_eq(take(&l), ERR_OK);
	cr_expect_str_eq(l.nonce, "n");
	cr_expect_str_eq(l.code_verifier, "v");
	cr_expect_str_eq(l.return_path, "/dashboard");
	cr_expect_eq(take(&l), ERR_NOT_FOUND);
}

Test(login_store, an_attempt_is_of_one_browser_and_not_old)
{
	struct login_attempt l = begin_attempt(), other = l;

	other.browser_hash[0] = 9;
	cr_expect_eq(take(&other), ERR_NOT_FOUND);
	other = l;
	other.state_hash[0] = 9;
	cr_expect_eq(take(&other), ERR_NOT_FOUND);
	fixture_exec("UPDATE login_attempts SET created_at = now() - interval '601 seconds'");
	cr_expect_eq(take(&l), ERR_NOT_FOUND);
}

/* The session as the guard of every page sees it. */
static int64_t
find_session(const unsigned char *hash)
{
	struct web_session s = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res;

	memcpy(s.token_hash, hash, sizeof(s.token_hash));
	web_session_find(&q, &s);
	res = fixture_run(&q);
	cr_assert_eq(web_session_row(&s, &arena, res), ERR_OK);
	PQclear(res);
	if (s.user_id != 0) {
		cr_expect_str_eq(s.sub, "dora");
		cr_expect_str_eq(s.plan, "free");
		cr_expect_str_eq(s.roles, "");
	}
	return s.user_id;
}

static const char *const endings[] = {
	"UPDATE sessions SET expires_at = now()",
	"UPDATE sessions SET last_seen_at = now() - interval '3601 seconds'",
	"UPDATE users SET is_banned = true WHERE keycloak_sub = 'dora'",
	"DELETE FROM sessions",
};

Test(login_store, sessions_are_found_until_they_end)
{
	struct login l = some_login("dora");
	struct login_result result;

	cr_assert_eq(sign_in(&l, &result), ERR_OK);
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		fixture_exec("SAVEPOINT before");
		cr_expect_gt(find_session(l.token_hash), 0, "%s", endings[i]);
		fixture_exec(endings[i]);
		cr_expect_eq(find_session(l.token_hash), 0, "%s", endings[i]);
		fixture_exec("ROLLBACK TO before");
	}
}
