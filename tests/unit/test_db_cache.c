/* What is kept, for how long, and what ends it. */
#include "db/db_cache.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/keep.h"

#define MS 1000

static struct arena arena;
static int64_t owner = 7;
static const char one_sql[] = "SELECT one", other_sql[] = "SELECT other";

static void
begin(void)
{
	keep_init(true);
	owner = 7;
}

TestSuite(db_cache, .init = begin);

static struct db_query
query(const char *sql, int64_t number, const char *text)
{
	struct db_query q = { .arena = &arena };

	db_query_read(&q, sql);
	db_param_int(&q, number);
	db_param_text(&q, text);
	db_query_keep(&q, 100, &owner);
	return q;
}

static PGresult *
answer(size_t bytes)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc column = { .name = (char *)"c", .typlen = -1 };
	char *value = arena_alloc(&arena, bytes + 1);

	memset(value, 'x', bytes);
	cr_assert(PQsetResultAttrs(res, 1, &column));
	cr_assert(PQsetvalue(res, 0, 0, value, (int)bytes));
	return res;
}

Test(db_cache, another_question_is_not_answered)
{
	const int64_t now = clock_monotonic_us();
	struct db_query kept = query(one_sql, 1, "a"), none = { .arena = &arena };
	struct db_query others[] = { query(other_sql, 1, "a"), query(one_sql, 2, "a"),
		query(one_sql, 1, "b"), query(one_sql, 1, ""), query(one_sql, 1, NULL),
		query(one_sql, 1, "aa") };

	db_cache_keep(&kept, answer(10), now);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_null(db_cache_find(&others[i], now), "question %zu", i);
	db_query_read(&none, one_sql);
	db_param_int(&none, 1);
	db_param_text(&none, "a");
	cr_expect_null(db_cache_find(&none, now), "it did not ask for it");
	cr_expect_not_null(db_cache_find(&kept, now));
}

/* "1" and "11" are other values than "11" and "1", and bytes may hold anything. */
Test(db_cache, values_do_not_run_into_each_other)
{
	const int64_t now = clock_monotonic_us();
	struct db_query a = query(one_sql, 1, "11"), b = query(one_sql, 11, "1");

	db_cache_keep(&a, answer(1), now);
	cr_expect_null(db_cache_find(&b, now));
	cr_expect_not_null(db_cache_find(&a, now));
}

Test(db_cache, a_moment_passes)
{
	const int64_t now = clock_monotonic_us();
	struct db_query q = query(one_sql, 1, "a");

	db_cache_keep(&q, answer(1), now);
	cr_expect_not_null(db_cache_find(&q, now + 99 * MS));
	cr_expect_null(db_cache_find(&q, now + 100 * MS));
	cr_expect_null(db_cache_find(&q, now), "it was thrown away");
}

Test(db_cache, a_change_ends_it)
{
	struct db_query q = query(one_sql, 1, "a");
	int64_t now = clock_monotonic_us();

	db_cache_keep(&q, answer(1), now);
	keep_drop(8);
	cr_expect_not_null(db_cache_find(&q, now), "another account");
	keep_drop(7);
	cr_expect_null(db_cache_find(&q, now));
	db_cache_keep(&q, answer(1), now);
	cr_expect_null(db_cache_find(&q, now), "it was asked for before the change");
	now = clock_monotonic_us() + 1;
	db_cache_keep(&q, answer(1), now);
	cr_expect_not_null(db_cache_find(&q, now));
}

Test(db_cache, what_is_not_kept)
{
	const int64_t now = clock_monotonic_us();
	struct db_query q = query(one_sql, 1, "a"), without_value = query(one_sql, 1, NULL);
	char longer[300];

	owner = 0;
	db_cache_keep(&q, answer(1), now);
	cr_expect_null(db_cache_find(&q, now), "nobody's");
	owner = 7;
	db_cache_keep(&q, answer(20000), now);
	cr_expect_null(db_cache_find(&q, now), "too large");
	db_cache_keep(&without_value, answer(1), now);
	cr_expect_null(db_cache_find(&without_value, now), "NULL");
	memset(longer, 'x', sizeof(longer));
	longer[299] = '\0';
	q = query(one_sql, 1, longer);
	db_cache_keep(&q, answer(1), now);
	cr_expect_null(db_cache_find(&q, now), "a question that is too long");
}

/* Many accounts: what is found is always the right one, whatever had to make room. */
Test(db_cache, many)
{
	const int64_t now = clock_monotonic_us();
	int found = 0;

	for (int64_t i = 1; i <= 2000; i++) {
		struct db_query q = query(one_sql, i, "a");
		PGresult *res = answer(1);
		char text[24];

		snprintf(text, sizeof(text), "%d", (int)i);
		cr_assert(PQsetvalue(res, 0, 0, text, (int)strlen(text)));
		db_cache_keep(&q, res, now);
	}
	for (int64_t i = 1; i <= 2000; i++) {
		struct db_query q = query(one_sql, i, "a");
		const PGresult *res = db_cache_find(&q, now);

		if (res == NULL)
			continue;
		found++;
		cr_expect_eq(atoi(PQgetvalue(res, 0, 0)), i);
	}
	cr_expect_geq(found, KEEP_PLACES / 2);
	cr_expect_leq(found, KEEP_PLACES);
}

Test(db_cache_off, keeps_nothing)
{
	const int64_t now = clock_monotonic_us();
	struct db_query q = query(one_sql, 1, "a");

	keep_init(false);
	db_cache_keep(&q, answer(1), now);
	cr_expect_null(db_cache_find(&q, now));
	keep_drop(7);
}
