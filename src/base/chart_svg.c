/*
 * The picture. Places along the width are percentages of whatever width the chart gets, places
 * along the height are pixels, so texts, markers and patterns keep their shape at any width. Only
 * the lines stand in a box of their own that is stretched: its units are periods along and tenths
 * of a pixel down, which makes a year of days a path of small whole numbers.
 */
#include "base/chart_parts.h"

#include <math.h>
#include <string.h>

#include "base/escape.h"

#define TOP 26
#define PLOT 200
#define HEIGHT (TOP + PLOT + 26)
#define TENTHS (PLOT * 10)
/* Beyond this many, bars touch, and patterned ones lose their outline. */
#define THIN_BARS 60
/* Up to this many, every point of a line has a marker; beyond, those at the dates. */
#define FEW_POINTS 14
#define FULL 10000  /* the width, in hundredths of a percent */
#define BAR_MAX 900 /* a single bar is no wall */

struct pen {
	struct strbuf *out;
	const struct chart *c;
	struct chart_axis axis;
	struct chart_date_tick ticks[CHART_TICKS_MAX];
	size_t nticks;
};

static void
put(struct pen *p, const char *s)
{
	strbuf_puts(p->out, s);
}

/* printf costs more than all else together when there are hundreds of points. */
static void
put_int(struct pen *p, int n)
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
	put_int(p, n / one);
	if (n % one == 0)
		return;
	strbuf_putc(p->out, '.');
	for (n %= one; n > 0; n %= one) {
		one /= 10;
		strbuf_putc(p->out, (char)('0' + n / one));
	}
}

static void
put_percent(struct pen *p, const char *name, int hundredths)
{
	put(p, name);
	put_part(p, hundredths, 100);
	put(p, "%\"");
}

static void
put_pixels(struct pen *p, const char *name, int tenths)
{
	put(p, name);
	put_part(p, tenths, 10);
	put(p, "\"");
}

static bool
known(const struct pen *p, size_t series, size_t period)
{
	return chart_is_known(p->c->unit, &p->c->series[series].v[period]);
}

static double
value(const struct pen *p, size_t series, size_t period)
{
	return chart_double(p->c->unit, &p->c->series[series].v[period]);
}

/* The centre of a period. */
static int
along(const struct pen *p, size_t period)
{
	size_t n = p->c->n;

	if (p->c->kind != CHART_LINE)
		return (int)((2 * period + 1) * FULL / (2 * n));
	return n == 1 ? FULL / 2 : (int)(period * FULL / (n - 1));
}

/* Tenths of a pixel below the top of the plot. */
static int
down(const struct pen *p, double v)
{
	return (int)lround((1 - chart_axis_place(&p->axis, v)) * TENTHS);
}

static bool
is_unfinished(const struct pen *p, size_t period)
{
	return p->c->is_last_unfinished && period + 1 == p->c->n;
}

/* --- What the axis must reach --- */

static void
reach(double *lo, double *hi, bool *is_first, double v)
{
	*lo = *is_first ? v : fmin(*lo, v);
	*hi = *is_first ? v : fmax(*hi, v);
	*is_first = false;
}

/* The two ends of what is stacked on one period. */
static void
stack_ends(const struct pen *p, size_t nseries, size_t period, double *below, double *above)
{
	size_t s;

	*below = *above = 0;
	for (s = 0; s < nseries; s++)
		if (known(p, s, period))
			*(value(p, s, period) < 0 ? below : above) += value(p, s, period);
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
static bool
fit_axis(struct pen *p)
{
	double lo = 0, hi = 0, below, above;
	bool is_first = true;
	size_t s, i;

	for (i = 0; i < p->c->n; i++)
		for (s = 0; s < p->c->nseries; s++)
			if (known(p, s, i))
				reach(&lo, &hi, &is_first, value(p, s, i));
	if (is_first)
		return false;
	for (i = 0; p->c->kind == CHART_STACK && i < p->c->n; i++) {
		stack_ends(p, p->c->nseries, i, &below, &above);
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

/* --- Axes --- */

static void
put_grid(struct pen *p)
{
	int64_t k;
	int y;

	put(p, "<g class=\"chart-grid\" stroke=\"currentColor\">");
	for (k = p->axis.lo; k <= p->axis.hi; k++) {
		y = TOP * 10 + down(p, chart_axis_at(&p->axis, k));
		put(p, k == 0 ? "<line class=\"chart-zero\" x2=\"100%\"" : "<line x2=\"100%\"");
		put_pixels(p, " y1=\"", y);
		put_pixels(p, " y2=\"", y);
		put(p, "/>");
	}
	put(p, "</g>\n<g class=\"chart-label\" fill=\"currentColor\" text-anchor=\"end\">");
	for (k = p->axis.lo; k <= p->axis.hi; k++) {
		put(p, "<text x=\"-8\"");
		put_pixels(p, " y=\"", TOP * 10 + down(p, chart_axis_at(&p->axis, k)) + 40);
		put(p, ">");
		chart_axis_label(p->out, &p->axis, k);
		put(p, "</text>");
	}
	put(p, "</g>\n");
}

static void
put_dates(struct pen *p)
{
	size_t i;
	int x;

	put(p, "<g class=\"chart-label\" fill=\"currentColor\" text-anchor=\"middle\">");
	for (i = 0; i < p->nticks; i++) {
		x = along(p, p->ticks[i].period);
		put_percent(p, "<text x=\"", x);
		put(p, x > FULL * 95 / 100 ? " text-anchor=\"end\"" : "");
		put_pixels(p, " y=\"", (HEIGHT - 5) * 10);
		put(p, ">");
		escape_html(p->out, p->ticks[i].label);
		put(p, "</text>");
	}
	put(p, "</g>\n");
}

/* How much room the labels of values need, in steps that the style sheet knows. */
static int
gutter(const struct pen *p)
{
	struct strbuf label = { 0 };
	size_t longest = 0;
	int64_t k;

	for (k = p->axis.lo; k <= p->axis.hi; k++) {
		strbuf_clear(&label);
		chart_axis_label(&label, &p->axis, k);
		longest = label.len > longest ? label.len : longest;
	}
	strbuf_free(&label);
	return longest <= 3 ? 1 : longest <= 5 ? 2 : longest <= 7 ? 3 : longest <= 10 ? 4 : 5;
}

/* The box that is stretched over the plot, so many units wide; its tag is left open. */
static void
open_box(struct pen *p, size_t units)
{
	put(p, "<svg y=\"");
	put_int(p, TOP);
	put(p, "\" width=\"100%\" height=\"");
	put_int(p, PLOT);
	put(p, "\" viewBox=\"0 0 ");
	put_int(p, (int)units);
	strbuf_putc(p->out, ' ');
	put_int(p, TENTHS);
	put(p, "\" preserveAspectRatio=\"none\" overflow=\"visible\"");
}

/* --- Lines --- */

/* The path of the known periods in [from, to); a gap begins it anew. */
static void
put_path(struct pen *p, size_t s, size_t from, size_t to)
{
	bool is_drawing = false;
	int y, last = 0;
	size_t i;

	for (i = from; i < to; i++) {
		if (!known(p, s, i)) {
			is_drawing = false;
			continue;
		}
		y = down(p, value(p, s, i));
		if (!is_drawing) {
			strbuf_putc(p->out, 'M');
			put_int(p, (int)i);
			strbuf_putc(p->out, ' ');
			put_int(p, y);
			strbuf_putc(p->out, 'l');
			/* Also what makes a point without neighbours one. */
			put(p, "0 0");
		} else {
			strbuf_putc(p->out, ' ');
			strbuf_putc(p->out, '1');
			if (y >= last)
				strbuf_putc(p->out, ' ');
			put_int(p, y - last);
		}
		is_drawing = true;
		last = y;
	}
}

/* A wash below a single line that stands on 0; it makes the shape easy to see. */
static void
put_area(struct pen *p, size_t to)
{
	size_t i, j;
	int zero = down(p, 0);

	put(p, "<path fill=\"currentColor\" fill-opacity=\".08\" stroke=\"none\" d=\"");
	for (i = 0; i < to; i = j + 1) {
		for (j = i; j < to && known(p, 0, j); j++)
			;
		if (j < i + 2)
			continue;
		put_path(p, 0, i, j);
		put(p, "V");
		put_int(p, zero);
		put(p, "H");
		put_int(p, (int)i);
		put(p, "z");
	}
	put(p, "\"/>");
}

static const char line_path[] = "<path vector-effect=\"non-scaling-stroke\"";

static void
put_line(struct pen *p, size_t s)
{
	size_t n = p->c->n, finished = n - p->c->is_last_unfinished;
	bool stands_on_zero = p->axis.lo == 0 || p->axis.hi == 0;

	put(p, "<g class=\"series-");
	put_int(p, (int)s + 1);
	put(p, "\">");
	if (p->c->nseries == 1 && stands_on_zero)
		put_area(p, finished);
	put(p, line_path);
	put(p, " d=\"");
	put_path(p, s, 0, finished);
	put(p, "\"/>");
	if (finished < n && n > 1 && known(p, s, n - 1) && known(p, s, n - 2)) {
		put(p, line_path);
		put(p, " stroke-dasharray=\"3 6\" d=\"");
		put_path(p, s, n - 2, n);
		put(p, "\"/>");
	}
	put(p, "</g>\n");
}

/* The shapes that tell lines apart without colour, around 0, 0. */
static const char *const markers[CHART_SERIES_MAX] = {
	"<circle r=\"4\"/>",
	"<path d=\"M-4-4h8v8h-8z\"/>",
	"<path d=\"M0-5 5 4H-5z\"/>",
	"<path d=\"M0-5.5 5.5 0 0 5.5-5.5 0z\"/>",
	"<path d=\"M-5-4H5L0 5z\"/>",
	"<path d=\"M-2-5h4v3h3v4h-3v3h-4v-3h-3v-4h3z\"/>",
};

static void
put_marker(struct pen *p, size_t s, size_t period)
{
	put_percent(p, "<svg overflow=\"visible\" x=\"", along(p, period));
	put_pixels(p, " y=\"", TOP * 10 + down(p, value(p, s, period)));
	put(p, is_unfinished(p, period) ? " class=\"chart-hollow\" fill=\"#fff\">" : ">");
	put(p, markers[s]);
	put(p, "</svg>");
}

/* Of several lines the points at the dates, or all; of each line the last, and those without
 * neighbours. */
static bool
has_marker(const struct pen *p, size_t s, size_t period, size_t last)
{
	bool is_alone = (period == 0 || !known(p, s, period - 1)) &&
			(period + 1 == p->c->n || !known(p, s, period + 1));
	size_t i;

	if (period == last || is_alone)
		return true;
	for (i = 0; p->c->nseries > 1 && i < p->nticks; i++)
		if (p->ticks[i].period == period)
			return true;
	return p->c->nseries > 1 && p->c->n <= FEW_POINTS;
}

static void
put_markers(struct pen *p, size_t s)
{
	size_t i, last = 0;

	for (i = 0; i < p->c->n; i++)
		if (known(p, s, i))
			last = i;
	put(p, "<g class=\"chart-mark series-");
	put_int(p, (int)s + 1);
	put(p, "\" fill=\"currentColor\" stroke=\"currentColor\">");
	for (i = 0; i < p->c->n; i++)
		if (known(p, s, i) && has_marker(p, s, i, last))
			put_marker(p, s, i);
	put(p, "</g>\n");
}

static void
put_lines(struct pen *p)
{
	size_t s;

	if (p->c->n > 1) {
		open_box(p, p->c->n - 1);
		put(p, " fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\""
		       " stroke-linejoin=\"round\" stroke-linecap=\"round\">\n");
		for (s = 0; s < p->c->nseries; s++)
			put_line(p, s);
		put(p, "</svg>\n");
	}
	for (s = 0; s < p->c->nseries; s++)
		put_markers(p, s);
}

/* --- Bars --- */

/* What tells bars apart without colour; the first series is plain. */
static const char *const patterns[CHART_SERIES_MAX] = {
	NULL,
	"<path stroke-width=\"2.5\" d=\"M-2 2 2-2M0 8 8 0M6 10l4-4\"/>",
	"<path stroke-width=\"3\" stroke-linecap=\"round\" d=\"M2 2h0M6 6h0\"/>",
	"<path stroke-width=\"2\" d=\"M0 2h8M0 6h8\"/>",
	"<path stroke-width=\"1.5\" d=\"M0 0l8 8M0 8 8 0\"/>",
	"<path stroke-width=\"2\" d=\"M2 0v8M6 0v8\"/>",
};

static void
put_patterns(struct pen *p)
{
	size_t s;

	if (p->c->nseries < 2)
		return;
	put(p, "<defs>");
	for (s = 1; s < p->c->nseries; s++) {
		put(p, "<pattern id=\"");
		put(p, p->c->id);
		put(p, "-p");
		put_int(p, (int)s + 1);
		put(p, "\" class=\"series-");
		put_int(p, (int)s + 1);
		put(p, "\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\""
		       " stroke=\"currentColor\"><path fill=\"currentColor\" fill-opacity=\".18\""
		       " stroke=\"none\" d=\"M0 0h8v8H0z\"/>");
		put(p, patterns[s]);
		put(p, "</pattern>");
	}
	put(p, "</defs>\n");
}

/* fill="…" stroke="…" of a series, begun inside a tag. */
static void
put_bar_look(struct pen *p, size_t s)
{
	put(p, " class=\"series-");
	put_int(p, (int)s + 1);
	put(p, "\" fill=\"");
	if (s == 0) {
		put(p, "currentColor\"");
		return;
	}
	put(p, "url(#");
	put(p, p->c->id);
	put(p, "-p");
	put_int(p, (int)s + 1);
	put(p, ")\"");
	put(p, p->c->n <= THIN_BARS ? " stroke=\"currentColor\"" : "");
}

static void
put_bar(struct pen *p, int x, int width, int from, int to, bool is_open)
{
	int top = from < to ? from : to, height = from < to ? to - from : from - to;

	/* What is known to be 0 is seen; only unknown is nothing. */
	if (height < 10) {
		top -= from == TENTHS && height == 0 ? 10 : 0;
		height = 10;
	}
	put_percent(p, "<rect x=\"", x);
	put_percent(p, " width=\"", width);
	put_pixels(p, " y=\"", TOP * 10 + top);
	put_pixels(p, " height=\"", height);
	put(p, is_open ? " class=\"chart-open\" fill-opacity=\".3\" stroke=\"currentColor\""
			 " stroke-dasharray=\"3 3\"/>"
		       : "/>");
}

/* Where the bar of a series stands in the room of its period. */
static void
place_bar(const struct pen *p, size_t s, size_t period, int *x, int *width)
{
	int n = (int)p->c->n, room = FULL / n, share = n > THIN_BARS ? 100 : n > 20 ? 82 : 68;
	int side = p->c->kind == CHART_BAR ? (int)p->c->nseries : 1, all = room * share / 100;

	if (all > BAR_MAX * side)
		all = BAR_MAX * side;
	*width = all / side;
	*x = along(p, period) - all / 2;
	if (p->c->kind == CHART_BAR)
		*x += *width * (int)s;
}

/* From where to where the bar of a series goes. */
static void
bar_ends(const struct pen *p, size_t s, size_t period, int *from, int *to)
{
	double v = value(p, s, period), below = 0, above = 0, base;

	if (p->c->kind == CHART_STACK)
		stack_ends(p, s, period, &below, &above);
	base = v < 0 ? below : above;
	*from = down(p, base);
	*to = down(p, base + v);
}

static void
put_series_bars(struct pen *p, size_t s)
{
	int x, width, from, to;
	size_t i;

	put(p, "<g");
	put_bar_look(p, s);
	put(p, p->c->n > THIN_BARS ? " shape-rendering=\"crispEdges\">" : ">");
	for (i = 0; i < p->c->n; i++) {
		if (!known(p, s, i))
			continue;
		place_bar(p, s, i, &x, &width);
		bar_ends(p, s, i, &from, &to);
		put_bar(p, x, width, from, to, is_unfinished(p, i));
	}
	put(p, "</g>\n");
}

/* One bar of a path, a unit wide; what is 0 is a hair. */
static void
put_thin_bar(struct pen *p, size_t period)
{
	int from, to;

	bar_ends(p, 0, period, &from, &to);
	if (from == to)
		to += from < 10 ? 10 : -10;
	strbuf_putc(p->out, 'M');
	put_int(p, (int)period);
	strbuf_putc(p->out, ' ');
	put_int(p, from);
	strbuf_putc(p->out, 'V');
	put_int(p, to);
	put(p, "h1V");
	put_int(p, from);
}

/* Hundreds of plain bars are one path: a third of the bytes. */
static void
put_thin_bars(struct pen *p)
{
	size_t i, n = p->c->n, finished = n - p->c->is_last_unfinished;

	open_box(p, n);
	put(p, " class=\"series-1\" fill=\"currentColor\" shape-rendering=\"crispEdges\">\n"
	       "<path d=\"");
	for (i = 0; i < finished; i++)
		if (known(p, 0, i))
			put_thin_bar(p, i);
	put(p, "\"/>");
	if (finished < n && known(p, 0, n - 1)) {
		put(p, line_path);
		put(p,
		    " fill-opacity=\".3\" stroke=\"currentColor\" stroke-dasharray=\"3 3\" d=\"");
		put_thin_bar(p, n - 1);
		put(p, "z\"/>");
	}
	put(p, "</svg>\n");
}

static void
put_bars(struct pen *p)
{
	size_t s;

	if (p->c->nseries == 1 && p->c->n > THIN_BARS) {
		put_thin_bars(p);
		return;
	}
	put_patterns(p);
	for (s = 0; s < p->c->nseries; s++)
		put_series_bars(p, s);
}

/* --- All of it --- */

/* The highest place that is drawn in a period; -1 if nothing is. */
static int
top_of(const struct pen *p, size_t period)
{
	double below, above;
	int top = -1, y;
	size_t s;

	for (s = 0; s < p->c->nseries; s++) {
		if (!known(p, s, period))
			continue;
		y = down(p, fmax(value(p, s, period), p->c->kind == CHART_LINE ? -INFINITY : 0));
		top = top < 0 || y < top ? y : top;
	}
	if (p->c->kind == CHART_STACK && top >= 0) {
		stack_ends(p, p->c->nseries, period, &below, &above);
		top = down(p, above);
	}
	return top;
}

/* For the value of a single line: above its end, or below if it comes down from the left. */
static int
value_height(const struct pen *p, size_t period)
{
	int top = top_of(p, period);
	bool falls =
	    period > 0 && known(p, 0, period - 1) && value(p, 0, period - 1) > value(p, 0, period);

	return TOP * 10 + (falls && top < TENTHS - 200 ? top + 210 : top - 110);
}

/* For "so far": above all that is drawn in the last quarter, where it has its room. */
static int
words_height(const struct pen *p)
{
	int top = top_of(p, p->c->n - 1), y;
	size_t i;

	for (i = p->c->n - 1 - (p->c->n - 1) / 4; i < p->c->n; i++)
		if ((y = top_of(p, i)) >= 0 && y < top)
			top = y;
	return TOP * 10 + top - 110;
}

/* The last value of a single line, and that the last period is not over, where it is drawn. */
static void
put_note(struct pen *p)
{
	bool has_value = p->c->nseries == 1 && p->c->kind == CHART_LINE;
	size_t last = p->c->n - 1;
	int x;

	while (has_value && last > 0 && !known(p, 0, last))
		last--;
	if (top_of(p, last) < 0 || (!has_value && !p->c->is_last_unfinished))
		return;
	x = along(p, last);
	put_percent(p, "<text class=\"chart-note\" fill=\"currentColor\" x=\"",
	    x > FULL * 3 / 4 ? FULL : x);
	if (x >= FULL / 4)
		put(p, x > FULL * 3 / 4 ? " text-anchor=\"end\"" : " text-anchor=\"middle\"");
	put_pixels(p, " y=\"", has_value ? value_height(p, last) : words_height(p));
	put(p, ">");
	if (has_value)
		chart_value_add(p->out, p->c->unit, p->c->currency, &p->c->series[0].v[last], true);
	if (is_unfinished(p, last))
		put(p, has_value ? " so far" : "so far");
	put(p, "</text>\n");
}

/* role="img" with its name and description, and who refers to them by id. */
static void
put_head(struct pen *p)
{
	const char *id = p->c->id;

	strbuf_printf(p->out,
	    "<svg class=\"chart-svg has-gutter-%d\" width=\"100%%\" height=\"%d\" "
	    "overflow=\"visible\""
	    " role=\"img\" aria-labelledby=\"%s-title\" aria-describedby=\"%s-desc\">\n"
	    "<title id=\"%s-title\">",
	    gutter(p), HEIGHT, id, id, id);
	escape_html(p->out, p->c->title);
	strbuf_printf(p->out, "</title>\n<desc id=\"%s-desc\">", id);
	chart_describe(p->out, p->c);
	put(p, "</desc>\n");
}

static void
put_empty(struct strbuf *out, const struct chart *c)
{
	strbuf_puts(out, "<p class=\"empty\">");
	strbuf_puts(out, c->n == 0 ? "There is nothing to show for this time yet."
				   : "None of the values of this time is known.");
	strbuf_puts(out, "</p>\n");
}

enum err
chart_svg(struct strbuf *out, const struct chart *c)
{
	struct pen p = { .out = out, .c = c };

	if (!chart_is_valid(c))
		return ERR_INVALID;
	if (!fit_axis(&p)) {
		put_empty(out, c);
		return ERR_OK;
	}
	p.nticks = chart_date_ticks(c, p.ticks);
	put_head(&p);
	put_grid(&p);
	put_dates(&p);
	if (c->kind == CHART_LINE)
		put_lines(&p);
	else
		put_bars(&p);
	put_note(&p);
	put(&p, "</svg>\n");
	return ERR_OK;
}

/* --- The legend, whose keys are drawn like the series --- */

static void
put_key(struct pen *p, size_t s)
{
	put(p, "<svg class=\"chart-key\" width=\"28\" height=\"14\" aria-hidden=\"true\"");
	if (p->c->kind == CHART_LINE) {
		put(p, " fill=\"currentColor\" stroke=\"currentColor\"><path stroke-width=\"2\""
		       " d=\"M1 7h26\"/><svg class=\"chart-mark\" x=\"14\" y=\"7\" "
		       "overflow=\"visible\">");
		put(p, markers[s]);
		put(p, "</svg></svg>");
		return;
	}
	put(p, "><rect x=\"6\" y=\".5\" width=\"17\" height=\"13\"");
	put_bar_look(p, s);
	put(p, "/></svg>");
}

void
chart_legend_add(struct strbuf *out, const struct chart *c)
{
	struct pen p = { .out = out, .c = c };
	size_t s;

	strbuf_puts(out, "<ul class=\"chart-legend\">\n");
	for (s = 0; s < c->nseries; s++) {
		strbuf_printf(out, "<li><span class=\"series-%zu\">", s + 1);
		put_key(&p, s);
		strbuf_puts(out, "</span>");
		escape_html(out, c->series[s].name);
		strbuf_puts(out, "</li>\n");
	}
	strbuf_puts(out, "</ul>\n");
}

/* --- The line as small as a word --- */

#define SPARK_HEIGHT 24

static void
put_spark_title(struct strbuf *out, const struct chart *c)
{
	const struct chart first = { .id = c->id,
		.title = c->title,
		.kind = CHART_LINE,
		.unit = c->unit,
		.currency = c->currency,
		.step = c->step,
		.starts = c->starts,
		.labels = c->labels,
		.n = c->n,
		.series = c->series,
		.nseries = 1,
		.is_last_unfinished = c->is_last_unfinished };

	escape_html(out, c->title);
	strbuf_puts(out, ". ");
	chart_describe(out, &first);
}

enum err
chart_spark(struct strbuf *out, const struct chart *c)
{
	struct chart line = *c;
	struct pen p = { .out = out, .c = &line };
	size_t i, last = 0;

	if (!chart_is_valid(c))
		return ERR_INVALID;
	line.kind = CHART_LINE;
	line.nseries = 1;
	if (!fit_axis(&p)) {
		strbuf_puts(out, "<span class=\"is-unknown\">unknown</span>");
		return ERR_OK;
	}
	for (i = 0; i < c->n; i++)
		if (known(&p, 0, i))
			last = i;
	strbuf_printf(out,
	    "<svg class=\"chart-spark series-1\" width=\"112\" height=\"%d\" overflow=\"visible\""
	    " role=\"img\" aria-labelledby=\"%s-spark\"><title id=\"%s-spark\">",
	    SPARK_HEIGHT, c->id, c->id);
	put_spark_title(out, c);
	strbuf_printf(out,
	    "</title><svg width=\"100%%\" height=\"%d\" viewBox=\"0 0 %zu %d\""
	    " preserveAspectRatio=\"none\" overflow=\"visible\" fill=\"none\""
	    " stroke=\"currentColor\" stroke-width=\"1.5\" stroke-linejoin=\"round\""
	    " stroke-linecap=\"round\">",
	    SPARK_HEIGHT, c->n > 1 ? c->n - 1 : 1, TENTHS);
	if (c->n > 1)
		put_line(&p, 0);
	put(&p, "</svg>");
	put_percent(&p, "<circle r=\"2.5\" fill=\"currentColor\" cx=\"", along(&p, last));
	put_pixels(&p, " cy=\"", down(&p, value(&p, 0, last)) * SPARK_HEIGHT / PLOT);
	put(&p, "/></svg>");
	return ERR_OK;
}
