#include "bouncer/soju_secret.h"

#include <string.h>

#include "base/base64url.h"
#include "base/digest.h"
#include "base/hex.h"

/* Never changed: with another word the portal is locked out of what was made with the old one. */
static const char *const purposes[SOJU_SECRET__MAX] = { "admin", "database" };

const char *
soju_secret(struct arena *a, const char *key, enum soju_secret purpose, const char *name)
{
	const char *word = purposes[purpose];
	const struct digest_part parts[] = { { word, strlen(word) }, { ":", 1 },
		{ name, strlen(name) } };
	unsigned char bytes[DIGEST_BYTES], mac[DIGEST_BYTES];

	if (hex_decode(bytes, sizeof(bytes), key) != ERR_OK)
		return NULL;
	digest_hmac_sha256(mac, bytes, sizeof(bytes), parts, 3);
	return base64url_encode_in(a, mac, sizeof(mac));
}
