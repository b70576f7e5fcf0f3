/* What is purged of sessions and login attempts, and what is not. */
#include "account/purge_store.h"
#include "db_fixture.h"

TestSuite(purge, .init = fixture_begin, .fini = fixture_close);

static void
purge(int64_t want_sessions, int64_t want_attempts)
{
	struct db_query q = { .arena = &arena };
	int64_t sessions = -1, attempts = -1;
	PGresult *res;

	purge_store_sessions(&q);
	res = fixture_run(&q);
	cr_expect_eq(purge_store_sessions_read(res, &sessions, &attempts), ERR_OK);
	cr_expect_eq(sessions, want_sessions);
	cr_expect_eq(attempts, want_attempts);
	PQclear(res);
}

Test(purge, what_is_over)
{
	fixture_exec(
	    "DELETE FROM sessions; DELETE FROM login_attempts;"
	    "INSERT INTO users (keycloak_sub, issuer) VALUES ('purge', 'i');"
	    "INSERT INTO sessions (token_hash, user_id, csrf_secret, last_seen_at, idle_seconds,"
	    " expires_at) SELECT sha256(n::text::bytea), u.id, sha256('x'), now() - seen, 3600,"
	    " now() + life FROM users u, (VALUES"
	    " (1, interval '0', interval '0'),"		     /* its time is over */
	    " (2, interval '1 hour', interval '1 day'),"     /* nobody has used it for too long */
	    " (3, interval '1 day', interval '-1 day'),"     /* both */
	    " (4, interval '59 minutes', interval '1 day')," /* lives */
	    " (5, interval '0', interval '1 second')"	     /* lives */
	    ") v (n, seen, life) WHERE u.keycloak_sub = 'purge';"
	    "INSERT INTO login_attempts (state_hash, browser_hash, nonce, code_verifier,"
	    " return_path, created_at) SELECT sha256(n::text::bytea), sha256('b'), 'n', 'v', '/',"
	    " now() - age FROM (VALUES (1, interval '61 minutes'), (2, interval '59 minutes'))"
	    " v (n, age);"
	    "DELETE FROM logout_tokens; INSERT INTO logout_tokens SELECT sha256(n::text::bytea),"
	    " now() + n * interval '1 second' FROM generate_series(-1, 1, 2) n");
	purge(3, 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM logout_tokens"), 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM sessions WHERE token_hash IN"
				    " (sha256('4'), sha256('5'))"),
	    2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM login_attempts"), 1);
	purge(0, 0);
}
