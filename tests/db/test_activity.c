/* Who was active on which day: bits that come late, twice, and from pages that break off. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "activity/activity_content.h"
#include "activity/activity_store.h"
#include "base/clock.h"
#include "base/settings.h"
#include "db_fixture.h"

#define DAY INT64_C(86400)

static int64_t today, month; /* midnight of today, and of the first of this month */

static void
begin(void)
{
	fixture_begin();
	fixture_exec(
	    "DELETE FROM bouncers; DELETE FROM activity_days; DELETE FROM activity_cursors;"
	    "INSERT INTO users (keycloak_sub, issuer) VALUES ('act-a', 'i'), ('act-b', 'i')");
	today = clock_now() / DAY * DAY;
	month = fixture_number("SELECT extract(epoch FROM date_trunc('month', now() AT TIME ZONE"
			       " 'UTC'))::bigint");
}

TestSuite(activity, .init = begin, .fini = fixture_close, .timeout = 120);

#define ROWS                                                                                       \
	"SELECT coalesce(string_agg(concat_ws(':', u.keycloak_sub, extract(epoch FROM day)"        \
	"::bigint / 86400, sources), ' ' ORDER BY u.keycloak_sub, day), '')"                       \
	" FROM activity_days a JOIN users u ON u.id = a.user_id"

static const char *
rows(void)
{
	struct db_query q = { .arena = &arena };
	const char *text;
	PGresult *res;

	db_query_read(&q, ROWS);
	res = fixture_run(&q);
	text = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	return text;
}

/* Days as in ROWS, counted from today. */
static const char *
row(const char *sub, int day, int sources)
{
	return arena_printf(&arena, "%s:%" PRId64 ":%d", sub, today / DAY + day, sources);
}

static void
add(int64_t day, enum activity_bit bit, const char *const *subs, size_t n)
{
	struct db_query q = { .arena = &arena };

	activity_store_subs(&q, day, bit, subs, n);
	PQclear(fixture_run(&q));
}

Test(activity, bits_are_added_and_never_lost)
{
	static const char *const both[] = { "act-a", "a \"stranger\" {", "act-b" };

	add(today, ACTIVITY_PASTE, both, 1);
	add(today, ACTIVITY_PASTE, both, 1);
	cr_expect_str_eq(rows(), row("act-a", 0, 2));
	add(today, ACTIVITY_PICTURE, both, 3);
	add(today, ACTIVITY_PASTE, both, 1);
	cr_expect_str_eq(
	    rows(), arena_printf(&arena, "%s %s", row("act-a", 0, 6), row("act-b", 0, 4)));
	add(today, ACTIVITY_PASTE, NULL, 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM activity_days"), 2);
}

/* A late one corrects its day, the last month's too; before that there is no room, and no error. */
Test(activity, late_ones)
{
	static const char *const a[] = { "act-a" };

	add(month - DAY, ACTIVITY_CONNECTED, a, 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM activity_days"), 1);
	add(month - 70 * DAY, ACTIVITY_CONNECTED, a, 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM activity_days"), 1);
}

static int64_t
make_partitions(int64_t months_ahead)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t made;

	activity_store_make_partitions(&q, months_ahead);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &made), ERR_OK);
	PQclear(res);
	return made;
}

Test(activity, partitions)
{
	static const char *const a[] = { "act-a" };

	make_partitions(4);
	cr_expect_eq(make_partitions(4), 0);
	cr_expect_eq(make_partitions(6), 2);
	cr_expect_eq(make_partitions(6), 0);
	cr_expect_geq(fixture_number("SELECT count(*) FROM pg_inherits"
				     " WHERE inhparent = 'activity_days'::regclass"),
	    7);
	add(month + 175 * DAY, ACTIVITY_CONNECTED, a, 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM activity_days"), 1);
}

Test(activity, shared_soju)
{
	static const char *const names[] = { "act-a", "act-a", "act-b", "kube", "nobody", "act-b" };
	const int64_t at[] = { today + 5, today - 1, today - DAY, today, today, today + 400 * DAY };
	struct db_query q = { .arena = &arena };

	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username, provisioner)"
		     " SELECT id, keycloak_sub, keycloak_sub, 'soju' FROM users"
		     " WHERE keycloak_sub LIKE 'act-%';"
		     "INSERT INTO bouncers (user_id, name, soju_username, provisioner)"
		     " SELECT id, 'kube', 'kube', 'kubernetes' FROM users"
		     " WHERE keycloak_sub = 'act-a'");
	for (int i = 0; i < 2; i++) {
		activity_store_soju(&q, names, at, 6);
		PQclear(fixture_run(&q));
	}
	cr_expect_str_eq(rows(),
	    arena_printf(
		&arena, "%s %s %s", row("act-a", -1, 1), row("act-a", 0, 1), row("act-b", -1, 1)),
	    "%s", rows());
}

/* ---- When they were last here ---- */

/* Seconds from today's midnight, or "never": by an IRC client, and in any way. */
static const char *
seen(const char *sub)
{
	struct db_query q = { .arena = &arena };
	const char *text;
	PGresult *res;

	db_query_read(&q,
	    arena_printf(&arena,
		"SELECT concat_ws(' ', coalesce((extract(epoch FROM client_at)::bigint - %" PRId64
		")::text, 'never'), coalesce((extract(epoch FROM seen_at)::bigint - %" PRId64
		")::text, 'never')) FROM account_seen s JOIN users u ON u.id = s.user_id"
		" WHERE keycloak_sub = '%s'",
		today, today, sub));
	res = fixture_run(&q);
	text = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	return text;
}

static int64_t
now_by_the_database(void)
{
	return fixture_number("SELECT extract(epoch FROM now())::bigint") - today;
}

/* What is told of yesterday happened before midnight; of today, before now. */
Test(activity, content_says_when_about)
{
	static const char *const both[] = { "act-a", "act-b" };

	cr_expect_str_eq(seen("act-a"), "never never");
	add(today - DAY, ACTIVITY_PASTE, both, 2);
	cr_expect_str_eq(seen("act-a"), "never 0", "%s", seen("act-a"));
	add(today, ACTIVITY_PASTE, both, 1);
	cr_expect_str_eq(seen("act-a"),
	    arena_printf(&arena, "never %" PRId64, now_by_the_database()), "%s", seen("act-a"));
	cr_expect_str_eq(seen("act-b"), "never 0", "%s", seen("act-b"));
	/* What was known already says nothing of now. */
	fixture_exec("UPDATE account_seen SET seen_at = NULL");
	add(today, ACTIVITY_PASTE, both, 1);
	add(today - DAY, ACTIVITY_PASTE, both, 1);
	cr_expect_str_eq(seen("act-a"), "never never");
}

/* The latest moment counts, in whatever order they come; one that is ahead was now. */
Test(activity, soju_says_when)
{
	static const char *const names[] = { "act-a", "act-a", "act-b" };
	const int64_t at[] = { today - 50, today - 7, today - DAY };
	const int64_t before[] = { today - 100, today - 200, today + DAY * 20 };
	const int64_t ahead = clock_now() + 1800;
	struct db_query q = { .arena = &arena };

	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username, provisioner)"
		     " SELECT id, keycloak_sub, keycloak_sub, 'soju' FROM users"
		     " WHERE keycloak_sub LIKE 'act-%'");
	activity_store_soju(&q, names, at, 3);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(seen("act-a"), "-7 -7", "%s", seen("act-a"));
	cr_expect_str_eq(seen("act-b"), "-86400 -86400", "%s", seen("act-b"));
	activity_store_soju(&q, names, before, 3);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(seen("act-a"), "-7 -7", "%s", seen("act-a"));
	cr_expect_str_eq(seen("act-b"), "-86400 -86400", "%s", seen("act-b"));
	fixture_exec("UPDATE account_seen SET client_at = now() + interval '1 year',"
		     " seen_at = now() + interval '1 year'");
	activity_store_soju(&q, names, before, 1);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(seen("act-a"), "-100 -100", "%s", seen("act-a"));
	activity_store_soju(&q, names, &ahead, 1);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(seen("act-a"),
	    arena_printf(
		&arena, "%" PRId64 " %" PRId64, now_by_the_database(), now_by_the_database()),
	    "%s", seen("act-a"));
	cr_expect_eq(fixture_number("SELECT count(*) FROM activity_days"
				    " WHERE day > (now() AT TIME ZONE 'UTC')::date"),
	    0);
}

/* Days come in any order: the two latest are kept. */
Test(activity, two_latest_days)
{
#define TWO                                                                                        \
	"SELECT (last_day - (now() AT TIME ZONE 'UTC')::date) * -100"                              \
	" + coalesce((now() AT TIME ZONE 'UTC')::date - prev_day, 99) FROM account_seen s"         \
	" JOIN users u ON u.id = s.user_id WHERE keycloak_sub = 'act-a'"
	static const struct {
		int day, two; /* days ago; of last_day times 100, and of prev_day; 99: none */
	} t[] = { { 9, 999 }, { 5, 509 }, { 7, 507 }, { 8, 507 }, { 2, 205 }, { 2, 205 }, { 0, 2 },
		{ 1, 1 } };
	static const char *const a[] = { "act-a" };

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		add(today - t[i].day * DAY, ACTIVITY_PASTE, a, 1);
		cr_expect_eq(
		    fixture_number(TWO), t[i].two, "%zu: %" PRId64, i, fixture_number(TWO));
	}
}

/* ---- txt and pics, of ours ---- */

static struct {
	const char *yesterday, *today, *second; /* bodies; of the page after "m" */
	const char *status;
	int asked;
	char paths[16][200];
	char day[11]; /* of today */
} service;
static int listener, port;

static const char *
body_of(const char *path)
{
	char day[64];

	snprintf(day, sizeof(day), "%s", strstr(path, "day=") + 4);
	day[10] = '\0';
	if (strstr(path, "after=") != NULL)
		return service.second;
	return strcmp(day, service.day) == 0 ? service.today : service.yesterday;
}

static void *
serve(void *arg)
{
	char request[4096], head[200], path[200];
	int fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) >= 0) {
		ssize_t n = recv(fd, request, sizeof(request) - 1, 0);
		const char *body;

		request[n > 0 ? n : 0] = '\0';
		if (sscanf(request, "GET %199s", path) == 1 && service.asked < 16) {
			snprintf(service.paths[service.asked++], 200, "%s", path);
			body = body_of(path);
			n = snprintf(head, sizeof(head),
			    "HTTP/1.1 %s\r\nconnection: close\r\ncontent-length: %zu\r\n\r\n",
			    service.status, strlen(body));
			(void)!write(fd, head, (size_t)n);
			(void)!write(fd, body, strlen(body));
		}
		close(fd);
	}
	return NULL;
}

static void
start_service(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	time_t at = (time_t)today;
	pthread_t thread;

	strftime(service.day, sizeof(service.day), "%Y-%m-%d", gmtime(&at));
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_eq(bind(listener, (struct sockaddr *)&in, len), 0);
	cr_assert_eq(listen(listener, 8), 0);
	cr_assert_eq(getsockname(listener, (struct sockaddr *)&in, &len), 0);
	port = ntohs(in.sin_port);
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	service.status = "200 OK";
	service.yesterday = service.second = service.today = "{\"subs\":[],\"next\":null}";
	settings.txt_internal_url = arena_printf(&arena, "http://127.0.0.1:%d", port);
	settings.pic_internal_url = "";
	settings.internal_secret = "secret";
}

#define CURSOR "SELECT coalesce(max(extract(epoch FROM day)::bigint), 0) FROM activity_cursors"

Test(activity, services_tell)
{
	start_service();
	service.yesterday = "{\"subs\":[\"act-a\",\"stranger\"],\"next\":\"m\"}";
	service.second = "{\"subs\":[\"act-b\"],\"next\":null}";
	service.today = "{\"subs\":[\"act-a\"],\"next\":null}";
	cr_expect_eq(activity_content(db, &arena, today + 7200), ERR_OK);
	cr_expect_str_eq(rows(),
	    arena_printf(
		&arena, "%s %s %s", row("act-a", -1, 2), row("act-a", 0, 2), row("act-b", -1, 2)),
	    "%s", rows());
	cr_expect_eq(service.asked, 3);
	cr_expect_not_null(strstr(service.paths[1], "&after=m"), "%s", service.paths[1]);
	cr_expect_eq(fixture_number(CURSOR), today);
	service.asked = 0;
	cr_expect_eq(activity_content(db, &arena, today + 8000), ERR_OK);
	cr_expect_eq(service.asked, 1, "yesterday is complete");
}

/* Just after midnight yesterday may still grow. */
Test(activity, a_day_is_asked_for_a_little_longer)
{
	start_service();
	cr_expect_eq(activity_content(db, &arena, today + 60), ERR_OK);
	cr_expect_eq(fixture_number(CURSOR), 0);
	service.asked = 0;
	cr_expect_eq(activity_content(db, &arena, today + 120), ERR_OK);
	cr_expect_eq(service.asked, 2);
}

Test(activity, a_page_that_breaks_off_comes_again)
{
	start_service();
	service.yesterday = "{\"subs\":[\"act-a\"],\"next\":\"m\"}";
	service.second = "{\"subs\":[\"act-b\"";
	cr_expect_eq(activity_content(db, &arena, today + 7200), ERR_UPSTREAM);
	cr_expect_eq(fixture_number(CURSOR), 0);
	service.second = "{\"subs\":[\"act-b\"],\"next\":null}";
	cr_expect_eq(activity_content(db, &arena, today + 7300), ERR_OK);
	cr_expect_str_eq(
	    rows(), arena_printf(&arena, "%s %s", row("act-a", -1, 2), row("act-b", -1, 2)));
}

Test(activity, an_older_service_is_no_failure)
{
	start_service();
	service.status = "404 Not Found";
	cr_expect_eq(activity_content(db, &arena, today + 7200), ERR_OK);
	cr_expect_eq(fixture_number(CURSOR), 0);
	service.status = "403 Forbidden";
	cr_expect_eq(activity_content(db, &arena, today + 7200), ERR_FORBIDDEN);
	settings.txt_internal_url = "";
	cr_expect_eq(activity_content(db, &arena, today + 7200), ERR_OK);
}

/* After a long rest only the days are asked for that there is room for. */
Test(activity, a_cursor_of_long_ago)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t day;

	fixture_exec("INSERT INTO activity_cursors VALUES ('txt', '2001-01-01')");
	activity_store_cursor(&q, "txt");
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &day), ERR_OK);
	cr_expect_lt(day, month);
	cr_expect_geq(day, month - 31 * DAY);
	PQclear(res);
	activity_store_move_cursor(&q, "txt", today);
	PQclear(fixture_run(&q));
	activity_store_move_cursor(&q, "txt", today - DAY); /* it never goes back */
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number(CURSOR), today);
}
