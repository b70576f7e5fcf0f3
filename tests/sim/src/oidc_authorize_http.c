/* The authorization endpoint and the login form behind it. */
#include "reply.h"

#include <string.h>

#include "account.h"
#include "form.h"
#include "oidc_grant.h"
#include "page.h"
#include "sim_settings.h"

int oidc_authorize_new(struct http_request *);
int oidc_authorize_create(struct http_request *);

struct refusal {
	const char *error, *description;
};

static int
show_error(struct http_request *req, const char *sentence)
{
	struct strbuf page = { 0 };

	page_sentence(&page, "Cannot sign in", sentence);
	return reply_page(req, 400, &page);
}

static void
add_arg(struct strbuf *url, const char *name, const char *value)
{
	if (value == NULL)
		return;
	strbuf_putc(url, strchr(strbuf_text(url), '?') != NULL ? '&' : '?');
	strbuf_puts(url, name);
	strbuf_putc(url, '=');
	form_encode(url, value);
}

/* Back to the client, with state and iss (RFC 9207) as every answer has them. */
static int
answer(struct http_request *req, const json_t *request, struct strbuf *url)
{
	int result;

	add_arg(url, "state", form_text(request, "state"));
	add_arg(url, "iss", sim_settings.issuer);
	result = reply_redirect(req, req->method == HTTP_METHOD_POST ? 303 : 302, strbuf_text(url));
	strbuf_free(url);
	return result;
}

static int
answer_error(struct http_request *req, const json_t *request, const struct refusal *r)
{
	struct strbuf url = { 0 };

	strbuf_puts(&url, form_text(request, "redirect_uri"));
	add_arg(&url, "error", r->error);
	add_arg(&url, "error_description", r->description);
	return answer(req, request, &url);
}

static bool
is(const json_t *request, const char *name, const char *value)
{
	const char *given = form_text(request, name);

	return given != NULL && strcmp(given, value) == 0;
}

/* RFC 7636, 4.2: the encoding of 32 bytes is 43 characters long. */
static bool
is_challenge(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";

	return strlen(text) == 43 && strspn(text, allowed) == 43;
}

/* What RFC 6749 4.1.2.1 and OIDC Core 3.1.2.6 call it; NULL when nothing is wrong. */
static const struct refusal *
refusal_of(const json_t *r)
{
	static const struct refusal no_type = { "invalid_request",
		"Missing parameter: response_type" };
	static const struct refusal other_type = { "unsupported_response_type", NULL };
	static const struct refusal mode = { "invalid_request",
		"Invalid parameter: response_mode" };
	static const struct refusal object = { "request_not_supported", NULL };
	static const struct refusal uri = { "request_uri_not_supported", NULL };
	static const struct refusal scope = { "invalid_scope",
		"Invalid scopes: openid is missing" };
	static const struct refusal no_method = { "invalid_request",
		"Missing parameter: code_challenge_method" };
	static const struct refusal method = { "invalid_request",
		"Invalid parameter: code challenge method is not matching the configured one" };
	static const struct refusal no_challenge = { "invalid_request",
		"Missing parameter: code_challenge" };
	static const struct refusal challenge = { "invalid_request",
		"Invalid parameter: code_challenge" };
	static const struct refusal login = { "login_required", NULL };
	const char *scopes = form_text(r, "scope");

	if (form_text(r, "response_type") == NULL)
		return &no_type;
	if (!is(r, "response_type", "code"))
		return &other_type;
	if (form_text(r, "response_mode") != NULL && !is(r, "response_mode", "query"))
		return &mode;
	if (form_text(r, "request") != NULL)
		return &object;
	if (form_text(r, "request_uri") != NULL)
		return &uri;
	if (scopes == NULL || !sim_settings_lists(scopes, "openid"))
		return &scope;
	if (form_text(r, "code_challenge_method") == NULL)
		return &no_method;
	if (!is(r, "code_challenge_method", "S256"))
		return &method;
	if (form_text(r, "code_challenge") == NULL)
		return &no_challenge;
	if (!is_challenge(form_text(r, "code_challenge")))
		return &challenge;
	return is(r, "prompt", "none") ? &login : NULL;
}

static int
authorize(struct http_request *req, json_t *request)
{
	const char *redirect_uri = form_text(request, "redirect_uri");
	const struct refusal *refusal;
	struct strbuf page = { 0 };

	if (!is(request, "client_id", sim_settings.client_id))
		return show_error(req, "Client not found.");
	if (redirect_uri == NULL || !sim_settings_lists(sim_settings.redirect_uris, redirect_uri))
		return show_error(req, "Invalid parameter: redirect_uri");
	if ((refusal = refusal_of(request)) != NULL)
		return answer_error(req, request, refusal);
	page_login(&page, oidc_grant_login(request)->value, account_samples(),
	    form_text(request, "login_hint"));
	return reply_page(req, 200, &page);
}

/*
 * There is no sign-on session in the browser: every request is asked who it is, as a provider does
 * for prompt=login, so that people can change accounts and tests need no cookies.
 */
int
oidc_authorize_new(struct http_request *req)
{
	const char *query = req->query_string != NULL ? req->query_string : "";
	json_t *request;
	enum err e;
	int result;

	if (!reply_allows(req, HTTP_METHOD_GET | HTTP_METHOD_POST))
		return KORE_RESULT_OK;
	if (req->method == HTTP_METHOD_POST)
		e = reply_form(req, &request);
	else
		e = form_read(query, strlen(query), &request);
	result = e == ERR_OK	     ? authorize(req, request)
		 : e == ERR_CONFLICT ? show_error(req, "Invalid request: duplicated parameter")
				     : show_error(req, "The request is malformed.");
	json_decref(request);
	return result;
}

static int
sign_in(struct http_request *req, const json_t *form)
{
	const char *tx = form_text(form, "tx"), *login = form_text(form, "login");
	const struct ticket *t = tx != NULL ? oidc_grant_find(TICKET_LOGIN, tx) : NULL;
	const json_t *account = login != NULL ? account_by_login(login) : NULL;
	struct oidc_session *session;
	struct strbuf url = { 0 };

	if (t == NULL || !oidc_grant_is_good(t))
		return show_error(req, "This sign-in has expired. Go back to the application.");
	if (account == NULL)
		return show_error(req, "A login is a text of 1 to 255 ASCII characters.");
	if (json_is_false(json_object_get(account, "enabled")))
		return show_error(req, "Account is disabled, contact your administrator.");
	session =
	    oidc_grant_session(json_string_value(json_object_get(account, "sub")), t->request);
	strbuf_puts(&url, form_text(session->request, "redirect_uri"));
	add_arg(&url, "session_state", session->sid);
	add_arg(&url, "code", oidc_grant_ticket(TICKET_CODE, session)->value);
	return answer(req, session->request, &url);
}

int
oidc_authorize_create(struct http_request *req)
{
	json_t *form;
	int result;

	if (!reply_allows(req, HTTP_METHOD_POST))
		return KORE_RESULT_OK;
	if (reply_form(req, &form) == ERR_OK)
		result = sign_in(req, form);
	else
		result = show_error(req, "The form is malformed.");
	json_decref(form);
	return result;
}
