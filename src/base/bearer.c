#include "base/bearer.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/digest.h"

/* The name of the scheme is read in any case (RFC 9110), with blanks behind it. */
const char *
bearer_text(const char *header)
{
	if (header == NULL || strncasecmp(header, "bearer", 6) != 0 || header[6] != ' ')
		return NULL;
	return header + 6 + strspn(header + 6, " ");
}

/* Hashes have one length, and nobody can choose how many of their bytes agree. */
static bool
is_same(const char *given, const char *secret)
{
	unsigned char a[DIGEST_BYTES], b[DIGEST_BYTES];

	digest_sha256(a, given, strlen(given));
	digest_sha256(b, secret, strlen(secret));
	return digest_equal(a, b, sizeof(a)) && *secret != '\0';
}

bool
bearer_is_secret(const char *header, const char *secret, const char *old)
{
	const char *given = bearer_text(header);
	bool is_new, is_old;

	if (given == NULL)
		return false;
	is_new = is_same(given, secret);
	is_old = is_same(given, old);
	return is_new || is_old;
}
