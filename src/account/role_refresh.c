#include "account/role_refresh.h"

#include <string.h>

#include "account/oidc_rules.h"
#include "account/role_store.h"
#include "account/session_secret.h"
#include "account/staff_role.h"
#include "base/clock.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/settings.h"
#include "clients/call_sync.h"
#include "db/db_sync.h"
#include "metrics/metrics_call.h"

#define STATEMENT_MS 1000
#define BEGIN_WITHIN_US 5000000 /* of ROLE_CLAIM_S */

/* What the calls bring to light. */
struct found {
	bool is_over;  /* the provider has ended the session */
	bool is_known; /* the roles are in the claims */
	struct oidc_tokens tokens;
	struct oidc_claims claims;
};

static enum err
refresh(struct role_refresh *r, struct found *c)
{
	struct call_request request;
	struct call_reply reply;
	const char *reason = NULL;
	enum err e;

	oidc_api_refresh_request(&request, &r->arena, &r->provider, &r->client, r->refresh_token);
	call_sync_run(&request, &r->arena, &reply);
	e = oidc_api_refresh_reply(&c->tokens, &r->arena, &reply, &reason);
	metrics_call_note("roles", "oidc_refresh", e, &reply, reason);
	c->is_over = e == ERR_UNAUTHORIZED;
	return e;
}

static enum oidc_token_result
verify(struct role_refresh *r, struct found *c)
{
	struct oidc_token_rules rules = oidc_rules();

	rules.subject = r->sub;
	rules.access_token = c->tokens.access_token;
	return oidc_token_verify(&c->claims, &r->arena, &rules, r->jwks, r->jwks_len,
	    c->tokens.id_token, strlen(c->tokens.id_token));
}

/* Whoever takes the reply counts it and logs why it is none. */
static bool
ask_keys(struct role_refresh *r)
{
	struct call_request request;
	const char *reason;

	if (!r->may_ask_keys())
		return false;
	oidc_api_jwks_request(&request, &r->arena, &r->provider);
	call_sync_run(&request, &r->arena, &r->new_jwks);
	return oidc_api_jwks_reply(&r->jwks, &r->jwks_len, &r->arena, &r->new_jwks, &reason) ==
	       ERR_OK;
}

/* False: there is an ID token, and it is not to be trusted. */
static bool
read_id_token(struct role_refresh *r, struct found *c)
{
	enum oidc_token_result result;

	if (c->tokens.id_token == NULL)
		return true;
	result = verify(r, c);
	if (result == OIDC_TOKEN_UNKNOWN_KID && ask_keys(r))
		result = verify(r, c);
	c->is_known = result == OIDC_TOKEN_OK;
	if (!c->is_known)
		log_warn("roles", "ID token: %s", oidc_token_word(result));
	return c->is_known;
}

/* As at sign-in: providers may keep the roles out of the ID token, or send none. */
static void
read_userinfo(struct role_refresh *r, struct found *c)
{
	struct call_request request;
	struct call_reply reply;
	const char *reason = NULL;
	enum err e;

	if (c->claims.has_roles || r->provider.userinfo_endpoint == NULL)
		return;
	oidc_api_userinfo_request(&request, &r->arena, &r->provider, c->tokens.access_token);
	call_sync_run(&request, &r->arena, &reply);
	e = oidc_api_userinfo_reply(
	    &c->claims, &r->arena, &reply, r->sub, settings.oidc_roles_claim, &reason);
	c->is_known = e == ERR_OK;
	metrics_call_note("roles", "oidc_userinfo", e, &reply, reason);
}

/* Twice, if need be: the statements may be repeated, and the connection may have died idle. */
static bool
run_statement(const struct db_query *q)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		struct db_sync *db = db_sync_thread(STATEMENT_MS);

		if (db != NULL && db_sync_run(db, q, NULL) == ERR_OK)
			return true;
	}
	log_error("roles", "what the provider said could not be written");
	return false;
}

/* The new refresh token first: until it is written, the session hangs on this thread. False: it
 * is lost, and the old one is spent. */
static bool
keep_token(struct role_refresh *r, const struct found *c)
{
	struct db_query q = { .arena = &r->arena };
	const unsigned char *sealed;
	size_t len;

	if (c->tokens.refresh_token == NULL)
		return true;
	sealed = session_secret_seal(
	    &r->arena, SESSION_SECRET_REFRESH_TOKEN, r->token_hash, c->tokens.refresh_token, &len);
	role_store_keep_token(&q, r->token_hash, sealed, len);
	return run_statement(&q);
}

static void
save(struct role_refresh *r, const struct found *c, int pause_s)
{
	struct db_query q = { .arena = &r->arena };
	const char *roles = NULL;

	if (c->is_known)
		roles = staff_role_list(&r->arena, c->claims.roles, c->claims.nroles);
	if (c->is_over)
		role_store_end(&q, r->token_hash);
	else
		role_store_save(&q, r->token_hash, roles, pause_s);
	run_statement(&q);
	keep_drop(r->user_id);
}

void
role_refresh_run(struct role_refresh *r)
{
	struct found c = { 0 };
	enum err e;

	if (clock_monotonic_us() - r->claimed_us > BEGIN_WITHIN_US)
		return; /* the claim may end before the work does; the token is not spent yet */
	e = refresh(r, &c);
	if (e == ERR_OK && !keep_token(r, &c))
		return; /* who claims it when the claim has ended finds out at the provider */
	if (e == ERR_OK && read_id_token(r, &c))
		read_userinfo(r, &c);
	save(r, &c, e == ERR_OK ? 0 : ROLE_PAUSE_S);
}
