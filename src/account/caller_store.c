#include "account/caller_store.h"

#include "db/db_row.h"

/* The update is finished whatever the rest reads, and writes nothing for most calls. */
void
caller_store_token(struct db_query *q, const unsigned char *hash)
{
	db_query_write(q,
	    "WITH good AS (SELECT t.id, t.scopes, t.last_used_at, u.keycloak_sub, u.plan"
	    "  FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = $1"
	    "  AND (t.expires_at IS NULL OR t.expires_at > now()) AND NOT u.is_banned),"
	    " used AS (UPDATE api_tokens SET last_used_at = now() WHERE id = (SELECT id FROM good"
	    "  WHERE last_used_at IS NULL OR last_used_at < now() - make_interval(secs => $2)))"
	    " SELECT keycloak_sub, plan, id, 'txt' = ANY (scopes), 'pics' = ANY (scopes) FROM "
	    "good");
	db_param_bytes(q, hash, DIGEST_BYTES);
	db_param_int(q, CALLER_TOUCH_S);
}

enum err
caller_store_token_read(struct caller *c, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	*c = (struct caller){ 0 };
	c->sub = db_row_text(&r, a);
	c->plan = db_row_text(&r, a);
	c->token_id = db_row_int(&r);
	c->may[API_SCOPE_TXT] = db_row_bool(&r);
	c->may[API_SCOPE_PICS] = db_row_bool(&r);
	return db_row_end(&r);
}

void
caller_store_account(struct db_query *q, const char *sub)
{
	db_query_read(q, "SELECT keycloak_sub, plan, is_banned FROM users WHERE keycloak_sub = $1");
	db_param_text(q, sub);
}

void
caller_store_uploader(struct db_query *q, const char *bouncer, const char *username)
{
	db_query_read(q,
	    "SELECT keycloak_sub, plan, is_banned FROM users WHERE id IN"
	    " (SELECT user_id FROM bouncers WHERE soju_username = $2 AND (name = $1 OR $1 = $3))"
	    " LIMIT 2");
	db_param_text(q, bouncer);
	db_param_text(q, username);
	db_param_text(q, CALLER_ANY_BOUNCER);
}

enum err
caller_store_account_read(struct caller *c, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	*c = (struct caller){ 0 };
	c->sub = db_row_text(&r, a);
	c->plan = db_row_text(&r, a);
	c->is_banned = db_row_bool(&r);
	return db_row_end(&r);
}
