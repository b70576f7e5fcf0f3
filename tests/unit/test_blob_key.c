/* What is a key and what must never be a path. */
#include "blob/blob_key.h"

#include <criterion/criterion.h>

#define STEM_64 "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"

static const struct {
	const char *key;
	bool is_valid;
} keys[] = {
	{ "", false },
	{ ".full", false },
	{ "0123456789a.full", false }, /* 11 */
	{ STEM_64 "x.full", false },
	{ "0123456789ab", false },
	{ "0123456789ab.", false },
	{ "0123456789ab.FULL", false },
	{ "0123456789ab.fullx", false },
	{ "0123456789ab.full/", false },
	{ "0123456789ab.full.view", false },
	{ "0123456789ab.full\n", false },
	{ "0123456789ab .full", false },
	{ "../../x", false },
	{ "../../../../etc/passwd.full", false },
	{ "0123456789ab/../x.full", false },
	{ "/0123456789ab.full", false },
	{ "..0123456789ab.full", false },
	{ "0123456789%2f.full", false },
	{ "0123456789+a.full", false },
	{ "0123456789\xc3\xa9 a.full", false },
	{ "0123456789ab.full", true },
	{ "0123456789ab.view", true },
	{ "0123456789ab.thumb", true },
	{ "------------.full", true },
	{ STEM_64 ".thumb", true },
};

Test(blob_key, valid_or_not)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		cr_expect_eq(blob_key_is_valid(keys[i].key), keys[i].is_valid, "%s", keys[i].key);
}

Test(blob_key, the_longest_fits_its_place)
{
	cr_expect_eq(sizeof(STEM_64 ".thumb"), BLOB_KEY_SIZE);
	cr_expect_eq(blob_key_stem("0123456789ab.full"), 12);
}
