/*
 * Days that are closed: lives of subscriptions as rows, the movements that come of them, and what
 * may go wrong with the time, the customer or the account in between. Day 0 is 2026-01-01.
 */
#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "billing/movement.h"
#include "billing/movement_figures.h"
#include "billing/movement_store.h"
#include "billing/movement_window_store.h"
#include "billing/mrr_days.h"
#include "db_fixture.h"

#define DAY_0 INT64_C(1767225600)
#define DAY INT64_C(86400)
#define AFTER(day) (DAY_0 + ((day) + 1) * DAY + 600) /* ten minutes after its end */

/* Accounts alice (with two customers), bob and carol, and customers whose account is not known. */
static const char world_sql[] =
    "DELETE FROM mrr_days; DELETE FROM mrr_movements; DELETE FROM stripe_customers;"
    "DELETE FROM mrr_payers; DELETE FROM users;"
    "INSERT INTO users (keycloak_sub, issuer) VALUES ('alice', 'i'), ('bob', 'i'), ('carol', 'i');"
    "INSERT INTO stripe_customers (id, is_live, user_id)"
    " SELECT 'cus_' || keycloak_sub, false, id FROM users;"
    "INSERT INTO stripe_customers (id, is_live, user_id)"
    " SELECT 'cus_alice2', false, id FROM users WHERE keycloak_sub = 'alice';"
    "INSERT INTO stripe_customers (id, is_live, user_sub) VALUES"
    " ('cus_dave', false, 'dave'), ('cus_dave2', false, 'dave'), ('cus_live', true, NULL);"
    /* Only what is looked at; the subscription has the world of its customer. */
    "CREATE OR REPLACE FUNCTION pg_temp.change(sub text, customer text, at numeric,"
    " noticed numeric, mrr numeric, currency text, status text, reason text) RETURNS void"
    " LANGUAGE sql AS $$ INSERT INTO stripe_subscriptions (id, is_live, customer_id, status,"
    " currency, created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)"
    " SELECT $1, is_live, $2, 'active', $6, now(), '{}', 0, 0, 0, 0, now(), now()"
    " FROM stripe_customers WHERE id = $2 ON CONFLICT DO NOTHING;"
    " INSERT INTO stripe_subscription_changes (subscription_id, at, noticed_at, status, is_paused,"
    " cancel_at_period_end, cancel_reason, currency, mrr, billed_mrr, prices)"
    " VALUES ($1, timestamptz '2026-01-01 00:00Z' + $3 * interval '1 day',"
    " timestamptz '2026-01-01 00:00Z' + $4 * interval '1 day', $7, false, false, $8, $6, $5, $5,"
    " '{}') $$;";

static void
setup(void)
{
	fixture_begin();
	fixture_exec(world_sql);
}

TestSuite(mrr_days, .init = setup, .fini = fixture_close);

/* ---- Changes ---- */

struct change {
	const char *sub, *customer;
	double at; /* in days */
	const char *mrr, *currency;
	const char *status; /* NULL: active above 0, else canceled */
	const char *reason;
	double noticed; /* 0: at once */
};

static void
tell(const struct change *c)
{
	const char *status = c->status;

	if (status == NULL)
		status = strcmp(c->mrr, "0") == 0 ? "canceled" : "active";
	fixture_exec(arena_printf(&arena,
	    "SELECT pg_temp.change('%s', '%s', %f, %f, %s, '%s', '%s', %s)", c->sub, c->customer,
	    c->at, c->noticed > 0 ? c->noticed : c->at, c->mrr, c->currency, status,
	    c->reason == NULL ? "NULL" : arena_printf(&arena, "'%s'", c->reason)));
}

#define TELL(...)                                                                                  \
	do {                                                                                       \
		const struct change c_[] = { __VA_ARGS__ };                                        \
		for (size_t i_ = 0; i_ < sizeof(c_) / sizeof(c_[0]); i_++)                         \
			tell(&c_[i_]);                                                             \
	} while (0)

static enum mrr_day
close_at(bool is_live, int64_t now)
{
	enum mrr_day done;

	cr_assert_eq(
	    mrr_days_close_one(db, &arena, is_live, now, &done), ERR_OK, "%s", db_sync_error(db));
	return done;
}

/* Closes all up to that day. */
static void
close_to(int day)
{
	while (close_at(false, AFTER(day)) == MRR_DAY_CLOSED)
		;
}

static void
close_each(int from, int to)
{
	for (int day = from; day <= to; day++)
		cr_assert_eq(close_at(false, AFTER(day)), MRR_DAY_CLOSED);
}

static const char *
text_of(const char *sql)
{
	struct db_query q = { .arena = &arena };
	const char *text;
	PGresult *res;

	db_query_write(&q, sql);
	res = fixture_run(&q);
	cr_assert_eq(PQntuples(res), 1, "%s", sql);
	text = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	return text;
}

/* "3 alice eur new 900", with the kind of churn behind a colon; * marks what was revised. */
static const char movements_sql[] =
    "SELECT coalesce(string_agg((m.day - date '2026-01-01') || ' ' ||"
    " coalesce(u.keycloak_sub, p.customer_id, 'gone') || ' ' || m.currency || ' ' || m.kind ||"
    " CASE WHEN m.revised_on IS NOT NULL THEN '*' ELSE coalesce(':' || m.churn_kind, '') END ||"
    " coalesce('>' || m.ended_as, '') ||"
    " ' ' || trim_scale(m.amount), ', ' ORDER BY m.day, u.keycloak_sub, p.customer_id, m.id), '')"
    " FROM mrr_movements m JOIN mrr_payers p ON p.id = m.payer_id"
    " LEFT JOIN users u ON u.id = p.user_id";

static void
expect_movements(const char *name, const char *want)
{
	const char *got = text_of(movements_sql);

	cr_expect_str_eq(got, want, "%s: %s", name, got);
}

/* What is in stock is what the changes say at the end of that day; the days add up. */
static void
expect_stock(const char *name, int day)
{
	const char *wrong = text_of(arena_printf(&arena,
	    "SELECT coalesce(string_agg(s.sub || ' has ' || k.mrr || ' and not ' || s.mrr, ', '), "
	    "'')"
	    " FROM (SELECT DISTINCT ON (subscription_id) subscription_id AS sub, currency, mrr"
	    " FROM stripe_subscription_changes WHERE at < timestamptz '2026-01-01 00:00Z'"
	    " + interval '%d days' ORDER BY subscription_id, id DESC) s"
	    " JOIN stripe_subscriptions i ON i.id = s.sub AND NOT i.is_live"
	    " LEFT JOIN mrr_stock k ON k.subscription_id = s.sub"
	    " WHERE k.mrr IS DISTINCT FROM s.mrr OR (s.mrr > 0 AND k.currency <> s.currency)",
	    day + 1));

	cr_expect_str_eq(wrong, "", "%s: %s", name, wrong);
}

/* ---- Lives ---- */

#define CHANGES_MAX 8

static const struct {
	const char *name;
	struct change changes[CHANGES_MAX];
	const char *want;
} lives[] = {
	{ "nobody", { { 0 } }, "" },
	{ "there from the beginning",
	    { { "s", "cus_bob", -3, "900", "eur", NULL, NULL, 0 },
		{ "t", "cus_carol", 0.99, "900", "eur", NULL, NULL, 0 } },
	    "" },
	{ "new, up, down, gone",
	    { { "s", "cus_bob", 1.0, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.5, "1800", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 3.999, "750.000000000001", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 5.5, "0", "eur", NULL, NULL, 0 } },
	    "1 bob eur new 900, 2 bob eur expansion 900, 3 bob eur contraction 1049.999999999999,"
	    " 5 bob eur churn:voluntary 750.000000000001" },
	{ "came and left within a day",
	    { { "s", "cus_bob", 1.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 1.9, "0", "eur", NULL, NULL, 0 } },
	    "" },
	{ "a trial that is paid at its end",
	    { { "s", "cus_bob", 1.1, "0", "eur", "trialing", NULL, 0 },
		{ "s", "cus_bob", 4.1, "900", "eur", NULL, NULL, 0 } },
	    "4 bob eur new 900" },
	{ "past due is no movement, unpaid is churn, paid again is reactivation",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 1.1, "900", "eur", "past_due", NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", "unpaid", NULL, 0 },
		{ "s", "cus_bob", 6.1, "900", "eur", NULL, NULL, 0 } },
	    "2 bob eur churn:payment 900, 6 bob eur reactivation 900" },
	{ "canceled for payment failure, and for a dispute",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "t", "cus_carol", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", NULL, "payment_failed", 0 },
		{ "t", "cus_carol", 2.1, "0", "eur", NULL, "payment_disputed", 0 } },
	    "2 bob eur churn:payment 900, 2 carol eur churn:dispute 900" },
	{ "paused, and then ended for good",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 1.1, "0", "eur", "paused", NULL, 0 },
		{ "s", "cus_bob", 6.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_carol", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "t", "cus_carol", 2.1, "0", "eur", "paused", NULL, 0 },
		{ "t", "cus_carol", 5.1, "0", "eur", "unpaid", NULL, 0 } },
	    "1 bob eur churn:paused>voluntary 900, 2 carol eur churn:paused>payment 900" },
	{ "paused, ended and back",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 1.1, "0", "eur", "paused", NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 3.1, "900", "eur", NULL, NULL, 0 } },
	    "1 bob eur contraction*>voluntary 900, 3 bob eur expansion 900" },
	{ "another one that had ended before is no end of the pause",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 0.1, "100", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 1.1, "0", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", "paused", NULL, 0 } },
	    "1 bob eur contraction 100, 2 bob eur churn:paused 900" },
	{ "a plan switch by a new subscription three days later",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 5.9, "1500", "eur", NULL, NULL, 0 } },
	    "2 bob eur contraction* 900, 5 bob eur expansion 1500" },
	{ "four days are too many",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 6.0, "1500", "eur", NULL, NULL, 0 } },
	    "2 bob eur churn:voluntary 900, 6 bob eur reactivation 1500" },
	{ "two switches, then gone",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 1.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 3.1, "500", "eur", NULL, NULL, 0 },
		{ "t", "cus_bob", 4.1, "0", "eur", NULL, NULL, 0 },
		{ "u", "cus_bob", 6.1, "700", "eur", NULL, NULL, 0 },
		{ "u", "cus_bob", 8.1, "0", "eur", NULL, NULL, 0 } },
	    "1 bob eur contraction* 900, 3 bob eur expansion 500, 4 bob eur contraction* 500,"
	    " 6 bob eur expansion 700, 8 bob eur churn:voluntary 700" },
	{ "from one customer of an account to the other",
	    { { "s", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_alice", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_alice2", 2.2, "900", "eur", NULL, NULL, 0 } },
	    "" },
	{ "an account with two customers pays the sum",
	    { { "s", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "t", "cus_alice2", 2.1, "500", "eur", NULL, NULL, 0 },
		{ "s", "cus_alice", 3.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_alice2", 4.1, "0", "eur", NULL, NULL, 0 } },
	    "2 alice eur expansion 500, 3 alice eur contraction 900,"
	    " 4 alice eur churn:voluntary 500" },
	{ "another currency with another customer",
	    { { "s", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_alice", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_alice2", 4.1, "1000", "usd", NULL, NULL, 0 } },
	    "2 alice eur contraction* 900, 4 alice usd expansion 1000" },
	{ "a subscription that changes its currency",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "900", "usd", NULL, NULL, 0 },
		{ "s", "cus_bob", 3.1, "0", "gbp", NULL, NULL, 0 } },
	    "2 bob eur contraction 900, 2 bob usd expansion 900,"
	    " 3 bob usd churn:voluntary 900" },
	{ "customers without an account are each one of their own",
	    { { "s", "cus_dave", 1.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_dave", 2.1, "0", "eur", NULL, NULL, 0 },
		{ "t", "cus_dave2", 2.2, "900", "eur", NULL, NULL, 0 } },
	    "1 cus_dave eur new 900, 2 cus_dave eur churn:voluntary 900,"
	    " 2 cus_dave2 eur new 900" },
	{ "what is of the other world is none of ours",
	    { { "s", "cus_live", 1.1, "900", "eur", NULL, NULL, 0 } }, "" },
	{ "noticed when its day was closed: it belongs to the next one",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 2.1, "0", "eur", NULL, NULL, 5.5 },
		{ "t", "cus_carol", 2.1, "100", "eur", NULL, NULL, 5.5 } },
	    "5 bob eur churn:voluntary 900, 5 carol eur new 100" },
	{ "noticed late, and over again by then",
	    { { "s", "cus_bob", 2.1, "900", "eur", NULL, NULL, 5.5 },
		{ "s", "cus_bob", 4.1, "0", "eur", NULL, NULL, 5.5 } },
	    "" },
	{ "it was there from the beginning, and becomes known late",
	    { { "s", "cus_bob", -9, "900", "eur", NULL, NULL, 5.5 },
		{ "t", "cus_carol", -9, "900", "eur", NULL, NULL, 5.5 },
		{ "t", "cus_carol", 5.6, "0", "eur", NULL, NULL, 5.6 } },
	    "5 carol eur churn:voluntary 900" },
	{ "a later word about an earlier time wins",
	    { { "s", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 3.5, "950", "eur", NULL, NULL, 0 },
		{ "s", "cus_bob", 3.2, "0", "eur", NULL, NULL, 3.6 } },
	    "3 bob eur churn:voluntary 900" },
	{ "below nothing is nothing", { { "s", "cus_bob", 1.1, "-5", "eur", NULL, NULL, 0 } }, "" },
};

/* Tells what has been noticed by that moment, in the order of the list. */
static void
tell_noticed(const struct change *changes, double from, double to)
{
	for (size_t i = 0; i < CHANGES_MAX && changes[i].sub != NULL; i++) {
		double noticed = changes[i].noticed > 0 ? changes[i].noticed : changes[i].at;

		if (noticed >= from && noticed < to)
			tell(&changes[i]);
	}
}

static void
live(const char *name, const struct change *changes, const char *want)
{
	fixture_exec(world_sql);
	tell_noticed(changes, -100, 1);
	close_each(0, 0);
	for (int day = 1; day < 10; day++) {
		tell_noticed(changes, day, day + 1);
		close_each(day, day);
	}
	expect_movements(name, want);
	if (strcmp(name, "below nothing is nothing") != 0)
		expect_stock(name, 9);
}

Test(mrr_days, lives)
{
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		live(lives[i].name, lives[i].changes, lives[i].want);
}

/* All of them at once come to the same, day by day, if the job did not run for a week. */
static void
live_and_catch_up(const char *name, const struct change *changes, const char *want)
{
	fixture_exec(world_sql);
	tell_noticed(changes, -100, 1);
	close_each(0, 0);
	tell_noticed(changes, 1, 11);
	close_to(9);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 10);
	expect_movements(name, want);
}

Test(mrr_days, missed_days_are_caught_up)
{
	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		if (strstr(lives[i].name, "late") == NULL &&
		    strstr(lives[i].name, "closed") == NULL)
			live_and_catch_up(lives[i].name, lives[i].changes, lives[i].want);
}

/* ---- Whose it is ---- */

#define BOB "cus_bob"
#define DAVE "cus_dave"
#define DAVE2 "cus_dave2"

static const char link_dave[] =
    "INSERT INTO users (keycloak_sub, issuer) VALUES ('dave', 'i')"; /* the trigger links */

/* Who signs up after paying has neither left nor come, and takes along what came to pass. */
Test(mrr_days, customers_that_are_linked_to_a_new_account)
{
	TELL({ "s", DAVE, 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "t", DAVE2, 1.1, "500", "eur", NULL, NULL, 0 },
	    { "s", DAVE, 2.1, "1000", "eur", NULL, NULL, 0 });
	close_each(1, 2);
	fixture_exec(link_dave);
	TELL({ "s", DAVE, 3.1, "0", "eur", NULL, NULL, 0 },
	    { "t", DAVE2, 5.1, "0", "eur", NULL, NULL, 0 },
	    { "u", DAVE2, 7.1, "700", "eur", NULL, NULL, 0 });
	close_each(3, 8);
	expect_movements("linked",
	    "1 dave eur new 500, 2 dave eur expansion 100, 3 dave eur contraction 1000,"
	    " 5 dave eur contraction* 500, 7 dave eur expansion 700");
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_payers"), 1);
	expect_stock("linked", 8);
}

/* An account that has paid itself takes over what a customer of its paid, and when it left. */
Test(mrr_days, a_customer_that_is_linked_to_an_account_that_has_left)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 },
	    { "t", DAVE, 0.1, "500", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", BOB, 1.1, "0", "eur", NULL, NULL, 0 },
	    { "t", DAVE, 4.1, "0", "eur", NULL, NULL, 0 });
	close_each(1, 4);
	fixture_exec("UPDATE stripe_customers SET user_id = (SELECT id FROM users"
		     " WHERE keycloak_sub = 'bob') WHERE id = 'cus_dave'");
	TELL({ "s", BOB, 6.1, "900", "eur", NULL, NULL, 0 });
	close_each(5, 7);
	expect_movements("left with both",
	    "1 bob eur churn:voluntary 900, 4 bob eur contraction* 500, 6 bob eur expansion 900");
}

Test(mrr_days, a_customer_that_is_linked_while_it_pays)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 },
	    { "t", DAVE, 0.1, "500", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", BOB, 1.1, "0", "eur", NULL, NULL, 0 });
	close_each(1, 1);
	fixture_exec("UPDATE stripe_customers SET user_id = (SELECT id FROM users"
		     " WHERE keycloak_sub = 'bob') WHERE id = 'cus_dave'");
	TELL({ "s", BOB, 6.1, "900", "eur", NULL, NULL, 0 });
	close_each(2, 7);
	/* bob has paid all the time, as it turns out: what was churn then is left as it was closed
	 */
	expect_movements("pays with one", "1 bob eur churn:voluntary 900, 6 bob eur expansion 900");
}

/* What it paid stays paid; what it pays on is nobody's loss. */
Test(mrr_days, an_account_that_is_deleted)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", BOB, 1.1, "1000", "eur", NULL, NULL, 0 });
	close_each(1, 1);
	fixture_exec("DELETE FROM users WHERE keycloak_sub = 'bob'");
	close_each(2, 2);
	TELL({ "s", BOB, 3.1, "0", "eur", NULL, NULL, 0 });
	close_each(3, 3);
	expect_movements("deleted", "1 gone eur expansion 100, 3 gone eur churn:voluntary 1000");
	/* and the person comes back with a new account, to which the customer is linked */
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('bob', 'i');"
		     "UPDATE stripe_customers SET user_id = (SELECT id FROM users"
		     " WHERE keycloak_sub = 'bob') WHERE id = 'cus_bob'");
	TELL({ "s", BOB, 5.1, "900", "eur", NULL, NULL, 0 });
	close_each(4, 5);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_movements m JOIN mrr_payers p"
				    " ON p.id = m.payer_id JOIN users u ON u.id = p.user_id"
				    " WHERE m.day = '2026-01-06'"),
	    1);
}

/* A ban takes somebody out of both ends: the stock is another one, and nobody has left. */
Test(mrr_days, an_account_that_is_banned_in_between)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 },
	    { "t", "cus_carol", 0.1, "500", "eur", NULL, NULL, 0 });
	close_each(0, 1);
	fixture_exec("UPDATE users SET is_banned = true WHERE keycloak_sub = 'bob'");
	TELL({ "s", BOB, 2.1, "1000", "eur", NULL, NULL, 0 },
	    { "t", "cus_carol", 2.1, "600", "eur", NULL, NULL, 0 });
	close_each(2, 3);
	fixture_exec("UPDATE users SET is_banned = false WHERE keycloak_sub = 'bob'");
	close_each(4, 4);
	expect_movements("banned", "2 bob eur expansion 100, 2 carol eur expansion 100");
	cr_expect_str_eq(text_of("SELECT string_agg(start_mrr::int || '+' || gained::int || '-' ||"
				 " lost::int || '=' || end_mrr::int, ' ' ORDER BY day)"
				 " FROM mrr_day_sums"),
	    "1400+0-0=1400 1400+0-0=1400 500+100-0=600 600+0-0=600 1600+0-0=1600");
}

/* A subscription that is deleted from the mirror is no churn: nothing is known of an end. */
Test(mrr_days, a_subscription_that_is_no_more_in_the_mirror)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 1);
	fixture_exec("DELETE FROM stripe_subscriptions WHERE id = 's'");
	close_each(2, 2);
	expect_movements("deleted", "");
}

/* Terms that cannot be computed leave the figures, and so the stock, as they were. */
Test(mrr_days, a_subscription_of_which_nothing_is_told)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 });
	fixture_exec("UPDATE stripe_subscriptions SET terms = '{}', mrr_changes_at = now()");
	close_each(0, 9);
	expect_movements("nothing is told", "");
	cr_expect_eq(fixture_number("SELECT sum(mrr)::bigint FROM mrr_stock"), 900);
}

/* ---- From before ---- */

Test(mrr_days, who_paid_before_the_first_day_is_not_new)
{
	TELL({ "s", BOB, -50, "900", "eur", NULL, NULL, 0 },
	    { "s", BOB, -40, "0", "eur", NULL, NULL, 0 });
	fixture_exec(
	    "INSERT INTO stripe_invoices (id, is_live, customer_id, subscription_id,"
	    " status, currency, amount_paid_minor, created_at, paid_at, read_at)"
	    " VALUES ('in_1', false, 'cus_carol', 'sub_gone', 'paid', 'eur', 900,"
	    " '2025-06-01', '2025-06-01', now()),"
	    /* credit that was bought, and what was free, are no subscription that was paid */
	    " ('in_2', false, 'cus_alice', NULL, 'paid', 'eur', 900, '2025-06-01',"
	    " '2025-06-01', now()), ('in_3', false, 'cus_alice', 'sub_x', 'paid', 'eur', 0,"
	    " '2025-06-01', '2025-06-01', now())");
	close_each(0, 0);
	TELL({ "t", BOB, 2.1, "900", "eur", NULL, NULL, 0 },
	    { "u", "cus_carol", 2.1, "900", "eur", NULL, NULL, 0 },
	    { "v", "cus_alice", 2.1, "900", "eur", NULL, NULL, 0 });
	close_each(1, 2);
	expect_movements("paid before", "2 alice eur new 900, 2 bob eur reactivation 900,"
					" 2 carol eur reactivation 900");
}

/* ---- Time ---- */

Test(mrr_days, a_day_is_closed_when_it_is_over)
{
	cr_expect_eq(close_at(false, DAY_0 + DAY - 1), MRR_DAY_CLOSED, "the one before, at first");
	cr_expect_eq(close_at(false, DAY_0 + DAY - 1), MRR_DAY_NONE);
	cr_expect_eq(close_at(false, DAY_0 + DAY), MRR_DAY_CLOSED);
	cr_expect_eq(close_at(false, DAY_0 + DAY), MRR_DAY_NONE);
	cr_expect_str_eq(text_of("SELECT string_agg(day::text, ' ' ORDER BY day) FROM mrr_days"),
	    "2025-12-31 2026-01-01");
}

/* Ours runs ahead by a year: the database knows better; and the other way round. */
Test(mrr_days, a_clock_that_jumps)
{
	close_each(0, 0);
	cr_expect_eq(close_at(false, AFTER(-400)), MRR_DAY_AHEAD, "ours, back by a year");
	cr_expect_eq(close_at(false, AFTER(0) - 1200), MRR_DAY_NONE, "by minutes, over midnight");
	fixture_exec("DELETE FROM mrr_days; INSERT INTO mrr_days (is_live, day, closed_at)"
		     " VALUES (false, (now() AT TIME ZONE 'UTC')::date - 1, now())");
	cr_expect_eq(close_at(false, INT64_C(4102444800)), MRR_DAY_NONE, "ours, ahead");
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 1);
}

Test(mrr_days, each_world_has_days_of_its_own)
{
	TELL({ "s", "cus_live", -1, "900", "eur", NULL, NULL, 0 },
	    { "t", BOB, -1, "500", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", "cus_live", 1.1, "1000", "eur", NULL, NULL, 0 });
	cr_expect_eq(close_at(true, AFTER(1)), MRR_DAY_CLOSED, "opens with what there is");
	TELL({ "s", "cus_live", 2.1, "0", "eur", NULL, NULL, 0 });
	cr_expect_eq(close_at(true, AFTER(2)), MRR_DAY_CLOSED);
	close_to(2);
	expect_movements("both worlds", "2 cus_live eur churn:voluntary 1000");
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days WHERE is_live"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days WHERE NOT is_live"), 3);
}

/* ---- Figures ---- */

struct want {
	const char *name, *label, *value; /* NULL: not known */
};

static void
expect_figures(const char *name, int day, const struct want *want, size_t n)
{
	struct figure_list list = { 0 };

	cr_assert_eq(movement_figures_add(&list, &arena, db, false, "eur", AFTER(day)), ERR_OK,
	    "%s", db_sync_error(db));
	for (size_t i = 0; i < n; i++) {
		const char *value = figure_list_value(&list, want[i].name, want[i].label);

		cr_expect_str_eq(value == NULL ? "unknown" : value,
		    want[i].value == NULL ? "unknown" : want[i].value, "%s: %s of \"%s\" is %s",
		    name, want[i].name, want[i].label, value == NULL ? "unknown" : value);
	}
}

#define EXPECT_FIGURES(name, day, ...)                                                             \
	do {                                                                                       \
		const struct want want_[] = { __VA_ARGS__ };                                       \
		expect_figures((name), (day), want_, sizeof(want_) / sizeof(want_[0]));            \
	} while (0)
#define RATE(value)                                                                                \
	{                                                                                          \
		"churn_rate_30d", "", value                                                        \
	}
#define LOST(value)                                                                                \
	{                                                                                          \
		"churn_customers_30d", "", value                                                   \
	}
#define PAYING(value)                                                                              \
	{                                                                                          \
		"churn_paying_at_start_30d", "", value                                             \
	}
#define MOVED(kind, value)                                                                         \
	{                                                                                          \
		"mrr_movements_30d_cents", "eur/" kind, value                                      \
	}

Test(mrr_days, figures_are_unknown_before_there_are_days_enough)
{
	EXPECT_FIGURES("no day", 0, RATE(NULL), LOST(NULL), PAYING(NULL), MOVED("new", NULL));
	close_each(0, 0);
	close_to(29);
	EXPECT_FIGURES("30 days", 29, RATE(NULL), LOST(NULL), PAYING(NULL), MOVED("fx", NULL));
	close_to(30);
	EXPECT_FIGURES("31 days, and nobody", 30, RATE(NULL), LOST("0"), PAYING("0"),
	    MOVED("new", "0"), MOVED("paused", "0"), MOVED("fx", "0"));
	EXPECT_FIGURES("before the next is closed", 31, LOST("0"));
	EXPECT_FIGURES("the job has not run for a day", 32, LOST(NULL), MOVED("new", NULL));
	EXPECT_FIGURES("a clock that was put back", 28, LOST(NULL), MOVED("new", NULL));
}

static void
exec_as(const char *sub, const char *set)
{
	fixture_exec(
	    arena_printf(&arena, "UPDATE users SET %s WHERE keycloak_sub = '%s'", set, sub));
}

/* alice leaves, bob pauses, carol goes and comes, dave is new, and another dave is new and gone. */
static void
live_a_month(void)
{
	TELL({ "a", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
	    { "b", "cus_bob", 0.1, "900", "eur", NULL, NULL, 0 },
	    { "c", "cus_carol", 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "d", "cus_dave", 2.1, "500", "eur", NULL, NULL, 0 },
	    { "e", "cus_dave2", 2.1, "500", "eur", NULL, NULL, 0 },
	    { "e", "cus_dave2", 3.1, "0", "eur", NULL, NULL, 0 },
	    { "a", "cus_alice", 4.1, "1000", "eur", NULL, NULL, 0 },
	    { "a", "cus_alice", 5.1, "0", "eur", NULL, NULL, 0 },
	    { "b", "cus_bob", 5.1, "0", "eur", "paused", NULL, 0 },
	    { "c", "cus_carol", 10.1, "0", "eur", NULL, NULL, 0 },
	    { "c2", "cus_carol", 20.1, "700", "eur", NULL, NULL, 0 },
	    { "c2", "cus_carol", 21.1, "600", "eur", NULL, NULL, 0 });
	close_to(30);
}

Test(mrr_days, figures_of_a_month)
{
	live_a_month();
	EXPECT_FIGURES("a month", 30, PAYING("3"), LOST("1"), RATE("0.333333333333"),
	    MOVED("new", "1000"), MOVED("reactivation", "700"), MOVED("expansion", "100"),
	    MOVED("contraction", "100"), MOVED("churn", "2400"), MOVED("paused", "900"),
	    MOVED("fx", "0"));
	/* the window moves on: from day 6 to day 36, alice and bob are gone at both ends */
	close_to(36);
	EXPECT_FIGURES("six days later", 36, PAYING("2"), LOST("0"), RATE("0.000000000000"),
	    MOVED("new", "0"), MOVED("churn", "900"));
	/* and then carol's way out is in none of it */
	close_to(60);
	EXPECT_FIGURES("a month later", 60, PAYING("2"), LOST("0"), MOVED("churn", "0"));
}

Test(mrr_days, a_pause_is_not_over_while_another_one_lasts)
{
	TELL({ "s", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
	    { "t", "cus_alice2", 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", "cus_alice", 1.1, "0", "eur", "paused", NULL, 0 },
	    { "t", "cus_alice2", 1.1, "0", "eur", "paused", NULL, 0 },
	    { "t", "cus_alice2", 2.1, "0", "eur", NULL, NULL, 0 });
	close_each(1, 2);
	expect_movements("one lasts", "1 alice eur churn:paused 1800");
	TELL({ "s", "cus_alice", 3.1, "0", "eur", NULL, NULL, 0 });
	close_each(3, 3);
	expect_movements("none lasts", "1 alice eur churn:paused>voluntary 1800");
}

/* Who paused and then ended is lost, since the pause. */
Test(mrr_days, figures_of_a_pause_that_ends)
{
	live_a_month();
	TELL({ "b", "cus_bob", 31.1, "0", "eur", NULL, NULL, 0 });
	close_to(31);
	EXPECT_FIGURES("bob has ended", 31, PAYING("3"), LOST("2"), MOVED("churn", "3300"),
	    MOVED("paused", "0"));
}

/* An account that comes back as a new one pays on, and who is no more in the mirror has not left.
 */
Test(mrr_days, figures_of_what_is_another_account_s_now)
{
	TELL({ "s", BOB, 0.1, "900", "eur", NULL, NULL, 0 },
	    { "t", "cus_carol", 0.1, "900", "eur", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "s", BOB, 2.1, "800", "eur", NULL, NULL, 0 },
	    { "t", "cus_carol", 2.1, "700", "eur", NULL, NULL, 0 });
	close_to(10);
	fixture_exec("DELETE FROM users WHERE keycloak_sub = 'bob';"
		     "INSERT INTO users (keycloak_sub, issuer) VALUES ('bob', 'i');"
		     "UPDATE stripe_customers SET user_id = (SELECT id FROM users"
		     " WHERE keycloak_sub = 'bob') WHERE id = 'cus_bob';"
		     "DELETE FROM stripe_subscriptions WHERE id = 't'");
	close_to(30);
	EXPECT_FIGURES("moved", 30, PAYING("1"), LOST("0"), RATE("0.000000000000"));
}

/* Whoever is left out now was never there, and comes back as if nothing had been. */
Test(mrr_days, figures_without_those_who_do_not_count)
{
	live_a_month();
	exec_as("alice", "is_banned = true");
	EXPECT_FIGURES("alice is banned", 30, PAYING("2"), LOST("0"), MOVED("expansion", "0"),
	    MOVED("churn", "1400"), MOVED("new", "1000"));
	exec_as("bob", "is_staff = true");
	exec_as("carol", "is_test = true");
	EXPECT_FIGURES("nobody counts", 30, PAYING("0"), LOST("0"), RATE(NULL),
	    MOVED("paused", "0"), MOVED("new", "1000"));
	exec_as("alice", "is_banned = false");
	EXPECT_FIGURES("alice is back", 30, PAYING("1"), LOST("1"), RATE("1.000000000000"));
}

/* Two currencies are one customer; the euro's worth of dollars is its rate's. */
Test(mrr_days, figures_in_two_currencies)
{
	TELL({ "a", "cus_alice", 0.1, "900", "eur", NULL, NULL, 0 },
	    { "b", "cus_alice2", 0.1, "1000", "usd", NULL, NULL, 0 },
	    { "c", "cus_bob", 0.1, "1000", "usd", NULL, NULL, 0 });
	close_each(0, 0);
	TELL({ "a", "cus_alice", 4.1, "0", "eur", NULL, NULL, 0 },
	    { "c", "cus_bob", 9.1, "2000", "usd", NULL, NULL, 0 });
	close_to(30);
	fixture_exec("DELETE FROM fx_rates");
	EXPECT_FIGURES("without a rate", 30, PAYING("2"), LOST("0"), MOVED("contraction", NULL),
	    MOVED("fx", NULL));
	fixture_exec("INSERT INTO fx_rates (day, currency, rate) VALUES ('2026-01-10', 'usd', 1)");
	EXPECT_FIGURES("a rate since day 9", 30, MOVED("contraction", NULL));
	fixture_exec(
	    "INSERT INTO fx_rates (day, currency, rate) VALUES ('2025-06-01', 'usd', 0.5)");
	EXPECT_FIGURES("one of before, and one of the day of the expansion", 30,
	    MOVED("contraction", "900"), MOVED("expansion", "500"), MOVED("fx", "1500"),
	    MOVED("churn", "0"));
}

/* At each end somebody pays who has paid before the window, in it, or never. */
Test(mrr_days, churn_equals_a_recount)
{
	int64_t paying = 0, lost = 0;

	srand(7);
	fixture_exec("INSERT INTO users (keycloak_sub, issuer)"
		     " SELECT 'many-' || n, 'i' FROM generate_series(0, 99) n;"
		     "INSERT INTO stripe_customers (id, is_live, user_id)"
		     " SELECT 'cus_' || keycloak_sub, false, id FROM users"
		     " WHERE keycloak_sub LIKE 'many-%'");
	for (int i = 0; i < 100; i++) {
		int come = rand() % 45 - 5, stay = 1 + rand() % 50, back = rand() % 20;
		bool at_start, at_end;
		const char *sub = arena_printf(&arena, "many-%d", i),
			   *customer = arena_printf(&arena, "cus_many-%d", i);

		TELL({ sub, customer, come + 0.1, "900", "eur", NULL, NULL, 0 },
		    { sub, customer, come + stay + 0.1, "0", "eur", NULL, NULL, 0 },
		    { sub, customer, come + stay + back + 0.2, "500", "eur", NULL, NULL, 0 });
		at_start = (come <= 10 && come + stay > 10) || come + stay + back <= 10;
		at_end = (come <= 40 && come + stay > 40) || come + stay + back <= 40;
		paying += at_start;
		lost += at_start && !at_end;
	}
	close_each(0, 0);
	close_to(40);
	cr_expect_gt(lost, 5);
	EXPECT_FIGURES("a hundred", 40, PAYING(arena_printf(&arena, "%" PRId64, paying)),
	    LOST(arena_printf(&arena, "%" PRId64, lost)));
}

/* ---- Many lives ---- */

#define SUBS 12
#define DAYS 60
#define NSECOND 86400

/* Accounts have several customers, and customers several subscriptions. */
static const char *const customers[] = { "cus_alice", "cus_alice2", "cus_bob", "cus_carol",
	"cus_dave", "cus_dave2" };
#define CUSTOMERS (sizeof(customers) / sizeof(customers[0]))
static const int accounts[CUSTOMERS] = { 0, 0, 1, 2, 3, 3 };
#define ACCOUNTS 4
static const char *const names[ACCOUNTS] = { "alice", "bob", "carol", "dave" };
static const char *const moneys[] = { "eur", "usd" };
#define MONEYS 2

static int64_t worth[ACCOUNTS][MONEYS][DAYS]; /* at the end of each day, as told */
static struct {
	int customer, money;
	int64_t mrr;
} subs[SUBS];

/* One subscription changes: another amount, or nothing, sometimes in the other currency. */
static void
change_some(int day, int second)
{
	int i = rand() % SUBS;

	subs[i].mrr = rand() % 2 == 0 ? 100 * (rand() % 4) : 0;
	if (rand() % 10 == 0)
		subs[i].money = !subs[i].money;
	TELL({ arena_printf(&arena, "sub_%d", i), customers[subs[i].customer],
	    day + (second + 1) / (double)NSECOND, arena_printf(&arena, "%" PRId64, subs[i].mrr),
	    moneys[subs[i].money], NULL, NULL, 0 });
}

static void
live_day(int day)
{
	int second = 0;

	for (int n = rand() % 4; n > 0; n--)
		change_some(day, second += 1 + rand() % 20000);
	for (int i = 0; i < SUBS; i++)
		worth[accounts[subs[i].customer]][subs[i].money][day] += subs[i].mrr;
}

/* The table of the glossary, read once more: what came to pass from the day before to this. */
static int64_t
all_of(int account, int day)
{
	int64_t sum = 0;

	for (int m = 0; m < MONEYS; m++)
		sum += worth[account][m][day];
	return sum;
}

/* The last day before this one at whose end it paid; -1: none. */
static int
paid_last(int account, int day)
{
	do
		day--;
	while (day >= 0 && all_of(account, day) == 0);
	return day;
}

/* Whether it is back within three days of the first end without. */
static bool
is_back_soon(int account, int day)
{
	for (int d = day + 1; d <= day + 3 && d < DAYS; d++)
		if (all_of(account, d) > 0)
			return true;
	return false;
}

static const char *
kind_of(int account, int money, int day)
{
	int64_t a = worth[account][money][day - 1], b = worth[account][money][day];
	int last = paid_last(account, day);

	if (b > a && all_of(account, day - 1) == 0 && last < 0)
		return "new";
	if (b > a && all_of(account, day - 1) == 0 && day - (last + 1) > 3)
		return "reactivation";
	if (b > a)
		return "expansion";
	return all_of(account, day) == 0 && !is_back_soon(account, day) ? "churn" : "contraction";
}

static void
recount(struct strbuf *out)
{
	for (int day = 1; day < DAYS; day++)
		for (int i = 0; i < ACCOUNTS; i++)
			for (int m = 0; m < MONEYS; m++) {
				int64_t by = worth[i][m][day] - worth[i][m][day - 1];

				if (by != 0)
					strbuf_printf(out, "%d %s %s %s %" PRId64 "\n", day,
					    names[i], moneys[m], kind_of(i, m, day),
					    by < 0 ? -by : by);
			}
}

static const char by_account_sql[] =
    "SELECT string_agg(line, '') FROM (SELECT (m.day - date '2026-01-01') || ' ' ||"
    " u.keycloak_sub || ' ' || m.currency || ' ' || m.kind || ' ' || trim_scale(m.amount) ||"
    " E'\\n' AS line FROM mrr_movements m JOIN mrr_payers p ON p.id = m.payer_id"
    " JOIN users u ON u.id = p.user_id ORDER BY m.day, u.keycloak_sub, m.currency) l";

/* Every day goes on where the one before ended, and nothing is gained or lost but by movements. */
static const char breaks_sql[] =
    "SELECT count(*) FROM (SELECT *, lag(end_mrr, 1, 0) OVER w AS was, lag(day) OVER w AS before,"
    " (SELECT coalesce(sum(m.is_mrr - m.was_mrr), 0) FROM mrr_movements m"
    " WHERE m.day = s.day AND m.currency = s.currency) AS moved"
    " FROM mrr_day_sums s WINDOW w AS (PARTITION BY currency ORDER BY day)) s"
    " WHERE end_mrr <> start_mrr + moved OR (day > '2026-01-01' AND start_mrr <> was)";

/* The job does not run every day, and then catches up. */
static void
live_many(unsigned seed, int met[MOVEMENT__MAX])
{
	struct strbuf want = { 0 };
	int closed = -1;

	srand(seed);
	fixture_exec(world_sql);
	fixture_exec(link_dave);
	memset(worth, 0, sizeof(worth));
	for (int i = 0; i < SUBS; i++) {
		subs[i].customer = rand() % (int)CUSTOMERS;
		subs[i].money = rand() % MONEYS;
		subs[i].mrr = 0;
	}
	for (int day = 0; day < DAYS; day++) {
		live_day(day);
		if (day == 0 || day == DAYS - 1 || rand() % 3 > 0)
			close_to(closed = day);
	}
	cr_assert_eq(closed, DAYS - 1);
	recount(&want);
	for (int kind = 0; kind < MOVEMENT__MAX; kind++)
		met[kind] += strstr(strbuf_text(&want), movement_kind_words[kind]) != NULL;
	cr_assert_str_eq(text_of(by_account_sql), strbuf_text(&want), "seed %u", seed);
	cr_assert_eq(fixture_number(breaks_sql), 0, "seed %u", seed);
	expect_stock("many", DAYS - 1);
	strbuf_free(&want);
}

Test(mrr_days, many_lives_equal_a_recount)
{
	int met[MOVEMENT__MAX] = { 0 };

	for (unsigned seed = 1; seed <= 6; seed++)
		live_many(seed, met);
	for (int kind = 0; kind < MOVEMENT__MAX; kind++)
		cr_expect_gt(met[kind], 3, "%s", movement_kind_words[kind]);
}

/* ---- Whatever happens ---- */

static void
something_happens(int day)
{
	static const char *const happenings[] = {
		"UPDATE users SET is_banned = NOT is_banned WHERE keycloak_sub = 'bob'",
		"UPDATE users SET is_test = NOT is_test WHERE keycloak_sub = 'carol'",
		"DELETE FROM users WHERE keycloak_sub = 'carol'",
		"INSERT INTO users (keycloak_sub, issuer) VALUES ('dave', 'i') ON CONFLICT DO "
		"NOTHING",
		"UPDATE stripe_customers SET user_id = (SELECT id FROM users"
		" WHERE keycloak_sub = 'alice') WHERE user_id IS NULL AND NOT is_live",
	};

	/* the strange ones not before there is something that they can spoil */
	if (day > 10 && rand() % 4 == 0)
		fixture_exec(
		    happenings[rand() % (int)(sizeof(happenings) / sizeof(happenings[0]))]);
}

/* Noticed at once or some days late. */
static void
change_late(int day)
{
	int i = rand() % SUBS, late = rand() % 3 == 0 ? rand() % 5 : 0;
	double at = day + (1 + rand() % 80000) / (double)NSECOND;

	TELL({ arena_printf(&arena, "sub_%d", i), customers[i % (int)CUSTOMERS],
	    late < day ? at - late : at, rand() % 2 == 0 ? "0" : "300", moneys[rand() % MONEYS],
	    NULL, NULL, at });
}

/* What moved is what the stock differs by, in each currency and all the time. */
static const char moved_sql[] =
    "SELECT count(*) FROM (SELECT currency, sum(mrr) AS mrr FROM mrr_stock GROUP BY 1) k"
    " FULL JOIN (SELECT currency, sum(is_mrr - was_mrr) AS mrr FROM mrr_movements GROUP BY 1) m"
    " USING (currency) WHERE coalesce(k.mrr, 0) <> coalesce(m.mrr, 0)";

/* Late news, bans, accounts that go, come and get customers: no day is lost, and all adds up. */
Test(mrr_days, whatever_happens_adds_up)
{
	srand(11);
	for (int day = 0; day < 2 * DAYS; day++) {
		for (int n = rand() % 4; n > 0 && day > 0; n--)
			change_late(day);
		something_happens(day);
		if (day == 0 || rand() % 3 > 0)
			close_to(day);
		cr_assert_eq(fixture_number(moved_sql), 0, "day %d", day);
	}
	close_to(2 * DAYS - 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 2 * DAYS);
	cr_expect_eq(fixture_number(moved_sql), 0);
	expect_stock("whatever", 2 * DAYS - 1);
	cr_expect_gt(fixture_number("SELECT count(*) FROM mrr_movements"), 50);
}

/* ---- Cost ---- */

/* A window of days is read, and the changes of a day, however much lies before. */
Test(mrr_days, cost_does_not_grow_with_history)
{
	struct db_query q = { .arena = &arena };
	struct movement_day day = {
		.day = "2026-01-31", .opened_on = "2020-01-01", .seen_to = "2026-01-30 00:10Z"
	};
	const char *plan;

	TELL({ "s", BOB, -900, "900", "eur", NULL, NULL, 0 });
	fixture_exec(
	    "INSERT INTO mrr_payers (is_live, user_id) SELECT false, id FROM users;"
	    "INSERT INTO mrr_movements (day, payer_id, currency, was_mrr, is_mrr, kind)"
	    " SELECT date '2026-01-31' - n / 10, (SELECT min(id) FROM mrr_payers), 'eur', 0,"
	    " 1, 'new' FROM generate_series(0, 20000) n;"
	    "INSERT INTO stripe_subscription_changes (subscription_id, at, noticed_at, status,"
	    " is_paused, cancel_at_period_end, currency, mrr, billed_mrr, prices)"
	    " SELECT 's', at, at, 'active', false, false, 'eur', n, n, '{}'"
	    " FROM generate_series(0, 20000) n,"
	    " LATERAL (SELECT timestamptz '2026-01-31 12:00Z' - n * interval '1 hour' AS at) a;"
	    "ANALYZE mrr_movements, stripe_subscription_changes");
	movement_window_store_facts(&q, false, AFTER(30));
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "mrr_movements_day_idx"), "%s", plan);
	movement_window_store_churn(&q, false, AFTER(30));
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "mrr_movements_day_idx"), "%s", plan);
	movement_store_rows(&q, &day);
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "stripe_subscription_changes_at_idx"), "%s", plan);
	cr_expect_not_null(strstr(plan, "stripe_subscription_changes_noticed_at_idx"), "%s", plan);
}

/* ---- Stopped half-way: what these do is committed, in the other world ---- */

static const char remove_sql[] =
    "DROP FUNCTION IF EXISTS mrr_days_test() CASCADE;"
    "DELETE FROM mrr_days; DELETE FROM mrr_movements;"
    "DELETE FROM stripe_customers WHERE id LIKE 'cus_mrr_days_%'; DELETE FROM mrr_payers;";

/* Six customers, of whom one leaves, one comes and one changes each day. */
static const char committed_sql[] =
    "INSERT INTO stripe_customers (id, is_live)"
    " SELECT 'cus_mrr_days_' || n, true FROM generate_series(1, 6) n;"
    "INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, created_at,"
    " terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)"
    " SELECT 'sub_mrr_days_' || n, true, 'cus_mrr_days_' || n, 'active', 'eur', now(), '{}',"
    " 0, 0, 0, 0, now(), now() FROM generate_series(1, 6) n;"
    "INSERT INTO stripe_subscription_changes (subscription_id, at, noticed_at, status, is_paused,"
    " cancel_at_period_end, currency, mrr, billed_mrr, prices)"
    " SELECT 'sub_mrr_days_' || n, at, at, 'active', false, false, 'eur', (n + d) % 3 * 100, 0,"
    " '{}' FROM generate_series(1, 6) n, generate_series(0, 4) d,"
    " LATERAL (SELECT timestamptz '2026-01-01 12:00Z' + d * interval '1 day' AS at) a;";

/* What is said of a session in test.stop happens when it writes that table for that day. */
static const char trigger_sql[] =
    "CREATE FUNCTION mrr_days_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF current_setting('test.stop', true) = TG_TABLE_NAME"
    " AND (SELECT max(day) FROM mrr_days) = '2026-01-04' THEN"
    " PERFORM pg_terminate_backend(pg_backend_pid()); END IF;"
    " IF current_setting('test.stop', true) = 'wrong' AND TG_TABLE_NAME = 'mrr_stock' THEN"
    " NEW.mrr := NEW.mrr + 1; END IF; RETURN NEW; END $$;"
    "CREATE TRIGGER t BEFORE INSERT ON mrr_movements FOR EACH ROW EXECUTE FUNCTION mrr_days_test();"
    "CREATE TRIGGER t BEFORE UPDATE ON mrr_payers FOR EACH ROW EXECUTE FUNCTION mrr_days_test();"
    "CREATE TRIGGER t BEFORE UPDATE ON mrr_stock FOR EACH ROW EXECUTE FUNCTION mrr_days_test();"
    "CREATE TRIGGER t BEFORE INSERT ON mrr_day_sums FOR EACH ROW EXECUTE FUNCTION mrr_days_test();";

static void
setup_committed(void)
{
	fixture_open();
	fixture_exec(remove_sql);
	fixture_exec(committed_sql);
	fixture_exec(trigger_sql);
}

static void
teardown_committed(void)
{
	fixture_exec(remove_sql);
	fixture_close();
}

TestSuite(mrr_days_stopped, .init = setup_committed, .fini = teardown_committed);

static enum err
close_all_over(
    struct db_sync *over, const char *stop, int day, int64_t *closed, struct strbuf *error)
{
	cr_assert_eq(
	    db_sync_script(over, arena_printf(&arena, "SET test.stop = '%s'", stop)), ERR_OK);
	return mrr_days_close(over, true, AFTER(day), closed, error);
}

static const char all_sql[] =
    "SELECT coalesce(string_agg(line, E'\\n'), '') FROM (SELECT concat_ws(' ', m.day,"
    " p.customer_id, m.kind, m.revised_on, m.was_mrr, m.is_mrr) AS line FROM mrr_movements m"
    " JOIN mrr_payers p ON p.id = m.payer_id ORDER BY m.day, p.customer_id, m.currency) l";

static void
close_well(int day, int64_t want)
{
	struct strbuf error = { 0 };
	int64_t closed;

	cr_assert_eq(close_all_over(db, "", day, &closed, &error), ERR_OK);
	cr_assert_eq(closed, want);
	strbuf_free(&error);
}

static void
forget_days(void)
{
	fixture_exec("DELETE FROM mrr_days; DELETE FROM mrr_movements; DELETE FROM mrr_stock;"
		     "DELETE FROM mrr_payers");
}

static void
expect_kill(const char *table, int64_t closed_before)
{
	struct db_sync *killed = fixture_connect();
	struct strbuf error = { 0 };
	int64_t closed;

	cr_expect_neq(close_all_over(killed, table, 4, &closed, &error), ERR_OK, "%s", table);
	cr_expect_eq(closed, closed_before, "%s", table);
	strbuf_free(&error);
	db_sync_close(killed);
}

/* Whichever table was written last: the day is closed as a whole, or not at all. */
Test(mrr_days_stopped, a_kill_loses_and_doubles_nothing)
{
	static const char *const tables[] = { "mrr_movements", "mrr_payers", "mrr_stock",
		"mrr_day_sums" };
	const char *half, *whole;

	close_well(0, 1);
	close_well(2, 2);
	half = text_of(all_sql);
	close_well(4, 2);
	whole = text_of(all_sql);
	cr_assert_gt(strlen(whole), 500);
	forget_days();
	close_well(0, 1);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		expect_kill(tables[i], i == 0 ? 2 : 0);
		cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 3);
		cr_expect_str_eq(text_of(all_sql), half, "%s", tables[i]);
	}
	close_well(4, 2);
	cr_expect_str_eq(text_of(all_sql), whole);
}

/* Movements that do not make up what the stock differs by are not kept, and the job says so. */
Test(mrr_days_stopped, sums_that_do_not_agree)
{
	struct strbuf error = { 0 };
	int64_t closed;

	close_well(0, 1);
	cr_expect_eq(close_all_over(db, "wrong", 4, &closed, &error), ERR_INVALID);
	cr_expect_eq(closed, 0);
	cr_expect_not_null(strstr(strbuf_text(&error), "movements"), "%s", strbuf_text(&error));
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_movements"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 1);
	strbuf_free(&error);
}

Test(mrr_days_stopped, days_that_were_closed_ahead_of_time)
{
	struct strbuf error = { 0 };
	int64_t closed;

	close_well(4, 1);
	cr_expect_eq(close_all_over(db, "", 2, &closed, &error), ERR_INTERNAL);
	cr_expect_not_null(strstr(strbuf_text(&error), "mrr_days"), "%s", strbuf_text(&error));
	strbuf_free(&error);
}

struct closer {
	struct db_sync *db;
	enum err err;
};

static void *
close_in_thread(void *arg)
{
	struct closer *c = arg;
	struct strbuf error = { 0 };
	int64_t closed;

	c->err = mrr_days_close(c->db, true, AFTER(4), &closed, &error);
	strbuf_free(&error);
	return NULL;
}

/* Without the job's lock, as when it was lost: whoever is second waits, and finds it done. */
Test(mrr_days_stopped, two_at_once_close_each_day_once)
{
	struct closer both[2] = { { .db = fixture_connect() }, { .db = fixture_connect() } };
	pthread_t threads[2];
	const char *want;

	close_well(0, 1);
	close_well(4, 4);
	want = text_of(all_sql);
	forget_days();
	close_well(0, 1);
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, close_in_thread, &both[i]), 0);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		cr_expect(both[i].err == ERR_OK || both[i].err == ERR_CONFLICT, "%s",
		    err_word(both[i].err));
		db_sync_close(both[i].db);
	}
	cr_expect_str_eq(text_of(all_sql), want);
	cr_expect_eq(fixture_number("SELECT count(*) FROM mrr_days"), 5);
}
