/* Customers without an account, and what an admin does about them. */
#include "billing/unlinked_store.h"

#include <string.h>

#include "db_fixture.h"

/* Two accounts with one address; customers: linked, unlinked, deleted, of live mode, paying. */
static void
begin(void)
{
	fixture_begin();
	fixture_exec(
	    "DELETE FROM stripe_customers;"
	    "INSERT INTO users (keycloak_sub, issuer, name, email) VALUES"
	    " ('sam', 'i', 'Sam', 'Sam@example.org'), ('tess', 'i', NULL, 'both@example.org'),"
	    " ('ulla', 'i', NULL, 'both@example.org'), ('sam@example.org', 'i', NULL, NULL);"
	    "INSERT INTO stripe_customers (id, is_live, user_id, user_sub, is_deleted, created_at)"
	    " VALUES ('cus_a', false, NULL, 'who', false, to_timestamp(1767225600)),"
	    " ('cus_b', false, NULL, NULL, false, NULL), ('cus_gone', false, NULL, NULL, true, "
	    "NULL),"
	    " ('cus_linked', false, (SELECT id FROM users WHERE keycloak_sub = 'tess'), NULL, "
	    "false,"
	    "  NULL), ('cus_live', true, NULL, NULL, false, NULL);"
	    "INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency, "
	    "created_at,"
	    " ended_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)"
	    " SELECT 'sub_' || n, false, 'cus_a', 'active', currency, now(), ended_at, '{}', mrr, "
	    "mrr,"
	    " mrr, 0, now(), now() FROM (VALUES (1, 'usd', NULL::timestamptz, 500),"
	    " (2, 'eur', NULL, 900.4), (3, 'eur', NULL, 99.9), (4, 'eur', now(), 7))"
	    " AS v (n, currency, ended_at, mrr)");
}

TestSuite(unlinked_store, .init = begin, .fini = fixture_close);

struct rows {
	struct unlinked *v;
	size_t n;
};

static struct rows
rows_of(const struct db_query *q)
{
	PGresult *res = fixture_run(q);
	struct rows rows;

	cr_assert_eq(unlinked_store_rows(res, &arena, &rows.v, &rows.n), ERR_OK);
	PQclear(res);
	return rows;
}

static struct rows
page(bool is_live, const char *after, int64_t n)
{
	struct db_query q = { .arena = &arena };

	unlinked_store_page(&q, is_live, after, n);
	return rows_of(&q);
}

Test(unlinked_store, lists_those_without_an_account)
{
	struct rows rows = page(false, NULL, 10);

	cr_assert_eq(rows.n, 2);
	cr_expect_str_eq(rows.v[0].id, "cus_a");
	cr_expect_str_eq(rows.v[0].user_sub, "who");
	cr_expect_eq(rows.v[0].created_at, 1767225600);
	cr_expect_eq(rows.v[0].nsubscriptions, 3, "one has ended");
	cr_expect_str_eq(rows.v[0].worth, "eur 1000,usd 500");
	cr_expect_str_eq(rows.v[1].id, "cus_b");
	cr_expect_null(rows.v[1].user_sub);
	cr_expect_eq(rows.v[1].created_at, 0);
	cr_expect_eq(rows.v[1].nsubscriptions, 0);
	cr_expect_null(rows.v[1].worth);
	cr_expect_eq(page(true, NULL, 10).n, 1);
}

Test(unlinked_store, page_by_page)
{
	struct rows rows = page(false, NULL, 1);

	cr_assert_eq(rows.n, 1);
	rows = page(false, rows.v[0].id, 1);
	cr_assert_eq(rows.n, 1);
	cr_expect_str_eq(rows.v[0].id, "cus_b");
	cr_expect_eq(page(false, "cus_b", 1).n, 0);
}

Test(unlinked_store, one)
{
	struct db_query q = { .arena = &arena };
	static const char *const none[] = { "cus_none", "cus_linked", "cus_gone", "cus_live" };

	unlinked_store_one(&q, false, "cus_b");
	cr_assert_eq(rows_of(&q).n, 1);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		unlinked_store_one(&q, false, none[i]);
		cr_expect_eq(rows_of(&q).n, 0, "%s", none[i]);
	}
}

static struct unlinked_account *
accounts(const char *typed, size_t *n)
{
	struct db_query q = { .arena = &arena };
	struct unlinked_account *rows;
	PGresult *res;

	unlinked_store_accounts(&q, typed);
	res = fixture_run(&q);
	cr_assert_eq(unlinked_store_accounts_rows(res, &arena, &rows, n), ERR_OK);
	PQclear(res);
	return rows;
}

Test(unlinked_store, accounts_by_sub_and_by_address)
{
	struct unlinked_account *rows;
	size_t n;

	rows = accounts("tess", &n);
	cr_assert_eq(n, 1);
	cr_expect_str_eq(rows[0].email, "both@example.org");
	cr_expect_null(rows[0].name);
	rows = accounts("SAM@EXAMPLE.ORG", &n);
	cr_assert_eq(n, 1);
	cr_expect_str_eq(rows[0].sub, "sam");
	rows = accounts("sam@example.org", &n);
	cr_assert_eq(n, 1, "the sub comes first");
	cr_expect_str_eq(rows[0].sub, "sam@example.org");
	accounts("both@example.org", &n);
	cr_expect_eq(n, 2);
	accounts("nobody", &n);
	cr_expect_eq(n, 0);
	accounts("%", &n);
	cr_expect_eq(n, 0);
}

static int64_t
user(const char *sub)
{
	return fixture_number(
	    arena_printf(&arena, "SELECT id FROM users WHERE keycloak_sub = '%s'", sub));
}

static int64_t
link_to(bool is_live, const char *id, int64_t user_id)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n;

	unlinked_store_link(&q, is_live, id, user_id);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

Test(unlinked_store, links_once_and_has_the_plan_looked_at)
{
	const int64_t sam = user("sam");

	fixture_exec(arena_printf(&arena,
	    "INSERT INTO plan_checks (user_id, due_at) VALUES (%lld, now() + interval '1 day')",
	    (long long)sam));
	cr_expect_eq(link_to(false, "cus_a", sam), 1);
	cr_expect_eq(link_to(false, "cus_a", user("tess")), 0, "it is linked");
	cr_expect_eq(fixture_number("SELECT count(*) FROM stripe_customers c JOIN users u"
				    " ON u.id = c.user_id WHERE c.id = 'cus_a'"
				    " AND u.keycloak_sub = 'sam'"),
	    1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_checks WHERE due_at <= now()"), 1);
	cr_expect_eq(page(false, NULL, 10).n, 1);
}

Test(unlinked_store, links_nothing_else)
{
	cr_expect_eq(link_to(false, "cus_b", 9000000), 0, "no such account");
	cr_expect_eq(link_to(false, "cus_gone", user("sam")), 0);
	cr_expect_eq(link_to(false, "cus_live", user("sam")), 0);
	cr_expect_eq(link_to(false, "cus_none", user("sam")), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM plan_checks p JOIN users u ON u.id ="
				    " p.user_id WHERE u.keycloak_sub = 'sam'"),
	    0);
}
