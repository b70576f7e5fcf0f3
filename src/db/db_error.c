#include "db/db_error.h"

#include <string.h>

/* The longest prefix that fits decides, so exact codes stand before their classes. */
static const struct {
	const char *prefix;
	enum err err;
} meanings[] = {
	{ "57014", ERR_TIMEOUT }, /* query_canceled, by statement_timeout */
	{ "55P03", ERR_TIMEOUT }, /* lock_not_available, by lock_timeout */
	{ "23505", ERR_CONFLICT },
	{ "23503", ERR_CONFLICT },
	{ "42501", ERR_FORBIDDEN },
	{ "42P01", ERR_NOT_FOUND },
	{ "42703", ERR_NOT_FOUND },
	{ "3D000", ERR_NOT_FOUND },
	{ "28", ERR_FORBIDDEN },
	{ "40", ERR_CONFLICT },
	{ "23", ERR_INVALID },
	{ "22", ERR_INVALID },
	{ "08", ERR_UNAVAILABLE },
	{ "57P", ERR_UNAVAILABLE },
	{ "53", ERR_UNAVAILABLE },
};

enum err
db_error_of_sqlstate(const char *sqlstate)
{
	size_t i;

	if (sqlstate == NULL)
		return ERR_UNAVAILABLE;
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) == 0)
			return meanings[i].err;
	return ERR_INTERNAL;
}

enum err
db_error_of_result(const PGresult *res)
{
	switch (PQresultStatus(res)) { /* of NULL: PGRES_FATAL_ERROR */
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
	case PGRES_EMPTY_QUERY:
		return ERR_OK;
	default:
		return db_error_of_sqlstate(PQresultErrorField(res, PG_DIAG_SQLSTATE));
	}
}

bool
db_error_is_fatal(const PGresult *res)
{
	const char *severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

	return severity != NULL &&
	       (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

const char *
db_error_text(const PGresult *res, const char *otherwise)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	const char *constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);

	if (state == NULL || message == NULL)
		return otherwise;
	if (strncmp(state, "22", 2) != 0 && strncmp(state, "23", 2) != 0)
		return message;
	return constraint != NULL ? constraint : "a value does not fit";
}
