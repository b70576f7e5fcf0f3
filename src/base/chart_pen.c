/* What all pictures are drawn with: numbers without printf, places, and the axis that holds them.
 */
#include "base/chart_pen.h"

#include <math.h>

void
pen_put(struct pen *p, const char *s)
{
	strbuf_puts(p->out, s);
}

/* printf costs more than all else together when there are hundreds of points. */
void
pen_put_int(struct pen *p, int n)
{
	char text[12], *s = text + sizeof(text);
	unsigned rest = n < 0 ? -(unsigned)n : (unsigned)n;

	do
		*--s = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		*--s = '-';
	strbuf_add(p->out, s, (size_t)(text + sizeof(text) - s));
}

/* A number in units of which `one` are 1: 12.5, of 125 tenths. Never negative. */
static void
put_part(struct pen *p, int n, int one)
{
	pen_put_int(p, n / one);
	if (n % one == 0)
		return;
	strbuf_putc(p->out, '.');
	for (n %= one; n > 0; n %= one) {
		one /= 10;
		strbuf_putc(p->out, (char)('0' + n / one));
	}
}

void
pen_put_percent(struct pen *p, const char *name, int hundredths)
{
	pen_put(p, name);
	put_part(p, hundredths, 100);
	pen_put(p, "%\"");
}

void
pen_put_pixels(struct pen *p, const char *name, int tenths)
{
	pen_put(p, name);
	put_part(p, tenths, 10);
	pen_put(p, "\"");
}

bool
pen_knows(const struct pen *p, size_t series, size_t period)
{
	return chart_is_known(p->c->unit, &p->c->series[series].v[period]);
}

double
pen_value(const struct pen *p, size_t series, size_t period)
{
	return chart_double(p->c->unit, &p->c->series[series].v[period]);
}

/* The centre of a period. */
int
pen_along(const struct pen *p, size_t period)
{
	size_t n = p->c->n;

	if (p->c->kind != CHART_LINE)
		return (int)((2 * period + 1) * CHART_FULL / (2 * n));
	return n == 1 ? CHART_FULL / 2 : (int)(period * CHART_FULL / (n - 1));
}

/* Tenths of a pixel below the top of the plot. */
int
pen_down(const struct pen *p, double v)
{
	return (int)lround((1 - chart_axis_place(&p->axis, v)) * CHART_TENTHS);
}

bool
pen_is_unfinished(const struct pen *p, size_t period)
{
	return p->c->is_last_unfinished && period + 1 == p->c->n;
}

/* The two ends of what is stacked on one period. */
void
pen_stack_ends(const struct pen *p, size_t nseries, size_t period, double *below, double *above)
{
	size_t s;

	*below = *above = 0;
	for (s = 0; s < nseries; s++)
		if (pen_knows(p, s, period))
			*(pen_value(p, s, period) < 0 ? below : above) += pen_value(p, s, period);
}

/* --- What the axis must reach --- */

static void
reach(double *lo, double *hi, bool *is_first, double v)
{
	*lo = *is_first ? v : fmin(*lo, v);
	*hi = *is_first ? v : fmax(*hi, v);
	*is_first = false;
}

/*
 * Bars are read by their length and begin at 0. A line may leave 0 out if it would be flat and far
 * off, but not to make a great thing of less than a fiftieth.
 */
static bool
may_leave_zero_out(double lo, double hi)
{
	double nearest = lo > 0 ? lo : -hi, farthest = lo > 0 ? hi : -lo;

	return nearest > 0.6 * farthest && farthest - nearest > 0.02 * farthest;
}

/* False if nothing is known. */
bool
pen_fit_axis(struct pen *p)
{
	double lo = 0, hi = 0, below, above;
	bool is_first = true;
	size_t s, i;

	for (i = 0; i < p->c->n; i++)
		for (s = 0; s < p->c->nseries; s++)
			if (pen_knows(p, s, i))
				reach(&lo, &hi, &is_first, pen_value(p, s, i));
	if (is_first)
		return false;
	for (i = 0; p->c->kind == CHART_STACK && i < p->c->n; i++) {
		pen_stack_ends(p, p->c->nseries, i, &below, &above);
		reach(&lo, &hi, &is_first, below);
		reach(&lo, &hi, &is_first, above);
	}
	if (p->c->kind != CHART_LINE || !may_leave_zero_out(lo, hi)) {
		lo = fmin(lo, 0);
		hi = fmax(hi, 0);
	}
	chart_axis_fit(&p->axis, p->c->unit, p->c->currency, lo, hi);
	return true;
}

/* The box that is stretched over the plot, so many units wide; its tag is left open. */
void
pen_open_box(struct pen *p, size_t units)
{
	pen_put(p, "<svg y=\"");
	pen_put_int(p, CHART_TOP);
	pen_put(p, "\" width=\"100%\" height=\"");
	pen_put_int(p, CHART_PLOT);
	pen_put(p, "\" viewBox=\"0 0 ");
	pen_put_int(p, (int)units);
	strbuf_putc(p->out, ' ');
	pen_put_int(p, CHART_TENTHS);
	pen_put(p, "\" preserveAspectRatio=\"none\" overflow=\"visible\"");
}
