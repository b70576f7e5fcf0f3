#include "bouncer/network_store.h"

#include "db/db_row.h"

void
network_store_names(struct db_query *q, int64_t user_id, const char *bouncer)
{
	db_query_read(q,
	    "SELECT n.name FROM bouncers b JOIN bouncer_networks n ON n.bouncer_id = b.id"
	    " WHERE b.user_id = $1 AND b.name = $2 ORDER BY n.name");
	db_param_int(q, user_id);
	db_param_text(q, bouncer);
}

enum err
network_store_names_read(struct network_names *names, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	names->n = (size_t)PQntuples(res);
	names->v = arena_array(a, names->n, sizeof(*names->v));
	for (size_t i = 0; i < names->n && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, (int)i);

		names->v[i] = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

void
network_store_find(struct db_query *q, int64_t user_id, const char *bouncer, const char *name)
{
	db_query_read(q, "SELECT n.name, n.address, n.nick, n.state <> 'disabled'"
			 " FROM bouncers b JOIN bouncer_networks n ON n.bouncer_id = b.id"
			 " WHERE b.user_id = $1 AND b.name = $2 AND n.name = $3");
	db_param_int(q, user_id);
	db_param_text(q, bouncer);
	db_param_text(q, name);
}

enum err
network_store_find_read(struct network_known *n, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	n->name = db_row_text(&r, a);
	n->address = db_row_text(&r, a);
	n->nick = db_row_text(&r, a);
	n->is_enabled = db_row_bool(&r);
	return db_row_end(&r);
}
