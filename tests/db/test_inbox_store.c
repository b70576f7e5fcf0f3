/* The inbox: kept once, taken by one at a time, sent again, found page by page. */
#include "billing/inbox_store.h"

#include <string.h>

#include "billing/inbox_work_store.h"
#include "db_fixture.h"

static void
begin(void)
{
	fixture_begin();
	fixture_exec("DELETE FROM stripe_events");
}

TestSuite(inbox_store, .init = begin, .fini = fixture_close);

static bool
put(const struct inbox_event *e)
{
	struct db_query q = { .arena = &arena };
	bool is_new = false;
	PGresult *res;

	inbox_store_put(&q, e);
	res = fixture_run(&q);
	cr_assert_eq(inbox_store_put_read(res, &is_new), ERR_OK);
	PQclear(res);
	return is_new;
}

static struct inbox_event
event(const char *id)
{
	return (struct inbox_event){ .id = id, .type = "invoice.paid" };
}

struct events {
	struct inbox_event *v;
	size_t n;
};

static struct events
rows_of(struct db_sync *c, const struct db_query *q)
{
	struct events events;
	PGresult *res = NULL;

	cr_assert_eq(db_sync_run(c, q, &res), ERR_OK, "%s", db_sync_error(c));
	cr_assert_eq(inbox_store_rows(res, &arena, &events.v, &events.n), ERR_OK);
	PQclear(res);
	return events;
}

static struct events
claim_by(struct db_sync *c, int64_t n, int64_t lease_s)
{
	struct db_query q = { .arena = &arena };

	inbox_store_claim(&q, n, lease_s);
	return rows_of(c, &q);
}

static struct inbox_event
one(const char *id)
{
	struct db_query q = { .arena = &arena };
	struct events events;

	inbox_store_one(&q, id);
	events = rows_of(db, &q);
	cr_assert_eq(events.n, 1, "%s", id);
	return events.v[0];
}

static int64_t
number(const struct db_query *q)
{
	PGresult *res = fixture_run(q);
	int64_t n;

	cr_assert_eq(db_row_only_int(res, &n), ERR_OK, "%s", q->sql);
	PQclear(res);
	return n;
}

static void
end(const char *id, enum inbox_state state, const char *effect)
{
	struct db_query q = { .arena = &arena };

	inbox_store_end(&q, id, state, effect);
	PQclear(fixture_run(&q));
}

static void
fail(const char *id, const char *error, int64_t retry_s)
{
	struct db_query q = { .arena = &arena };

	inbox_store_fail(&q, id, one(id).attempts, error, retry_s);
	PQclear(fixture_run(&q));
}

static int64_t
replay(const char *id)
{
	struct db_query q = { .arena = &arena };

	inbox_store_replay(&q, id);
	return number(&q);
}

static int64_t
replay_range(const struct inbox_range *r)
{
	struct db_query q = { .arena = &arena };

	inbox_store_replay_range(&q, r);
	return number(&q);
}

static int64_t
count_range(const struct inbox_range *r)
{
	struct db_query q = { .arena = &arena };

	inbox_store_count_range(&q, r);
	return number(&q);
}

Test(inbox_store, keeps_an_event_once_with_all_it_says)
{
	const struct inbox_event full = { .id = "evt_1",
		.type = "invoice.paid",
		.source = INBOX_WEBHOOK,
		.object_id = "in_1",
		.api_version = "2020-08-27",
		.body = "{\"id\":\"evt_1\"}",
		.is_live = true,
		.created_at = 1767225600 };
	struct inbox_event e;

	cr_expect(put(&full));
	cr_expect_not(put(&full), "a second time it is not new");
	e = one("evt_1");
	cr_expect_str_eq(e.type, "invoice.paid");
	cr_expect_str_eq(e.object_id, "in_1");
	cr_expect_str_eq(e.api_version, "2020-08-27");
	cr_expect_str_eq(e.body, "{\"id\":\"evt_1\"}");
	cr_expect_eq(e.source, INBOX_WEBHOOK);
	cr_expect_eq(e.state, INBOX_WAITING);
	cr_expect(e.is_live);
	cr_expect_eq(e.created_at, 1767225600);
	cr_expect_gt(e.received_at, 1767225600);
	cr_expect_eq(e.received_us / 1000000, e.received_at);
	cr_expect_eq(e.ended_at, 0);
	cr_expect_eq(e.attempts, 0);
	cr_expect_null(e.effect);
	cr_expect_null(e.error);
}

Test(inbox_store, a_hint_has_little_to_say)
{
	struct inbox_event e = event("return_cs_1");

	e.source = INBOX_RETURN;
	cr_expect(put(&e));
	e = one("return_cs_1");
	cr_expect_null(e.object_id);
	cr_expect_null(e.api_version);
	cr_expect_null(e.body);
	cr_expect_eq(e.created_at, 0);
	cr_expect_eq(e.source, INBOX_RETURN);
}

Test(inbox_store, what_is_due_later_is_not_taken_yet)
{
	struct inbox_event e = event("evt_later");

	e.due_at = 4102444800;
	put(&e);
	cr_expect_eq(claim_by(db, 10, 60).n, 0);
	cr_expect_eq(one("evt_later").due_at, 4102444800);
}

Test(inbox_store, is_taken_oldest_first_and_ends)
{
	struct events events;

	for (int i = 0; i < 3; i++) {
		struct inbox_event e = event(arena_printf(&arena, "evt_%d", i));

		put(&e);
	}
	fixture_exec("UPDATE stripe_events SET due_at = now() - interval '1 hour',"
		     " received_at = now() - interval '1 hour' WHERE id = 'evt_2'");
	events = claim_by(db, 2, 60);
	cr_assert_eq(events.n, 2);
	cr_expect_str_eq(events.v[0].id, "evt_2");
	cr_expect_eq(events.v[0].attempts, 1);
	cr_expect_eq(claim_by(db, 10, 60).n, 1, "what is taken is not given to another");
	end("evt_2", INBOX_DONE, "sub_1: active");
	cr_expect_eq(one("evt_2").state, INBOX_DONE);
	cr_expect_str_eq(one("evt_2").effect, "sub_1: active");
	cr_expect_gt(one("evt_2").ended_at, 0);
	end("evt_2", INBOX_IGNORED, NULL);
	cr_expect_eq(one("evt_2").state, INBOX_DONE, "it had ended already");
}

Test(inbox_store, who_died_loses_what_he_had)
{
	struct inbox_event e = event("evt_1");

	put(&e);
	cr_expect_eq(claim_by(db, 10, 60).n, 1);
	cr_expect_eq(claim_by(db, 10, 60).n, 0);
	fixture_exec("UPDATE stripe_events SET claimed_until = now() - interval '1 second'");
	cr_assert_eq(claim_by(db, 10, 60).n, 1);
	cr_expect_eq(one("evt_1").attempts, 2);
}

Test(inbox_store, a_failure_waits_or_stays)
{
	struct inbox_event e = event("evt_1");

	put(&e);
	claim_by(db, 1, 60);
	fail("evt_1", "429, rate_limit", 3600);
	cr_expect_eq(one("evt_1").state, INBOX_WAITING);
	cr_expect_str_eq(one("evt_1").error, "429, rate_limit");
	cr_expect_eq(claim_by(db, 1, 60).n, 0);
	fixture_exec("UPDATE stripe_events SET due_at = now()");
	cr_expect_eq(claim_by(db, 1, 60).n, 1, "nobody holds it any more");
	fail("evt_1", "404", 0);
	e = one("evt_1");
	cr_expect_eq(e.state, INBOX_FAILED);
	cr_expect_str_eq(e.error, "404");
	cr_expect_gt(e.ended_at, 0);
	cr_expect_eq(claim_by(db, 1, 60).n, 0);
}

Test(inbox_store, what_is_given_back_was_no_attempt)
{
	const struct inbox_event hint = event("evt_1");
	struct db_query q = { .arena = &arena };
	struct inbox_event e;

	put(&hint);
	cr_assert_eq(claim_by(db, 10, 60).n, 1);
	inbox_work_store_give_back(&q, "[{\"id\":\"evt_1\",\"attempts\":1}]", 100, "no answer");
	PQclear(fixture_run(&q));
	e = one("evt_1");
	cr_expect_eq(e.attempts, 0);
	cr_expect_eq(e.due_at - e.received_at, 100);
	cr_expect_str_eq(e.error, "no answer");
	fixture_exec("UPDATE stripe_events SET due_at = now()");
	cr_assert_eq(claim_by(db, 10, 60).n, 1);
	inbox_work_store_give_back(&q, "[{\"id\":\"evt_1\",\"attempts\":1}]", 0, NULL);
	PQclear(fixture_run(&q));
	cr_expect_str_eq(one("evt_1").error, "no answer", "of the last attempt");
	cr_expect_eq(claim_by(db, 10, 60).n, 1);
}

Test(inbox_store, whose_lease_has_ended_changes_nothing_any_more)
{
	const struct inbox_event hint = event("evt_1");
	struct db_query q = { .arena = &arena };

	put(&hint);
	cr_assert_eq(claim_by(db, 10, 0).n, 1, "the first attempt, which takes too long");
	cr_assert_eq(claim_by(db, 10, 60).n, 1, "the second one");
	inbox_store_fail(&q, "evt_1", 1, "late", 100);
	PQclear(fixture_run(&q));
	inbox_work_store_give_back(&q, "[{\"id\":\"evt_1\",\"attempts\":1}]", 100, "late");
	PQclear(fixture_run(&q));
	inbox_work_store_end(
	    &q, "[{\"id\":\"evt_1\",\"attempts\":1,\"state\":\"done\",\"effect\":\"late\"}]");
	PQclear(fixture_run(&q));
	cr_expect_eq(one("evt_1").state, INBOX_WAITING);
	cr_expect_null(one("evt_1").error);
	cr_expect_eq(claim_by(db, 10, 60).n, 0, "the second one still has it");
	inbox_work_store_end(
	    &q, "[{\"id\":\"evt_1\",\"attempts\":2,\"state\":\"done\",\"effect\":\"new\"}]");
	PQclear(fixture_run(&q));
	cr_expect_eq(one("evt_1").state, INBOX_DONE);
	cr_expect_str_eq(one("evt_1").effect, "new");
}

Test(inbox_store, an_effect_clears_the_error)
{
	struct inbox_event e = event("evt_1");

	put(&e);
	fail("evt_1", "500", 1);
	end("evt_1", INBOX_DONE, NULL);
	cr_expect_null(one("evt_1").error);
}

Test(inbox_store, one_is_sent_again)
{
	struct inbox_event e = event("evt_1");

	put(&e);
	claim_by(db, 1, 60);
	end("evt_1", INBOX_DONE, "x");
	cr_expect_eq(replay("evt_1"), 1);
	e = one("evt_1");
	cr_expect_eq(e.state, INBOX_WAITING);
	cr_expect_null(e.effect, "that was of the last time");
	cr_expect_eq(e.attempts, 0);
	cr_expect_eq(e.ended_at, 0);
	cr_expect_eq(claim_by(db, 1, 60).n, 1);
	cr_expect_eq(replay("evt_1"), 1);
	cr_expect_eq(claim_by(db, 1, 60).n, 0, "somebody is at it already");
	cr_expect_eq(replay("evt_none"), 0);
	fail("evt_1", "404", 0);
	cr_expect_eq(replay("evt_1"), 1);
	cr_expect_null(one("evt_1").error);
}

/* Ten events of a mode, 100 s apart: failed and done by turns, each third of another type. */
static void
fill_range(bool is_live)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO stripe_events (id, source, is_live, type, received_at, state,"
	    " ended_at) SELECT 'evt_%d_' || n, 'webhook', %s,"
	    " CASE WHEN n %% 3 = 0 THEN 'a.b' ELSE 'c.d' END,"
	    " to_timestamp(1767225600 + n * 100),"
	    " CASE WHEN n %% 2 = 0 THEN 'failed' ELSE 'done' END, now()"
	    " FROM generate_series(0, 9) n",
	    is_live, is_live ? "true" : "false"));
}

#define RANGE .from = 1767225600, .until = 1767225600 + 400 /* 4 is at its end: not included */

static const struct {
	struct inbox_range range;
	int64_t n;
} ranges[] = {
	{ { INBOX_FAILED, NULL, RANGE }, 2 },
	{ { INBOX_DONE, NULL, RANGE }, 2 },
	{ { INBOX_IGNORED, NULL, RANGE }, 0 },
	{ { INBOX_FAILED, "a.b", RANGE }, 1 },
	{ { INBOX_DONE, "a.b", RANGE }, 1 },
	{ { INBOX_DONE, "a", RANGE }, 0 },
	{ { INBOX_FAILED, NULL, 1767225601, 1767225799, false }, 0 },
	{ { INBOX_FAILED, NULL, RANGE, .is_live = true }, 2 },
};

Test(inbox_store, those_of_a_range_are_sent_again)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		fixture_exec("DELETE FROM stripe_events");
		fill_range(false);
		fill_range(true);
		cr_expect_eq(count_range(&ranges[i].range), ranges[i].n, "range %zu", i);
		cr_expect_eq(replay_range(&ranges[i].range), ranges[i].n, "range %zu", i);
		cr_expect_eq(count_range(&ranges[i].range), 0, "range %zu", i);
		cr_expect_eq(
		    fixture_number("SELECT count(*) FROM stripe_events WHERE state = 'waiting'"),
		    ranges[i].n, "range %zu", i);
	}
	cr_expect_eq(one("evt_1_2").state, INBOX_WAITING);
	cr_expect_eq(one("evt_1_4").state, INBOX_FAILED, "at the end of the range");
	cr_expect_eq(one("evt_0_2").state, INBOX_FAILED, "of the other mode");
}

Test(inbox_store, no_more_are_sent_again_than_can_be_obeyed)
{
	const struct inbox_range all = { INBOX_DONE, NULL, 1, INT32_MAX, false };

	fixture_exec("INSERT INTO stripe_events (id, source, is_live, type, state, ended_at)"
		     " SELECT 'evt_' || n, 'webhook', false, 'x', 'done', now()"
		     " FROM generate_series(1, 10007) n");
	cr_expect_eq(count_range(&all), INBOX_REPLAY_MAX);
	cr_expect_eq(replay_range(&all), INBOX_REPLAY_MAX);
	cr_expect_eq(count_range(&all), 7);
}

/* ---- Pages ---- */

/* 100 events of one moment and of a mode; each tenth failed, each fifth is of another type. */
static void
fill(bool is_live)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO stripe_events (id, source, is_live, type, object_id, received_at, state,"
	    " ended_at) SELECT 'evt_%d_' || lpad(n::text, 3, '0'), 'webhook', %s,"
	    " CASE WHEN n %% 5 = 0 THEN 'a.b' ELSE 'c.d' END, 'sub_' || n / 10,"
	    " to_timestamp(1767225600 + n / 50),"
	    " CASE WHEN n %% 10 = 0 THEN 'failed' ELSE 'done' END, now()"
	    " FROM generate_series(0, 99) n",
	    is_live, is_live ? "true" : "false"));
}

static struct events
page(const struct inbox_filter *f, int64_t n)
{
	struct db_query q = { .arena = &arena };

	inbox_store_page(&q, f, n);
	return rows_of(db, &q);
}

/* All pages of a filter, seven rows each: how many rows, each once and in order. */
static size_t
walk(struct inbox_filter f)
{
	const char *last = NULL;
	size_t n = 0;

	for (;;) {
		const struct events p = page(&f, 7);

		for (size_t i = 0; i < p.n; i++) {
			cr_assert(last == NULL || strcmp(p.v[i].id, last) < 0, "%s", p.v[i].id);
			last = p.v[i].id;
		}
		n += p.n;
		if (p.n < 7)
			return n;
		f.before_us = p.v[p.n - 1].received_us;
		f.before_id = p.v[p.n - 1].id;
	}
}

static const struct {
	struct inbox_filter filter;
	size_t n;
} filters[] = {
	{ { .state = INBOX_STATE__MAX }, 100 },
	{ { .state = INBOX_FAILED }, 10 },
	{ { .state = INBOX_WAITING }, 0 },
	{ { .state = INBOX_STATE__MAX, .type = "a.b" }, 20 },
	{ { .state = INBOX_STATE__MAX, .type = "a" }, 0 },
	{ { .state = INBOX_DONE, .type = "a.b" }, 10 },
	{ { .state = INBOX_STATE__MAX, .text = "evt_0_033" }, 1 },
	{ { .state = INBOX_STATE__MAX, .text = "sub_3" }, 10 },
	{ { .state = INBOX_FAILED, .text = "sub_3" }, 1 },
	{ { .state = INBOX_STATE__MAX, .type = "a.b", .text = "sub_3" }, 2 },
	{ { .state = INBOX_STATE__MAX, .text = "evt_1_033" }, 0 },
	{ { .state = INBOX_STATE__MAX, .is_live = true }, 100 },
};

Test(inbox_store, pages_show_each_event_once)
{
	fill(false);
	fill(true);
	for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++)
		cr_expect_eq(walk(filters[i].filter), filters[i].n, "filter %zu", i);
}

static struct inbox_counts
counts(void)
{
	struct db_query q = { .arena = &arena };
	struct inbox_counts c;
	PGresult *res;

	inbox_store_counts(&q, false);
	res = fixture_run(&q);
	cr_assert_eq(inbox_store_counts_read(res, &c), ERR_OK);
	PQclear(res);
	return c;
}

Test(inbox_store, counts_those_that_need_a_look)
{
	cr_expect_eq(counts().waiting, 0);
	cr_expect_eq(counts().waiting_since, 0);
	fill(false);
	fill(true);
	fixture_exec("UPDATE stripe_events SET state = 'waiting', ended_at = NULL"
		     " WHERE state = 'done' AND object_id = 'sub_6'");
	cr_expect_eq(counts().waiting, 9);
	cr_expect_eq(counts().failed, 10);
	cr_expect_eq(counts().waiting_since, 1767225601);
}

Test(inbox_store, counting_ends_somewhere)
{
	fixture_exec("INSERT INTO stripe_events (id, source, is_live, type)"
		     " SELECT 'evt_' || n, 'webhook', false, 'x' FROM generate_series(1, 10100) n");
	cr_expect_eq(counts().waiting, INBOX_COUNT_MAX + 1);
}

/* ---- Keeping for a time ---- */

Test(inbox_store, forgets_what_is_old)
{
	struct db_query q = { .arena = &arena };

	fixture_exec("INSERT INTO stripe_events (id, source, is_live, type, received_at, state,"
		     " ended_at, body) VALUES"
		     " ('evt_new', 'webhook', false, 'x', now(), 'done', now(), '{}'),"
		     " ('evt_month', 'webhook', false, 'x', now() - interval '35 days', 'done',"
		     " now(), '{}'),"
		     " ('evt_year', 'webhook', false, 'x', now() - interval '400 days', 'failed',"
		     " now(), '{}'),"
		     " ('evt_stuck', 'webhook', false, 'x', now() - interval '400 days', 'waiting',"
		     " NULL, '{}')");
	inbox_store_purge(&q, 30, 365);
	cr_expect_eq(number(&q), 2);
	cr_expect_eq(number(&q), 0);
	cr_expect_str_eq(one("evt_new").body, "{}");
	cr_expect_null(one("evt_month").body);
	cr_expect_str_eq(one("evt_stuck").body, "{}", "it has not been obeyed yet");
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_events"), 3);
}

/* ---- Several at once: what they do must be committed ---- */

static void
begin_committed(void)
{
	fixture_open();
	fixture_exec("DELETE FROM stripe_events WHERE id LIKE 'evt_inbox_test_%'");
}

static void
end_committed(void)
{
	fixture_exec("DELETE FROM stripe_events WHERE id LIKE 'evt_inbox_test_%'");
	fixture_close();
}

TestSuite(inbox_store_at_once, .init = begin_committed, .fini = end_committed);

/* While another one is in the middle of taking some, the rest is taken without waiting. */
Test(inbox_store_at_once, nobody_waits_and_nothing_is_taken_twice)
{
	struct db_sync *other = fixture_connect();
	struct events mine, theirs;

	fixture_exec("INSERT INTO stripe_events (id, source, is_live, type, due_at)"
		     " SELECT 'evt_inbox_test_' || n, 'webhook', false, 'x',"
		     " now() - interval '1 year' FROM generate_series(1, 40) n");
	cr_assert_eq(db_sync_script(other, "SET lock_timeout = '2s'; BEGIN"), ERR_OK);
	fixture_exec("BEGIN");
	mine = claim_by(db, 25, 60);
	theirs = claim_by(other, 15, 60);
	cr_expect_eq(mine.n, 25);
	cr_expect_eq(theirs.n, 15);
	for (size_t i = 0; i < mine.n; i++)
		for (size_t k = 0; k < theirs.n; k++)
			cr_expect_str_neq(mine.v[i].id, theirs.v[k].id);
	fixture_exec("ROLLBACK");
	cr_assert_eq(db_sync_script(other, "COMMIT"), ERR_OK);
	db_sync_close(other);
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_events WHERE id LIKE"
				    " 'evt_inbox_test_%' AND claimed_until IS NULL"),
	    25, "what was not committed is free again");
}

/* The same event from two sides at once: one of them is told that it is new. */
Test(inbox_store_at_once, a_duplicate_at_the_same_moment)
{
	struct db_sync *other = fixture_connect();
	struct inbox_event e = event("evt_inbox_test_1");
	struct db_query q = { .arena = &arena };
	bool is_new = true;
	PGresult *res;

	fixture_exec("BEGIN");
	cr_expect(put(&e));
	inbox_store_put(&q, &e);
	cr_assert_eq(
	    PQsendQueryParams(db_sync_conn(other), q.sql, q.n, NULL, q.values, NULL, NULL, 0), 1);
	fixture_exec("COMMIT");
	res = PQgetResult(db_sync_conn(other));
	cr_assert_eq(inbox_store_put_read(res, &is_new), ERR_OK, "%s", PQresultErrorMessage(res));
	cr_expect_not(is_new);
	PQclear(res);
	cr_assert_null(PQgetResult(db_sync_conn(other)));
	db_sync_close(other);
}
