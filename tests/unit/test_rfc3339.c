/* RFC 3339 times, strict. */
#include "base/rfc3339.h"

#include <criterion/criterion.h>
#include <inttypes.h>

static const char *const refused[] = {
	"",
	"2026",
	"2026-01-01",
	"2026-01-01T00:00:00",
	"2026-01-01T00:00Z",
	"2026-01-01 00:00:00Z",
	"2026-01-01t00:00:00Z",
	"2026-01-01T00:00:00z",
	" 2026-01-01T00:00:00Z",
	"2026-01-01T00:00:00Z ",
	"2026-01-01T00:00:00ZZ",
	"2026-1-01T00:00:00Z",
	"26-01-01T00:00:00Z",
	"+026-01-01T00:00:00Z",
	"2026-00-01T00:00:00Z",
	"2026-13-01T00:00:00Z",
	"2026-01-00T00:00:00Z",
	"2026-01-32T00:00:00Z",
	"2026-04-31T00:00:00Z",
	"2026-02-29T00:00:00Z",
	"1900-02-29T00:00:00Z",
	"2024-02-30T00:00:00Z",
	"2026-01-01T24:00:00Z",
	"2026-01-01T00:60:00Z",
	"2026-01-01T00:00:61Z",
	"2026-01-01T00:00:60Z",
	"2026-01-01T23:59:60+01:00",
	"2026-01-01T00:00:00.Z",
	"2026-01-01T00:00:00,5Z",
	"2026-01-01T00:00:00.5.5Z",
	"2026-01-01T00:00:00+0100",
	"2026-01-01T00:00:00+01",
	"2026-01-01T00:00:00+24:00",
	"2026-01-01T00:00:00+01:60",
	"2026-01-01T00:00:00+1:00",
	"2026-01-01T00:00:00 01:00",
	"2026-01-01T00:00:00Z+01:00",
	"2026-01-01T0a:00:00Z",
	"2026-01-01T-1:00:00Z",
};

static const struct {
	const char *text;
	int64_t seconds;
} accepted[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "2026-01-01T00:00:00Z", 1767225600 },
	{ "2026-01-01T00:00:00.999999999999999999999Z", 1767225600 },
	{ "2026-01-01T00:00:00.0900Z", 1767225600 },
	{ "2026-01-01T02:00:00+02:00", 1767225600 },
	{ "2025-12-31T18:30:00.25-05:30", 1767225600 },
	{ "2026-01-01T00:00:00-00:00", 1767225600 },
	{ "2024-02-29T12:00:00Z", 1709208000 },
	{ "2000-02-29T00:00:00Z", 951782400 },
	{ "2000-03-01T00:00:00Z", 951868800 },
	{ "2016-12-31T23:59:60Z", 1483228800 },
	{ "2017-01-01T00:59:60+01:00", 1483228800 },
	{ "2038-01-19T03:14:08Z", INT64_C(2147483648) },
	{ "0000-01-01T00:00:00Z", INT64_C(-62167219200) },
	{ "9999-12-31T23:59:59Z", INT64_C(253402300799) },
};

Test(rfc3339, refuses)
{
	int64_t seconds = 7;
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		cr_expect_eq(rfc3339_parse(refused[i], &seconds), ERR_INVALID, "%s", refused[i]);
	cr_expect_eq(seconds, 7);
}

Test(rfc3339, reads)
{
	int64_t seconds = 0;
	size_t i;

	for (i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		cr_expect_eq(
		    rfc3339_parse(accepted[i].text, &seconds), ERR_OK, "%s", accepted[i].text);
		cr_expect_eq(
		    seconds, accepted[i].seconds, "%s: %" PRId64, accepted[i].text, seconds);
	}
}

/* A step that is prime to days and years, through all years that there are. */
Test(rfc3339, writes_what_it_reads)
{
	char text[RFC3339_SIZE];
	int64_t t, back = 0;

	for (t = INT64_C(-62167219200); t <= INT64_C(253402300799); t += 4999999) {
		cr_assert_eq(rfc3339_format(text, t), ERR_OK);
		cr_assert_eq(rfc3339_parse(text, &back), ERR_OK, "%s", text);
		cr_assert_eq(back, t, "%s", text);
	}
}

Test(rfc3339, writes)
{
	static const int64_t outside[] = { INT64_C(-62167219201), INT64_C(253402300800), INT64_MIN,
		INT64_MAX };
	char text[RFC3339_SIZE];
	size_t i;

	for (i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		cr_expect_eq(rfc3339_format(text, outside[i]), ERR_INVALID);
		cr_expect_str_eq(text, "");
	}
	cr_expect_eq(rfc3339_format(text, 1767225600), ERR_OK);
	cr_expect_str_eq(text, "2026-01-01T00:00:00Z");
	cr_expect_eq(rfc3339_format(text, -1), ERR_OK);
	cr_expect_str_eq(text, "1969-12-31T23:59:59Z");
	cr_expect_eq(rfc3339_format(text, INT64_C(253402300799)), ERR_OK);
	cr_expect_str_eq(text, "9999-12-31T23:59:59Z");
}
