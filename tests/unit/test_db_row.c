#include <criterion/criterion.h>

#include "db/db_row.h"

static const char *const words[] = { "free", "pro" };

/* One row of texts; NULL is SQL NULL. */
static PGresult *
make_row(int n, const char *const *values)
{
	PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresAttDesc columns[8] = { 0 };

	for (int i = 0; i < n; i++) {
		columns[i].name = (char *)"c";
		columns[i].typid = 25;
		columns[i].typlen = -1;
	}
	cr_assert(PQsetResultAttrs(res, n, columns));
	for (int i = 0; i < n; i++)
		cr_assert(PQsetvalue(
		    res, 0, i, (char *)values[i], values[i] != NULL ? (int)strlen(values[i]) : -1));
	return res;
}

Test(db_row, reads_columns_in_their_order)
{
	static const char *const values[] = { "42", "alice", "t", "\\x00ff", "pro", NULL };
	PGresult *res = make_row(6, values);
	struct db_row r = db_row_at(res, 0);
	struct arena arena = { 0 };
	unsigned char *bytes;
	size_t len;

	cr_expect_eq(db_row_int(&r), 42);
	cr_expect_str_eq(db_row_text(&r, &arena), "alice");
	cr_expect(db_row_bool(&r));
	bytes = db_row_bytes(&r, &arena, &len);
	cr_assert_eq(len, 2);
	cr_expect(bytes[0] == 0 && bytes[1] == 0xff);
	cr_expect_eq(db_row_word(&r, words, 2), 1);
	cr_expect(db_row_is_null(&r));
	cr_expect_null(db_row_text(&r, &arena));
	cr_expect_eq(db_row_end(&r), ERR_OK);
	arena_free(&arena);
	PQclear(res);
}

Test(db_row, null_needs_a_reader_that_expects_it)
{
	static const char *const values[] = { NULL, NULL, NULL };
	PGresult *res = make_row(3, values);
	struct db_row r = db_row_at(res, 0);

	cr_expect_eq(db_row_int_or(&r, 7), 7);
	cr_expect(db_row_bool_or(&r, true));
	cr_expect_not(r.bad);
	cr_expect_eq(db_row_int(&r), 0);
	cr_expect_eq(db_row_end(&r), ERR_INTERNAL);
	PQclear(res);
}

static int64_t
read_int(struct db_row *r)
{
	return db_row_int(r);
}

static int64_t
read_bool(struct db_row *r)
{
	return db_row_bool(r);
}

static int64_t
read_word(struct db_row *r)
{
	return db_row_word(r, words, 2);
}

static int64_t
read_bytes(struct db_row *r)
{
	struct arena arena = { 0 };
	size_t len;

	db_row_bytes(r, &arena, &len);
	arena_free(&arena);
	return 0;
}

static const struct {
	int64_t (*read)(struct db_row *);
	const char *value;
} bad[] = {
	{ read_int, "" },
	{ read_int, "x" },
	{ read_int, "1.5" },
	{ read_int, "9223372036854775808" },
	{ read_bool, "true" },
	{ read_bool, "" },
	{ read_word, "gold" },
	{ read_word, NULL },
	{ read_bytes, "00ff" },
	{ read_bytes, "\\x0" },
	{ read_bytes, "\\xzz" },
};

Test(db_row, a_value_of_another_kind_is_marked)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		PGresult *res = make_row(1, &bad[i].value);
		struct db_row r = db_row_at(res, 0);

		bad[i].read(&r);
		cr_expect_eq(db_row_end(&r), ERR_INTERNAL, "case %zu", i);
		PQclear(res);
	}
}

Test(db_row, too_few_and_too_many_columns)
{
	static const char *const values[] = { "1", "2" };
	PGresult *res = make_row(2, values);
	struct db_row r = db_row_at(res, 0);

	db_row_int(&r);
	cr_expect_eq(db_row_end(&r), ERR_INTERNAL, "a column was left over");
	db_row_int(&r);
	cr_expect_eq(db_row_end(&r), ERR_OK);
	db_row_int(&r);
	cr_expect_eq(db_row_end(&r), ERR_INTERNAL, "a column was missing");
	PQclear(res);
}
