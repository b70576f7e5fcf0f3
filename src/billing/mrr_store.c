#include "billing/mrr_store.h"

#include <inttypes.h>

#include "billing/sync_store.h"
#include "db/db_row.h"

#define COLS                                                                                       \
	"s.id, s.terms::text, s.read_at::text,"                                                    \
	" coalesce(extract(epoch FROM s.mrr_changes_at)::bigint, 0)"

static const char due_sql[] = "SELECT " COLS " FROM stripe_subscriptions s"
			      " WHERE s.mrr_changes_at <= to_timestamp($1::bigint) AND s.id > $2"
			      " ORDER BY s.id LIMIT $3";

void
mrr_store_due(struct db_query *q, int64_t now, const char *after, int64_t n)
{
	db_query_read(q, due_sql);
	db_param_int(q, now);
	db_param_text(q, after);
	db_param_int(q, n);
}

static const char one_sql[] = "SELECT " COLS " FROM stripe_subscriptions s WHERE s.id = $1";

void
mrr_store_one(struct db_query *q, const char *id)
{
	db_query_read(q, one_sql);
	db_param_text(q, id);
}

enum err
mrr_store_rows(const PGresult *res, struct arena *a, struct mrr_row **rows, size_t *n)
{
	struct mrr_row *v = arena_array(a, (size_t)PQntuples(res), sizeof(*v));
	enum err e = ERR_OK;

	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);

		v[i].id = db_row_text(&r, a);
		v[i].terms = db_row_text(&r, a);
		v[i].read_at = db_row_text(&r, a);
		v[i].changes_at = db_row_int(&r);
		e = db_row_end(&r);
	}
	*rows = v;
	*n = (size_t)PQntuples(res);
	return e;
}

static const char save_sql[] =
    "WITH n AS (SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::numeric[], $4::numeric[],"
    " $5::numeric[], $6::numeric[], $7::text[], $8::bigint[])"
    " AS n (id, read_at, mrr, billed, committed, trial, flags, changes_at)),"
    " old AS (SELECT s.id, s.mrr, s.billed_mrr, s.mrr_changes_at FROM stripe_subscriptions s"
    " JOIN n ON n.id = s.id WHERE s.read_at = n.read_at FOR UPDATE OF s),"
    " done AS (UPDATE stripe_subscriptions s SET mrr = n.mrr, billed_mrr = n.billed,"
    " committed_mrr = n.committed, trial_mrr = n.trial, mrr_flags = n.flags::text[],"
    " mrr_at = to_timestamp($9::bigint), mrr_changes_at = to_timestamp(nullif(n.changes_at, 0))"
    " FROM n JOIN old ON old.id = n.id WHERE s.id = n.id RETURNING s.*),"
    " told AS (INSERT INTO stripe_subscription_changes (subscription_id, at, status, is_paused,"
    " cancel_at_period_end, cancel_at, ended_at, cancel_reason, currency, mrr, billed_mrr, prices)"
    " SELECT d.id, coalesce(old.mrr_changes_at, d.mrr_at), d.status, d.is_paused,"
    " d.cancel_at_period_end, d.cancel_at, d.ended_at, d.cancel_reason, d.currency, d.mrr,"
    " d.billed_mrr, (SELECT coalesce(array_agg(i.price_id ORDER BY i.price_id), '{}')"
    " FROM stripe_subscription_items i WHERE i.subscription_id = d.id)"
    " FROM done d JOIN old ON old.id = d.id"
    " WHERE (d.mrr, d.billed_mrr) IS DISTINCT FROM (old.mrr, old.billed_mrr))"
    " SELECT count(*) FROM done";

#define MEMBER(q, texts, v, member, n)                                                             \
	do {                                                                                       \
		for (size_t i_ = 0; i_ < (n); i_++)                                                \
			(texts)[i_] = (v)[i_].member;                                              \
		db_param_texts((q), (texts), (n));                                                 \
	} while (0)

void
mrr_store_save(
    struct db_query *q, const struct mrr_row *rows, const struct mrr *m, size_t n, int64_t now)
{
	const char **texts = arena_array(q->arena, n, sizeof(*texts));

	db_query_write(q, save_sql);
	MEMBER(q, texts, rows, id, n);
	MEMBER(q, texts, rows, read_at, n);
	MEMBER(q, texts, m, mrr, n);
	MEMBER(q, texts, m, billed, n);
	MEMBER(q, texts, m, committed, n);
	MEMBER(q, texts, m, trial, n);
	for (size_t i = 0; i < n; i++)
		texts[i] = mrr_flags_array(q->arena, m[i].flags);
	db_param_texts(q, texts, n);
	for (size_t i = 0; i < n; i++)
		texts[i] = arena_printf(q->arena, "%" PRId64, m[i].changes_at);
	db_param_texts(q, texts, n);
	db_param_int(q, now);
}

static const char put_off_sql[] =
    "UPDATE stripe_subscriptions SET mrr_changes_at = to_timestamp($2::bigint)"
    " WHERE id = ANY ($1::text[]) AND mrr_changes_at < to_timestamp($2::bigint)";

void
mrr_store_put_off(struct db_query *q, const char *const *ids, size_t n, int64_t until)
{
	db_query_write(q, put_off_sql);
	db_param_texts(q, ids, n);
	db_param_int(q, until);
}

/* ---- Sums ---- */

/*
 * Subscriptions outnumber the accounts that are left out by far, so those are looked for first; and
 * each of the three sums that read many rows stands alone, so that Postgres may share it out to
 * several processes.
 */
#define OF_THE_WORLD                                                                               \
	"s.is_live = $1 AND NOT EXISTS (SELECT FROM stripe_customers x"                            \
	" JOIN users u ON u.id = x.user_id AND (u.is_staff OR u.is_test OR u.is_banned)"           \
	" WHERE x.id = s.customer_id)"
#define CURRENT "s.ended_at IS NULL AND " OF_THE_WORLD
#define IS_COUNTED "s.status IN ('active', 'past_due') AND NOT s.is_paused"

static const char figures_sql[] =
    "WITH kinds AS MATERIALIZED (SELECT s.currency, s.status, s.is_paused, count(*) AS n,"
    " sum(s.mrr) AS mrr, sum(s.billed_mrr) AS billed, sum(s.committed_mrr) AS committed,"
    " sum(s.trial_mrr) AS trial FROM stripe_subscriptions s WHERE " CURRENT " GROUP BY 1, 2, 3),"
    " sums AS (SELECT currency, sum(mrr) AS mrr, sum(billed) AS billed,"
    " sum(committed) AS committed, sum(mrr) FILTER (WHERE status = 'past_due') AS at_risk,"
    " sum(trial) AS trial FROM kinds GROUP BY currency)"
    " SELECT v.name, sums.currency, trim_scale(coalesce(v.value, 0))::text FROM sums,"
    " LATERAL (VALUES ('mrr', sums.mrr), ('billed_mrr', sums.billed),"
    " ('committed_mrr', sums.committed), ('at_risk_mrr', sums.at_risk),"
    " ('trial_mrr', sums.trial)) AS v (name, value)"
    " UNION ALL SELECT 'subscriptions_active', '', coalesce(sum(n), 0)::text FROM kinds s"
    " WHERE " IS_COUNTED
    " UNION ALL SELECT 'subscriptions', status, sum(n)::text FROM kinds GROUP BY status"
    " UNION ALL SELECT 'subscriptions_canceled_30d', '', count(*)::text"
    " FROM stripe_subscriptions s WHERE s.status = 'canceled'"
    " AND s.ended_at >= now() - interval '30 days' AND s.ended_at <= now()"
    " AND NOT coalesce(s.trial_end_at >= s.ended_at, false) AND " OF_THE_WORLD
    " UNION ALL SELECT 'subscriptions_by_plan', coalesce(b.plan, 'none'), count(*)::text"
    " FROM stripe_subscriptions s LEFT JOIN (SELECT DISTINCT n.id, p.plan"
    " FROM stripe_subscriptions n JOIN stripe_subscription_items i ON i.subscription_id = n.id"
    " JOIN plan_prices p ON p.price_id = i.price_id WHERE n.ended_at IS NULL) b"
    " ON b.id = s.id WHERE " CURRENT " AND " IS_COUNTED " GROUP BY 2"
    " UNION ALL SELECT 'paying_customers', '', (count(DISTINCT c.user_id)"
    " + count(DISTINCT c.id) FILTER (WHERE c.user_id IS NULL))::text FROM stripe_subscriptions s"
    " JOIN stripe_customers c ON c.id = s.customer_id WHERE s.mrr > 0 AND " CURRENT
    " UNION ALL SELECT v.name, '', v.value::text FROM (SELECT count(*) AS n,"
    " coalesce(extract(epoch FROM now() - min(greatest(received_at, replayed_at))), 0) AS oldest"
    " FROM stripe_events"
    " WHERE state = 'waiting' AND is_live = $1) b,"
    " LATERAL (VALUES ('stripe_webhook_backlog', b.n),"
    " ('stripe_webhook_oldest_seconds', greatest(floor(b.oldest), 0))) AS v (name, value)"
    " UNION ALL (SELECT DISTINCT ON (currency) '" MRR_STORE_RATE "', currency, rate::text"
    " FROM fx_rates WHERE day <= (now() AT TIME ZONE 'UTC')::date"
    " ORDER BY currency, day DESC)";

void
mrr_store_is_known(struct db_query *q, bool is_live)
{
	db_query_read(q,
	    "SELECT (EXISTS (SELECT FROM stripe_subscriptions WHERE is_live = $1::boolean)"
	    " OR EXISTS (SELECT FROM stripe_cursors WHERE name = $2))::int");
	db_param_bool(q, is_live);
	db_param_text(q, is_live ? SYNC_COMPARED_LIVE : SYNC_COMPARED_TEST);
}

void
mrr_store_figures(struct db_query *q, bool is_live)
{
	db_query_read(q, figures_sql);
	db_param_bool(q, is_live);
}
