/* OpenID Connect: discovery, keys, authorization, tokens, userinfo. */
#include "clients/oidc_api.h"

#include <openssl/evp.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"
#include "base/json_read.h"
#include "base/strbuf.h"
#include "base/url.h"

#define TOKEN_BYTES_MAX 16384
#define CODE_BYTES_MAX 4096
#define STATE_BYTES_MAX 128
#define ANSWER_BYTES_MAX ((size_t)256 * 1024)

static enum err
fail(enum err e, const char *word, const char **reason)
{
	*reason = word;
	return e;
}

/* ------------------------------------------------------------------ common to all of it */

static void
begin_request(struct call_request *req, struct arena *a, enum call_method method, const char *url)
{
	*req = (struct call_request){ 0 };
	req->method = method;
	req->url = url;
	req->max_bytes = ANSWER_BYTES_MAX;
	call_header(req, a, "Accept", "application/json");
}

/* ERR_OK only for an answer with a status below 500 that is no demand to slow down. */
static enum err
check_answered(struct arena *a, const struct call_reply *reply, const char **reason)
{
	if (reply->result != CALL_OK)
		return fail(
		    call_result_err(reply->result), call_result_word(reply->result), reason);
	if (reply->status == 429 || reply->status >= 500)
		return fail(ERR_UNAVAILABLE, arena_printf(a, "status_%ld", reply->status), reason);
	return ERR_OK;
}

static enum err
parse_object(
    const struct json **o, struct arena *a, const struct call_reply *reply, const char **reason)
{
	if (json_read_parse(o, a, reply->body, reply->body_len) != ERR_OK ||
	    (*o)->kind != JSON_KIND_OBJECT)
		return fail(ERR_UPSTREAM, "not_json", reason);
	return ERR_OK;
}

/* The object of a good answer. */
static enum err
read_object(
    const struct json **o, struct arena *a, const struct call_reply *reply, const char **reason)
{
	enum err e = check_answered(a, reply, reason);

	if (e != ERR_OK)
		return e;
	if (reply->status != 200)
		return fail(ERR_UPSTREAM, arena_printf(a, "status_%ld", reply->status), reason);
	return parse_object(o, a, reply, reason);
}

/* ------------------------------------------------------------------ discovery */

/* A slash at the end of the issuer goes (OpenID Connect Discovery, 4). */
void
oidc_api_discovery_request(struct call_request *req, struct arena *a, const char *issuer)
{
	size_t len = strlen(issuer);

	if (len > 0 && issuer[len - 1] == '/')
		len--;
	begin_request(req, a, CALL_GET,
	    arena_printf(a, "%.*s/.well-known/openid-configuration", (int)len, issuer));
}

struct endpoint {
	const char *name, **url;
	bool is_optional;
};

static enum err
read_endpoint(const struct endpoint *p, struct arena *a, const struct json *o, bool needs_https,
    const char **reason)
{
	struct url u;
	enum err e = json_read_text(o, p->name, p->url);

	if (e == ERR_NOT_FOUND && p->is_optional)
		return ERR_OK;
	if (e != ERR_OK)
		return fail(ERR_UPSTREAM, arena_printf(a, "no_%s", p->name), reason);
	if (url_parse(&u, a, *p->url) != ERR_OK || (needs_https && !u.is_https))
		return fail(ERR_UPSTREAM, arena_printf(a, "bad_%s", p->name), reason);
	return ERR_OK;
}

static enum err
read_endpoints(struct oidc_provider *p, struct arena *a, const struct json *o, const char **reason)
{
	const struct endpoint endpoints[] = {
		{ "authorization_endpoint", &p->authorization_endpoint, false },
		{ "token_endpoint", &p->token_endpoint, false },
		{ "jwks_uri", &p->jwks_uri, false },
		{ "userinfo_endpoint", &p->userinfo_endpoint, true },
		{ "end_session_endpoint", &p->end_session_endpoint, true },
	};
	bool needs_https = strncasecmp(p->issuer, "https:", 6) == 0;
	size_t i;

	for (i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		enum err e = read_endpoint(&endpoints[i], a, o, needs_https, reason);

		if (e != ERR_OK)
			return e;
	}
	return ERR_OK;
}

static bool
has_text(const struct json *array, const char *text)
{
	size_t i;

	for (i = 0; i < array->n; i++)
		if (array->items[i].kind == JSON_KIND_TEXT &&
		    strcmp(array->items[i].text, text) == 0)
			return true;
	return false;
}

/* Where the list is missing it means client_secret_basic (OpenID Connect Discovery, 3). */
static enum err
read_auth_methods(struct oidc_provider *p, const struct json *o, const char **reason)
{
	const struct json *methods;
	enum err e = json_read_array(o, "token_endpoint_auth_methods_supported", &methods);

	if (e == ERR_NOT_FOUND)
		p->takes_secret_basic = true;
	if (e == ERR_OK) {
		p->takes_secret_basic = has_text(methods, "client_secret_basic");
		p->takes_secret_post = has_text(methods, "client_secret_post");
	}
	if (!p->takes_secret_basic && !p->takes_secret_post)
		return fail(ERR_UPSTREAM, "no_auth_method", reason);
	return ERR_OK;
}

enum err
oidc_api_discovery_reply(struct oidc_provider *provider, struct arena *a,
    const struct call_reply *reply, const char *issuer, const char **reason)
{
	struct oidc_provider p = { 0 };
	const struct json *o;
	enum err e = read_object(&o, a, reply, reason);

	if (e != ERR_OK)
		return e;
	if (json_read_text(o, "issuer", &p.issuer) != ERR_OK || strcmp(p.issuer, issuer) != 0)
		return fail(ERR_UPSTREAM, "other_issuer", reason);
	if ((e = read_endpoints(&p, a, o, reason)) != ERR_OK ||
	    (e = read_auth_methods(&p, o, reason)) != ERR_OK)
		return e;
	if (json_read_bool(o, "authorization_response_iss_parameter_supported", &p.sends_iss) ==
	    ERR_INVALID)
		return fail(ERR_UPSTREAM, "bad_iss_parameter", reason);
	*provider = p;
	return ERR_OK;
}

void
oidc_api_jwks_request(struct call_request *req, struct arena *a, const struct oidc_provider *p)
{
	begin_request(req, a, CALL_GET, p->jwks_uri);
	req->ca_file = p->ca_file;
}

enum err
oidc_api_jwks_reply(const char **jwks, size_t *len, struct arena *a, const struct call_reply *reply,
    const char **reason)
{
	const struct json *o;
	enum err e = read_object(&o, a, reply, reason);

	if (e != ERR_OK)
		return e;
	if (!oidc_token_is_jwks(a, reply->body, reply->body_len))
		return fail(ERR_UPSTREAM, "not_jwks", reason);
	*jwks = arena_strndup(a, reply->body, reply->body_len);
	*len = reply->body_len;
	return ERR_OK;
}

/* ------------------------------------------------------------------ there and back */

void
oidc_api_challenge(char out[OIDC_API_CHALLENGE_SIZE], const char *code_verifier)
{
	unsigned char hash[DIGEST_BYTES];

	digest_sha256(hash, code_verifier, strlen(code_verifier));
	base64url_encode(out, hash, sizeof(hash));
}

/* Copies the fields into the arena and gives the buffer back. */
static char *
take_fields(struct arena *a, struct strbuf *fields)
{
	char *copy = arena_strdup(a, strbuf_text(fields));

	strbuf_free(fields);
	return copy;
}

char *
oidc_api_authorize_url(struct arena *a, const struct oidc_provider *p,
    const struct oidc_client *client, const struct oidc_attempt *attempt)
{
	char challenge[OIDC_API_CHALLENGE_SIZE];
	struct strbuf q = { 0 };

	oidc_api_challenge(challenge, attempt->code_verifier);
	url_add_field(&q, "response_type", "code");
	url_add_field(&q, "client_id", client->client_id);
	url_add_field(&q, "redirect_uri", client->redirect_uri);
	url_add_field(&q, "scope", "openid profile email");
	url_add_field(&q, "state", attempt->state);
	url_add_field(&q, "nonce", attempt->nonce);
	url_add_field(&q, "code_challenge", challenge);
	url_add_field(&q, "code_challenge_method", "S256");
	return url_with_query(a, p->authorization_endpoint, take_fields(a, &q));
}

/* A parameter that stands there once; NULL otherwise. */
static const char *
single(const struct form_data *query, const char *name)
{
	return form_data_count(query, name) == 1 ? form_data_text(query, name) : NULL;
}

const char *
oidc_api_callback_state(const struct form_data *query)
{
	const char *state = single(query, "state");

	if (state == NULL || *state == '\0' || strlen(state) > STATE_BYTES_MAX)
		return NULL;
	return state;
}

/* An OAuth error is a word of the standard; anything else must not get into the log. */
static const char *
error_word(struct arena *a, const char *error)
{
	size_t len = strspn(error, "abcdefghijklmnopqrstuvwxyz_");

	return len > 0 && len <= 40 && error[len] == '\0' ? arena_strdup(a, error) : "other_error";
}

static enum err
callback_error(struct arena *a, const char *error, const char **reason)
{
	bool is_passing =
	    strcmp(error, "temporarily_unavailable") == 0 || strcmp(error, "server_error") == 0;

	return fail(is_passing ? ERR_UNAVAILABLE : ERR_UNAUTHORIZED, error_word(a, error), reason);
}

/* "iss" first: with the wrong one, not even the error is this provider's (RFC 9207, 2.4). */
enum err
oidc_api_callback_read(const char **code, struct arena *a, const struct form_data *query,
    const struct oidc_provider *p, const char **reason)
{
	const char *iss = single(query, "iss"), *found = single(query, "code");
	const char *error = form_data_text(query, "error");

	if ((p->sends_iss || form_data_count(query, "iss") > 0) &&
	    (iss == NULL || strcmp(iss, p->issuer) != 0))
		return fail(ERR_FORBIDDEN, "other_issuer", reason);
	if (error != NULL)
		return callback_error(a, error, reason);
	if (found == NULL || *found == '\0' || strlen(found) > CODE_BYTES_MAX)
		return fail(ERR_INVALID, "no_code", reason);
	*code = found;
	return ERR_OK;
}

/* ------------------------------------------------------------------ tokens */

/* Id and secret are form-encoded before they are joined (RFC 6749, 2.3.1). */
static void
add_basic(struct call_request *req, struct arena *a, const struct oidc_client *client)
{
	const char *pair = arena_printf(
	    a, "%s:%s", url_encode(a, client->client_id), url_encode(a, client->client_secret));
	size_t len = strlen(pair);
	unsigned char *base64 = arena_alloc(a, (len + 2) / 3 * 4 + 1);

	EVP_EncodeBlock(base64, (const unsigned char *)pair, (int)len);
	call_header(req, a, "Authorization", "Basic %s", (const char *)base64);
}

static void
post_fields(struct call_request *req, struct arena *a, const struct oidc_provider *p,
    const struct oidc_client *client, struct strbuf *fields)
{
	begin_request(req, a, CALL_POST, p->token_endpoint);
	req->ca_file = p->ca_file;
	call_header(req, a, "Content-Type", "application/x-www-form-urlencoded");
	if (p->takes_secret_basic) {
		add_basic(req, a, client);
	} else {
		url_add_field(fields, "client_id", client->client_id);
		url_add_field(fields, "client_secret", client->client_secret);
	}
	req->body_len = fields->len;
	req->body = take_fields(a, fields);
}

void
oidc_api_code_request(struct call_request *req, struct arena *a, const struct oidc_provider *p,
    const struct oidc_client *client, const char *code, const char *code_verifier)
{
	struct strbuf fields = { 0 };

	url_add_field(&fields, "grant_type", "authorization_code");
	url_add_field(&fields, "code", code);
	url_add_field(&fields, "redirect_uri", client->redirect_uri);
	url_add_field(&fields, "code_verifier", code_verifier);
	post_fields(req, a, p, client, &fields);
}

void
oidc_api_refresh_request(struct call_request *req, struct arena *a, const struct oidc_provider *p,
    const struct oidc_client *client, const char *refresh_token)
{
	struct strbuf fields = { 0 };

	url_add_field(&fields, "grant_type", "refresh_token");
	url_add_field(&fields, "refresh_token", refresh_token);
	post_fields(req, a, p, client, &fields);
}

static enum err
token_error(struct arena *a, const struct call_reply *reply, const char **reason)
{
	const struct json *o;
	const char *error;

	if (parse_object(&o, a, reply, reason) != ERR_OK ||
	    json_read_text(o, "error", &error) != ERR_OK)
		return fail(ERR_UPSTREAM, arena_printf(a, "status_%ld", reply->status), reason);
	if (strcmp(error, "invalid_grant") == 0)
		return fail(ERR_UNAUTHORIZED, "invalid_grant", reason);
	if (strcmp(error, "invalid_client") == 0 || strcmp(error, "unauthorized_client") == 0)
		return fail(ERR_INTERNAL, error_word(a, error), reason);
	return fail(ERR_UPSTREAM, error_word(a, error), reason);
}

/* Printable ASCII without blanks: the access token goes into a header. */
static bool
is_token(const char *s)
{
	size_t len = 0;

	while (s[len] > ' ' && s[len] <= '~')
		len++;
	return s[len] == '\0' && len > 0 && len <= TOKEN_BYTES_MAX;
}

static enum err
read_token(const char **token, struct arena *a, const struct json *o, const char *name,
    bool is_optional, const char **reason)
{
	enum err e = json_read_text(o, name, token);

	if (e == ERR_NOT_FOUND && is_optional)
		return ERR_OK;
	if (e != ERR_OK || !is_token(*token))
		return fail(ERR_UPSTREAM, arena_printf(a, "no_%s", name), reason);
	return ERR_OK;
}

static enum err
read_tokens(struct oidc_tokens *tokens, struct arena *a, const struct call_reply *reply,
    bool is_refresh, const char **reason)
{
	struct oidc_tokens t = { 0 };
	const struct json *o;
	const char *type;
	enum err e = check_answered(a, reply, reason);

	if (e != ERR_OK)
		return e;
	if (reply->status != 200)
		return token_error(a, reply, reason);
	if ((e = parse_object(&o, a, reply, reason)) != ERR_OK)
		return e;
	if (json_read_text(o, "token_type", &type) != ERR_OK || strcasecmp(type, "Bearer") != 0)
		return fail(ERR_UPSTREAM, "not_bearer", reason);
	if ((e = read_token(&t.access_token, a, o, "access_token", false, reason)) != ERR_OK ||
	    (e = read_token(&t.id_token, a, o, "id_token", is_refresh, reason)) != ERR_OK ||
	    (e = read_token(&t.refresh_token, a, o, "refresh_token", true, reason)) != ERR_OK)
		return e;
	if (json_read_int(o, "expires_in", &t.expires_in) == ERR_INVALID || t.expires_in < 0)
		return fail(ERR_UPSTREAM, "bad_expires_in", reason);
	*tokens = t;
	return ERR_OK;
}

enum err
oidc_api_code_reply(struct oidc_tokens *tokens, struct arena *a, const struct call_reply *reply,
    const char **reason)
{
	return read_tokens(tokens, a, reply, false, reason);
}

enum err
oidc_api_refresh_reply(struct oidc_tokens *tokens, struct arena *a, const struct call_reply *reply,
    const char **reason)
{
	return read_tokens(tokens, a, reply, true, reason);
}

/* ------------------------------------------------------------------ userinfo, signing out */

void
oidc_api_userinfo_request(struct call_request *req, struct arena *a, const struct oidc_provider *p,
    const char *access_token)
{
	begin_request(req, a, CALL_GET, p->userinfo_endpoint);
	req->ca_file = p->ca_file;
	call_header(req, a, "Authorization", "Bearer %s", access_token);
}

/* Without the same sub it may be somebody else's profile (OpenID Connect Core, 5.3.2). */
enum err
oidc_api_userinfo_reply(struct oidc_claims *c, struct arena *a, const struct call_reply *reply,
    const char *subject, const char *roles_claim, const char **reason)
{
	const struct json *o;
	const char *sub;
	enum err e;

	if (reply->result == CALL_OK && reply->status == 401)
		return fail(ERR_UNAUTHORIZED, "status_401", reason);
	if ((e = read_object(&o, a, reply, reason)) != ERR_OK)
		return e;
	if (json_read_text(o, "sub", &sub) != ERR_OK)
		return fail(ERR_UPSTREAM, "no_sub", reason);
	if (strcmp(sub, subject) != 0)
		return fail(ERR_FORBIDDEN, "other_sub", reason);
	oidc_token_read_profile(c, o);
	if (roles_claim != NULL)
		oidc_token_read_roles(c, a, o, roles_claim);
	return ERR_OK;
}

bool
oidc_api_is_at_issuer(struct arena *a, const struct oidc_provider *p, const char *url)
{
	struct url issuer, there;

	return url_parse(&issuer, a, p->issuer) == ERR_OK && url_parse(&there, a, url) == ERR_OK &&
	       url_same_origin(&issuer, &there);
}

char *
oidc_api_end_session_url(struct arena *a, const struct oidc_provider *p,
    const struct oidc_client *client, const char *id_token, const char *post_logout_redirect_uri)
{
	struct strbuf q = { 0 };

	if (p->end_session_endpoint == NULL)
		return NULL;
	if (id_token != NULL && strlen(id_token) <= OIDC_API_HINT_BYTES_MAX)
		url_add_field(&q, "id_token_hint", id_token);
	url_add_field(&q, "client_id", client->client_id);
	url_add_field(&q, "post_logout_redirect_uri", post_logout_redirect_uri);
	return url_with_query(a, p->end_session_endpoint, take_fields(a, &q));
}
