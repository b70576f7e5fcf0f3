/* Hexadecimal digits, both ways. */
#include "base/hex.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const refused[] = {
	"",
	"0",
	"00",
	"00ff1",
	"00ff100",
	"00ff1g",
	" 0ff10",
	"0x0ff1",
	"00ff1 ",
	"00f\xc3\xbf",
	"-0ff10",
};

Test(hex, refuses_what_is_not_exactly_three_bytes)
{
	unsigned char out[3];
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(hex_decode(out, 3, refused[i]), ERR_INVALID, "'%s'", refused[i]);
}

Test(hex, reads_both_cases_and_writes_the_lower)
{
	static const unsigned char bytes[] = { 0x00, 0xff, 0x1a, 0x90 };
	unsigned char out[4];
	char text[9];

	cr_expect_eq(hex_decode(out, 4, "00fF1A90"), ERR_OK);
	cr_expect_arr_eq(out, bytes, 4);
	hex_encode(text, bytes, 4);
	cr_expect_str_eq(text, "00ff1a90");
	hex_encode(text, bytes, 0);
	cr_expect_str_eq(text, "");
	cr_expect_eq(hex_decode(out, 0, ""), ERR_OK);
}

Test(hex, knows_its_digits)
{
	cr_expect_eq(hex_digit('/'), -1);
	cr_expect_eq(hex_digit(':'), -1);
	cr_expect_eq(hex_digit('@'), -1);
	cr_expect_eq(hex_digit('G'), -1);
	cr_expect_eq(hex_digit('`'), -1);
	cr_expect_eq(hex_digit('g'), -1);
	cr_expect_eq(hex_digit('\0'), -1);
	cr_expect_eq(hex_digit('9'), 9);
	cr_expect_eq(hex_digit('a'), 10);
	cr_expect_eq(hex_digit('F'), 15);
}
