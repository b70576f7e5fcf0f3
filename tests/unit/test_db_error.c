#include <criterion/criterion.h>

#include "db/db_error.h"

static const struct {
	const char *sqlstate;
	enum err err;
} cases[] = {
	{ NULL, ERR_UNAVAILABLE },
	{ "57014", ERR_TIMEOUT },
	{ "55P03", ERR_TIMEOUT },
	{ "23505", ERR_CONFLICT },
	{ "23503", ERR_CONFLICT },
	{ "40001", ERR_CONFLICT },
	{ "40P01", ERR_CONFLICT },
	{ "23514", ERR_INVALID },
	{ "22P02", ERR_INVALID },
	{ "42501", ERR_FORBIDDEN },
	{ "28P01", ERR_FORBIDDEN },
	{ "42P01", ERR_NOT_FOUND },
	{ "42703", ERR_NOT_FOUND },
	{ "3D000", ERR_NOT_FOUND },
	{ "08006", ERR_UNAVAILABLE },
	{ "57P01", ERR_UNAVAILABLE },
	{ "53300", ERR_UNAVAILABLE },
	{ "42601", ERR_INTERNAL },
	{ "XX000", ERR_INTERNAL },
	{ "", ERR_INTERNAL },
};

Test(db_error, sqlstates)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(db_error_of_sqlstate(cases[i].sqlstate), cases[i].err, "%s",
		    cases[i].sqlstate != NULL ? cases[i].sqlstate : "NULL");
}

Test(db_error, results_without_a_server)
{
	PGresult *ok = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	PGresult *bad = PQmakeEmptyPGresult(NULL, PGRES_FATAL_ERROR);

	cr_expect_eq(db_error_of_result(NULL), ERR_UNAVAILABLE);
	cr_expect_eq(db_error_of_result(ok), ERR_OK);
	cr_expect_eq(db_error_of_result(bad), ERR_UNAVAILABLE);
	cr_expect_not(db_error_is_fatal(NULL));
	cr_expect_not(db_error_is_fatal(ok));
	cr_expect_str_eq(db_error_text(NULL, "nothing came"), "nothing came");
	PQclear(ok);
	PQclear(bad);
}
