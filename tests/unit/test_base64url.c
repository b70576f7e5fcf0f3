/* Base64url: one value, one spelling. */
#include "base/base64url.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const refused[] = {
	/* no such length */
	"A",
	"AAAAA",
	/* padding */
	"AA==",
	"AAA=",
	"=",
	"AA=",
	/* unused bits that are not zero */
	"AB",
	"AAB",
	"Zh",
	"Zm9",
	/* other characters */
	"Zg+g",
	"Zg/g",
	"Zg g",
	"Zg\ng",
	"Zg.g",
	"Zg%3",
	"Zm\xc3\xb6",
	"Zm9v\n",
	" Zm9v",
};

/* RFC 4648, section 10, and the two letters of the URL alphabet. */
static const struct {
	const char *bytes, *text;
} pairs[] = {
	{ "", "" },
	{ "f", "Zg" },
	{ "fo", "Zm8" },
	{ "foo", "Zm9v" },
	{ "foob", "Zm9vYg" },
	{ "fooba", "Zm9vYmE" },
	{ "foobar", "Zm9vYmFy" },
	{ "\xfb\xff\xbf", "-_-_" },
	{ "\xff\xff\xff", "____" },
	{ "\xff", "_w" },
	{ "\xff\xfe", "__4" },
};

Test(base64url, refuses_other_spellings)
{
	struct arena a = { 0 };
	unsigned char *bytes;
	size_t i, len;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(base64url_decode(&bytes, &len, &a, refused[i], strlen(refused[i])),
		    ERR_INVALID, "'%s'", refused[i]);
	cr_expect_eq(base64url_decode(&bytes, &len, &a, "Zm\0v", 4), ERR_INVALID, "a NUL");
	arena_free(&a);
}

Test(base64url, goes_there_and_back)
{
	struct arena a = { 0 };
	unsigned char *bytes;
	size_t i, len;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t n = strlen(pairs[i].bytes);

		cr_expect_str_eq(base64url_encode_in(&a, pairs[i].bytes, n), pairs[i].text);
		cr_expect_eq(strlen(pairs[i].text), BASE64URL_LENGTH(n));
		cr_assert_eq(
		    base64url_decode(&bytes, &len, &a, pairs[i].text, strlen(pairs[i].text)),
		    ERR_OK, "'%s'", pairs[i].text);
		cr_expect_eq(len, n);
		cr_expect_str_eq((char *)bytes, pairs[i].bytes);
	}
	arena_free(&a);
}

Test(base64url, keeps_every_byte)
{
	struct arena a = { 0 };
	unsigned char all[256], *bytes;
	char *text;
	size_t i, len;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)(i * 167 + 13);
	for (i = 0; i <= sizeof(all); i++) {
		text = base64url_encode_in(&a, all, i);
		cr_assert_eq(base64url_decode(&bytes, &len, &a, text, strlen(text)), ERR_OK);
		cr_expect_eq(len, i);
		cr_expect_eq(memcmp(bytes, all, i), 0, "%zu bytes", i);
	}
	arena_free(&a);
}
