/* What the provider is asked, and what its answers mean. */
#include "clients/oidc_api.h"

#include <criterion/criterion.h>
#include <string.h>

#define ISSUER "https://id.example.org/realms/irc"
#define AUTH "\"authorization_endpoint\":\"" ISSUER "/auth\","
#define TOKEN "\"token_endpoint\":\"" ISSUER "/token\","
#define JWKS "\"jwks_uri\":\"" ISSUER "/certs\""
#define ISS "\"issuer\":\"" ISSUER "\","
#define METHODS "\"token_endpoint_auth_methods_supported\":"

static struct arena a;

static void
teardown(void)
{
	arena_free(&a);
}

TestSuite(oidc_api, .fini = teardown);

static const struct oidc_provider provider = {
	.issuer = ISSUER,
	.authorization_endpoint = ISSUER "/auth",
	.token_endpoint = ISSUER "/token",
	.jwks_uri = ISSUER "/certs",
	.userinfo_endpoint = ISSUER "/userinfo",
	.end_session_endpoint = ISSUER "/logout?x=1",
	.takes_secret_basic = true,
	.takes_secret_post = true,
};

static const struct oidc_client client = {
	.client_id = "portal:1",
	.client_secret = "s3cret /+%:é",
	.redirect_uri = "https://portal.example.org/login/callback",
};

static struct call_reply
answer(long status, const char *body)
{
	return (struct call_reply){ CALL_OK, status, body, strlen(body), NULL, 0 };
}

static const char *
header_of(const struct call_request *req, const char *name)
{
	int i;

	for (i = 0; i < CALL_HEADERS_MAX && req->headers[i] != NULL; i++)
		if (strncmp(req->headers[i], name, strlen(name)) == 0)
			return req->headers[i] + strlen(name);
	return "";
}

/* ------------------------------------------------------------------ no answer, for every operation
 */

static enum err
jwks_reply(const struct call_reply *reply, const char **reason)
{
	const char *jwks;
	size_t len;

	return oidc_api_jwks_reply(&jwks, &len, &a, reply, reason);
}

static enum err
discovery_reply(const struct call_reply *reply, const char **reason)
{
	struct oidc_provider p;

	return oidc_api_discovery_reply(&p, &a, reply, ISSUER, reason);
}

static enum err
code_reply(const struct call_reply *reply, const char **reason)
{
	struct oidc_tokens t;

	return oidc_api_code_reply(&t, &a, reply, reason);
}

static enum err
refresh_reply(const struct call_reply *reply, const char **reason)
{
	struct oidc_tokens t;

	return oidc_api_refresh_reply(&t, &a, reply, reason);
}

static enum err
userinfo_reply(const struct call_reply *reply, const char **reason)
{
	struct oidc_claims c = { 0 };

	return oidc_api_userinfo_reply(&c, &a, reply, "7f3a", NULL, reason);
}

static enum err (*const replies[])(const struct call_reply *, const char **) = { discovery_reply,
	jwks_reply, code_reply, refresh_reply, userinfo_reply };

static const struct {
	struct call_reply reply;
	enum err e;
	const char *reason;
} failures[] = {
	{ { CALL_REFUSED, 0, "", 0, NULL, 0 }, ERR_UNAVAILABLE, "refused" },
	{ { CALL_TIMEOUT, 0, "", 0, NULL, 0 }, ERR_TIMEOUT, "timeout" },
	{ { CALL_TLS, 0, "", 0, NULL, 0 }, ERR_UNAVAILABLE, "tls" },
	{ { CALL_TOO_LARGE, 0, "", 0, NULL, 0 }, ERR_UPSTREAM, "too_large" },
	{ { CALL_CUT, 0, "", 0, NULL, 0 }, ERR_UPSTREAM, "cut" },
	{ { CALL_OK, 500, "{}", 2, NULL, 0 }, ERR_UNAVAILABLE, "status_500" },
	{ { CALL_OK, 503, "<html>", 6, NULL, 0 }, ERR_UNAVAILABLE, "status_503" },
	{ { CALL_OK, 429, "", 0, NULL, 0 }, ERR_UNAVAILABLE, "status_429" },
	{ { CALL_OK, 404, "", 0, NULL, 0 }, ERR_UPSTREAM, "status_404" },
	{ { CALL_OK, 302, "{}", 2, NULL, 0 }, ERR_UPSTREAM, "status_302" },
	{ { CALL_OK, 204, "", 0, NULL, 0 }, ERR_UPSTREAM, "status_204" },
	{ { CALL_OK, 200, "", 0, NULL, 0 }, ERR_UPSTREAM, "not_json" },
	{ { CALL_OK, 200, "<html>", 6, NULL, 0 }, ERR_UPSTREAM, "not_json" },
	{ { CALL_OK, 200, "[]", 2, NULL, 0 }, ERR_UPSTREAM, "not_json" },
	{ { CALL_OK, 200, "{\"a\":1,\"a\":1}", 13, NULL, 0 }, ERR_UPSTREAM, "not_json" },
	{ { CALL_OK, 200, "{}\0", 3, NULL, 0 }, ERR_UPSTREAM, "not_json" },
};

Test(oidc_api, failures_have_their_errors_and_words)
{
	size_t i, j;

	for (i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		for (j = 0; j < sizeof(replies) / sizeof(replies[0]); j++) {
			const char *reason = NULL;

			cr_expect_eq(replies[j](&failures[i].reply, &reason), failures[i].e,
			    "case %zu, operation %zu", i, j);
			cr_expect_str_eq(reason, failures[i].reason, "case %zu, operation %zu: %s",
			    i, j, reason);
		}
	}
}

/* ------------------------------------------------------------------ discovery */

static const struct {
	const char *body, *reason;
} bad_discoveries[] = {
	{ "{" AUTH TOKEN JWKS "}", "other_issuer" },
	{ "{\"issuer\":null," AUTH TOKEN JWKS "}", "other_issuer" },
	{ "{\"issuer\":\"" ISSUER "/\"," AUTH TOKEN JWKS "}", "other_issuer" },
	{ "{\"issuer\":\"https://ID.example.org/realms/irc\"," AUTH TOKEN JWKS "}",
	    "other_issuer" },
	{ "{\"issuer\":\"http://id.example.org/realms/irc\"," AUTH TOKEN JWKS "}", "other_issuer" },
	{ "{" ISS TOKEN JWKS "}", "no_authorization_endpoint" },
	{ "{" ISS AUTH JWKS "}", "no_token_endpoint" },
	{ "{" ISS AUTH TOKEN "\"x\":1}", "no_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":7}", "no_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":\"\"}", "bad_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":\"/certs\"}", "bad_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":\"file:///etc/passwd\"}", "bad_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":\"https://x/\\r\\ny\"}", "bad_jwks_uri" },
	{ "{" ISS AUTH TOKEN "\"jwks_uri\":\"http://id.example.org/certs\"}", "bad_jwks_uri" },
	{ "{" ISS "\"authorization_endpoint\":\"javascript:alert(1)\"," TOKEN JWKS "}",
	    "bad_authorization_endpoint" },
	{ "{" ISS "\"authorization_endpoint\":\"https://x/#y\"," TOKEN JWKS "}",
	    "bad_authorization_endpoint" },
	{ "{" ISS AUTH "\"token_endpoint\":\"http://id.example.org/token\"," JWKS "}",
	    "bad_token_endpoint" },
	{ "{" ISS AUTH TOKEN "\"userinfo_endpoint\":[]," JWKS "}", "no_userinfo_endpoint" },
	{ "{" ISS AUTH TOKEN "\"userinfo_endpoint\":\"x\"," JWKS "}", "bad_userinfo_endpoint" },
	{ "{" ISS AUTH TOKEN "\"end_session_endpoint\":\"ftp://x\"," JWKS "}",
	    "bad_end_session_endpoint" },
	{ "{" ISS AUTH TOKEN METHODS "[]," JWKS "}", "no_auth_method" },
	{ "{" ISS AUTH TOKEN METHODS "\"client_secret_basic\"," JWKS "}", "no_auth_method" },
	{ "{" ISS AUTH TOKEN METHODS "[\"private_key_jwt\",7,\"none\"]," JWKS "}",
	    "no_auth_method" },
	{ "{" ISS AUTH TOKEN "\"authorization_response_iss_parameter_supported\":\"yes\"," JWKS "}",
	    "bad_iss_parameter" },
};

Test(oidc_api, refuses_discoveries)
{
	size_t i;

	for (i = 0; i < sizeof(bad_discoveries) / sizeof(bad_discoveries[0]); i++) {
		struct call_reply reply = answer(200, bad_discoveries[i].body);
		struct oidc_provider p = { .issuer = "before" };
		const char *reason = NULL;

		cr_expect_eq(oidc_api_discovery_reply(&p, &a, &reply, ISSUER, &reason),
		    ERR_UPSTREAM, "%s", bad_discoveries[i].body);
		cr_expect_str_eq(
		    reason, bad_discoveries[i].reason, "%s: %s", bad_discoveries[i].body, reason);
		cr_expect_str_eq(p.issuer, "before");
	}
}

static const struct {
	const char *methods;
	bool basic, post;
} methods[] = {
	{ "", true, false },
	{ METHODS "null,", true, false },
	{ METHODS "[\"client_secret_post\"],", false, true },
	{ METHODS "[\"private_key_jwt\",\"client_secret_basic\"],", true, false },
	{ METHODS "[\"client_secret_basic\",\"client_secret_post\"],", true, true },
};

Test(oidc_api, reads_discoveries)
{
	struct oidc_provider p;
	const char *reason;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		struct call_reply reply = answer(
		    200, arena_printf(&a, "{" ISS AUTH TOKEN "%s" JWKS "}", methods[i].methods));

		cr_assert_eq(oidc_api_discovery_reply(&p, &a, &reply, ISSUER, &reason), ERR_OK);
		cr_expect_eq(p.takes_secret_basic, methods[i].basic, "%s", methods[i].methods);
		cr_expect_eq(p.takes_secret_post, methods[i].post, "%s", methods[i].methods);
		cr_expect_null(p.userinfo_endpoint);
		cr_expect_null(p.end_session_endpoint);
		cr_expect_not(p.sends_iss);
	}
}

Test(oidc_api, reads_a_whole_discovery)
{
	struct call_reply reply =
	    answer(200, "{" ISS AUTH TOKEN "\"userinfo_endpoint\":\"" ISSUER "/userinfo\","
			"\"end_session_endpoint\":\"" ISSUER "/logout\","
			"\"authorization_response_iss_parameter_supported\":true," JWKS "}");
	struct oidc_provider p;
	const char *reason;

	cr_assert_eq(oidc_api_discovery_reply(&p, &a, &reply, ISSUER, &reason), ERR_OK);
	cr_expect_str_eq(p.issuer, ISSUER);
	cr_expect_str_eq(p.authorization_endpoint, ISSUER "/auth");
	cr_expect_str_eq(p.token_endpoint, ISSUER "/token");
	cr_expect_str_eq(p.jwks_uri, ISSUER "/certs");
	cr_expect_str_eq(p.userinfo_endpoint, ISSUER "/userinfo");
	cr_expect_str_eq(p.end_session_endpoint, ISSUER "/logout");
	cr_expect(p.sends_iss);
}

/* On a developer's machine all of it is plain http. */
Test(oidc_api, plain_http_is_fine_behind_a_plain_issuer)
{
	struct call_reply reply =
	    answer(200, "{\"issuer\":\"http://127.0.0.1:9000\","
			"\"authorization_endpoint\":\"http://127.0.0.1:9000/auth\","
			"\"token_endpoint\":\"http://127.0.0.1:9000/token\",\"jwks_uri\":\"https://"
			"127.0.0.1/jwks\"}");
	struct oidc_provider p;
	const char *reason;

	cr_expect_eq(
	    oidc_api_discovery_reply(&p, &a, &reply, "http://127.0.0.1:9000", &reason), ERR_OK);
}

static const struct {
	const char *issuer, *url;
} discovery_urls[] = {
	{ ISSUER, ISSUER "/.well-known/openid-configuration" },
	{ ISSUER "/", ISSUER "/.well-known/openid-configuration" },
	{ "http://127.0.0.1:9000", "http://127.0.0.1:9000/.well-known/openid-configuration" },
};

Test(oidc_api, asks_for_discovery_and_keys)
{
	struct call_request req;
	size_t i;

	for (i = 0; i < sizeof(discovery_urls) / sizeof(discovery_urls[0]); i++) {
		oidc_api_discovery_request(&req, &a, discovery_urls[i].issuer);
		cr_expect_str_eq(req.url, discovery_urls[i].url);
		cr_expect_eq(req.method, CALL_GET);
		cr_expect_null(req.body);
	}
	oidc_api_jwks_request(&req, &a, &provider);
	cr_expect_str_eq(req.url, ISSUER "/certs");
	cr_expect_eq(req.method, CALL_GET);
	cr_expect_str_eq(header_of(&req, "Accept: "), "application/json");
}

static const struct {
	const char *body;
	enum err e;
} key_sets[] = {
	{ "{}", ERR_UPSTREAM },
	{ "{\"keys\":[]}", ERR_UPSTREAM },
	{ "{\"keys\":7}", ERR_UPSTREAM },
	{ "{\"keys\":[{\"kid\":\"a\"}]}", ERR_OK },
};

Test(oidc_api, keeps_key_sets_as_they_came)
{
	size_t i, len;

	for (i = 0; i < sizeof(key_sets) / sizeof(key_sets[0]); i++) {
		struct call_reply reply = answer(200, key_sets[i].body);
		const char *jwks = NULL, *reason = NULL;

		cr_expect_eq(oidc_api_jwks_reply(&jwks, &len, &a, &reply, &reason), key_sets[i].e);
		if (key_sets[i].e == ERR_OK) {
			cr_expect_str_eq(jwks, key_sets[i].body);
			cr_expect_neq(jwks, key_sets[i].body, "a copy");
			cr_expect_eq(len, strlen(jwks));
		} else {
			cr_expect_str_eq(reason, "not_jwks");
		}
	}
}

/* ------------------------------------------------------------------ there and back */

/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

Test(oidc_api, sends_the_browser_there)
{
	static const struct oidc_attempt attempt = { "state&1", "nonce 2", VERIFIER };
	static const char *const query =
	    "response_type=code&client_id=portal%3A1"
	    "&redirect_uri=https%3A%2F%2Fportal.example.org%2Flogin%2Fcallback"
	    "&scope=openid%20profile%20email&state=state%261&nonce=nonce%202"
	    "&code_challenge=" CHALLENGE "&code_challenge_method=S256";
	struct oidc_provider p = provider;
	char challenge[OIDC_API_CHALLENGE_SIZE];

	oidc_api_challenge(challenge, VERIFIER);
	cr_expect_str_eq(challenge, CHALLENGE);
	cr_expect_str_eq(oidc_api_authorize_url(&a, &p, &client, &attempt),
	    arena_printf(&a, ISSUER "/auth?%s", query));
	p.authorization_endpoint = ISSUER "/auth?tenant=7";
	cr_expect_str_eq(oidc_api_authorize_url(&a, &p, &client, &attempt),
	    arena_printf(&a, ISSUER "/auth?tenant=7&%s", query));
}

#define ISS_ARG "&iss=https%3A%2F%2Fid.example.org%2Frealms%2Firc"

static const struct {
	const char *query;
	bool sends_iss;
	enum err e;
	const char *reason, *code;
} callbacks[] = {
	{ "", false, ERR_INVALID, "no_code", NULL },
	{ "state=s", false, ERR_INVALID, "no_code", NULL },
	{ "state=s&code=", false, ERR_INVALID, "no_code", NULL },
	{ "state=s&code=a&code=b", false, ERR_INVALID, "no_code", NULL },
	{ "state=s&Code=a", false, ERR_INVALID, "no_code", NULL },
	{ "state=s&code=c", true, ERR_FORBIDDEN, "other_issuer", NULL },
	{ "state=s&code=c&iss=", true, ERR_FORBIDDEN, "other_issuer", NULL },
	{ "state=s&code=c&iss=https%3A%2F%2Fevil.example", true, ERR_FORBIDDEN, "other_issuer",
	    NULL },
	{ "state=s&code=c&iss=https%3A%2F%2Fevil.example", false, ERR_FORBIDDEN, "other_issuer",
	    NULL },
	{ "state=s&code=c" ISS_ARG "%2F", true, ERR_FORBIDDEN, "other_issuer", NULL },
	{ "state=s&code=c" ISS_ARG ISS_ARG, true, ERR_FORBIDDEN, "other_issuer", NULL },
	{ "state=s&error=access_denied", true, ERR_FORBIDDEN, "other_issuer", NULL },
	{ "state=s&error=access_denied" ISS_ARG, true, ERR_UNAUTHORIZED, "access_denied", NULL },
	{ "state=s&error=access_denied&code=c", false, ERR_UNAUTHORIZED, "access_denied", NULL },
	{ "state=s&error=access_denied&error=x", false, ERR_UNAUTHORIZED, "access_denied", NULL },
	{ "state=s&error=temporarily_unavailable", false, ERR_UNAVAILABLE,
	    "temporarily_unavailable", NULL },
	{ "state=s&error=server_error", false, ERR_UNAVAILABLE, "server_error", NULL },
	{ "state=s&error=", false, ERR_UNAUTHORIZED, "other_error", NULL },
	{ "state=s&error=%0aforged+log+line", false, ERR_UNAUTHORIZED, "other_error", NULL },
	{ "state=s&error=alice@example.org", false, ERR_UNAUTHORIZED, "other_error", NULL },
	{ "state=s&error=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false, ERR_UNAUTHORIZED,
	    "other_error", NULL },
	{ "state=s&session_state=x&code=c.d-e_f%3D", false, ERR_OK, NULL, "c.d-e_f=" },
	{ "state=s&code=c" ISS_ARG, false, ERR_OK, NULL, "c" },
	{ "state=s&code=c" ISS_ARG, true, ERR_OK, NULL, "c" },
};

Test(oidc_api, reads_the_way_back)
{
	struct oidc_provider p = provider;
	struct form_data query;
	size_t i;

	for (i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++) {
		const char *code = NULL, *reason = NULL, *text = callbacks[i].query;

		p.sends_iss = callbacks[i].sends_iss;
		cr_assert_eq(form_data_parse(&query, &a, text, strlen(text)), ERR_OK);
		cr_expect_eq(oidc_api_callback_read(&code, &a, &query, &p, &reason), callbacks[i].e,
		    "%s", text);
		if (callbacks[i].e == ERR_OK)
			cr_expect_str_eq(code, callbacks[i].code, "%s", text);
		else
			cr_expect_str_eq(reason, callbacks[i].reason, "%s: %s", text, reason);
		cr_expect_eq(code == NULL, callbacks[i].code == NULL);
	}
}

Test(oidc_api, bounds_the_code)
{
	struct form_data query;
	char text[4200] = "code=";
	const char *code, *reason;

	memset(text + 5, 'c', 4097);
	cr_assert_eq(form_data_parse(&query, &a, text, strlen(text)), ERR_OK);
	cr_expect_eq(oidc_api_callback_read(&code, &a, &query, &provider, &reason), ERR_INVALID);
	text[5 + 4096] = '\0';
	cr_assert_eq(form_data_parse(&query, &a, text, strlen(text)), ERR_OK);
	cr_expect_eq(oidc_api_callback_read(&code, &a, &query, &provider, &reason), ERR_OK);
}

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
	const char *query, *state;
} states[] = {
	{ "", NULL },
	{ "code=c", NULL },
	{ "state=", NULL },
	{ "state=a&state=a", NULL },
	{ "State=a", NULL },
	{ "state=" A64 A64 "a", NULL },
	{ "state=" A64 A64, A64 A64 },
	{ "code=c&state=a-b", "a-b" },
};

Test(oidc_api, finds_the_state)
{
	struct form_data query;
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const char *state;

		cr_assert_eq(
		    form_data_parse(&query, &a, states[i].query, strlen(states[i].query)), ERR_OK);
		state = oidc_api_callback_state(&query);
		if (states[i].state == NULL)
			cr_expect_null(state, "%s", states[i].query);
		else
			cr_expect_str_eq(state, states[i].state);
	}
}

/* ------------------------------------------------------------------ tokens */

/* Base64 of "portal%3A1:s3cret%20%2F%2B%25%3A%C3%A9". */
#define BASIC "Basic cG9ydGFsJTNBMTpzM2NyZXQlMjAlMkYlMkIlMjUlM0ElQzMlQTk="

Test(oidc_api, asks_for_tokens)
{
	struct call_request req;

	oidc_api_code_request(&req, &a, &provider, &client, "c&d=", VERIFIER);
	cr_expect_eq(req.method, CALL_POST);
	cr_expect_str_eq(req.url, ISSUER "/token");
	cr_expect_str_eq(header_of(&req, "Authorization: "), BASIC);
	cr_expect_str_eq(header_of(&req, "Content-Type: "), "application/x-www-form-urlencoded");
	cr_expect_str_eq(req.body,
	    "grant_type=authorization_code&code=c%26d%3D"
	    "&redirect_uri=https%3A%2F%2Fportal.example.org%2Flogin%2Fcallback"
	    "&code_verifier=" VERIFIER);
	cr_expect_eq(req.body_len, strlen(req.body));
	oidc_api_refresh_request(&req, &a, &provider, &client, "r+t");
	cr_expect_eq(req.method, CALL_POST);
	cr_expect_str_eq(req.url, ISSUER "/token");
	cr_expect_str_eq(header_of(&req, "Authorization: "), BASIC);
	cr_expect_str_eq(req.body, "grant_type=refresh_token&refresh_token=r%2Bt");
	cr_expect_eq(req.body_len, strlen(req.body));
}

Test(oidc_api, sends_the_secret_in_the_body_where_that_is_the_only_way)
{
	struct oidc_provider p = provider;
	struct call_request req;

	p.takes_secret_basic = false;
	oidc_api_refresh_request(&req, &a, &p, &client, "rt");
	cr_expect_str_eq(header_of(&req, "Authorization: "), "");
	cr_expect_str_eq(req.body,
	    "grant_type=refresh_token&refresh_token=rt"
	    "&client_id=portal%3A1&client_secret=s3cret%20%2F%2B%25%3A%C3%A9");
}

#define BEARER "\"token_type\":\"Bearer\","
#define ACCESS "\"access_token\":\"at\","
#define ID "\"id_token\":\"a.b.c\""

static const struct {
	long status;
	const char *body;
	enum err e;
	const char *reason;
} bad_tokens[] = {
	{ 400, "", ERR_UPSTREAM, "status_400" },
	{ 400, "<html>", ERR_UPSTREAM, "status_400" },
	{ 400, "{}", ERR_UPSTREAM, "status_400" },
	{ 400, "{\"error\":7}", ERR_UPSTREAM, "status_400" },
	{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Code not valid\"}",
	    ERR_UNAUTHORIZED, "invalid_grant" },
	{ 401, "{\"error\":\"invalid_client\"}", ERR_INTERNAL, "invalid_client" },
	{ 400, "{\"error\":\"unauthorized_client\"}", ERR_INTERNAL, "unauthorized_client" },
	{ 400, "{\"error\":\"invalid_request\"}", ERR_UPSTREAM, "invalid_request" },
	{ 400, "{\"error\":\"a secret\\n\"}", ERR_UPSTREAM, "other_error" },
	{ 200, "{\"error\":\"invalid_grant\"}", ERR_UPSTREAM, "not_bearer" },
	{ 200, "{" ACCESS ID "}", ERR_UPSTREAM, "not_bearer" },
	{ 200, "{\"token_type\":\"DPoP\"," ACCESS ID "}", ERR_UPSTREAM, "not_bearer" },
	{ 200, "{" BEARER ID "}", ERR_UPSTREAM, "no_access_token" },
	{ 200, "{" BEARER "\"access_token\":\"\"," ID "}", ERR_UPSTREAM, "no_access_token" },
	{ 200, "{" BEARER "\"access_token\":7," ID "}", ERR_UPSTREAM, "no_access_token" },
	{ 200, "{" BEARER "\"access_token\":\"a\\r\\nX: y\"," ID "}", ERR_UPSTREAM,
	    "no_access_token" },
	{ 200, "{" BEARER "\"access_token\":\"a b\"," ID "}", ERR_UPSTREAM, "no_access_token" },
	{ 200, "{" BEARER "\"access_token\":\"\\u00e9\"," ID "}", ERR_UPSTREAM, "no_access_token" },
	{ 200, "{" BEARER ACCESS "\"id_token\":{}}", ERR_UPSTREAM, "no_id_token" },
	{ 200, "{" BEARER ACCESS "\"refresh_token\":[]," ID "}", ERR_UPSTREAM, "no_refresh_token" },
	{ 200, "{" BEARER ACCESS "\"refresh_token\":\"\"," ID "}", ERR_UPSTREAM,
	    "no_refresh_token" },
	{ 200, "{" BEARER ACCESS "\"expires_in\":\"300\"," ID "}", ERR_UPSTREAM, "bad_expires_in" },
	{ 200, "{" BEARER ACCESS "\"expires_in\":-1," ID "}", ERR_UPSTREAM, "bad_expires_in" },
};

Test(oidc_api, refuses_token_answers)
{
	size_t i, j;

	for (i = 0; i < sizeof(bad_tokens) / sizeof(bad_tokens[0]); i++) {
		struct call_reply reply = answer(bad_tokens[i].status, bad_tokens[i].body);

		for (j = 2; j <= 3; j++) {
			const char *reason = NULL;

			cr_expect_eq(
			    replies[j](&reply, &reason), bad_tokens[i].e, "%s", bad_tokens[i].body);
			cr_expect_str_eq(
			    reason, bad_tokens[i].reason, "%s: %s", bad_tokens[i].body, reason);
		}
	}
}

Test(oidc_api, bounds_tokens)
{
	char token[16386];
	const char *reason = NULL;
	struct call_reply reply;

	memset(token, 't', sizeof(token) - 1);
	token[16385] = '\0';
	reply = answer(200, arena_printf(&a, "{" BEARER "\"access_token\":\"%s\"," ID "}", token));
	cr_expect_eq(code_reply(&reply, &reason), ERR_UPSTREAM);
	token[16384] = '\0';
	reply = answer(200, arena_printf(&a, "{" BEARER "\"access_token\":\"%s\"," ID "}", token));
	cr_expect_eq(code_reply(&reply, &reason), ERR_OK);
}

Test(oidc_api, reads_tokens)
{
	struct call_reply whole = answer(200,
	    "{\"token_type\":\"bearer\",\"access_token\":\"!at~\",\"expires_in\":300,"
	    "\"not-before-policy\":0,\"scope\":\"openid\",\"refresh_token\":\"rt\"," ID "}");
	struct call_reply least = answer(200, "{" BEARER ACCESS "\"refresh_token\":null}");
	struct oidc_tokens t;
	const char *reason = NULL;

	cr_assert_eq(oidc_api_code_reply(&t, &a, &whole, &reason), ERR_OK);
	cr_expect_str_eq(t.access_token, "!at~");
	cr_expect_str_eq(t.id_token, "a.b.c");
	cr_expect_str_eq(t.refresh_token, "rt");
	cr_expect_eq(t.expires_in, 300);
	cr_expect_eq(oidc_api_code_reply(&t, &a, &least, &reason), ERR_UPSTREAM);
	cr_expect_str_eq(reason, "no_id_token");
	cr_assert_eq(oidc_api_refresh_reply(&t, &a, &least, &reason), ERR_OK);
	cr_expect_str_eq(t.access_token, "at");
	cr_expect_null(t.id_token);
	cr_expect_null(t.refresh_token);
	cr_expect_eq(t.expires_in, 0);
}

/* ------------------------------------------------------------------ userinfo, signing out */

static const struct {
	long status;
	const char *body;
	enum err e;
	const char *reason;
} bad_userinfos[] = {
	{ 401, "", ERR_UNAUTHORIZED, "status_401" },
	{ 403, "{}", ERR_UPSTREAM, "status_403" },
	{ 200, "{}", ERR_UPSTREAM, "no_sub" },
	{ 200, "{\"sub\":7}", ERR_UPSTREAM, "no_sub" },
	{ 200, "{\"sub\":\"\"}", ERR_FORBIDDEN, "other_sub" },
	{ 200, "{\"sub\":\"7F3A\"}", ERR_FORBIDDEN, "other_sub" },
	{ 200, "{\"sub\":\"7f3a2\",\"email\":\"mallory@example.org\"}", ERR_FORBIDDEN,
	    "other_sub" },
};

Test(oidc_api, refuses_the_profile_of_others)
{
	size_t i;

	for (i = 0; i < sizeof(bad_userinfos) / sizeof(bad_userinfos[0]); i++) {
		struct call_reply reply = answer(bad_userinfos[i].status, bad_userinfos[i].body);
		struct oidc_claims c = { .email = "alice@example.org" };
		const char *reason = NULL;

		cr_expect_eq(oidc_api_userinfo_reply(&c, &a, &reply, "7f3a", "roles", &reason),
		    bad_userinfos[i].e, "%s", bad_userinfos[i].body);
		cr_expect_str_eq(reason, bad_userinfos[i].reason);
		cr_expect_str_eq(c.email, "alice@example.org");
	}
}

Test(oidc_api, reads_userinfo)
{
	struct call_reply reply =
	    answer(200, "{\"sub\":\"7f3a\",\"email\":\"alice@example.org\",\"email_verified\":true,"
			"\"name\":\"Alice\",\"realm_access\":{\"roles\":[\"support\"]}}");
	struct oidc_claims c = { .sub = "7f3a", .sid = "s" };
	struct call_request req;
	const char *reason;

	oidc_api_userinfo_request(&req, &a, &provider, "at");
	cr_expect_eq(req.method, CALL_GET);
	cr_expect_str_eq(req.url, ISSUER "/userinfo");
	cr_expect_str_eq(header_of(&req, "Authorization: "), "Bearer at");
	cr_assert_eq(oidc_api_userinfo_reply(&c, &a, &reply, "7f3a", NULL, &reason), ERR_OK);
	cr_expect_not(c.has_roles);
	cr_assert_eq(
	    oidc_api_userinfo_reply(&c, &a, &reply, "7f3a", "realm_access.roles", &reason), ERR_OK);
	cr_expect_str_eq(c.email, "alice@example.org");
	cr_expect(c.email_verified);
	cr_expect_str_eq(c.name, "Alice");
	cr_expect_str_eq(c.sid, "s");
	cr_expect(oidc_token_has_role(&c, "support"));
}

Test(oidc_api, signs_out)
{
	struct oidc_provider p = provider;

	static const char back[] = "https://portal.example.org/";
	static const char without_hint[] =
	    ISSUER "/logout?x=1&client_id=portal%3A1"
		   "&post_logout_redirect_uri=https%3A%2F%2Fportal.example.org%2F";
	static const char *const elsewhere[] = { "https://logout.example.org/",
		"https://evil.example/logout", "http://id.example.org/logout",
		"https://id.example.org:8443/logout" };
	char hint[OIDC_API_HINT_BYTES_MAX + 2];

	cr_expect_str_eq(oidc_api_end_session_url(&a, &p, &client, NULL, back), without_hint);
	cr_expect_str_eq(oidc_api_end_session_url(&a, &p, &client, "a.b.c", back),
	    ISSUER "/logout?x=1&id_token_hint=a.b.c&client_id=portal%3A1"
		   "&post_logout_redirect_uri=https%3A%2F%2Fportal.example.org%2F");
	memset(hint, 'x', sizeof(hint));
	hint[sizeof(hint) - 1] = '\0';
	cr_expect_str_eq(oidc_api_end_session_url(&a, &p, &client, hint, back), without_hint);
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		const char *url;

		p.end_session_endpoint = elsewhere[i];
		url = oidc_api_end_session_url(&a, &p, &client, NULL, back);
		cr_expect_not(oidc_api_is_at_issuer(&a, &p, url), "%s", url);
	}
	cr_expect(oidc_api_is_at_issuer(&a, &p, without_hint));
	p.end_session_endpoint = NULL;
	cr_expect_null(oidc_api_end_session_url(&a, &p, &client, NULL, back));
}
