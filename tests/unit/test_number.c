/* Figures and money in text. */
#include <criterion/criterion.h>

#include "base/money.h"
#include "base/number.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

Test(number, fixed)
{
	static const struct {
		int64_t digits;
		int places;
		const char *fixed, *trimmed;
	} cases[] = {
		{ 0, 0, "0", "0" },
		{ 0, 3, "0.000", "0" },
		{ -5, 3, "-0.005", "-0.005" },
		{ 123450, 2, "1,234.50", "1,234.5" },
		{ -123400, 2, "-1,234.00", "-1,234" },
		{ 999, 0, "999", "999" },
		{ 1000, 0, "1,000", "1,000" },
		{ INT64_MAX, 0, "9,223,372,036,854,775,807", "9,223,372,036,854,775,807" },
		{ INT64_MIN, 18, "-9.223372036854775808", "-9.223372036854775808" },
		{ 1, 18, "0.000000000000000001", "0.000000000000000001" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[NUMBER_SIZE];

		cr_expect_str_eq(
		    number_fixed(text, cases[i].digits, cases[i].places), cases[i].fixed);
		cr_expect_str_eq(
		    number_trimmed(text, cases[i].digits, cases[i].places), cases[i].trimmed);
	}
}

Test(number, money)
{
	static const struct {
		int64_t minor;
		const char *currency, *text;
	} cases[] = {
		{ 5, "", "0.05 " },
		{ 100, "<b>toolong", "1.00 &lt;B&gt;TOOL" },
		{ 0, "EUR", "0.00 EUR" },
		{ 123450, "usd", "1,234.50 USD" },
		{ -1, "JPY", "-1 JPY" },
		{ 1500, "krw", "1,500 KRW" },
		{ 1234, "KWD", "1.234 KWD" },
		{ INT64_MIN, "EUR", "-92,233,720,368,547,758.08 EUR" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct strbuf out = { 0 };

		money_add(&out, cases[i].minor, cases[i].currency);
		cr_expect_str_eq(strbuf_text(&out), cases[i].text, "%s", strbuf_text(&out));
		strbuf_free(&out);
	}
}
