/* Sessions as their owner sees and ends them. */
#include "account/session_store.h"

#include "db_fixture.h"

static unsigned char first[32], second[32];

/* Two accounts; the first has a current session, an older one, and two that are over. */
static void
begin(void)
{
	fixture_begin();
	fixture_exec(
	    "INSERT INTO users (keycloak_sub, issuer) VALUES ('sam', 'i'), ('tess', 'i');"
	    "INSERT INTO sessions (token_hash, user_id, csrf_secret, created_at, last_seen_at,"
	    " idle_seconds, expires_at, user_agent)"
	    " SELECT decode(repeat(hex, 32), 'hex'), u.id, sha256('x'), now() - interval '2 hours',"
	    " now() - seen, 3600, now() + life, agent FROM users u JOIN (VALUES"
	    " ('sam', '01', interval '5 minutes', interval '1 day', 'Lynx/2'),"
	    " ('sam', '02', interval '1 minute', interval '1 day', NULL),"
	    " ('sam', '03', interval '1 hour', interval '1 day', 'idle'),"
	    " ('sam', '04', interval '0', interval '0', 'expired'),"
	    " ('tess', '05', interval '0', interval '1 day', 'hers')"
	    ") v (sub, hex, seen, life, agent) ON u.keycloak_sub = v.sub");
	memset(first, 1, sizeof(first));
	memset(second, 2, sizeof(second));
}

TestSuite(session_store, .init = begin, .fini = fixture_close);

static int64_t
id_of(const char *sub)
{
	return fixture_number(
	    arena_printf(&arena, "SELECT id FROM users WHERE keycloak_sub = '%s'", sub));
}

static struct session_list
list_of(const char *sub, const unsigned char *hash)
{
	struct db_query q = { .arena = &arena };
	struct session_list list;
	PGresult *res;

	session_store_list(&q, id_of(sub), hash);
	res = fixture_run(&q);
	cr_assert_eq(session_store_list_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	return list;
}

Test(session_store, lists_those_that_live_this_one_first)
{
	struct session_list list = list_of("sam", first);

	cr_assert_eq(list.n, 2);
	cr_expect_eq(list.total, 2);
	cr_expect(list.v[0].is_this);
	cr_expect_str_eq(list.v[0].user_agent, "Lynx/2");
	cr_expect_eq(list.v[0].used_at - list.v[0].begun_at, 7200 - 300);
	cr_expect_not(list.v[1].is_this);
	cr_expect_null(list.v[1].user_agent);
	cr_expect_neq(list.v[1].id, list.v[0].id);
	cr_expect_eq(list_of("tess", first).n, 1);
}

Test(session_store, a_long_list_is_cut_and_counted)
{
	struct session_list list;

	fixture_exec("INSERT INTO sessions (token_hash, user_id, csrf_secret, idle_seconds,"
		     " expires_at) SELECT sha256(n::text::bytea), u.id, sha256('x'), 3600,"
		     " now() + interval '1 day' FROM users u, generate_series(1, 150) n"
		     " WHERE keycloak_sub = 'sam'");
	list = list_of("sam", first);
	cr_expect_eq(list.n, SESSION_LIST_MAX);
	cr_expect_eq(list.total, 152);
	cr_expect(list.v[0].is_this, "it was used least lately");
}

static void
end(int64_t user_id, int64_t id)
{
	struct db_query q = { .arena = &arena };

	session_store_end(&q, user_id, id);
	PQclear(fixture_run(&q));
}

Test(session_store, ends_one_of_ones_own)
{
	struct session_list list = list_of("sam", first);
	int64_t sam = id_of("sam");

	end(id_of("tess"), list.v[1].id);
	cr_expect_eq(list_of("sam", first).n, 2, "somebody else's was ended");
	end(sam, -1);
	cr_expect_eq(list_of("sam", first).n, 2);
	end(sam, list.v[1].id);
	cr_expect_eq(list_of("sam", first).n, 1);
	end(sam, list.v[1].id);
}

Test(session_store, ends_all_others)
{
	struct db_query q = { .arena = &arena };
	struct session_list list;

	session_store_end_others(&q, id_of("sam"), second);
	PQclear(fixture_run(&q));
	list = list_of("sam", second);
	cr_assert_eq(list.n, 1);
	cr_expect(list.v[0].is_this);
	cr_expect_eq(list_of("tess", second).n, 1);
}

Test(session_store, the_latest_events)
{
	struct db_query q = { .arena = &arena };
	struct activity_list list;
	PGresult *res;

	fixture_exec("INSERT INTO events (user_sub, event_type, metadata, created_at)"
		     " SELECT 'sam', 'login', NULL, now() - make_interval(mins => n)"
		     " FROM generate_series(1, 30) n;"
		     "INSERT INTO events (user_sub, event_type, metadata) VALUES"
		     " ('sam', 'bouncer_create', '{\"bouncer\": \"home\"}'),"
		     " ('tess', 'login', '{}')");
	session_store_activity(&q, "sam");
	res = fixture_run(&q);
	cr_assert_eq(session_store_activity_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	cr_assert_eq(list.n, ACTIVITY_LIST_MAX);
	cr_expect_str_eq(list.v[0].type, "bouncer_create");
	cr_expect_str_eq(list.v[0].bouncer, "home");
	cr_expect_null(list.v[0].plan);
	cr_expect_str_eq(list.v[1].type, "login");
	cr_expect_eq(list.v[0].at - list.v[1].at, 60);
	cr_expect_eq(list.v[0].at - list.v[list.n - 1].at, ((int64_t)list.n - 1) * 60);
}
