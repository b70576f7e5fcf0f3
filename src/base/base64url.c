/* Base64 for URLs, cookies and tokens. */
#include "base/base64url.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
base64url_encode(char *out, const void *bytes, size_t len)
{
	const unsigned char *b = bytes;
	unsigned int bits = 0;
	int have = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		bits = (bits << 8 | b[i]) & 0xffff;
		for (have += 8; have >= 6; have -= 6)
			*out++ = digits[bits >> (have - 6) & 63];
	}
	if (have > 0)
		*out++ = digits[bits << (6 - have) & 63];
	*out = '\0';
}

char *
base64url_encode_in(struct arena *a, const void *bytes, size_t len)
{
	char *out = arena_alloc(a, BASE64URL_LENGTH(len) + 1);

	base64url_encode(out, bytes, len);
	return out;
}

static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

enum err
base64url_decode(
    unsigned char **bytes, size_t *len, struct arena *a, const char *text, size_t text_len)
{
	unsigned char *out = arena_alloc(a, text_len / 4 * 3 + 3);
	unsigned int bits = 0;
	size_t i, n = 0;
	int have = 0;

	if (text_len % 4 == 1)
		return ERR_INVALID;
	for (i = 0; i < text_len; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return ERR_INVALID;
		bits = (bits << 6 | (unsigned int)value) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			out[n++] = (unsigned char)(bits >> have);
		}
	}
	if ((bits & ((1U << have) - 1)) != 0)
		return ERR_INVALID;
	*bytes = out;
	*len = n;
	return ERR_OK;
}
