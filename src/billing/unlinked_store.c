#include "billing/unlinked_store.h"

#include "db/db_row.h"

/* One row for each; what lives has not ended. */
#define UNLINKED                                                                                   \
	"SELECT c.id, c.user_sub, floor(extract(epoch FROM c.created_at))::bigint,"                \
	" coalesce(s.n, 0)::bigint, s.worth FROM stripe_customers c LEFT JOIN LATERAL ("           \
	" SELECT sum(each.n) AS n, string_agg(each.currency || ' ' || each.minor, ','"             \
	" ORDER BY each.currency) AS worth FROM ("                                                 \
	" SELECT currency, count(*) AS n, round(sum(mrr))::bigint AS minor"                        \
	" FROM stripe_subscriptions WHERE customer_id = c.id AND ended_at IS NULL"                 \
	" GROUP BY currency) AS each) AS s ON true"                                                \
	" WHERE c.user_id IS NULL AND c.is_live = $1 AND NOT c.is_deleted"

void
unlinked_store_page(struct db_query *q, bool is_live, const char *after, int64_t n)
{
	db_query_read(q, UNLINKED " AND c.id > coalesce($2, '') ORDER BY c.id LIMIT $3");
	db_param_bool(q, is_live);
	db_param_text(q, after);
	db_param_int(q, n);
}

void
unlinked_store_one(struct db_query *q, bool is_live, const char *id)
{
	db_query_read(q, UNLINKED " AND c.id = $2");
	db_param_bool(q, is_live);
	db_param_text(q, id);
}

enum err
unlinked_store_rows(const PGresult *res, struct arena *a, struct unlinked **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct unlinked *u = &(*rows)[i];

		u->id = db_row_text(&r, a);
		u->user_sub = db_row_text(&r, a);
		u->created_at = db_row_int_or(&r, 0);
		u->nsubscriptions = db_row_int(&r);
		u->worth = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

void
unlinked_store_accounts(struct db_query *q, const char *sub_or_email)
{
	db_query_read(q,
	    "WITH named AS (SELECT id, keycloak_sub, name, email FROM users"
	    " WHERE keycloak_sub = $1),"
	    " addressed AS (SELECT id, keycloak_sub, name, email FROM users"
	    " WHERE lower(email) = lower($1) AND NOT EXISTS (SELECT 1 FROM named) LIMIT 2)"
	    " SELECT * FROM named UNION ALL SELECT * FROM addressed");
	db_param_text(q, sub_or_email);
}

enum err
unlinked_store_accounts_rows(
    const PGresult *res, struct arena *a, struct unlinked_account **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct unlinked_account *u = &(*rows)[i];

		u->id = db_row_int(&r);
		u->sub = db_row_text(&r, a);
		u->name = db_row_text(&r, a);
		u->email = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

static const char link_sql[] =
    "WITH linked AS (UPDATE stripe_customers c SET user_id = u.id FROM users u"
    " WHERE c.id = $2 AND c.is_live = $1 AND c.user_id IS NULL AND NOT c.is_deleted"
    " AND u.id = $3 RETURNING u.id),"
    " checked AS (INSERT INTO plan_checks (user_id) SELECT id FROM linked"
    " ON CONFLICT (user_id) DO UPDATE SET due_at = now())"
    " SELECT count(*) FROM linked";

void
unlinked_store_link(struct db_query *q, bool is_live, const char *id, int64_t user_id)
{
	db_query_write(q, link_sql);
	db_param_bool(q, is_live);
	db_param_text(q, id);
	db_param_int(q, user_id);
}
