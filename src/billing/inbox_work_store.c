#include "billing/inbox_work_store.h"

#include "db/db_row.h"

static const char look_sql[] =
    "SELECT EXISTS (SELECT 1 FROM stripe_events WHERE state = 'waiting' AND due_at <= now()"
    " AND (claimed_until IS NULL OR claimed_until <= now())),"
    " EXISTS (SELECT 1 FROM plan_checks WHERE due_at <= now())";

void
inbox_work_store_look(struct db_query *q)
{
	db_query_read(q, look_sql);
}

enum err
inbox_work_store_look_read(const PGresult *res, struct inbox_work *w)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	w->has_events = db_row_bool(&r);
	w->has_plans = db_row_bool(&r);
	return db_row_end(&r);
}

static const char end_sql[] =
    "UPDATE stripe_events e SET state = d.state, effect = d.effect, error = NULL,"
    " ended_at = now(), claimed_until = NULL"
    " FROM jsonb_to_recordset($1::jsonb) AS d (id text, attempts integer,"
    " state text, effect text)"
    " WHERE e.id = d.id AND e.attempts = d.attempts AND e.state = 'waiting'";

void
inbox_work_store_end(struct db_query *q, const char *ends)
{
	db_query_write(q, end_sql);
	db_param_text(q, ends);
}

static const char give_back_sql[] =
    "UPDATE stripe_events e SET claimed_until = NULL, attempts = e.attempts - 1,"
    " error = coalesce($3, e.error), due_at = now() + make_interval(secs => $2::bigint)"
    " FROM jsonb_to_recordset($1::jsonb) AS c (id text, attempts integer)"
    " WHERE e.id = c.id AND e.attempts = c.attempts AND e.state = 'waiting'";

void
inbox_work_store_give_back(
    struct db_query *q, const char *claimed, int64_t wait_s, const char *error)
{
	db_query_write(q, give_back_sql);
	db_param_text(q, claimed);
	db_param_int(q, wait_s);
	db_param_text(q, error);
}
