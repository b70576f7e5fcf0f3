/*
 * Days that are closed: lives of subscriptions as rows, the movements that come of them, and what
 * may go wrong with the time, the customer or the account in between. Day 0 is 2026-01-01.
 */
#include <inttypes.h>
#include <string.h>

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
    " ' ' || trim_scale(m.amount), ', ' ORDER BY m.day, m.id), '')"
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
