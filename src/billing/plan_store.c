#include "billing/plan_store.h"

#include <inttypes.h>

#include "billing/mirror_sql.h"
#include "db/db_row.h"
#include "events/events_store.h"

/* Whoever changes a subscription waits for the check that we hold, and puts a new one behind it. */
static const char take_sql[] = "SELECT user_id, floor(extract(epoch FROM now()))::bigint"
			       " FROM plan_checks WHERE due_at <= now()"
			       " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED";

void
plan_store_take(struct db_query *q)
{
	db_query_write(q, take_sql);
}

enum err
plan_store_take_read(const PGresult *res, int64_t *user_id, int64_t *now)
{
	struct db_row r;

	*user_id = 0;
	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	*user_id = db_row_int(&r);
	*now = db_row_int(&r);
	return db_row_end(&r);
}

static const char put_off_sql[] =
    "UPDATE plan_checks SET due_at = now() + make_interval(secs => $2::bigint) WHERE user_id = $1";

void
plan_store_put_off(struct db_query *q, int64_t user_id, int64_t wait_s)
{
	db_query_write(q, put_off_sql);
	db_param_int(q, user_id);
	db_param_int(q, wait_s);
}

static const char account_sql[] =
    "SELECT plan, granted_plan FROM users WHERE id = $1 FOR NO KEY UPDATE";

void
plan_store_account(struct db_query *q, int64_t user_id)
{
	db_query_write(q, account_sql);
	db_param_int(q, user_id);
}

enum err
plan_store_account_read(
    const PGresult *res, struct arena *arena, const char **plan, const char **granted)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	*plan = db_row_text(&r, arena);
	*granted = db_row_text(&r, arena);
	return db_row_end(&r);
}

static const char entitlements_sql[] =
    "SELECT s.status, p.plan, floor(extract(epoch FROM s.past_due_at))::bigint"
    " FROM stripe_customers c JOIN stripe_subscriptions s ON s.customer_id = c.id"
    " JOIN stripe_subscription_items i ON i.subscription_id = s.id"
    " JOIN plan_prices p ON p.price_id = i.price_id"
    " WHERE c.user_id = $1 AND s.is_live = $2 AND s.status IN ('active', 'trialing', 'past_due')"
    " ORDER BY i.id";

void
plan_store_entitlements(struct db_query *q, int64_t user_id, bool is_live)
{
	db_query_write(q, entitlements_sql);
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
}

static enum err
read_entitlement(struct plan_entitlement *e, struct arena *arena, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	e->status = db_row_text(&r, arena);
	e->plan = db_row_text(&r, arena);
	e->past_due_at = db_row_int_or(&r, 0);
	return db_row_end(&r);
}

enum err
plan_store_entitlements_rows(
    const PGresult *res, struct arena *arena, struct plan_entitlement **list, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*list = arena_array(arena, *n, sizeof(**list));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_entitlement(&(*list)[i], arena, res, i);
	return e;
}

#define FROM_AND_TO "jsonb_build_object('from', was, 'to', plan)"
/* clang-format off */
static const char settle_sql[] =
    "WITH before AS (SELECT id, plan FROM users WHERE id = $1),"
    " moved AS (UPDATE users u SET plan = $2 FROM before b WHERE u.id = b.id AND b.plan <> $2"
    " RETURNING u.keycloak_sub, b.plan AS was, u.plan), "
    RECORD_EVENT("up", EVENT_WORD_PLAN_UPGRADE, FROM_AND_TO, "moved WHERE $3::boolean") ", "
    RECORD_EVENT("down", EVENT_WORD_PLAN_DOWNGRADE, FROM_AND_TO, "moved WHERE NOT $3::boolean") ","
    " later AS (UPDATE plan_checks SET due_at = " AT("$4") " WHERE user_id = $1"
    " AND $4::bigint IS NOT NULL),"
    " over AS (DELETE FROM plan_checks WHERE user_id = $1 AND $4::bigint IS NULL)"
    " SELECT count(*) FROM moved";
/* clang-format on */

void
plan_store_settle(
    struct db_query *q, int64_t user_id, const char *plan, bool is_upgrade, int64_t look_again_at)
{
	db_query_write(q, settle_sql);
	db_param_int(q, user_id);
	db_param_text(q, plan);
	db_param_bool(q, is_upgrade);
	db_param_moment(q, look_again_at);
}

/* clang-format off */
static const char follow_settings_sql[] =
    "WITH put AS (INSERT INTO stripe_cursors AS c (name, value) VALUES ('plans', $1)"
    " ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value, moved_at = now()"
    " WHERE c.value <> EXCLUDED.value RETURNING 1), "
    CHECK_PLAN("checked", "(SELECT id AS user_id FROM users u WHERE u.plan <> u.granted_plan"
    " OR EXISTS (SELECT FROM stripe_customers s WHERE s.user_id = u.id)) a"
    " WHERE EXISTS (SELECT FROM put)")
    " SELECT count(*) FROM put";
/* clang-format on */

void
plan_store_follow_settings(struct db_query *q, bool is_live, int64_t grace_s)
{
	db_query_write(q, follow_settings_sql);
	db_param_text(q, arena_printf(q->arena, "%s %" PRId64, is_live ? "live" : "test", grace_s));
}
