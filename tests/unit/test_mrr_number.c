/* Decimal texts: which are ones, what they are worth, how they are rounded. */
#include "billing/mrr_number.h"

#include <criterion/criterion.h>

static struct arena arena;

static const struct {
	const char *text, *exact, *decimal;
} good[] = {
	{ "0", "0/1", "0" },
	{ "-0", "0/1", "0" },
	{ "007", "7/1", "7" },
	{ "75", "75/1", "75" },
	{ "100", "100/1", "100" },
	{ "-0.5", "-1/2", "-0.5" },
	{ "0.000000000001", "1/1000000000000", "0.000000000001" },
	{ "0.0000000000005", "1/2000000000000", "0.000000000001" },
	{ "0.0000000000004", "1/2500000000000", "0" },
	{ "-0.0000000000005", "-1/2000000000000", "0" },
	{ "1.5e3", "1500/1", "1500" },
	{ "1E-07", "1/10000000", "0.0000001" },
	{ "1e+2", "100/1", "100" },
	{ "999999999999999999999999.999999999999",
	    "999999999999999999999999999999999999/1000000000000",
	    "999999999999999999999999.999999999999" },
};

Test(mrr_number, good)
{
	const char *decimal;
	mpq_t q;

	mpq_init(q);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_expect(mrr_number_is_decimal(good[i].text), "%s", good[i].text);
		cr_expect(mrr_number_read(q, good[i].text), "%s", good[i].text);
		cr_expect_str_eq(mrr_number_exact(&arena, q), good[i].exact, "%s", good[i].text);
		cr_expect_eq(mrr_number_decimal(&decimal, &arena, q), ERR_OK);
		cr_expect_str_eq(decimal, good[i].decimal, "%s", good[i].text);
	}
	mpq_clear(q);
	arena_free(&arena);
}

static const char *const bad[] = { NULL, "", "-", "+1", ".5", "5.", "1..2", "1.2.3", " 1", "1 ",
	"1,5", "0x1", "1e", "1e+", "1e+-2", "1e31", "1e-31", "1e99999999999999999999", "inf", "nan",
	"--1", "10000000000000000000000000000000000000000000000000000000000000000" };

Test(mrr_number, bad)
{
	mpq_t q;

	mpq_init(q);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		mpq_set_ui(q, 7, 1);
		cr_expect_not(mrr_number_is_decimal(bad[i]), "%s", bad[i]);
		cr_expect_not(mrr_number_read(q, bad[i]), "%s", bad[i]);
		cr_expect_eq(mpq_sgn(q), 0);
	}
	mpq_clear(q);
}

static const struct {
	const char *text;
	int64_t rounded;
	enum err e;
} rounded[] = {
	{ "0.5", 1, ERR_OK },
	{ "0.499999999999", 0, ERR_OK },
	{ "-0.5", 0, ERR_OK },
	{ "-0.500000000001", -1, ERR_OK },
	{ "2500.5", 2501, ERR_OK },
	{ "9223372036854775807.4", INT64_MAX, ERR_OK },
	{ "9223372036854775807.5", 7, ERR_INVALID },
	{ "-9223372036854775808", INT64_MIN, ERR_OK },
};

Test(mrr_number, rounded)
{
	mpq_t q;

	mpq_init(q);
	for (size_t i = 0; i < sizeof(rounded) / sizeof(rounded[0]); i++) {
		int64_t n = 7;

		cr_expect(mrr_number_read(q, rounded[i].text));
		cr_expect_eq(mrr_number_round(&n, q), rounded[i].e, "%s", rounded[i].text);
		cr_expect_eq(n, rounded[i].rounded, "%s", rounded[i].text);
	}
	mpq_clear(q);
}

Test(mrr_number, too_large_for_a_column)
{
	const char *text = "as it was";
	mpq_t q;

	mpq_init(q);
	cr_expect(mrr_number_read(q, "999999999999999999999999.9999999999995"));
	cr_expect_eq(mrr_number_decimal(&text, &arena, q), ERR_INVALID);
	cr_expect_str_eq(text, "as it was");
	mpq_clear(q);
	arena_free(&arena);
}
