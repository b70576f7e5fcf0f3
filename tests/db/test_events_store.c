/* Events: in one piece with what they tell of, in partitions made ahead, added up by days. */
#include <time.h>

#include "db_fixture.h"
#include "events/events_store.h"

#define SUB "'test-events'"

/* clang-format off */
static const char make_sql[] =
    "WITH made AS (INSERT INTO users (keycloak_sub, issuer, name)"
    " VALUES (" SUB ", 'i', $1) RETURNING keycloak_sub, name), "
    RECORD_EVENT("signup", EVENT_WORD_SIGNUP, "name::jsonb", "made") ", "
    RECORD_EVENT("login", EVENT_WORD_LOGIN, EVENT_NO_METADATA, "made WHERE name <> '[]'")
    " SELECT count(*) FROM made";
/* clang-format on */

static enum err
make_account(const char *name)
{
	struct db_query q = { .arena = &arena };

	db_query_write(&q, make_sql);
	db_param_text(&q, name);
	return db_sync_run(db, &q, NULL);
}

static int64_t
accounts(void)
{
	return fixture_number("SELECT count(*) FROM users WHERE keycloak_sub = " SUB);
}

static int64_t
events(void)
{
	return fixture_number("SELECT count(*) FROM events WHERE user_sub = " SUB);
}

static void
remove_account(void)
{
	fixture_exec("DELETE FROM events WHERE user_sub = " SUB
		     "; DELETE FROM users WHERE keycloak_sub = " SUB);
}

static void
open_clean(void)
{
	fixture_open();
	remove_account();
}

static void
close_clean(void)
{
	remove_account();
	fixture_close();
}

/* Not in a transaction: each statement commits for itself, as it does for a page. */
TestSuite(record_event, .init = open_clean, .fini = close_clean);

Test(record_event, event_fails_and_takes_the_action_with_it)
{
	cr_expect_eq(make_account("no JSON"), ERR_INVALID);
	cr_expect_eq(accounts(), 0);
	cr_expect_eq(events(), 0);
}

Test(record_event, action_fails_and_takes_the_event_with_it)
{
	cr_assert_eq(make_account("{}"), ERR_OK);
	cr_expect_eq(make_account("{}"), ERR_CONFLICT);
	cr_expect_eq(accounts(), 1);
	cr_expect_eq(events(), 2);
}

Test(record_event, both_are_there)
{
	cr_expect_eq(make_account("{\"a\": 1}"), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = " SUB
				    " AND (event_type, metadata) IN (('signup', '{\"a\": 1}'),"
				    " ('login', '{}'))"),
	    2);
}

Test(record_event, only_rows_of_the_condition)
{
	cr_expect_eq(make_account("[]"), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = " SUB
				    " AND event_type = 'signup'"),
	    1);
	cr_expect_eq(events(), 1);
}

Test(record_event, history_stays_when_a_person_is_erased)
{
	cr_assert_eq(make_account("{}"), ERR_OK);
	fixture_exec("BEGIN; UPDATE users SET keycloak_sub = 'erased-1', name = NULL"
		     " WHERE keycloak_sub = " SUB);
	cr_expect_eq(events(), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = 'erased-1'"), 2);
	fixture_exec("ROLLBACK");
}

TestSuite(partitions, .init = fixture_begin, .fini = fixture_close);

static int64_t
make_partitions(int64_t ahead)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	events_store_make_partitions(&q, ahead);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

static int64_t
drop_partitions(int64_t keep_days)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	events_store_drop_partitions(&q, keep_days);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

/* In a zone far from UTC the bounds are still those of UTC. */
Test(partitions, made_ahead_once)
{
	fixture_exec("SET LOCAL TimeZone = 'Pacific/Kiritimati'");
	make_partitions(3);
	cr_expect_eq(make_partitions(3), 0);
	cr_expect_eq(make_partitions(15), 12);
	cr_expect_eq(make_partitions(15), 0);
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES (" SUB ", 'i');"
		     " SET LOCAL TimeZone = 'UTC';"
		     " INSERT INTO events (user_sub, event_type, created_at)"
		     " SELECT " SUB ", 'login', m + i FROM"
		     " generate_series(date_trunc('month', now()), now() + interval '15 months',"
		     " '1 month') m, unnest('{0 s, 1 month -1 us}'::interval[]) i");
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = " SUB
				    " AND tableoid::regclass::text ="
				    " 'events_' || to_char(created_at, 'YYYY_MM')"),
	    events());
	cr_expect_eq(events(), 32);
}

Test(partitions, dropped_when_all_of_it_is_old)
{
	fixture_exec("CREATE TABLE events_2020_01 PARTITION OF events"
		     " FOR VALUES FROM ('2020-01-01 00:00:00+00') TO ('2020-02-01 00:00:00+00');"
		     "CREATE TABLE events_2020_02 PARTITION OF events"
		     " FOR VALUES FROM ('2020-02-01 00:00:00+00') TO ('2020-03-01 00:00:00+00');"
		     "CREATE TABLE events_archive PARTITION OF events"
		     " FOR VALUES FROM ('2019-01-01 00:00:00+00') TO ('2019-02-01 00:00:00+00')");
	cr_expect_eq(drop_partitions(36500), 0);
	/* The days since January ended, rounded up, then down: it must be wholly older. */
	cr_expect_eq(
	    drop_partitions(fixture_number(
		"SELECT extract(day FROM now() - timestamptz '2020-02-01 00:00:00+00') + 1")),
	    0);
	cr_expect_eq(drop_partitions(fixture_number(
			 "SELECT extract(day FROM now() - timestamptz '2020-02-01 00:00:00+00')")),
	    1);
	cr_expect_eq(fixture_number("SELECT (to_regclass('events_2020_01') IS NULL)::int"), 1);
	cr_expect_eq(drop_partitions(40), 1);
	cr_expect_eq(fixture_number("SELECT (to_regclass('events_archive') IS NULL)::int"), 0);
	cr_expect_eq(make_partitions(3), 0);
}

/* Whoever signs in meanwhile must not wait for a reader that holds the partition job up. */
Test(partitions, no_long_wait_for_readers)
{
	struct db_query q = { .arena = &arena };
	struct db_sync *reader = fixture_connect();
	time_t began = time(NULL);

	cr_assert_eq(db_sync_script(reader, "BEGIN; SELECT count(*) FROM events"), ERR_OK);
	events_store_make_partitions(&q, 40);
	cr_expect_neq(db_sync_run(db, &q, NULL), ERR_OK);
	cr_expect_leq(time(NULL) - began, 4);
	db_sync_close(reader);
}

TestSuite(event_days, .init = fixture_begin, .fini = fixture_close);

static int64_t
add_days(void)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	events_store_add_days(&q);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

/* Partitions for any day of the past two months, whatever day the test runs. */
static const char days_sql[] =
    "DELETE FROM event_days; DELETE FROM events;"
    "CREATE TABLE events_past PARTITION OF events FOR VALUES FROM ('2001-01-01 00:00:00+00')"
    " TO (%s);"
    "INSERT INTO users (keycloak_sub, issuer, is_test, is_staff, is_banned) VALUES"
    " ('d-user', 'i', false, false, false), ('d-test', 'i', true, false, false),"
    " ('d-staff', 'i', false, true, false), ('d-banned', 'i', false, false, true);"
    "INSERT INTO events (user_sub, event_type, created_at)"
    " SELECT sub, type, timestamptz '2001-05-10 23:30:00+00' + (n || ' days')::interval"
    " FROM unnest('{d-user,d-test,d-staff,d-banned}'::text[]) sub,"
    " unnest('{login,login,signup}'::text[]) type, generate_series(0, 4) n;"
    "INSERT INTO events (user_sub, event_type) VALUES ('d-user', 'login')";

static void
make_days(void)
{
	struct strbuf sql = { 0 };
	PGresult *res;

	res = PQexec(db_sync_conn(db),
	    "SELECT quote_literal(to_char(date_trunc('month', now() AT TIME ZONE 'UTC'),"
	    " 'YYYY-MM-DD HH24:MI:SS') || '+00')");
	strbuf_printf(&sql, days_sql, PQgetvalue(res, 0, 0));
	PQclear(res);
	fixture_exec(strbuf_text(&sql));
	strbuf_free(&sql);
}

Test(event_days, days_that_are_over)
{
	make_days();
	fixture_exec("SET LOCAL TimeZone = 'Asia/Tokyo'");
	cr_expect_eq(add_days(), 10);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_days WHERE (event_type, events)"
				    " IN (('login', 2), ('signup', 1))"),
	    10);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_days"
				    " WHERE day BETWEEN '2001-05-10' AND '2001-05-14'"),
	    10);
	cr_expect_eq(add_days(), 0);
}

Test(event_days, goes_on_where_it_stopped)
{
	make_days();
	fixture_exec("INSERT INTO event_days VALUES ('login', '2001-05-12', 7)");
	cr_expect_eq(add_days(), 4);
	cr_expect_eq(fixture_number("SELECT sum(events) FROM event_days"), 7 + 2 * 3);
	fixture_exec("DELETE FROM events");
	cr_expect_eq(add_days(), 0);
	cr_expect_eq(fixture_number("SELECT sum(events) FROM event_days"), 7 + 2 * 3);
}
