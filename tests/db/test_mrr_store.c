/*
 * The figures of billing against rows counted by hand: who is left out, currencies with and without
 * rates, what time has changed, and what the table of figures then holds.
 */
#include <string.h>

#include "base/json_read.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_figures.h"
#include "billing/fx_store.h"
#include "billing/mrr_store.h"
#include "billing/sync_store.h"
#include "db_fixture.h"

#define NOW INT64_C(1767225600) /* 2026-01-01 */

/* Nothing of other tests; accounts 1 alice, 2 bob, staff, test and banned, customers of each. */
static void
setup(void)
{
	fixture_begin();
	settings.stripe_secret_key = "sk_test_0123456789abcdef";
	settings.reporting_currency = "eur";
	fixture_exec(
	    "DELETE FROM stripe_customers; DELETE FROM plan_prices; DELETE FROM fx_rates;"
	    "DELETE FROM figures; DELETE FROM users;"
	    "INSERT INTO users (keycloak_sub, issuer, is_staff, is_test, is_banned) VALUES"
	    " ('alice', 'i', false, false, false), ('bob', 'i', false, false, false),"
	    " ('staff', 'i', true, false, false), ('test', 'i', false, true, false),"
	    " ('banned', 'i', false, false, true);"
	    "INSERT INTO stripe_customers (id, is_live, user_id)"
	    " SELECT 'cus_' || keycloak_sub, false, id FROM users;"
	    "INSERT INTO stripe_customers (id, is_live, user_id)"
	    " SELECT 'cus_alice2', false, id FROM users WHERE keycloak_sub = 'alice';"
	    "INSERT INTO stripe_customers (id, is_live) VALUES"
	    " ('cus_unlinked', false), ('cus_unlinked2', false);"
	    "CREATE FUNCTION pg_temp.sub(id text, customer text, status text, currency text,"
	    " mrr numeric, billed numeric, committed numeric, trial numeric) RETURNS void"
	    " LANGUAGE sql AS $$ INSERT INTO stripe_subscriptions (id, is_live, customer_id, "
	    "status,"
	    " currency, created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at,"
	    " read_at) VALUES ($1, false, $2, $3, $4, now(), '{}', $5, $6, $7, $8, now(), now()) "
	    "$$");
}

static void
teardown(void)
{
	fixture_close();
}

TestSuite(mrr_store, .init = setup, .fini = teardown);

static void
make_subscriptions(void)
{
	fixture_exec(
	    "SELECT pg_temp.sub('sub_1', 'cus_alice', 'active', 'eur', 900, 720, 900, 0);"
	    "SELECT pg_temp.sub('sub_2', 'cus_alice2', 'active', 'usd', 833.333333333333,"
	    " 833.333333333333, 0, 0);"
	    "SELECT pg_temp.sub('sub_3', 'cus_bob', 'past_due', 'eur', 100.5, 100.5, 100.5, 0);"
	    "SELECT pg_temp.sub('sub_4', 'cus_unlinked', 'active', 'eur', 0.000000000001, 0, 0, 0);"
	    "SELECT pg_temp.sub('sub_5', 'cus_unlinked2', 'trialing', 'jpy', 0, 0, 0, 980);"
	    "SELECT pg_temp.sub('sub_6', 'cus_bob', 'active', 'eur', 0, 0, 0, 0);"
	    /* not counted: staff, test, banned, the other world */
	    "SELECT pg_temp.sub('sub_s', 'cus_staff', 'active', 'eur', 7000, 7000, 7000, 0);"
	    "SELECT pg_temp.sub('sub_t', 'cus_test', 'active', 'chf', 7000, 7000, 7000, 0);"
	    "SELECT pg_temp.sub('sub_b', 'cus_banned', 'past_due', 'eur', 7000, 7000, 7000, 0);"
	    "SELECT pg_temp.sub('sub_l', 'cus_alice', 'active', 'eur', 7000, 7000, 7000, 0);"
	    "UPDATE stripe_subscriptions SET is_live = true WHERE id = 'sub_l';"
	    /* paused: counts nothing, and is no active one */
	    "SELECT pg_temp.sub('sub_p', 'cus_bob', 'active', 'eur', 0, 0, 0, 0);"
	    "UPDATE stripe_subscriptions SET is_paused = true WHERE id = 'sub_p';"
	    /* ended */
	    "SELECT pg_temp.sub('sub_e' || n, CASE n WHEN 6 THEN 'cus_staff' ELSE 'cus_bob' END,"
	    " CASE n WHEN 4 THEN 'incomplete_expired' ELSE 'canceled' END, 'eur', 0, 0, 0, 0)"
	    " FROM generate_series(1, 7) n;"
	    "UPDATE stripe_subscriptions SET ended_at = now() - CASE id"
	    " WHEN 'sub_e1' THEN interval '30 days' WHEN 'sub_e2' THEN interval '30 days 1 second'"
	    " WHEN 'sub_e3' THEN interval '0' ELSE interval '1 day' END WHERE id LIKE 'sub\\_e_';"
	    "UPDATE stripe_subscriptions SET canceled_at = now() - interval '1 year'"
	    " WHERE id = 'sub_e1';"
	    "UPDATE stripe_subscriptions SET trial_end_at = ended_at WHERE id = 'sub_e5';"
	    "UPDATE stripe_subscriptions SET trial_end_at = ended_at - interval '1 second'"
	    " WHERE id = 'sub_e7';"
	    "INSERT INTO plan_prices (price_id, plan) VALUES ('price_1', 'pro'), ('price_2', "
	    "'pro'),"
	    " ('price_3', 'team');"
	    "INSERT INTO stripe_subscription_items (id, subscription_id, price_id) VALUES"
	    " ('si_1', 'sub_1', 'price_1'), ('si_1b', 'sub_1', 'price_2'),"
	    " ('si_1c', 'sub_1', 'price_9'), ('si_2', 'sub_2', 'price_3'),"
	    " ('si_2b', 'sub_2', 'price_1'), ('si_3', 'sub_3', 'price_9'),"
	    " ('si_5', 'sub_5', 'price_1');");
}

static struct figure_list
count(bool is_live, struct strbuf *missing)
{
	struct figure_list list = { 0 };

	cr_assert_eq(billing_figures_count(&list, &arena, db, is_live, "eur", missing), ERR_OK,
	    "%s", db_sync_error(db));
	return list;
}

struct want {
	const char *name, *label, *value; /* NULL: not known */
};

static void
expect(const struct figure_list *list, const struct want *want, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *value = figure_list_value(list, want[i].name, want[i].label);

		cr_expect_str_eq(value == NULL ? "unknown" : value,
		    want[i].value == NULL ? "unknown" : want[i].value, "%s of \"%s\": %s",
		    want[i].name, want[i].label, value == NULL ? "unknown" : value);
	}
}

#define EXPECT(list, ...)                                                                          \
	do {                                                                                       \
		const struct want want_[] = { __VA_ARGS__ };                                       \
		expect((list), want_, sizeof(want_) / sizeof(want_[0]));                           \
	} while (0)

Test(mrr_store, nobody)
{
	struct figure_list list = count(false, NULL);

	EXPECT(&list, { "mrr", "sum/eur", "0" }, { "trial_mrr", "sum/eur", "0" },
	    { "mrr", "eur", NULL }, { "subscriptions_active", "", "0" },
	    { "subscriptions_canceled_30d", "", "0" }, { "paying_customers", "", "0" },
	    { "rate", "usd", NULL });
}

Test(mrr_store, without_rates)
{
	struct strbuf missing = { 0 };
	struct figure_list list;

	make_subscriptions();
	list = count(false, &missing);
	EXPECT(&list, { "mrr", "eur", "1000.500000000001" }, { "mrr", "usd", "833.333333333333" },
	    { "mrr", "jpy", "0" }, { "mrr", "chf", NULL }, { "mrr", "sum/eur", NULL },
	    { "billed_mrr", "eur", "820.5" }, { "committed_mrr", "eur", "1000.5" },
	    /* dollars are scheduled to end and yen are on trial, so euros are all there is */
	    { "committed_mrr", "sum/eur", "1000.5" }, { "at_risk_mrr", "eur", "100.5" },
	    { "at_risk_mrr", "usd", "0" }, { "at_risk_mrr", "sum/eur", "100.5" },
	    { "trial_mrr", "jpy", "980" }, { "trial_mrr", "sum/eur", NULL });
	cr_expect_str_eq(strbuf_text(&missing), "usd, jpy");
	strbuf_free(&missing);
}

Test(mrr_store, counts)
{
	struct figure_list list;

	make_subscriptions();
	list = count(false, NULL);
	EXPECT(&list, { "subscriptions_active", "", "5" }, /* 1, 2, 3, 4, 6 */
	    { "subscriptions", "active", "5" },		   /* and the paused one, without 3 */
	    { "subscriptions", "past_due", "1" }, { "subscriptions", "trialing", "1" },
	    { "subscriptions", "canceled", NULL }, { "subscriptions_by_plan", "pro", "2" },
	    { "subscriptions_by_plan", "team", "1" }, { "subscriptions_by_plan", "none", "3" },
	    /* alice with two customers, bob, and one whose account is not known */
	    { "paying_customers", "", "3" },
	    /* 1, 3 and 7: not the one a second too old, the failed one, the trial, staff */
	    { "subscriptions_canceled_30d", "", "3" });
	list = count(true, NULL);
	EXPECT(&list, { "mrr", "eur", "7000" }, { "mrr", "sum/eur", "7000" },
	    { "mrr", "usd", NULL }, { "paying_customers", "", "1" },
	    { "subscriptions_canceled_30d", "", "0" });
}

Test(mrr_store, with_rates)
{
	struct fx_rate rates[] = {
		{ "2020-01-01", "usd", "0.5" },
		{ "2025-12-31", "usd", "0.92" },
		{ "2999-01-01", "usd", "9" }, /* not yet */
		{ "2025-12-31", "jpy", "0.0062" },
	};
	struct fx_rate_list in = { rates, 4 };
	struct db_query q = { .arena = &arena };
	struct strbuf missing = { 0 };
	struct figure_list list;

	make_subscriptions();
	fx_store_put(&q, &in);
	PQclear(fixture_run(&q));
	list = count(false, &missing);
	/* 1000.500000000001 + 833.333333333333 × 0.92; 980 yen are 607.6 cents */
	EXPECT(&list, { "mrr", "sum/eur", "1767.166666666667" },
	    { "billed_mrr", "sum/eur", "1587.166666666666" }, { "trial_mrr", "sum/eur", "607.6" },
	    { "rate", "usd", NULL });
	cr_expect_str_eq(strbuf_text(&missing), "");
	/* given again for a day: the new one counts */
	rates[0] = (struct fx_rate){ "2025-12-31", "usd", "1" };
	in.n = 1;
	fx_store_put(&q, &in);
	PQclear(fixture_run(&q));
	list = count(false, NULL);
	EXPECT(&list, { "mrr", "sum/eur", "1833.833333333334" });
}

Test(mrr_store, latest_rates)
{
	struct db_query q = { .arena = &arena };
	struct fx_rate_list list;
	PGresult *res;

	fixture_exec("INSERT INTO fx_rates (day, currency, rate) VALUES ('2025-01-01', 'usd', 0.9),"
		     " ('2026-01-01', 'usd', 0.92), ('2026-01-01', 'kwd', 3);"
		     "INSERT INTO figures (name, label, value, at) VALUES ('mrr', 'jpy', 1, now()),"
		     " ('mrr', 'sum/eur', 1, now()), ('mrr', 'eur', 1, now()), ('billed_mrr', "
		     "'chf', 1, now())");
	fx_store_latest(&q, "eur");
	res = fixture_run(&q);
	cr_assert_eq(fx_store_rows(res, &arena, &list), ERR_OK);
	PQclear(res);
	cr_assert_eq(list.n, 3);
	cr_expect_str_eq(list.v[0].currency, "jpy");
	cr_expect_null(list.v[0].rate);
	cr_expect_str_eq(list.v[1].currency, "kwd");
	cr_expect_str_eq(list.v[2].currency, "usd");
	cr_expect_str_eq(list.v[2].rate, "0.92");
	cr_expect_str_eq(list.v[2].day, "2026-01-01");
}

/* ---- The job ---- */

static struct figure_list
stored(void)
{
	struct db_query q = { .arena = &arena };
	struct figure_list list = { 0 };
	PGresult *res;

	figure_store_all(&q);
	res = fixture_run(&q);
	cr_assert_eq(figure_store_rows(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

Test(mrr_store, figures_are_replaced)
{
	struct figure_list list;
	int64_t n;

	make_subscriptions();
	fixture_exec(
	    "INSERT INTO figures (name, label, value, at) VALUES"
	    " ('mrr', 'sum/eur', 5, now()), ('mrr', 'xau', 5, now()), ('users', '', 7, now())");
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	cr_expect_eq(n, 0);
	list = stored();
	EXPECT(&list, { "mrr", "eur", "1000.500000000001" }, { "mrr", "sum/eur", NULL },
	    { "mrr", "xau", NULL }, { "users", "", "7" }, { "subscriptions_active", "", "5" });
	for (size_t i = 0; i < list.n; i++)
		cr_expect(list.v[i].at == NOW || strcmp(list.v[i].name, "users") == 0);
	/* without billing nothing is known, and other figures stay */
	settings.stripe_secret_key = "";
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	list = stored();
	cr_expect_eq(list.n, 1);
}

static void
compared(bool is_live)
{
	struct db_query q = { .arena = &arena };

	sync_store_put_drift(&q, is_live, 0);
	PQclear(fixture_run(&q));
}

/* Nobody has looked yet: there may be a thousand. What waits here is counted all the same. */
Test(mrr_store, unknown_before_stripe_was_asked)
{
	struct figure_list list;
	bool are_known = true;
	int64_t n;

	fixture_exec(
	    "DELETE FROM figures; DELETE FROM stripe_subscriptions; DELETE FROM stripe_cursors");
	cr_assert_eq(billing_figures_are_known(db, &arena, &are_known), ERR_OK);
	cr_expect(!are_known);
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	list = stored();
	EXPECT(&list, { "mrr", "sum/eur", NULL }, { "subscriptions_active", "", NULL },
	    { "paying_customers", "", NULL }, { "stripe_webhook_backlog", "", "0" });
	compared(!billing_is_live());
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	list = stored();
	EXPECT(&list, { "mrr", "sum/eur", NULL }); /* that was Stripe's other world */
	compared(billing_is_live());
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	list = stored();
	EXPECT(&list, { "mrr", "sum/eur", "0" }, { "subscriptions_active", "", "0" },
	    { "paying_customers", "", "0" });
}

#define TERMS                                                                                      \
	"{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"eur\",\"discounts\":[{\"id\":"     \
	"\"di_1\",\"end\":1767225600,\"source\":{\"coupon\":{\"duration\":\"repeating\","          \
	"\"percent_off\":20}}}],\"items\":{\"data\":[{\"id\":\"si_1\",\"price\":{\"id\":"          \
	"\"price_1\",\"unit_amount\":900,\"recurring\":{\"interval\":\"month\"}}}]}}"

/* At the end of its discount it is computed anew, once, and the change is kept with that moment. */
Test(mrr_store, time_changes_figures)
{
	int64_t n;

	fixture_exec("SELECT pg_temp.sub('sub_1', 'cus_alice', 'active', 'eur', 900, 720, 900, 0);"
		     "INSERT INTO stripe_subscription_items (id, subscription_id, price_id) VALUES"
		     " ('si_2', 'sub_1', 'price_2'), ('si_1', 'sub_1', 'price_1');"
		     "UPDATE stripe_subscriptions SET terms = '" TERMS "',"
		     " mrr_changes_at = to_timestamp(1767225600)");
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW - 1, &n), ERR_OK);
	cr_expect_eq(n, 0);
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW + 60, &n), ERR_OK);
	cr_expect_eq(n, 1);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM stripe_subscriptions WHERE billed_mrr = 900"
			   " AND mrr_flags = '{discount_ended}' AND mrr_changes_at IS NULL"
			   " AND mrr_at = to_timestamp(1767225660)"),
	    1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_subscription_changes"
				    " WHERE at = to_timestamp(1767225600) AND billed_mrr = 900"
				    " AND prices = '{price_1,price_2}'"),
	    1);
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW + 120, &n), ERR_OK);
	cr_expect_eq(n, 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_subscription_changes"), 1);
}

/* More than one batch, one of which cannot be read: the others are not kept from it. */
Test(mrr_store, many_and_one_that_cannot_be_read)
{
	int64_t n;

	fixture_exec(
	    "SELECT pg_temp.sub('sub_' || n, 'cus_alice', 'active', 'eur', 900, 720, 900, 0)"
	    " FROM generate_series(1, 450) n;"
	    "UPDATE stripe_subscriptions SET terms = CASE id WHEN 'sub_7' THEN '{}'"
	    " ELSE '" TERMS "' END::jsonb, mrr_changes_at = to_timestamp(1767225600)");
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW, &n), ERR_OK);
	cr_expect_eq(n, 450);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM stripe_subscriptions WHERE billed_mrr = 900"),
	    449);
	cr_expect_eq(fixture_number("SELECT sum(billed_mrr)::bigint FROM stripe_subscriptions"
				    " WHERE id = 'sub_7' AND mrr_changes_at IS NOT NULL"),
	    720);
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW + 300, &n), ERR_OK);
	cr_expect_eq(n, 0, "not every five minutes");
	cr_assert_eq(billing_figures_refresh(db, &arena, NOW + 86400, &n), ERR_OK);
	cr_expect_eq(n, 1, "but every day");
}

/* A newer object that came between the reading and the writing is not overwritten. */
Test(mrr_store, newer_object_wins)
{
	struct db_query q = { .arena = &arena };
	struct mrr m = { .mrr = "1", .billed = "1", .committed = "1", .trial = "0" };
	struct mrr_row *rows;
	PGresult *res;
	size_t nrows;

	fixture_exec("SELECT pg_temp.sub('sub_1', 'cus_alice', 'active', 'eur', 900, 720, 900, 0)");
	mrr_store_one(&q, "sub_1");
	res = fixture_run(&q);
	cr_assert_eq(mrr_store_rows(res, &arena, &rows, &nrows), ERR_OK);
	PQclear(res);
	cr_assert_eq(nrows, 1);
	fixture_exec("UPDATE stripe_subscriptions SET read_at = read_at + interval '1 us'");
	mrr_store_save(&q, rows, &m, 1, NOW);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT mrr::bigint FROM stripe_subscriptions"), 900);
	fixture_exec("UPDATE stripe_subscriptions SET read_at = read_at - interval '1 us'");
	mrr_store_save(&q, rows, &m, 1, NOW);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT mrr::bigint FROM stripe_subscriptions"), 1);
}

/* What has ended is not read to add up what has not. */
Test(mrr_store, cost_does_not_grow_with_history)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	fixture_exec("SELECT pg_temp.sub('sub_' || n, 'cus_bob', 'canceled', 'eur', 0, 0, 0, 0)"
		     " FROM generate_series(1, 2000) n;"
		     "UPDATE stripe_subscriptions SET ended_at = now() - interval '1 year';"
		     "ANALYZE stripe_subscriptions");
	mrr_store_figures(&q, false);
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "stripe_subscriptions_current_idx"), "%s", plan);
	cr_expect_not_null(strstr(plan, "stripe_subscriptions_ended_at_idx"), "%s", plan);
}
