#include "billing/fx_store.h"

#include "db/db_row.h"

static const char put_sql[] = "INSERT INTO fx_rates (day, currency, rate)"
			      " SELECT * FROM unnest($1::date[], $2::text[], $3::numeric[])"
			      " ON CONFLICT (currency, day) DO UPDATE SET rate = excluded.rate";

void
fx_store_put(struct db_query *q, const struct fx_rate_list *list)
{
	const char **texts = arena_array(q->arena, list->n + 1, sizeof(*texts));

	db_query_write(q, put_sql);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].day;
	db_param_texts(q, texts, list->n);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].currency;
	db_param_texts(q, texts, list->n);
	for (size_t i = 0; i < list->n; i++)
		texts[i] = list->v[i].rate;
	db_param_texts(q, texts, list->n);
}

/* Currencies are taken from the figures, which are there without a look at each subscription. */
static const char latest_sql[] =
    "WITH latest AS (SELECT DISTINCT ON (currency) currency, day, rate FROM fx_rates"
    " ORDER BY currency, day DESC),"
    " used AS (SELECT DISTINCT label FROM figures"
    " WHERE name = 'mrr' AND label ~ '^[a-z]{3}$' AND label <> $1)"
    " SELECT latest.day::text, coalesce(latest.currency, used.label), latest.rate::text"
    " FROM latest FULL JOIN used ON used.label = latest.currency ORDER BY 2";

void
fx_store_latest(struct db_query *q, const char *reporting)
{
	db_query_read(q, latest_sql);
	db_param_text(q, reporting);
}

enum err
fx_store_rows(const PGresult *res, struct arena *a, struct fx_rate_list *list)
{
	enum err e = ERR_OK;

	list->n = (size_t)PQntuples(res);
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (size_t i = 0; i < list->n && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, (int)i);

		list->v[i].day = db_row_text(&r, a);
		list->v[i].currency = db_row_text(&r, a);
		list->v[i].rate = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}
