/*
 * OpenID Connect Back-Channel Logout 1.0. The token proves itself by its signature, so there is
 * neither session nor CSRF token; whatever is wrong with it is 400 (2.8), and the log says what.
 */
#include "account/backchannel_http.h"

#include "account/logout_store.h"
#include "account/oidc_http.h"
#include "base/keep.h"
#include "base/log.h"
#include "web/web_body.h"
#include "web/web_flow.h"
#include "web/web_page.h"

struct backchannel_page {
	struct web_flow flow;
	const char *token;
	struct oidc_logout logout;
};

static enum err
refuse(struct web_flow *f, const char *word)
{
	log_warn("oidc", "logout token: %s", word);
	return web_flow_fail(f, ERR_INVALID, "The logout token is not accepted.");
}

static enum err
token_call(struct web_flow *f, struct call_request *r)
{
	struct backchannel_page *p = (struct backchannel_page *)f;
	enum err e = web_body_read_form(f);

	if (e != ERR_OK)
		return e;
	if (form_data_count(&f->form, "logout_token") != 1)
		return refuse(f, "missing");
	p->token = form_data_text(&f->form, "logout_token");
	return oidc_http_discovery_call(f, r) == ERR_OK ? ERR_OK : refuse(f, "no_provider");
}

/* The standard knows no other status for a logout that failed. */
static enum err
discovery_reply(struct web_flow *f, const struct call_reply *reply)
{
	return oidc_http_discovery_reply(f, reply) == ERR_OK ? ERR_OK : refuse(f, "no_provider");
}

static enum err
jwks_call(struct web_flow *f, struct call_request *r)
{
	return oidc_http_jwks_call(f, r) == ERR_OK ? ERR_OK : refuse(f, "no_keys");
}

static enum err
jwks_reply(struct web_flow *f, const struct call_reply *reply)
{
	return oidc_http_jwks_reply(f, reply) == ERR_OK ? ERR_OK : refuse(f, "no_keys");
}

/* As at sign-in: a key that is not known yet is worth one more look. */
static enum err
verify_call(struct web_flow *f, struct call_request *r)
{
	struct backchannel_page *p = (struct backchannel_page *)f;
	enum oidc_token_result result = oidc_http_verify_logout(f, &p->logout, p->token);

	if (result == OIDC_TOKEN_OK)
		return ERR_OK;
	if (result == OIDC_TOKEN_UNKNOWN_KID && oidc_http_jwks_again(f, r))
		return ERR_OK;
	return refuse(f, oidc_token_word(result));
}

static enum err
verify_reply(struct web_flow *f, const struct call_reply *reply)
{
	struct backchannel_page *p = (struct backchannel_page *)f;
	enum oidc_token_result result;

	oidc_http_jwks_reply(f, reply);
	result = oidc_http_verify_logout(f, &p->logout, p->token);
	return result == OIDC_TOKEN_OK ? ERR_OK : refuse(f, oidc_token_word(result));
}

static enum err
end_ask(struct web_flow *f, struct db_query *q)
{
	logout_store_end(q, &((struct backchannel_page *)f)->logout);
	return ERR_OK;
}

static enum err
end_read(struct web_flow *f, const PGresult *res)
{
	struct logout_ended ended;
	enum err e = logout_store_ended(&ended, &f->arena, res);

	if (e != ERR_OK)
		return e;
	if (!ended.is_new)
		return refuse(f, "replayed");
	for (size_t i = 0; i < ended.n; i++)
		keep_drop(ended.user_ids[i]);
	log_info("oidc", "the provider ended %zu sessions", ended.n);
	return ERR_OK;
}

int
backchannel_create(struct http_request *req)
{
	static const struct web_step steps[] = {
		{ .call = token_call, .reply = discovery_reply, .turn = oidc_http_discovery_turn },
		{ .call = jwks_call, .reply = jwks_reply, .turn = oidc_http_jwks_turn },
		{ .call = verify_call, .reply = verify_reply, .turn = oidc_http_jwks_again_turn },
		{ .ask = end_ask, .read = end_read },
	};
	static const struct web_page_def def = { .name = "backchannel_logout",
		.methods = WEB_POST,
		.is_anonymous = true,
		.is_csrf_exempt = true,
		.limit = LIMIT_BACKCHANNEL,
		.type = "text/plain; charset=utf-8",
		.size = sizeof(struct backchannel_page),
		.steps = steps,
		.nsteps = sizeof(steps) / sizeof(steps[0]),
		.render = web_page_nothing };

	return web_flow_run(req, &def);
}
