#include "account/login_store.h"

#include "activity/activity_store.h"
#include "db/db_row.h"
#include "events/events_store.h"

void
login_store_begin(struct db_query *q, const struct login_attempt *l)
{
	db_query_write(q,
	    "INSERT INTO login_attempts (state_hash, browser_hash, nonce, code_verifier,"
	    " return_path) VALUES ($1, $2, $3, $4, $5)");
	db_param_bytes(q, l->state_hash, sizeof(l->state_hash));
	db_param_bytes(q, l->browser_hash, sizeof(l->browser_hash));
	db_param_text(q, l->nonce);
	db_param_text(q, l->code_verifier);
	db_param_text(q, l->return_path);
}

void
login_store_take(struct db_query *q, const struct login_attempt *l)
{
	db_query_write(q, "DELETE FROM login_attempts WHERE state_hash = $1 AND browser_hash = $2"
			  " AND created_at > now() - make_interval(secs => $3)"
			  " RETURNING nonce, code_verifier, return_path");
	db_param_bytes(q, l->state_hash, sizeof(l->state_hash));
	db_param_bytes(q, l->browser_hash, sizeof(l->browser_hash));
	db_param_int(q, LOGIN_ATTEMPT_S);
}

enum err
login_store_taken(struct login_attempt *l, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	l->nonce = db_row_text(&r, a);
	l->code_verifier = db_row_text(&r, a);
	l->return_path = db_row_text(&r, a);
	return db_row_end(&r);
}

/*
 * What is known of the first visit is written once and never replaced. An e-mail address that the
 * provider has not verified is kept, but marked. A banned account is brought up to date and gets
 * neither event nor session.
 */
/* clang-format off */
static const char sign_in_sql[] =
    "WITH account AS ("
    "  INSERT INTO users (keycloak_sub, issuer, email, email_verified, name,"
    "    first_visit_at, first_source, first_referrer, first_campaign)"
    "  VALUES ($1, $2, $3, $4, $5, to_timestamp(NULLIF($6::bigint, 0)), $7, $8, $9)"
    "  ON CONFLICT (keycloak_sub) DO UPDATE SET email = excluded.email,"
    "    email_verified = excluded.email_verified, name = excluded.name, last_login_at = now()"
    "  RETURNING id, keycloak_sub, is_banned, xmax = 0 AS is_new),"
    " welcome AS (SELECT * FROM account WHERE NOT is_banned),"
    RECORD_EVENT("signup", EVENT_WORD_SIGNUP, EVENT_NO_METADATA, "welcome WHERE is_new") ","
    RECORD_EVENT("login", EVENT_WORD_LOGIN, EVENT_NO_METADATA, "welcome") ","
    RECORD_ACTIVITY("active", "8", "welcome") ","
    RECORD_SEEN("seen", "active", "welcome") ","
    " ended AS (DELETE FROM sessions WHERE token_hash = $10),"
    " begun AS ("
    "  INSERT INTO sessions (token_hash, user_id, csrf_secret, roles, idp_sid, idle_seconds,"
    "    expires_at, user_agent, id_token_sealed, refresh_token_sealed)"
    "  SELECT $11, id, $12, string_to_array($13, ' '), $14, $15,"
    "    now() + make_interval(secs => $16), $17, $18, $19 FROM welcome)"
    " SELECT is_new, is_banned, id FROM account";
/* clang-format on */

/* What the portal did not say stays as it was. Only the portal records events. */
/* clang-format off */
static const char sign_in_at_service_sql[] =
    "WITH account AS ("
    "  INSERT INTO users (keycloak_sub, issuer, email, email_verified, name, plan, is_banned,"
    "    last_login_at)"
    "  VALUES ($1, $2, $3, $4, $5, coalesce($6, 'free'), coalesce($7, false), now())"
    "  ON CONFLICT (keycloak_sub) DO UPDATE SET email = excluded.email,"
    "    email_verified = excluded.email_verified, name = excluded.name, last_login_at = now(),"
    "    plan = coalesce($6, users.plan), is_banned = coalesce($7, users.is_banned)"
    "  RETURNING id, is_banned, xmax = 0 AS is_new),"
    " ended AS (DELETE FROM sessions WHERE token_hash = $8),"
    " begun AS ("
    "  INSERT INTO sessions (token_hash, user_id, csrf_secret, idp_sid, idle_seconds,"
    "    expires_at, user_agent, id_token_sealed)"
    "  SELECT $9, id, $10, $11, $12, now() + make_interval(secs => $13), $14, $15"
    "  FROM account WHERE NOT is_banned)"
    " SELECT is_new, is_banned, id FROM account";
/* clang-format on */

void
login_store_sign_in_at_service(
    struct db_query *q, const struct login *l, const struct portal_account *s)
{
	db_query_write(q, sign_in_at_service_sql);
	db_param_text(q, l->sub);
	db_param_text(q, l->issuer);
	db_param_text(q, l->email);
	db_param_bool(q, l->email_verified);
	db_param_text(q, l->name);
	db_param_text(q, s->plan);
	db_param_text(q, s->plan == NULL ? NULL : s->is_banned ? "true" : "false");
	db_param_bytes(q, l->old_token_hash, l->old_token_hash != NULL ? 32 : 0);
	db_param_bytes(q, l->token_hash, sizeof(l->token_hash));
	db_param_bytes(q, l->csrf_secret, sizeof(l->csrf_secret));
	db_param_text(q, l->idp_sid);
	db_param_int(q, l->idle_s);
	db_param_int(q, l->life_s);
	db_param_text(q, l->user_agent);
	db_param_bytes(q, l->id_token, l->id_token_len);
}

void
login_store_sign_in(struct db_query *q, const struct login *l)
{
	db_query_write(q, sign_in_sql);
	db_param_text(q, l->sub);
	db_param_text(q, l->issuer);
	db_param_text(q, l->email);
	db_param_bool(q, l->email_verified);
	db_param_text(q, l->name);
	db_param_int(q, l->first_visit_at);
	db_param_text(q, l->first_source);
	db_param_text(q, l->first_referrer);
	db_param_text(q, l->first_campaign);
	db_param_bytes(q, l->old_token_hash, l->old_token_hash != NULL ? 32 : 0);
	db_param_bytes(q, l->token_hash, sizeof(l->token_hash));
	db_param_bytes(q, l->csrf_secret, sizeof(l->csrf_secret));
	db_param_text(q, l->roles);
	db_param_text(q, l->idp_sid);
	db_param_int(q, l->idle_s);
	db_param_int(q, l->life_s);
	db_param_text(q, l->user_agent);
	db_param_bytes(q, l->id_token, l->id_token_len);
	db_param_bytes(q, l->refresh_token, l->refresh_token_len);
}

enum err
login_store_signed_in(struct login_result *result, const PGresult *res)
{
	struct db_row r = db_row_at(res, 0);

	result->is_new = db_row_bool(&r);
	result->is_banned = db_row_bool(&r);
	result->user_id = db_row_int(&r);
	return db_row_end(&r);
}
