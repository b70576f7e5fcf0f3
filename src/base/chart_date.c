/* Periods in words, and where on the axis of time a date is worth its room. */
#include "base/chart_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/rfc3339.h"

#define DAY_SECONDS 86400
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *const chart_step_words[CHART_STEP__MAX] = {
	[CHART_DAY] = "Day",
	[CHART_WEEK] = "Week of",
	[CHART_MONTH] = "Month",
};

static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
	"Oct", "Nov", "Dec" };

/* From fine to coarse: a tick wherever a new group of so many days, or months, begins. */
struct rule {
	int days, months;
	enum chart_step finest; /* for periods of this step and longer ones */
};

static const struct rule rules[] = {
	{ 1, 0, CHART_DAY },
	{ 2, 0, CHART_DAY },
	{ 3, 0, CHART_DAY },
	{ 7, 0, CHART_WEEK },
	{ 14, 0, CHART_WEEK },
	{ 0, 1, CHART_MONTH },
	{ 0, 2, CHART_MONTH },
	{ 0, 3, CHART_MONTH },
	{ 0, 6, CHART_MONTH },
	{ 0, 12, CHART_MONTH },
	{ 0, 24, CHART_MONTH },
	{ 0, 60, CHART_MONTH },
	{ 0, 120, CHART_MONTH },
	{ 0, 240, CHART_MONTH },
	{ 0, 600, CHART_MONTH },
	{ 0, 1200, CHART_MONTH },
	{ 0, 12000, CHART_MONTH },
};

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The number of the group that a moment belongs to; 0 for moments outside the calendar. */
static int64_t
group(const struct rule *r, int64_t at)
{
	int year, month, day;

	/* 1970 began on a Thursday: three days later weeks begin on Mondays. */
	if (r->days > 0)
		return floor_div(floor_div(at, DAY_SECONDS) + (r->days % 7 == 0 ? 3 : 0), r->days);
	if (rfc3339_date(at, &year, &month, &day) != ERR_OK)
		return 0;
	return (year * 12 + month - 1) / r->months;
}

/* A moment in the period before the first one. */
static int64_t
before_first(const struct chart *c)
{
	int64_t at;

	if (__builtin_sub_overflow(
		c->starts[0], c->step == CHART_WEEK ? 7 * DAY_SECONDS : DAY_SECONDS, &at))
		return INT64_MIN;
	return at;
}

static const struct rule *
choose_rule(const struct chart *c)
{
	int64_t before = before_first(c);
	size_t i;

	for (i = 0; i + 1 < COUNT(rules); i++)
		if (c->step <= rules[i].finest &&
		    group(&rules[i], c->starts[c->n - 1]) - group(&rules[i], before) <=
			CHART_TICKS_MAX)
			break;
	return &rules[i];
}

/* Months that come twice need their year; January is the year. */
static void
label_tick(char out[24], const struct rule *r, int64_t at, bool has_year)
{
	int year, month, day;

	out[0] = '\0';
	if (rfc3339_date(at, &year, &month, &day) != ERR_OK)
		return;
	if (r->days > 0)
		snprintf(out, 24, "%d %s", day, months[month - 1]);
	else if (month == 1 || r->months >= 12)
		snprintf(out, 24, "%d", year);
	else if (has_year)
		snprintf(out, 24, "%s \xe2\x80\x99%02d", months[month - 1], year % 100);
	else
		snprintf(out, 24, "%s", months[month - 1]);
}

size_t
chart_date_ticks(const struct chart *c, struct chart_date_tick ticks[CHART_TICKS_MAX])
{
	const struct rule *r;
	int64_t before, now;
	bool has_year;
	size_t i, n = 0;

	if (c->n == 0)
		return 0;
	r = choose_rule(c);
	before = group(r, before_first(c));
	for (i = 0; i < c->n && n < CHART_TICKS_MAX; i++, before = now) {
		now = group(r, c->starts[i]);
		if (now != before)
			ticks[n++].period = i;
	}
	if (n == 0)
		ticks[n++].period = 0;
	has_year = r->months > 0 && r->months < 12 && (int64_t)n * r->months > 12;
	for (i = 0; i < n; i++)
		label_tick(ticks[i].label, r, c->starts[ticks[i].period], has_year);
	return n;
}

void
chart_date_add_short(struct strbuf *out, const struct chart *c, size_t period)
{
	int year, month, day;

	if (c->labels != NULL)
		escape_html(out, c->labels[period]);
	else if (rfc3339_date(c->starts[period], &year, &month, &day) != ERR_OK)
		strbuf_puts(out, "an unknown time");
	else if (c->step == CHART_MONTH)
		strbuf_printf(out, "%s %d", months[month - 1], year);
	else
		strbuf_printf(out, "%d %s %d", day, months[month - 1], year);
}

void
chart_date_add(struct strbuf *out, const struct chart *c, size_t period)
{
	if (c->step == CHART_WEEK && c->labels == NULL)
		strbuf_puts(out, "week of ");
	chart_date_add_short(out, c, period);
}
