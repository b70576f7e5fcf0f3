#include "account/account_store.h"

#include "db/db_row.h"

void
account_store_show(struct db_query *q, int64_t user_id)
{
	db_query_read(q,
	    "SELECT email_verified, floor(extract(epoch FROM created_at))::bigint,"
	    " floor(extract(epoch FROM last_login_at))::bigint,"
	    " (SELECT count(*) FROM sessions WHERE user_id = users.id AND expires_at > now()"
	    "  AND last_seen_at > now() - make_interval(secs => idle_seconds)),"
	    " wants_outage_mail"
	    " FROM users WHERE id = $1");
	db_param_int(q, user_id);
}

enum err
account_store_show_read(struct account *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	a->is_email_verified = db_row_bool(&r);
	a->made_at = db_row_int(&r);
	a->signed_in_at = db_row_int(&r);
	a->sessions = db_row_int(&r);
	a->wants_outage_mail = db_row_bool(&r);
	return db_row_end(&r);
}

void
account_store_want_mail(struct db_query *q, int64_t user_id, bool wants_it)
{
	db_query_write(q, "UPDATE users SET wants_outage_mail = $2 WHERE id = $1");
	db_param_int(q, user_id);
	db_param_bool(q, wants_it);
}
