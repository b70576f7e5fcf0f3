/* Randomness. A guessable session is worse than none, so a failure ends the process. */
#include "base/random.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

void
random_bytes(void *out, size_t len)
{
	if (len <= INT_MAX && RAND_bytes(out, (int)len) == 1)
		return;
	fputs("portal: no random bytes to be had\n", stderr);
	abort();
}

void
random_token(char out[RANDOM_TOKEN_SIZE])
{
	unsigned char bytes[RANDOM_TOKEN_BYTES];

	random_bytes(bytes, sizeof(bytes));
	base64url_encode(out, bytes, sizeof(bytes));
	OPENSSL_cleanse(bytes, sizeof(bytes));
}
