/* What became of requests: reports are added once, errors come in groups, pages are told the sums.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "db_fixture.h"
#include "track/track_batch.h"
#include "track/track_report.h"
#include "track/track_store.h"

#define ONE "00000000-0000-4000-8000-000000000001"
#define OTHER "00000000-0000-4000-8000-000000000002"
#define DAY 20786

static void
begin(void)
{
	fixture_begin();
	fixture_exec(
	    "DELETE FROM track_senders; DELETE FROM requests_daily; DELETE FROM error_log");
}

TestSuite(track_store, .init = begin, .fini = fixture_close);

static struct track_requests
requests_of(const char *route, int class, int bucket, int64_t n)
{
	struct track_requests q = {
		.day = DAY, .route = route, .class = class, .sum_us = 1000 * n
	};

	q.buckets[bucket] = n;
	return q;
}

static struct track_errors
errors_of(const char *route, const char *cause, int64_t n, int64_t at, const char *request)
{
	return (struct track_errors){ .day = DAY,
		.route = route,
		.cause = cause,
		.status = 500,
		.errors = n,
		.first_at = at,
		.last_at = at + 10,
		.request = request };
}

static const char *
text_of(const struct track_batch *b, const char *service)
{
	struct strbuf out = { 0 };
	const char *text;

	track_report_write(&out, b, service);
	text = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

static bool
add_as(const char *service, const char *sender, int64_t number, struct track_requests *requests,
    size_t nrequests, struct track_errors *errors, size_t nerrors)
{
	const struct track_batch b = { sender, number, requests, errors, nrequests, nerrors, true };
	struct db_query q = { .arena = &arena };
	PGresult *res;
	bool is_new;

	track_store_add(&q, text_of(&b, service));
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_bool(res, &is_new), ERR_OK);
	PQclear(res);
	return is_new;
}

static bool
add_requests(const char *sender, int64_t number, struct track_requests *v, size_t n)
{
	return add_as("portal", sender, number, v, n, NULL, 0);
}

static bool
add_errors(const char *sender, int64_t number, struct track_errors *v, size_t n)
{
	return add_as("portal", sender, number, NULL, 0, v, n);
}

static const struct track_range all = { .first_day = 1, .last_day = 40000 };

static size_t
routes(struct track_route **rows, const struct track_range *range, enum track_order order, int n)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	size_t found;

	track_store_routes(&q, range, order, n);
	res = fixture_run(&q);
	cr_assert_eq(track_store_routes_read(res, &arena, rows, &found), ERR_OK);
	PQclear(res);
	return found;
}

static size_t
groups(struct track_group **rows, const struct track_range *range, int min_status, int skip, int n)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	size_t found;

	track_store_groups(&q, range, min_status, skip, n);
	res = fixture_run(&q);
	cr_assert_eq(track_store_groups_read(res, &arena, rows, &found), ERR_OK);
	PQclear(res);
	return found;
}

/* ---- Once ---- */

Test(track_store, a_report_is_added_once)
{
	struct track_requests v[] = { requests_of("landing", 2, 0, 3),
		requests_of("landing", 4, 1, 1) };
	struct track_errors e = errors_of("landing", "invalid: x", 1, 500, "a-1");

	cr_expect(add_as("portal", ONE, 5, v, 2, &e, 1));
	cr_expect_not(add_as("portal", ONE, 5, v, 2, &e, 1), "the answer was lost, it comes again");
	cr_expect_not(add_as("portal", ONE, 4, v, 2, &e, 1), "one that was long on its way");
	cr_expect_eq(fixture_number("SELECT sum(requests) FROM requests_daily"), 4);
	cr_expect_eq(fixture_number("SELECT sum(errors) FROM error_log"), 1);
	cr_expect(add_as("portal", ONE, 6, v, 2, &e, 1));
	cr_expect_eq(fixture_number("SELECT sum(requests) FROM requests_daily"), 8);
	cr_expect_eq(fixture_number("SELECT sum(sum_us) FROM requests_daily"), 8000);
	cr_expect_eq(fixture_number("SELECT sum(errors) FROM error_log"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM requests_daily"), 2);
}

Test(track_store, replicas_add_up)
{
	struct track_requests v[] = { requests_of("landing", 2, 0, 3) }, w = v[0];

	w.buckets[11] = 2;
	cr_expect(add_requests(ONE, 1, v, 1));
	cr_expect(add_requests(OTHER, 1, &w, 1));
	cr_expect_eq(fixture_number("SELECT requests FROM requests_daily"), 8);
	cr_expect_eq(fixture_number("SELECT buckets[1] FROM requests_daily"), 6);
	cr_expect_eq(fixture_number("SELECT buckets[2] FROM requests_daily"), 0);
	cr_expect_eq(fixture_number("SELECT buckets[12] FROM requests_daily"), 2);
}

Test(track_store, services_and_days_are_apart)
{
	struct track_requests v[] = { requests_of("landing", 2, 0, 3),
		requests_of("landing", 2, 0, 1) };

	v[1].day = DAY + 1;
	cr_expect(add_as("portal", ONE, 1, v, 2, NULL, 0));
	cr_expect(add_as("txt", OTHER, 1, v, 2, NULL, 0));
	cr_expect_eq(fixture_number("SELECT count(*) FROM requests_daily"), 4);
	cr_expect_eq(
	    fixture_number("SELECT sum(requests) FROM requests_daily WHERE day = '2026-11-29'"
			   " AND service = 'txt'"),
	    3);
}

Test(track_store, all_or_nothing)
{
	struct track_requests v = requests_of("landing", 2, 0, 3);
	struct track_errors bad = errors_of("landing", "", 1, 500, NULL);
	const struct track_batch b = { ONE, 1, &v, &bad, 1, 1, true };
	struct db_query q = { .arena = &arena };

	fixture_exec("SAVEPOINT before");
	track_store_add(&q, text_of(&b, "portal"));
	cr_expect_neq(db_sync_run(db, &q, NULL), ERR_OK);
	fixture_exec("ROLLBACK TO before");
	cr_expect_eq(fixture_number("SELECT count(*) FROM requests_daily"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM track_senders"), 0);
	cr_expect(add_requests(ONE, 1, &v, 1), "the same number is still good");
}

Test(track_store, nothing_in_it)
{
	cr_expect(add_requests(ONE, 1, NULL, 0));
	cr_expect_not(add_requests(ONE, 1, NULL, 0));
}

/* ---- Errors ---- */

Test(track_store, a_group_grows)
{
	struct track_errors first = errors_of("landing", "internal: render", 2, 500, "a-1"),
			    later = errors_of("landing", "internal: render", 3, 600, "b-2"),
			    late = errors_of("landing", "internal: render", 1, 400, "c-3"),
			    unknown = errors_of("landing", "internal: render", 1, 700, NULL);
	struct track_group *g;

	add_errors(ONE, 1, &first, 1);
	add_errors(OTHER, 1, &later, 1);
	add_errors(ONE, 2, &late, 1);
	cr_assert_eq(groups(&g, &all, 0, 0, 10), 1);
	cr_expect_eq(g->errors, 6);
	cr_expect_eq(g->first_at, 400);
	cr_expect_eq(g->last_at, 610);
	cr_expect_str_eq(g->request, "b-2");
	add_errors(ONE, 3, &unknown, 1);
	cr_assert_eq(groups(&g, &all, 0, 0, 10), 1);
	cr_expect_eq(g->last_at, 710);
	cr_expect_str_eq(g->request, "b-2", "the last that is known");
}

Test(track_store, too_many_groups_are_other)
{
	static struct track_errors v[400];
	struct track_group *g;
	size_t n;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 400; i++)
			v[i] = errors_of("landing",
			    arena_printf(&arena, "internal: %d", 400 * round + i), 1, 500 + i,
			    "a-1");
		cr_expect(add_errors(ONE, round + 1, v, 400));
	}
	cr_expect_eq(fixture_number("SELECT sum(errors) FROM error_log"), 1200);
	cr_expect_eq(fixture_number("SELECT count(*) FROM error_log"), TRACK_GROUPS_MAX + 1);
	cr_expect_eq(fixture_number("SELECT errors FROM error_log WHERE cause = 'other'"),
	    1200 - TRACK_GROUPS_MAX);
	v[0].cause = "internal: 0";
	cr_expect(add_errors(ONE, 9, v, 1));
	cr_expect_eq(fixture_number("SELECT errors FROM error_log WHERE cause = 'internal: 0'"), 2);
	cr_expect_eq(add_as("txt", OTHER, 1, NULL, 0, v, 1), true);
	cr_expect_eq(fixture_number("SELECT count(*) FROM error_log WHERE service = 'txt'"
				    " AND cause = 'internal: 0'"),
	    1, "a service does not fill the room of another");
	n = groups(&g, &all, 500, 0, 1000);
	cr_expect_eq(n, TRACK_GROUPS_MAX + 2, "other is shown, whatever its errors were");
}

Test(track_store, groups_newest_first)
{
	struct track_errors v[] = { errors_of("landing", "a", 1, 500, NULL),
		errors_of("landing", "b", 1, 700, NULL), errors_of("landing", "c", 1, 600, NULL) };
	const struct track_range none = { .first_day = DAY + 1, .last_day = 40000 },
				 txt = { .first_day = DAY, .last_day = DAY, .service = "txt" };
	struct track_group *g;
	struct db_query q = { .arena = &arena };
	int64_t n;
	PGresult *res;

	v[1].status = 404;
	add_errors(ONE, 1, v, 3);
	cr_assert_eq(groups(&g, &all, 0, 0, 10), 3);
	cr_expect_str_eq(g[0].cause, "b");
	cr_expect_str_eq(g[1].cause, "c");
	cr_expect_str_eq(g[2].cause, "a");
	cr_expect_null(g[0].request);
	cr_expect_eq(g[0].day, DAY);
	cr_expect_eq(g[0].status, 404);
	cr_assert_eq(groups(&g, &all, 500, 0, 10), 2);
	cr_assert_eq(groups(&g, &all, 0, 1, 1), 1);
	cr_expect_str_eq(g[0].cause, "c");
	cr_expect_eq(groups(&g, &none, 0, 0, 10), 0);
	cr_expect_eq(groups(&g, &txt, 0, 0, 10), 0);
	track_store_count_groups(&q, DAY);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	cr_expect_eq(n, 3);
}

/* ---- Pages ---- */

Test(track_store, routes_and_days)
{
	struct track_requests v[] = { requests_of("landing", 2, 0, 90),
		requests_of("landing", 4, 1, 7), requests_of("landing", 5, 2, 3),
		requests_of("dashboard", 2, 5, 10), requests_of("dashboard", 5, 5, 5),
		requests_of("healthz", 2, 0, 5000) };
	const struct track_range day = { .first_day = DAY, .last_day = DAY, .service = "portal" };
	struct track_route *r;
	struct track_day *d;
	struct db_query q = { .arena = &arena };
	PGresult *res;
	size_t n;

	v[3].sum_us = 3000000;
	add_requests(ONE, 1, v, 6);
	v[0].day = DAY + 1;
	add_requests(ONE, 2, v, 1);
	cr_assert_eq(routes(&r, &all, TRACK_BY_REQUESTS, 10), 2);
	cr_expect_str_eq(r[0].route, "landing");
	cr_expect_str_eq(r[0].service, "portal");
	cr_expect_eq(r[0].requests, 190);
	cr_expect_eq(r[0].refused, 7);
	cr_expect_eq(r[0].failed, 3);
	cr_expect_eq(r[0].sum_us, 190000);
	cr_expect_eq(r[0].buckets[0], 180);
	cr_expect_eq(r[0].buckets[2], 3);
	cr_assert_eq(routes(&r, &day, TRACK_BY_TIME, 1), 1);
	cr_expect_str_eq(r[0].route, "dashboard");
	cr_expect_eq(r[0].requests, 15);
	cr_assert_eq(routes(&r, &day, TRACK_BY_ERRORS, 10), 2);
	cr_expect_str_eq(r[0].route, "dashboard");
	track_store_days(&q, &all);
	res = fixture_run(&q);
	cr_assert_eq(track_store_days_read(res, &arena, &d, &n), ERR_OK);
	PQclear(res);
	cr_assert_eq(n, 2);
	cr_expect_eq(d[0].day, DAY);
	cr_expect_eq(d[0].requests, 115);
	cr_expect_eq(d[0].failed, 8);
	cr_expect_eq(d[1].day, DAY + 1);
	cr_expect_eq(d[1].requests, 90);
	cr_expect_eq(d[1].refused, 0);
}

Test(track_store, a_range_has_an_index)
{
	struct db_query q = { .arena = &arena };

	track_store_routes(&q, &all, TRACK_BY_REQUESTS, 10);
	cr_expect_not_null(strstr(fixture_plan(&q), "requests_daily_pkey"));
	q = (struct db_query){ .arena = &arena };
	track_store_count_groups(&q, DAY);
	cr_expect_not_null(strstr(fixture_plan(&q), "error_log_pkey"));
}

Test(track_store, old_days_go)
{
	struct db_query q = { .arena = &arena };
	int64_t n;
	PGresult *res;

	fixture_exec(
	    "INSERT INTO requests_daily SELECT (now() AT TIME ZONE 'UTC')::date - d, 'txt',"
	    " 'x', 2, 1, 1, '{1,0,0,0,0,0,0,0,0,0,0,0}' FROM unnest('{0,10,11}'::int[]) d");
	fixture_exec(
	    "INSERT INTO error_log SELECT (now() AT TIME ZONE 'UTC')::date - d, 'txt', 'x',"
	    " 'x', 500, 1, now(), now() FROM unnest('{0,5,6,7}'::int[]) d");
	fixture_exec("INSERT INTO track_senders SELECT gen_random_uuid(), 'txt', 1,"
		     " now() - d * interval '1 day' FROM unnest('{0,29,31}'::int[]) d");
	track_store_purge(&q, 10, 5);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	cr_expect_eq(n, 1 + 2 + 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM requests_daily"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM error_log"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM track_senders"), 2);
}

/* ---- At once ---- */

struct writer {
	pthread_t thread;
	const char *sender;
	struct track_batch batch;
	int rounds;
	int failures, taken;
};

/* Over a connection of its own, outside of any transaction. */
static void *
write_reports(void *arg)
{
	struct writer *w = arg;
	struct db_sync *own = fixture_connect();

	for (int i = 1; i <= w->rounds; i++) {
		struct arena a = { 0 };
		struct db_query q = { .arena = &a };
		struct strbuf out = { 0 };
		PGresult *res = NULL;
		bool is_new = false;

		w->batch.sender = w->sender;
		w->batch.number = i;
		track_report_write(&out, &w->batch, "pics");
		track_store_add(&q, strbuf_text(&out));
		if (db_sync_run(own, &q, &res) != ERR_OK ||
		    db_row_only_bool(res, &is_new) != ERR_OK)
			w->failures++;
		w->taken += is_new;
		PQclear(res);
		strbuf_free(&out);
		arena_free(&a);
	}
	db_sync_close(own);
	return NULL;
}

#define FORGET                                                                                     \
	"DELETE FROM track_senders WHERE sender IN ('" ONE "', '" OTHER "');"                      \
	"DELETE FROM requests_daily WHERE service = 'pics' AND day = '1970-01-10';"                \
	"DELETE FROM error_log WHERE service = 'pics' AND day = '1970-01-10'"

static void
end_at_once(void)
{
	fixture_exec(FORGET);
	fixture_close();
}

static void
begin_at_once(void)
{
	fixture_open();
	fixture_exec(FORGET);
}

TestSuite(track_at_once, .init = begin_at_once, .fini = end_at_once);

#define ROUNDS 30
#define ROUTES 20

/* Each in an order of its own: they wait for each other, and never both. */
Test(track_at_once, two_replicas)
{
	static struct track_requests v[2][ROUTES];
	static struct track_errors e[2][ROUTES];
	struct writer w[2] = { { .sender = ONE, .rounds = ROUNDS },
		{ .sender = OTHER, .rounds = ROUNDS } };

	for (int i = 0; i < ROUTES; i++) {
		v[0][i] = requests_of(arena_printf(&arena, "page%d", i), 2, i % 12, 1);
		e[0][i] = errors_of("page", arena_printf(&arena, "cause%d", i), 1, 500, "a-1");
		v[0][i].day = e[0][i].day = 9;
		v[1][ROUTES - 1 - i] = v[0][i];
		e[1][ROUTES - 1 - i] = e[0][i];
	}
	for (int i = 0; i < 2; i++) {
		w[i].batch = (struct track_batch){
			.requests = v[i], .errors = e[i], .nrequests = ROUTES, .nerrors = ROUTES
		};
		cr_assert_eq(pthread_create(&w[i].thread, NULL, write_reports, &w[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		cr_expect_eq(w[i].failures, 0);
		cr_expect_eq(w[i].taken, ROUNDS);
	}
	cr_expect_eq(fixture_number("SELECT sum(requests) FROM requests_daily"
				    " WHERE service = 'pics' AND day = '1970-01-10'"),
	    2 * ROUNDS * ROUTES);
	cr_expect_eq(fixture_number("SELECT sum(errors) FROM error_log WHERE service = 'pics'"
				    " AND day = '1970-01-10'"),
	    2 * ROUNDS * ROUTES);
}

/* The first one's connection is gone, its statement still at work; the second waits for its end. */
Test(track_at_once, the_same_twice)
{
	static const char *const ends[] = { "COMMIT", "ROLLBACK" };
	struct track_requests v = requests_of("page", 2, 0, 1);

	v.day = 9;
	for (int i = 0; i < 2; i++) {
		struct writer second = { .sender = ONE, .rounds = 1 };

		second.batch = (struct track_batch){ .requests = &v, .nrequests = 1 };
		fixture_exec(FORGET);
		fixture_exec("BEGIN");
		cr_expect(add_as("pics", ONE, 1, &v, 1, NULL, 0));
		cr_assert_eq(pthread_create(&second.thread, NULL, write_reports, &second), 0);
		while (fixture_number("SELECT count(*) FROM pg_locks WHERE NOT granted"
				      " AND locktype = 'transactionid'") == 0)
			;
		fixture_exec(ends[i]);
		pthread_join(second.thread, NULL);
		cr_expect_eq(second.failures, 0);
		cr_expect_eq(second.taken, i);
		cr_expect_eq(fixture_number("SELECT sum(requests) FROM requests_daily"
					    " WHERE service = 'pics' AND day = '1970-01-10'"),
		    1);
	}
}
