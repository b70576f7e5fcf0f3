#include "billing/inbox_store.h"

#include "db/db_row.h"

#define PURGE_AT_ONCE "5000"

const char *const inbox_source_words[INBOX_SOURCE__MAX] = {
	[INBOX_WEBHOOK] = "webhook",
	[INBOX_GAP] = "gap",
	[INBOX_RETURN] = "return",
	[INBOX_UNLINKED] = "unlinked",
};

const char *const inbox_state_words[INBOX_STATE__MAX] = {
	[INBOX_WAITING] = "waiting",
	[INBOX_DONE] = "done",
	[INBOX_IGNORED] = "ignored",
	[INBOX_FAILED] = "failed",
};

/* ---- Keeping ---- */

static const char put_sql[] =
    "WITH put AS (INSERT INTO stripe_events"
    " (id, source, is_live, type, object_id, api_version, created_at, body, due_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, to_timestamp($7::bigint), $8,"
    " coalesce(to_timestamp($9::bigint), now()))"
    " ON CONFLICT (id) DO NOTHING RETURNING 1)"
    " SELECT EXISTS (SELECT 1 FROM put)";

/* NULL where there is no time. */
static void
param_time(struct db_query *q, int64_t at)
{
	if (at != 0)
		db_param_int(q, at);
	else
		db_param_text(q, NULL);
}

void
inbox_store_put(struct db_query *q, const struct inbox_event *e)
{
	db_query_write(q, put_sql);
	db_param_text(q, e->id);
	db_param_text(q, inbox_source_words[e->source]);
	db_param_bool(q, e->is_live);
	db_param_text(q, e->type);
	db_param_text(q, e->object_id);
	db_param_text(q, e->api_version);
	param_time(q, e->created_at);
	db_param_text(q, e->body);
	param_time(q, e->due_at);
}

enum err
inbox_store_put_read(const PGresult *res, bool *is_new)
{
	return db_row_only_bool(res, is_new);
}

/* ---- Rows ---- */

/* All but the body, which stands behind them where it is wanted. */
#define COLS                                                                                       \
	" e.id, e.source, e.is_live, e.type, e.object_id, e.api_version,"                          \
	" floor(extract(epoch FROM e.created_at))::bigint,"                                        \
	" floor(extract(epoch FROM e.received_at))::bigint,"                                       \
	" (extract(epoch FROM e.received_at) * 1000000)::bigint, e.state, e.attempts,"             \
	" floor(extract(epoch FROM e.due_at))::bigint,"                                            \
	" floor(extract(epoch FROM e.ended_at))::bigint, e.effect, e.error"
#define NO_BODY ", NULL::text "

static enum err
read_row(struct inbox_event *e, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	e->id = db_row_text(&r, a);
	e->source = (enum inbox_source)db_row_word(&r, inbox_source_words, INBOX_SOURCE__MAX);
	e->is_live = db_row_bool(&r);
	e->type = db_row_text(&r, a);
	e->object_id = db_row_text(&r, a);
	e->api_version = db_row_text(&r, a);
	e->created_at = db_row_int_or(&r, 0);
	e->received_at = db_row_int(&r);
	e->received_us = db_row_int(&r);
	e->state = (enum inbox_state)db_row_word(&r, inbox_state_words, INBOX_STATE__MAX);
	e->attempts = db_row_int(&r);
	e->due_at = db_row_int(&r);
	e->ended_at = db_row_int_or(&r, 0);
	e->effect = db_row_text(&r, a);
	e->error = db_row_text(&r, a);
	e->body = db_row_text(&r, a);
	return db_row_end(&r);
}

enum err
inbox_store_rows(const PGresult *res, struct arena *a, struct inbox_event **events, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*events = arena_array(a, *n, sizeof(**events));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_row(&(*events)[i], a, res, i);
	return e;
}

/* ---- Obeying ---- */

/* Who asks at the same moment passes over what another one holds, and gets the next ones. */
static const char claim_sql[] =
    "WITH due AS MATERIALIZED (SELECT id FROM stripe_events"
    " WHERE state = 'waiting' AND due_at <= now()"
    " AND (claimed_until IS NULL OR claimed_until <= now())"
    " ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED),"
    " e AS (UPDATE stripe_events s"
    " SET claimed_until = now() + make_interval(secs => $2::bigint), attempts = attempts + 1"
    " FROM due WHERE s.id = due.id RETURNING s.*)"
    " SELECT" COLS NO_BODY "FROM e ORDER BY e.received_at, e.id";

void
inbox_store_claim(struct db_query *q, int64_t n, int64_t lease_s)
{
	db_query_write(q, claim_sql);
	db_param_int(q, n);
	db_param_int(q, lease_s);
}

void
inbox_store_end(struct db_query *q, const char *id, enum inbox_state state, const char *effect)
{
	db_query_write(q, "UPDATE stripe_events SET state = $2, effect = $3, error = NULL,"
			  " ended_at = now(), claimed_until = NULL"
			  " WHERE id = $1 AND state = 'waiting'");
	db_param_text(q, id);
	db_param_text(q, inbox_state_words[state]);
	db_param_text(q, effect);
}

void
inbox_store_fail(
    struct db_query *q, const char *id, int64_t attempts, const char *error, int64_t retry_s)
{
	db_query_write(q, "UPDATE stripe_events SET error = $2, claimed_until = NULL,"
			  " due_at = now() + make_interval(secs => $3::bigint),"
			  " state = CASE WHEN $3::bigint > 0 THEN 'waiting' ELSE 'failed' END,"
			  " ended_at = CASE WHEN $3::bigint > 0 THEN NULL ELSE now() END"
			  " WHERE id = $1 AND attempts = $4 AND state = 'waiting'");
	db_param_text(q, id);
	db_param_text(q, error);
	db_param_int(q, retry_s);
	db_param_int(q, attempts);
}

static const char purge_sql[] =
    "WITH old AS (SELECT id FROM stripe_events"
    " WHERE received_at < now() - make_interval(days => $2::integer) AND state <> 'waiting'"
    " ORDER BY received_at LIMIT " PURGE_AT_ONCE " FOR UPDATE SKIP LOCKED),"
    " gone AS (DELETE FROM stripe_events s USING old WHERE s.id = old.id RETURNING 1),"
    " stale AS (SELECT id FROM stripe_events"
    " WHERE body IS NOT NULL AND received_at < now() - make_interval(days => $1::integer)"
    " AND state <> 'waiting' AND id NOT IN (SELECT id FROM old)"
    " ORDER BY received_at LIMIT " PURGE_AT_ONCE " FOR UPDATE SKIP LOCKED),"
    " forgotten AS (UPDATE stripe_events s SET body = NULL FROM stale WHERE s.id = stale.id"
    " RETURNING 1)"
    " SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM forgotten)";

void
inbox_store_purge(struct db_query *q, int64_t body_days, int64_t days)
{
	db_query_write(q, purge_sql);
	db_param_int(q, body_days);
	db_param_int(q, days);
}

/* ---- For admins ---- */

/*
 * One statement for each kind of question, so that each walks an index in its order and ends with
 * the page: $1 world, $2 and $3 the last one seen, $4 how many.
 */
#define PAGE(where)                                                                                \
	"SELECT" COLS NO_BODY "FROM stripe_events e WHERE e.is_live = $1"                          \
	" AND (e.received_at, e.id) < (coalesce(timestamptz 'epoch'"                               \
	" + $2::bigint * interval '1 microsecond', 'infinity'), coalesce($3, ''))" where           \
	" ORDER BY e.received_at DESC, e.id DESC LIMIT $4"

static const char page_sql[] = PAGE("");
static const char page_of_state_sql[] = PAGE(" AND e.state = $5");
static const char page_of_type_sql[] = PAGE(" AND e.type = $5");
static const char page_of_both_sql[] = PAGE(" AND e.state = $5 AND e.type = $6");
/* The few of an id, found before anything else is asked. */
static const char page_of_id_sql[] =
    PAGE(" AND e.id = ANY (ARRAY(SELECT o.id FROM stripe_events o WHERE o.object_id = $5"
	 " UNION ALL SELECT $5))"
	 " AND ($6::text IS NULL OR e.state = $6) AND ($7::text IS NULL OR e.type = $7)");

static void
page_params(struct db_query *q, const struct inbox_filter *f, int64_t n)
{
	db_param_bool(q, f->is_live);
	param_time(q, f->before_us);
	db_param_text(q, f->before_id);
	db_param_int(q, n);
}

void
inbox_store_page(struct db_query *q, const struct inbox_filter *f, int64_t n)
{
	const char *state = f->state < INBOX_STATE__MAX ? inbox_state_words[f->state] : NULL;

	if (f->text != NULL)
		db_query_read(q, page_of_id_sql);
	else if (state != NULL && f->type != NULL)
		db_query_read(q, page_of_both_sql);
	else if (state != NULL)
		db_query_read(q, page_of_state_sql);
	else if (f->type != NULL)
		db_query_read(q, page_of_type_sql);
	else
		db_query_read(q, page_sql);
	page_params(q, f, n);
	if (f->text != NULL)
		db_param_text(q, f->text);
	if (f->text != NULL || state != NULL)
		db_param_text(q, state);
	if (f->text != NULL || f->type != NULL)
		db_param_text(q, f->type);
}

void
inbox_store_one(struct db_query *q, const char *id)
{
	db_query_read(q, "SELECT" COLS ", e.body FROM stripe_events e WHERE e.id = $1");
	db_param_text(q, id);
}

/* What somebody is at now stays his: he may end it, and there is no need for another attempt. */
#define REPLAY(which)                                                                              \
	"WITH again AS (UPDATE stripe_events e SET state = 'waiting', ended_at = NULL,"            \
	" effect = NULL, error = NULL, due_at = now(), replayed_at = now(), attempts = 0,"         \
	" claimed_until = CASE WHEN e.state = 'waiting' THEN e.claimed_until END"                  \
	" WHERE " which " RETURNING 1) SELECT count(*) FROM again"
/* The state is asked once more where it is changed, as somebody may have been faster. */
#define OF_RANGE                                                                                   \
	"(SELECT id FROM stripe_events WHERE state = $2 AND is_live = $1"                          \
	" AND ($3::text IS NULL OR type = $3) AND received_at >= to_timestamp($4::bigint)"         \
	" AND received_at < to_timestamp($5::bigint) ORDER BY received_at, id LIMIT $6)"

static const char replay_one_sql[] = REPLAY("e.id = $1");
static const char replay_range_sql[] = REPLAY("e.state = $2 AND e.id IN " OF_RANGE);
static const char count_range_sql[] = "SELECT count(*) FROM " OF_RANGE " AS of_range";

void
inbox_store_replay(struct db_query *q, const char *id)
{
	db_query_write(q, replay_one_sql);
	db_param_text(q, id);
}

static void
range_params(struct db_query *q, const struct inbox_range *r)
{
	db_param_bool(q, r->is_live);
	db_param_text(q, inbox_state_words[r->state]);
	db_param_text(q, r->type);
	db_param_int(q, r->from);
	db_param_int(q, r->until);
	db_param_int(q, INBOX_REPLAY_MAX);
}

void
inbox_store_replay_range(struct db_query *q, const struct inbox_range *r)
{
	db_query_write(q, replay_range_sql);
	range_params(q, r);
}

void
inbox_store_count_range(struct db_query *q, const struct inbox_range *r)
{
	db_query_read(q, count_range_sql);
	range_params(q, r);
}

static const char counts_sql[] =
    "SELECT (SELECT count(*) FROM (SELECT 1 FROM stripe_events"
    " WHERE is_live = $1 AND state = 'waiting' LIMIT $2::bigint + 1) AS few),"
    " (SELECT count(*) FROM (SELECT 1 FROM stripe_events"
    " WHERE is_live = $1 AND state = 'failed' LIMIT $2::bigint + 1) AS few),"
    " (SELECT floor(extract(epoch FROM received_at))::bigint FROM stripe_events"
    " WHERE is_live = $1 AND state = 'waiting' ORDER BY received_at LIMIT 1)";

void
inbox_store_counts(struct db_query *q, bool is_live)
{
	db_query_read(q, counts_sql);
	db_param_bool(q, is_live);
	db_param_int(q, INBOX_COUNT_MAX);
}

enum err
inbox_store_counts_read(const PGresult *res, struct inbox_counts *c)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	c->waiting = db_row_int(&r);
	c->failed = db_row_int(&r);
	c->waiting_since = db_row_int_or(&r, 0);
	return db_row_end(&r);
}
