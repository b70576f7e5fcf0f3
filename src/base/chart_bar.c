/* Bars: beside each other, stacked, or hundreds of them as one path. */
#include "base/chart_pen.h"

/* Beyond this many, bars touch, and patterned ones lose their outline. */
#define THIN_BARS 60
#define BAR_MAX 900 /* a single bar is no wall */

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
	pen_put(p, "<defs>");
	for (s = 1; s < p->c->nseries; s++) {
		pen_put(p, "<pattern id=\"");
		pen_put(p, p->c->id);
		pen_put(p, "-p");
		pen_put_int(p, (int)s + 1);
		pen_put(p, "\" class=\"series-");
		pen_put_int(p, (int)s + 1);
		pen_put(p,
		    "\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\""
		    " stroke=\"currentColor\"><path fill=\"currentColor\" fill-opacity=\".18\""
		    " stroke=\"none\" d=\"M0 0h8v8H0z\"/>");
		pen_put(p, patterns[s]);
		pen_put(p, "</pattern>");
	}
	pen_put(p, "</defs>\n");
}

/* fill="…" stroke="…" of a series, begun inside a tag. */
void
chart_bar_look_add(struct pen *p, size_t s)
{
	pen_put(p, " class=\"series-");
	pen_put_int(p, (int)s + 1);
	pen_put(p, "\" fill=\"");
	if (s == 0) {
		pen_put(p, "currentColor\"");
		return;
	}
	pen_put(p, "url(#");
	pen_put(p, p->c->id);
	pen_put(p, "-p");
	pen_put_int(p, (int)s + 1);
	pen_put(p, ")\"");
	pen_put(p, p->c->n <= THIN_BARS ? " stroke=\"currentColor\"" : "");
}

static void
put_bar(struct pen *p, int x, int width, int from, int to, bool is_open)
{
	int top = from < to ? from : to, height = from < to ? to - from : from - to;

	/* What is known to be 0 is seen; only unknown is nothing. */
	if (height < 10) {
		top -= from == CHART_TENTHS && height == 0 ? 10 : 0;
		height = 10;
	}
	pen_put_percent(p, "<rect x=\"", x);
	pen_put_percent(p, " width=\"", width);
	pen_put_pixels(p, " y=\"", CHART_TOP * 10 + top);
	pen_put_pixels(p, " height=\"", height);
	pen_put(p, is_open ? " class=\"chart-open\" fill-opacity=\".3\" stroke=\"currentColor\""
			     " stroke-dasharray=\"3 3\"/>"
			   : "/>");
}

/* Where the bar of a series stands in the room of its period. */
static void
place_bar(const struct pen *p, size_t s, size_t period, int *x, int *width)
{
	int n = (int)p->c->n, room = CHART_FULL / n, share = n > THIN_BARS ? 100 : n > 20 ? 82 : 68;
	int side = p->c->kind == CHART_BAR ? (int)p->c->nseries : 1, all = room * share / 100;

	if (all > BAR_MAX * side)
		all = BAR_MAX * side;
	*width = all / side;
	*x = pen_along(p, period) - all / 2;
	if (p->c->kind == CHART_BAR)
		*x += *width * (int)s;
}

/* From where to where the bar of a series goes. */
static void
bar_ends(const struct pen *p, size_t s, size_t period, int *from, int *to)
{
	double v = pen_value(p, s, period), below = 0, above = 0, base;

	if (p->c->kind == CHART_STACK)
		pen_stack_ends(p, s, period, &below, &above);
	base = v < 0 ? below : above;
	*from = pen_down(p, base);
	*to = pen_down(p, base + v);
}

static void
put_series_bars(struct pen *p, size_t s)
{
	int x, width, from, to;
	size_t i;

	pen_put(p, "<g");
	chart_bar_look_add(p, s);
	pen_put(p, p->c->n > THIN_BARS ? " shape-rendering=\"crispEdges\">" : ">");
	for (i = 0; i < p->c->n; i++) {
		if (!pen_knows(p, s, i))
			continue;
		place_bar(p, s, i, &x, &width);
		bar_ends(p, s, i, &from, &to);
		put_bar(p, x, width, from, to, pen_is_unfinished(p, i));
	}
	pen_put(p, "</g>\n");
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
	pen_put_int(p, (int)period);
	strbuf_putc(p->out, ' ');
	pen_put_int(p, from);
	strbuf_putc(p->out, 'V');
	pen_put_int(p, to);
	pen_put(p, "h1V");
	pen_put_int(p, from);
}

/* Hundreds of plain bars are one path: a third of the bytes. */
static void
put_thin_bars(struct pen *p)
{
	size_t i, n = p->c->n, finished = n - p->c->is_last_unfinished;

	pen_open_box(p, n);
	pen_put(p, " class=\"series-1\" fill=\"currentColor\" shape-rendering=\"crispEdges\">\n"
		   "<path d=\"");
	for (i = 0; i < finished; i++)
		if (pen_knows(p, 0, i))
			put_thin_bar(p, i);
	pen_put(p, "\"/>");
	if (finished < n && pen_knows(p, 0, n - 1)) {
		pen_put(p, CHART_UNSTRETCHED);
		pen_put(p,
		    " fill-opacity=\".3\" stroke=\"currentColor\" stroke-dasharray=\"3 3\" d=\"");
		put_thin_bar(p, n - 1);
		pen_put(p, "z\"/>");
	}
	pen_put(p, "</svg>\n");
}

void
chart_bars_add(struct pen *p)
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
