#include "billing/plan_price_store.h"

#include "db/db_row.h"

#define PRICE_COLS                                                                                 \
	"coalesce(o.price_id, p.id), o.plan, coalesce(o.is_offered, false), p.id IS NOT NULL,"     \
	" coalesce(p.is_active, false), p.name, p.currency, trim_scale(p.unit_amount)::text,"      \
	" p.period, p.period_count, coalesce(p.object->>'billing_scheme' = 'tiered', false),"      \
	" coalesce(" PLAN_PRICE_IS_METERED("p") ", false), coalesce(n.subscriptions, 0)"

void
plan_price_store_list(struct db_query *q, bool is_live)
{
	/* Counted from what lives, so that it does not grow with what has ended. */
	db_query_read(q, "WITH counted AS (SELECT i.price_id, count(DISTINCT s.id) AS subscriptions"
			 "  FROM stripe_subscriptions s"
			 "  JOIN stripe_subscription_items i ON i.subscription_id = s.id"
			 "  WHERE s.ended_at IS NULL"
			 "  AND s.status NOT IN ('canceled', 'incomplete_expired') GROUP BY 1)"
			 " SELECT " PRICE_COLS " FROM plan_prices o"
			 " FULL JOIN stripe_prices p ON p.id = o.price_id"
			 " LEFT JOIN counted n ON n.price_id = coalesce(o.price_id, p.id)"
			 " WHERE coalesce(p.is_live, $1::boolean) = $1"
			 " ORDER BY o.plan NULLS LAST, 1 LIMIT 1000");
	db_param_bool(q, is_live);
}

static enum err
read_price(struct plan_price *p, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);

	p->id = db_row_text(&r, a);
	p->plan = db_row_text(&r, a);
	p->is_offered = db_row_bool(&r);
	p->is_mirrored = db_row_bool(&r);
	p->is_active = db_row_bool(&r);
	p->name = db_row_text(&r, a);
	p->currency = db_row_text(&r, a);
	p->unit_amount = db_row_text(&r, a);
	p->period = db_row_text(&r, a);
	p->period_count = db_row_int_or(&r, 1);
	p->is_tiered = db_row_bool(&r);
	p->is_metered = db_row_bool(&r);
	p->subscriptions = db_row_int(&r);
	return db_row_end(&r);
}

enum err
plan_price_store_list_read(const PGresult *res, struct arena *a, struct plan_prices *list)
{
	enum err e = ERR_OK;

	*list = (struct plan_prices){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_price(&list->v[i], a, res, i);
	return e;
}

void
plan_price_store_set(struct db_query *q, const char *price_id, const char *plan, bool is_offered)
{
	db_query_write(q,
	    "WITH unset AS (DELETE FROM plan_prices WHERE price_id = $1 AND $2::text IS NULL),"
	    " kept AS (INSERT INTO plan_prices (price_id, plan, is_offered)"
	    "  SELECT $1, $2, $3::boolean WHERE $2 IS NOT NULL"
	    "  ON CONFLICT (price_id) DO UPDATE SET plan = EXCLUDED.plan,"
	    "   is_offered = EXCLUDED.is_offered)"
	    " INSERT INTO plan_checks (user_id) SELECT DISTINCT c.user_id"
	    "  FROM stripe_subscription_items i"
	    "  JOIN stripe_subscriptions s ON s.id = i.subscription_id"
	    "  JOIN stripe_customers c ON c.id = s.customer_id"
	    "  WHERE i.price_id = $1 AND c.user_id IS NOT NULL"
	    " ON CONFLICT (user_id) DO UPDATE SET due_at = now()");
	db_param_text(q, price_id);
	db_param_text(q, plan);
	db_param_bool(q, is_offered);
}
