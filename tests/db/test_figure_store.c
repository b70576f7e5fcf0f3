/* The table of the latest figures: what is put together, what is forgotten, what only grows. */
#include "db_fixture.h"
#include "figures/figure_store.h"

TestSuite(figure_store, .init = fixture_begin, .fini = fixture_close);

static const char *const words[] = { "accounts", "logins_total", "subscriptions" };

static void
put(const struct figure_list *list, size_t nwords, int64_t at)
{
	struct db_query q = { .arena = &arena };

	figure_store_put(&q, list, words, nwords, at);
	cr_expect_not(q.is_read);
	PQclear(fixture_run(&q));
}

static struct figure_list
stored(void)
{
	struct db_query q = { .arena = &arena };
	struct figure_list list = { 0 };
	PGresult *res;

	figure_store_all(&q);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_assert_eq(figure_store_rows(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

static void
expect(const char *name, const char *label, const char *value)
{
	struct figure_list list = stored();
	const char *got = figure_list_value(&list, name, label);

	cr_expect_str_eq(got != NULL ? got : "unknown", value, "%s %s: %s", name, label, got);
}

Test(figure_store, what_is_not_put_again_is_not_known)
{
	struct figure_list first = { 0 }, second = { 0 };

	fixture_exec("DELETE FROM figures");
	figure_list_add_int(&first, &arena, "accounts", "", 5);
	figure_list_add_int(&first, &arena, "subscriptions", "active", 2);
	figure_list_add_int(&first, &arena, "subscriptions", "past_due", 1);
	put(&first, 3, 100);
	figure_list_add(&second, &arena, "subscriptions", "active", "3.50");
	put(&second, 3, 200);
	expect("accounts", "", "unknown");
	expect("subscriptions", "active", "3.5");
	expect("subscriptions", "past_due", "unknown");
	cr_expect_eq(stored().v[0].at, 200);
}

Test(figure_store, words_of_others_stay)
{
	struct figure_list first = { 0 }, none = { 0 };

	fixture_exec("DELETE FROM figures");
	figure_list_add_int(&first, &arena, "accounts", "", 5);
	figure_list_add_int(&first, &arena, "subscriptions", "active", 2);
	put(&first, 3, 100);
	put(&none, 2, 200);
	expect("accounts", "", "unknown");
	expect("subscriptions", "active", "2");
}

/* It waits until it is caught up with; while it is unknown it grows old, and is not forgotten. */
Test(figure_store, a_counter_never_falls)
{
	struct figure_list first = { 0 }, second = { 0 }, third = { 0 }, none = { 0 };

	fixture_exec("DELETE FROM figures");
	figure_list_add_int(&first, &arena, "logins_total", "", 100);
	put(&first, 3, 100);
	put(&none, 3, 200);
	expect("logins_total", "", "100");
	cr_expect_eq(stored().v[0].at, 100);
	figure_list_add_int(&second, &arena, "logins_total", "", 90);
	put(&second, 3, 300);
	expect("logins_total", "", "100");
	cr_expect_eq(stored().v[0].at, 300);
	figure_list_add_int(&third, &arena, "logins_total", "", 101);
	put(&third, 3, 400);
	expect("logins_total", "", "101");
}
