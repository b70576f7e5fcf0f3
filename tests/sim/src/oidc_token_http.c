/* The token endpoint (RFC 6749, RFC 7636) and revocation (RFC 7009). */
#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "account.h"
#include "base/xmalloc.h"
#include "fault.h"
#include "form.h"
#include "oidc_grant.h"
#include "oidc_jwt.h"
#include "oidc_token.h"
#include "sim_settings.h"

int oidc_token_create(struct http_request *);
int oidc_token_destroy(struct http_request *);

static void
forbid_caching(struct http_request *req)
{
	reply_header(req, "cache-control", "no-store");
	reply_header(req, "pragma", "no-cache");
}

static int
refuse(struct http_request *req, const char *error, const char *description)
{
	forbid_caching(req);
	return reply_json(
	    req, 400, json_pack("{s:s, s:s}", "error", error, "error_description", description));
}

static int
refuse_client(struct http_request *req)
{
	forbid_caching(req);
	reply_header(req, "www-authenticate", "Basic realm=\"sim\"");
	return reply_json(req, 401,
	    json_pack("{s:s, s:s}", "error", "invalid_client", "error_description",
		"Invalid client or Invalid client credentials"));
}

static bool
is_client(const char *id, const char *secret)
{
	return id != NULL && secret != NULL && strcmp(id, sim_settings.client_id) == 0 &&
	       strcmp(secret, sim_settings.client_secret) == 0;
}

/* Both halves are form-encoded before they are joined (RFC 6749, 2.3.1). */
static bool
is_client_pair(const char *pair, size_t len)
{
	const char *colon = memchr(pair, ':', len);
	size_t id_len = colon != NULL ? (size_t)(colon - pair) : 0;
	char *id, *secret;
	bool ok;

	if (colon == NULL)
		return false;
	id = form_decode(pair, id_len, true);
	secret = form_decode(colon + 1, len - id_len - 1, true);
	ok = is_client(id, secret);
	free(id);
	free(secret);
	return ok;
}

static bool
is_client_basic(const char *authorization)
{
	u_int8_t *pair = NULL;
	size_t len = 0;
	bool ok;

	if (strncasecmp(authorization, "basic ", 6) != 0)
		return false;
	if (kore_base64_decode(authorization + 6, &pair, &len) != KORE_RESULT_OK)
		return false;
	ok = is_client_pair((char *)pair, len);
	kore_free(pair);
	return ok;
}

/* ERR_CONFLICT: two methods at once, which RFC 6749 2.3 forbids. */
static enum err
authenticate(struct http_request *req, const json_t *form)
{
	const char *authorization = reply_request_header(req, "authorization");
	const char *id = form_text(form, "client_id"), *secret = form_text(form, "client_secret");
	bool ok;

	if (authorization != NULL && secret != NULL)
		return ERR_CONFLICT;
	if (authorization != NULL)
		ok = is_client_basic(authorization) &&
		     (id == NULL || strcmp(id, sim_settings.client_id) == 0);
	else
		ok = is_client(id, secret);
	return ok ? ERR_OK : ERR_UNAUTHORIZED;
}

/* RFC 7636, 4.1 and 4.6. */
static const char *
pkce_problem(const json_t *form, const struct ticket *code)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";
	const char *verifier = form_text(form, "code_verifier");
	size_t len = verifier != NULL ? strlen(verifier) : 0;
	char *challenge;
	bool ok;

	if (verifier == NULL)
		return "PKCE code verifier not specified";
	if (len < 43 || len > 128 || strspn(verifier, unreserved) != len)
		return "PKCE verification failed: Invalid code verifier";
	challenge = oidc_jwt_digest(verifier, 32);
	ok = strcmp(challenge, form_text(code->session->request, "code_challenge")) == 0;
	free(challenge);
	return ok ? NULL : "PKCE verification failed: Code mismatch";
}

static const char *
code_problem(const json_t *form, const struct ticket *code)
{
	const char *redirect_uri = form_text(form, "redirect_uri");

	if (redirect_uri == NULL ||
	    strcmp(redirect_uri, form_text(code->session->request, "redirect_uri")) != 0)
		return "Incorrect redirect_uri";
	return pkce_problem(form, code);
}

static int
give(struct http_request *req, struct oidc_session *session, bool with_nonce)
{
	forbid_caching(req);
	return reply_json(req, 200, oidc_token_answer(session, with_nonce));
}

/* A code is spent by the first try, right or wrong; the second try ends what the first one gave. */
static int
grant_code(struct http_request *req, const json_t *form)
{
	const char *value = form_text(form, "code"), *problem;
	struct ticket *code = value != NULL ? oidc_grant_find(TICKET_CODE, value) : NULL;
	bool is_good = code != NULL && oidc_grant_is_good(code);

	if (value == NULL)
		return refuse(req, "invalid_request", "Missing parameter: code");
	if (code != NULL && code->is_used)
		oidc_grant_end(code->session);
	if (!is_good)
		return refuse(req, "invalid_grant", "Code not valid");
	code->is_used = true;
	if ((problem = code_problem(form, code)) != NULL)
		return refuse(req, "invalid_grant", problem);
	return give(req, code->session, true);
}

/* Refresh tokens rotate; an old one coming back means that one of its two holders stole it. */
static int
grant_refresh(struct http_request *req, const json_t *form)
{
	const char *value = form_text(form, "refresh_token");
	struct ticket *t = value != NULL ? oidc_grant_find(TICKET_REFRESH, value) : NULL;

	if (value == NULL)
		return refuse(req, "invalid_request", "No refresh token");
	if (t == NULL)
		return refuse(req, "invalid_grant", "Session not active");
	if (t->is_used) {
		oidc_grant_end(t->session);
		return refuse(req, "invalid_grant", "Maximum allowed refresh token reuse exceeded");
	}
	if (!oidc_grant_is_good(t))
		return refuse(req, "invalid_grant", "Token is not active");
	if (json_is_false(json_object_get(account_get(t->session->sub), "enabled")))
		return refuse(req, "invalid_grant", "User disabled");
	t->is_used = true;
	return give(req, t->session, false);
}

static int
grant(struct http_request *req, const json_t *form)
{
	const char *type = form_text(form, "grant_type");

	if (type == NULL)
		return refuse(req, "invalid_request", "Missing form parameter: grant_type");
	if (strcmp(type, "authorization_code") == 0)
		return grant_code(req, form);
	if (strcmp(type, "refresh_token") == 0)
		return grant_refresh(req, form);
	return refuse(req, "unsupported_grant_type", "Unsupported grant_type");
}

static int
revoke_token(struct http_request *req, const json_t *form)
{
	const char *value = form_text(form, "token");
	struct ticket *t;

	if (value == NULL)
		return refuse(req, "invalid_request", "Missing parameter: token");
	if ((t = oidc_grant_find(TICKET_REFRESH, value)) != NULL)
		oidc_grant_end(t->session);
	else if ((t = oidc_grant_find(TICKET_ACCESS, value)) != NULL)
		t->is_used = true;
	forbid_caching(req);
	return reply_json(req, 200, json_object());
}

/* What both endpoints have in common: a form, from our client. */
static int
with_client(struct http_request *req, int (*then)(struct http_request *, const json_t *))
{
	json_t *form;
	enum err e = reply_form(req, &form);
	int result;

	if (e == ERR_OK)
		e = authenticate(req, form);
	if (e == ERR_OK)
		result = then(req, form);
	else if (e == ERR_UNAUTHORIZED)
		result = refuse_client(req);
	else
		result = refuse(req, "invalid_request",
		    e == ERR_CONFLICT ? "A parameter or the client's credentials are given twice"
				      : "The body is not a form");
	json_decref(form);
	return result;
}

int
oidc_token_create(struct http_request *req)
{
	int result;

	if (fault_happens(req, FAULT_OIDC_TOKEN, &result))
		return result;
	return reply_allows(req, HTTP_METHOD_POST) ? with_client(req, grant) : KORE_RESULT_OK;
}

int
oidc_token_destroy(struct http_request *req)
{
	return reply_allows(req, HTTP_METHOD_POST) ? with_client(req, revoke_token)
						   : KORE_RESULT_OK;
}
