#include "content/content_store.h"

#include "db/db_row.h"

void
content_store_usage(struct db_query *q, const char *sub)
{
	db_query_read(q,
	    "SELECT coalesce(sum(g.count), 0)::bigint, coalesce(sum(g.bytes), 0)::bigint"
	    " FROM users u JOIN usage g ON g.user_id = u.id WHERE u.keycloak_sub = $1");
	db_param_text(q, sub);
}

void
content_store_usage_of(struct db_query *q, int64_t user_id)
{
	db_query_read(q, "SELECT coalesce(sum(count), 0)::bigint, coalesce(sum(bytes), 0)::bigint"
			 " FROM usage WHERE user_id = $1");
	db_param_int(q, user_id);
}

enum err
content_store_usage_read(const PGresult *res, struct content_usage *usage)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	usage->count = db_row_int(&r);
	usage->bytes = db_row_int(&r);
	return db_row_end(&r);
}

void
content_store_find_user(struct db_query *q, const char *sub)
{
	db_query_read(q, "SELECT id FROM users WHERE keycloak_sub = $1");
	db_param_text(q, sub);
}

enum err
content_store_find_user_read(const PGresult *res, int64_t *id)
{
	*id = 0;
	return PQntuples(res) == 0 ? ERR_OK : db_row_only_int(res, id);
}

void
content_store_erase(struct db_query *q, const char *sub, int at_most)
{
	db_query_write(q, "SELECT erased, bytes FROM erase_content($1, $2::int)");
	db_param_text(q, sub);
	db_param_int(q, at_most);
}

void
content_store_forget(struct db_query *q, const char *sub)
{
	db_query_write(q, "DELETE FROM users WHERE keycloak_sub = $1");
	db_param_text(q, sub);
}

void
content_store_add_views(struct db_query *q, const struct strbuf *ids, const struct strbuf *counts)
{
	db_query_write(q, "SELECT add_views($1, $2)");
	db_param_text(q, strbuf_text(ids));
	db_param_text(q, strbuf_text(counts));
}

void
content_store_add_facts(struct db_query *q, const struct strbuf columns[FACT__MAX])
{
	db_query_write(q,
	    "INSERT INTO content_days AS d"
	    " (day, kind, visibility, outcome, count, bytes, process_us)"
	    " SELECT (now() AT TIME ZONE 'UTC')::date, f.* FROM unnest($1::text[], $2::text[],"
	    " $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) f"
	    " ON CONFLICT (day, kind, visibility, outcome) DO UPDATE SET"
	    " count = d.count + excluded.count, bytes = d.bytes + excluded.bytes,"
	    " process_us = d.process_us + excluded.process_us");
	for (int i = 0; i < FACT__MAX; i++)
		db_param_text(q, strbuf_text(&columns[i]));
}

void
content_store_makers(struct db_query *q, const char *day, const char *after, int64_t at_most)
{
	db_query_read(q, "SELECT u.keycloak_sub FROM made_days d JOIN users u ON u.id = d.user_id"
			 " WHERE d.day = $1::date AND u.keycloak_sub > $2"
			 " ORDER BY u.keycloak_sub LIMIT $3::bigint");
	db_param_text(q, day);
	db_param_text(q, after);
	db_param_int(q, at_most);
}

enum err
content_store_makers_read(const char ***subs, size_t *n, struct arena *a, const PGresult *res)
{
	const int rows = PQntuples(res);
	enum err e = ERR_OK;

	*n = 0;
	*subs = arena_array(a, (size_t)rows + 1, sizeof(**subs));
	for (int i = 0; i < rows && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);

		(*subs)[(*n)++] = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

void
content_store_purge_days(struct db_query *q, int64_t keep_days)
{
	db_query_write(q, "WITH gone AS (DELETE FROM made_days"
			  " WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int RETURNING 1)"
			  " SELECT count(*) FROM gone");
	db_param_int(q, keep_days);
}
