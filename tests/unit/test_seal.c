/* Sealed secrets: what is changed in any way does not open. */
#include "base/seal.h"

#include <criterion/criterion.h>
#include <string.h>

static const unsigned char key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcde";
static const unsigned char other_key[SEAL_KEY_BYTES] = "0123456789abcdef0123456789abcdf";
static const char *const secret = "a refresh token";

static enum err
open_with(struct arena *a, const void *sealed, size_t len)
{
	unsigned char *plain;
	size_t plain_len;

	return seal_open(&plain, &plain_len, a, key, "refresh_token:42", sealed, len);
}

Test(seal, every_flipped_bit_and_every_cut_is_refused)
{
	struct arena a = { 0 };
	size_t len, i;
	unsigned char *s = seal_make(&a, key, "refresh_token:42", secret, strlen(secret), &len);

	cr_assert_eq(len, strlen(secret) + SEAL_EXTRA_BYTES);
	for (i = 0; i < len * 8; i++) {
		s[i / 8] ^= (unsigned char)(1 << i % 8);
		cr_expect_eq(open_with(&a, s, len), ERR_INVALID, "bit %zu", i);
		s[i / 8] ^= (unsigned char)(1 << i % 8);
	}
	for (i = 0; i < len; i++)
		cr_expect_eq(open_with(&a, s, i), ERR_INVALID, "%zu bytes", i);
	cr_expect_eq(open_with(&a, NULL, 0), ERR_INVALID);
	cr_expect_eq(open_with(&a, s, len), ERR_OK);
	arena_free(&a);
}

Test(seal, refuses_another_key_or_context)
{
	struct arena a = { 0 };
	unsigned char *plain = NULL;
	size_t len, plain_len = 0;
	unsigned char *s = seal_make(&a, key, "refresh_token:42", secret, strlen(secret), &len);

	cr_expect_eq(
	    seal_open(&plain, &plain_len, &a, other_key, "refresh_token:42", s, len), ERR_INVALID);
	cr_expect_eq(
	    seal_open(&plain, &plain_len, &a, key, "refresh_token:43", s, len), ERR_INVALID);
	cr_expect_eq(seal_open(&plain, &plain_len, &a, key, "", s, len), ERR_INVALID);
	cr_expect_null(plain, "nothing comes out of a failure");
	arena_free(&a);
}

Test(seal, goes_there_and_back_in_every_length)
{
	struct arena a = { 0 };
	unsigned char bytes[100], *plain, *sealed;
	size_t i, len, plain_len;

	memset(bytes, 0xa5, sizeof(bytes));
	for (i = 0; i <= sizeof(bytes); i++) {
		sealed = seal_make(&a, key, "c", bytes, i, &len);
		cr_assert_eq(seal_open(&plain, &plain_len, &a, key, "c", sealed, len), ERR_OK);
		cr_expect_eq(plain_len, i);
		cr_expect_eq(memcmp(plain, bytes, i), 0);
		cr_expect_eq(plain[i], '\0');
	}
	arena_free(&a);
}

Test(seal, hides_and_never_repeats)
{
	struct arena a = { 0 };
	size_t len;
	unsigned char *one = seal_make(&a, key, "c", secret, strlen(secret), &len);
	unsigned char *two = seal_make(&a, key, "c", secret, strlen(secret), &len);

	cr_expect_neq(memcmp(one + 1, two + 1, 12), 0, "the nonce");
	cr_expect_neq(memcmp(one + 13, secret, strlen(secret)), 0, "the text");
	arena_free(&a);
}
