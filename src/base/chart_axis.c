/*
 * The axis of values: round steps (1, 2, 5 and the clock's own for durations), few ticks, labels
 * that are exact because they are written from whole numbers.
 */
#include "base/chart_parts.h"

#include <math.h>
#include <string.h>

#include "base/money.h"
#include "base/number.h"

/* Below this share of its values, or in itself, a range is flat: a double tells no more apart. */
#define FLAT 1e-9
#define EXPONENT_MIN (-10)
#define DAY_SECONDS 86400

static const struct {
	int64_t base;
	int mantissa;
} clock_steps[] = {
	{ 1, 1 },
	{ 1, 2 },
	{ 1, 5 },
	{ 1, 10 },
	{ 1, 15 },
	{ 1, 30 },
	{ 60, 1 },
	{ 60, 2 },
	{ 60, 5 },
	{ 60, 10 },
	{ 60, 15 },
	{ 60, 30 },
	{ 3600, 1 },
	{ 3600, 2 },
	{ 3600, 3 },
	{ 3600, 6 },
	{ 3600, 12 },
};

#define CLOCK_STEPS (sizeof(clock_steps) / sizeof(clock_steps[0]))

static bool
is_whole(enum chart_unit unit)
{
	return unit != CHART_RATIO && unit != CHART_NUMBER;
}

double
chart_axis_at(const struct chart_axis *a, int64_t k)
{
	double digits = (double)k * (double)a->base * a->mantissa;

	/* Dividing by a power of ten rounds once; multiplying by its inverse would twice. */
	return a->exponent < 0 ? digits / pow(10, -a->exponent) : digits * pow(10, a->exponent);
}

/* Lays the ticks around the range; whether they are few enough. */
static bool
lay_ticks(struct chart_axis *a, double lo, double hi)
{
	double step = chart_axis_at(a, 1), first = floor(lo / step), last = ceil(hi / step);

	if (last - first > CHART_TICKS_MAX - 1)
		return false;
	a->lo = (int64_t)first;
	a->hi = (int64_t)last;
	a->low = chart_axis_at(a, a->lo);
	a->high = chart_axis_at(a, a->hi);
	return a->lo < a->hi;
}

static void
coarsen(struct chart_axis *a)
{
	a->mantissa = a->mantissa == 1 ? 2 : a->mantissa == 2 ? 5 : 1;
	a->exponent += a->mantissa == 1;
}

/* Seconds, minutes and hours; false if the range wants days. */
static bool
fit_clock(struct chart_axis *a, double lo, double hi)
{
	size_t i;

	for (i = 0; i < CLOCK_STEPS; i++) {
		a->base = clock_steps[i].base;
		a->mantissa = clock_steps[i].mantissa;
		if (lay_ticks(a, lo, hi))
			return true;
	}
	a->base = DAY_SECONDS;
	a->mantissa = 1;
	return false;
}

static void
widen(double *lo, double *hi, double least)
{
	if (*hi - *lo >= least)
		return;
	if (*lo <= 0 && *hi <= 0 && *lo < 0)
		*lo = *hi - least;
	else
		*hi = *lo + least;
}

void
chart_axis_fit(
    struct chart_axis *a, enum chart_unit unit, const char *currency, double lo, double hi)
{
	double biggest = fmax(fabs(lo), fabs(hi)), raw;

	*a = (struct chart_axis){ .unit = unit, .base = 1, .mantissa = 1 };
	if (unit == CHART_MONEY)
		a->places = money_places(currency);
	if (lo == 0 && hi == 0)
		hi = unit == CHART_RATIO ? 0.01 : 1;
	widen(&lo, &hi, fmax(biggest * FLAT, is_whole(unit) ? 1 : FLAT));
	if (unit == CHART_SECONDS && fit_clock(a, lo, hi))
		return;
	raw = (hi - lo) / (CHART_TICKS_MAX - 1) / (double)a->base;
	a->exponent = (int)fmax(floor(log10(raw)), is_whole(unit) ? 0 : EXPONENT_MIN);
	while (!lay_ticks(a, lo, hi))
		coarsen(a);
}

double
chart_axis_place(const struct chart_axis *a, double value)
{
	return fmin(fmax((value - a->low) / (a->high - a->low), 0), 1);
}

/* The power of ten that the labels of the axis are shortened by: "k" is 3. */
static int
scale(const struct chart_axis *a, int shown_exponent, int limit)
{
	double biggest = fmax(fabs((double)a->lo), fabs((double)a->hi)) * a->mantissa;
	int digits = (int)floor(log10(biggest)) + shown_exponent;

	/* 2,500 is read more easily than 2.5k. */
	if (digits < (a->unit == CHART_BYTES ? 3 : 4))
		return 0;
	digits -= digits % 3;
	return digits < limit ? digits : limit;
}

static const char *
suffix(const struct chart_axis *a, int power)
{
	static const char *const short_names[] = { "", "k", "M", "B", "T" };
	static const char *const bytes[] = { " B", " kB", " MB", " GB", " TB", " PB", " EB" };

	return a->unit == CHART_BYTES ? bytes[power / 3] : short_names[power / 3];
}

static const char *
base_name(const struct chart_axis *a)
{
	if (a->unit == CHART_RATIO)
		return "%";
	if (a->unit != CHART_SECONDS)
		return "";
	return a->base == 1 ? " s" : a->base == 60 ? " min" : a->base == 3600 ? " h" : " d";
}

void
chart_axis_label(struct strbuf *out, const struct chart_axis *a, int64_t k)
{
	int shown = a->exponent - a->places + (a->unit == CHART_RATIO ? 2 : 0), power, places;
	int64_t digits = k * a->mantissa;
	char text[NUMBER_SIZE];

	power = scale(a, shown, a->unit == CHART_BYTES ? 18 : 12);
	for (places = power - shown; places < 0; places++)
		digits *= 10;
	strbuf_puts(out, number_trimmed(text, digits, places));
	if (k != 0)
		strbuf_puts(out, suffix(a, power));
	if (k != 0 || a->unit == CHART_RATIO)
		strbuf_puts(out, base_name(a));
}
