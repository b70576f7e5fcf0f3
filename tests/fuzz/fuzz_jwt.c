/*
 * ID tokens and key sets. The first byte says what is made of the rest: a token as it came, which
 * nobody signed; a header or a payload that our provider signs, so that the checks behind the
 * signature are reached; or a key set.
 */
/* The old names of OpenSSL let a key be made from a number in few lines. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "clients/oidc_token.h"
#include "fuzz/fuzz.h"

#define NOW INT64_C(1767225600)
#define NUMBER_BYTES 32
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"e1\"}"
#define PAYLOAD                                                                                    \
	"{\"iss\":\"https://id.example.org\",\"aud\":\"portal\",\"sub\":\"alice\","                \
	"\"iat\":1767225590,\"exp\":1767225900,\"nonce\":\"n\"}"

static const struct oidc_token_rules rules = { .issuer = "https://id.example.org",
	.client_id = "portal",
	.nonce = "n",
	.access_token = "at",
	.allow_rs256 = true,
	.allow_es256 = true,
	.roles_claim = "realm_access.roles",
	.now = NOW };

static EC_KEY *key;
static struct arena always;
static const char *jwks, *good_token;

static const char *
number(const BIGNUM *n)
{
	unsigned char bytes[NUMBER_BYTES];

	must(BN_bn2binpad(n, bytes, NUMBER_BYTES) == NUMBER_BYTES);
	return base64url_encode_in(&always, bytes, NUMBER_BYTES);
}

/* A provider whose private number is 7, so that every run has the same keys. */
static void
make_key(void)
{
	BIGNUM *secret = BN_new(), *x = BN_new(), *y = BN_new();
	const EC_GROUP *group;
	EC_POINT *point;

	key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
	group = EC_KEY_get0_group(key);
	point = EC_POINT_new(group);
	BN_set_word(secret, 7);
	must(EC_POINT_mul(group, point, secret, NULL, NULL, NULL) == 1);
	must(EC_POINT_get_affine_coordinates(group, point, x, y, NULL) == 1);
	must(EC_KEY_set_private_key(key, secret) == 1 && EC_KEY_set_public_key(key, point) == 1);
	jwks = arena_printf(&always,
	    "{\"keys\":[{\"kid\":\"e1\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\","
	    "\"y\":\"%s\"}]}",
	    number(x), number(y));
	EC_POINT_free(point);
	BN_free(secret);
	BN_free(x);
	BN_free(y);
}

static const char *
sign(struct arena *a, const char *head, size_t head_len, const char *payload, size_t payload_len)
{
	const char *text = arena_printf(a, "%s.%s", base64url_encode_in(a, head, head_len),
	    base64url_encode_in(a, payload, payload_len));
	unsigned char hash[32], both[2 * NUMBER_BYTES];
	ECDSA_SIG *signature;

	digest_sha256(hash, text, strlen(text));
	signature = ECDSA_do_sign(hash, sizeof(hash), key);
	must(signature != NULL);
	BN_bn2binpad(ECDSA_SIG_get0_r(signature), both, NUMBER_BYTES);
	BN_bn2binpad(ECDSA_SIG_get0_s(signature), both + NUMBER_BYTES, NUMBER_BYTES);
	ECDSA_SIG_free(signature);
	return arena_printf(a, "%s.%s", text, base64url_encode_in(a, both, sizeof(both)));
}

static enum oidc_token_result
verify(struct arena *a, const char *keys, size_t keys_len, const char *token, size_t len)
{
	struct oidc_claims c;
	enum oidc_token_result r = oidc_token_verify(&c, a, &rules, keys, keys_len, token, len);
	size_t i;

	if (r != OIDC_TOKEN_OK)
		return r;
	must(c.sub != NULL && *c.sub != '\0' && utf8_is_valid(c.sub, strlen(c.sub)));
	must(c.expires_at > NOW - OIDC_TOKEN_SKEW_S && c.issued_at <= NOW + OIDC_TOKEN_SKEW_S);
	must(c.nroles <= OIDC_TOKEN_ROLES_MAX && (c.has_roles || c.nroles == 0));
	for (i = 0; i < c.nroles; i++)
		must(c.roles[i] != NULL);
	return r;
}

static void
try_signed(struct arena *a, const char *head, size_t head_len, const char *payload, size_t len)
{
	const char *token = sign(a, head, head_len, payload, len);

	verify(a, jwks, strlen(jwks), token, strlen(token));
}

static void
start(void)
{
	make_key();
	good_token = sign(&always, HEADER, strlen(HEADER), PAYLOAD, strlen(PAYLOAD));
	must(verify(&always, jwks, strlen(jwks), good_token, strlen(good_token)) == OIDC_TOKEN_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *rest = (const char *)bytes + 1;
	struct arena a = { 0 };

	if (key == NULL)
		start();
	if (len-- == 0)
		return 0;
	switch (bytes[0]) {
	case 't':
		must(verify(&a, jwks, strlen(jwks), rest, len) != OIDC_TOKEN_OK);
		break;
	case 'h':
		try_signed(&a, rest, len, PAYLOAD, strlen(PAYLOAD));
		break;
	case 'p':
		try_signed(&a, HEADER, strlen(HEADER), rest, len);
		break;
	case 'k':
		if (verify(&a, rest, len, good_token, strlen(good_token)) != OIDC_TOKEN_JWKS)
			must(oidc_token_is_jwks(&a, rest, len));
		break;
	default:
		break;
	}
	arena_free(&a);
	return 0;
}
