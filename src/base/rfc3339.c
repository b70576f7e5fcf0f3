/*
 * RFC 3339. Days are counted by our own arithmetic on the Gregorian calendar: timegm() mends what
 * is wrong (the 31st of February) instead of refusing it.
 */
#include "base/rfc3339.h"

#include <stdbool.h>
#include <stdio.h>

#define DAY_SECONDS 86400
/* Of 0000-01-01 and 9999-12-31T23:59:59Z. */
#define FIRST_SECOND INT64_C(-62167219200)
#define LAST_SECOND INT64_C(253402300799)

struct civil {
	int year, month, day, hour, minute, second, offset_minutes;
};

/* Reads exactly n digits. */
static bool
take_number(const char **s, int n, int max, int *value)
{
	for (*value = 0; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		*value = *value * 10 + (**s - '0');
	}
	return *value <= max;
}

static bool
take_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
take_date(const char **s, struct civil *c)
{
	return take_number(s, 4, 9999, &c->year) && take_char(s, '-') &&
	       take_number(s, 2, 12, &c->month) && take_char(s, '-') &&
	       take_number(s, 2, 31, &c->day);
}

static bool
take_fraction(const char **s)
{
	const char *first;

	if (!take_char(s, '.'))
		return true;
	for (first = *s; **s >= '0' && **s <= '9'; (*s)++)
		;
	return *s > first;
}

static bool
take_time(const char **s, struct civil *c)
{
	return take_number(s, 2, 23, &c->hour) && take_char(s, ':') &&
	       take_number(s, 2, 59, &c->minute) && take_char(s, ':') &&
	       take_number(s, 2, 60, &c->second) && take_fraction(s);
}

static bool
take_offset(const char **s, struct civil *c)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	if (take_char(s, 'Z'))
		return true;
	if (!take_char(s, '+') && !take_char(s, '-'))
		return false;
	if (!take_number(s, 2, 23, &hours) || !take_char(s, ':') ||
	    !take_number(s, 2, 59, &minutes))
		return false;
	c->offset_minutes = sign * (hours * 60 + minutes);
	return true;
}

static bool
is_leap_year(int y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Days from 0000-01-01, which was a leap year, to the first of January. */
static int64_t
days_before_year(int y)
{
	return y == 0 ? 0 : (int64_t)y * 365 + 1 + (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
}

static int64_t
seconds_of(const struct civil *c)
{
	int64_t days = days_before_year(c->year) + c->day - 1;
	int64_t minutes = c->hour * 60 + c->minute - c->offset_minutes;
	int m;

	for (m = 1; m < c->month; m++)
		days += days_in_month(c->year, m);
	return FIRST_SECOND + days * DAY_SECONDS + minutes * 60 + c->second;
}

enum err
rfc3339_parse(const char *text, int64_t *seconds)
{
	struct civil c = { 0 };
	int64_t t;

	if (!take_date(&text, &c) || !take_char(&text, 'T') || !take_time(&text, &c) ||
	    !take_offset(&text, &c) || *text != '\0')
		return ERR_INVALID;
	if (c.month < 1 || c.day < 1 || c.day > days_in_month(c.year, c.month))
		return ERR_INVALID;
	t = seconds_of(&c);
	if (c.second == 60 && t % DAY_SECONDS != 0)
		return ERR_INVALID;
	*seconds = t;
	return ERR_OK;
}

/* From the days since 0000-01-01. */
static void
civil_date(struct civil *c, int64_t days)
{
	/* 400 years have 146097 days; the guess is at most one year too late. */
	c->year = (int)(days * 400 / 146097) + 1;
	while (days_before_year(c->year) > days)
		c->year--;
	days -= days_before_year(c->year);
	for (c->month = 1; days >= days_in_month(c->year, c->month); c->month++)
		days -= days_in_month(c->year, c->month);
	c->day = (int)days + 1;
}

enum err
rfc3339_format(char out[RFC3339_SIZE], int64_t seconds)
{
	struct civil c;
	int rest;

	out[0] = '\0';
	if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
		return ERR_INVALID;
	civil_date(&c, (seconds - FIRST_SECOND) / DAY_SECONDS);
	rest = (int)((seconds - FIRST_SECOND) % DAY_SECONDS);
	/* The remainders tell the compiler what it cannot see: each number has its width. */
	snprintf(out, RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000,
	    (unsigned)c.month % 100, (unsigned)c.day % 100, (unsigned)rest / 3600 % 100,
	    (unsigned)rest / 60 % 60, (unsigned)rest % 60);
	return ERR_OK;
}

enum err
rfc3339_date(int64_t seconds, int *year, int *month, int *day)
{
	struct civil c;

	if (seconds < FIRST_SECOND || seconds > LAST_SECOND)
		return ERR_INVALID;
	civil_date(&c, (seconds - FIRST_SECOND) / DAY_SECONDS);
	*year = c.year;
	*month = c.month;
	*day = c.day;
	return ERR_OK;
}
