#include "content/content.h"

#include <string.h>

#include "base/random.h"

const char *const visibility_words[VISIBILITY__MAX] = {
	[VISIBILITY_PUBLIC] = "public",
	[VISIBILITY_UNLISTED] = "unlisted",
	[VISIBILITY_PRIVATE] = "private",
};

const char *const visibility_labels[VISIBILITY__MAX] = {
	[VISIBILITY_PUBLIC] = "Public: search engines may find it",
	[VISIBILITY_UNLISTED] = "Unlisted: for everybody who has the link",
	[VISIBILITY_PRIVATE] = "Private: for you alone",
};

const char *const content_outcome_words[CONTENT__MAX] = {
	[CONTENT_STORED] = "stored",
	[CONTENT_EMPTY] = "empty",
	[CONTENT_TOO_LARGE] = "too_large",
	[CONTENT_OVER_QUOTA] = "over_quota",
	[CONTENT_WRONG_KIND] = "wrong_kind",
	[CONTENT_BROKEN] = "broken",
	[CONTENT_TOO_COSTLY] = "too_costly",
	[CONTENT_INVALID] = "invalid",
	[CONTENT_FAILED] = "failed",
};

static const char digits[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
#define BASE (sizeof(digits) - 1)

/* Bytes that would favour the first digits are thrown away. */
void
content_id_new(char id[CONTENT_ID_SIZE])
{
	const unsigned fair = 256 - 256 % BASE;
	unsigned char bytes[2 * CONTENT_ID_LENGTH];
	size_t n = 0;

	while (n < CONTENT_ID_LENGTH) {
		random_bytes(bytes, sizeof(bytes));
		for (size_t i = 0; i < sizeof(bytes) && n < CONTENT_ID_LENGTH; i++)
			if (bytes[i] < fair)
				id[n++] = digits[bytes[i] % BASE];
	}
	id[n] = '\0';
}

bool
content_id_is_valid(const char *text)
{
	return strlen(text) == CONTENT_ID_LENGTH && strspn(text, digits) == CONTENT_ID_LENGTH;
}
