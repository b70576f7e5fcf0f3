/* The bounded reader of EXIF's orientation, and which colour profiles are kept. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "image/image_parts.h"

#define ENTRY_II(n) "\x12\x01\x03\0\x01\0\0\0" n "\0\0\0"
#define ENTRY_MM(n) "\x01\x12\0\x03\0\0\0\x01\0" n "\0\0"
#define OTHER_II "\x0f\x01\x02\0\x04\0\0\0abc\0"
#define CASE(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *bytes;
	size_t len;
	int orientation;
} cases[] = {
	{ CASE(""), 1 },
	{ CASE("II*"), 1 },
	{ CASE("II*\0\x08\0\0\0"), 1 },
	{ CASE("II*\0\x08\0\0\0\x01\0" ENTRY_II("\x06")), 6 },
	{ CASE("MM\0*\0\0\0\x08\0\x01" ENTRY_MM("\x08")), 8 },
	{ CASE("II*\0\x08\0\0\0\x02\0" OTHER_II ENTRY_II("\x03")), 3 },
	{ CASE("II*\0\x0a\0\0\0xx\x01\0" ENTRY_II("\x05")), 5 },
	/* one entry is said, two are there; a number that is none; a place outside */
	{ CASE("II*\0\x08\0\0\0\x01\0" OTHER_II ENTRY_II("\x03")), 1 },
	{ CASE("II*\0\x08\0\0\0\x01\0" ENTRY_II("\x09")), 1 },
	{ CASE("II*\0\x08\0\0\0\x01\0" ENTRY_II("\0")), 1 },
	{ CASE("II*\0\xff\xff\xff\xff\x01\0" ENTRY_II("\x06")), 1 },
	{ CASE("II*\0\xf0\0\0\0\x01\0" ENTRY_II("\x06")), 1 },
	{ CASE("II*\0\x08\0\0\0\xff\xff" OTHER_II), 1 },
	{ CASE("II\0*\x08\0\0\0\x01\0" ENTRY_II("\x06")), 1 },
	{ CASE("XX*\0\x08\0\0\0\x01\0" ENTRY_II("\x06")), 1 },
	/* as a long number, which nobody writes */
	{ CASE("II*\0\x08\0\0\0\x01\0\x12\x01\x04\0\x01\0\0\0\x06\0\0\0"), 1 },
};

Test(image_exif, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned char *copy = malloc(cases[i].len + 1);

		copy = realloc(copy, cases[i].len > 0 ? cases[i].len : 1);
		memcpy(copy, cases[i].bytes, cases[i].len);
		cr_expect_eq(image_exif_orientation(copy, cases[i].len), cases[i].orientation,
		    "case %zu", i);
		free(copy);
	}
}

/* However it is cut, nothing is read outside. */
Test(image_exif, cut_off)
{
	static const char whole[] = "II*\0\x08\0\0\0\x02\0" OTHER_II ENTRY_II("\x03");

	for (size_t len = 1; len < sizeof(whole) - 4; len++) {
		unsigned char *copy = malloc(len);

		memcpy(copy, whole, len);
		cr_expect_eq(image_exif_orientation(copy, len), len < 32 ? 1 : 3, "%zu", len);
		free(copy);
	}
}

Test(image_exif, profiles)
{
	static unsigned char p[32 * 1024];

	p[2] = 1; /* 256 bytes */
	memcpy(p + 16, "RGB ", 4);
	memcpy(p + 36, "acsp", 4);
	cr_expect(image_profile_is_kept(p, 256, "RGB "));
	cr_expect_not(image_profile_is_kept(p, 256, "GRAY"));
	cr_expect_not(image_profile_is_kept(p, 255, "RGB "));
	cr_expect_not(image_profile_is_kept(p, 20, "RGB "));
	p[2] = 0x80;
	cr_expect_not(image_profile_is_kept(p, sizeof(p), "RGB "), "too large");
	p[2] = 1, p[36] = 'x';
	cr_expect_not(image_profile_is_kept(p, 256, "RGB "));
}
