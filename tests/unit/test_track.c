/* Requests and errors in shared memory, and on their way from there: what is counted arrives once.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/shared_memory.h"
#include "track/track_batch.h"
#include "track/track_report.h"
#include "track/track_shared.h"

#define DAY INT64_C(86400)
#define NOON (20786 * DAY + DAY / 2)

static struct arena arena;

static void
begin(void)
{
	track_init();
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(track, .init = begin, .fini = end);

static void
count_at(const char *route, int status, int64_t us, int64_t at)
{
	track_count(&(struct track_answer){ .route = route,
	    .status = status,
	    .duration_us = us,
	    .at = at,
	    .cause = "invalid: somewhere",
	    .id = "5c1f09ae-1f" });
}

static void
count(const char *route, int status, int64_t us)
{
	count_at(route, status, us, NOON);
}

static void
fail_as(const char *route, const char *cause)
{
	track_count(&(struct track_answer){
	    .route = route, .status = 500, .at = NOON, .cause = cause, .id = "5c1f09ae-1f" });
}

static int64_t
requests_in(const struct track_requests *q)
{
	int64_t n = 0;

	for (int i = 0; i < TRACK_BUCKETS; i++)
		n += q->buckets[i];
	return n;
}

/* What has arrived, added up as a database does it that takes each number once. */
struct database {
	int64_t number, requests, errors, sum_us;
	struct {
		int64_t day, requests;
	} days[32];
	size_t ndays;
};

static void
add_day(struct database *d, int64_t day, int64_t n)
{
	size_t i = 0;

	while (i < d->ndays && d->days[i].day != day)
		i++;
	cr_assert_lt(i, 32);
	if (i == d->ndays)
		d->ndays++;
	d->days[i].day = day;
	d->days[i].requests += n;
}

static int64_t
requests_of_day(const struct database *d, int64_t day)
{
	for (size_t i = 0; i < d->ndays; i++)
		if (d->days[i].day == day)
			return d->days[i].requests;
	return 0;
}

static void
take(struct database *d, const struct track_batch *b)
{
	if (b->number <= d->number)
		return;
	d->number = b->number;
	for (size_t i = 0; i < b->nrequests; i++) {
		d->requests += requests_in(&b->requests[i]);
		d->sum_us += b->requests[i].sum_us;
		add_day(d, b->requests[i].day, requests_in(&b->requests[i]));
	}
	for (size_t i = 0; i < b->nerrors; i++)
		d->errors += b->errors[i].errors;
}

static void
flush_all(struct database *d, int64_t now)
{
	struct track_batch b;

	while (track_batch_make(&b, &arena)) {
		take(d, &b);
		track_batch_arrived(now);
	}
}

/* ---- Counting ---- */

Test(track_before, nothing_is_counted)
{
	struct track_batch b;

	count("dashboard", 200, 1);
	cr_expect_not(track_batch_make(&b, &arena));
	track_batch_arrived(NOON);
}

Test(track, nothing_to_tell)
{
	struct track_batch b;

	cr_expect_not(track_batch_make(&b, &arena));
	count("dashboard", 0, 1); /* the visitor left */
	count("dashboard", 600, 1);
	count("dashboard", -200, 1);
	cr_expect_not(track_batch_make(&b, &arena));
}

Test(track, times_stand_in_buckets)
{
	static const struct {
		int64_t us;
		int bucket;
	} cases[] = { { -5, 0 }, { 0, 0 }, { 5000, 0 }, { 5001, 1 }, { 10000, 1 }, { 99999, 4 },
		{ 10000000, 10 }, { 10000001, 11 }, { INT64_C(1) << 50, 11 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct track_batch b;

		count("dashboard", 200, cases[i].us);
		cr_assert(track_batch_make(&b, &arena));
		cr_assert_eq(b.nrequests, 1);
		cr_expect_eq(b.requests[0].buckets[cases[i].bucket], 1, "%zu", i);
		cr_expect_eq(requests_in(&b.requests[0]), 1);
		cr_expect_eq(b.requests[0].sum_us, cases[i].us > 0 ? cases[i].us : 0);
		track_batch_arrived(NOON);
	}
}

Test(track, by_route_and_class)
{
	struct track_batch b;

	count("dashboard", 200, 100);
	count("dashboard", 204, 200);
	count("dashboard", 303, 10);
	count("landing", 200, 1);
	cr_assert(track_batch_make(&b, &arena));
	cr_expect_eq(b.nrequests, 3);
	cr_expect_eq(b.nerrors, 0);
	for (size_t i = 0; i < b.nrequests; i++) {
		const struct track_requests *q = &b.requests[i];

		cr_expect_eq(q->day, 20786);
		cr_expect_eq(q->sum_us, strcmp(q->route, "landing") == 0 ? 1
					: q->class == 2			 ? 300
									 : 10);
	}
}

/* ---- Once, and only once ---- */

Test(track, a_batch_is_the_same_until_it_has_arrived)
{
	struct track_batch first, again, next;

	count("dashboard", 404, 100);
	cr_assert(track_batch_make(&first, &arena));
	cr_expect(first.is_all);
	count("dashboard", 404, 7);
	count("landing", 200, 1);
	cr_assert(track_batch_make(&again, &arena));
	cr_expect_not(again.is_all);
	cr_expect_eq(again.number, first.number);
	cr_expect_str_eq(again.sender, first.sender);
	cr_assert_eq(again.nrequests, 1);
	cr_assert_eq(again.nerrors, 1);
	cr_expect_eq(again.requests[0].sum_us, 100);
	cr_expect_eq(again.errors[0].errors, 1);
	track_batch_arrived(NOON);
	cr_assert(track_batch_make(&next, &arena));
	cr_expect_gt(next.number, first.number);
	cr_expect_eq(next.nrequests, 2);
	cr_expect_eq(next.requests[0].sum_us + next.requests[1].sum_us, 8);
	cr_assert_eq(next.nerrors, 1);
	cr_expect_eq(next.errors[0].errors, 1);
	track_batch_arrived(NOON);
	cr_expect_not(track_batch_make(&next, &arena));
}

/* The worker that hands over dies at any of its steps; the next one goes on. */
Test(track, who_hands_over_dies)
{
	struct database d = { 0 };
	struct track_batch b;

	count("dashboard", 404, 100);
	/* Before it was settled. */
	track_shared->pages[0].requests[0].told[3] = 77;
	cr_assert(track_batch_make(&b, &arena));
	take(&d, &b);
	/* The database has it, nobody knows. */
	count("dashboard", 404, 1000);
	cr_assert(track_batch_make(&b, &arena));
	take(&d, &b);
	cr_expect_eq(d.sum_us, 100);
	/* Amid taking note of it. */
	track_batch_arrived(NOON);
	track_shared->is_on_way = true;
	cr_assert(track_batch_make(&b, &arena));
	take(&d, &b);
	track_batch_arrived(NOON);
	flush_all(&d, NOON);
	cr_expect_eq(d.requests, 2);
	cr_expect_eq(d.errors, 2);
	cr_expect_eq(d.sum_us, 1100);
}

Test(track, more_than_a_batch_holds)
{
	struct database d = { 0 };
	struct track_batch b;
	char route[16];

	for (int i = 0; i < TRACK_REQUEST_ROWS; i++) {
		snprintf(route, sizeof(route), "page%d", i);
		count(route, 404, 1);
	}
	cr_assert(track_batch_make(&b, &arena));
	cr_expect_eq(b.nrequests + b.nerrors, TRACK_BATCH_ROWS);
	cr_expect_not(b.is_all);
	flush_all(&d, NOON);
	cr_expect_eq(d.number, 2);
	cr_expect_eq(d.requests, TRACK_REQUEST_ROWS);
	cr_expect_eq(d.errors, TRACK_REQUEST_ROWS);
}

/* ---- Days ---- */

Test(track, a_day_ends_at_midnight)
{
	struct database d = { 0 };

	count_at("landing", 200, 1, 20787 * DAY - 1);
	count_at("landing", 200, 1, 20787 * DAY);
	count_at("landing", 200, 1, 20787 * DAY - 1); /* the clock was put back a little */
	flush_all(&d, 20787 * DAY);
	cr_expect_eq(requests_of_day(&d, 20786), 2);
	cr_expect_eq(requests_of_day(&d, 20787), 1);
}

Test(track, day_after_day)
{
	struct database d = { 0 };

	for (int day = 0; day < 30; day++) {
		for (int i = 0; i <= day; i++) {
			count_at("landing", i % 2 == 0 ? 200 : 500, 1, NOON + day * DAY);
			count_at("landing", 200, 1, NOON + (day - 1) * DAY); /* a late one */
		}
		flush_all(&d, NOON + day * DAY);
	}
	for (int day = 0; day < 29; day++)
		cr_expect_eq(requests_of_day(&d, 20786 + day), 2 * day + 3, "%d", day);
}

/* The database is away for a week: what there are pages for keeps its day, and all is kept. */
Test(track, no_room_for_more_days)
{
	struct database d = { 0 };

	for (int day = 0; day < 7; day++)
		for (int i = 0; i < 10; i++)
			count_at("landing", 500, 1, NOON + day * DAY);
	flush_all(&d, NOON + 7 * DAY);
	cr_expect_eq(d.requests, 70);
	cr_expect_eq(d.errors, 70);
	for (int day = 0; day < TRACK_DAYS - 1; day++)
		cr_expect_eq(requests_of_day(&d, 20786 + day), 10);
	count_at("landing", 200, 1, NOON + 7 * DAY); /* and then there is room again */
	flush_all(&d, NOON + 7 * DAY);
	cr_expect_eq(requests_of_day(&d, 20786 + 7), 1);
}

Test(track, a_clock_that_jumps)
{
	static const int64_t days[] = { 20786, 20787, 20785, 30000, 20786, 1, 20787, 20788, 20789,
		20790 };
	struct database d = { 0 };
	const size_t n = sizeof(days) / sizeof(days[0]);

	for (size_t i = 0; i < n; i++) {
		count_at("landing", 200, 1, days[i] * DAY);
		flush_all(&d, days[i] * DAY);
	}
	cr_expect_eq(d.requests, (int64_t)n);
	cr_expect_eq(requests_of_day(&d, 20786), 2);
	cr_expect_eq(requests_of_day(&d, 20787), 2);
	cr_expect_eq(requests_of_day(&d, 20790), 1);
}

Test(track, what_is_no_moment)
{
	static const int64_t moments[] = { INT64_MIN, -1, 0, 1, INT64_MAX };
	struct strbuf out = { 0 };
	struct track_batch b;
	const struct json *root;

	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		count_at("landing", 500, 1, moments[i]);
	cr_assert(track_batch_make(&b, &arena));
	track_report_write(&out, &b, "txt");
	cr_assert_eq(json_read_parse(&root, &arena, out.s, out.len), ERR_OK);
	cr_expect_eq(track_report_check(root), ERR_OK, "%s", out.s);
	strbuf_free(&out);
}

/* ---- Errors ---- */

Test(track, errors_that_are_alike_are_one_group)
{
	struct track_batch b;

	for (int i = 0; i < 1000000; i++)
		fail_as("dashboard", "internal: render");
	cr_assert(track_batch_make(&b, &arena));
	cr_assert_eq(b.nerrors, 1);
	cr_expect_eq(b.errors[0].errors, 1000000);
	cr_expect_eq(b.nrequests, 1);
}

Test(track, a_group_knows_its_first_its_last_and_its_request)
{
	struct track_answer a = { .route = "dashboard",
		.status = 503,
		.at = NOON,
		.cause = "unavailable: database",
		.id = "aaaaaaaa-1" };
	struct track_batch b;

	track_count(&a);
	a.at = NOON + 60;
	a.id = "bbbbbbbb-2";
	track_count(&a);
	a.at = NOON + 30;
	track_count(&a);
	cr_assert(track_batch_make(&b, &arena));
	cr_assert_eq(b.nerrors, 1);
	cr_expect_eq(b.errors[0].status, 503);
	cr_expect_eq(b.errors[0].first_at, NOON);
	cr_expect_eq(b.errors[0].last_at, NOON + 60);
	cr_expect_str_eq(b.errors[0].request, "bbbbbbbb-2");
}

Test(track, too_many_groups_are_other)
{
	struct track_batch b;
	struct database d = { 0 };
	int64_t other = 0;
	char cause[32];

	for (int i = 0; i < 1000; i++) {
		snprintf(cause, sizeof(cause), "internal: place %d", i);
		fail_as("dashboard", cause);
	}
	cr_assert(track_batch_make(&b, &arena));
	cr_expect_eq(b.nerrors, TRACK_ERROR_ROWS + 1);
	for (size_t i = 0; i < b.nerrors; i++)
		if (strcmp(b.errors[i].cause, "other") == 0) {
			other += b.errors[i].errors;
			cr_expect_eq(b.errors[i].status, 0);
			cr_expect_str_eq(b.errors[i].route, "other");
		}
	cr_expect_eq(other, 1000 - TRACK_ERROR_ROWS);
	flush_all(&d, NOON);
	cr_expect_eq(d.errors, 1000);
	cr_expect_eq(d.requests, 1000);
}

Test(track, too_many_routes_are_other)
{
	struct database d = { 0 };
	char route[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(route, sizeof(route), "page%d", i);
		count(route, 200, 1);
	}
	flush_all(&d, NOON);
	cr_expect_eq(d.requests, 1000);
}

Test(track, hostile_words)
{
	static const char *const words[] = { NULL, "", "\x01\x02\n", "\xff\xfe", "\"},{\"", "<b>",
		"a\\u0000", "é", "'; DROP TABLE users; --",
		"longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglo"
		"ng"
		"longlonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglonglo"
		"ng" };
	const size_t n = sizeof(words) / sizeof(words[0]);
	struct strbuf out = { 0 };
	const struct json *root;
	struct track_batch b;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			track_count(&(struct track_answer){ .route = words[i],
			    .status = 500,
			    .at = NOON,
			    .cause = words[j],
			    .id = words[i] });
	cr_assert(track_batch_make(&b, &arena));
	for (size_t i = 0; i < b.nerrors; i++) {
		cr_expect_leq(strlen(b.errors[i].route), TRACK_ROUTE_MAX);
		cr_expect_leq(strlen(b.errors[i].cause), TRACK_CAUSE_MAX);
	}
	track_report_write(&out, &b, "pics");
	cr_assert_eq(json_read_parse(&root, &arena, out.s, out.len), ERR_OK, "%s", out.s);
	cr_expect_eq(track_report_check(root), ERR_OK, "%s", out.s);
	strbuf_free(&out);
}

/* ---- Several processes ---- */

#define PROCESSES 4
#define COUNTS 40000

static void
count_much(int id)
{
	char route[16];

	for (int i = 0; i < COUNTS; i++) {
		snprintf(route, sizeof(route), "page%d", (i + id) % 300);
		track_count(&(struct track_answer){ .route = route,
		    .status = i % 4 == 0 ? 500 : 200,
		    .duration_us = 3,
		    .at = NOON + i % 3 * DAY,
		    .cause = "internal: render",
		    .id = "5c1f09ae-1f" });
	}
	_exit(0);
}

Test(track, processes_at_once_and_one_that_hands_over)
{
	struct database d = { 0 };
	pid_t pids[PROCESSES];
	int left = PROCESSES, status;

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			count_much(i);
	}
	while (left > 0) {
		flush_all(&d, NOON + DAY);
		while (left > 0 && waitpid(-1, &status, WNOHANG) > 0) {
			cr_expect_eq(status, 0);
			left--;
		}
	}
	flush_all(&d, NOON + DAY);
	cr_expect_eq(d.requests, PROCESSES * COUNTS);
	cr_expect_eq(d.sum_us, INT64_C(3) * PROCESSES * COUNTS);
	cr_expect_eq(d.errors, PROCESSES * COUNTS / 4);
}

/* What it had counted is there, and nobody waits for it. */
Test(track, a_process_is_killed)
{
	volatile int64_t *done = shared_memory_new(sizeof(*done));
	struct database d = { 0 };

	for (int round = 0; round < 20; round++) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;) {
				fail_as("dashboard", "internal: render");
				++*done;
			}
		usleep(2000);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		flush_all(&d, NOON);
	}
	cr_expect_geq(d.requests, *done);
	cr_expect_leq(
	    d.requests, *done + 20); /* one that was counted and not yet said, each time */
	cr_expect_geq(d.errors, *done);
	cr_expect_leq(d.errors, d.requests);
}

/* ---- Reports ---- */

Test(track, a_report)
{
	struct strbuf out = { 0 };
	struct track_batch b;
	char *expected;

	count("paste_show", 404, 5120);
	cr_assert(track_batch_make(&b, &arena));
	track_report_write(&out, &b, "txt");
	expected = arena_printf(&arena,
	    "{\"sender\":\"%s\",\"service\":\"txt\",\"number\":1,\"requests\":[{\"day\":20786,"
	    "\"route\":\"paste_show\",\"class\":4,\"sum_us\":5120,"
	    "\"buckets\":[0,1,0,0,0,0,0,0,0,0,0,0]}],\"errors\":[{\"day\":20786,"
	    "\"route\":\"paste_show\",\"cause\":\"invalid: somewhere\",\"status\":404,\"errors\":1,"
	    "\"first_at\":%lld,\"last_at\":%lld,\"request\":\"5c1f09ae-1f\"}]}",
	    track_shared->sender, (long long)NOON, (long long)NOON);
	cr_expect_str_eq(out.s, expected);
	strbuf_free(&out);
}

#define SENDER "\"sender\":\"01234567-89ab-4cde-8f01-23456789abcd\""
#define HEAD SENDER ",\"service\":\"txt\",\"number\":1"
#define REQUESTS(more) "{" HEAD ",\"requests\":[{" more "}],\"errors\":[]}"
#define ERRORS(more) "{" HEAD ",\"requests\":[],\"errors\":[{" more "}]}"
#define BUCKETS ",\"buckets\":[0,1,0,0,0,0,0,0,0,0,0,0]"
#define TIMES ",\"errors\":1,\"first_at\":5,\"last_at\":5"

Test(track, reports_are_checked)
{
	static const struct {
		const char *json;
		enum err e;
	} cases[] = {
		{ "{" HEAD ",\"requests\":[],\"errors\":[]}", ERR_OK },
		{ "[]", ERR_INVALID },
		{ "{}", ERR_INVALID },
		{ "{" HEAD ",\"requests\":[]}", ERR_INVALID },
		{ "{" HEAD ",\"requests\":{},\"errors\":[]}", ERR_INVALID },
		{ "{" HEAD ",\"requests\":[7],\"errors\":[]}", ERR_INVALID },
		{ "{" SENDER ",\"service\":\"portal\",\"number\":1,\"requests\":[],\"errors\":[]}",
		    ERR_INVALID },
		{ "{" SENDER ",\"service\":\"txt\",\"number\":0,\"requests\":[],\"errors\":[]}",
		    ERR_INVALID },
		{ "{\"sender\":\"01234567-89ab-4cde-8f01-23456789abcX\",\"service\":\"txt\","
		  "\"number\":1,\"requests\":[],\"errors\":[]}",
		    ERR_INVALID },
		{ "{\"sender\":\"\",\"service\":\"txt\",\"number\":1,\"requests\":[],\"errors\":[]"
		  "}",
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":0" BUCKETS), ERR_OK },
		{ REQUESTS("\"day\":0,\"route\":\"x\",\"class\":2,\"sum_us\":0" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":2932897,\"route\":\"x\",\"class\":2,\"sum_us\":0" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"\",\"class\":2,\"sum_us\":0" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"\xc3\xa9\",\"class\":2,\"sum_us\":0" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":6,\"sum_us\":0" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":-1" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":1.5" BUCKETS),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":0,\"buckets\":[1]"),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":0,"
			   "\"buckets\":[0,0,0,0,0,0,0,0,0,0,0,0]"),
		    ERR_INVALID },
		{ REQUESTS("\"day\":9,\"route\":\"x\",\"class\":2,\"sum_us\":0,"
			   "\"buckets\":[2,-1,0,0,0,0,0,0,0,0,0,0]"),
		    ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":404" TIMES),
		    ERR_OK },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":0,"
			 "\"request\":\"5c1f09ae-1f\"" TIMES),
		    ERR_OK },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":404,"
			 "\"request\":null" TIMES),
		    ERR_OK },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":200" TIMES),
		    ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"status\":404" TIMES), ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\\n\",\"status\":404" TIMES),
		    ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":404,\"errors\":0,"
			 "\"first_at\":5,\"last_at\":5"),
		    ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":404,\"errors\":1,"
			 "\"first_at\":6,\"last_at\":5"),
		    ERR_INVALID },
		{ ERRORS("\"day\":9,\"route\":\"x\",\"cause\":\"y\",\"status\":404,"
			 "\"request\":7" TIMES),
		    ERR_INVALID },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct json *root;

		cr_assert_eq(json_read_parse(&root, &arena, cases[i].json, strlen(cases[i].json)),
		    ERR_OK, "%s", cases[i].json);
		cr_expect_eq(track_report_check(root), cases[i].e, "%s", cases[i].json);
	}
}

/* ---- Quantiles ---- */

Test(track, quantiles)
{
	static const struct {
		int64_t buckets[TRACK_BUCKETS];
		double quantile;
		int64_t us;
		bool is_more;
	} cases[] = {
		{ { 0 }, 0.5, 0, false },
		{ { 100 }, 0.5, 2500, false },
		{ { 100 }, 1, 5000, false },
		{ { 50, 50 }, 0.5, 5000, false },
		{ { 50, 50 }, 0.75, 7500, false },
		{ { 50, 0, 50 }, 0.99, 24700, false },
		{ { 90, [11] = 10 }, 0.95, 10000000, true },
		{ { [11] = 1 }, 0.5, 10000000, true },
	};
	bool is_more;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(track_quantile_us(cases[i].buckets, cases[i].quantile, &is_more),
		    cases[i].us, "%zu", i);
		cr_expect_eq(is_more, cases[i].is_more, "%zu", i);
	}
}
