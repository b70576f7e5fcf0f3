#include "mail/unsubscribe.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"

#define ID_SIZE 24
#define TOKEN_SIZE (ID_SIZE + 1 + BASE64URL_LENGTH(DIGEST_BYTES) + 1)
/* A key of its own, so that what is signed here means nothing elsewhere. */
#define PURPOSE "portal: unsubscribe from mail about outages, 1"

static void
make(char token[TOKEN_SIZE], const unsigned char session_key[SEAL_KEY_BYTES], int64_t user_id)
{
	const struct digest_part purpose = { PURPOSE, strlen(PURPOSE) };
	unsigned char key[DIGEST_BYTES], mac[DIGEST_BYTES];
	char id[ID_SIZE], text[BASE64URL_LENGTH(DIGEST_BYTES) + 1];
	struct digest_part account = { id, 0 };

	account.len = (size_t)snprintf(id, sizeof(id), "%" PRId64, user_id);
	digest_hmac_sha256(key, session_key, SEAL_KEY_BYTES, &purpose, 1);
	digest_hmac_sha256(mac, key, sizeof(key), &account, 1);
	base64url_encode(text, mac, sizeof(mac));
	snprintf(token, TOKEN_SIZE, "%s.%s", id, text);
}

const char *
unsubscribe_token(struct arena *a, const unsigned char session_key[SEAL_KEY_BYTES], int64_t user_id)
{
	char token[TOKEN_SIZE];

	make(token, session_key, user_id);
	return arena_strdup(a, token);
}

/* Made anew and compared as a whole, so that one account has one token. */
enum err
unsubscribe_read(
    int64_t *user_id, const unsigned char session_key[SEAL_KEY_BYTES], const char *token)
{
	char expected[TOKEN_SIZE];
	size_t digits;

	if (token == NULL)
		return ERR_INVALID;
	digits = strspn(token, "0123456789");
	if (digits == 0 || digits > 18 || token[digits] != '.')
		return ERR_INVALID;
	*user_id = strtoll(token, NULL, 10);
	make(expected, session_key, *user_id);
	return digest_equal_text(token, expected) ? ERR_OK : ERR_INVALID;
}
