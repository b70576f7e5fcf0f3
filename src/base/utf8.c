/* Table 3-7 of the Unicode standard as code: only the second byte has bounds of its own. */
#include "base/utf8.h"

static bool
in_range(unsigned char c, unsigned char low, unsigned char high)
{
	return c >= low && c <= high;
}

static size_t
length_by_first(unsigned char c)
{
	if (c < 0x80)
		return 1;
	if (in_range(c, 0xc2, 0xdf))
		return 2;
	if (in_range(c, 0xe0, 0xef))
		return 3;
	return in_range(c, 0xf0, 0xf4) ? 4 : 0;
}

static bool
second_fits(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return in_range(second, 0xa0, 0xbf);
	case 0xed:
		return in_range(second, 0x80, 0x9f);
	case 0xf0:
		return in_range(second, 0x90, 0xbf);
	case 0xf4:
		return in_range(second, 0x80, 0x8f);
	default:
		return in_range(second, 0x80, 0xbf);
	}
}

static size_t
sequence_length(const unsigned char *s, size_t left)
{
	size_t i, n = length_by_first(s[0]);

	if (n == 0 || n > left)
		return 0;
	if (n > 1 && !second_fits(s[0], s[1]))
		return 0;
	for (i = 2; i < n; i++)
		if (!in_range(s[i], 0x80, 0xbf))
			return 0;
	return n;
}

bool
utf8_is_valid(const char *bytes, size_t len)
{
	const unsigned char *s = (const unsigned char *)bytes;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = sequence_length(s + i, len - i);
		if (n == 0)
			return false;
	}
	return true;
}
