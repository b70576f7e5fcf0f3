/* Making and reading tokens with OpenSSL. */
#include "oidc_jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/xmalloc.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

char *
oidc_jwt_encode(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	char *text = xmalloc((len + 2) / 3 * 4 + 1);
	size_t n = 0;

	for (size_t i = 0; i < len; i += 3) {
		unsigned int three = (unsigned int)p[i] << 16;

		three |= i + 1 < len ? (unsigned int)p[i + 1] << 8 : 0;
		three |= i + 2 < len ? p[i + 2] : 0;
		text[n++] = alphabet[three >> 18];
		text[n++] = alphabet[three >> 12 & 63];
		if (i + 1 < len)
			text[n++] = alphabet[three >> 6 & 63];
		if (i + 2 < len)
			text[n++] = alphabet[three & 63];
	}
	text[n] = '\0';
	return text;
}

/* NULL for a character outside the alphabet or a length that no bytes have. */
static unsigned char *
decode(const char *text, size_t len, size_t *n)
{
	unsigned char *bytes = xmalloc(len + 1);
	unsigned int bits = 0;

	*n = 0;
	for (size_t i = 0; i < len; i++) {
		const char *at = memchr(alphabet, text[i], 64);

		if (at == NULL || len % 4 == 1) {
			free(bytes);
			return NULL;
		}
		bits = bits << 6 | (unsigned int)(at - alphabet);
		if (i % 4 != 0)
			bytes[(*n)++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	return bytes;
}

char *
oidc_jwt_random(void)
{
	unsigned char bytes[32];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		abort();
	return oidc_jwt_encode(bytes, sizeof(bytes));
}

char *
oidc_jwt_digest(const char *text, size_t bytes)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)text, strlen(text), digest);
	return oidc_jwt_encode(digest, bytes);
}

static size_t
sign_rsa(const struct strbuf *input, EVP_PKEY *pkey, unsigned char *out, size_t size)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = size;

	if (EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) != 1 ||
	    EVP_DigestSign(ctx, out, &len, (const unsigned char *)input->s, input->len) != 1)
		len = 0;
	EVP_MD_CTX_free(ctx);
	return len;
}

static size_t
sign_hmac(const struct strbuf *input, EVP_PKEY *pkey, unsigned char *out)
{
	BIO *pem = BIO_new(BIO_s_mem());
	unsigned int len = 0;
	char *key;
	long key_len;

	PEM_write_bio_PUBKEY(pem, pkey);
	key_len = BIO_get_mem_data(pem, &key);
	HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)input->s, input->len, out,
	    &len);
	BIO_free(pem);
	return len;
}

static void
add_part(struct strbuf *out, const json_t *part)
{
	char *text = json_dumps(part, JSON_COMPACT);
	char *encoded = oidc_jwt_encode(text, strlen(text));

	strbuf_puts(out, encoded);
	free(encoded);
	free(text);
}

char *
oidc_jwt_make(
    const json_t *header, const json_t *claims, const struct oidc_key *key, enum jwt_signature how)
{
	struct strbuf out = { 0 };
	unsigned char signature[512];
	size_t len = 0;
	char *encoded;

	add_part(&out, header);
	strbuf_putc(&out, '.');
	add_part(&out, claims);
	if (how == JWT_HS256_PUBLIC)
		len = sign_hmac(&out, key->pkey, signature);
	else if (how != JWT_UNSIGNED)
		len = sign_rsa(&out, key->pkey, signature, sizeof(signature));
	if (how == JWT_TAMPERED)
		signature[10] ^= 1;
	encoded = oidc_jwt_encode(signature, len);
	strbuf_putc(&out, '.');
	strbuf_puts(&out, encoded);
	free(encoded);
	return out.s;
}

static json_t *
read_part(const char *text, size_t len)
{
	size_t n;
	unsigned char *bytes = decode(text, len, &n);
	json_t *part = bytes != NULL ? json_loadb((char *)bytes, n, 0, NULL) : NULL;

	free(bytes);
	return part;
}

static bool
is_signed(const char *token, size_t input_len, const char *signature, const struct oidc_key *key)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = 0;
	unsigned char *bytes = decode(signature, strlen(signature), &n);
	bool ok = bytes != NULL &&
		  EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
		  EVP_DigestVerify(ctx, bytes, n, (const unsigned char *)token, input_len) == 1;

	EVP_MD_CTX_free(ctx);
	free(bytes);
	return ok;
}

static const struct oidc_key *
key_of(const json_t *header)
{
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const char *kid = json_string_value(json_object_get(header, "kid"));

	if (alg == NULL || kid == NULL || strcmp(alg, "RS256") != 0)
		return NULL;
	return oidc_key_by_kid(kid);
}

enum err
oidc_jwt_read(const char *token, json_t **claims)
{
	const char *first = strchr(token, '.'), *second;
	const struct oidc_key *key;
	json_t *header;

	*claims = NULL;
	if (first == NULL || (second = strchr(first + 1, '.')) == NULL)
		return ERR_INVALID;
	header = read_part(token, (size_t)(first - token));
	key = key_of(header);
	json_decref(header);
	if (key == NULL || !is_signed(token, (size_t)(second - token), second + 1, key))
		return ERR_INVALID;
	*claims = read_part(first + 1, (size_t)(second - first - 1));
	return *claims != NULL ? ERR_OK : ERR_INVALID;
}
