#include "bouncer/bouncer_count_store.h"

#include "db/db_row.h"

void
bouncer_count_store_list(struct db_query *q, int64_t user_id)
{
	db_query_read(q,
	    "SELECT n.bouncer_id, count(*), count(*) FILTER (WHERE n.state = 'connected'),"
	    " count(*) FILTER (WHERE n.state = 'disabled'),"
	    " floor(date_part('epoch', min(n.sampled_at)))::bigint"
	    " FROM bouncers b JOIN bouncer_networks n ON n.bouncer_id = b.id"
	    " WHERE b.user_id = $1 GROUP BY n.bouncer_id");
	db_param_int(q, user_id);
}

enum err
bouncer_count_store_list_read(struct bouncer_counts *list, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	list->n = (size_t)PQntuples(res);
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (size_t i = 0; i < list->n && e == ERR_OK; i++) {
		struct bouncer_count *c = &list->v[i];
		struct db_row r = db_row_at(res, (int)i);

		c->bouncer_id = db_row_int(&r);
		c->networks = db_row_int(&r);
		c->connected = db_row_int(&r);
		c->disabled = db_row_int(&r);
		c->told_at = db_row_int(&r);
		e = db_row_end(&r);
	}
	return e;
}

const struct bouncer_count *
bouncer_counts_of(const struct bouncer_counts *list, int64_t bouncer_id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i].bouncer_id == bouncer_id)
			return &list->v[i];
	return NULL;
}
