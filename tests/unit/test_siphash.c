/* SipHash-2-4 against the paper's own example (appendix A), and that every byte and the key count.
 */
#include <criterion/criterion.h>

#include "base/siphash.h"

static unsigned char key[SIPHASH_KEY_BYTES], text[64];

static void
setup(void)
{
	for (unsigned char i = 0; i < sizeof(key); i++)
		key[i] = i;
	for (unsigned char i = 0; i < sizeof(text); i++)
		text[i] = i;
}

TestSuite(siphash, .init = setup);

Test(siphash, example_of_the_paper)
{
	cr_expect_eq(siphash(key, text, 15), UINT64_C(0xa129ca6149be45e5));
}

Test(siphash, every_length_and_every_byte_counts)
{
	for (size_t len = 0; len < sizeof(text); len++) {
		uint64_t whole = siphash(key, text, len);

		cr_expect_neq(whole, siphash(key, text, len + 1), "%zu", len);
		for (size_t i = 0; i < len; i++) {
			text[i] ^= 0x80;
			cr_expect_neq(whole, siphash(key, text, len), "byte %zu of %zu", i, len);
			text[i] ^= 0x80;
		}
	}
}

Test(siphash, every_byte_of_the_key_counts)
{
	uint64_t whole = siphash(key, text, 9);

	for (size_t i = 0; i < sizeof(key); i++) {
		key[i] ^= 1;
		cr_expect_neq(whole, siphash(key, text, 9), "byte %zu", i);
		key[i] ^= 1;
	}
}
