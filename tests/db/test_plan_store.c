/* Plans follow what is bought, with one event for each change, whoever settles at the same time. */
#include <pthread.h>
#include <string.h>

#include "billing/plan_run.h"
#include "billing/plan_store.h"
#include "db_fixture.h"

static const char clean[] =
    "DELETE FROM events WHERE user_sub LIKE 'plan-%'; DELETE FROM plan_prices;"
    " DELETE FROM stripe_customers WHERE id LIKE 'cus_plan_%'; DELETE FROM plan_checks;"
    " DELETE FROM stripe_cursors WHERE name = 'plans';"
    " DELETE FROM users WHERE keycloak_sub LIKE 'plan-%'";

static void
begin(void)
{
	fixture_open();
	fixture_exec(clean);
}

static void
end(void)
{
	fixture_exec(clean);
	fixture_close();
}

TestSuite(plan_store, .init = begin, .fini = end);

/* n accounts, each with a subscription in that status, and a check that is due. */
static void
make(int n, const char *status)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO plan_prices (price_id, plan) VALUES ('price_plan', 'pro');"
	    "INSERT INTO users (keycloak_sub, issuer) SELECT 'plan-' || n, 'i'"
	    " FROM generate_series(1, %d) n;"
	    "INSERT INTO stripe_customers (id, is_live, user_id) SELECT 'cus_' ||"
	    " replace(keycloak_sub, '-', '_'), false, id FROM users"
	    " WHERE keycloak_sub LIKE 'plan-%%';"
	    "INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,"
	    " created_at, past_due_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at,"
	    " read_at) SELECT 'sub_' || id, false, id, '%s', 'eur', now(),"
	    " now() - interval '1 day', '{}', 0, 0, 0, 0, now(), now() FROM stripe_customers"
	    " WHERE id LIKE 'cus_plan_%%';"
	    "INSERT INTO stripe_subscription_items (id, subscription_id, price_id)"
	    " SELECT 'si_' || id, id, 'price_plan' FROM stripe_subscriptions"
	    " WHERE customer_id LIKE 'cus_plan_%%';"
	    "INSERT INTO plan_checks (user_id) SELECT id FROM users"
	    " WHERE keycloak_sub LIKE 'plan-%%' ON CONFLICT DO NOTHING",
	    n, status));
}

static int64_t
settle(int64_t grace_s)
{
	int64_t changed = -1;

	cr_assert_eq(plan_run(db, false, grace_s, &changed), ERR_OK);
	return changed;
}

static void
expect_events(const char *want)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;

	db_query_write(&q, "SELECT coalesce(string_agg(event_type || ' ' || metadata, ', '"
			   " ORDER BY id), '') FROM events WHERE user_sub LIKE 'plan-%'");
	res = fixture_run(&q);
	cr_expect_str_eq(PQgetvalue(res, 0, 0), want, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
}

#define AGAIN                                                                                      \
	"UPDATE plan_checks SET due_at = now(); INSERT INTO plan_checks (user_id)"                 \
	" SELECT id FROM users WHERE keycloak_sub LIKE 'plan-%' ON CONFLICT DO NOTHING"
#define UP "plan_upgrade {\"to\": \"pro\", \"from\": \"free\"}"
#define DOWN "plan_downgrade {\"to\": \"free\", \"from\": \"pro\"}"

Test(plan_store, an_event_for_each_real_change)
{
	make(1, "active");
	cr_expect_eq(settle(0), 1);
	expect_events(UP);
	fixture_exec(AGAIN);
	cr_expect_eq(settle(0), 0);
	expect_events(UP);
	fixture_exec("UPDATE stripe_subscriptions SET status = 'canceled'"
		     " WHERE customer_id LIKE 'cus_plan_%';" AGAIN);
	cr_expect_eq(settle(0), 1);
	expect_events(UP ", " DOWN);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_checks"), 0);
}

Test(plan_store, grace_is_looked_at_again_when_it_ends)
{
	make(1, "past_due"); /* since yesterday */
	cr_expect_eq(settle(7 * 86400), 1);
	cr_expect_eq(fixture_number("SELECT round(extract(epoch FROM due_at - now()) / 86400)"
				    "::bigint FROM plan_checks"),
	    6);
	fixture_exec("UPDATE plan_checks SET due_at = now()");
	cr_expect_eq(settle(3600), 1);
	expect_events(UP ", " DOWN);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_checks"), 0);
}

Test(plan_store, the_other_mode_buys_nothing)
{
	make(1, "active");
	fixture_exec("UPDATE stripe_subscriptions SET is_live = true"
		     " WHERE customer_id LIKE 'cus_plan_%'");
	cr_expect_eq(settle(0), 0);
	expect_events("");
}

/* The first of all, whatever fails about it. */
Test(plan_store, an_account_that_cannot_be_settled_holds_up_nobody)
{
	make(2, "active");
	fixture_exec("UPDATE plan_checks SET due_at = now() - interval '1 hour' WHERE user_id ="
		     " (SELECT id FROM users WHERE keycloak_sub = 'plan-1');"
		     "ALTER TABLE users ADD CONSTRAINT plan_test CHECK (keycloak_sub <> 'plan-1'"
		     " OR plan = 'free')");
	cr_expect_eq(settle(0), 1);
	fixture_exec("ALTER TABLE users DROP CONSTRAINT plan_test");
	expect_events(UP);
	cr_expect_eq(fixture_number("SELECT round(extract(epoch FROM due_at - now()) / 100)"
				    "::bigint FROM plan_checks"),
	    3);
	fixture_exec("UPDATE plan_checks SET due_at = now()");
	cr_expect_eq(settle(0), 1);
	expect_events(UP ", " UP);
}

static void
expect_followed(bool is_live, int64_t grace_s, int64_t changed, int64_t checks)
{
	struct db_query q = { .arena = &arena };
	int64_t n = -1;
	PGresult *res;

	fixture_exec("UPDATE plan_checks SET due_at = now() + interval '6 days'");
	plan_store_follow_settings(&q, is_live, grace_s);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	cr_expect_eq(n, changed);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM plan_checks WHERE due_at <= now()"), checks);
	PQclear(res);
}

/* plan-1 waits for the end of its grace, plan-2 lost its customer, plan-3 never had one. */
Test(plan_store, another_mode_or_grace_has_plans_looked_at)
{
	make(3, "past_due");
	fixture_exec("DELETE FROM stripe_customers WHERE id IN ('cus_plan_2', 'cus_plan_3');"
		     "DELETE FROM plan_checks; INSERT INTO plan_checks (user_id) SELECT id"
		     " FROM users WHERE keycloak_sub = 'plan-1';"
		     "UPDATE users SET plan = 'pro' WHERE keycloak_sub = 'plan-2'");
	expect_followed(false, 7, 1, 2);
	expect_followed(false, 7, 0, 0);
	expect_followed(false, 3, 1, 2);
	expect_followed(true, 3, 1, 2);
	expect_followed(true, 3, 0, 0);
	expect_followed(false, 3, 1, 2);
	cr_expect_eq(settle(0), 1); /* plan-2 has what was granted */
	expect_events(DOWN);
}

Test(plan_store, a_price_that_buys_another_plan)
{
	make(1, "active");
	settle(0);
	fixture_exec("DELETE FROM plan_prices;" AGAIN);
	cr_expect_eq(settle(0), 1);
	expect_events(UP ", " DOWN);
}

#define ACCOUNTS 200

static void *
settle_all(void *arg)
{
	struct db_sync *own = fixture_connect();
	int64_t *changed = arg;

	cr_expect_eq(plan_run(own, false, 0, changed), ERR_OK);
	db_sync_close(own);
	return NULL;
}

Test(plan_store, two_who_settle_at_once)
{
	pthread_t threads[2];
	int64_t changed[2] = { 0 };

	make(ACCOUNTS, "active");
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, settle_all, &changed[i]), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	cr_expect_eq(changed[0] + changed[1], ACCOUNTS);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub LIKE 'plan-%'"
				    " AND event_type = 'plan_upgrade'"),
	    ACCOUNTS);
	cr_expect_eq(fixture_number("SELECT count(*) FROM users WHERE keycloak_sub LIKE 'plan-%'"
				    " AND plan = 'pro'"),
	    ACCOUNTS);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_checks"), 0);
}
