#include "billing/sync_store.h"

#include "billing/mirror_sql.h"
#include "db/db_row.h"

void
sync_store_cursor(struct db_query *q, const char *name)
{
	db_query_write(q, "SELECT value::bigint FROM stripe_cursors WHERE name = $1");
	db_param_text(q, name);
}

static const char move_cursor_sql[] =
    "INSERT INTO stripe_cursors (name, value) VALUES ($1, $2::bigint::text)"
    " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, moved_at = now()";

void
sync_store_move_cursor(struct db_query *q, const char *name, int64_t value)
{
	db_query_write(q, move_cursor_sql);
	db_param_text(q, name);
	db_param_int(q, value);
}

static const char state_sql[] =
    "SELECT s.status, s.customer_id, s.cancel_at_period_end::text,"
    " to_char(s.cancel_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), s.mrr::text,"
    " s.billed_mrr::text, s.committed_mrr::text, (SELECT string_agg(i.price_id || ' x '"
    " || COALESCE(i.quantity::text, '?'), ', ' ORDER BY i.price_id, i.quantity)"
    " FROM stripe_subscription_items i WHERE i.subscription_id = s.id),"
    " COALESCE(s.mrr_changes_at <= now(), false) OR EXISTS (SELECT 1 FROM stripe_events e"
    " WHERE e.object_id = s.id AND e.state = 'waiting')"
    " FROM stripe_subscriptions s WHERE s.id = $1";

void
sync_store_state(struct db_query *q, const char *id)
{
	db_query_read(q, state_sql);
	db_param_text(q, id);
}

enum err
sync_store_state_read(const PGresult *res, struct arena *arena, struct sync_state *s)
{
	struct db_row r;

	*s = (struct sync_state){ 0 };
	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	s->is_there = true;
	s->status = db_row_text(&r, arena);
	s->customer_id = db_row_text(&r, arena);
	s->cancel_at_period_end = db_row_text(&r, arena);
	s->cancel_at = db_row_text(&r, arena);
	s->mrr = db_row_text(&r, arena);
	s->billed_mrr = db_row_text(&r, arena);
	s->committed_mrr = db_row_text(&r, arena);
	s->items = db_row_text(&r, arena);
	s->is_moving = db_row_bool(&r);
	return db_row_end(&r);
}

/* clang-format off */
static const char unread_sql[] =
    "SELECT id FROM stripe_subscriptions WHERE is_live = $1"
    " AND status NOT IN ('canceled', 'incomplete_expired') AND read_at < " AT_US("$2")
    " AND id > $3 ORDER BY id LIMIT $4";
/* clang-format on */

void
sync_store_unread(struct db_query *q, bool is_live, int64_t since_us, const char *after, int64_t n)
{
	db_query_read(q, unread_sql);
	db_param_bool(q, is_live);
	db_param_int(q, since_us);
	db_param_text(q, after);
	db_param_int(q, n);
}

static const char living_sql[] =
    "SELECT count(*) FROM stripe_subscriptions WHERE is_live = $1 AND ended_at IS NULL";

void
sync_store_living(struct db_query *q, bool is_live)
{
	db_query_read(q, living_sql);
	db_param_bool(q, is_live);
}

static const char add_difference_sql[] =
    "INSERT INTO stripe_differences (object_id, what, ours, theirs, is_repaired)"
    " VALUES ($1, $2, $3, $4, $5)";

void
sync_store_add_difference(struct db_query *q, const char *id, const char *what, const char *ours,
    const char *theirs, bool is_repaired)
{
	db_query_write(q, add_difference_sql);
	db_param_text(q, id);
	db_param_text(q, what);
	db_param_text(q, ours);
	db_param_text(q, theirs);
	db_param_bool(q, is_repaired);
}

static const char put_drift_sql[] =
    "WITH compared AS (INSERT INTO stripe_cursors (name, value) VALUES ($2, now()::text)"
    "   ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, moved_at = now())"
    " INSERT INTO figures (name, label, value, at) VALUES ('stripe_drift', '', $1, now())"
    " ON CONFLICT (name, label) DO UPDATE SET value = EXCLUDED.value, at = EXCLUDED.at";

void
sync_store_put_drift(struct db_query *q, bool is_live, int64_t n)
{
	db_query_write(q, put_drift_sql);
	db_param_int(q, n);
	db_param_text(q, is_live ? SYNC_COMPARED_LIVE : SYNC_COMPARED_TEST);
}

/* clang-format off */
static const char relink_sql[] =
    "WITH put AS (UPDATE stripe_customers c SET user_id = o.user_id FROM"
    " (SELECT u.id, COALESCE(b.user_id, a.id) AS user_id FROM stripe_customers u"
    " LEFT JOIN billing_customers b ON b.customer_id = u.id"
    " LEFT JOIN users a ON a.keycloak_sub = u.user_sub"
    " WHERE u.user_id IS NULL AND COALESCE(b.user_id, a.id) IS NOT NULL) o"
    " WHERE c.id = o.id AND c.user_id IS NULL RETURNING c.user_id), "
    CHECK_PLAN("checked", "(SELECT DISTINCT user_id FROM put) p WHERE true")
    " SELECT count(*) FROM put";
/* clang-format on */

void
sync_store_relink(struct db_query *q)
{
	db_query_write(q, relink_sql);
}
