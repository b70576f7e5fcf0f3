#include "account/role_store.h"

#include "account/staff_role.h"

void
role_store_claim(struct db_query *q, const unsigned char *token_hash)
{
	db_query_write(q,
	    "UPDATE sessions SET roles_refreshing_until = now() + make_interval(secs => $3)"
	    " WHERE token_hash = $1 AND roles_read_at < now() - make_interval(secs => $2)"
	    " AND (roles_refreshing_until IS NULL OR roles_refreshing_until < now())"
	    " RETURNING refresh_token_sealed");
	db_param_bytes(q, token_hash, 32);
	db_param_int(q, STAFF_ROLES_KEEP_S);
	db_param_int(q, ROLE_CLAIM_S);
}

void
role_store_keep_token(
    struct db_query *q, const unsigned char *token_hash, const void *sealed, size_t len)
{
	db_query_write(q, "UPDATE sessions SET refresh_token_sealed = $2 WHERE token_hash = $1");
	db_param_bytes(q, token_hash, 32);
	db_param_bytes(q, sealed, len);
}

void
role_store_save(struct db_query *q, const unsigned char *token_hash, const char *roles, int pause_s)
{
	db_query_write(q,
	    "UPDATE sessions SET roles = coalesce(string_to_array($2, ' '), roles),"
	    " roles_read_at = CASE WHEN $2 IS NULL THEN roles_read_at ELSE now() END,"
	    " refresh_token_sealed = CASE WHEN $2 = '' THEN NULL ELSE refresh_token_sealed END,"
	    " roles_refreshing_until = now() + make_interval(secs => NULLIF($3, 0))"
	    " WHERE token_hash = $1");
	db_param_bytes(q, token_hash, 32);
	db_param_text(q, roles);
	db_param_int(q, pause_s);
}

void
role_store_end(struct db_query *q, const unsigned char *token_hash)
{
	db_query_write(q, "DELETE FROM sessions WHERE token_hash = $1");
	db_param_bytes(q, token_hash, 32);
}
