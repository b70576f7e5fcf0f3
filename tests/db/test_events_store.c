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
fold(void)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	events_store_fold(&q);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

static const char *
days(void)
{
	struct db_query q = { .arena = &arena };
	const char *text;
	PGresult *res;

	db_query_read(&q, "SELECT coalesce(string_agg(concat_ws(' ', event_type, day, events), ', '"
			  " ORDER BY event_type, day), '') FROM event_days");
	res = fixture_run(&q);
	text = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	return text;
}

#define EXPECT_DAYS(text) cr_expect_str_eq(days(), text, "%s", days())
#define ADD(sub, type, at)                                                                         \
	"INSERT INTO events (user_sub, event_type, created_at) VALUES ('" sub "', '" type          \
	"', timestamptz '" at "+00');"

/* Years ago, so that no other day is in the way; in a zone where it is another day than in UTC.
 * Other files leave all of these behind, also turns of accounts that they have deleted since. */
static void
begin_days(void)
{
	fixture_exec("SET LOCAL TimeZone = 'Asia/Tokyo';"
		     "DELETE FROM event_days; DELETE FROM event_changes; DELETE FROM account_turns;"
		     "DELETE FROM events;"
		     "CREATE TABLE events_past PARTITION OF events"
		     " FOR VALUES FROM ('2001-01-01 00:00:00+00') TO ('2002-01-01 00:00:00+00');"
		     "INSERT INTO users (keycloak_sub, issuer, is_test, is_staff, is_banned) VALUES"
		     " ('d-user', 'i', false, false, false), ('d-other', 'i', false, false, false),"
		     " ('d-test', 'i', true, false, false), ('d-staff', 'i', false, true, false),"
		     " ('d-banned', 'i', false, false, true)");
}

Test(event_days, those_who_count)
{
	begin_days();
	fixture_exec(
	    "INSERT INTO events (user_sub, event_type, created_at)"
	    " SELECT sub, type, timestamptz '2001-05-10 23:30:00+00' + n * interval '1 day'"
	    " FROM unnest('{d-user,d-test,d-staff,d-banned}'::text[]) sub,"
	    " unnest('{login,login,signup}'::text[]) type, generate_series(0, 1) n");
	EXPECT_DAYS("");
	cr_expect_eq(fold(), 16, "an account, a type and a day each");
	EXPECT_DAYS("login 2001-05-10 2, login 2001-05-11 2, signup 2001-05-10 1,"
		    " signup 2001-05-11 1");
	cr_expect_eq(fold(), 0);
	EXPECT_DAYS("login 2001-05-10 2, login 2001-05-11 2, signup 2001-05-10 1,"
		    " signup 2001-05-11 1");
}

Test(event_days, a_late_one_corrects_its_day)
{
	begin_days();
	fixture_exec(ADD("d-user", "login", "2001-05-11 00:00:00"));
	fold();
	fixture_exec(ADD("d-other", "login", "2001-05-10 23:59:59.999999")
		ADD("d-other", "login", "2001-05-11 23:59:59"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1, login 2001-05-11 2");
}

/* Before and after a fold, with what came between them; and whoever is both does not count twice.
 */
Test(event_days, who_turns_takes_all_along)
{
#define IS(flag, value, sub) "UPDATE users SET " flag " = " value " WHERE keycloak_sub = '" sub "';"
	begin_days();
	fixture_exec(ADD("d-user", "login", "2001-05-10 00:00:00")
		ADD("d-other", "login", "2001-05-10 00:00:00"));
	fold();
	fixture_exec(ADD("d-user", "login", "2001-05-11 12:00:00") IS("is_banned", "true", "d-user")
		ADD("d-user", "signup", "2001-05-11 12:00:00"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1");
	fixture_exec(IS("is_staff", "true", "d-user") IS("is_banned", "false", "d-user"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1");
	fixture_exec(
	    IS("is_staff", "false", "d-user") ADD("d-user", "login", "2001-05-12 12:00:00"));
	fold();
	EXPECT_DAYS("login 2001-05-10 2, login 2001-05-11 1, login 2001-05-12 1,"
		    " signup 2001-05-11 1");
	fixture_exec(IS("is_test", "true", "d-user") IS("is_test", "false", "d-user")
		IS("is_test", "true", "d-other"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1, login 2001-05-11 1, login 2001-05-12 1,"
		    " signup 2001-05-11 1");
}

/* Erased and banned by one statement, with an event that is not folded yet. */
Test(event_days, who_is_erased_stays_counted)
{
	begin_days();
	fixture_exec(ADD("d-user", "login", "2001-05-10 00:00:00")
		ADD("d-other", "login", "2001-05-10 00:00:00"));
	fold();
	fixture_exec(ADD("d-user", "login", "2001-05-10 01:00:00") ADD("d-other", "login",
	    "2001-05-10 01:00:00") "UPDATE users SET keycloak_sub = 'd-gone' WHERE keycloak_sub = "
				   "'d-user';"
				   "UPDATE users SET keycloak_sub = 'd-gone-too', is_banned = true"
				   " WHERE keycloak_sub = 'd-other'");
	fold();
	EXPECT_DAYS("login 2001-05-10 2");
	fixture_exec(IS("is_banned", "true", "d-gone"));
	fold();
	EXPECT_DAYS("");
}

/* What retention has dropped stays as it was counted, whatever becomes of the account. */
Test(event_days, days_outlive_their_events)
{
	begin_days();
	fixture_exec(
	    "CREATE TABLE events_past_too PARTITION OF events"
	    " FOR VALUES FROM ('2002-01-01 00:00:00+00') TO ('2003-01-01 00:00:00+00');" ADD(
		"d-user", "login", "2001-05-10 00:00:00")
		ADD("d-user", "login", "2002-05-10 00:00:00"));
	fold();
	fixture_exec("DROP TABLE events_past;" IS("is_banned", "true", "d-user"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1");
	fixture_exec(IS("is_banned", "false", "d-user"));
	fold();
	EXPECT_DAYS("login 2001-05-10 1, login 2002-05-10 1");
}

/* Days that somebody has taken away by hand do not make one negative. */
Test(event_days, never_less_than_nothing)
{
	begin_days();
	fixture_exec(ADD("d-user", "login", "2001-05-10 00:00:00") ADD("d-user", "login",
	    "2001-05-10 01:00:00") ADD("d-user", "login", "2001-05-11 00:00:00"));
	fold();
	fixture_exec("UPDATE event_days SET events = 1; DELETE FROM event_days"
		     " WHERE day = '2001-05-11';" IS("is_banned", "true", "d-user"));
	fold();
	EXPECT_DAYS("");
}

/* The daily job of versions that had one: while they run, or when they come back. */
Test(event_days, only_a_fold_adds_days)
{
#define OLD_JOB                                                                                    \
	"INSERT INTO event_days (event_type, day, events)"                                         \
	" SELECT e.event_type, (e.created_at AT TIME ZONE 'UTC')::date, count(*)"                  \
	" FROM events e JOIN users u ON u.keycloak_sub = e.user_sub"                               \
	" WHERE NOT (u.is_staff OR u.is_test OR u.is_banned) GROUP BY 1, 2;"
	begin_days();
	fixture_exec(ADD("d-user", "login", "2001-05-10 00:00:00") OLD_JOB);
	EXPECT_DAYS("");
	fold();
	EXPECT_DAYS("login 2001-05-10 1");
	fixture_exec(OLD_JOB);
	EXPECT_DAYS("login 2001-05-10 1");
}

/* One account's events are found by an index, in however many partitions. */
Test(event_days, a_turn_reads_no_other_accounts)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	db_query_read(&q,
	    "SELECT e.* FROM users t, LATERAL (SELECT event_type, count(*) FROM events"
	    " WHERE user_sub = t.keycloak_sub GROUP BY 1) e WHERE t.id = 1");
	plan = fixture_plan(&q);
	cr_expect_null(strstr(plan, "Seq Scan"), "%s", plan);
}

/* Whoever signs in for the first time: two events of one statement, of an account that it makes. */
Test(event_days, two_inserts_of_one_statement)
{
	begin_days();
	cr_expect_eq(make_account("{}"), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_changes"), 2);
	cr_expect_eq(fold(), 2);
	cr_expect_eq(fixture_number("SELECT sum(events) FROM event_days"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_days WHERE event_type = 'login'"
				    " AND day = (now() AT TIME ZONE 'UTC')::date"),
	    1);
}
