/* Stripe's objects as rows: the later look wins, whatever the order; history, links, money. */
#include <string.h>

#include "base/clock.h"
#include "billing/mirror.h"
#include "billing/mirror_money_store.h"
#include "billing/sync_store.h"
#include "db_fixture.h"

TestSuite(mirror, .init = fixture_begin, .fini = fixture_close);

/* Our own may be wrong. */
Test(mirror, what_time_it_is_says_the_database)
{
	struct mirror m = { .db = db, .clock = { 1000, clock_monotonic_us() } };
	int64_t at_us = mirror_now_us(&m);

	cr_expect(at_us >= 1000 && at_us < 30000000, "kept for a while: %lld", (long long)at_us);
	m.clock.monotonic_us -= 61 * INT64_C(1000000);
	at_us = mirror_now_us(&m);
	fixture_exec(arena_printf(&arena,
	    "DO $$ BEGIN ASSERT abs(extract(epoch FROM clock_timestamp()) - %lld) < 30; END $$",
	    (long long)(at_us / 1000000)));
	cr_expect_geq(mirror_now_us(&m), at_us);
}

#define T 1700000000
#define US(s) ((T + (s)) * INT64_C(1000000))

static struct mirror_put
put_of(struct db_query *q)
{
	struct mirror_put put = { 0 };
	PGresult *res = fixture_run(q);

	cr_assert_eq(mirror_store_put_read(res, &arena, &put), ERR_OK);
	PQclear(res);
	return put;
}

static struct mirror_put
put_customer(const char *sub, int64_t balance, int64_t at)
{
	struct stripe_customer c = { .id = "cus_1",
		.user_sub = sub,
		.currency = "eur",
		.balance_minor = balance,
		.created_at = T };
	struct db_query q = { .arena = &arena };

	mirror_store_put_customer(&q, &c, false, US(at));
	return put_of(&q);
}

static struct mirror_put
lock_customer(const char *sub)
{
	struct db_query q = { .arena = &arena };

	mirror_store_lock_customer(&q, "cus_1", false, sub);
	return put_of(&q);
}

static const struct stripe_item one[] = { { "si_1", "price_a", "prod_1", 1 } },
				other[] = { { "si_2", "price_b", NULL, STRIPE_UNKNOWN },
					{ "si_3", "price_c", NULL, 2 } };
static const struct mrr worth_9 = { .mrr = "900",
	.billed = "900",
	.committed = "900",
	.trial = "0" },
			worth_0 = { .mrr = "0", .billed = "0", .committed = "0", .trial = "0" };

struct look {
	const char *status;
	const struct mrr *mrr;
	const struct stripe_item *items;
	size_t n;
	int64_t canceled_at, ended_at, event_at, read_at;
};

static struct mirror_put
put_subscription(const struct look *l)
{
	struct stripe_subscription s = { .id = "sub_1",
		.customer_id = "cus_1",
		.status = l->status,
		.currency = "eur",
		.created_at = T,
		.canceled_at = l->canceled_at,
		.ended_at = l->ended_at };
	struct mirror_subscription_row row = { .sub = &s,
		.mrr = l->mrr,
		.mrr_flags = "{}",
		.terms = "{\"status\": \"active\"}",
		.items = mirror_store_items(&arena, l->items, l->n),
		.mrr_at = T + l->read_at,
		.event_at = l->event_at,
		.read_at_us = US(l->read_at) };
	struct db_query q = { .arena = &arena };

	lock_customer(NULL);
	mirror_store_put_subscription(&q, &row);
	return put_of(&q);
}

static void
expect_text(const char *sql, const char *want)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;

	db_query_write(&q, sql);
	res = fixture_run(&q);
	cr_assert_eq(PQntuples(res), 1, "%s", sql);
	cr_expect_str_eq(PQgetvalue(res, 0, 0), want, "%s: %s", sql, PQgetvalue(res, 0, 0));
	PQclear(res);
}

#define HISTORY                                                                                    \
	"SELECT coalesce(string_agg(status || ' ' || mrr::bigint || ' ' || (extract(epoch FROM "   \
	"at)"                                                                                      \
	"::bigint - 1700000000) || ' ' || array_to_string(prices, '+'), ', ' ORDER BY id), '')"    \
	" FROM stripe_subscription_changes WHERE subscription_id = 'sub_1'"
#define ITEMS                                                                                      \
	"SELECT string_agg(id || ' ' || price_id || ' ' || coalesce(quantity::text, '?'), ', '"    \
	" ORDER BY id) FROM stripe_subscription_items WHERE subscription_id = 'sub_1'"

Test(mirror, subscriptions_and_their_history)
{
	struct mirror_put put;

	put = put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 10 });
	cr_expect_eq(put.outcome, PUT_NEW);
	cr_expect_null(put.was);
	cr_expect_not(put.is_linked);
	cr_expect_str_eq(put.unknown_prices, "price_a");
	put = put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 20 });
	cr_expect_eq(put.outcome, PUT_SAME);
	expect_text(HISTORY, "active 900 0 price_a");

	put = put_subscription(
	    &(struct look){ "past_due", &worth_9, other, 2, .event_at = T + 25, .read_at = 30 });
	cr_expect_eq(put.outcome, PUT_CHANGED);
	cr_expect_str_eq(put.was, "active");
	expect_text(ITEMS, "si_2 price_b ?, si_3 price_c 2");
	expect_text("SELECT extract(epoch FROM past_due_at)::bigint - 1700000000"
		    " FROM stripe_subscriptions",
	    "25");

	/* An older answer that comes late changes nothing at all. */
	put = put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 29 });
	cr_expect_eq(put.outcome, PUT_OLDER);
	expect_text("SELECT status FROM stripe_subscriptions", "past_due");
	expect_text(ITEMS, "si_2 price_b ?, si_3 price_c 2");

	/* Since when it is past due does not move. */
	put_subscription(
	    &(struct look){ "past_due", &worth_9, one, 1, .event_at = T + 35, .read_at = 40 });
	expect_text("SELECT extract(epoch FROM past_due_at)::bigint - 1700000000"
		    " FROM stripe_subscriptions",
	    "25");
	put_subscription(
	    &(struct look){ "unpaid", &worth_9, one, 1, .event_at = T + 41, .read_at = 50 });
	expect_text("SELECT extract(epoch FROM past_due_at)::bigint - 1700000000"
		    " FROM stripe_subscriptions",
	    "25");
	put = put_subscription(&(struct look){ "canceled", &worth_0, one, 1, .canceled_at = T + 44,
	    .ended_at = T + 45, .event_at = T + 50, .read_at = 60 });
	cr_expect_str_eq(put.was, "unpaid");
	expect_text(HISTORY,
	    "active 900 0 price_a, past_due 900 25 price_b+price_c,"
	    " past_due 900 35 price_a, unpaid 900 41 price_a, canceled 0 45 price_a");
	expect_text("SELECT (past_due_at IS NULL)::text FROM stripe_subscriptions", "true");
}

/* The event is of a change before the last look, which still saw the old state. */
Test(mirror, a_change_is_not_dated_before_the_old_state_was_seen)
{
	put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 20 });
	put_subscription(
	    &(struct look){ "past_due", &worth_9, one, 1, .event_at = T + 15, .read_at = 30 });
	expect_text("SELECT extract(epoch FROM past_due_at)::bigint - 1700000000"
		    " FROM stripe_subscriptions",
	    "20");
	expect_text(HISTORY, "active 900 0 price_a, past_due 900 20 price_a");
}

static int64_t
known_end(const char *status, int64_t ended_at, bool is_live)
{
	struct stripe_subscription s = { .id = "sub_1", .status = status, .ended_at = ended_at };
	struct db_query q = { .arena = &arena };
	int64_t n = -1;
	PGresult *res;

	mirror_store_known_end(&q, &s, is_live);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

Test(mirror, what_is_known_to_have_ended)
{
	cr_expect_eq(known_end("canceled", T + 5, false), 0);
	put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 4 });
	cr_expect_eq(known_end("canceled", T + 5, false), 0);
	put_subscription(
	    &(struct look){ "canceled", &worth_0, one, 1, .ended_at = T + 5, .read_at = 6 });
	cr_expect_eq(known_end("canceled", T + 5, false), 1);
	cr_expect_eq(known_end("canceled", T + 6, false), 0);
	cr_expect_eq(known_end("incomplete_expired", T + 5, false), 0);
	cr_expect_eq(known_end("canceled", T + 5, true), 0);
}

Test(mirror, items_that_are_the_same_are_not_written)
{
	int64_t written;

#define WRITTEN "SELECT pg_stat_get_xact_tuples_updated('stripe_subscription_items'::regclass)"
	put_subscription(&(struct look){ "active", &worth_9, other, 2, .read_at = 1 });
	written = fixture_number(WRITTEN);
	put_subscription(&(struct look){ "active", &worth_9, other, 2, .read_at = 2 });
	cr_expect_eq(fixture_number(WRITTEN), written);
	fixture_exec("UPDATE stripe_subscription_items SET quantity = 9 WHERE id = 'si_3'");
	put_subscription(&(struct look){ "active", &worth_9, other, 2, .read_at = 3 });
	cr_expect_eq(fixture_number(WRITTEN), written + 2);
	expect_text(ITEMS, "si_2 price_b ?, si_3 price_c 2");
}

Test(mirror, a_subscription_that_stripe_has_no_more)
{
	struct db_query q = { .arena = &arena };
	struct mirror_put put;

	mirror_store_end_subscription(&q, "sub_1", US(5));
	cr_expect_eq(put_of(&q).outcome, PUT_OLDER); /* we had none */
	put_subscription(&(struct look){ "active", &worth_9, one, 1, .read_at = 10 });
	mirror_store_end_subscription(&q, "sub_1", US(9)); /* asked before it was seen alive */
	put = put_of(&q);
	cr_expect_eq(put.outcome, PUT_OLDER);
	mirror_store_end_subscription(&q, "sub_1", US(20));
	put = put_of(&q);
	cr_expect_eq(put.outcome, PUT_CHANGED);
	cr_expect_str_eq(put.was, "active");
	expect_text("SELECT status || ' ' || cancel_reason || ' ' || mrr::bigint || ' ' ||"
		    " (terms->>'status') FROM stripe_subscriptions",
	    "canceled not_at_stripe 0 canceled");
	expect_text(HISTORY, "active 900 0 price_a, canceled 0 20 price_a");
	mirror_store_end_subscription(&q, "sub_1", US(30));
	cr_expect_eq(put_of(&q).outcome, PUT_OLDER);
	expect_text(HISTORY, "active 900 0 price_a, canceled 0 20 price_a");
}

#define OWNER                                                                                      \
	"SELECT coalesce((SELECT keycloak_sub FROM users u WHERE u.id = c.user_id), '-')"          \
	" FROM stripe_customers c WHERE id = 'cus_1'"
#define CHECKS                                                                                     \
	"SELECT count(*) FROM plan_checks c JOIN users u ON u.id = c.user_id"                      \
	" WHERE keycloak_sub = 'm1'"

Test(mirror, customers_are_linked_by_what_we_wrote_and_never_moved)
{
	struct mirror_put put;

	fixture_exec("INSERT INTO users (keycloak_sub, issuer, email) VALUES"
		     " ('m1', 'i', 'm@example.org'), ('m2', 'i', NULL)");
	put = put_customer(NULL, 0, 1);
	cr_expect_eq(put.outcome, PUT_NEW);
	cr_expect_not(put.is_linked);
	expect_text(OWNER, "-");
	cr_expect(lock_customer("m1").is_linked);
	expect_text(OWNER, "m1");
	cr_expect_eq(fixture_number(CHECKS), 1);

	/* Neither another reference nor other metadata takes it away. */
	lock_customer("m2");
	expect_text(OWNER, "m1");
	put = put_customer("m2", 0, 2);
	cr_expect(put.is_at_odds);
	expect_text(OWNER, "m1");
	put = put_customer("m1", -50, 3);
	cr_expect_not(put.is_at_odds);
	cr_expect_eq(put.outcome, PUT_CHANGED);
	cr_expect_eq(put_customer("m1", 0, 2).outcome, PUT_OLDER);
	cr_expect_eq(fixture_number("SELECT balance_minor FROM stripe_customers"), -50);
}

Test(mirror, the_customer_that_we_made_is_that_of_its_account)
{
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('m1', 'i'), ('m2', 'i');"
		     "INSERT INTO billing_customers (user_id, is_live, nonce, customer_id)"
		     " SELECT id, false, 'n', 'cus_1' FROM users WHERE keycloak_sub = 'm1'");
	cr_expect(put_customer("m2", 0, 1).is_linked);
	expect_text(OWNER, "m1");
}

Test(mirror, a_deleted_customer_keeps_what_was_known)
{
	struct stripe_customer gone = {
		.id = "cus_1", .is_deleted = true, .balance_minor = STRIPE_UNKNOWN
	};
	struct db_query q = { .arena = &arena };

	put_customer(NULL, -70, 1);
	mirror_store_put_customer(&q, &gone, false, US(2));
	cr_expect_eq(put_of(&q).outcome, PUT_CHANGED);
	expect_text("SELECT is_deleted || ' ' || balance_minor || ' ' || currency"
		    " FROM stripe_customers",
	    "true -70 eur");
}

Test(mirror, relinking)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	put_customer("m1", 0, 1);
	fixture_exec("ALTER TABLE users DISABLE TRIGGER users_link_customers;"
		     "INSERT INTO users (keycloak_sub, issuer) VALUES ('m1', 'i');"
		     "ALTER TABLE users ENABLE TRIGGER users_link_customers");
	for (int64_t want = 1; want >= 0; want--) {
		sync_store_relink(&q);
		res = fixture_run(&q);
		cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
		cr_expect_eq(n, want);
		PQclear(res);
	}
	expect_text(OWNER, "m1");
	cr_expect_eq(fixture_number(CHECKS), 1);
}

/* ---- Money ---- */

static void
put_invoice(const char *status, int64_t paid, int64_t failed_at, int64_t at)
{
	struct stripe_invoice i = { .id = "in_1",
		.customer_id = "cus_1",
		.status = status,
		.currency = "eur",
		.total_minor = 900,
		.tax_minor = STRIPE_UNKNOWN,
		.amount_due_minor = 900,
		.amount_paid_minor = paid,
		.attempt_count = 1,
		.created_at = T,
		.paid_at = paid > 0 ? T + at : 0 };
	struct db_query q = { .arena = &arena };

	lock_customer(NULL);
	mirror_store_put_invoice(&q, &i, false, failed_at, "[\"pi_1\"]", US(at));
	put_of(&q);
}

static void
put_intent_with(const char *invoice_id, const char *error, const char *receipt_url, int64_t at)
{
	struct stripe_payment_intent p = { .id = "pi_1",
		.customer_id = "cus_1",
		.status = "succeeded",
		.currency = "eur",
		.amount_minor = 900,
		.amount_received_minor = 900,
		.error_code = error,
		.receipt_url = receipt_url,
		.created_at = T };
	struct db_query q = { .arena = &arena };

	lock_customer(NULL);
	mirror_store_put_payment_intent(&q, &p, false, invoice_id, 0, US(at));
	put_of(&q);
}

static void
put_intent(const char *invoice_id, const char *error, int64_t at)
{
	put_intent_with(invoice_id, error, NULL, at);
}

/* Who reads the payment without its charge knows no better. */
Test(mirror, a_receipt_is_kept)
{
	put_intent(NULL, NULL, 1);
	expect_text("SELECT coalesce(receipt_url, '-') FROM stripe_payment_intents", "-");
	put_intent_with(NULL, NULL, "https://example.org/1", 2);
	put_intent(NULL, NULL, 3);
	expect_text("SELECT receipt_url FROM stripe_payment_intents", "https://example.org/1");
	put_intent_with(NULL, NULL, "https://example.org/2", 4);
	expect_text("SELECT receipt_url FROM stripe_payment_intents", "https://example.org/2");
}

static void
put_intent_paid(const char *status, int64_t succeeded_at, int64_t event_at, int64_t at)
{
	struct stripe_payment_intent p = { .id = "pi_1",
		.customer_id = "cus_1",
		.status = status,
		.currency = "eur",
		.amount_minor = 900,
		.amount_received_minor = 900,
		.created_at = T,
		.succeeded_at = succeeded_at };
	struct db_query q = { .arena = &arena };

	lock_customer(NULL);
	mirror_store_put_payment_intent(&q, &p, false, NULL, event_at, US(at));
	put_of(&q);
}

#define PAID_AT                                                                                    \
	"SELECT coalesce(string_agg((extract(epoch FROM paid_at)::bigint - 1700000000)::text,"     \
	" ''), 'no') FROM payments"

/* An intent is made when somebody begins to pay, and may be paid in another month. */
Test(mirror, a_payment_is_of_the_day_that_the_money_was_taken)
{
	put_intent_paid("requires_action", 0, T + 5, 5);
	expect_text(PAID_AT, "no");
	put_intent_paid("succeeded", 0, 0, 10);
	expect_text(PAID_AT, "0");
	put_intent_paid("succeeded", 0, T + 7, 11);
	expect_text(PAID_AT, "7");
	put_intent_paid("succeeded", T + 6, T + 8, 12);
	expect_text(PAID_AT, "6");
	put_intent_paid("succeeded", 0, T + 90, 13); /* told again, without its charge */
	expect_text(PAID_AT, "6");
}

#define PAYMENTS                                                                                   \
	"SELECT coalesce(string_agg(id || ' ' || amount_minor, ', '), '') FROM payments"           \
	" WHERE customer_id = 'cus_1'"

Test(mirror, one_payment_if_the_invoice_comes_first)
{
	put_invoice("paid", 900, 0, 1);
	put_intent("in_1", NULL, 2);
	expect_text(PAYMENTS, "in_1 900");
}

Test(mirror, one_payment_if_the_intent_comes_first)
{
	put_intent(NULL, "card_declined", 1); /* an old shape, or not asked for */
	expect_text(PAYMENTS, "pi_1 900");
	put_invoice("paid", 900, 0, 2);
	expect_text(PAYMENTS, "in_1 900");
	put_intent(NULL, NULL, 3); /* what is known of it stays */
	expect_text(PAYMENTS, "in_1 900");
	expect_text("SELECT invoice_id || ' ' || error_code FROM stripe_payment_intents",
	    "in_1 card_declined");
}

Test(mirror, what_an_invoice_never_forgets)
{
	put_invoice("open", 0, T + 20, 1);
	put_invoice("paid", 900, 0, 3);
	put_invoice("paid", 900, T + 10, 4);
	put_invoice("open", 0, 0, 2); /* an older answer */
	expect_text("SELECT status || ' ' || (extract(epoch FROM first_failed_at)::bigint"
		    " - 1700000000) FROM stripe_invoices",
	    "paid 10");
	expect_text("SELECT (tax_minor IS NULL)::text FROM stripe_invoices", "true");
}

static void
put_refund(const char *status, int64_t event_at, int64_t at)
{
	struct stripe_refund r = { .id = "re_1",
		.payment_intent_id = "pi_1",
		.amount_minor = 300,
		.currency = "eur",
		.status = status,
		.created_at = T };
	struct db_query q = { .arena = &arena };

	mirror_store_lock(&q, "re_1");
	PQclear(fixture_run(&q));
	mirror_store_put_refund(&q, &r, false, event_at, US(at));
	put_of(&q);
}

#define REFUND                                                                                     \
	"SELECT status || ' ' || coalesce((extract(epoch FROM failed_at)::bigint - 1700000000)"    \
	"::text, '-') FROM stripe_refunds"

/* It fails when the event says so, however late it is read, and however often. */
Test(mirror, a_refund_that_fails)
{
	put_refund("pending", T + 1, 1);
	expect_text(REFUND, "pending -");
	put_refund("failed", T + 3, 500);
	put_refund("failed", T + 800, 900);
	put_refund("pending", 0, 499);
	expect_text(REFUND, "failed 3");
}

Test(mirror, a_refund_that_failed_without_an_event)
{
	put_refund("failed", 0, 500);
	expect_text(REFUND, "failed 0"); /* no other day is known than that of its creation */
	fixture_exec("DELETE FROM stripe_refunds");
	put_refund("succeeded", 0, 500);
	put_refund("canceled", 0, 900);
	expect_text(REFUND, "canceled 500"); /* but it had not failed when it was last seen */
}

Test(mirror, movements_of_credit_are_there_once)
{
	struct stripe_balance_entry e[] = {
		{ .id = "cbtxn_1",
		    .type = "adjustment",
		    .kind = "granted",
		    .currency = "eur",
		    .amount_minor = -500,
		    .ending_balance_minor = -500,
		    .created_at = T },
		{ .id = "cbtxn_2",
		    .type = "applied_to_invoice",
		    .kind = "used",
		    .currency = "eur",
		    .amount_minor = 200,
		    .ending_balance_minor = STRIPE_UNKNOWN,
		    .created_at = T },
	};
	struct strbuf list = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n = -1;

	put_customer(NULL, -300, 1);
	mirror_store_add_entry(&list, &e[0]);
	mirror_store_add_entry(&list, &e[1]);
	strbuf_puts(&list, "]");
	for (int i = 0; i < 2; i++) {
		mirror_store_put_entries(&q, "cus_1", false, strbuf_text(&list));
		PQclear(fixture_run(&q));
	}
	expect_text("SELECT string_agg(id || ' ' || kind || ' ' || amount_minor || ' ' ||"
		    " coalesce(ending_balance_minor::text, '?'), ', ' ORDER BY id)"
		    " FROM stripe_balance_entries",
	    "cbtxn_1 granted -500 -500, cbtxn_2 used 200 ?");
	mirror_store_known_entries(&q, strbuf_text(&list));
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	cr_expect_eq(n, 2);
	PQclear(res);
	strbuf_free(&list);
}

static enum mirror_outcome
put_coupon(bool is_live, int64_t at, bool is_met)
{
	struct stripe_coupon c = { .id = "SUMMER",
		.name = "Summer",
		.percent_off = is_live ? "10" : "90",
		.duration = "forever",
		.duration_months = STRIPE_UNKNOWN,
		.is_valid = true };
	struct db_query q = { .arena = &arena };

	mirror_store_put_coupon(&q, &c, is_live, US(at), is_met);
	return put_of(&q).outcome;
}

/* People choose the ids of coupons, and the same one in test mode and in live mode. */
Test(mirror, a_coupon_of_the_same_id_in_the_other_world)
{
	cr_expect_eq(put_coupon(false, 1, true), PUT_NEW);
	cr_expect_eq(put_coupon(false, 2, true), PUT_OLDER); /* left alone */
	cr_expect_eq(put_coupon(true, 3, true), PUT_CHANGED);
	expect_text("SELECT is_live || ' ' || percent_off FROM stripe_coupons WHERE id = 'SUMMER'",
	    "true 10");
}

static enum mirror_outcome
put_price_as(const char *name, bool is_product_name, bool is_live, const char *object, int64_t at,
    bool is_met)
{
	struct stripe_price p = { .id = "price_m",
		.name = name,
		.is_product_name = is_product_name,
		.currency = "eur",
		.unit_amount = "900.5",
		.period = "month",
		.period_count = 1,
		.is_active = true };
	struct db_query q = { .arena = &arena };

	mirror_store_put_price(&q, &p, object, is_live, US(at), is_met);
	return put_of(&q).outcome;
}

static enum mirror_outcome
put_price(const char *name, const char *object, int64_t at, bool is_met)
{
	return put_price_as(name, name != NULL, false, object, at, is_met);
}

/* What a subscription shows of a price may be less than is known of it. */
Test(mirror, prices)
{
	cr_expect_eq(put_price("Pro", "{\"id\": \"price_m\", \"tiers\": [1]}", 1, false), PUT_NEW);
	cr_expect_eq(put_price(NULL, "{\"id\": \"price_m\"}", 2, true), PUT_OLDER); /* left alone */
	cr_expect_eq(put_price("Pro 2", "{\"id\": \"price_m\"}", 3, true), PUT_CHANGED);
	cr_expect_eq(put_price("Pro 0", "{\"id\": \"price_m\"}", 2, false), PUT_OLDER);
	expect_text("SELECT name || ' ' || unit_amount || ' ' || (object ? 'tiers')"
		    " FROM stripe_prices",
	    "Pro 2 900.5 true");
}

/* Items of subscriptions hold the product's id alone, and the price's own name. */
Test(mirror, a_price_keeps_the_name_of_its_product)
{
	static const char object[] = "{\"id\": \"price_m\"}";

	cr_expect_eq(put_price_as("monthly", false, false, object, 1, true), PUT_NEW);
	cr_expect_eq(put_price_as("Pro", true, false, object, 2, false), PUT_CHANGED);
	cr_expect_eq(put_price_as("monthly", false, false, object, 3, true), PUT_OLDER);
	cr_expect_eq(put_price_as("monthly", false, false, object, 4, false), PUT_SAME);
	expect_text("SELECT name FROM stripe_prices", "Pro");
	put_price_as("Pro 2", true, false, object, 5, true);
	expect_text("SELECT name FROM stripe_prices", "Pro 2");
}

Test(mirror, a_price_of_the_same_id_in_the_other_world)
{
	put_price("Pro", "{\"id\": \"price_m\", \"tiers\": [1]}", 1, false);
	cr_expect_eq(
	    put_price_as("Pro", true, true, "{\"id\": \"price_m\"}", 2, true), PUT_CHANGED);
	expect_text("SELECT is_live || ' ' || (object ? 'tiers') FROM stripe_prices", "true false");
}

Test(mirror, tiers_that_are_known)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;

	put_price("Pro", "{\"id\": \"price_m\", \"tiers\": null}", 1, false);
	mirror_store_known_tiers(&q, "price_m", false);
	res = fixture_run(&q);
	cr_expect_eq(PQntuples(res), 0);
	PQclear(res);
	put_price("Pro", "{\"id\": \"price_m\", \"tiers\": [1]}", 2, false);
	put_price("Pro", "{\"id\": \"price_m\"}", 3, false);
	res = fixture_run(&q);
	cr_assert_eq(PQntuples(res), 1);
	cr_expect_str_eq(
	    PQgetvalue(res, 0, 0), "{\"id\": \"price_m\", \"tiers\": [1], \"product\": null}");
	PQclear(res);
	mirror_store_known_tiers(&q, "price_m", true);
	res = fixture_run(&q);
	cr_expect_eq(PQntuples(res), 0);
	PQclear(res);
}
