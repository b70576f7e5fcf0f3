#include "blob/blob_key.h"

#include <string.h>

#define STEM_MIN 12
#define STEM_MAX 64

static const char *const renditions[] = { ".full", ".view", ".thumb" };

size_t
blob_key_stem(const char *key)
{
	return strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");
}

bool
blob_key_is_valid(const char *key)
{
	size_t stem = blob_key_stem(key), i;

	if (stem < STEM_MIN || stem > STEM_MAX)
		return false;
	for (i = 0; i < sizeof(renditions) / sizeof(renditions[0]); i++)
		if (strcmp(key + stem, renditions[i]) == 0)
			return true;
	return false;
}
