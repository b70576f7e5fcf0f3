/* The registry: what is counted, by how many processes, and how it is written down. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/settings.h"
#include "metrics/metrics.h"
#include "metrics/metrics_shared.h"

#define NOW INT64_C(1795176000)

static struct strbuf out;
static enum metrics_format format;

static const char *
scrape(void)
{
	strbuf_clear(&out);
	metrics_write(&out, format, NOW);
	return strbuf_text(&out);
}

/* True if the text has exactly this line. */
static bool
has_line(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *at = text;

	while ((at = strstr(at, line)) != NULL) {
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
		at += len;
	}
	return false;
}

static void
expect_line(const char *line)
{
	cr_expect(has_line(scrape(), line), "no line %s in\n%s", line, strbuf_text(&out));
}

static void
expect_none(const char *part)
{
	cr_expect_null(strstr(scrape(), part), "%s in\n%s", part, strbuf_text(&out));
}

static void
setup(void)
{
	metrics_init(3, "1.2.3");
}

TestSuite(metrics, .init = setup);

static void
http(const char *route, const char *method, int status, int64_t us)
{
	metrics_http(&(struct metrics_request){
	    .route = route, .method = method, .status = status, .duration_us = us });
}

Test(metrics_without, nothing_happens)
{
	metrics_worker(1);
	http("home", "GET", 200, 1);
	metrics_count(METRIC_CALLS, "txt", "ok");
	metrics_observe(HISTOGRAM_CALL_TIME, "txt", 1);
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW);
	metrics_level_add(LEVEL_HTTP_IN_FLIGHT, 1);
	metrics_level_set(LEVEL_DB_WAITING, 1);
	metrics_figures_set(&(struct metrics_figure){ FIGURE_SIGNUPS_7D, NULL, NULL, 1, NOW }, 1);
	cr_expect_str_eq(scrape(), "");
}

static const struct {
	const char *route, *method;
	int status;
	int64_t us;
	const char *want;
} requests[] = {
	{ "r1", "BREW", 200, 1,
	    "irc_now_http_requests_total{method=\"other\",route=\"r1\",code=\"200\"} 1" },
	{ "r2", "get", 200, 1,
	    "irc_now_http_requests_total{method=\"other\",route=\"r2\",code=\"200\"} 1" },
	{ "r3", "GET", 299, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"r3\",code=\"other\"} 1" },
	{ "r4", "GET", 0, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"r4\",code=\"other\"} 1" },
	{ "r4b", "GET", 416, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"r4b\",code=\"416\"} 1" },
	{ "r4c", "POST", 507, 1,
	    "irc_now_http_requests_total{method=\"POST\",route=\"r4c\",code=\"507\"} 1" },
	{ "r5", "GET", 504, -9, "irc_now_http_request_duration_seconds_count{route=\"r5\"} 0" },
	{ "a\"b\\c", "GET", 200, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"a\\\"b\\\\c\",code=\"200\"} 1" },
	{ "x\ny\xff", "GET", 200, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"x_y_\",code=\"200\"} 1" },
	{ "", "GET", 200, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"\",code=\"200\"} 1" },
	{ NULL, "PUT", 200, 1,
	    "irc_now_http_requests_total{method=\"PUT\",route=\"\",code=\"200\"} 1" },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789", "GET", 200, 1,
	    "irc_now_http_requests_total{method=\"GET\",route="
	    "\"01234567890123456789012345678901234567890123456\",code=\"200\"} 1" },
	{ "other", "GET", 200, 1,
	    "irc_now_http_requests_total{method=\"GET\",route=\"other\",code=\"200\"} 1" },
	{ "r6", "DELETE", 302, 5000,
	    "irc_now_http_request_duration_seconds_bucket{route=\"r6\",le=\"0.005\"} 1" },
	{ "r7", "HEAD", 431, 5001,
	    "irc_now_http_request_duration_seconds_bucket{route=\"r7\",le=\"0.005\"} 0" },
	{ "r8", "POST", 303, 10000001,
	    "irc_now_http_request_duration_seconds_bucket{route=\"r8\",le=\"10\"} 0" },
	{ "r8b", "POST", 303, 10000001,
	    "irc_now_http_request_duration_seconds_bucket{route=\"r8b\",le=\"+Inf\"} 1" },
	{ "r9", "POST", 500, 3600000001,
	    "irc_now_http_request_duration_seconds_sum{route=\"r9\"} 3600.000001" },
};

Test(metrics, requests)
{
	size_t i;

	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		http(requests[i].route, requests[i].method, requests[i].status, requests[i].us);
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		expect_line(requests[i].want);
}

Test(metrics, histogram_is_cumulative)
{
	static const char *const want[] = { "0.005\"} 1", "0.01\"} 1", "0.025\"} 1", "0.05\"} 1",
		"0.1\"} 3", "0.25\"} 3", "0.5\"} 3", "1\"} 3", "2.5\"} 3", "5\"} 4", "10\"} 4",
		"+Inf\"} 5" };
	char line[200];
	size_t i;

	http("home", "GET", 200, 4000);
	http("home", "GET", 200, 60000);
	http("home", "POST", 303, 70000);
	http("home", "GET", 200, 3000000);
	http("home", "GET", 200, 60000000);
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		snprintf(line, sizeof(line),
		    "irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"%s", want[i]);
		expect_line(line);
	}
	expect_line("irc_now_http_request_duration_seconds_count{route=\"home\"} 5");
	expect_line("irc_now_http_request_duration_seconds_sum{route=\"home\"} 63.134000");
}

Test(metrics, too_many_routes_become_other)
{
	char name[32];
	int i;

	for (i = 0; i < METRICS_ROUTES_MAX + 40; i++) {
		snprintf(name, sizeof(name), "page%d", i);
		http(name, "GET", 200, 1000);
	}
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"page127\",code=\"200\"} 1");
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"other\",code=\"200\"} 40");
	expect_none("page128");
}

Test(metrics, too_many_series_become_other)
{
	char name[32];
	int i;

	for (i = 0; i < METRICS_SERIES_MAX + 9; i++) {
		snprintf(name, sizeof(name), "kind%d", i);
		metrics_count(METRIC_DB_ERRORS, name, NULL);
	}
	metrics_count(METRIC_CALLS, "txt", "ok");
	metrics_count(METRIC_DB_ERRORS, "other", NULL);
	expect_line("irc_now_db_errors_total{kind=\"other\"} 10");
	expect_line("irc_now_outside_calls_total{service=\"other\",result=\"other\"} 1");
}

Test(metrics, counters)
{
	metrics_count(METRIC_CALLS, "txt", "ok");
	metrics_count(METRIC_CALLS, "txt", "ok");
	metrics_count(METRIC_CALLS, "ok", "txt");
	metrics_count(METRIC_SOURCE_REFRESHES, "txt", "ok");
	metrics_count(METRIC_LOGIN_ATTEMPTS, "ok", "ignored");
	expect_line("irc_now_outside_calls_total{service=\"txt\",result=\"ok\"} 2");
	expect_line("irc_now_outside_calls_total{service=\"ok\",result=\"txt\"} 1");
	expect_line("irc_now_source_refreshes_total{source=\"txt\",outcome=\"ok\"} 1");
	expect_line("irc_now_login_attempts_total{result=\"ok\"} 1");
	expect_line("irc_now_worker_starts_total 0");
}

Test(metrics, times_of_work)
{
	settings.role = ROLE_PICS;
	expect_line("irc_now_pic_processing_seconds_count 0");
	metrics_observe(HISTOGRAM_PIC_PROCESSING, NULL, 4000);
	metrics_worker(2);
	metrics_observe(HISTOGRAM_PIC_PROCESSING, NULL, 30000000);
	metrics_observe(HISTOGRAM_PIC_PROCESSING, NULL, -1);
	expect_line("# TYPE irc_now_pic_processing_seconds histogram");
	expect_line("irc_now_pic_processing_seconds_bucket{le=\"0.005\"} 2");
	expect_line("irc_now_pic_processing_seconds_bucket{le=\"10\"} 2");
	expect_line("irc_now_pic_processing_seconds_bucket{le=\"+Inf\"} 3");
	expect_line("irc_now_pic_processing_seconds_sum 30.004000");
	expect_line("irc_now_pic_processing_seconds_count 3");
}

/* One mechanism for all that have a label; each in the buckets that fit it. */
Test(metrics, times_with_a_label)
{
	metrics_observe(HISTOGRAM_DB_TIME, "main", 500);
	metrics_observe(HISTOGRAM_DB_TIME, "main", 501);
	metrics_observe(HISTOGRAM_DB_TIME, "jobs", 60000000);
	metrics_observe(HISTOGRAM_CALL_TIME, "main", 7000);
	metrics_worker(2);
	metrics_observe(HISTOGRAM_DB_TIME, "main", 1000);
	metrics_observe(HISTOGRAM_DB_TIME, "other", 1);
	expect_line("# TYPE irc_now_db_query_duration_seconds histogram");
	expect_line("irc_now_db_query_duration_seconds_bucket{pool=\"main\",le=\"0.0005\"} 1");
	expect_line("irc_now_db_query_duration_seconds_bucket{pool=\"main\",le=\"0.001\"} 3");
	expect_line("irc_now_db_query_duration_seconds_bucket{pool=\"main\",le=\"+Inf\"} 3");
	expect_line("irc_now_db_query_duration_seconds_sum{pool=\"main\"} 0.002001");
	expect_line("irc_now_db_query_duration_seconds_count{pool=\"main\"} 3");
	expect_line("irc_now_db_query_duration_seconds_bucket{pool=\"jobs\",le=\"10\"} 0");
	expect_line("irc_now_db_query_duration_seconds_count{pool=\"jobs\"} 1");
	expect_line("irc_now_db_query_duration_seconds_count{pool=\"other\"} 1");
	expect_line(
	    "irc_now_outside_call_duration_seconds_bucket{service=\"main\",le=\"0.005\"} 0");
	expect_line("irc_now_outside_call_duration_seconds_count{service=\"main\"} 1");
	expect_none("irc_now_db_wait_seconds_count");
}

Test(metrics, too_many_times_become_other)
{
	char name[32];

	for (int i = 0; i < METRICS_TIMES_MAX + 7; i++) {
		snprintf(name, sizeof(name), "service%d", i);
		metrics_observe(HISTOGRAM_CALL_TIME, name, 1);
	}
	metrics_observe(HISTOGRAM_DB_TIME, "main", 1);
	expect_line("irc_now_outside_call_duration_seconds_count{service=\"other\"} 7");
	expect_line("irc_now_db_query_duration_seconds_count{pool=\"other\"} 1");
	expect_none("service102");
}

Test(metrics, summary_has_sum_and_count_alone)
{
	metrics_observe(HISTOGRAM_JOB_TIME, "gauges", 2500000);
	metrics_observe(HISTOGRAM_JOB_TIME, "gauges", 1);
	expect_line("# TYPE irc_now_job_duration_seconds summary");
	expect_line("irc_now_job_duration_seconds_sum{job=\"gauges\"} 2.500001");
	expect_line("irc_now_job_duration_seconds_count{job=\"gauges\"} 2");
	expect_none("irc_now_job_duration_seconds_bucket");
}

/* Also with nobody left who would say that it is still due; the clock may go back. */
Test(metrics, lags)
{
	expect_none("irc_now_job_lag_seconds{");
	metrics_set(METRIC_JOB_LAG, "gauges", NOW - 75);
	expect_line("irc_now_job_lag_seconds{job=\"gauges\"} 75");
	metrics_set(METRIC_JOB_LAG, "gauges", NOW);
	expect_line("irc_now_job_lag_seconds{job=\"gauges\"} 0");
	metrics_set(METRIC_JOB_LAG, "gauges", NOW + 3600);
	expect_line("irc_now_job_lag_seconds{job=\"gauges\"} 0");
	metrics_set(METRIC_JOB_LAG, "gauges", NOW - 3600);
	expect_line("irc_now_job_lag_seconds{job=\"gauges\"} 3600");
	expect_line("# TYPE irc_now_job_lag_seconds gauge");
}

/* One who dies before it has written a number leaves 0, which is none. */
Test(metrics, number_that_was_never_written)
{
	metrics_set(METRIC_JOB_LAG, "gauges", NOW);
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW);
	for (int i = 0; i < METRICS_SERIES_MAX; i++)
		metrics_own->series[i] = 0;
	expect_none("job=\"gauges\"");
}

Test(metrics, bytes)
{
	struct metrics_request q = { .route = "home",
		.method = "POST",
		.status = 200,
		.request_bytes = 5000000000,
		.response_bytes = 7 };

	metrics_http(&q);
	metrics_worker(3);
	metrics_http(&q);
	expect_line("irc_now_http_request_bytes_total{route=\"home\"} 10000000000");
	expect_line("irc_now_http_response_bytes_total{route=\"home\"} 14");
	expect_line("# TYPE irc_now_http_response_bytes_total counter");
}

Test(metrics, levels_with_labels)
{
	metrics_level_set(LEVEL_DB_MAX_MAIN, 8);
	metrics_level_add(LEVEL_DB_OPEN_JOBS, 2);
	expect_line("irc_now_db_connections_max{pool=\"main\"} 8");
	expect_line("irc_now_db_connections_open{pool=\"main\"} 0");
	expect_line("irc_now_db_connections_open{pool=\"jobs\"} 2");
	expect_none("pool=\"replica\"");
	metrics_worker(1);
	metrics_level_set(LEVEL_DB_MAX_MAIN, 8);
	metrics_level_set(LEVEL_DB_MAX_REPLICA, 8);
	expect_line("irc_now_db_connections_max{pool=\"main\"} 16");
	expect_line("irc_now_db_connections_open{pool=\"replica\"} 0");
}

/* Where the formats differ. */
Test(metrics, open)
{
	format = METRICS_OPEN;
	settings.role = ROLE_PICS;
	http("home", "GET", 200, 4000);
	metrics_count(METRIC_CALLS, "a\"b\\c", "ok");
	metrics_observe(HISTOGRAM_PIC_PROCESSING, NULL, 1);
	expect_line("# TYPE irc_now_http_requests counter");
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"home\",code=\"200\"} 1");
	expect_line("# TYPE irc_now_http_request_bytes counter");
	expect_line("# UNIT irc_now_http_request_bytes bytes");
	expect_line("# UNIT irc_now_http_request_duration_seconds seconds");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"0.005\"} 1");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"1.0\"} 1");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"2.5\"} 1");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"10.0\"} 1");
	expect_line("irc_now_pic_processing_seconds_bucket{le=\"+Inf\"} 1");
	expect_line("irc_now_outside_calls_total{service=\"a\\\"b\\\\c\",result=\"ok\"} 1");
	expect_line("# TYPE irc_now_build info");
	expect_line("irc_now_build_info{version=\"1.2.3\"} 1");
	expect_line("# TYPE process_cpu_seconds counter");
	expect_none("_total counter");
	expect_none("\n\n");
	cr_expect_str_eq(strbuf_text(&out) + out.len - 7, "\n# EOF\n");
	cr_expect_null(strstr(strstr(strbuf_text(&out), "# EOF") + 1, "# EOF"));
	format = METRICS_PROMETHEUS;
	expect_none("# EOF");
	expect_none("# UNIT");
	expect_none("info\n");
	expect_line("# TYPE irc_now_build_info gauge");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"1\"} 1");
	cr_expect_eq(out.s[out.len - 1], '\n');
}

/* 0 would be a statement about what another service counts. */
Test(metrics, each_service_tells_its_own)
{
	static const struct {
		enum role role;
		const char *is, *is_not;
	} cases[] = {
		{ ROLE_TXT, "irc_now_paste_created_total 0", "irc_now_pic_" },
		{ ROLE_PICS, "irc_now_pic_uploaded_total 0", "irc_now_paste_" },
		{ ROLE_PORTAL, "irc_now_worker_starts_total 0", "irc_now_p" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		settings.role = cases[i].role;
		expect_line(cases[i].is);
		expect_none(cases[i].is_not);
	}
}

Test(metrics, moments_show_the_latest)
{
	metrics_set(METRIC_JOB_SUCCESS, "gauges", 0);
	expect_none("irc_now_job_last_success_timestamp_seconds{");
	metrics_worker(2);
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW - 50);
	metrics_worker(1);
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW - 90);
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW - 70);
	expect_line("irc_now_job_last_success_timestamp_seconds{job=\"gauges\"} 1795175950");
}

static void
set_one(enum metric_figure f, double value, int64_t at)
{
	metrics_figures_set(&(struct metrics_figure){ f, NULL, NULL, value, at }, 1);
}

Test(metrics, figure)
{
	expect_none("irc_now_signups_7d");
	set_one(FIGURE_SIGNUPS_7D, 0, NOW - METRICS_FIGURE_OLD_S);
	expect_line("irc_now_signups_7d 0");
	expect_line("# TYPE irc_now_signups_7d gauge");
	set_one(FIGURE_SIGNUPS_7D, 12.5, NOW - METRICS_FIGURE_OLD_S - 1);
	expect_none("irc_now_signups_7d");
	set_one(FIGURE_SIGNUPS_7D, 12.5, NOW);
	expect_line("irc_now_signups_7d 12.5");
	/* The clock has gone back since. */
	set_one(FIGURE_SIGNUPS_7D, 12.5, NOW + METRICS_FIGURE_OLD_S);
	expect_line("irc_now_signups_7d 12.5");
	set_one(FIGURE_SIGNUPS_7D, 12.5, NOW + METRICS_FIGURE_OLD_S + 1);
	expect_none("irc_now_signups_7d");
	set_one(FIGURE_SIGNUPS_7D, 3, NOW);
	expect_line("irc_now_signups_7d 3");
	metrics_figures_set(NULL, 0);
	expect_none("irc_now_signups_7d");
	expect_none("irc_now_active_users_24h");
}

/* As few digits as read back to the same value. */
Test(metrics, values)
{
	static const struct {
		double value;
		const char *want;
	} cases[] = {
		{ 0.1, "0.1" },
		{ 1.0 / 3, "0.3333333333333333" },
		{ -0.25, "-0.25" },
		{ 123456789012345.0, "123456789012345" },
		{ 9007199254740991.0, "9007199254740991" },
		{ 1e22, "1e+22" },
		{ 5e-324, "4.94065645841247e-324" },
	};
	char line[64];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_one(FIGURE_SIGNUPS_7D, cases[i].value, NOW);
		snprintf(line, sizeof(line), "irc_now_signups_7d %s", cases[i].want);
		expect_line(line);
	}
}

Test(metrics, figures)
{
	struct metrics_figure v[] = {
		{ FIGURE_MRR, "eur", NULL, 900, NOW - METRICS_FIGURE_OLD_S },
		{ FIGURE_MRR_NATIVE, "eur", "ignored", 900, NOW },
		{ FIGURE_MRR_NATIVE, "j\"\\\n", NULL, 1e15, NOW },
		{ FIGURE_MRR_MOVEMENTS, "eur", "new", -1, NOW },
		{ FIGURE_MRR_MOVEMENTS, "eur", "fx", -2, NOW },
		{ FIGURE_SUBSCRIPTIONS_ACTIVE, "ignored", "ignored", 0, NOW },
	};

	expect_none("irc_now_mrr");
	metrics_figures_set(v, 6);
	expect_line("irc_now_mrr_cents{currency=\"eur\"} 900");
	expect_line("# TYPE irc_now_mrr_cents gauge");
	expect_line("irc_now_mrr_native_minor{currency=\"eur\"} 900");
	expect_line("irc_now_mrr_native_minor{currency=\"j\\\"\\\\_\"} 1e+15");
	expect_line("irc_now_mrr_movements_30d_cents{currency=\"eur\",kind=\"new\"} -1");
	expect_line("irc_now_mrr_movements_30d_cents{currency=\"eur\",kind=\"fx\"} -2");
	expect_line("irc_now_subscriptions_active 0");
	v[0].at--;
	v[1].value = -5;
	metrics_figures_set(v, 2);
	expect_none("irc_now_mrr_cents{");
	expect_line("irc_now_mrr_native_minor{currency=\"eur\"} -5");
	expect_none("currency=\"j");
	expect_none("irc_now_subscriptions_active");
	metrics_figures_set(NULL, 0);
	expect_none("irc_now_mrr");
}

Test(metrics, a_list_of_figures_grows_and_takes_no_value_that_is_none)
{
	struct arena a = { 0 };
	struct metrics_figure_list list = { 0 };
	struct metrics_figure f = { FIGURE_SIGNUPS_7D, NULL, NULL, 0, NOW };

	for (int i = 0; i < 200; i++) {
		f.value = i;
		metrics_figure_add(&list, &a, f);
	}
	f.value = NAN;
	metrics_figure_add(&list, &a, f);
	f.value = -INFINITY;
	metrics_figure_add(&list, &a, f);
	cr_assert_eq(list.n, 200);
	cr_expect_eq(list.v[0].value, 0);
	cr_expect_eq(list.v[199].value, 199);
	arena_free(&a);
}

/* It is found once a night. */
Test(metrics, drift_lasts_until_the_next_night)
{
	struct metrics_figure v = { FIGURE_STRIPE_DRIFT, "", "", 3, NOW - METRICS_NIGHTLY_OLD_S };

	metrics_figures_set(&v, 1);
	expect_line("irc_now_stripe_drift 3");
	v.at--;
	metrics_figures_set(&v, 1);
	expect_none("irc_now_stripe_drift");
}

Test(metrics, too_many_figures_are_left_out)
{
	struct metrics_figure v[METRICS_FIGURES_MAX + 1];
	char labels[METRICS_FIGURES_MAX + 1][8];

	for (int i = 0; i <= METRICS_FIGURES_MAX; i++) {
		snprintf(labels[i], sizeof(labels[i]), "l%d", i);
		v[i] = (struct metrics_figure){ FIGURE_MRR_NATIVE, labels[i], NULL, i, NOW };
	}
	metrics_figures_set(v, METRICS_FIGURES_MAX + 1);
	expect_line("irc_now_mrr_native_minor{currency=\"l511\"} 511");
	expect_none("\"l512\"");
}

/* Nor after it was unknown for a time. */
Test(metrics, counter_from_the_database_never_goes_down)
{
	set_one(FIGURE_LOGINS_TOTAL, 100, NOW);
	set_one(FIGURE_LOGINS_TOTAL, 99, NOW);
	expect_line("irc_now_logins_total 100");
	expect_line("# TYPE irc_now_logins_total counter");
	metrics_figures_set(NULL, 0);
	expect_none("irc_now_logins_total");
	set_one(FIGURE_LOGINS_TOTAL, 50, NOW);
	expect_line("irc_now_logins_total 100");
	set_one(FIGURE_LOGINS_TOTAL, 101, NOW);
	expect_line("irc_now_logins_total 101");
}

Test(metrics, restarted_worker)
{
	metrics_worker(2);
	http("home", "GET", 200, 1);
	metrics_level_add(LEVEL_HTTP_IN_FLIGHT, 3);
	metrics_level_set(LEVEL_DB_WAITING, 7);
	metrics_worker(1);
	metrics_level_add(LEVEL_HTTP_IN_FLIGHT, 1);
	expect_line("irc_now_http_requests_in_flight 4");
	expect_line("irc_now_db_queue_length 7");
	metrics_worker(2);
	http("home", "GET", 200, 1);
	expect_line("irc_now_http_requests_in_flight 1");
	expect_line("irc_now_db_queue_length 0");
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"home\",code=\"200\"} 2");
	expect_line("irc_now_worker_starts_total 3");
}

Test(metrics, no_such_worker)
{
	metrics_worker(0);
	metrics_worker(-1);
	metrics_worker(4);
	http("home", "GET", 200, 1);
	expect_line("irc_now_worker_starts_total 0");
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"home\",code=\"200\"} 1");
}

#define PROCESSES 3
#define ROUNDS 20000

static void
count_as_worker(int id)
{
	char name[32];
	int i;

	metrics_worker(id);
	for (i = 0; i < ROUNDS; i++) {
		snprintf(name, sizeof(name), "page%d", i % 60);
		http(name, "GET", 200, 1000);
		metrics_count(METRIC_CALLS, name, "ok");
	}
	_exit(0);
}

/* All claim the same rows at once, and none of their counts is lost or written twice. */
Test(metrics, several_processes)
{
	char line[128];
	pid_t pids[PROCESSES];
	int i, status;

	for (i = 0; i < PROCESSES; i++)
		if ((pids[i] = fork()) == 0)
			count_as_worker(i + 1);
	for (i = 0; i < PROCESSES; i++) {
		cr_assert_eq(waitpid(pids[i], &status, 0), pids[i]);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	for (i = 0; i < 60; i++) {
		int each = ROUNDS / 60 + (i < ROUNDS % 60);

		snprintf(line, sizeof(line),
		    "irc_now_outside_calls_total{service=\"page%d\",result=\"ok\"} %d", i,
		    PROCESSES * each);
		expect_line(line);
		snprintf(line, sizeof(line),
		    "irc_now_http_request_duration_seconds_count{route=\"page%d\"} %d", i,
		    PROCESSES * each);
		expect_line(line);
	}
}

/* One died between claiming a row and writing it; two claimed a row each for the same text. */
Test(metrics, damaged_rows)
{
	struct metrics_row *rows = metrics_shared->route_names;
	int i, first = -1, second = -1;

	http("home", "GET", 200, 1000);
	for (i = 0; i < METRICS_ROUTES_MAX && first < 0; i++)
		if (rows[i].state == ROW_READY)
			first = i;
	rows[first].state = ROW_CLAIMED;
	http("home", "GET", 200, 1000);
	for (i = 0; i < METRICS_ROUTES_MAX && second < 0; i++)
		if (rows[i].state == ROW_READY)
			second = i;
	cr_assert_neq(first, second);
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"home\",code=\"200\"} 1");
	rows[first].state = ROW_READY;
	expect_line("irc_now_http_requests_total{method=\"GET\",route=\"home\",code=\"200\"} 2");
	expect_line("irc_now_http_request_duration_seconds_bucket{route=\"home\",le=\"+Inf\"} 2");
}

static void
fill(void)
{
	static const struct metrics_figure figures[] = {
		{ FIGURE_LOGINS_TOTAL, "", "", 1, NOW },
		{ FIGURE_MRR, "eur", "", 1.5, NOW },
		{ FIGURE_MRR_MOVEMENTS, "eur", "new", 1, NOW },
		{ FIGURE_SIGNUPS_7D, "", "", 1, NOW },
		{ FIGURE_MRR_MOVEMENTS, "eur", "fx", -1, NOW },
	};

	metrics_worker(1);
	http("home", "GET", 200, 1234);
	http("home", "POST", 303, 1234);
	http("other", "GET", 404, 9);
	metrics_count(METRIC_SOURCE_REFRESHES, "soju", "timeout");
	metrics_count(METRIC_CALLS, "txt", "refused");
	metrics_count(METRIC_LOGIN_ATTEMPTS, "ok", NULL);
	metrics_count(METRIC_DB_ERRORS, "other", NULL);
	metrics_observe(HISTOGRAM_CALL_TIME, "txt", 5);
	metrics_observe(HISTOGRAM_CALL_TIME, "pics", 5);
	metrics_observe(HISTOGRAM_DB_WAIT, "main", 5);
	metrics_observe(HISTOGRAM_JOB_TIME, "gauges", 5);
	metrics_level_set(LEVEL_DB_MAX_REPLICA, 5);
	metrics_set(METRIC_JOB_LAG, "gauges", NOW - 5);
	metrics_set(METRIC_JOB_PERIOD, "gauges", 15);
	metrics_count(METRIC_JOB_RUNS, "gauges", "ok");
	metrics_set(METRIC_JOB_SUCCESS, "gauges", NOW);
	metrics_figures_set(figures, sizeof(figures) / sizeof(figures[0]));
}

static int
compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* promtool does not notice it: each series and each head once, each family in one piece. */
Test(metrics, no_series_twice)
{
	char *text, *line, *space, *lines[1000], family[128] = "";
	size_t n = 0, i;

	fill();
	text = strdup(scrape());
	for (line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		cr_assert_lt(n, 1000);
		if (sscanf(line, "# TYPE %127s", family) == 1 || line[0] == '#') {
			lines[n++] = line;
			continue;
		}
		cr_expect_eq(strncmp(line, family, strlen(family)), 0, "%s under %s", line, family);
		space = strrchr(line, ' ');
		cr_assert_not_null(space);
		*space = '\0';
		lines[n++] = line;
	}
	qsort(lines, n, sizeof(lines[0]), compare_lines);
	for (i = 1; i < n; i++)
		cr_expect_str_neq(lines[i - 1], lines[i]);
	free(text);
}

Test(metrics, promtool)
{
	FILE *p;

	if (system("command -v promtool >/dev/null 2>&1") != 0)
		cr_skip_test("promtool is not installed");
	fill();
	scrape();
	p = popen("promtool check metrics", "w");
	cr_assert_not_null(p);
	cr_assert_eq(fwrite(out.s, 1, out.len, p), out.len);
	cr_expect_eq(pclose(p), 0, "%s", strbuf_text(&out));
}

static double
value_of(const char *name)
{
	const char *at = strstr(scrape(), name);

	cr_assert_not_null(at, "%s", name);
	while ((at > strbuf_text(&out) && at[-1] != '\n') || at[strlen(name)] != ' ') {
		at = strstr(at + 1, name);
		cr_assert_not_null(at, "%s", name);
	}
	return strtod(at + strlen(name), NULL);
}

static void
burn(void)
{
	volatile unsigned long n;

	for (n = 0; n < 400000000; n++)
		;
}

/* A worker that has used time dies: the sum keeps what was seen of it. */
Test(metrics, process)
{
	int to_child[2], to_us[2], status;
	double before, with_child;
	char byte;
	pid_t pid;

	cr_assert_eq(pipe(to_child), 0);
	cr_assert_eq(pipe(to_us), 0);
	expect_line("irc_now_build_info{version=\"1.2.3\"} 1");
	before = value_of("process_cpu_seconds_total");
	if ((pid = fork()) == 0) {
		metrics_worker(1);
		burn();
		cr_assert_eq(write(to_us[1], "", 1), 1);
		cr_assert_eq(read(to_child[0], &byte, 1), 1);
		_exit(0);
	}
	cr_assert_eq(read(to_us[0], &byte, 1), 1);
	with_child = value_of("process_cpu_seconds_total");
	cr_expect_gt(with_child, before);
	cr_expect_gt(value_of("process_open_fds"), 4);
	cr_expect_gt(value_of("process_max_fds"), 4);
	cr_expect_gt(value_of("process_resident_memory_bytes"), 1e6);
	cr_expect_gt(value_of("process_virtual_memory_bytes"), 1e6);
	cr_expect_gt(value_of("process_start_time_seconds"), 1.7e9);
	cr_assert_eq(write(to_child[1], "", 1), 1);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_geq(value_of("process_cpu_seconds_total"), with_child);
	if ((pid = fork()) == 0) {
		metrics_worker(1);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_geq(value_of("process_cpu_seconds_total"), with_child);
}
