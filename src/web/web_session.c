#include "web/web_session.h"

#include <string.h>

#include "account/staff_role.h"
#include "base/base64url.h"
#include "base/digest.h"
#include "base/random.h"
#include "base/settings.h"
#include "db/db_row.h"

const char *
web_session_cookie(void)
{
	return role_words[settings.role];
}

bool
web_session_hash(const char *cookie, unsigned char hash[32])
{
	if (strlen(cookie) != RANDOM_TOKEN_SIZE - 1)
		return false;
	digest_sha256(hash, cookie, strlen(cookie));
	return true;
}

void
web_session_find(struct db_query *q, const struct web_session *s)
{
	db_query_read(q,
	    "SELECT u.id, u.keycloak_sub, u.name, u.email, u.plan, s.csrf_secret,"
	    " array_to_string(s.roles, ' '),"
	    " s.last_seen_at < now() - $2::int * interval '1 second',"
	    " s.roles <> '{}' AND s.roles_read_at < now() - $3::int * interval '1 second'"
	    " FROM sessions s JOIN users u ON u.id = s.user_id"
	    " WHERE s.token_hash = $1 AND s.expires_at > now() AND NOT u.is_banned"
	    " AND s.last_seen_at > now() - s.idle_seconds * interval '1 second'");
	db_param_bytes(q, s->token_hash, sizeof(s->token_hash));
	db_param_int(q, WEB_SESSION_TOUCH_S);
	db_param_int(q, STAFF_ROLES_KEEP_S);
	db_query_keep(q, WEB_SESSION_KEEP_MS, &s->user_id);
}

enum err
web_session_row(struct web_session *s, struct arena *a, const PGresult *res)
{
	struct db_row r;
	size_t len;

	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	s->user_id = db_row_int(&r);
	s->sub = db_row_text(&r, a);
	s->name = db_row_text(&r, a);
	s->email = db_row_text(&r, a);
	s->plan = db_row_text(&r, a);
	s->csrf_secret = db_row_bytes(&r, a, &len);
	s->roles = db_row_text(&r, a);
	s->is_touch_due = db_row_bool(&r);
	s->is_role_check_due = db_row_bool(&r);
	return len == 32 ? db_row_end(&r) : ERR_INTERNAL;
}

void
web_session_touch(struct db_query *q, const struct web_session *s)
{
	db_query_write(q, "UPDATE sessions SET last_seen_at = now() WHERE token_hash = $1");
	db_param_bytes(q, s->token_hash, sizeof(s->token_hash));
}

void
web_session_delete(struct db_query *q, const struct web_session *s)
{
	db_query_write(q, "DELETE FROM sessions WHERE token_hash = $1 RETURNING id_token_sealed");
	db_param_bytes(q, s->token_hash, sizeof(s->token_hash));
}

const char *
web_session_csrf(const struct web_session *s, struct arena *a, const char *path)
{
	const struct digest_part part = { path, strlen(path) };
	unsigned char mac[DIGEST_BYTES];

	if (s->user_id == 0)
		return NULL;
	digest_hmac_sha256(mac, s->csrf_secret, 32, &part, 1);
	return base64url_encode_in(a, mac, sizeof(mac));
}
