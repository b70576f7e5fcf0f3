#include "billing/movement_window_store.h"

#include <string.h>

#include "billing/movement_sql.h"
#include "db/db_row.h"

/* From the end of a day that was closed to the end of the last one; no row: it is not known. */
#define WINDOW                                                                                     \
	"d AS (SELECT min(day) AS opened, max(day) AS last FROM mrr_days WHERE is_live = $1),"     \
	" t AS (SELECT (to_timestamp($2::bigint) AT TIME ZONE 'UTC')::date AS today),"             \
	" w AS MATERIALIZED (SELECT last - $3::integer AS starts, last AS ends FROM d, t"          \
	" WHERE last - $3::integer >= opened AND last BETWEEN today - 2 AND today - 1)"

#define MOVEMENTS                                                                                  \
	" FROM w JOIN mrr_movements m ON m.day > w.starts AND m.day <= w.ends"                     \
	" JOIN mrr_payers p ON p.id = m.payer_id AND p.is_live = $1 WHERE " PAYER_COUNTS

static void
params_of_window(struct db_query *q, bool is_live, int64_t now)
{
	db_param_bool(q, is_live);
	db_param_int(q, now);
	db_param_int(q, BRIDGE_DAYS);
}

/* ---- Movements ---- */

static const char facts_sql[] =
    "WITH " WINDOW ","
    " m AS MATERIALIZED (SELECT m.day, m.currency, CASE WHEN m.kind = 'churn'"
    " AND m.churn_kind = 'paused' AND m.ended_on IS NULL THEN 'paused' ELSE m.kind END AS what, "
    "sum(m.amount) AS value" MOVEMENTS " GROUP BY 1, 2, 3),"
    " k AS MATERIALIZED (SELECT w.ends AS day, k.currency, 'stock' AS what, sum(k.mrr) AS value"
    " FROM w, mrr_stock k JOIN mrr_payers p ON p.id = k.payer_id AND p.is_live = $1"
    " WHERE k.mrr > 0 AND " PAYER_COUNTS " GROUP BY 1, 2),"
    " r AS (SELECT w.starts + g.n AS day, c.currency, 'rate', f.rate"
    " FROM w, generate_series(0, $3::integer) AS g (n),"
    " (SELECT currency FROM m UNION SELECT currency FROM k) c,"
    " LATERAL (SELECT rate FROM fx_rates f WHERE f.currency = c.currency"
    " AND f.day <= w.starts + g.n ORDER BY f.day DESC LIMIT 1) f)"
    " SELECT f.day - w.starts, f.currency, f.what, trim_scale(f.value)::text FROM w LEFT JOIN"
    " (SELECT * FROM m UNION ALL SELECT * FROM k UNION ALL SELECT * FROM r) f ON true";

void
movement_window_store_facts(struct db_query *q, bool is_live, int64_t now)
{
	db_query_read(q, facts_sql);
	params_of_window(q, is_live, now);
}

static enum err
read_fact(struct movement_fact *to, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	to->day = db_row_int(&r);
	to->currency = db_row_text(&r, a);
	to->what = db_row_word(&r, bridge_fact_words, FACT__BRIDGE_MAX);
	to->value = db_row_text(&r, a);
	return db_row_end(&r);
}

/* One row without a fact: the window is known, and nothing was ever paid. */
enum err
movement_window_store_facts_read(
    struct movement_fact **facts, size_t *n, bool *is_known, const PGresult *res, struct arena *a)
{
	enum err e = ERR_OK;

	*is_known = PQntuples(res) > 0;
	*n = *is_known && !PQgetisnull(res, 0, 0) ? (size_t)PQntuples(res) : 0;
	*facts = arena_array(a, *n, sizeof(**facts));
	for (size_t i = 0; i < *n && e == ERR_OK; i++)
		e = read_fact(&(*facts)[i], a, res, (int)i);
	return e;
}

/* ---- Churn ---- */

/*
 * Only of those with movements in the window is anything asked twice: what they paid at its start
 * is what they pay now less what moved. All others paid then what they pay now. Who has nothing
 * left and did not leave is counted elsewhere or not at all: what it paid for is another account's
 * now, or no more in the mirror.
 */
static const char churn_sql[] =
    "WITH " WINDOW ","
    " m AS MATERIALIZED (SELECT m.payer_id, m.currency, sum(m.is_mrr - m.was_mrr) AS by" MOVEMENTS
    " GROUP BY 1, 2),"
    " k AS (SELECT payer_id, currency, sum(mrr) AS mrr FROM mrr_stock"
    " WHERE mrr > 0 AND payer_id IN (SELECT payer_id FROM m) GROUP BY 1, 2),"
    " x AS (SELECT payer_id, bool_or(k.mrr IS NOT NULL) AS at_end,"
    " bool_or(coalesce(k.mrr, 0) > coalesce(m.by, 0)) AS at_start"
    " FROM m FULL JOIN k USING (payer_id, currency) GROUP BY 1),"
    " n AS (SELECT count(DISTINCT k.payer_id) AS paying FROM mrr_stock k"
    " JOIN mrr_payers p ON p.id = k.payer_id AND p.is_live = $1 WHERE k.mrr > 0 AND " PAYER_COUNTS
    "),"
    " c AS (SELECT at_start, at_end, CASE WHEN at_start AND NOT at_end THEN"
    " (SELECT NOT (h.churn_kind = 'paused' AND h.ended_on IS NULL) FROM mrr_movements h"
    " WHERE h.payer_id = x.payer_id AND h.kind = 'churn' AND h.day > w.starts"
    " ORDER BY h.day DESC, h.id DESC LIMIT 1) END AS is_lost FROM x, w),"
    " s AS (SELECT count(*) FILTER (WHERE at_start AND (at_end OR is_lost IS NOT NULL))"
    " - count(*) FILTER (WHERE at_end) AS more, count(*) FILTER (WHERE is_lost) AS lost FROM c)"
    " SELECT n.paying + s.more, s.lost FROM w, n, s";

void
movement_window_store_churn(struct db_query *q, bool is_live, int64_t now)
{
	db_query_read(q, churn_sql);
	params_of_window(q, is_live, now);
}

enum err
movement_window_store_churn_read(struct movement_churn *c, const PGresult *res)
{
	struct db_row r;

	*c = (struct movement_churn){ .is_known = PQntuples(res) == 1 };
	if (!c->is_known)
		return ERR_OK;
	r = db_row_at(res, 0);
	c->paying_at_start = db_row_int(&r);
	c->lost = db_row_int(&r);
	return db_row_end(&r);
}
