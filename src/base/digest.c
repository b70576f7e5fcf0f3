/* SHA-256, by OpenSSL. It fails only when memory is out, which ends the process as xmalloc does. */
#include "base/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

void
digest_sha256(unsigned char out[DIGEST_BYTES], const void *bytes, size_t len)
{
	if (EVP_Digest(bytes, len, out, NULL, EVP_sha256(), NULL) != 1)
		abort();
}

/* OpenSSL reads a NULL key as "keep the last one", so an empty key still needs an address. */
static EVP_MAC_CTX *
hmac_begin(EVP_MAC *mac, const void *key, size_t key_len)
{
	char sha256[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);

	if (ctx == NULL || EVP_MAC_init(ctx, key_len > 0 ? key : "", key_len, params) != 1)
		abort();
	return ctx;
}

void
digest_hmac_sha256(unsigned char out[DIGEST_BYTES], const void *key, size_t key_len,
    const struct digest_part *parts, size_t nparts)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac_begin(mac, key, key_len);
	size_t i, len;

	for (i = 0; i < nparts; i++)
		if (parts[i].len > 0 && EVP_MAC_update(ctx, parts[i].bytes, parts[i].len) != 1)
			abort();
	if (EVP_MAC_final(ctx, out, &len, DIGEST_BYTES) != 1 || len != DIGEST_BYTES)
		abort();
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
}

bool
digest_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

bool
digest_equal_text(const char *a, const char *b)
{
	if (a == NULL || b == NULL || strlen(a) != strlen(b))
		return false;
	return digest_equal(a, b, strlen(a));
}
