#include "account/standing_http.h"

#include <string.h>

#include "account/api_token.h"
#include "account/caller_cache.h"
#include "account/standing_store.h"
#include "base/clock.h"
#include "base/keep.h"
#include "base/settings.h"
#include "metrics/metrics_call.h"
#include "web/web_token.h"

#define TIMEOUT_MS 2000

/* What the steps remember, in the flow's arena. */
struct standing {
	struct keep_key key;
	int64_t asked_us;
	struct portal_account account; /* sub NULL: nothing is known */
};

static struct standing *
standing_of(struct web_flow *f)
{
	if (f->guard == NULL)
		f->guard = memset(
		    arena_alloc(&f->arena, sizeof(struct standing)), 0, sizeof(struct standing));
	return f->guard;
}

bool
standing_http_portal(struct portal_api *api)
{
	*api = (struct portal_api){ .base = settings.portal_internal_url,
		.secret = settings.internal_secret,
		.timeout_ms = TIMEOUT_MS };
	return *api->base != '\0';
}

static enum caller_known
find_known(struct web_flow *f, struct standing *s)
{
	s->asked_us = clock_monotonic_us();
	return caller_cache_find(&s->key, s->asked_us, &f->arena, &s->account);
}

/* True: the portal has said so, even if it is that there is none. */
static bool
is_said(enum err e)
{
	return e == ERR_OK || e == ERR_NOT_FOUND;
}

static enum err
learn(struct web_flow *f, const struct call_reply *reply, struct standing *s, bool is_token)
{
	struct portal_account account = { 0 };
	enum err e = is_token ? portal_api_token_reply(&account, &f->arena, reply)
			      : portal_api_account_reply(&account, &f->arena, reply);

	metrics_call_note("portal", "portal", e == ERR_NOT_FOUND ? ERR_OK : e, reply, NULL);
	if (is_said(e))
		caller_cache_put(&s->key, e == ERR_OK ? &account : NULL, s->asked_us);
	if (e == ERR_OK)
		s->account = account;
	return e;
}

/* ---- Tokens ---- */

static const char no_token[] = "There is no such token, or it is good no longer.";

static enum err
want_token(struct web_flow *f)
{
	web_flow_header(f, "www-authenticate", "Bearer");
	return web_flow_fail_advised(f, ERR_UNAUTHORIZED,
	    *settings.portal_url == '\0'
		? "Send an API token along: Authorization: Bearer pt_…"
		: arena_printf(&f->arena,
		      "Send an API token along (Authorization: Bearer pt_…); you make one at "
		      "%s/tokens.",
		      settings.portal_url));
}

static enum err
no_portal(struct web_flow *f)
{
	return web_flow_fail(f, ERR_UNAVAILABLE,
	    "Whose token this is cannot be found out at the moment. Please try again.");
}

static enum err
ask_portal(struct web_flow *f, struct call_request *r, const char *token)
{
	struct portal_api api;
	enum err e = web_token_look(f);

	if (e == ERR_OK && !standing_http_portal(&api))
		e = no_portal(f);
	return e == ERR_OK ? portal_api_token_request(r, &f->arena, &api, token) : e;
}

static enum err
token_call(struct web_flow *f, struct call_request *r)
{
	const char *token = web_token_text(f);
	struct standing *s = standing_of(f);
	unsigned char hash[DIGEST_BYTES];

	if (token == NULL)
		return want_token(f);
	if (!api_token_hash(token, hash))
		return web_token_refuse(f, no_token);
	caller_cache_token(&s->key, hash);
	switch (find_known(f, s)) {
	case CALLER_GOOD:
		return ERR_OK;
	case CALLER_BAD:
		return web_token_refuse(f, no_token);
	default:
		return ask_portal(f, r, token);
	}
}

static enum err
token_reply(struct web_flow *f, const struct call_reply *reply)
{
	enum err e = learn(f, reply, standing_of(f), true);

	if (e == ERR_NOT_FOUND)
		return web_token_refuse(f, no_token);
	return e == ERR_OK ? e : no_portal(f);
}

/* ---- Who is signed in ---- */

static enum err
account_call(struct web_flow *f, struct call_request *r, const char *sub)
{
	struct standing *s = standing_of(f);
	struct portal_api api;

	caller_cache_account(&s->key, sub);
	if (find_known(f, s) != CALLER_UNKNOWN || !standing_http_portal(&api))
		return ERR_OK;
	return portal_api_account_request(r, &f->arena, &api, sub);
}

enum err
standing_http_ask(
    struct web_flow *f, struct call_request *r, const char *sub, struct portal_account *account)
{
	enum err e = account_call(f, r, sub);

	*account = standing_of(f)->account;
	return e;
}

void
standing_http_learn(
    struct web_flow *f, const struct call_reply *reply, struct portal_account *account)
{
	(void)learn(f, reply, standing_of(f), false); /* told; what was known stays */
	*account = standing_of(f)->account;
}

/* ---- The steps ---- */

static bool
brings_token(const struct web_flow *f)
{
	return f->def->access == ACCESS_TOKEN;
}

static enum err
standing_call(struct web_flow *f, struct call_request *r)
{
	return brings_token(f) ? token_call(f, r) : account_call(f, r, f->session.sub);
}

static enum err
standing_reply(struct web_flow *f, const struct call_reply *reply)
{
	if (brings_token(f))
		return token_reply(f, reply);
	(void)learn(f, reply, standing_of(f), false);
	return ERR_OK;
}

static enum err
check_scope(struct web_flow *f, const struct portal_account *account)
{
	const bool may = settings.role == ROLE_TXT ? account->may_txt : account->may_pics;

	if (!brings_token(f) || may)
		return ERR_OK;
	return web_flow_fail_advised(f, ERR_FORBIDDEN,
	    settings.role == ROLE_TXT
		? "This token is not for pastes. Make one that is, or use another."
		: "This token is not for pictures. Make one that is, or use another.");
}

/* Nothing is written for who is signed in and stands as before. */
static bool
is_as_before(const struct web_flow *f, const struct portal_account *account)
{
	return !brings_token(f) && !account->is_banned && f->session.plan != NULL &&
	       strcmp(account->plan, f->session.plan) == 0;
}

static enum err
row_ask(struct web_flow *f, struct db_query *q)
{
	const struct portal_account *account = &standing_of(f)->account;
	enum err e = account->sub != NULL ? check_scope(f, account) : ERR_OK;

	if (e != ERR_OK || account->sub == NULL || is_as_before(f, account))
		return e;
	standing_store_account(q, account, settings.oidc_issuer);
	return ERR_OK;
}

static enum err
row_read(struct web_flow *f, const PGresult *res)
{
	const struct portal_account *account = &standing_of(f)->account;
	struct web_session *s = &f->session;
	enum err e = standing_store_account_read(&s->user_id, res);

	if (e != ERR_OK)
		return e;
	if (!brings_token(f))
		keep_drop(s->user_id);
	s->sub = account->sub;
	s->plan = account->plan;
	if (account->is_banned)
		return web_flow_fail_advised(f, ERR_FORBIDDEN,
		    "This account has been closed. Write to us if you think that is a mistake.");
	return ERR_OK;
}

const struct web_step standing_http_steps[] = {
	{ .call = standing_call, .reply = standing_reply },
	{ .ask = row_ask, .read = row_read },
};
const size_t standing_http_nsteps = sizeof(standing_http_steps) / sizeof(standing_http_steps[0]);
