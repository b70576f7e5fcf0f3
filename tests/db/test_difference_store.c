/* What the nightly comparison found, page by page. */
#include "billing/difference_store.h"

#include "db_fixture.h"

static void
begin(void)
{
	fixture_begin();
	fixture_exec("DELETE FROM stripe_differences;"
		     "INSERT INTO stripe_differences (found_at, object_id, what, ours, theirs,"
		     " is_repaired) SELECT to_timestamp(1767225600 + n), 'sub_' || n,"
		     " CASE WHEN n = 1 THEN 'missing' ELSE 'status' END,"
		     " CASE WHEN n > 1 THEN 'active' END, 'canceled', n <> 5"
		     " FROM generate_series(1, 5) n");
}

TestSuite(difference_store, .init = begin, .fini = fixture_close);

static struct difference *
page(int64_t before, int64_t limit, size_t *n)
{
	struct db_query q = { .arena = &arena };
	struct difference *rows;
	PGresult *res;

	difference_store_page(&q, before, limit);
	res = fixture_run(&q);
	cr_assert_eq(difference_store_rows(res, &arena, &rows, n), ERR_OK);
	PQclear(res);
	return rows;
}

Test(difference_store, the_latest_first)
{
	struct difference *rows;
	size_t n;

	rows = page(0, 3, &n);
	cr_assert_eq(n, 3);
	cr_expect_str_eq(rows[0].object_id, "sub_5");
	cr_expect_str_eq(rows[0].what, "status");
	cr_expect_str_eq(rows[0].ours, "active");
	cr_expect_str_eq(rows[0].theirs, "canceled");
	cr_expect_eq(rows[0].found_at, 1767225605);
	cr_expect_not(rows[0].is_repaired);
	rows = page(rows[2].id, 3, &n);
	cr_assert_eq(n, 2);
	cr_expect_str_eq(rows[1].object_id, "sub_1");
	cr_expect_null(rows[1].ours);
	cr_expect(rows[1].is_repaired);
	page(rows[1].id, 3, &n);
	cr_expect_eq(n, 0);
}
