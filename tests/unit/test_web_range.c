/* Ranges of files and conditions: what strangers write into those headers. */
#include "web/web_range.h"

#include <criterion/criterion.h>

#define ETAG "\"abc\""

Test(web_range, ranges_of_a_file_of_ten_bytes)
{
	static const struct {
		const char *range;
		struct web_range is;
	} cases[] = {
		{ NULL, { WEB_RANGE_ALL, 0, 10 } },
		{ "", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=-", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=a-b", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=5", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=5-4", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=0-1,3-4", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=0-1x", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=--5", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=+1-2", { WEB_RANGE_ALL, 0, 10 } },
		{ "lines=0-1", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=0-99999999999999999999", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=99999999999999999999-", { WEB_RANGE_ALL, 0, 10 } },
		{ "bytes=0-0", { WEB_RANGE_PART, 0, 1 } },
		{ "bytes=0-9", { WEB_RANGE_PART, 0, 10 } },
		{ "Bytes= 2-5 ", { WEB_RANGE_PART, 2, 6 } },
		{ "bytes=9-", { WEB_RANGE_PART, 9, 10 } },
		{ "bytes=3-999", { WEB_RANGE_PART, 3, 10 } },
		{ "bytes=-1", { WEB_RANGE_PART, 9, 10 } },
		{ "bytes=-10", { WEB_RANGE_PART, 0, 10 } },
		{ "bytes=-11", { WEB_RANGE_PART, 0, 10 } },
		{ "bytes=10-", { WEB_RANGE_NONE, 10, 10 } },
		{ "bytes=10-20", { WEB_RANGE_NONE, 10, 10 } },
		{ "bytes=-0", { WEB_RANGE_NONE, 10, 10 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct web_range_ask ask = { .range = cases[i].range };
		struct web_range r = web_range_choose(&ask, ETAG, 10);

		cr_expect_eq(r.kind, cases[i].is.kind, "%s", cases[i].range);
		cr_expect_eq(r.from, cases[i].is.from, "%s", cases[i].range);
		cr_expect_eq(r.until, cases[i].is.until, "%s", cases[i].range);
	}
}

Test(web_range, an_empty_file_has_no_part)
{
	static const char *const ranges[] = { "bytes=0-", "bytes=-1", "bytes=0-0" };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct web_range_ask ask = { .range = ranges[i] };

		cr_expect_eq(web_range_choose(&ask, ETAG, 0).kind, WEB_RANGE_NONE);
	}
}

Test(web_range, conditions)
{
	static const struct {
		const char *if_none_match, *if_range;
		enum web_range_kind kind;
	} cases[] = {
		{ NULL, NULL, WEB_RANGE_PART },
		{ NULL, ETAG, WEB_RANGE_PART },
		{ NULL, "\"old\"", WEB_RANGE_ALL },
		{ NULL, "W/" ETAG, WEB_RANGE_ALL },
		{ NULL, "Sat, 28 Nov 2026 10:00:00 GMT", WEB_RANGE_ALL },
		{ ETAG, NULL, WEB_RANGE_SAME },
		{ "W/" ETAG, NULL, WEB_RANGE_SAME },
		{ "*", NULL, WEB_RANGE_SAME },
		{ "\"x\", " ETAG " ,\"y\"", NULL, WEB_RANGE_SAME },
		{ "\"x\",\"y\"", NULL, WEB_RANGE_PART },
		{ "\"abcd\"", NULL, WEB_RANGE_PART },
		{ "abc", NULL, WEB_RANGE_PART },
		{ ",,, ", NULL, WEB_RANGE_PART },
		{ ETAG, "\"old\"", WEB_RANGE_SAME },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct web_range_ask ask = { .range = "bytes=1-2",
			.if_range = cases[i].if_range,
			.if_none_match = cases[i].if_none_match };

		cr_expect_eq(web_range_choose(&ask, ETAG, 10).kind, cases[i].kind, "case %zu", i);
	}
}
