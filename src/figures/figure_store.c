#include "figures/figure_store.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"
#include "db/db_row.h"
#include "figures/figures.h"

void
figure_list_add(struct figure_list *list, struct arena *a, const char *name, const char *label,
    const char *value)
{
	struct figure *more;

	if (list->n == list->size) {
		list->size = list->size == 0 ? 32 : 2 * list->size;
		more = arena_array(a, list->size, sizeof(*more));
		if (list->n > 0)
			memcpy(more, list->v, list->n * sizeof(*more));
		list->v = more;
	}
	list->v[list->n++] = (struct figure){ .name = name, .label = label, .value = value };
}

const char *
figure_list_value(const struct figure_list *list, const char *name, const char *label)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0 && strcmp(list->v[i].label, label) == 0)
			return list->v[i].value;
	return NULL;
}

void
figure_list_add_int(
    struct figure_list *list, struct arena *a, const char *name, const char *label, int64_t value)
{
	figure_list_add(list, a, name, label, arena_printf(a, "%" PRId64, value));
}

void
figure_list_add_ratio(struct figure_list *list, struct arena *a, const char *name,
    const char *label, int64_t part, int64_t whole)
{
	if (whole != 0)
		figure_list_add(
		    list, a, name, label, arena_printf(a, "%.12f", (double)part / (double)whole));
}

const char *
figure_label(struct arena *a, const char *first, const char *second)
{
	return arena_printf(a, "%s/%s", first, second);
}

#define SUM "sum"

const char *
figure_sum_label(struct arena *a, const char *currency)
{
	return figure_label(a, SUM, currency);
}

const char *
figure_sum_currency(const char *label)
{
	return strncmp(label, SUM "/", sizeof(SUM)) == 0 ? label + sizeof(SUM) : NULL;
}

/* $6: those of $4 that are counters. They never fall, and are not forgotten while they are unknown:
 * they only grow old. */
static const char put_sql[] =
    "WITH new AS (SELECT * FROM unnest($1::text[], $2::text[], $3::numeric[])"
    " AS n (name, label, value)),"
    " gone AS (DELETE FROM figures f WHERE f.name = ANY ($4::text[])"
    " AND f.name <> ALL ($6::text[])"
    " AND NOT EXISTS (SELECT FROM new WHERE new.name = f.name AND new.label = f.label))"
    " INSERT INTO figures AS f (name, label, value, at)"
    " SELECT name, label, value, to_timestamp($5::bigint) FROM new"
    " ON CONFLICT (name, label) DO UPDATE SET at = excluded.at, value ="
    " CASE WHEN f.name = ANY ($6::text[]) THEN greatest(f.value, excluded.value)"
    " ELSE excluded.value END";

static void
param_counters(struct db_query *q, const char *const *names, size_t n)
{
	const char **counters = arena_array(q->arena, n + 1, sizeof(*counters));
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (figures_is_counter(names[i]))
			counters[found++] = names[i];
	db_param_texts(q, counters, found);
}

void
figure_store_put(struct db_query *q, const struct figure_list *list, const char *const *names,
    size_t n, int64_t at)
{
	const char **texts = arena_array(q->arena, list->n + 1, sizeof(*texts));

	db_query_write(q, put_sql);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].name;
	db_param_texts(q, texts, list->n);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].label;
	db_param_texts(q, texts, list->n);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].value;
	db_param_texts(q, texts, list->n);
	db_param_texts(q, names, n);
	db_param_int(q, at);
	param_counters(q, names, n);
}

static const char all_sql[] =
    "SELECT name, label, trim_scale(value)::text, extract(epoch FROM at)::bigint"
    " FROM figures ORDER BY name, label";

void
figure_store_all(struct db_query *q)
{
	db_query_read(q, all_sql);
}

enum err
figure_list_read(const PGresult *res, struct arena *a, struct figure_list *list)
{
	enum err e = ERR_OK;

	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		const char *name = db_row_text(&r, a), *label = db_row_text(&r, a);

		figure_list_add(list, a, name, label, db_row_text(&r, a));
		e = db_row_end(&r);
	}
	return e;
}

enum err
figure_store_rows(const PGresult *res, struct arena *a, struct figure_list *list)
{
	enum err e = ERR_OK;

	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		const char *name = db_row_text(&r, a), *label = db_row_text(&r, a);

		figure_list_add(list, a, name, label, db_row_text(&r, a));
		list->v[list->n - 1].at = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}
