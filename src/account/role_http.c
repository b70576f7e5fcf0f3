#include "account/role_http.h"

#include "account/oidc_http.h"
#include "account/role_store.h"
#include "account/session_secret.h"
#include "account/staff_role.h"
#include "base/log.h"
#include "base/settings.h"
#include "db/db_row.h"

/* Most answers of a provider are there after the first wait. */
#define FIRST_WAIT_MS 200
#define SECOND_WAIT_MS 800

struct role_check {
	bool is_ours;	 /* this request asks the provider */
	bool is_settled; /* another one did, and we have seen what came of it */
	bool is_over;	 /* the provider has ended the session */
	bool is_known;	 /* the roles are in the claims */
	const char *refresh_token, *roles;
	struct oidc_tokens tokens;
	struct oidc_claims claims;
};

static struct role_check *
check_of(struct web_flow *f)
{
	return f->guard;
}

/* ---- One asks, the others wait ---- */

static enum err
claim_ask(struct web_flow *f, struct db_query *q)
{
	f->guard = arena_alloc(&f->arena, sizeof(struct role_check));
	role_store_claim(q, f->session.token_hash);
	return ERR_OK;
}

static enum err
claim_read(struct web_flow *f, const PGresult *res)
{
	struct role_check *c = check_of(f);
	struct db_row r;
	void *sealed;
	size_t len;

	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	sealed = db_row_bytes(&r, &f->arena, &len);
	c->is_ours = true;
	c->refresh_token = session_secret_open(
	    &f->arena, SESSION_SECRET_REFRESH_TOKEN, f->session.token_hash, sealed, len);
	if (c->refresh_token == NULL) {
		log_warn("roles", "a session with roles has no refresh token");
		return ERR_UNAVAILABLE;
	}
	return db_row_end(&r);
}

static int
first_wait(struct web_flow *f)
{
	return check_of(f)->is_ours ? 0 : FIRST_WAIT_MS;
}

static int
second_wait(struct web_flow *f)
{
	return check_of(f)->is_ours || check_of(f)->is_settled ? 0 : SECOND_WAIT_MS;
}

static enum err
look_ask(struct web_flow *f, struct db_query *q)
{
	if (!check_of(f)->is_ours && !check_of(f)->is_settled)
		web_session_find(q, &f->session);
	return ERR_OK;
}

static enum err
look_read(struct web_flow *f, const PGresult *res)
{
	struct web_session now = { 0 };
	enum err e = web_session_row(&now, &f->arena, res);

	if (e != ERR_OK)
		return e;
	check_of(f)->is_settled = !now.is_role_check_due;
	f->session.user_id = now.user_id;
	f->session.roles = now.roles;
	return ERR_OK;
}

/* ---- Asking the provider ---- */

static struct web_turn *
discovery_turn(struct web_flow *f)
{
	return check_of(f)->is_ours ? oidc_http_discovery_turn(f) : NULL;
}

static enum err
discovery_call(struct web_flow *f, struct call_request *r)
{
	if (check_of(f)->is_ours)
		return oidc_http_discovery_call(f, r);
	return check_of(f)->is_settled ? ERR_OK : ERR_UNAVAILABLE;
}

static enum err
refresh_call(struct web_flow *f, struct call_request *r)
{
	struct oidc_client client = oidc_http_client(&f->arena);

	if (check_of(f)->is_ours)
		oidc_api_refresh_request(
		    r, &f->arena, oidc_http_provider(), &client, check_of(f)->refresh_token);
	return ERR_OK;
}

static enum err
refresh_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct role_check *c = check_of(f);
	const char *reason = NULL;
	enum err e = oidc_api_refresh_reply(&c->tokens, &f->arena, reply, &reason);

	oidc_http_note("oidc_refresh", e, reply, reason);
	if (e == ERR_OK)
		return ERR_OK;
	c->is_over = e == ERR_UNAUTHORIZED;
	return c->is_over ? ERR_OK : e;
}

/* From here on nothing fails: the new refresh token has to be kept, the old one is spent. */

static bool
has_id_token(const struct role_check *c)
{
	return c->is_ours && !c->is_over && c->tokens.id_token != NULL;
}

static struct web_turn *
jwks_turn(struct web_flow *f)
{
	return has_id_token(check_of(f)) ? oidc_http_jwks_turn(f) : NULL;
}

static enum err
jwks_call(struct web_flow *f, struct call_request *r)
{
	if (has_id_token(check_of(f)))
		oidc_http_jwks_call(f, r);
	return ERR_OK;
}

static enum err
jwks_reply(struct web_flow *f, const struct call_reply *reply)
{
	oidc_http_jwks_reply(f, reply);
	return ERR_OK;
}

static enum oidc_token_result
verify(struct web_flow *f)
{
	struct role_check *c = check_of(f);
	enum oidc_token_result result =
	    oidc_http_verify_refreshed(f, &c->claims, f->session.sub, &c->tokens);

	c->is_known = result == OIDC_TOKEN_OK;
	return result;
}

static struct web_turn *
verify_turn(struct web_flow *f)
{
	return has_id_token(check_of(f)) ? oidc_http_jwks_again_turn(f) : NULL;
}

static enum err
verify_call(struct web_flow *f, struct call_request *r)
{
	enum oidc_token_result result;

	if (!has_id_token(check_of(f)))
		return ERR_OK;
	result = verify(f);
	if (result == OIDC_TOKEN_UNKNOWN_KID && oidc_http_jwks_again(f, r))
		return ERR_OK;
	if (result != OIDC_TOKEN_OK)
		log_warn("roles", "ID token: %s", oidc_token_word(result));
	return ERR_OK;
}

static enum err
verify_reply(struct web_flow *f, const struct call_reply *reply)
{
	enum oidc_token_result result;

	oidc_http_jwks_reply(f, reply);
	result = verify(f);
	if (result != OIDC_TOKEN_OK)
		log_warn("roles", "ID token: %s", oidc_token_word(result));
	return ERR_OK;
}

/* As at sign-in: providers may keep the roles out of the ID token, or send none. */
static enum err
profile_call(struct web_flow *f, struct call_request *r)
{
	struct role_check *c = check_of(f);
	const struct oidc_provider *provider = oidc_http_provider();

	if (!c->is_ours || c->is_over || c->claims.has_roles || (has_id_token(c) && !c->is_known) ||
	    provider->userinfo_endpoint == NULL)
		return ERR_OK;
	c->is_known = false;
	oidc_api_userinfo_request(r, &f->arena, provider, c->tokens.access_token);
	return ERR_OK;
}

static enum err
profile_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct role_check *c = check_of(f);
	const char *reason = NULL;
	enum err e = oidc_api_userinfo_reply(
	    &c->claims, &f->arena, reply, f->session.sub, settings.oidc_roles_claim, &reason);

	c->is_known = e == ERR_OK;
	oidc_http_note("oidc_userinfo", e, reply, reason);
	return ERR_OK;
}

/* ---- What came of it ---- */

static enum err
save_ask(struct web_flow *f, struct db_query *q)
{
	struct role_check *c = check_of(f);
	const unsigned char *sealed;
	size_t len;

	if (!c->is_ours)
		return ERR_OK;
	if (c->is_over) {
		web_session_delete(q, &f->session);
		return ERR_OK;
	}
	if (c->is_known)
		c->roles = staff_role_list(&f->arena, c->claims.roles, c->claims.nroles);
	sealed = session_secret_seal(&f->arena, SESSION_SECRET_REFRESH_TOKEN, f->session.token_hash,
	    c->tokens.refresh_token, &len);
	role_store_save(q, f->session.token_hash, c->roles, sealed, len);
	return ERR_OK;
}

static enum err
save_read(struct web_flow *f, const PGresult *res)
{
	struct role_check *c = check_of(f);

	(void)res;
	if (c->is_over)
		f->session.user_id = 0;
	if (c->is_over || c->roles == NULL)
		return ERR_UNAVAILABLE;
	f->session.roles = c->roles;
	return ERR_OK;
}

const struct web_step role_http_steps[] = {
	{ .ask = claim_ask, .read = claim_read },
	{ .wait = first_wait },
	{ .ask = look_ask, .read = look_read },
	{ .wait = second_wait },
	{ .ask = look_ask, .read = look_read },
	{ .call = discovery_call, .reply = oidc_http_discovery_reply, .turn = discovery_turn },
	{ .call = refresh_call, .reply = refresh_reply },
	{ .call = jwks_call, .reply = jwks_reply, .turn = jwks_turn },
	{ .call = verify_call, .reply = verify_reply, .turn = verify_turn },
	{ .call = profile_call, .reply = profile_reply },
	{ .ask = save_ask, .read = save_read },
};
const size_t role_http_nsteps = sizeof(role_http_steps) / sizeof(role_http_steps[0]);
