/* See human.h. */
#include "base/human.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "base/number.h"
#include "base/rfc3339.h"

const char *
human_count(struct arena *arena, int64_t n)
{
	char text[NUMBER_SIZE];

	return arena_strdup(arena, number_fixed(text, n, 0));
}

const char *
human_plural(struct arena *arena, int64_t n, const char *one, const char *many)
{
	return arena_printf(arena, "%s %s", human_count(arena, n), n == 1 ? one : many);
}

/* How many of a part of a unit, rounded half up. */
static uint64_t
rounded(uint64_t bytes, uint64_t part)
{
	return bytes / part + (bytes % part >= part / 2);
}

const char *
human_bytes_text(char text[HUMAN_BYTES_SIZE], int64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB", "PB", "EB" };
	uint64_t n = bytes > 0 ? (uint64_t)bytes : 0, unit = 1000, tenths;
	size_t i = 0;

	if (n < 1000) {
		snprintf(text, HUMAN_BYTES_SIZE, "%" PRIu64 " B", n);
		return text;
	}
	/* What would be shown as 1000 of a unit is 1 of the next. */
	while (rounded(n, unit) >= 1000) {
		unit *= 1000;
		i++;
	}
	tenths = rounded(n, unit / 10);
	if (tenths >= 1000)
		snprintf(text, HUMAN_BYTES_SIZE, "%" PRIu64 " %s", rounded(n, unit), units[i]);
	else if (tenths % 10 == 0)
		snprintf(text, HUMAN_BYTES_SIZE, "%" PRIu64 " %s", tenths / 10, units[i]);
	else
		snprintf(text, HUMAN_BYTES_SIZE, "%" PRIu64 ".%" PRIu64 " %s", tenths / 10,
		    tenths % 10, units[i]);
	return text;
}

const char *
human_bytes(struct arena *arena, int64_t bytes)
{
	char text[HUMAN_BYTES_SIZE];

	return arena_strdup(arena, human_bytes_text(text, bytes));
}

/* "4 days"; the largest unit that fits, cut off. */
static const char *
span(struct arena *arena, int64_t seconds)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {
		{ INT64_C(365) * 86400, "year", "years" },
		{ INT64_C(30) * 86400, "month", "months" },
		{ 86400, "day", "days" },
		{ 3600, "hour", "hours" },
		{ 60, "minute", "minutes" },
		{ 1, "second", "seconds" },
	};
	size_t i = 0;

	while (seconds < units[i].seconds && units[i].seconds > 1)
		i++;
	return human_plural(arena, seconds / units[i].seconds, units[i].one, units[i].many);
}

/* b - a, kept within what a time can be: hostile clocks must not overflow. */
static int64_t
seconds_between(int64_t a, int64_t b)
{
	int64_t d;

	if (__builtin_sub_overflow(b, a, &d))
		return b > a ? INT64_MAX : -INT64_MAX;
	return d < -INT64_MAX ? -INT64_MAX : d;
}

const char *
human_ago(struct arena *arena, int64_t at, int64_t now)
{
	int64_t s = seconds_between(at, now);

	if (s > -5 && s < 5)
		return "just now";
	if (s < 0)
		return arena_printf(arena, "in %s", span(arena, -s));
	return arena_printf(arena, "%s ago", span(arena, s));
}

const char *
human_span(struct arena *arena, int64_t since, int64_t now)
{
	int64_t s = seconds_between(since, now);

	return s < 60 ? "less than a minute" : span(arena, s);
}

const char *
human_time_iso(struct arena *arena, int64_t at)
{
	char text[RFC3339_SIZE];

	if (rfc3339_format(text, at) != ERR_OK)
		return "";
	return arena_strdup(arena, text);
}

const char *
human_time(struct arena *arena, int64_t at)
{
	char text[RFC3339_SIZE];

	if (rfc3339_format(text, at) != ERR_OK)
		return "an unknown time";
	return arena_printf(arena, "%.10s %.5s UTC", text, text + sizeof("2026-01-01T") - 1);
}

const char *
human_day(struct arena *arena, int64_t at)
{
	static const char *const months[] = { "January", "February", "March", "April", "May",
		"June", "July", "August", "September", "October", "November", "December" };
	int year, month, day;

	if (rfc3339_date(at, &year, &month, &day) != ERR_OK)
		return "an unknown day";
	return arena_printf(arena, "%d %s %d", day, months[month - 1], year);
}
