/*
 * ID tokens: a good one of each kind, and one for every way to be bad. Keys are made here, tokens
 * are written and signed by hand, so that each case is wrong in one thing only.
 */
#include "clients/oidc_token.h"

#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/strbuf.h"

#define NOW 1767225600

/* ------------------------------------------------------------------ a provider */

enum signer {
	SIGN_RSA,
	SIGN_OTHER_RSA,
	SIGN_WEAK_RSA,
	SIGN_EC,
	SIGN_EC_DER,
	SIGN_EC_384,
	SIGN_HMAC_PEM,
	SIGN_NOTHING
};

static EVP_PKEY *rsa, *other_rsa, *weak_rsa, *ec, *ec_384;
static struct arena a;
static const char *jwks;

static const char *
number(EVP_PKEY *key, const char *name, int width)
{
	unsigned char bytes[512];
	BIGNUM *n = NULL;
	int len;

	cr_assert_eq(EVP_PKEY_get_bn_param(key, name, &n), 1);
	len = width > 0 ? BN_bn2binpad(n, bytes, width) : BN_bn2bin(n, bytes);
	BN_free(n);
	return base64url_encode_in(&a, bytes, (size_t)len);
}

static const char *
rsa_numbers(EVP_PKEY *key)
{
	return arena_printf(&a, "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\"",
	    number(key, OSSL_PKEY_PARAM_RSA_N, 0), number(key, OSSL_PKEY_PARAM_RSA_E, 0));
}

static const char *
ec_numbers(EVP_PKEY *key, const char *curve, int width)
{
	return arena_printf(&a, "\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%s\",\"y\":\"%s\"", curve,
	    number(key, OSSL_PKEY_PARAM_EC_PUB_X, width),
	    number(key, OSSL_PKEY_PARAM_EC_PUB_Y, width));
}

static void
replace(struct strbuf *b, const char *mark, const char *text)
{
	struct strbuf out = { 0 };
	const char *s = strbuf_text(b), *at;

	for (; (at = strstr(s, mark)) != NULL; s = at + strlen(mark)) {
		strbuf_add(&out, s, (size_t)(at - s));
		strbuf_puts(&out, text);
	}
	strbuf_puts(&out, s);
	strbuf_free(b);
	*b = out;
}

/* $RSA, $OTHER, $WEAK, $EC and $E384 stand for the public numbers of the keys. */
static const char *
fill_in(const char *text)
{
	struct strbuf b = { 0 };
	const char *filled;

	strbuf_puts(&b, text);
	replace(&b, "$RSA", rsa_numbers(rsa));
	replace(&b, "$OTHER", rsa_numbers(other_rsa));
	replace(&b, "$WEAK", rsa_numbers(weak_rsa));
	replace(&b, "$EC", ec_numbers(ec, "P-256", 32));
	replace(&b, "$E384", ec_numbers(ec_384, "P-384", 48));
	filled = arena_strdup(&a, strbuf_text(&b));
	strbuf_free(&b);
	return filled;
}

/* As Keycloak publishes them: one key to encrypt with stands among those that sign. */
static const char usual_jwks[] =
    "{\"keys\":[{$OTHER,\"kid\":\"enc\",\"use\":\"enc\",\"alg\":\"RSA-OAEP\"},"
    "{$RSA,\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"RS256\",\"x5c\":[\"AAAA\"]},"
    "{$EC,\"kid\":\"e1\",\"use\":\"sig\",\"alg\":\"ES256\"}]}";

static void
setup(void)
{
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	weak_rsa = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	ec_384 = EVP_EC_gen("P-384");
	jwks = fill_in(usual_jwks);
}

static void
teardown(void)
{
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(weak_rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(ec_384);
	arena_free(&a);
}

static size_t
evp_sign(unsigned char *out, size_t size, EVP_PKEY *key, const char *text)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	cr_assert_eq(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	cr_assert_eq(EVP_DigestSign(ctx, out, &size, (const unsigned char *)text, strlen(text)), 1);
	EVP_MD_CTX_free(ctx);
	return size;
}

/* JOSE wants r and s side by side, OpenSSL gives them in DER. */
static size_t
raw_from_der(unsigned char *bytes, size_t len, int width)
{
	const unsigned char *p = bytes;
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)len);

	cr_assert_not_null(sig);
	BN_bn2binpad(ECDSA_SIG_get0_r(sig), bytes, width);
	BN_bn2binpad(ECDSA_SIG_get0_s(sig), bytes + width, width);
	ECDSA_SIG_free(sig);
	return 2 * (size_t)width;
}

static size_t
hmac_with_pem(unsigned char *out, const char *text)
{
	const struct digest_part part = { text, strlen(text) };
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long len;

	PEM_write_bio_PUBKEY(bio, rsa);
	len = BIO_get_mem_data(bio, &pem);
	digest_hmac_sha256(out, pem, (size_t)len, &part, 1);
	BIO_free(bio);
	return DIGEST_BYTES;
}

static size_t
sign(unsigned char *out, size_t size, enum signer s, const char *text)
{
	switch (s) {
	case SIGN_RSA:
		return evp_sign(out, size, rsa, text);
	case SIGN_OTHER_RSA:
		return evp_sign(out, size, other_rsa, text);
	case SIGN_WEAK_RSA:
		return evp_sign(out, size, weak_rsa, text);
	case SIGN_EC:
		return raw_from_der(out, evp_sign(out, size, ec, text), 32);
	case SIGN_EC_DER:
		return evp_sign(out, size, ec, text);
	case SIGN_EC_384:
		return raw_from_der(out, evp_sign(out, size, ec_384, text), 48);
	case SIGN_HMAC_PEM:
		return hmac_with_pem(out, text);
	case SIGN_NOTHING:
		break;
	}
	return 0;
}

static const char *
token_of_bytes(enum signer s, const char *header, const char *payload, size_t payload_len)
{
	unsigned char signature[512];
	const char *text =
	    arena_printf(&a, "%s.%s", base64url_encode_in(&a, header, strlen(header)),
		base64url_encode_in(&a, payload, payload_len));
	size_t len = sign(signature, sizeof(signature), s, text);

	return arena_printf(&a, "%s.%s", text, base64url_encode_in(&a, signature, len));
}

static const char *
token_of(enum signer s, const char *header, const char *payload)
{
	return token_of_bytes(s, header, payload, strlen(payload));
}

/* ------------------------------------------------------------------ the rules, and asking */

#define RS "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"JWT\"}"
#define ES "{\"alg\":\"ES256\",\"kid\":\"e1\"}"

#define ISS "\"iss\":\"https://id.example.org/realms/irc\","
#define AUD "\"aud\":\"portal\","
#define EXP "\"exp\":1767225900,"
#define IAT "\"iat\":1767225600,"
#define NONCE "\"nonce\":\"n-0S6_WzA2Mj\","
#define SUB "\"sub\":\"7f3a-4c\""
#define GOOD "{" ISS AUD EXP IAT NONCE SUB "}"

static const struct oidc_token_rules usual_rules = {
	.issuer = "https://id.example.org/realms/irc",
	.client_id = "portal",
	.nonce = "n-0S6_WzA2Mj",
	.access_token = "the.access.token",
	.allow_rs256 = true,
	.allow_es256 = true,
	.roles_claim = "realm_access.roles",
	.now = NOW,
};

static enum oidc_token_result
verify(struct oidc_claims *c, const struct oidc_token_rules *rules, const char *token)
{
	return oidc_token_verify(c, &a, rules, jwks, strlen(jwks), token, strlen(token));
}

static void
expect(const struct oidc_token_rules *rules, const char *token, enum oidc_token_result wanted,
    const char *what)
{
	struct oidc_claims c = { .sub = "before" };
	enum oidc_token_result got = verify(&c, rules, token);

	cr_expect_eq(got, wanted, "%s: %s instead of %s", what, oidc_token_word(got),
	    oidc_token_word(wanted));
	if (got != OIDC_TOKEN_OK)
		cr_expect_str_eq(c.sub, "before", "%s: claims were touched", what);
}

TestSuite(oidc_token, .init = setup, .fini = teardown);

/* ------------------------------------------------------------------ form and header */

static const struct {
	enum signer signer;
	const char *header;
	enum oidc_token_result result;
} headers[] = {
	{ SIGN_NOTHING, "{\"alg\":\"none\"}", OIDC_TOKEN_PARTS },
	{ SIGN_RSA, "{\"alg\":\"none\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"None\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_HMAC_PEM, "{\"alg\":\"HS256\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"HS256\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"RS512\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"PS256\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"rs256\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"alg\":\"\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_EC_384, "{\"alg\":\"ES384\",\"kid\":\"e1\"}", OIDC_TOKEN_ALG },
	{ SIGN_RSA, "{\"kid\":\"k1\"}", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":256,\"kid\":\"k1\"}", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":[\"RS256\"],\"kid\":\"k1\"}", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"k1\"}", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "[\"alg\"]", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "\"RS256\"", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\"} x", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"\xff\"}", OIDC_TOKEN_HEADER },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"x\"],\"x\":1}",
	    OIDC_TOKEN_CRIT },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[]}", OIDC_TOKEN_CRIT },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":null}", OIDC_TOKEN_CRIT },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"b64\"],\"b64\":false}",
	    OIDC_TOKEN_CRIT },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
	    OIDC_TOKEN_HEADER_TYPE },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"logout+jwt\"}",
	    OIDC_TOKEN_HEADER_TYPE },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":7}", OIDC_TOKEN_HEADER_TYPE },
	{ SIGN_RSA, "{\"alg\":\"RS256\"}", OIDC_TOKEN_NO_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"\"}", OIDC_TOKEN_NO_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":null}", OIDC_TOKEN_NO_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":1}", OIDC_TOKEN_NO_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k2\"}", OIDC_TOKEN_UNKNOWN_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"K1\"}", OIDC_TOKEN_UNKNOWN_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"../k1\"}", OIDC_TOKEN_UNKNOWN_KID },
	{ SIGN_OTHER_RSA, "{\"alg\":\"RS256\",\"kid\":\"enc\"}", OIDC_TOKEN_UNFIT_KEY },
	{ SIGN_EC, "{\"alg\":\"ES256\",\"kid\":\"k1\"}", OIDC_TOKEN_UNFIT_KEY },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"e1\"}", OIDC_TOKEN_UNFIT_KEY },
	{ SIGN_OTHER_RSA, RS, OIDC_TOKEN_SIGNATURE },
	{ SIGN_WEAK_RSA, RS, OIDC_TOKEN_SIGNATURE },
	{ SIGN_EC, RS, OIDC_TOKEN_SIGNATURE },
	{ SIGN_EC_DER, ES, OIDC_TOKEN_SIGNATURE },
	{ SIGN_EC_384, ES, OIDC_TOKEN_SIGNATURE },
	{ SIGN_RSA, ES, OIDC_TOKEN_SIGNATURE },
	{ SIGN_HMAC_PEM, RS, OIDC_TOKEN_SIGNATURE },
	{ SIGN_RSA, RS, OIDC_TOKEN_OK },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"jwt\"}", OIDC_TOKEN_OK },
	{ SIGN_EC, ES, OIDC_TOKEN_OK },
};

Test(oidc_token, header_and_signature)
{
	size_t i;

	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		expect(&usual_rules, token_of(headers[i].signer, headers[i].header, GOOD),
		    headers[i].result, headers[i].header);
}

/* A key of the attacker's in the header, by value or by address, counts for nothing. */
Test(oidc_token, keys_in_the_header_are_ignored)
{
	const char *header =
	    fill_in("{\"alg\":\"RS256\",\"kid\":\"k1\",\"jwk\":{$OTHER,\"kid\":\"k1\"},"
		    "\"jku\":\"https://evil.example/\",\"x5u\":\"https://evil.example/\","
		    "\"x5c\":[\"AAAA\"]}");

	expect(
	    &usual_rules, token_of(SIGN_OTHER_RSA, header, GOOD), OIDC_TOKEN_SIGNATURE, "theirs");
	expect(&usual_rules, token_of(SIGN_RSA, header, GOOD), OIDC_TOKEN_OK, "ours");
}

Test(oidc_token, only_allowed_algorithms)
{
	struct oidc_token_rules rules = usual_rules;

	rules.allow_es256 = false;
	expect(&rules, token_of(SIGN_EC, ES, GOOD), OIDC_TOKEN_ALG, "ES256");
	expect(&rules, token_of(SIGN_RSA, RS, GOOD), OIDC_TOKEN_OK, "RS256");
	rules.allow_es256 = true;
	rules.allow_rs256 = false;
	expect(&rules, token_of(SIGN_RSA, RS, GOOD), OIDC_TOKEN_ALG, "RS256");
	expect(&rules, token_of(SIGN_EC, ES, GOOD), OIDC_TOKEN_OK, "ES256");
}

/* $H, $P and $S stand for the parts of a good token. */
static const struct {
	const char *shape;
	enum oidc_token_result result;
} shapes[] = {
	{ "", OIDC_TOKEN_PARTS },
	{ ".", OIDC_TOKEN_PARTS },
	{ "..", OIDC_TOKEN_PARTS },
	{ "$H", OIDC_TOKEN_PARTS },
	{ "$H.$P", OIDC_TOKEN_PARTS },
	{ "$H.$P.", OIDC_TOKEN_PARTS },
	{ "$H..$S", OIDC_TOKEN_PARTS },
	{ ".$P.$S", OIDC_TOKEN_PARTS },
	{ "$H.$P.$S.", OIDC_TOKEN_PARTS },
	{ "$H.$P.$S.$S", OIDC_TOKEN_PARTS },
	{ ".$H.$P.$S", OIDC_TOKEN_PARTS },
	{ "$H.$P.$S.$S.$S", OIDC_TOKEN_PARTS },
	{ "$H=.$P.$S", OIDC_TOKEN_ENCODING },
	{ "$H.$P=.$S", OIDC_TOKEN_ENCODING },
	{ "$H.$P.$S=", OIDC_TOKEN_ENCODING },
	{ "$H.$P.$S==", OIDC_TOKEN_ENCODING },
	{ " $H.$P.$S", OIDC_TOKEN_ENCODING },
	{ "$H.$P.$S\n", OIDC_TOKEN_ENCODING },
	{ "$H.$P.$S/", OIDC_TOKEN_ENCODING },
	{ "$H.$P.+$S", OIDC_TOKEN_ENCODING },
	{ "$H.$P.$S$S", OIDC_TOKEN_SIGNATURE },
	{ "$H.$P.AAAA", OIDC_TOKEN_SIGNATURE },
	{ "$H.$P.$H", OIDC_TOKEN_SIGNATURE },
	{ "$H.$H.$S", OIDC_TOKEN_SIGNATURE },
	{ "$P.$P.$S", OIDC_TOKEN_HEADER },
	{ "$H.$P.$S", OIDC_TOKEN_OK },
};

static const char *
shaped(const char *shape, const char *token)
{
	const char *dot1 = strchr(token, '.'), *dot2 = strchr(dot1 + 1, '.');
	struct strbuf b = { 0 };
	const char *text;

	strbuf_puts(&b, shape);
	replace(&b, "$H", arena_strndup(&a, token, (size_t)(dot1 - token)));
	replace(&b, "$P", arena_strndup(&a, dot1 + 1, (size_t)(dot2 - dot1 - 1)));
	replace(&b, "$S", dot2 + 1);
	text = arena_strdup(&a, strbuf_text(&b));
	strbuf_free(&b);
	return text;
}

Test(oidc_token, form)
{
	const char *good = token_of(SIGN_RSA, RS, GOOD);
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		expect(
		    &usual_rules, shaped(shapes[i].shape, good), shapes[i].result, shapes[i].shape);
}

static const char *
token_with_filling(const char *filling)
{
	return token_of(
	    SIGN_EC, ES, arena_printf(&a, "{\"x\":\"%s\"," ISS AUD EXP IAT NONCE SUB "}", filling));
}

Test(oidc_token, size)
{
	char filling[13000];

	memset(filling, 'x', sizeof(filling) - 1);
	filling[sizeof(filling) - 1] = '\0';
	expect(&usual_rules, token_with_filling(filling), OIDC_TOKEN_TOO_LARGE, "too large");
	filling[11000] = '\0';
	expect(&usual_rules, token_with_filling(filling), OIDC_TOKEN_OK, "large");
}

/* No bit of a token is free: whichever is flipped, it is refused. The same for cuts. */
Test(oidc_token, every_flipped_bit_and_every_cut_is_refused)
{
	char *token = arena_strdup(&a, token_of(SIGN_EC, ES, GOOD));
	size_t i, len = strlen(token);
	struct oidc_claims c;

	for (i = 0; i < len * 8; i++) {
		token[i / 8] = (char)(token[i / 8] ^ 1 << i % 8);
		cr_expect_neq(
		    oidc_token_verify(&c, &a, &usual_rules, jwks, strlen(jwks), token, len),
		    OIDC_TOKEN_OK, "bit %zu", i);
		token[i / 8] = (char)(token[i / 8] ^ 1 << i % 8);
	}
	for (i = 0; i < len; i++)
		cr_expect_neq(oidc_token_verify(&c, &a, &usual_rules, jwks, strlen(jwks), token, i),
		    OIDC_TOKEN_OK, "%zu bytes", i);
	expect(&usual_rules, token, OIDC_TOKEN_OK, "whole");
}

/* ------------------------------------------------------------------ the key set */

static const struct {
	const char *jwks;
	enum oidc_token_result result;
} key_sets[] = {
	{ "", OIDC_TOKEN_JWKS },
	{ "{}", OIDC_TOKEN_JWKS },
	{ "[]", OIDC_TOKEN_JWKS },
	{ "{\"keys\":[]}", OIDC_TOKEN_JWKS },
	{ "{\"keys\":{}}", OIDC_TOKEN_JWKS },
	{ "{\"keys\":null}", OIDC_TOKEN_JWKS },
	{ "[{$RSA,\"kid\":\"k1\"}]", OIDC_TOKEN_JWKS },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\"}]", OIDC_TOKEN_JWKS },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"kid\":\"k1\"}]}", OIDC_TOKEN_JWKS },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\"}],\"keys\":[{$RSA,\"kid\":\"k1\"}]}", OIDC_TOKEN_JWKS },
	{ "{\"keys\":[1,null,\"k1\",[],{}]}", OIDC_TOKEN_UNKNOWN_KID },
	{ "{\"keys\":[{$RSA}]}", OIDC_TOKEN_UNKNOWN_KID },
	{ "{\"keys\":[{$RSA,\"kid\":1}]}", OIDC_TOKEN_UNKNOWN_KID },
	{ "{\"keys\":[{$RSA,\"kid\":\"k2\"}]}", OIDC_TOKEN_UNKNOWN_KID },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"use\":\"enc\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"use\":\"\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"use\":null}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"alg\":\"RSA-OAEP\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"alg\":\"RS512\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"alg\":\"HS256\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"key_ops\":[\"encrypt\"]}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"key_ops\":\"verify\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$EC,\"kid\":\"k1\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$WEAK,\"kid\":\"k1\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"k1\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\"}]}", OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\",\"kid\":\"k1\"}]}",
	    OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":7,\"e\":\"AQAB\",\"kid\":\"k1\"}]}",
	    OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"A=\",\"e\":\"AQAB\",\"kid\":\"k1\"}]}",
	    OIDC_TOKEN_UNFIT_KEY },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\"},{$RSA,\"kid\":\"k1\"}]}", OIDC_TOKEN_AMBIGUOUS_KID },
	{ "{\"keys\":[{$OTHER,\"kid\":\"k1\"},{$RSA,\"kid\":\"k1\",\"use\":\"sig\"}]}",
	    OIDC_TOKEN_AMBIGUOUS_KID },
	{ "{\"keys\":[{$OTHER,\"kid\":\"k1\"}]}", OIDC_TOKEN_SIGNATURE },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\"}]}", OIDC_TOKEN_OK },
	{ "{\"keys\":[{$RSA,\"kid\":\"k1\",\"use\":\"sig\",\"key_ops\":[\"verify\"]}]}",
	    OIDC_TOKEN_OK },
	{ "{\"keys\":[{$OTHER,\"kid\":\"k1\",\"use\":\"enc\"},{$RSA,\"kid\":\"k1\"},{$EC,\"kid\":"
	  "\"k1\"}]}",
	    OIDC_TOKEN_OK },
	{ "{\"keys\":[7,{\"kid\":[]},{\"kty\":\"OKP\",\"kid\":\"o\"},{$RSA,\"kid\":\"k1\"}]}",
	    OIDC_TOKEN_OK },
};

Test(oidc_token, key_sets)
{
	const char *token = token_of(SIGN_RSA, RS, GOOD);
	size_t i;

	for (i = 0; i < sizeof(key_sets) / sizeof(key_sets[0]); i++) {
		jwks = fill_in(key_sets[i].jwks);
		expect(&usual_rules, token, key_sets[i].result, key_sets[i].jwks);
		cr_expect_eq(oidc_token_is_jwks(&a, jwks, strlen(jwks)),
		    key_sets[i].result != OIDC_TOKEN_JWKS, "%s", key_sets[i].jwks);
	}
}

Test(oidc_token, an_exponent_of_no_bytes_is_none)
{
	jwks = arena_printf(&a,
	    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"\"}]}",
	    number(rsa, OSSL_PKEY_PARAM_RSA_N, 0));
	expect(&usual_rules, token_of(SIGN_RSA, RS, GOOD), OIDC_TOKEN_UNFIT_KEY, "no exponent");
}

/* Signed by the very keys that are not good enough. */
static const struct {
	enum signer signer;
	const char *header, *jwks;
} weak_keys[] = {
	{ SIGN_WEAK_RSA, RS, "{\"keys\":[{$WEAK,\"kid\":\"k1\"}]}" },
	{ SIGN_EC_384, ES, "{\"keys\":[{$E384,\"kid\":\"e1\"}]}" },
};

Test(oidc_token, weak_keys_and_other_curves)
{
	size_t i;

	for (i = 0; i < sizeof(weak_keys) / sizeof(weak_keys[0]); i++) {
		jwks = fill_in(weak_keys[i].jwks);
		expect(&usual_rules, token_of(weak_keys[i].signer, weak_keys[i].header, GOOD),
		    OIDC_TOKEN_UNFIT_KEY, weak_keys[i].jwks);
	}
}

Test(oidc_token, a_long_modulus_of_zeros_is_a_short_one)
{
	unsigned char padded[256] = { 0 }, *n;
	const char *text = number(weak_rsa, OSSL_PKEY_PARAM_RSA_N, 0);
	size_t len;

	cr_assert_eq(base64url_decode(&n, &len, &a, text, strlen(text)), ERR_OK);
	memcpy(padded + sizeof(padded) - len, n, len);
	jwks = arena_printf(&a,
	    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k1\",\"n\":\"%s\",\"e\":\"AQAB\"}]}",
	    base64url_encode_in(&a, padded, sizeof(padded)));
	expect(&usual_rules, token_of(SIGN_WEAK_RSA, RS, GOOD), OIDC_TOKEN_UNFIT_KEY, "zeros");
}

Test(oidc_token, a_point_off_the_curve_is_no_key)
{
	char x[BASE64URL_LENGTH(32) + 1];
	unsigned char bytes[32];

	memset(bytes, 1, sizeof(bytes));
	base64url_encode(x, bytes, sizeof(bytes));
	jwks = arena_printf(&a,
	    "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e1\",\"x\":\"%s\",\"y\":\"%s\"}"
	    "]}",
	    x, x);
	expect(&usual_rules, token_of(SIGN_EC, ES, GOOD), OIDC_TOKEN_UNFIT_KEY, "off the curve");
}

Test(oidc_token, key_sets_are_bounded)
{
	struct strbuf b = { 0 };
	int i;

	strbuf_puts(&b, "{\"keys\":[");
	for (i = 0; i < OIDC_TOKEN_KEYS_MAX; i++)
		strbuf_puts(&b, "{},");
	strbuf_puts(&b, fill_in("{$RSA,\"kid\":\"k1\"}]}"));
	jwks = strbuf_text(&b);
	expect(&usual_rules, token_of(SIGN_RSA, RS, GOOD), OIDC_TOKEN_JWKS, "too many keys");
	strbuf_clear(&b);
	strbuf_puts(&b, fill_in("{\"keys\":[{$RSA,\"kid\":\"k1\"}],\"x\":\""));
	for (i = 0; i < OIDC_TOKEN_JWKS_BYTES_MAX; i++)
		strbuf_putc(&b, 'x');
	strbuf_puts(&b, "\"}");
	jwks = strbuf_text(&b);
	expect(&usual_rules, token_of(SIGN_RSA, RS, GOOD), OIDC_TOKEN_JWKS, "too many bytes");
	strbuf_free(&b);
}

/* ------------------------------------------------------------------ the claims */

static const struct {
	const char *payload;
	enum oidc_token_result result;
} payloads[] = {
	/* Not an object. */
	{ "x", OIDC_TOKEN_PAYLOAD },
	{ "[]", OIDC_TOKEN_PAYLOAD },
	{ "\"sub\"", OIDC_TOKEN_PAYLOAD },
	{ "null", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT NONCE SUB, OIDC_TOKEN_PAYLOAD },
	{ GOOD "x", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT NONCE SUB "," SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"sub\":\"other\"}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS ISS AUD EXP IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"x\":\"\xff\"}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"x\":\"\\u0000\"}", OIDC_TOKEN_PAYLOAD },
	/* 6: the issuer, byte for byte. */
	{ "{" AUD EXP IAT NONCE SUB "}", OIDC_TOKEN_ISSUER },
	{ "{\"iss\":\"https://id.example.org/realms/irc/\"," AUD EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_ISSUER },
	{ "{\"iss\":\"https://ID.example.org/realms/irc\"," AUD EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_ISSUER },
	{ "{\"iss\":[\"https://id.example.org/realms/irc\"]," AUD EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_ISSUER },
	{ "{\"iss\":null," AUD EXP IAT NONCE SUB "}", OIDC_TOKEN_ISSUER },
	/* 7: audience and authorized party. */
	{ "{" ISS EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":null," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":\"account\"," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":\"portal2\"," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":[]," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":[\"account\"]," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":[[\"portal\"]]," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":[\"portal\",7],\"azp\":\"portal\"," EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":{\"portal\":\"portal\"}," EXP IAT NONCE SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS "\"aud\":[\"portal\",\"account\"]," EXP IAT NONCE SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS "\"aud\":[\"portal\",\"portal\"]," EXP IAT NONCE SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS "\"aud\":[\"portal\",\"account\"],\"azp\":\"account\"," EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_PARTY },
	{ "{" ISS AUD "\"azp\":\"account\"," EXP IAT NONCE SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS AUD "\"azp\":null," EXP IAT NONCE SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS AUD "\"azp\":[\"portal\"]," EXP IAT NONCE SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS "\"aud\":[\"portal\"]," EXP IAT NONCE SUB "}", OIDC_TOKEN_OK },
	{ "{" ISS AUD "\"azp\":\"portal\"," EXP IAT NONCE SUB "}", OIDC_TOKEN_OK },
	{ "{" ISS "\"aud\":[\"account\",\"portal\"],\"azp\":\"portal\"," EXP IAT NONCE SUB "}",
	    OIDC_TOKEN_OK },
	/* 8: times, a minute of grace at both ends. */
	{ "{" ISS AUD IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":\"1767225900\"," IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":null," IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":1e300," IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":9223372036854775807," IAT NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP "\"iat\":-9223372036854775808," NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP IAT "\"nbf\":\"0\"," NONCE SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":1767225540," IAT NONCE SUB "}", OIDC_TOKEN_EXPIRED },
	{ "{" ISS AUD "\"exp\":1767225540.9," IAT NONCE SUB "}", OIDC_TOKEN_EXPIRED },
	{ "{" ISS AUD "\"exp\":0," IAT NONCE SUB "}", OIDC_TOKEN_EXPIRED },
	{ "{" ISS AUD "\"exp\":-1," IAT NONCE SUB "}", OIDC_TOKEN_EXPIRED },
	{ "{" ISS AUD EXP "\"iat\":1767225661," NONCE SUB "}", OIDC_TOKEN_FUTURE },
	{ "{" ISS AUD EXP IAT "\"nbf\":1767225661," NONCE SUB "}", OIDC_TOKEN_FUTURE },
	{ "{" ISS AUD "\"exp\":1767225541," IAT NONCE SUB "}", OIDC_TOKEN_OK },
	{ "{" ISS AUD "\"exp\":1767225900.5," IAT NONCE SUB "}", OIDC_TOKEN_OK },
	{ "{" ISS AUD EXP "\"iat\":1767225660,\"nbf\":1767225660," NONCE SUB "}", OIDC_TOKEN_OK },
	/* 9: the nonce. */
	{ "{" ISS AUD EXP IAT SUB "}", OIDC_TOKEN_NONCE },
	{ "{" ISS AUD EXP IAT "\"nonce\":\"\"," SUB "}", OIDC_TOKEN_NONCE },
	{ "{" ISS AUD EXP IAT "\"nonce\":\"n-0S6_WzA2MJ\"," SUB "}", OIDC_TOKEN_NONCE },
	{ "{" ISS AUD EXP IAT "\"nonce\":[\"n-0S6_WzA2Mj\"]," SUB "}", OIDC_TOKEN_NONCE },
	/* 10: the subject. */
	{ "{" ISS AUD EXP IAT NONCE "\"x\":1}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT NONCE "\"sub\":\"\"}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT NONCE "\"sub\":7}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT NONCE "\"sub\":null}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT NONCE "\"sub\":\"a\\nb\"}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT NONCE "\"sub\":\"\\u00e9\"}", OIDC_TOKEN_SUBJECT },
	/* 11: Keycloak's other tokens. */
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":\"Bearer\"}", OIDC_TOKEN_TYPE },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":\"Refresh\"}", OIDC_TOKEN_TYPE },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":\"Logout\"}", OIDC_TOKEN_TYPE },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":\"id\"}", OIDC_TOKEN_TYPE },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":null}", OIDC_TOKEN_TYPE },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"typ\":\"ID\"}", OIDC_TOKEN_OK },
	/* 13: the hash of "the.access.token". */
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":\"77QmUPtjPfzWtF2AnpK9RQ\"}",
	    OIDC_TOKEN_AT_HASH },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":\"\"}", OIDC_TOKEN_AT_HASH },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":null}", OIDC_TOKEN_AT_HASH },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":7}", OIDC_TOKEN_AT_HASH },
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":\"R2a7yCsxS8BpCgk-2VRP3w\"}", OIDC_TOKEN_OK },
	/* What is optional may be odd without harm. */
	{ "{" ISS AUD EXP IAT NONCE SUB ",\"email\":7,\"name\":[],\"sid\":{},\"realm_access\":1}",
	    OIDC_TOKEN_OK },
	{ GOOD, OIDC_TOKEN_OK },
};

Test(oidc_token, payloads)
{
	size_t i;

	for (i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++)
		expect(&usual_rules, token_of(SIGN_EC, ES, payloads[i].payload), payloads[i].result,
		    payloads[i].payload);
}

Test(oidc_token, the_subject_is_bounded)
{
	char sub[257];

	memset(sub, 's', sizeof(sub));
	sub[256] = '\0';
	expect(&usual_rules,
	    token_of(
		SIGN_EC, ES, arena_printf(&a, "{" ISS AUD EXP IAT NONCE "\"sub\":\"%s\"}", sub)),
	    OIDC_TOKEN_SUBJECT, "256");
	sub[255] = '\0';
	expect(&usual_rules,
	    token_of(
		SIGN_EC, ES, arena_printf(&a, "{" ISS AUD EXP IAT NONCE "\"sub\":\"%s\"}", sub)),
	    OIDC_TOKEN_OK, "255");
}

/* 12: asked with max_age=300. */
static const struct {
	const char *member;
	enum oidc_token_result result;
} auth_times[] = {
	{ "", OIDC_TOKEN_AUTH_TIME },
	{ ",\"auth_time\":\"1767225600\"", OIDC_TOKEN_AUTH_TIME },
	{ ",\"auth_time\":1767225239", OIDC_TOKEN_AUTH_TIME },
	{ ",\"auth_time\":1767225240", OIDC_TOKEN_OK },
	{ ",\"auth_time\":1767225600", OIDC_TOKEN_OK },
};

Test(oidc_token, auth_time_when_it_was_asked_for)
{
	struct oidc_token_rules rules = usual_rules;
	size_t i;

	rules.max_age_s = 300;
	for (i = 0; i < sizeof(auth_times) / sizeof(auth_times[0]); i++)
		expect(&rules,
		    token_of(SIGN_EC, ES,
			arena_printf(
			    &a, "{" ISS AUD EXP IAT NONCE SUB "%s}", auth_times[i].member)),
		    auth_times[i].result, auth_times[i].member);
}

Test(oidc_token, after_a_refresh)
{
	const char *without_nonce = token_of(SIGN_EC, ES, "{" ISS AUD EXP IAT SUB "}");
	struct oidc_token_rules rules = usual_rules;

	rules.nonce = NULL;
	rules.subject = "7f3a-4c";
	expect(&rules, without_nonce, OIDC_TOKEN_OK, "the same person");
	rules.subject = "7f3a-4d";
	expect(&rules, without_nonce, OIDC_TOKEN_SUBJECT, "another person");
}

Test(oidc_token, at_hash_without_the_access_token)
{
	struct oidc_token_rules rules = usual_rules;

	rules.access_token = NULL;
	expect(&rules,
	    token_of(SIGN_EC, ES,
		"{" ISS AUD EXP IAT NONCE SUB ",\"at_hash\":\"R2a7yCsxS8BpCgk-2VRP3w\"}"),
	    OIDC_TOKEN_AT_HASH, "not to be checked");
	expect(&rules, token_of(SIGN_EC, ES, GOOD), OIDC_TOKEN_OK, "nothing to check");
}

/* ------------------------------------------------------------------ what is read */

Test(oidc_token, reads_the_claims)
{
	struct oidc_claims c;
	const char *token = token_of(SIGN_RSA, RS,
	    "{" ISS AUD EXP IAT NONCE SUB ",\"sid\":\"s-1\",\"email\":\"alice@example.org\","
	    "\"email_verified\":true,\"name\":\"Alice \xc3\x86\","
	    "\"realm_access\":{\"roles\":[\"admin\",7,null,[\"ops\"],\"support\"]}}");

	cr_assert_eq(verify(&c, &usual_rules, token), OIDC_TOKEN_OK);
	cr_expect_str_eq(c.sub, "7f3a-4c");
	cr_expect_str_eq(c.sid, "s-1");
	cr_expect_str_eq(c.email, "alice@example.org");
	cr_expect(c.email_verified);
	cr_expect_str_eq(c.name, "Alice Æ");
	cr_expect_eq(c.issued_at, NOW);
	cr_expect_eq(c.expires_at, NOW + 300);
	cr_expect(c.has_roles);
	cr_expect_eq(c.nroles, 2);
	cr_expect(oidc_token_has_role(&c, "admin"));
	cr_expect(oidc_token_has_role(&c, "support"));
	cr_expect_not(oidc_token_has_role(&c, "ops"));
	cr_expect_not(oidc_token_has_role(&c, "Admin"));
}

Test(oidc_token, reads_few_claims)
{
	struct oidc_claims c;

	cr_assert_eq(verify(&c, &usual_rules, token_of(SIGN_RSA, RS, GOOD)), OIDC_TOKEN_OK);
	cr_expect_null(c.sid);
	cr_expect_null(c.email);
	cr_expect_not(c.email_verified);
	cr_expect_null(c.name);
	cr_expect_not(c.has_roles);
	cr_expect_eq(c.nroles, 0);
	cr_expect_not(oidc_token_has_role(&c, "admin"));
}

/* The letters of each role, "-" for no claim. */
static const struct {
	const char *path, *claims, *roles;
} role_paths[] = {
	{ "realm_access.roles", "{}", "-" },
	{ "realm_access.roles", "{\"realm_access\":null}", "-" },
	{ "realm_access.roles", "{\"realm_access\":[\"a\"]}", "-" },
	{ "realm_access.roles", "{\"realm_access\":\"a\"}", "-" },
	{ "realm_access.roles", "{\"realm_access\":{\"roles\":\"admin\"}}", "-" },
	{ "realm_access.roles", "{\"realm_access\":{\"roles\":{\"admin\":true}}}", "-" },
	{ "realm_access.roles", "{\"realm_access.roles\":[\"a\"]}", "-" },
	{ "realm_access.roles.more", "{\"realm_access\":{\"roles\":[\"a\"]}}", "-" },
	{ "realm_access..roles", "{\"realm_access\":{\"roles\":[\"a\"]}}", "-" },
	{ "", "{\"roles\":[\"a\"]}", "-" },
	{ ".", "{\"roles\":[\"a\"]}", "-" },
	{ "realm_access.roles", "{\"realm_access\":{\"roles\":[]}}", "" },
	{ "realm_access.roles", "{\"realm_access\":{\"roles\":[\"a\",\"b\"]}}", "ab" },
	{ "groups", "{\"groups\":[\"a\"]}", "a" },
	{ "resource_access.my\\.client.roles",
	    "{\"resource_access\":{\"my.client\":{\"roles\":[\"a\"]}}}", "a" },
	{ "a\\b", "{\"a\\\\b\":[\"c\"]}", "c" },
};

Test(oidc_token, role_paths)
{
	const struct json *claims;
	char found[10];
	size_t i, j;

	for (i = 0; i < sizeof(role_paths) / sizeof(role_paths[0]); i++) {
		struct oidc_claims c = { 0 };
		const char *text = role_paths[i].claims;

		cr_assert_eq(json_read_parse(&claims, &a, text, strlen(text)), ERR_OK);
		oidc_token_read_roles(&c, &a, claims, role_paths[i].path);
		strcpy(found, c.has_roles ? "" : "-");
		for (j = 0; j < c.nroles; j++)
			strcat(found, c.roles[j]);
		cr_expect_str_eq(found, role_paths[i].roles, "%s in %s", role_paths[i].path, text);
	}
}

Test(oidc_token, roles_are_bounded)
{
	const struct json *claims;
	struct oidc_claims c = { 0 };
	struct strbuf b = { 0 };
	int i;

	strbuf_puts(&b, "{\"r\":[\"r\"");
	for (i = 0; i < 500; i++)
		strbuf_printf(&b, ",\"r%d\"", i);
	strbuf_puts(&b, "]}");
	cr_assert_eq(json_read_parse(&claims, &a, strbuf_text(&b), b.len), ERR_OK);
	oidc_token_read_roles(&c, &a, claims, "r");
	cr_expect_eq(c.nroles, OIDC_TOKEN_ROLES_MAX);
	strbuf_free(&b);
}

static const struct {
	const char *claims, *email, *name;
	bool email_verified;
} profiles[] = {
	{ "{}", "old@example.org", "Old", true },
	{ "{\"email\":null,\"email_verified\":true,\"name\":7}", "old@example.org", "Old", true },
	{ "{\"email\":\"\",\"email_verified\":false,\"name\":\"\"}", "old@example.org", "Old",
	    true },
	{ "{\"email\":\"new@example.org\"}", "new@example.org", "Old", false },
	{ "{\"email\":\"new@example.org\",\"email_verified\":\"true\"}", "new@example.org", "Old",
	    false },
	{ "{\"email\":\"new@example.org\",\"email_verified\":1}", "new@example.org", "Old", false },
	{ "{\"email\":\"new@example.org\",\"email_verified\":true,\"name\":\"New\"}",
	    "new@example.org", "New", true },
};

Test(oidc_token, profiles)
{
	const struct json *claims;
	size_t i;

	for (i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
		struct oidc_claims c = {
			.email = "old@example.org", .email_verified = true, .name = "Old"
		};
		const char *text = profiles[i].claims;

		cr_assert_eq(json_read_parse(&claims, &a, text, strlen(text)), ERR_OK);
		oidc_token_read_profile(&c, claims);
		cr_expect_str_eq(c.email, profiles[i].email, "%s", text);
		cr_expect_str_eq(c.name, profiles[i].name, "%s", text);
		cr_expect_eq(c.email_verified, profiles[i].email_verified, "%s", text);
	}
}

Test(oidc_token, names_are_bounded)
{
	const struct json *claims;
	char name[322];
	size_t len;

	memset(name, 'n', sizeof(name));
	for (len = 320; len <= 321; len++) {
		struct oidc_claims c = { 0 };
		const char *text = arena_printf(&a, "{\"name\":\"%.*s\"}", (int)len, name);

		cr_assert_eq(json_read_parse(&claims, &a, text, strlen(text)), ERR_OK);
		oidc_token_read_profile(&c, claims);
		cr_expect_eq(c.name != NULL, len == 320);
	}
}

/* Well signed and broken inside: whatever comes of it, there is no claim without a person. */
Test(oidc_token, broken_payloads_that_are_well_signed)
{
	static const char payload[] =
	    "{" ISS AUD EXP IAT NONCE SUB ",\"realm_access\":{\"roles\":[\"admin\"]}}";
	char broken[sizeof(payload)];
	size_t i, len = sizeof(payload) - 1;
	enum oidc_token_result r;

	for (i = 0; i < len * 3; i++) {
		struct oidc_claims c = { 0 };
		size_t keep = i < len ? i : len;

		memcpy(broken, payload, sizeof(payload));
		broken[i % len] = (char)(broken[i % len] ^ 1 << (i * 5 + i / len) % 8);
		r = verify(&c, &usual_rules, token_of_bytes(SIGN_EC, ES, broken, keep));
		cr_expect(r != OIDC_TOKEN_OK || (c.sub != NULL && *c.sub != '\0'), "%zu", i);
		if (i < len)
			cr_expect_neq(r, OIDC_TOKEN_OK, "cut to %zu", i);
	}
}

Test(oidc_token, every_result_has_its_own_word)
{
	int i, j;

	for (i = 0; i < OIDC_TOKEN__MAX; i++)
		for (j = 0; j < i; j++)
			cr_expect_str_neq(oidc_token_word((enum oidc_token_result)i),
			    oidc_token_word((enum oidc_token_result)j));
	cr_expect_str_eq(oidc_token_word(OIDC_TOKEN_UNKNOWN_KID), "unknown_kid");
	cr_expect_str_eq(oidc_token_word(OIDC_TOKEN__MAX), "unknown");
}

/* ------------------------------------------------------------------ logout tokens */

#define LOGOUT_RS "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"logout+jwt\"}"
#define EVENT "\"http://schemas.openid.net/event/backchannel-logout\""
#define EVENTS "\"events\":{" EVENT ":{}},"
#define JTI "\"jti\":\"bWJq\","
#define SID "\"sid\":\"08a5019c\","

static const struct {
	const char *payload;
	enum oidc_token_result result;
} logouts[] = {
	{ GOOD, OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI SID "\"events\":{}," SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI SID "\"events\":[" EVENT "]," SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI SID "\"events\":" EVENT "," SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI SID "\"events\":{" EVENT ":null}," SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI SID "\"events\":{" EVENT ":true}," SUB "}", OIDC_TOKEN_EVENTS },
	{ "{" ISS AUD EXP IAT JTI EVENTS NONCE SUB "}", OIDC_TOKEN_NONCE },
	{ "{" ISS AUD EXP IAT JTI EVENTS "\"nonce\":null," SUB "}", OIDC_TOKEN_NONCE },
	{ "{" ISS AUD EXP IAT JTI "\"events\":{" EVENT ":{}}}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT JTI EVENTS "\"sub\":\"\"}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT JTI EVENTS "\"sub\":null}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT JTI EVENTS "\"sid\":7," SUB "}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT JTI EVENTS "\"sid\":\"\"," SUB "}", OIDC_TOKEN_SUBJECT },
	{ "{" ISS AUD EXP IAT EVENTS SUB "}", OIDC_TOKEN_JTI },
	{ "{" ISS AUD EXP IAT EVENTS "\"jti\":\"\"," SUB "}", OIDC_TOKEN_JTI },
	{ "{" ISS AUD EXP IAT EVENTS "\"jti\":1," SUB "}", OIDC_TOKEN_JTI },
	{ "{" ISS AUD EXP IAT EVENTS JTI "\"typ\":\"ID\"," SUB "}", OIDC_TOKEN_TYPE },
	{ "{" AUD EXP IAT EVENTS JTI SUB "}", OIDC_TOKEN_ISSUER },
	{ "{" ISS EXP IAT EVENTS JTI SUB "}", OIDC_TOKEN_AUDIENCE },
	{ "{" ISS AUD EXP IAT EVENTS JTI "\"azp\":\"other\"," SUB "}", OIDC_TOKEN_PARTY },
	{ "{" ISS AUD IAT EVENTS JTI SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD EXP EVENTS JTI SUB "}", OIDC_TOKEN_PAYLOAD },
	{ "{" ISS AUD "\"exp\":1767225540," IAT EVENTS JTI SUB "}", OIDC_TOKEN_EXPIRED },
	{ "{" ISS AUD EXP "\"iat\":1767225661," EVENTS JTI SUB "}", OIDC_TOKEN_FUTURE },
	{ "{" ISS AUD EXP IAT EVENTS JTI SUB "}", OIDC_TOKEN_OK },
	{ "{" ISS AUD EXP IAT EVENTS JTI SID "\"typ\":\"Logout\"}", OIDC_TOKEN_OK },
	{ "{" ISS AUD EXP IAT EVENTS JTI SID SUB "}", OIDC_TOKEN_OK },
};

static enum oidc_token_result
verify_logout(struct oidc_logout *l, const char *token)
{
	struct oidc_token_rules rules = usual_rules;

	rules.max_age_s = 60; /* means nothing here */
	return oidc_logout_token_verify(l, &a, &rules, jwks, strlen(jwks), token, strlen(token));
}

Test(oidc_token, logout_payloads)
{
	for (size_t i = 0; i < sizeof(logouts) / sizeof(logouts[0]); i++) {
		struct oidc_logout l = { .jti = "before" };
		enum oidc_token_result got =
		    verify_logout(&l, token_of(SIGN_RSA, LOGOUT_RS, logouts[i].payload));

		cr_expect_eq(got, logouts[i].result, "%s: %s instead of %s", logouts[i].payload,
		    oidc_token_word(got), oidc_token_word(logouts[i].result));
		cr_expect_str_eq(l.jti, got == OIDC_TOKEN_OK ? "bWJq" : "before");
	}
}

static const struct {
	enum signer signer;
	const char *header;
	enum oidc_token_result result;
} logout_headers[] = {
	{ SIGN_RSA, "{\"alg\":\"none\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_HMAC_PEM, "{\"alg\":\"HS256\",\"kid\":\"k1\"}", OIDC_TOKEN_ALG },
	{ SIGN_OTHER_RSA, LOGOUT_RS, OIDC_TOKEN_SIGNATURE },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k2\"}", OIDC_TOKEN_UNKNOWN_KID },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"crit\":[\"x\"]}", OIDC_TOKEN_CRIT },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"at+jwt\"}",
	    OIDC_TOKEN_HEADER_TYPE },
	{ SIGN_RSA, "{\"alg\":\"RS256\",\"kid\":\"k1\",\"typ\":\"Logout+JWT\"}", OIDC_TOKEN_OK },
	{ SIGN_RSA, RS, OIDC_TOKEN_OK },
	{ SIGN_EC, ES, OIDC_TOKEN_OK },
};

Test(oidc_token, logout_headers)
{
	static const char payload[] = "{" ISS AUD EXP IAT EVENTS JTI SID SUB "}";

	for (size_t i = 0; i < sizeof(logout_headers) / sizeof(logout_headers[0]); i++) {
		struct oidc_logout l = { 0 };
		enum oidc_token_result got = verify_logout(
		    &l, token_of(logout_headers[i].signer, logout_headers[i].header, payload));

		cr_expect_eq(got, logout_headers[i].result, "%s: %s", logout_headers[i].header,
		    oidc_token_word(got));
	}
}

Test(oidc_token, what_a_logout_token_orders)
{
	struct oidc_logout l;

	cr_assert_eq(verify_logout(&l,
			 token_of(SIGN_RSA, LOGOUT_RS, "{" ISS AUD EXP IAT EVENTS JTI SID SUB "}")),
	    OIDC_TOKEN_OK);
	cr_expect_str_eq(l.sid, "08a5019c");
	cr_expect_str_eq(l.sub, "7f3a-4c");
	cr_expect_eq(l.expires_at, 1767225900);
	cr_assert_eq(verify_logout(
			 &l, token_of(SIGN_RSA, LOGOUT_RS, "{" ISS AUD EXP IAT EVENTS JTI SUB "}")),
	    OIDC_TOKEN_OK);
	cr_expect_null(l.sid);
}
