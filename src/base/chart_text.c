/* Values in words, and a whole chart in sentences for who does not see it. */
#include "base/chart_parts.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/escape.h"
#include "base/human.h"
#include "base/money.h"

/* Beyond this a double has no digits behind the point, and not much longer whole ones. */
#define DOUBLE_MAX 1e15
#define PLACES_MAX 12

bool
chart_is_id(const char *id)
{
	static const char letters[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	return id != NULL && id[0] != '\0' && strcspn(id, "0123456789-_") > 0 &&
	       id[strspn(id, letters)] == '\0';
}

bool
chart_is_valid(const struct chart *c)
{
	return chart_is_id(c->id) && c->title != NULL && c->kind < CHART_KIND__MAX &&
	       c->unit < CHART_UNIT__MAX && c->step < CHART_STEP__MAX && c->nseries > 0 &&
	       c->nseries <= CHART_SERIES_MAX && c->n <= CHART_PERIODS_MAX &&
	       (c->unit != CHART_MONEY || c->currency != NULL);
}

bool
chart_is_known(enum chart_unit unit, const struct chart_value *v)
{
	if (!v->is_known)
		return false;
	/* Written so that what is no number fails too. */
	return (unit != CHART_RATIO && unit != CHART_NUMBER) || fabs(v->x) <= DOUBLE_MAX;
}

double
chart_double(enum chart_unit unit, const struct chart_value *v)
{
	return unit == CHART_RATIO || unit == CHART_NUMBER ? v->x : (double)v->n;
}

/* At least three digits that count, none that mean nothing. */
static void
add_double(struct strbuf *out, double x)
{
	double size = fabs(x);
	int places = size >= 1000 ? 0 : size >= 100 ? 1 : 2;
	char text[NUMBER_SIZE];

	if (size > 0 && size < 1)
		places = (int)fmin(2 - floor(log10(size)), PLACES_MAX);
	strbuf_puts(out, number_trimmed(text, llround(x * pow(10, places)), places));
}

static void
add_bytes(struct strbuf *out, int64_t n)
{
	char text[HUMAN_BYTES_SIZE];

	if (n < 0)
		strbuf_putc(out, '-');
	/* The least number has no positive twin; one byte less is rounded away. */
	strbuf_puts(out, human_bytes_text(text, n < 0 ? -(n + (n == INT64_MIN)) : n));
}

/* One digit behind the point, so that columns line up; more only where else nothing would be left.
 */
static void
add_percent(struct strbuf *out, double ratio)
{
	char text[NUMBER_SIZE];

	if (ratio != 0 && fabs(ratio) < 0.001)
		add_double(out, ratio * 100);
	else
		strbuf_puts(out, number_fixed(text, llround(ratio * 1000), 1));
	strbuf_putc(out, '%');
}

/* "2 h 5 min": the largest unit that fits and the next one. */
static void
add_seconds(struct strbuf *out, int64_t n)
{
	static const uint64_t sizes[] = { 86400, 3600, 60, 1 };
	static const char *const names[] = { "d", "h", "min", "s" };
	uint64_t s = n < 0 ? -(uint64_t)n : (uint64_t)n, part;
	char text[NUMBER_SIZE];
	size_t i = 0;

	while (i < 3 && s < sizes[i])
		i++;
	strbuf_puts(out, n < 0 ? "-" : "");
	strbuf_puts(out, number_fixed(text, (int64_t)(s / sizes[i]), 0));
	strbuf_printf(out, " %s", names[i]);
	part = i < 3 ? s % sizes[i] / sizes[i + 1] : 0;
	if (part > 0)
		strbuf_printf(out, " %" PRIu64 " %s", part, names[i + 1]);
}

void
chart_value_add(struct strbuf *out, enum chart_unit unit, const char *currency,
    const struct chart_value *v, bool with_unit)
{
	char text[NUMBER_SIZE];

	if (!chart_is_known(unit, v))
		strbuf_puts(out, "unknown");
	else if (unit == CHART_COUNT)
		strbuf_puts(out, number_fixed(text, v->n, 0));
	else if (unit == CHART_MONEY && with_unit)
		money_add(out, v->n, currency);
	else if (unit == CHART_MONEY)
		strbuf_puts(out, money_number(text, v->n, currency));
	else if (unit == CHART_BYTES)
		add_bytes(out, v->n);
	else if (unit == CHART_SECONDS)
		add_seconds(out, v->n);
	else if (unit == CHART_NUMBER)
		add_double(out, v->x);
	else
		add_percent(out, v->x);
}

void
chart_unit_add(struct strbuf *out, enum chart_unit unit, const char *currency)
{
	if (unit != CHART_MONEY)
		return;
	strbuf_puts(out, " (");
	escape_html(out, currency);
	strbuf_putc(out, ')');
}

size_t
chart_count_known(const struct chart *c)
{
	size_t s, i, n = 0;

	for (s = 0; s < c->nseries; s++)
		for (i = 0; i < c->n; i++)
			n += chart_is_known(c->unit, &c->series[s].v[i]);
	return n;
}

size_t
chart_count_unknown(const struct chart *c)
{
	return c->n * c->nseries - chart_count_known(c);
}

/* --- A chart in sentences --- */

/* Where a series begins, ends, is lowest and highest, among its finished periods. */
struct course {
	size_t nknown, first, last, lowest, highest;
};

static bool
is_less(enum chart_unit unit, const struct chart_value *a, const struct chart_value *b)
{
	if (unit == CHART_RATIO || unit == CHART_NUMBER)
		return a->x < b->x;
	return a->n < b->n;
}

static struct course
course_of(const struct chart *c, const struct chart_series *s)
{
	size_t finished = c->n - (c->n > 0 && c->is_last_unfinished), i;
	struct course k = { 0 };

	for (i = 0; i < finished; i++) {
		if (!chart_is_known(c->unit, &s->v[i]))
			continue;
		if (k.nknown++ == 0)
			k.first = k.lowest = k.highest = i;
		k.last = i;
		if (is_less(c->unit, &s->v[i], &s->v[k.lowest]))
			k.lowest = i;
		if (is_less(c->unit, &s->v[k.highest], &s->v[i]))
			k.highest = i;
	}
	return k;
}

/* "980.00 EUR (3 Oct 2026)" */
static void
add_point(struct strbuf *out, const struct chart *c, const struct chart_series *s, size_t i)
{
	chart_value_add(out, c->unit, c->currency, &s->v[i], true);
	strbuf_puts(out, " (");
	chart_date_add(out, c, i);
	strbuf_putc(out, ')');
}

/* By how much, where a share says something: of a share itself, in points; of what was above 0. */
static void
add_trend(struct strbuf *out, enum chart_unit unit, const struct chart_value *from,
    const struct chart_value *to)
{
	double a = chart_double(unit, from), b = chart_double(unit, to);
	bool is_up = is_less(unit, from, to);

	if (!is_up && !is_less(unit, to, from)) {
		strbuf_puts(out, ", unchanged");
		return;
	}
	strbuf_puts(out, is_up ? ", up" : ", down");
	if (unit != CHART_RATIO && (a <= 0 || fabs(b - a) / a > DOUBLE_MAX / 100))
		return;
	strbuf_putc(out, ' ');
	if (unit == CHART_RATIO) {
		add_double(out, fabs(b - a) * 100);
		strbuf_puts(out, " percentage points");
	} else
		add_percent(out, fabs(b - a) / a);
}

static void
describe_course(
    struct strbuf *out, const struct chart *c, const struct chart_series *s, const struct course *k)
{
	if (k->nknown == 0) {
		strbuf_puts(out, "No finished period is known.");
		return;
	}
	if (k->nknown == 1) {
		add_point(out, c, s, k->first);
		strbuf_putc(out, '.');
		return;
	}
	strbuf_puts(out, "From ");
	add_point(out, c, s, k->first);
	strbuf_puts(out, " to ");
	add_point(out, c, s, k->last);
	add_trend(out, c->unit, &s->v[k->first], &s->v[k->last]);
	strbuf_puts(out, ". Lowest ");
	add_point(out, c, s, k->lowest);
	strbuf_puts(out, ", highest ");
	add_point(out, c, s, k->highest);
	strbuf_putc(out, '.');
}

void
chart_describe(struct strbuf *out, const struct chart *c)
{
	size_t i, unknown = chart_count_unknown(c);
	struct course k;

	for (i = 0; i < c->nseries; i++) {
		k = course_of(c, &c->series[i]);
		if (c->nseries > 1) {
			strbuf_puts(out, i > 0 ? " " : "");
			escape_html(out, c->series[i].name);
			strbuf_puts(out, ": ");
		}
		describe_course(out, c, &c->series[i], &k);
		if (c->is_last_unfinished && c->n > 0) {
			strbuf_puts(out, " So far ");
			add_point(out, c, &c->series[i], c->n - 1);
			strbuf_putc(out, '.');
		}
	}
	if (unknown > 0)
		strbuf_printf(out, " %zu of %zu values unknown.", unknown, c->n * c->nseries);
}
