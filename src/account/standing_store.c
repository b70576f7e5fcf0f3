#include "account/standing_store.h"

#include "db/db_row.h"

/* Two that come first at the same moment make one row. */
static const char account_sql[] =
    "WITH known AS (SELECT id, plan, is_banned FROM users WHERE keycloak_sub = $1),"
    " moved AS (UPDATE users u SET plan = $3, is_banned = $4 FROM known WHERE u.id = known.id"
    " AND (known.plan, known.is_banned) IS DISTINCT FROM ($3::text, $4::boolean)),"
    " made AS (INSERT INTO users (keycloak_sub, issuer, plan, is_banned)"
    " SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM known)"
    " ON CONFLICT (keycloak_sub) DO UPDATE SET plan = excluded.plan,"
    " is_banned = excluded.is_banned RETURNING id)"
    " SELECT id FROM known UNION ALL SELECT id FROM made";

void
standing_store_account(struct db_query *q, const struct portal_account *account, const char *issuer)
{
	db_query_write(q, account_sql);
	db_param_text(q, account->sub);
	db_param_text(q, issuer);
	db_param_text(q, account->plan);
	db_param_bool(q, account->is_banned);
}

enum err
standing_store_account_read(int64_t *user_id, const PGresult *res)
{
	return db_row_only_int(res, user_id);
}
