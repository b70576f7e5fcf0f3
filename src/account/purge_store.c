#include "account/purge_store.h"

#include "db/db_row.h"

/* An attempt counts for ten minutes; the hour leaves its row to whoever looks into a complaint. */
static const char purge_sql[] =
    "WITH over AS (DELETE FROM sessions WHERE expires_at <= now()"
    " OR last_seen_at + make_interval(secs => idle_seconds) <= now() RETURNING 1),"
    " abandoned AS (DELETE FROM login_attempts"
    " WHERE created_at < now() - interval '1 hour' RETURNING 1),"
    " spent AS (DELETE FROM logout_tokens WHERE expires_at < now())"
    " SELECT (SELECT count(*) FROM over), (SELECT count(*) FROM abandoned)";

void
purge_store_sessions(struct db_query *q)
{
	db_query_write(q, purge_sql);
}

enum err
purge_store_sessions_read(const PGresult *res, int64_t *sessions, int64_t *attempts)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	*sessions = db_row_int(&r);
	*attempts = db_row_int(&r);
	return db_row_end(&r);
}
