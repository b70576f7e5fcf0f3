/* The business figures: who counts, which days, and what the registry then shows. */
#include <string.h>

#include "db_fixture.h"
#include "events/events_store.h"
#include "metrics/gauge_store.h"
#include "metrics/metrics.h"

TestSuite(gauges, .init = fixture_begin, .fini = fixture_close);

static struct gauge_figures
figures(void)
{
	struct db_query q = { .arena = &arena };
	struct gauge_figures f = { 0 };
	PGresult *res;

	gauge_store_figures(&q);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_expect_eq(gauge_store_figures_read(res, &f), ERR_OK);
	PQclear(res);
	return f;
}

/* Nobody yet: a count of 0 is known to be 0. */
Test(gauges, empty)
{
	struct gauge_figures f;

	fixture_exec("DELETE FROM events; DELETE FROM event_days; DELETE FROM users");
	f = figures();
	cr_expect_eq(f.signups_7d, 0);
	cr_expect_eq(f.signups_today, 0);
	cr_expect_eq(f.logins, 0);
}

/* Seven complete days: from the first microsecond of the first to the last before today. */
Test(gauges, signups)
{
	struct gauge_figures f;

	fixture_exec(
	    "DELETE FROM events; DELETE FROM users; SET LOCAL TimeZone = 'Pacific/Kiritimati';"
	    "INSERT INTO users (keycloak_sub, issuer, created_at, is_staff, is_test, is_banned)"
	    " SELECT 'g' || row_number() OVER (), 'i', t.today + d::interval,"
	    " flag = 'staff', flag = 'test', flag = 'banned'"
	    " FROM (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')"
	    " t (today),"
	    " unnest('{-1 us,-7 days,-7 days -1 us,-30 days,-3 days,0 s}'::text[]) d,"
	    " unnest('{none,staff,test,banned}'::text[]) flag");
	f = figures();
	cr_expect_eq(f.signups_7d, 3);
	cr_expect_eq(f.signups_today, 1);
}

/* Days that are over come from event_days, also when their events are gone; no day counts twice. */
Test(gauges, logins)
{
	struct db_query q = { .arena = &arena };

	fixture_exec(
	    "DELETE FROM events; DELETE FROM event_days;"
	    "CREATE TABLE events_past PARTITION OF events"
	    " FOR VALUES FROM ('2001-01-01 00:00:00+00') TO ('2002-01-01 00:00:00+00');"
	    "INSERT INTO users (keycloak_sub, issuer, is_test) VALUES"
	    " ('g-user', 'i', false), ('g-test', 'i', true);"
	    "INSERT INTO events (user_sub, event_type, created_at)"
	    " SELECT sub, type, at FROM unnest('{g-user,g-test}'::text[]) sub,"
	    " unnest('{login,signup}'::text[]) type,"
	    " unnest(ARRAY['2001-05-10 23:59:59+00', '2001-05-11 00:00:00+00', now()]) at");
	cr_expect_eq(figures().logins, 3);
	events_store_add_days(&q);
	PQclear(fixture_run(&q));
	cr_expect_eq(figures().logins, 3);
	fixture_exec("DROP TABLE events_past");
	cr_expect_eq(figures().logins, 3);
	fixture_exec("INSERT INTO events (user_sub, event_type) VALUES ('g-user', 'login')");
	cr_expect_eq(figures().logins, 4);
}

/* Each part of the statement can be answered from an index, so history does not slow it down. */
Test(gauges, uses_indexes)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	gauge_store_figures(&q);
	plan = fixture_plan(&q);
	cr_expect_null(strstr(plan, "Seq Scan"), "%s", plan);
	cr_expect_not_null(strstr(plan, "users_created_at_idx"), "%s", plan);
}

Test(gauges, add)
{
	struct gauge_figures f = { .signups_7d = 5, .signups_today = 0, .logins = 70 };
	struct metrics_figure_list list = { 0 };

	gauge_store_add(&list, &arena, &f, 1000);
	cr_assert_eq(list.n, 3);
	cr_expect_eq(list.v[0].figure, FIGURE_SIGNUPS_7D);
	cr_expect_eq(list.v[0].value, 5);
	cr_expect_eq(list.v[1].figure, FIGURE_SIGNUPS_TODAY);
	cr_expect_eq(list.v[1].value, 0);
	cr_expect_eq(list.v[2].figure, FIGURE_LOGINS_TOTAL);
	cr_expect_eq(list.v[2].value, 70);
	cr_expect_eq(list.v[2].at, 1000);
}
