/* What pages read of the mirror, and the one customer that an account has at Stripe. */
#include "billing/billing_store.h"

#include <string.h>

#include "billing/plan_price_store.h"
#include "db_fixture.h"

static int64_t user_id;

static void
begin(void)
{
	fixture_begin();
	fixture_exec("DELETE FROM plan_prices; DELETE FROM stripe_prices;"
		     "DELETE FROM stripe_customers");
	user_id = fixture_number("INSERT INTO users (keycloak_sub, issuer) VALUES ('billing', 'x')"
				 " RETURNING id");
	fixture_exec(
	    "INSERT INTO stripe_prices (id, is_live, currency, unit_amount, period, period_count,"
	    " is_active, object, read_at) VALUES"
	    " ('month', false, 'eur', 900, 'month', 1, true, '{}', now()),"
	    " ('year', false, 'eur', 9000, 'year', 1, true, '{}', now()),"
	    " ('half', false, 'eur', 0.5, 'month', 1, true, '{\"transform_quantity\":null}', "
	    "now()),"
	    " ('tiers', false, 'eur', NULL, 'month', 1, true,"
	    "  '{\"billing_scheme\":\"tiered\"}', now()),"
	    " ('packs', false, 'eur', 100, 'month', 1, true,"
	    "  '{\"transform_quantity\":{\"divide_by\":10}}', now()),"
	    " ('metered', false, 'eur', 1, 'month', 1, true,"
	    "  '{\"recurring\":{\"usage_type\":\"metered\"}}', now()),"
	    " ('gone', false, 'eur', 900, 'month', 1, false, '{}', now()),"
	    " ('once', false, 'eur', 900, NULL, NULL, true, '{}', now()),"
	    " ('live', true, 'eur', 900, 'month', 1, true, '{}', now());"
	    "INSERT INTO plan_prices (price_id, plan, is_offered) SELECT id, 'pro', true"
	    " FROM stripe_prices;"
	    "INSERT INTO plan_prices VALUES ('unread', 'pro', true)");
}

TestSuite(billing_store, .init = begin, .fini = fixture_close);

static void
customer(const char *id, const char *more)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO stripe_customers (id, is_live, user_id) VALUES ('%s', false, %lld); %s",
	    id, (long long)user_id, more));
}

static void
subscription(const char *id, const char *status, const char *price, const char *terms)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,"
	    " created_at, ended_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at,"
	    " read_at) VALUES ('%s', false, 'cus_1', '%s', 'eur', now(),"
	    " CASE WHEN '%s' = 'canceled' THEN now() END, '%s', 0, 0, 0, 0, now(), now());"
	    "INSERT INTO stripe_subscription_items (id, subscription_id, price_id, quantity)"
	    " VALUES ('si_%s', '%s', '%s', 2)",
	    id, status, status, terms, id, id, price));
}

/* ---- Prices ---- */

static struct billing_offers
offers(bool is_live)
{
	struct db_query q = { .arena = &arena };
	struct billing_offers list;
	PGresult *res;

	billing_store_offers(&q, is_live);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_offers_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

Test(billing_store, only_what_can_be_bought_is_offered)
{
	struct billing_offers list = offers(false);

	fixture_exec("UPDATE plan_prices SET is_offered = false WHERE price_id = 'packs'");
	list = offers(false);
	cr_assert_eq(list.n, 4);
	cr_expect_str_eq(list.v[0].price_id, "half");
	cr_expect_eq(list.v[0].amount, BILLING_UNKNOWN, "no whole minor units");
	cr_expect_str_eq(list.v[1].price_id, "month");
	cr_expect_eq(list.v[1].amount, 900);
	cr_expect_str_eq(list.v[2].price_id, "tiers");
	cr_expect_eq(list.v[2].amount, BILLING_UNKNOWN);
	cr_expect_str_eq(list.v[3].period, "year");
	cr_expect_eq(offers(true).n, 1);
}

/* ---- Subscriptions ---- */

static struct billing_subscriptions
subscriptions(void)
{
	struct db_query q = { .arena = &arena };
	struct billing_subscriptions list;
	PGresult *res;

	billing_store_subscriptions(&q, user_id, false);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_subscriptions_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

static const struct {
	const char *price, *terms;
	int64_t amount;
} charges[] = {
	{ "month", "{}", 1800 },
	{ "half", "{}", 1 },
	{ "tiers", "{}", BILLING_UNKNOWN },
	{ "packs", "{}", BILLING_UNKNOWN },
	{ "nowhere", "{}", BILLING_UNKNOWN },
	{ "month", "{\"discounts\":[{\"id\":\"di_1\"}]}", BILLING_UNKNOWN },
	{ "month", "{\"discounts\":[],\"items\":{\"data\":[{\"discounts\":[]}]}}", 1800 },
	{ "month", "{\"items\":{\"data\":[{\"discounts\":[\"di_1\"]}]}}", BILLING_UNKNOWN },
	{ "month", "{\"schedule\":{\"phases\":[{}]}}", BILLING_UNKNOWN },
};

Test(billing_store, the_next_charge_is_said_where_it_is_certain)
{
	customer("cus_1", "");
	for (size_t i = 0; i < sizeof(charges) / sizeof(charges[0]); i++) {
		struct billing_subscriptions list;

		fixture_exec("DELETE FROM stripe_subscriptions");
		subscription("sub_1", "active", charges[i].price, charges[i].terms);
		list = subscriptions();
		cr_assert_eq(list.n, 1);
		cr_expect_eq(list.v[0].next_amount, charges[i].amount, "%zu: %lld", i,
		    (long long)list.v[0].next_amount);
	}
	fixture_exec("DELETE FROM stripe_subscriptions");
	subscription("sub_1", "active", "month", "{}");
	fixture_exec("UPDATE stripe_customers SET has_discount = true");
	cr_expect_eq(subscriptions().v[0].next_amount, BILLING_UNKNOWN, "coupon of the customer");
}

Test(billing_store, several_items_of_one_period_are_one_charge)
{
	customer("cus_1", "");
	subscription("sub_1", "active", "month", "{}");
	fixture_exec("INSERT INTO stripe_subscription_items VALUES"
		     " ('si_2', 'sub_1', 'packs', NULL, NULL)");
	cr_expect_eq(subscriptions().v[0].next_amount, BILLING_UNKNOWN, "metered");
	fixture_exec("UPDATE stripe_subscription_items SET quantity = 1, price_id = 'month'"
		     " WHERE id = 'si_2'");
	cr_expect_eq(subscriptions().v[0].next_amount, 2700);
	fixture_exec("UPDATE stripe_subscription_items SET price_id = 'year' WHERE id = 'si_2'");
	cr_expect_eq(subscriptions().v[0].next_amount, BILLING_UNKNOWN, "two periods");
}

Test(billing_store, living_ones_come_first)
{
	struct billing_subscriptions list;

	customer("cus_1", "");
	subscription("sub_1", "canceled", "month", "{}");
	subscription("sub_2", "past_due", "month", "{}");
	subscription("sub_3", "a word of later", "nowhere", "{}");
	subscription("sub_4", "canceled", "month", "{}");
	fixture_exec("UPDATE stripe_subscriptions SET ended_at = now() - interval '91 days'"
		     " WHERE id = 'sub_4'");
	list = subscriptions();
	cr_assert_eq(list.n, 3);
	cr_expect_str_eq(list.v[0].id, "sub_2");
	cr_expect_str_eq(list.v[0].plans, "pro");
	cr_expect_eq(billing_living(&list), &list.v[0]);
	cr_expect_eq(billing_in_trouble(&list), &list.v[0]);
	cr_expect_str_eq(list.v[2].id, "sub_3");
	cr_expect_eq(list.v[2].status, BILLING_OTHER);
	cr_expect_null(list.v[2].plans);
}

/* ---- Credit ---- */

static struct billing_credit
credit(void)
{
	struct db_query q = { .arena = &arena };
	struct billing_credit c;
	PGresult *res;

	billing_store_credit(&q, user_id, false, 10);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_credit_read(res, &arena, &c), ERR_OK);
	PQclear(res);
	return c;
}

Test(billing_store, credit_of_a_customer_that_was_not_read_is_unknown)
{
	cr_expect_not(credit().is_unknown, "without a customer there is none");
	customer("cus_1", "");
	cr_expect(credit().is_unknown);
	fixture_exec("UPDATE stripe_customers SET balance_minor = 0");
	cr_expect_not(credit().is_unknown);
	cr_expect_null(credit().currency);
}

Test(billing_store, credit_is_what_the_account_has)
{
	struct billing_credit c;

	customer("cus_1",
	    "UPDATE stripe_customers SET currency = 'eur', balance_minor = -1100;"
	    "INSERT INTO stripe_balance_entries VALUES"
	    " ('a', 'cus_1', 'adjustment', 'granted', -2000, -2000, 'eur', '2026-01-01', false),"
	    " ('b', 'cus_1', 'applied_to_invoice', 'used', 900, NULL, 'eur', '2026-02-01', false)");
	c = credit();
	cr_expect_eq(c.balance, 1100);
	cr_assert_eq(c.n, 2);
	cr_expect_str_eq(c.v[0].kind, "used");
	cr_expect_eq(c.v[0].amount, -900);
	cr_expect_eq(c.v[0].balance, BILLING_UNKNOWN);
	cr_expect_eq(c.v[1].balance, 2000);
}

/* ---- Invoices ---- */

static struct billing_invoices
invoices(int64_t before_us, const char *before_id, int64_t n)
{
	struct db_query q = { .arena = &arena };
	struct billing_invoices list;
	PGresult *res;

	billing_store_invoices(&q, user_id, false, before_us, before_id, n);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_invoices_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

Test(billing_store, a_payment_is_listed_once_with_what_was_paid_back)
{
	struct billing_invoices list;

	customer("cus_1",
	    "INSERT INTO stripe_invoices (id, is_live, customer_id, status, currency, total_minor,"
	    " amount_paid_minor, created_at, read_at) VALUES"
	    " ('in_1', false, 'cus_1', 'paid', 'eur', 900, 900, '2026-01-01 10:00:00.123456', "
	    "now()),"
	    " ('in_2', false, 'cus_1', 'draft', 'eur', 900, 0, '2026-01-02', now());"
	    "INSERT INTO stripe_payment_intents (id, is_live, customer_id, invoice_id, status,"
	    " currency, amount_minor, amount_received_minor, created_at, read_at, receipt_url)"
	    " VALUES ('pi_1', false, 'cus_1', 'in_1', 'succeeded', 'eur', 900, 900, now(), now(), "
	    "NULL),"
	    " ('pi_2', false, 'cus_1', NULL, 'succeeded', 'eur', 500, 500,"
	    "  '2026-01-01 10:00:00.123456', now(), 'https://example.org/receipt'),"
	    " ('pi_3', false, 'cus_1', NULL, 'canceled', 'eur', 500, 0, now(), now(), NULL);"
	    "INSERT INTO stripe_refunds (id, is_live, payment_intent_id, amount_minor, currency,"
	    " status, created_at, read_at) VALUES"
	    " ('re_1', false, 'pi_1', 100, 'eur', 'succeeded', now(), now()),"
	    " ('re_2', false, 'pi_1', 50, 'eur', 'succeeded', now(), now()),"
	    " ('re_3', false, 'pi_1', 700, 'eur', 'failed', now(), now()),"
	    " ('re_4', false, 'pi_2', 500, 'eur', 'succeeded', now(), now())");
	list = invoices(0, "", 10);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].id, "pi_2", "of the same moment by id");
	cr_expect(list.v[0].is_payment);
	cr_expect_str_eq(list.v[0].hosted_url, "https://example.org/receipt");
	cr_expect_eq(list.v[0].refunded, 500);
	cr_expect_str_eq(list.v[1].id, "in_1");
	cr_expect_eq(list.v[1].refunded, 150);
	list = invoices(list.v[0].created_us, "pi_2", 10);
	cr_assert_eq(list.n, 1, "the page goes on at the very place");
	cr_expect_str_eq(list.v[0].id, "in_1");
	cr_expect_eq(invoices(list.v[0].created_us, "in_1", 10).n, 0);
}

/* However many payments there are, a page looks only at those of its own rows. */
Test(billing_store, invoices_are_found_by_indexes)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	billing_store_invoices(&q, user_id, false, 0, "", 10);
	plan = fixture_plan(&q);
	cr_expect_null(strstr(plan, "Seq Scan"), "%s", plan);
	cr_expect_not_null(strstr(plan, "stripe_payment_intents_invoice_idx"), "%s", plan);
}

/* ---- Customers ---- */

static struct billing_intent
intend(const char *price, const char *nonce)
{
	struct db_query q = { .arena = &arena };
	struct billing_intent intent = { 0 };
	PGresult *res;

	billing_store_intend(&q, user_id, false, price, nonce);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_intend_read(res, &arena, &intent), ERR_OK);
	PQclear(res);
	return intent;
}

static void
made(const char *nonce, const char *id)
{
	struct db_query q = { .arena = &arena };

	billing_store_made(&q, user_id, false, nonce, id, "billing");
	PQclear(fixture_run(&q));
}

static struct billing_intent
renew(const char *old, const char *nonce)
{
	struct db_query q = { .arena = &arena };
	struct billing_intent intent = { 0 };
	PGresult *res;

	billing_store_renew(&q, user_id, false, old, nonce);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_renew_read(res, &arena, &intent), ERR_OK);
	PQclear(res);
	return intent;
}

Test(billing_store, what_is_not_offered_leaves_no_trace)
{
	static const char *const prices[] = { "gone", "metered", "once", "live", "unread",
		"nowhere", "" };

	for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++) {
		struct billing_intent intent = intend(prices[i], "n1");

		cr_expect_not(intent.is_offered, "%s", prices[i]);
		cr_expect_null(intent.nonce);
	}
	cr_expect_eq(fixture_number("SELECT count(*) FROM billing_customers"
				    " JOIN users ON id = user_id WHERE keycloak_sub = 'billing'"),
	    0);
}

Test(billing_store, one_customer_an_account)
{
	struct billing_intent intent = intend("month", "n1");

	cr_expect(intent.is_offered);
	cr_expect_str_eq(intent.plan, "pro");
	cr_expect_str_eq(intent.nonce, "n1");
	cr_expect_null(intent.customer_id);
	cr_expect_str_eq(intend("year", "n2").nonce, "n1", "the first intent is kept");
	made("n1", "cus_a");
	made("n1", "cus_a");
	made("another", "cus_b");
	intent = intend("month", "n3");
	cr_expect_str_eq(intent.customer_id, "cus_a");
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_customers c JOIN users u"
				    " ON u.id = c.user_id WHERE c.id = 'cus_a'"),
	    1);
}

static struct billing_intent
intend_anew(const char *old, const char *nonce)
{
	struct db_query q = { .arena = &arena };
	struct billing_intent intent = { 0 };
	PGresult *res;

	billing_store_intend_anew(&q, user_id, false, old, nonce);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_renew_read(res, &arena, &intent), ERR_OK);
	PQclear(res);
	return intent;
}

Test(billing_store, another_nonce_for_one_that_is_spent)
{
	(void)intend("month", "n1");
	cr_expect_str_eq(intend_anew("n1", "n2").nonce, "n2");
	cr_expect_str_eq(intend_anew("n1", "n3").nonce, "n2", "another request has one already");
	made("n2", "cus_a");
	cr_expect_str_eq(intend_anew("n2", "n4").nonce, "n2", "it was made after all");
	cr_expect_str_eq(intend_anew("n2", "n4").customer_id, "cus_a");
}

Test(billing_store, only_a_proved_address)
{
	cr_expect_null(intend("month", "n1").email);
	fixture_exec("UPDATE users SET email = 'alice@example.org' WHERE keycloak_sub = 'billing'");
	cr_expect_null(intend("month", "n1").email);
	fixture_exec("UPDATE users SET email_verified = true WHERE keycloak_sub = 'billing'");
	cr_expect_str_eq(intend("month", "n1").email, "alice@example.org");
}

Test(billing_store, a_new_one_for_one_that_is_gone)
{
	struct billing_intent intent = intend("month", "n1");

	made("n1", "cus_a");
	intent = renew("cus_a", "n2");
	cr_expect_str_eq(intent.nonce, "n2");
	cr_expect_null(intent.customer_id);
	intent = renew("cus_a", "n3");
	cr_expect_str_eq(intent.nonce, "n2", "another request has begun already");
	made("n2", "cus_b");
	intent = renew("cus_a", "n4");
	cr_expect_str_eq(intent.customer_id, "cus_b", "and has come to an end");
	cr_expect_str_eq(intend("month", "n5").customer_id, "cus_b");
}

Test(billing_store, what_lives_counts_as_bought)
{
	customer("cus_1", "");
	subscription("sub_1", "incomplete", "month", "{}");
	cr_expect_not(intend("month", "n1").has_live);
	cr_expect_str_eq(intend("month", "n1").customer_id, "cus_1", "that we have not made");
	cr_expect_not(intend("month", "n1").is_under_way);
	cr_expect_not(billing_awaits_payment(&(struct billing_subscriptions){ 0 }));
	fixture_exec("UPDATE stripe_subscriptions SET latest_invoice_id = 'in_1';"
		     "INSERT INTO stripe_payment_intents (id, is_live, customer_id, invoice_id,"
		     " status, currency, created_at, read_at)"
		     " VALUES ('pi_1', false, 'cus_1', 'in_1', 'processing', 'eur', now(), now())");
	cr_expect(intend("month", "n1").is_under_way);
	cr_expect(subscriptions().v[0].is_under_way);
	fixture_exec("UPDATE stripe_payment_intents SET status = 'requires_payment_method'");
	cr_expect_not(intend("month", "n1").is_under_way);
	fixture_exec("UPDATE stripe_subscriptions SET status = 'unpaid'");
	cr_expect(intend("month", "n1").has_live);
}

static struct billing_customer
whose_portal(void)
{
	struct db_query q = { .arena = &arena };
	struct billing_customer c;
	PGresult *res;

	billing_store_customer(&q, user_id, false);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_customer_read(res, &arena, &c), ERR_OK);
	PQclear(res);
	return c;
}

Test(billing_store, one_that_was_deleted_has_no_portal)
{
	cr_expect_null(whose_portal().id);
	(void)intend("month", "n1");
	made("n1", "cus_a");
	cr_expect_str_eq(whose_portal().id, "cus_a");
	cr_expect_str_eq(whose_portal().granted_plan, "free");
	customer("cus_1", "UPDATE stripe_customers SET is_deleted = true WHERE id = 'cus_a'");
	cr_expect_str_eq(whose_portal().id, "cus_1", "the one that is linked lives");
	fixture_exec("UPDATE stripe_customers SET is_deleted = true");
	cr_expect_null(whose_portal().id);
}

/* ---- Which price buys what ---- */

static void
set_price(const char *price, const char *plan, bool is_offered)
{
	struct db_query q = { .arena = &arena };

	plan_price_store_set(&q, price, plan, is_offered);
	PQclear(fixture_run(&q));
}

Test(billing_store, setting_a_price_has_plans_looked_at)
{
	static const char checks[] = "SELECT count(*) FROM plan_checks JOIN users ON id = user_id"
				     " WHERE keycloak_sub = 'billing' AND due_at <= now()";

	customer("cus_1", "");
	subscription("sub_1", "active", "month", "{}");
	fixture_exec("DELETE FROM plan_checks");
	set_price("year", "pro", true);
	cr_expect_eq(fixture_number(checks), 0, "nobody pays it");
	set_price("month", "pro", false);
	cr_expect_eq(fixture_number(checks), 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_prices WHERE price_id = 'month'"
				    " AND plan = 'pro' AND NOT is_offered"),
	    1);
	fixture_exec("UPDATE plan_checks SET due_at = now() + interval '3 days'");
	set_price("month", NULL, true);
	cr_expect_eq(fixture_number(checks), 1);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM plan_prices WHERE price_id = 'month'"), 0);
}

Test(billing_store, prices_for_admins)
{
	struct db_query q = { .arena = &arena };
	struct plan_prices list;
	PGresult *res;

	customer("cus_1", "");
	subscription("sub_1", "active", "month", "{}");
	subscription("sub_2", "canceled", "year", "{}");
	fixture_exec("INSERT INTO stripe_subscription_items VALUES"
		     " ('si_2', 'sub_1', 'month', NULL, 1)");
	fixture_exec("DELETE FROM plan_prices WHERE price_id = 'tiers'");
	plan_price_store_list(&q, false);
	res = fixture_run(&q);
	cr_assert_eq(plan_price_store_list_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	cr_assert_eq(list.n, 9, "all but the one of the other world");
	cr_expect_str_eq(list.v[8].id, "tiers", "what buys nothing comes last");
	cr_expect_null(list.v[8].plan);
	cr_expect(list.v[8].is_tiered);
	for (size_t i = 0; i < list.n; i++) {
		if (strcmp(list.v[i].id, "unread") == 0)
			cr_expect_not(list.v[i].is_mirrored);
		if (strcmp(list.v[i].id, "half") == 0)
			cr_expect_str_eq(list.v[i].unit_amount, "0.5");
		cr_expect_eq(list.v[i].is_metered, strcmp(list.v[i].id, "metered") == 0);
		cr_expect_eq(list.v[i].subscriptions, strcmp(list.v[i].id, "month") == 0);
	}
}

/* However many have ended, only what lives is counted. */
Test(billing_store, prices_are_counted_by_what_lives)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	plan_price_store_list(&q, false);
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "stripe_subscriptions_current_idx"), "%s", plan);
}

/* ---- What another plan would have to hold ---- */

static struct billing_usage
usage(void)
{
	struct db_query q = { .arena = &arena };
	struct billing_usage u;
	PGresult *res;

	billing_store_usage(&q, user_id);
	res = fixture_run(&q);
	cr_assert_eq(billing_store_usage_read(res, &arena, &u), ERR_OK);
	PQclear(res);
	return u;
}

static void
bouncer(const char *name, const char *provisioner, const char *told, const char *days, int n)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner, networks_at,"
	    " history_days, sampled_at) VALUES (%lld, '%s', 'x', '%s', %s, %s, now());"
	    "INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)"
	    " SELECT b.id, 'n' || i, 'a', 'connected', now() FROM bouncers b,"
	    " generate_series(1, %d) i WHERE b.name = '%s'",
	    (long long)user_id, name, provisioner, told, days, n, name));
}

Test(billing_store, usage_of_nothing)
{
	struct billing_usage u = usage();

	cr_expect_eq(u.txt_at, 0);
	cr_expect_eq(u.bouncers, 0);
	cr_expect_eq(u.networks, 0);
	cr_expect_gt(u.networks_at, 0, "none is known to be none");
	cr_expect_eq(u.history_days, 0);
}

Test(billing_store, usage_counts_bouncers_and_the_networks_of_the_fullest)
{
	struct billing_usage u;

	fixture_exec("INSERT INTO source_snapshots (user_id, source, answer, answered_at)"
		     " SELECT id, 'txt', '{\"count\":4,\"storage_bytes\":25}', to_timestamp(9)"
		     " FROM users WHERE keycloak_sub = 'billing'");
	bouncer("bill-1", "kubernetes", "to_timestamp(7)", "730", 2);
	bouncer("bill-2", "kubernetes", "to_timestamp(5)", "90", 8);
	bouncer("bill-3", "none", "NULL", "NULL", 40);
	u = usage();
	cr_expect_eq(u.txt_at, 9);
	cr_expect_eq(u.bouncers, 3);
	cr_expect_eq(u.networks, 8, "made by hand, nobody limits it");
	cr_expect_eq(u.networks_at, 5);
	cr_expect_eq(u.history_days, 730);
	bouncer("bill-4", "soju", "NULL", "NULL", 0);
	u = usage();
	cr_expect_eq(u.bouncers, 4);
	cr_expect_eq(u.networks_at, 0, "one has not told yet");
}
