#include "account/signin_http.h"

#include <string.h>
#include <strings.h>

#include "account/login_store.h"
#include "account/oidc_http.h"
#include "account/session_secret.h"
#include "account/signed_out_view.h"
#include "account/staff_role.h"
#include "account/standing_http.h"
#include "account/user_agent.h"
#include "account/visit_http.h"
#include "base/digest.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "db/db_row.h"
#include "metrics/metrics.h"
#include "metrics/metrics_call.h"
#include "web/nav.h"
#include "web/web_page.h"
#include "web/web_path.h"
#include "web/web_template.h"

/* Ties the attempts of one browser to it; the same for several tabs. */
#define BROWSER_COOKIE "portal-login"
#define HOME_OF_STRANGERS "/"

/* ---- GET /signin ---- */

struct signin_new_page {
	struct web_flow flow;
	struct login_attempt attempt;
	struct oidc_attempt secrets;
};

static const char *
make_token(struct web_flow *f)
{
	char *token = arena_alloc(&f->arena, RANDOM_TOKEN_SIZE);

	random_token(token);
	return token;
}

/* Where to go afterwards: a page of ours, and none that signs in or out. */
static const char *
return_path(struct web_flow *f)
{
	static const char *const others[] = { "/signin", "/signout", "/auth/", "/assets/" };
	const char *path = web_path_or(form_data_text(&f->query, "return"), nav_home());
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncasecmp(path, others[i], strlen(others[i])) == 0)
			return nav_home();
	return path;
}

static enum err
new_call(struct web_flow *f, struct call_request *r)
{
	if (f->session.user_id != 0) {
		web_flow_redirect(f, return_path(f));
		return ERR_OK;
	}
	f->here = return_path(f);
	return oidc_http_presence_call(f, r);
}

static enum err
new_ask(struct web_flow *f, struct db_query *q)
{
	struct signin_new_page *p = (struct signin_new_page *)f;
	const char *browser = web_flow_cookie(f, BROWSER_COOKIE);

	if (browser == NULL || !web_session_hash(browser, p->attempt.browser_hash)) {
		browser = make_token(f);
		web_session_hash(browser, p->attempt.browser_hash);
	}
	web_flow_set_cookie(f, BROWSER_COOKIE, browser, LOGIN_ATTEMPT_S);
	p->secrets = (struct oidc_attempt){ make_token(f), make_token(f), make_token(f) };
	web_session_hash(p->secrets.state, p->attempt.state_hash);
	p->attempt.nonce = p->secrets.nonce;
	p->attempt.code_verifier = p->secrets.code_verifier;
	p->attempt.return_path = return_path(f);
	if (settings.role == ROLE_PORTAL)
		visit_http_remember(f);
	login_store_begin(q, &p->attempt);
	return ERR_OK;
}

static enum err
new_read(struct web_flow *f, const PGresult *res)
{
	struct signin_new_page *p = (struct signin_new_page *)f;
	struct oidc_client client = oidc_http_client(&f->arena);

	(void)res;
	web_flow_redirect(
	    f, oidc_api_authorize_url(&f->arena, oidc_http_provider(), &client, &p->secrets));
	return ERR_OK;
}

int
signin_new(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .call = new_call,
		    .reply = oidc_http_presence_reply,
		    .turn = oidc_http_presence_turn },
		{ .ask = new_ask, .read = new_read },
	};
	static const struct web_page_def def = { .name = "signin",
		.methods = WEB_GET,
		.limit = LIMIT_SIGNIN,
		.size = sizeof(struct signin_new_page),
		.steps = steps,
		.nsteps = 2 };

	return web_flow_run(req, &def);
}

/* ---- GET /auth/callback ---- */

struct signin_create_page {
	struct web_flow flow;
	struct login_attempt attempt;
	const char *code;
	struct oidc_tokens tokens;
	struct oidc_claims claims;
	struct login login;
	struct portal_account standing; /* at txt and pics */
	const char *token;		/* of the new session, for the cookie */
};

/* Counts and logs why nobody was signed in, and says it; the sentence says what to do, too. */
static enum err
refuse(struct web_flow *f, enum err e, const char *word, const char *sentence)
{
	metrics_count(METRIC_LOGIN_ATTEMPTS, word, NULL);
	log_warn("signin", "refused: %s", word);
	return web_flow_fail_advised(f, e, sentence);
}

/* Somebody who came back twice, or with the second of two tabs, is where they wanted to be. */
static enum err
refuse_attempt(struct web_flow *f, const char *sentence)
{
	if (f->session.user_id == 0)
		return refuse(f, ERR_UNAUTHORIZED, "no_attempt", sentence);
	web_flow_redirect(f, nav_home());
	return ERR_OK;
}

static enum err
take_ask(struct web_flow *f, struct db_query *q)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const char *state = oidc_api_callback_state(&f->query);
	const char *browser = web_flow_cookie(f, BROWSER_COOKIE);

	f->here = nav_home(); /* this address works once */
	if (state == NULL || browser == NULL || !web_session_hash(state, p->attempt.state_hash) ||
	    !web_session_hash(browser, p->attempt.browser_hash))
		return refuse_attempt(
		    f, "This sign-in was not begun in this browser. Please sign in again.");
	login_store_take(q, &p->attempt);
	return ERR_OK;
}

static enum err
take_read(struct web_flow *f, const PGresult *res)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const char *reason = NULL;
	enum err e = login_store_taken(&p->attempt, &f->arena, res);

	if (e == ERR_NOT_FOUND)
		return refuse_attempt(
		    f, "This sign-in has been used or is too old. Please sign in again.");
	if (e != ERR_OK)
		return e;
	f->here = p->attempt.return_path;
	e = oidc_api_callback_read(&p->code, &f->arena, &f->query, oidc_http_provider(), &reason);
	if (e == ERR_OK)
		return ERR_OK;
	return refuse(f, e, "provider_error",
	    e == ERR_UNAUTHORIZED
		? "The sign-in was not completed. You can try again."
		: "The sign-in service sent you back without an answer we can use. Please sign in "
		  "again.");
}

static enum err
code_call(struct web_flow *f, struct call_request *r)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	struct oidc_client client = oidc_http_client(&f->arena);

	oidc_api_code_request(
	    r, &f->arena, oidc_http_provider(), &client, p->code, p->attempt.code_verifier);
	return ERR_OK;
}

static enum err
code_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const char *reason = NULL;
	enum err e = oidc_api_code_reply(&p->tokens, &f->arena, reply, &reason);

	enum call_result r = metrics_call_note("oidc", "oidc_token", e, reply, reason);

	if (e == ERR_OK)
		return ERR_OK;
	return refuse(f, e, "token_call",
	    e == ERR_UNAUTHORIZED
		? "The sign-in has been used or is too old. Please sign in again."
		: oidc_http_sentence(
		      f, r, "Please try again; if it stays like this, tell us the number below."));
}

static enum err
refuse_token(struct web_flow *f, enum oidc_token_result result)
{
	log_warn("oidc", "ID token: %s", oidc_token_word(result));
	return refuse(f, ERR_UPSTREAM, "bad_token",
	    "The sign-in service sent an answer that we cannot trust, so you are not signed in. "
	    "If that happens again, tell us the number below.");
}

/* Checks the token; a key that is not known yet is worth one more look at the provider's. */
static enum err
verify_call(struct web_flow *f, struct call_request *r)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	enum oidc_token_result result =
	    oidc_http_verify(f, &p->claims, p->attempt.nonce, &p->tokens);

	if (result == OIDC_TOKEN_OK)
		return ERR_OK;
	if (result == OIDC_TOKEN_UNKNOWN_KID && oidc_http_jwks_again(f, r))
		return ERR_OK;
	return refuse_token(f, result);
}

static enum err
verify_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	enum oidc_token_result result;

	oidc_http_jwks_reply(f, reply);
	result = oidc_http_verify(f, &p->claims, p->attempt.nonce, &p->tokens);
	return result == OIDC_TOKEN_OK ? ERR_OK : refuse_token(f, result);
}

/* Providers may keep the profile out of the ID token. */
static enum err
profile_call(struct web_flow *f, struct call_request *r)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const struct oidc_provider *provider = oidc_http_provider();
	bool is_complete = p->claims.email != NULL && p->claims.has_roles;

	if (!is_complete && provider->userinfo_endpoint != NULL && p->tokens.access_token != NULL)
		oidc_api_userinfo_request(r, &f->arena, provider, p->tokens.access_token);
	return ERR_OK;
}

/* Who it is, is known already: without a profile the person is signed in all the same. */
static enum err
profile_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const char *reason = NULL;
	enum err e = oidc_api_userinfo_reply(
	    &p->claims, &f->arena, reply, p->claims.sub, settings.oidc_roles_claim, &reason);

	metrics_call_note("oidc", "oidc_userinfo", e, reply, reason);
	if (e == ERR_FORBIDDEN)
		return refuse_token(f, OIDC_TOKEN_SUBJECT);
	return ERR_OK;
}

/* What txt and pics need to know of an account that only the portal has. */
static enum err
standing_call(struct web_flow *f, struct call_request *r)
{
	struct signin_create_page *p = (struct signin_create_page *)f;

	if (settings.role == ROLE_PORTAL)
		return ERR_OK;
	return standing_http_ask(f, r, p->claims.sub, &p->standing);
}

static enum err
standing_reply(struct web_flow *f, const struct call_reply *reply)
{
	standing_http_learn(f, reply, &((struct signin_create_page *)f)->standing);
	return ERR_OK;
}

static void
fill_visit(struct web_flow *f, struct login *l)
{
	struct visit v;

	visit_http_read(f, &v);
	l->first_visit_at = v.first_at;
	l->first_source = v.source;
	l->first_referrer = v.referrer;
	l->first_campaign = v.campaign;
}

/* Only who has roles has them read again (role_http.h), so nobody else's refresh token is kept. */
static void
fill_session(struct web_flow *f, struct login *l, const struct oidc_tokens *tokens)
{
	const char *old = web_flow_cookie(f, web_session_cookie());
	unsigned char *hash = arena_alloc(&f->arena, DIGEST_BYTES);
	bool is_admin = l->roles[0] != '\0';

	if (old != NULL && web_session_hash(old, hash))
		l->old_token_hash = hash;
	random_bytes(l->csrf_secret, sizeof(l->csrf_secret));
	l->id_token = session_secret_seal(
	    &f->arena, SESSION_SECRET_ID_TOKEN, l->token_hash, tokens->id_token, &l->id_token_len);
	if (is_admin)
		l->refresh_token = session_secret_seal(&f->arena, SESSION_SECRET_REFRESH_TOKEN,
		    l->token_hash, tokens->refresh_token, &l->refresh_token_len);
	l->idle_s = is_admin ? WEB_SESSION_ADMIN_IDLE_S : WEB_SESSION_IDLE_S;
	l->life_s = is_admin ? WEB_SESSION_ADMIN_LIFE_S : WEB_SESSION_LIFE_S;
}

static enum err
signin_ask(struct web_flow *f, struct db_query *q)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	const struct oidc_claims *c = &p->claims;
	struct login *l = &p->login;

	*l = (struct login){ .sub = c->sub,
		.issuer = settings.oidc_issuer,
		.email = c->email,
		.email_verified = c->email_verified,
		.name = c->name,
		.roles = settings.role == ROLE_PORTAL
			     ? staff_role_list(&f->arena, c->roles, c->nroles)
			     : "",
		.idp_sid = c->sid,
		.user_agent =
		    user_agent_keep(&f->arena, web_flow_request_header(f, "user-agent")) };
	p->token = make_token(f);
	web_session_hash(p->token, l->token_hash);
	fill_session(f, l, &p->tokens);
	if (settings.role == ROLE_PORTAL) {
		fill_visit(f, l);
		login_store_sign_in(q, l);
	} else {
		login_store_sign_in_at_service(q, l, &p->standing);
	}
	return ERR_OK;
}

static enum err
signin_read(struct web_flow *f, const PGresult *res)
{
	struct signin_create_page *p = (struct signin_create_page *)f;
	struct login_result result;
	enum err e = login_store_signed_in(&result, res);

	if (e != ERR_OK)
		return e;
	keep_drop(f->session.user_id); /* whose session in this browser has ended */
	keep_drop(result.user_id);
	if (result.is_banned)
		return refuse(f, ERR_FORBIDDEN, "banned",
		    "This account has been closed. Write to us if you think that is a mistake.");
	metrics_count(METRIC_LOGIN_ATTEMPTS, result.is_new ? "signup" : "login", NULL);
	web_flow_set_cookie(f, web_session_cookie(), p->token, p->login.life_s);
	visit_http_forget(f);
	web_flow_redirect(f, p->attempt.return_path);
	return ERR_OK;
}

int
signin_create(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .call = oidc_http_discovery_call,
		    .reply = oidc_http_discovery_reply,
		    .turn = oidc_http_discovery_turn },
		{ .ask = take_ask, .read = take_read },
		{ .call = code_call, .reply = code_reply },
		{ .call = oidc_http_jwks_call,
		    .reply = oidc_http_jwks_reply,
		    .turn = oidc_http_jwks_turn },
		{ .call = verify_call, .reply = verify_reply, .turn = oidc_http_jwks_again_turn },
		{ .call = profile_call, .reply = profile_reply },
		{ .call = standing_call, .reply = standing_reply },
		{ .ask = signin_ask, .read = signin_read },
	};
	static const struct web_page_def def = { .name = "signin_callback",
		.methods = WEB_GET,
		.limit = LIMIT_CALLBACK,
		.size = sizeof(struct signin_create_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]) };

	return web_flow_run(req, &def);
}

/* ---- POST /signout ---- */

struct signout_page {
	struct web_flow flow;
	const char *id_token;
	struct signed_out_view view;
};

static enum err
signout_ask(struct web_flow *f, struct db_query *q)
{
	web_flow_set_cookie(f, web_session_cookie(), "", 0);
	if (f->session.user_id != 0)
		web_session_delete(q, &f->session);
	else
		web_flow_redirect(f, HOME_OF_STRANGERS);
	return ERR_OK;
}

static enum err
signout_read(struct web_flow *f, const PGresult *res)
{
	struct signout_page *p = (struct signout_page *)f;
	struct db_row r;
	void *sealed;
	size_t len;

	keep_drop(f->session.user_id);
	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	sealed = db_row_bytes(&r, &f->arena, &len);
	p->id_token = session_secret_open(
	    &f->arena, SESSION_SECRET_ID_TOKEN, f->session.token_hash, sealed, len);
	return db_row_end(&r);
}

/* Whoever has signed out here has done so, whatever becomes of the provider. */
static enum err
signout_call(struct web_flow *f, struct call_request *r)
{
	oidc_http_discovery_call(f, r);
	f->error_text = NULL;
	return ERR_OK;
}

static enum err
signout_reply(struct web_flow *f, const struct call_reply *reply)
{
	oidc_http_discovery_reply(f, reply);
	f->error_text = NULL;
	return ERR_OK;
}

/*
 * Browsers let no answer to a form lead to an origin that form-action does not name. A page of ours
 * does: by itself, by a header that every browser knows, and by a link.
 */
static void
lead_elsewhere(struct web_flow *f, const char *url)
{
	((struct signout_page *)f)->view.href = url;
	web_flow_header(f, "refresh", arena_printf(&f->arena, "0;url=%s", url));
}

/* Goes on to sign out at the provider; it sends the browser back to the front page. */
static enum err
signout_go_on(struct web_flow *f, struct call_request *r)
{
	struct signout_page *p = (struct signout_page *)f;
	struct oidc_client client = oidc_http_client(&f->arena);
	const struct oidc_provider *provider = oidc_http_provider();
	const char *url = NULL;

	if (provider != NULL)
		url = oidc_api_end_session_url(&f->arena, provider, &client, p->id_token,
		    arena_printf(&f->arena, "%s/", settings.public_url));
	(void)r;
	f->session.user_id = 0;
	if (url == NULL)
		web_flow_redirect(f, HOME_OF_STRANGERS);
	else if (oidc_api_is_at_issuer(&f->arena, provider, url))
		web_flow_redirect(f, url);
	else
		lead_elsewhere(f, url);
	return ERR_OK;
}

static enum err
signout_render(struct web_flow *f, struct strbuf *out)
{
	struct signed_out_view *v = &((struct signout_page *)f)->view;

	web_page_frame(f, &v->frame, "Signed out");
	return web_template_render(&signed_out_view_type, v, out);
}

int
signin_destroy(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .ask = signout_ask, .read = signout_read },
		{ .call = signout_call, .reply = signout_reply, .turn = oidc_http_discovery_turn },
		{ .call = signout_go_on },
	};
	static const struct web_page_def def = { .name = "signout",
		.methods = WEB_POST,
		.size = sizeof(struct signout_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = signout_render };

	return web_flow_run(req, &def);
}
