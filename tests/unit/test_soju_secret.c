/* Passwords that are made from the key again and again: the same for ever, and none like another.
 */
#include "bouncer/soju_secret.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(soju_secret, .fini = end);

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Made with: printf 'admin:alice' | openssl dgst -sha256 -mac HMAC -macopt hexkey:KEY -binary |
 * basenc --base64url */
Test(soju_secret, stays_what_it_was)
{
	cr_expect_str_eq(soju_secret(&arena, KEY, SOJU_SECRET_ADMIN, "alice"),
	    "zDe5ihHoRKwjCAZL3eDuw6aSP8Af-Rocm4G45_Nsk5M");
	cr_expect_str_eq(soju_secret(&arena, KEY, SOJU_SECRET_DATABASE, "alice"),
	    "hocjOXupVONFjAKjhthDUmf2W5hdFuAGVwN0EAZq8Z8");
}

Test(soju_secret, each_has_its_own)
{
	const char *one = soju_secret(&arena, KEY, SOJU_SECRET_ADMIN, "alice");

	cr_expect_str_neq(soju_secret(&arena, KEY, SOJU_SECRET_ADMIN, "alice-work"), one);
	cr_expect_str_neq(soju_secret(&arena, KEY, SOJU_SECRET_ADMIN, ""), one);
	cr_expect_str_neq(soju_secret(&arena,
			      "100102030405060708090a0b0c0d0e0f"
			      "101112131415161718191a1b1c1d1e1f",
			      SOJU_SECRET_ADMIN, "alice"),
	    one);
}

Test(soju_secret, no_key_no_password)
{
	static const char *const bad[] = { "", "00", KEY "00", "zz" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_null(soju_secret(&arena, bad[i], SOJU_SECRET_ADMIN, "alice"));
}
