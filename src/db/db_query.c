#include "db/db_query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
start(struct db_query *q, const char *sql, bool is_read)
{
	q->sql = sql;
	q->is_read = is_read;
	q->may_lag = false;
	q->keep_ms = 0;
	q->n = 0;
}

void
db_query_read(struct db_query *q, const char *sql)
{
	start(q, sql, true);
}

void
db_query_history(struct db_query *q, const char *sql)
{
	start(q, sql, true);
	q->may_lag = true;
}

void
db_query_write(struct db_query *q, const char *sql)
{
	start(q, sql, false);
}

void
db_query_keep(struct db_query *q, int ms, const int64_t *owner)
{
	q->keep_ms = ms;
	q->owner = owner;
}

static void
add(struct db_query *q, const void *value, size_t len, int format)
{
	if (q->n >= DB_PARAMS_MAX)
		abort();
	q->values[q->n] = value;
	q->lengths[q->n] = (int)len;
	q->formats[q->n] = format;
	q->n++;
}

void
db_param_text(struct db_query *q, const char *text)
{
	add(q, text, text != NULL ? strlen(text) : 0, 0);
}

void
db_param_int(struct db_query *q, int64_t number)
{
	db_param_text(q, arena_printf(q->arena, "%" PRId64, number));
}

void
db_param_bool(struct db_query *q, bool is_true)
{
	db_param_text(q, is_true ? "t" : "f");
}

/* Postgres' literal of an array: each in quotes, with a backslash before quotes and backslashes. */
void
db_param_texts(struct db_query *q, const char *const *texts, size_t n)
{
	size_t size = 3;
	char *literal, *to;

	for (size_t i = 0; i < n; i++)
		size += texts[i] == NULL ? 5 : 2 * strlen(texts[i]) + 3;
	to = literal = arena_alloc(q->arena, size);
	*to++ = '{';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*to++ = ',';
		if (texts[i] == NULL) {
			to = stpcpy(to, "NULL");
			continue;
		}
		*to++ = '"';
		for (const char *c = texts[i]; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				*to++ = '\\';
			*to++ = *c;
		}
		*to++ = '"';
	}
	*to = '}';
	db_param_text(q, literal);
}

#define INT_DIGITS 21 /* of the longest, with a comma */

void
db_param_ints(struct db_query *q, const int64_t *numbers, size_t n, int64_t null)
{
	const size_t size = n * INT_DIGITS + 3;
	char *literal = arena_alloc(q->arena, size), *to = literal;

	*to++ = '{';
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			*to++ = ',';
		if (numbers[i] == null)
			to = stpcpy(to, "NULL");
		else
			to += snprintf(to, INT_DIGITS, "%" PRId64, numbers[i]);
	}
	*to = '}';
	db_param_text(q, literal);
}

void
db_param_bytes(struct db_query *q, const void *bytes, size_t len)
{
	add(q, bytes, len, 1);
}
