/* The provider's smaller endpoints: discovery, keys, userinfo and logout. */
#include "reply.h"

#include <string.h>

#include "fault.h"
#include "form.h"
#include "oidc_grant.h"
#include "oidc_jwt.h"
#include "oidc_key.h"
#include "oidc_token.h"
#include "page.h"
#include "sim_settings.h"

int oidc_discovery_show(struct http_request *);
int oidc_jwks_show(struct http_request *);
int oidc_userinfo_show(struct http_request *);
int oidc_logout_create(struct http_request *);

static const struct {
	const char *name, *path;
} endpoints[] = {
	{ "authorization_endpoint", "/protocol/openid-connect/auth" },
	{ "token_endpoint", "/protocol/openid-connect/token" },
	{ "userinfo_endpoint", "/protocol/openid-connect/userinfo" },
	{ "end_session_endpoint", "/protocol/openid-connect/logout" },
	{ "revocation_endpoint", "/protocol/openid-connect/revoke" },
	{ "jwks_uri", "/protocol/openid-connect/certs" },
};

/* OIDC Discovery 3, RFC 8414; only what is really offered. */
static json_t *
abilities(void)
{
	return json_pack("{s:[s], s:[s], s:[s,s], s:[s], s:[s], s:[s], s:[s,s], s:[s,s,s],"
			 " s:[s,s,s,s,s,s,s,s,s,s], s:b, s:b, s:b}",
	    "response_types_supported", "code", "response_modes_supported", "query",
	    "grant_types_supported", "authorization_code", "refresh_token",
	    "subject_types_supported", "public", "id_token_signing_alg_values_supported", "RS256",
	    "code_challenge_methods_supported", "S256", "token_endpoint_auth_methods_supported",
	    "client_secret_basic", "client_secret_post", "scopes_supported", "openid", "profile",
	    "email", "claims_supported", "sub", "iss", "aud", "exp", "auth_time", "name", "email",
	    "email_verified", "preferred_username", "realm_access",
	    "authorization_response_iss_parameter_supported", 1, "request_parameter_supported", 0,
	    "request_uri_parameter_supported", 0);
}

int
oidc_discovery_show(struct http_request *req)
{
	json_t *document;
	int result;

	if (fault_happens(req, FAULT_OIDC_DISCOVERY, &result))
		return result;
	if (!reply_allows(req, HTTP_METHOD_GET))
		return KORE_RESULT_OK;
	document = abilities();
	json_object_set_new(document, "issuer", json_string(sim_settings.issuer));
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
		json_object_set_new(document, endpoints[i].name,
		    json_sprintf("%s%s", sim_settings.issuer, endpoints[i].path));
	return reply_json(req, 200, document);
}

int
oidc_jwks_show(struct http_request *req)
{
	int result;

	if (fault_happens(req, FAULT_OIDC_JWKS, &result))
		return result;
	if (!reply_allows(req, HTTP_METHOD_GET))
		return KORE_RESULT_OK;
	return reply_json(req, 200, oidc_key_set());
}

/* OIDC Core 5.3, errors by RFC 6750. */
int
oidc_userinfo_show(struct http_request *req)
{
	const char *token = reply_bearer(req);
	const struct ticket *t = token != NULL ? oidc_grant_find(TICKET_ACCESS, token) : NULL;

	if (!reply_allows(req, HTTP_METHOD_GET | HTTP_METHOD_POST))
		return KORE_RESULT_OK;
	if (t != NULL && oidc_grant_is_good(t))
		return reply_json(req, 200, oidc_token_person(t->session->sub));
	if (token == NULL) {
		reply_header(req, "www-authenticate", "Bearer realm=\"sim\"");
		return reply_json(req, 401, json_object());
	}
	reply_header(req, "www-authenticate", "Bearer realm=\"sim\", error=\"invalid_token\"");
	return reply_json(req, 401,
	    json_pack("{s:s, s:s}", "error", "invalid_token", "error_description",
		"Token verification failed"));
}

static int
refuse_logout(struct http_request *req, const char *sentence)
{
	struct strbuf page = { 0 };

	page_sentence(&page, "Cannot sign out", sentence);
	return reply_page(req, 400, &page);
}

/* Registered, or when none are registered, of the same origin as a registered redirect URI. */
static bool
may_return_to(const char *url)
{
	const char *list = sim_settings.redirect_uris;

	if (*sim_settings.post_logout_uris != '\0')
		return sim_settings_lists(sim_settings.post_logout_uris, url);
	while (*list != '\0') {
		const char *host = strstr(list, "://");
		size_t origin =
		    host != NULL ? (size_t)(host - list) + 3 + strcspn(host + 3, "/ ") : 0;

		if (origin > 0 && strncmp(url, list, origin) == 0 &&
		    strchr("/?", url[origin]) != NULL)
			return true;
		list += strcspn(list, " ");
		list += strspn(list, " ");
	}
	return false;
}

static int
logout_done(struct http_request *req, const char *return_url, const char *state)
{
	struct strbuf out = { 0 };
	int result;

	if (return_url == NULL) {
		page_sentence(&out, "You are signed out", "You may close this window.");
		return reply_page(req, 200, &out);
	}
	strbuf_puts(&out, return_url);
	if (state != NULL) {
		strbuf_puts(&out, strchr(return_url, '?') != NULL ? "&state=" : "?state=");
		form_encode(&out, state);
	}
	result =
	    reply_redirect(req, req->method == HTTP_METHOD_POST ? 303 : 302, strbuf_text(&out));
	strbuf_free(&out);
	return result;
}

/* ERR_INVALID: the hint is not an ID token of ours for this client. */
static enum err
end_hinted_session(const char *hint, const char *client_id)
{
	json_t *claims;
	const char *sid, *aud;
	enum err e = oidc_jwt_read(hint, &claims);

	if (e != ERR_OK)
		return e;
	sid = json_string_value(json_object_get(claims, "sid"));
	aud = json_string_value(json_object_get(claims, "aud"));
	if (sid == NULL || aud == NULL || (client_id != NULL && strcmp(aud, client_id) != 0))
		e = ERR_INVALID;
	else if (oidc_grant_by_sid(sid) != NULL)
		oidc_grant_end(oidc_grant_by_sid(sid));
	json_decref(claims);
	return e;
}

/* OIDC RP-Initiated Logout 1.0; a session that is over already is signed out as well. */
static int
logout(struct http_request *req, const json_t *form)
{
	const char *hint = form_text(form, "id_token_hint");
	const char *client_id = form_text(form, "client_id"), *state = form_text(form, "state");
	const char *return_url = form_text(form, "post_logout_redirect_uri");
	struct strbuf page = { 0 };

	if (client_id != NULL && strcmp(client_id, sim_settings.client_id) != 0)
		return refuse_logout(req, "Invalid parameter: client_id");
	if (return_url != NULL && hint == NULL && client_id == NULL)
		return refuse_logout(req, "Either client_id or id_token_hint is missing.");
	if (return_url != NULL && !may_return_to(return_url))
		return refuse_logout(req, "Invalid parameter: post_logout_redirect_uri");
	if (hint != NULL && end_hinted_session(hint, client_id) != ERR_OK)
		return refuse_logout(req, "Invalid parameter: id_token_hint");
	if (hint != NULL || form_text(form, "confirm") != NULL)
		return logout_done(req, return_url, state);
	page_logout(&page, return_url, state);
	return reply_page(req, 200, &page);
}

int
oidc_logout_create(struct http_request *req)
{
	const char *query = req->query_string != NULL ? req->query_string : "";
	json_t *form;
	enum err e;
	int result;

	if (!reply_allows(req, HTTP_METHOD_GET | HTTP_METHOD_POST))
		return KORE_RESULT_OK;
	if (req->method == HTTP_METHOD_POST)
		e = reply_form(req, &form);
	else
		e = form_read(query, strlen(query), &form);
	result = e == ERR_OK ? logout(req, form) : refuse_logout(req, "The request is malformed.");
	json_decref(form);
	return result;
}
