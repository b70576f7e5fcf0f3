#include "account/session_store.h"

#include "db/db_row.h"

void
session_store_list(struct db_query *q, int64_t user_id, const unsigned char *token_hash)
{
	db_query_read(q,
	    "SELECT id, user_agent, floor(extract(epoch FROM created_at))::bigint,"
	    " floor(extract(epoch FROM last_seen_at))::bigint, token_hash = $2, count(*) OVER ()"
	    " FROM sessions WHERE user_id = $1 AND expires_at > now()"
	    " AND last_seen_at > now() - make_interval(secs => idle_seconds)"
	    " ORDER BY token_hash = $2 DESC, last_seen_at DESC, id DESC LIMIT $3");
	db_param_int(q, user_id);
	db_param_bytes(q, token_hash, 32);
	db_param_int(q, SESSION_LIST_MAX);
}

enum err
session_store_list_read(struct session_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;
	int i;

	*list = (struct session_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct session *s = &list->v[i];

		s->id = db_row_int(&r);
		s->user_agent = db_row_text(&r, a);
		s->begun_at = db_row_int(&r);
		s->used_at = db_row_int(&r);
		s->is_this = db_row_bool(&r);
		list->total = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}

void
session_store_end(struct db_query *q, int64_t user_id, int64_t id)
{
	db_query_write(q, "DELETE FROM sessions WHERE user_id = $1 AND id = $2");
	db_param_int(q, user_id);
	db_param_int(q, id);
}

void
session_store_end_others(struct db_query *q, int64_t user_id, const unsigned char *token_hash)
{
	db_query_write(q, "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2");
	db_param_int(q, user_id);
	db_param_bytes(q, token_hash, 32);
}

void
session_store_activity(struct db_query *q, const char *sub)
{
	db_query_history(q, "SELECT event_type, metadata->>'bouncer', metadata->>'to',"
			    " floor(extract(epoch FROM created_at))::bigint FROM events"
			    " WHERE user_sub = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
	db_param_text(q, sub);
	db_param_int(q, ACTIVITY_LIST_MAX);
}

enum err
session_store_activity_read(struct activity_list *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;
	int i;

	*list = (struct activity_list){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct activity *v = &list->v[i];

		v->type = db_row_text(&r, a);
		v->bouncer = db_row_text(&r, a);
		v->plan = db_row_text(&r, a);
		v->at = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}
