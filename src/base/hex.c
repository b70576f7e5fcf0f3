/* Hexadecimal digits. */
#include "base/hex.h"

#include <string.h>

int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
hex_encode(char *out, const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *b = bytes;
	size_t i;

	for (i = 0; i < len; i++) {
		*out++ = digits[b[i] >> 4];
		*out++ = digits[b[i] & 15];
	}
	*out = '\0';
}

enum err
hex_decode(void *out, size_t len, const char *text)
{
	unsigned char *b = out;
	size_t i;

	if (strlen(text) != 2 * len)
		return ERR_INVALID;
	for (i = 0; i < len; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return ERR_INVALID;
		b[i] = (unsigned char)(high << 4 | low);
	}
	return ERR_OK;
}
