/*
 * Every parser of what strangers send, on cut and bit-flipped input. The bytes stand in a heap
 * block of exactly their length, so that under the address sanitizer (make asan) one byte read too
 * far ends the test. What each parser accepts must keep its promises.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "account/visit.h"
#include "base/base64url.h"
#include "base/form_data.h"
#include "base/form_multipart.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/multipart_head.h"
#include "base/rfc3339.h"
#include "base/seal.h"
#include "base/url.h"
#include "base/utf8.h"
#include "base/xmalloc.h"
#include "clients/oidc_api.h"
#include "clients/oidc_token.h"
#include "web/web_cookie.h"
#include "web/web_path.h"

#define NOW INT64_C(1767225600)

static struct arena a;

static void
try_json(const char *bytes, size_t len)
{
	const struct json *root;

	if (json_read_parse(&root, &a, bytes, len) == ERR_OK)
		cr_expect(root->kind == JSON_KIND_OBJECT || root->kind == JSON_KIND_ARRAY);
}

static void
must_be_text(const struct form_data *d)
{
	for (size_t i = 0; i < d->n; i++) {
		cr_expect(utf8_is_valid(d->fields[i].name, strlen(d->fields[i].name)));
		cr_expect(utf8_is_valid(d->fields[i].value, strlen(d->fields[i].value)));
	}
}

static void
try_form(const char *bytes, size_t len)
{
	struct form_data d;

	if (form_data_parse(&d, &a, bytes, len) == ERR_OK)
		must_be_text(&d);
}

static void
try_multipart(const char *bytes, size_t len)
{
	const char *sentence = NULL;
	struct form_data d;

	if (form_multipart_parse(
		&d, &a, "multipart/form-data; boundary=b", bytes, len, &sentence) == ERR_OK)
		must_be_text(&d);
	else
		cr_expect_not_null(sentence);
}

static void
try_base64url(const char *bytes, size_t len)
{
	unsigned char *out;
	size_t n;

	if (base64url_decode(&out, &n, &a, bytes, len) == ERR_OK)
		cr_expect_eq(memcmp(base64url_encode_in(&a, out, n), bytes, len), 0);
}

static void
try_utf8(const char *bytes, size_t len)
{
	if (utf8_is_valid(bytes, len) && len > 0)
		cr_expect((bytes[0] & 0xc0) != 0x80 && (unsigned char)bytes[len - 1] < 0xc0);
}

static void
try_seal(const char *bytes, size_t len)
{
	static const unsigned char key[SEAL_KEY_BYTES];
	unsigned char *plain;
	size_t n;

	cr_expect_neq(seal_open(&plain, &n, &a, key, "c", bytes, len), ERR_OK);
}

static void
try_token(const char *bytes, size_t len)
{
	static const char jwks[] = "{\"keys\":[{\"kid\":\"k1\",\"kty\":\"RSA\"}]}";
	static const struct oidc_token_rules rules = { .issuer = "i",
		.client_id = "c",
		.allow_rs256 = true,
		.allow_es256 = true,
		.now = NOW };
	struct oidc_claims c;

	cr_expect_neq(
	    oidc_token_verify(&c, &a, &rules, jwks, sizeof(jwks) - 1, bytes, len), OIDC_TOKEN_OK);
}

static void
try_jwks(const char *bytes, size_t len)
{
	/* {"alg":"RS256","kid":"k1"} with a payload and a signature that mean nothing. */
	static const char token[] = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.e30.AAAA";
	static const struct oidc_token_rules rules = {
		.issuer = "i", .client_id = "c", .allow_rs256 = true, .now = NOW
	};
	struct oidc_claims c;

	cr_expect_neq(
	    oidc_token_verify(&c, &a, &rules, bytes, len, token, sizeof(token) - 1), OIDC_TOKEN_OK);
}

static void
try_replies(const char *bytes, size_t len)
{
	long statuses[] = { 200, 400 };
	struct oidc_claims c = { 0 };
	struct oidc_provider p;
	struct oidc_tokens t;
	const char *reason = "";
	size_t i;

	for (i = 0; i < 2; i++) {
		struct call_reply r = { CALL_OK, statuses[i], bytes, len, NULL, 0 };

		if (oidc_api_discovery_reply(&p, &a, &r, "https://id.example.org", &reason) ==
		    ERR_OK)
			cr_expect_str_eq(p.issuer, "https://id.example.org");
		if (oidc_api_code_reply(&t, &a, &r, &reason) == ERR_OK)
			cr_expect(t.access_token != NULL && t.id_token != NULL);
		if (oidc_api_refresh_reply(&t, &a, &r, &reason) == ERR_OK)
			cr_expect_not_null(t.access_token);
		oidc_api_userinfo_reply(&c, &a, &r, "s", "realm_access.roles", &reason);
	}
}

/* From here on texts: closed by a NUL, which a flipped bit may also put into their middle. */

static void
try_multipart_type(const char *text, size_t len)
{
	char boundary[MULTIPART_BOUNDARY_MAX + 1];
	const char *sentence = NULL;

	(void)len;
	if (multipart_head_boundary(boundary, text, &sentence) == ERR_OK)
		cr_expect(*boundary != '\0' && strstr(text, boundary) != NULL);
	else
		cr_expect_not_null(sentence);
}

static void
try_url(const char *text, size_t len)
{
	struct url u;

	(void)len;
	if (url_parse(&u, &a, text) == ERR_OK)
		cr_expect(*u.host != '\0' && u.path[0] == '/' && u.port > 0 && u.port < 65536);
}

static void
try_rfc3339(const char *text, size_t len)
{
	char out[RFC3339_SIZE];
	int64_t seconds;

	(void)len;
	if (rfc3339_parse(text, &seconds) == ERR_OK && seconds > 0)
		cr_expect_eq(rfc3339_format(out, seconds), ERR_OK);
}

static void
try_hex(const char *text, size_t len)
{
	unsigned char out[16];

	if (hex_decode(out, sizeof(out), text) == ERR_OK)
		cr_expect_eq(len, 2 * sizeof(out));
}

static void
try_path(const char *text, size_t len)
{
	(void)len;
	if (web_path_is_local(text))
		cr_expect(text[0] == '/' && text[1] != '/' && strchr(text, '\\') == NULL);
}

static void
try_cookie(const char *text, size_t len)
{
	const char *value = web_cookie_find(&a, text, "__Host-portal");

	if (value != NULL)
		cr_expect(strlen(value) <= len && strchr(value, ';') == NULL);
}

static void
try_visit(const char *text, size_t len)
{
	struct visit v;

	(void)len;
	if (visit_decode(&v, &a, text, NOW) == ERR_OK)
		cr_expect_str_eq(visit_encode(&a, &v), text);
}

static void
try_visit_request(const char *text, size_t len)
{
	struct visit v;

	(void)len;
	visit_read_request(&v, &a, text, text, "https://portal.example.org", NOW);
	cr_expect_leq(strlen(visit_encode(&a, &v)), VISIT_COOKIE_BYTES_MAX);
}

static const struct {
	const char *name;
	void (*try)(const char *, size_t);
	bool is_text;
	const char *seed;
} parsers[] = {
	{ "json_read", try_json, false,
	    "{\"a\":[1,-2.5e3,true,null,\"\\u20ac\\ud83c\\udf89\xc3\x86\\\"\"],\"b\":{\"c\":\"d\"}"
	    "}" },
	{ "form_data", try_form, false, "a=1&b=%C3%86+c&=x&d&&e=f=g&h=%0D%0A\xe2\x82\xac" },
	{ "multipart", try_multipart, false,
	    "--b\r\nContent-Disposition: form-data; name=\"a%22\"\r\n\r\n1\r\n\xc3\x86\r\n--b\r\n"
	    "content-disposition:form-data;name=\"b\"\r\nContent-Type: "
	    "text/plain\r\n\r\n\r\n--b--\r\n" },
	{ "base64url", try_base64url, false, "Zm9vYmFy-_8A0aZ9" },
	{ "utf8", try_utf8, false, "a\xc3\x86\xe2\x82\xac\xf0\x9f\x8e\x89z" },
	{ "seal", try_seal, false, "\1nonce-nonce-text-and-a-tag-of-16-bytes" },
	{ "oidc_token", try_token, false,
	    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl" },
	{ "jwks", try_jwks, false,
	    "{\"keys\":[{\"kid\":\"k1\",\"kty\":\"RSA\",\"use\":\"sig\",\"alg\":\"RS256\",\"n\":"
	    "\"AQAB\","
	    "\"e\":\"AQAB\"},{\"kid\":\"e1\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":"
	    "\"AAAA\"}]}" },
	{ "discovery", try_replies, false,
	    "{\"issuer\":\"https://id.example.org\",\"authorization_endpoint\":\"https://a/b?c\","
	    "\"token_endpoint\":\"https://[::1]:8443/t\",\"jwks_uri\":\"https://j/\","
	    "\"token_endpoint_auth_methods_supported\":[\"client_secret_basic\"]}" },
	{ "tokens", try_replies, false,
	    "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"id_token\":\"a.b.c\","
	    "\"refresh_token\":\"rt\",\"expires_in\":300}" },
	{ "oauth error", try_replies, false, "{\"error\":\"invalid_grant\"}" },
	{ "userinfo", try_replies, false,
	    "{\"sub\":\"s\",\"email\":\"alice@example.org\",\"email_verified\":true,"
	    "\"realm_access\":{\"roles\":[\"admin\"]}}" },
	{ "multipart type", try_multipart_type, true,
	    "multipart/form-data; charset=utf-8; boundary=\"--- b1\"; x=y" },
	{ "url", try_url, true, "https://User.example.org:8443/a%20b/c?d=e&f" },
	{ "url with address", try_url, true, "http://[2001:db8::7]:80/" },
	{ "rfc3339", try_rfc3339, true, "2026-11-20T10:00:00.123456+05:30" },
	{ "hex", try_hex, true, "00ff1a90deadbeefCAFE012345678900" },
	{ "web_path", try_path, true, "/a/b%2Fc/..d?e=%20f#g" },
	{ "web_cookie", try_cookie, true, "a=b; __Host-portal=t0k==; c=\"d\"; __Host-portal=x" },
	{ "visit", try_visit, true, "dD0xNzY3MjI1NjAwJnM9bmV3c2xldHRlciZyPW5ld3MuZXhhbXBsZSZjPXM" },
	{ "visit request", try_visit_request, true, "utm_source=%C3%86&utm_campaign=b+c&ref=d" },
	{ "visit referer", try_visit_request, true, "https://news.example:8443/item?id=1" },
};

static void
try_exactly(size_t i, const char *bytes, size_t len)
{
	char *block = xmalloc(len + parsers[i].is_text);

	memcpy(block, bytes, len);
	if (parsers[i].is_text)
		block[len] = '\0';
	parsers[i].try(block, len);
	free(block);
	arena_free(&a);
}

Test(hostile_input, whole_and_cut)
{
	size_t i, len;

	for (i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++)
		for (len = 0; len <= strlen(parsers[i].seed); len++)
			try_exactly(i, parsers[i].seed, len);
}

Test(hostile_input, every_bit_flipped)
{
	size_t i, bit;

	for (i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		size_t len = strlen(parsers[i].seed);
		char *bytes = xstrdup(parsers[i].seed);

		for (bit = 0; bit < len * 8; bit++) {
			bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
			try_exactly(i, bytes, len);
			bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
		}
		free(bytes);
	}
}

/* A generator of our own, so that a failure can be repeated. */
static unsigned int
next_number(unsigned int *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Up to eight changes at once: bytes replaced, doubled stretches, cuts. */
static size_t
mangle(char *bytes, size_t len, size_t size, unsigned int *state)
{
	unsigned int changes = 1 + next_number(state) % 8;

	while (changes-- > 0 && len > 0) {
		size_t at = next_number(state) % len, n = next_number(state) % (len - at) + 1;

		switch (next_number(state) % 3) {
		case 0:
			bytes[at] = (char)next_number(state);
			break;
		case 1:
			if (len + n <= size) {
				memmove(bytes + at + n, bytes + at, len - at);
				len += n;
			}
			break;
		case 2:
			memmove(bytes + at, bytes + at + n / 4, len - at - n / 4);
			len -= n / 4;
		}
	}
	return len;
}

Test(hostile_input, mangled)
{
	unsigned int state = 20261120;
	char bytes[2048];
	size_t i;
	int round;

	for (i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		for (round = 0; round < 2000; round++) {
			size_t len = strlen(parsers[i].seed);

			memcpy(bytes, parsers[i].seed, len);
			len = mangle(bytes, len, sizeof(bytes), &state);
			try_exactly(i, bytes, len);
		}
	}
}
