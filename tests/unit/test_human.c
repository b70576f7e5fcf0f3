/* Figures and times in words. */
#include <criterion/criterion.h>

#include "base/human.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOW 1795168800 /* 2026-11-20 10:00 UTC */

static struct arena arena;

static const struct {
	int64_t n;
	const char *text;
} counts[] = {
	{ INT64_MIN, "-9,223,372,036,854,775,808" },
	{ -1000, "-1,000" },
	{ -1, "-1" },
	{ 0, "0" },
	{ 999, "999" },
	{ 1000, "1,000" },
	{ 12345, "12,345" },
	{ 123456, "123,456" },
	{ 1234567, "1,234,567" },
	{ INT64_MAX, "9,223,372,036,854,775,807" },
}, sizes[] = {
	{ -1, "0 B" },
	{ 0, "0 B" },
	{ 999, "999 B" },
	{ 1000, "1 kB" },
	{ 1049, "1 kB" },
	{ 1050, "1.1 kB" },
	{ 45678, "45.7 kB" },
	{ 99949, "99.9 kB" },
	{ 99950, "100 kB" },
	{ 234467, "234 kB" },
	{ 999499, "999 kB" },
	{ 999500, "1 MB" },
	{ 1234567890, "1.2 GB" },
	{ 5000000000000, "5 TB" },
	{ 7000000000000000, "7 PB" },
	{ INT64_MAX, "9.2 EB" },
}, ages[] = { /* seconds before now */
	{ -3600, "in 1 hour" },
	{ -5, "in 5 seconds" },
	{ -4, "just now" },
	{ 0, "just now" },
	{ 4, "just now" },
	{ 5, "5 seconds ago" },
	{ 59, "59 seconds ago" },
	{ 60, "1 minute ago" },
	{ 3599, "59 minutes ago" },
	{ 3600, "1 hour ago" },
	{ 86399, "23 hours ago" },
	{ 86400, "1 day ago" },
	{ 29 * 86400, "29 days ago" },
	{ 30 * 86400, "1 month ago" },
	{ 364 * 86400, "12 months ago" },
	{ 730 * 86400, "2 years ago" },
}, spans[] = {
	{ -10, "less than a minute" },
	{ 59, "less than a minute" },
	{ 60, "1 minute" },
	{ 4 * 86400 + 5, "4 days" },
}, times[] = {
	{ INT64_MIN, "an unknown time" },
	{ INT64_MAX, "an unknown time" },
	{ -1, "1969-12-31 23:59 UTC" },
	{ 0, "1970-01-01 00:00 UTC" },
	{ NOW, "2026-11-20 10:00 UTC" },
	{ 1709251199, "2024-02-29 23:59 UTC" },
};

Test(human, count)
{
	for (size_t i = 0; i < COUNT(counts); i++)
		cr_expect_str_eq(human_count(&arena, counts[i].n), counts[i].text);
}

Test(human, bytes)
{
	for (size_t i = 0; i < COUNT(sizes); i++)
		cr_expect_str_eq(human_bytes(&arena, sizes[i].n), sizes[i].text);
}

Test(human, plural)
{
	cr_expect_str_eq(human_plural(&arena, 0, "paste", "pastes"), "0 pastes");
	cr_expect_str_eq(human_plural(&arena, 1, "paste", "pastes"), "1 paste");
	cr_expect_str_eq(human_plural(&arena, 2000, "paste", "pastes"), "2,000 pastes");
}

Test(human, ago)
{
	for (size_t i = 0; i < COUNT(ages); i++)
		cr_expect_str_eq(human_ago(&arena, NOW - ages[i].n, NOW), ages[i].text);
	/* Clocks that lie do not overflow. */
	cr_expect_str_eq(human_ago(&arena, INT64_MIN, INT64_MAX), "292,471,208,677 years ago");
	cr_expect_str_eq(human_ago(&arena, INT64_MAX, INT64_MIN), "in 292,471,208,677 years");
}

Test(human, span)
{
	for (size_t i = 0; i < COUNT(spans); i++)
		cr_expect_str_eq(human_span(&arena, NOW - spans[i].n, NOW), spans[i].text);
}

Test(human, time)
{
	for (size_t i = 0; i < COUNT(times); i++)
		cr_expect_str_eq(human_time(&arena, times[i].n), times[i].text);
	cr_expect_str_eq(human_day(&arena, NOW), "20 November 2026");
	cr_expect_str_eq(human_day(&arena, 1804032000), "3 March 2027");
	cr_expect_str_eq(human_day(&arena, INT64_MIN), "an unknown day");
	cr_expect_str_eq(human_time_iso(&arena, NOW), "2026-11-20T10:00:00Z");
	cr_expect_str_eq(human_time_iso(&arena, INT64_MAX), "");
}
