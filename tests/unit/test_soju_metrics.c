/* soju's counters: what is read of them, and of what is none. */
#include "clients/soju_metrics.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

static const char whole[] = "# HELP go_goroutines Number of goroutines that currently exist.\n"
			    "# TYPE go_goroutines gauge\n"
			    "go_goroutines 42\n"
			    "# TYPE process_start_time_seconds gauge\n"
			    "process_start_time_seconds 1.76432061234e+09\n"
			    "# TYPE soju_downstream_in_messages_total counter\n"
			    "soju_downstream_in_messages_total 9\n"
			    "soju_downstreams_active 3\n"
			    "soju_networks_total{hostname=\"irc.example.org\"} 2\n"
			    "soju_upstream_in_messages_total 1.2345678e+07\n"
			    "soju_upstream_out_messages_total 22\n"
			    "soju_upstreams_active 2\n";

struct metrics_case {
	const char *what, *body;
	enum err e;
	struct soju_metrics m;
};

static const struct metrics_case cases[] = {
	{ "whole", whole, ERR_OK, { 3, 2, 12345700, 1764320612 } },
	{ "empty", "", ERR_UPSTREAM, { -1, -1, -1, -1 } },
	{ "a page", "<html>soju_downstreams_active 3</html>", ERR_UPSTREAM, { -1, -1, -1, -1 } },
	{ "no last line end", "soju_upstreams_active 2", ERR_OK, { -1, 2, -1, -1 } },
	{ "CRLF", "soju_upstreams_active 2\r\nsoju_downstreams_active 1\r\n", ERR_OK,
	    { 1, 2, -1, -1 } },
	{ "a time behind it", "soju_upstreams_active 2 1700000000000\n", ERR_OK,
	    { -1, 2, -1, -1 } },
	{ "zero", "soju_downstreams_active 0\n", ERR_OK, { 0, -1, -1, -1 } },
	{ "half a counter", "soju_downstreams_active 0\nsoju_upstream_in_messages_total 5\n",
	    ERR_OK, { 0, -1, -1, -1 } },
	{ "another name", "soju_downstreams_active_max 7\nsoju_upstreams_active{a=\"b\"} 1\n",
	    ERR_UPSTREAM, { -1, -1, -1, -1 } },
	{ "no number",
	    "soju_downstreams_active\nsoju_downstreams_active \n"
	    "soju_downstreams_active x\nsoju_downstreams_active 1x\n",
	    ERR_UPSTREAM, { -1, -1, -1, -1 } },
	{ "numbers that are no count", "soju_downstreams_active -1\nsoju_upstreams_active NaN\n",
	    ERR_UPSTREAM, { -1, -1, -1, -1 } },
	{ "too large", "soju_downstreams_active 1e300\nsoju_upstreams_active +Inf\n", ERR_UPSTREAM,
	    { -1, -1, -1, -1 } },
	{ "very long",
	    "soju_downstreams_active "
	    "00000000000000000000000000000000000000000000000000000000000000000000001\n",
	    ERR_UPSTREAM, { -1, -1, -1, -1 } },
};

Test(soju_metrics, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct metrics_case *c = &cases[i];
		const struct call_reply reply = { .result = CALL_OK,
			.status = 200,
			.body = c->body,
			.body_len = strlen(c->body) };
		struct soju_metrics m;

		cr_expect_eq(soju_metrics_reply(&m, &reply), c->e, "%s", c->what);
		cr_expect_eq(m.clients, c->m.clients, "%s: %" PRId64, c->what, m.clients);
		cr_expect_eq(m.connected, c->m.connected, "%s: %" PRId64, c->what, m.connected);
		cr_expect_eq(m.messages, c->m.messages, "%s: %" PRId64, c->what, m.messages);
		cr_expect_eq(m.started_at, c->m.started_at, "%s: %" PRId64, c->what, m.started_at);
	}
}

Test(soju_metrics, no_answer)
{
	const struct call_reply late = { .result = CALL_TIMEOUT, .body = "" }, refused = {
		.result = CALL_OK, .status = 404, .body = whole, .body_len = sizeof(whole) - 1
	};
	struct soju_metrics m;

	cr_expect_eq(soju_metrics_reply(&m, &late), ERR_TIMEOUT);
	cr_expect_eq(soju_metrics_reply(&m, &refused), ERR_UPSTREAM);
	cr_expect_eq(m.clients, -1);
}

Test(soju_metrics, request)
{
	struct arena arena = { 0 };
	struct call_request req;

	cr_expect_eq(soju_metrics_request(
			 &req, &arena, "http://soju-{bouncer}.irc.svc:9099/metrics", "alice", 700),
	    ERR_OK);
	cr_expect_str_eq(req.url, "http://soju-alice.irc.svc:9099/metrics");
	cr_expect_eq(req.timeout_ms, 700);
	cr_expect_eq(
	    soju_metrics_request(&req, &arena, "http://{bouncer}/", "../x", 700), ERR_INVALID);
	arena_free(&arena);
}
