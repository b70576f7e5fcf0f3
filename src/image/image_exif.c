/* The one thing of EXIF that must not be lost, and which colour profiles stay. */
#include <string.h>

#include "image/image_parts.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
/* Profiles of displays and of the usual spaces are far below; those of presses are above. */
#define PROFILE_BYTES_MAX (16 * 1024)

struct tiff {
	const unsigned char *bytes;
	size_t len;
	bool is_little;
};

/* Numbers at a place; 0 if it is outside, which no reader below takes for anything. */
static uint32_t
number16(const struct tiff *t, size_t at)
{
	if (at > t->len || t->len - at < 2)
		return 0;
	return t->is_little ? t->bytes[at] | (uint32_t)t->bytes[at + 1] << 8
			    : t->bytes[at + 1] | (uint32_t)t->bytes[at] << 8;
}

static uint32_t
number32(const struct tiff *t, size_t at)
{
	uint32_t a = number16(t, at), b = number16(t, at + 2);

	return t->is_little ? a | b << 16 : b | a << 16;
}

int
image_exif_orientation(const unsigned char *bytes, size_t len)
{
	struct tiff t = { bytes, len, len > 0 && bytes[0] == 'I' };
	size_t at;
	uint32_t n, value;

	if (len < 8 || memcmp(bytes, t.is_little ? "II*\0" : "MM\0*", 4) != 0)
		return 1;
	at = number32(&t, 4);
	n = number16(&t, at);
	for (at += 2; n > 0 && at < len; n--, at += 12) {
		if (number16(&t, at) != TAG_ORIENTATION || number16(&t, at + 2) != TYPE_SHORT)
			continue;
		value = number16(&t, at + 8);
		return value >= 1 && value <= 8 ? (int)value : 1;
	}
	return 1;
}

/* ICC.1, 7.2: its size first, the colour space at 16, "acsp" at 36; tags follow at 128. */
bool
image_profile_is_kept(const unsigned char *bytes, size_t len, const char *space)
{
	struct tiff t = { bytes, len, false };

	return len > 132 && len <= PROFILE_BYTES_MAX && number32(&t, 0) == len &&
	       memcmp(bytes + 16, space, 4) == 0 && memcmp(bytes + 36, "acsp", 4) == 0;
}
