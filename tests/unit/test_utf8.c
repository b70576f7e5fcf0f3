/* UTF-8 or not: the borders of every row of the Unicode standard's table 3-7. */
#include "base/utf8.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const refused[] = {
	/* one and two bytes */
	"\x80",
	"\xbf",
	"a\x80",
	"\xc0\x80",
	"\xc1\xbf",
	"\xc2",
	"\xc2 ",
	"\xc2\xc2",
	/* three bytes */
	"\xe0\x80\x80",
	"\xe0\x9f\xbf",
	"\xed\xa0\x80",
	"\xed\xbf\xbf",
	"\xe2\x82",
	"\xe2\x28\xa1",
	"\xe2\x82\x28",
	"\xef",
	/* four bytes and more */
	"\xf0\x8f\xbf\xbf",
	"\xf4\x90\x80\x80",
	"\xf5\x80\x80\x80",
	"\xf0\x9f\x8e",
	"\xf0\x9f\x8e\x28",
	"\xf8\x88\x80\x80\x80",
	"\xfe",
	"\xff",
};

static const char *const accepted[] = {
	"",
	"plain\n\t\x7f",
	"\xc2\x80",
	"\xdf\xbf",
	"\xe0\xa0\x80",
	"\xec\xbf\xbf",
	"\xed\x9f\xbf",
	"\xee\x80\x80",
	"\xef\xbf\xbf",
	"\xf0\x90\x80\x80",
	"\xf4\x8f\xbf\xbf",
	"Ærø 日本 🎉",
};

Test(utf8, refuses_what_is_none)
{
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_not(utf8_is_valid(refused[i], strlen(refused[i])), "case %zu", i);
}

Test(utf8, accepts_the_borders)
{
	size_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
		cr_expect(utf8_is_valid(accepted[i], strlen(accepted[i])), "case %zu", i);
}

Test(utf8, reads_no_further_than_the_length)
{
	cr_expect(utf8_is_valid("ab\xff", 2));
	cr_expect_not(utf8_is_valid("\xe2\x82\xac", 2));
	cr_expect(utf8_is_valid("a\0b", 3));
}
