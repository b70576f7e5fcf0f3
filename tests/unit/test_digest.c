/* SHA-256 (FIPS 180-4 examples) and HMAC (RFC 4231). */
#include "base/digest.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static const char *
hex(const unsigned char digest[DIGEST_BYTES])
{
	static char text[2 * DIGEST_BYTES + 1];

	hex_encode(text, digest, DIGEST_BYTES);
	return text;
}

static const struct {
	const char *text, *hex;
} hashes[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

Test(digest, hashes)
{
	unsigned char out[DIGEST_BYTES];
	size_t i;

	for (i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
		digest_sha256(out, hashes[i].text, strlen(hashes[i].text));
		cr_expect_str_eq(hex(out), hashes[i].hex);
	}
}

static const struct {
	const char *key, *first, *second, *hex;
} macs[] = {
	{ "Jefe", "what do ya want ", "for nothing?",
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
	{ "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "",
	    "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
	{ "", "", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
	{ "whsec_test_0123456789abcdefABCDEF0123456789", "1767225600.",
	    "{\"id\":\"evt_1\",\"object\":\"event\"}",
	    "321a2e09725f587721ed02c8fa9a7186071ad7f48368e4fc2354c3011911722c" },
};

Test(digest, authenticates_parts_as_one_text)
{
	unsigned char out[DIGEST_BYTES], whole[DIGEST_BYTES];
	char joined[100];
	size_t i;

	for (i = 0; i < sizeof(macs) / sizeof(macs[0]); i++) {
		const struct digest_part two[] = {
			{ macs[i].first, strlen(macs[i].first) },
			{ macs[i].second, strlen(macs[i].second) },
		};
		struct digest_part one = { joined, 0 };

		one.len =
		    (size_t)snprintf(joined, sizeof(joined), "%s%s", macs[i].first, macs[i].second);
		digest_hmac_sha256(out, macs[i].key, strlen(macs[i].key), two, 2);
		digest_hmac_sha256(whole, macs[i].key, strlen(macs[i].key), &one, 1);
		cr_expect_str_eq(hex(out), macs[i].hex);
		cr_expect_arr_eq(out, whole, DIGEST_BYTES);
	}
}

/* RFC 4231, case 6: a key longer than a block. No parts at all are an empty text. */
Test(digest, takes_long_keys_and_no_parts)
{
	const char *text = "Test Using Larger Than Block-Size Key - Hash Key First";
	const struct digest_part part = { text, strlen(text) };
	unsigned char key[131], out[DIGEST_BYTES];

	memset(key, 0xaa, sizeof(key));
	digest_hmac_sha256(out, key, sizeof(key), &part, 1);
	cr_expect_str_eq(
	    hex(out), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	digest_hmac_sha256(out, NULL, 0, NULL, 0);
	cr_expect_str_eq(hex(out), macs[2].hex);
}

Test(digest, compares)
{
	cr_expect_not(digest_equal("abcd", "abce", 4));
	cr_expect_not(digest_equal("abcd", "bbcd", 4));
	cr_expect(digest_equal("abcd", "abce", 3));
	cr_expect(digest_equal("abcd", "abcd", 4));
	cr_expect(digest_equal_text("abcd", "abcd"));
	cr_expect(digest_equal_text("", ""));
	cr_expect_not(digest_equal_text("abcd", "abce"));
	cr_expect_not(digest_equal_text("abcd", "abc"));
	cr_expect_not(digest_equal_text("abc", "abcd"));
	cr_expect_not(digest_equal_text(NULL, "abcd"));
	cr_expect_not(digest_equal_text("abcd", NULL));
	cr_expect_not(digest_equal_text(NULL, NULL));
}
