#include "billing/difference_store.h"

#include "db/db_row.h"

void
difference_store_page(struct db_query *q, int64_t before, int64_t n)
{
	db_query_read(q, "SELECT id, floor(extract(epoch FROM found_at))::bigint, object_id, what,"
			 " ours, theirs, is_repaired FROM stripe_differences"
			 " WHERE $1::bigint = 0 OR id < $1 ORDER BY id DESC LIMIT $2");
	db_param_int(q, before);
	db_param_int(q, n);
}

enum err
difference_store_rows(const PGresult *res, struct arena *a, struct difference **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct difference *d = &(*rows)[i];

		d->id = db_row_int(&r);
		d->found_at = db_row_int(&r);
		d->object_id = db_row_text(&r, a);
		d->what = db_row_text(&r, a);
		d->ours = db_row_text(&r, a);
		d->theirs = db_row_text(&r, a);
		d->is_repaired = db_row_bool(&r);
		e = db_row_end(&r);
	}
	return e;
}
