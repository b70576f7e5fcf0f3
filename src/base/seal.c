/* AES-256-GCM, by OpenSSL. */
#include "base/seal.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"

#define VERSION 1
#define NONCE_BYTES 12
#define TAG_BYTES 16
#define HEAD_BYTES (1 + NONCE_BYTES)

/* The version byte is authenticated along with the context, so it cannot be changed either. */
static bool
add_context(EVP_CIPHER_CTX *c, unsigned char version, const char *context)
{
	int n;

	return EVP_CipherUpdate(c, NULL, &n, &version, 1) == 1 &&
	       EVP_CipherUpdate(
		   c, NULL, &n, (const unsigned char *)context, (int)strlen(context)) == 1;
}

static EVP_CIPHER_CTX *
cipher_begin(
    bool is_sealing, const unsigned char *key, const unsigned char *head, const char *context)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();

	if (c == NULL ||
	    EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, head + 1, is_sealing) != 1 ||
	    !add_context(c, head[0], context))
		abort();
	return c;
}

unsigned char *
seal_make(struct arena *a, const unsigned char key[SEAL_KEY_BYTES], const char *context,
    const void *plain, size_t len, size_t *sealed_len)
{
	unsigned char *sealed = arena_alloc(a, len + SEAL_EXTRA_BYTES);
	EVP_CIPHER_CTX *c;
	int n = 0, rest;

	if (len > INT_MAX - SEAL_EXTRA_BYTES)
		abort();
	sealed[0] = VERSION;
	random_bytes(sealed + 1, NONCE_BYTES);
	c = cipher_begin(true, key, sealed, context);
	if ((len > 0 && EVP_CipherUpdate(c, sealed + HEAD_BYTES, &n, plain, (int)len) != 1) ||
	    EVP_CipherFinal_ex(c, sealed + HEAD_BYTES + n, &rest) != 1 ||
	    EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, sealed + HEAD_BYTES + len) != 1)
		abort();
	EVP_CIPHER_CTX_free(c);
	*sealed_len = len + SEAL_EXTRA_BYTES;
	return sealed;
}

static bool
decrypt(EVP_CIPHER_CTX *c, unsigned char *out, const unsigned char *text, size_t len)
{
	unsigned char tag[TAG_BYTES];
	int n = 0, rest;

	memcpy(tag, text + len, TAG_BYTES);
	return (len == 0 || EVP_CipherUpdate(c, out, &n, text, (int)len) == 1) &&
	       EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
	       EVP_CipherFinal_ex(c, out + n, &rest) == 1;
}

enum err
seal_open(unsigned char **plain, size_t *len, struct arena *a,
    const unsigned char key[SEAL_KEY_BYTES], const char *context, const void *sealed,
    size_t sealed_len)
{
	const unsigned char *s = sealed;
	EVP_CIPHER_CTX *c;
	unsigned char *out;
	size_t n;
	bool is_good;

	if (s == NULL || sealed_len < SEAL_EXTRA_BYTES || sealed_len > INT_MAX || s[0] != VERSION)
		return ERR_INVALID;
	n = sealed_len - SEAL_EXTRA_BYTES;
	out = arena_alloc(a, n + 1);
	c = cipher_begin(false, key, s, context);
	is_good = decrypt(c, out, s + HEAD_BYTES, n);
	EVP_CIPHER_CTX_free(c);
	if (!is_good) {
		memset(out, 0, n);
		return ERR_INVALID;
	}
	*plain = out;
	*len = n;
	return ERR_OK;
}
