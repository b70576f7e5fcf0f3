#include "account/session_secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/seal.h"
#include "base/settings.h"

#define HASH_BYTES 32

static const char *const words[SESSION_SECRET__MAX] = {
	[SESSION_SECRET_ID_TOKEN] = "id_token",
	[SESSION_SECRET_REFRESH_TOKEN] = "refresh_token",
};

static const char *
context(struct arena *a, enum session_secret kind, const unsigned char *token_hash)
{
	char digits[2 * HASH_BYTES + 1];

	hex_encode(digits, token_hash, HASH_BYTES);
	return arena_printf(a, "%s:%s", words[kind], digits);
}

/* The settings were checked at the start. */
static void
read_key(unsigned char key[SEAL_KEY_BYTES])
{
	if (hex_decode(key, SEAL_KEY_BYTES, settings.session_key) != ERR_OK)
		abort();
}

const unsigned char *
session_secret_seal(struct arena *a, enum session_secret kind, const unsigned char *token_hash,
    const char *text, size_t *len)
{
	unsigned char key[SEAL_KEY_BYTES];

	*len = 0;
	if (text == NULL)
		return NULL;
	read_key(key);
	return seal_make(a, key, context(a, kind, token_hash), text, strlen(text), len);
}

const char *
session_secret_open(struct arena *a, enum session_secret kind, const unsigned char *token_hash,
    const void *sealed, size_t len)
{
	unsigned char key[SEAL_KEY_BYTES], *text;
	size_t n;

	if (sealed == NULL)
		return NULL;
	read_key(key);
	if (seal_open(&text, &n, a, key, context(a, kind, token_hash), sealed, len) != ERR_OK)
		return NULL;
	return (char *)text;
}
