/* What a failure of Postgres means to the caller, the same for pages and tasks. */
#ifndef DB_ERROR_H
#define DB_ERROR_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"

/*
 * The error of an SQLSTATE: 57014 and 55P03 ERR_TIMEOUT; 23505, 23503 and 40xxx ERR_CONFLICT; other
 * 23xxx and 22xxx ERR_INVALID; 42501 and 28xxx ERR_FORBIDDEN; 42P01, 42703, 3D000 ERR_NOT_FOUND;
 * 08xxx, 57Pxx, 53xxx and NULL ERR_UNAVAILABLE; all others ERR_INTERNAL.
 * Source: PostgreSQL manual, appendix A.
 */
enum err db_error_of_sqlstate(const char *sqlstate);
/* The same for a result; NULL (no answer) is ERR_UNAVAILABLE. */
enum err db_error_of_result(const PGresult *);
/*
 * What the log may say of a failed result: the message, unless it may quote a value (classes 22 and
 * 23: then only the constraint's name). `otherwise` when there is no result. Valid while both are.
 */
const char *db_error_text(const PGresult *, const char *otherwise);
/* True if the server ended the connection with this answer (severity FATAL or PANIC). */
bool db_error_is_fatal(const PGresult *);

#endif
