#include "account/logout_store.h"

#include <string.h>

#include "base/digest.h"
#include "db/db_row.h"

/* The minute after its end is the one by which a token may be late. */
static const char end_sql[] =
    "WITH fresh AS (INSERT INTO logout_tokens (jti_hash, expires_at)"
    " VALUES ($1, to_timestamp($2::bigint) + make_interval(secs => $3))"
    " ON CONFLICT DO NOTHING RETURNING 1),"
    " ended AS (DELETE FROM sessions s USING users u, fresh WHERE u.id = s.user_id"
    " AND ($4::text IS NOT NULL OR $5::text IS NOT NULL)"
    " AND ($4 IS NULL OR s.idp_sid = $4) AND ($5 IS NULL OR u.keycloak_sub = $5)"
    " RETURNING s.user_id)"
    " SELECT EXISTS (SELECT 1 FROM fresh), ended.user_id"
    " FROM (VALUES (1)) AS once LEFT JOIN ended ON true";

void
logout_store_end(struct db_query *q, const struct oidc_logout *l)
{
	unsigned char *hash = arena_alloc(q->arena, DIGEST_BYTES);

	digest_sha256(hash, l->jti, strlen(l->jti));
	db_query_write(q, end_sql);
	db_param_bytes(q, hash, DIGEST_BYTES);
	db_param_int(q, l->expires_at);
	db_param_int(q, OIDC_TOKEN_SKEW_S);
	db_param_text(q, l->sid);
	db_param_text(q, l->sub);
}

enum err
logout_store_ended(struct logout_ended *l, struct arena *a, const PGresult *res)
{
	enum err e = PQntuples(res) > 0 ? ERR_OK : ERR_INTERNAL;

	*l = (struct logout_ended){ .user_ids = arena_array(
					a, (size_t)PQntuples(res), sizeof(*l->user_ids)) };
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		int64_t user_id;

		l->is_new = db_row_bool(&r);
		user_id = db_row_int_or(&r, 0);
		if (user_id != 0)
			l->user_ids[l->n++] = user_id;
		e = db_row_end(&r);
	}
	return e;
}
