#include "db/db_row.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/log.h"

struct db_row
db_row_at(const PGresult *res, int row)
{
	return (struct db_row){ .res = res, .row = row };
}

bool
db_row_is_null(const struct db_row *r)
{
	return r->col >= PQnfields(r->res) || PQgetisnull(r->res, r->row, r->col) == 1;
}

void
db_row_skip(struct db_row *r)
{
	r->col++;
}

/* The column's text and a step forward; NULL for NULL and beyond the last column. */
static const char *
next(struct db_row *r)
{
	const char *text = NULL;

	if (r->col >= PQnfields(r->res))
		r->bad = true;
	else if (!PQgetisnull(r->res, r->row, r->col))
		text = PQgetvalue(r->res, r->row, r->col);
	r->col++;
	return text;
}

char *
db_row_text(struct db_row *r, struct arena *a)
{
	return arena_strdup(a, next(r));
}

/* Postgres writes bytea as \x and digits (bytea_output = hex, the default since 9.0). */
void *
db_row_bytes(struct db_row *r, struct arena *a, size_t *len)
{
	const char *text = next(r);
	void *bytes;

	*len = 0;
	if (text == NULL)
		return NULL;
	if (strncmp(text, "\\x", 2) != 0) {
		r->bad = true;
		return NULL;
	}
	*len = strlen(text) / 2 - 1;
	bytes = arena_alloc(a, *len + 1);
	if (hex_decode(bytes, *len, text + 2) != ERR_OK)
		r->bad = true;
	return bytes;
}

static int64_t
number(struct db_row *r, const char *text)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0) {
		r->bad = true;
		return 0;
	}
	return value;
}

int64_t
db_row_int(struct db_row *r)
{
	const char *text = next(r);

	if (text == NULL) {
		r->bad = true;
		return 0;
	}
	return number(r, text);
}

int64_t
db_row_int_or(struct db_row *r, int64_t when_null)
{
	const char *text = next(r);

	return text != NULL ? number(r, text) : when_null;
}

bool
db_row_bool(struct db_row *r)
{
	const char *text = next(r);

	if (text == NULL || (strcmp(text, "t") != 0 && strcmp(text, "f") != 0)) {
		r->bad = true;
		return false;
	}
	return text[0] == 't';
}

bool
db_row_bool_or(struct db_row *r, bool when_null)
{
	if (db_row_is_null(r)) {
		next(r);
		return when_null;
	}
	return db_row_bool(r);
}

int
db_row_word(struct db_row *r, const char *const *words, int n)
{
	const char *text = next(r);
	int i;

	for (i = 0; text != NULL && i < n; i++)
		if (strcmp(text, words[i]) == 0)
			return i;
	r->bad = true;
	return 0;
}

enum err
db_row_only_int(const PGresult *res, int64_t *number)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	*number = db_row_int_or(&r, 0);
	return db_row_end(&r);
}

enum err
db_row_only_bool(const PGresult *res, bool *is_so)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	*is_so = db_row_bool(&r);
	return db_row_end(&r);
}

enum err
db_row_end(const struct db_row *r)
{
	if (!r->bad && r->col == PQnfields(r->res))
		return ERR_OK;
	log_error("db", "row does not fit its reader: %d of %d columns read%s", r->col,
	    PQnfields(r->res), r->bad ? ", a value of another kind" : "");
	return ERR_INTERNAL;
}
