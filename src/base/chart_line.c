/*
 * Lines. A year of days is a path of small whole numbers: one unit along for each period, tenths of
 * a pixel down.
 */
#include "base/chart_pen.h"

/* Up to this many, every point of a line has a marker; beyond, those at the dates. */
#define FEW_POINTS 14

/* The path of the known periods in [from, to); a gap begins it anew. */
static void
put_path(struct pen *p, size_t s, size_t from, size_t to)
{
	bool is_drawing = false;
	int y, last = 0;
	size_t i;

	for (i = from; i < to; i++) {
		if (!pen_knows(p, s, i)) {
			is_drawing = false;
			continue;
		}
		y = pen_down(p, pen_value(p, s, i));
		if (!is_drawing) {
			strbuf_putc(p->out, 'M');
			pen_put_int(p, (int)i);
			strbuf_putc(p->out, ' ');
			pen_put_int(p, y);
			strbuf_putc(p->out, 'l');
			/* Also what makes a point without neighbours one. */
			pen_put(p, "0 0");
		} else {
			strbuf_putc(p->out, ' ');
			strbuf_putc(p->out, '1');
			if (y >= last)
				strbuf_putc(p->out, ' ');
			pen_put_int(p, y - last);
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
	int zero = pen_down(p, 0);

	pen_put(p, "<path fill=\"currentColor\" fill-opacity=\".08\" stroke=\"none\" d=\"");
	for (i = 0; i < to; i = j + 1) {
		for (j = i; j < to && pen_knows(p, 0, j); j++)
			;
		if (j < i + 2)
			continue;
		put_path(p, 0, i, j);
		pen_put(p, "V");
		pen_put_int(p, zero);
		pen_put(p, "H");
		pen_put_int(p, (int)i);
		pen_put(p, "z");
	}
	pen_put(p, "\"/>");
}

void
chart_line_add(struct pen *p, size_t s)
{
	size_t n = p->c->n, finished = n - p->c->is_last_unfinished;
	bool stands_on_zero = p->axis.lo == 0 || p->axis.hi == 0;

	pen_put(p, "<g class=\"series-");
	pen_put_int(p, (int)s + 1);
	pen_put(p, "\">");
	if (p->c->nseries == 1 && stands_on_zero)
		put_area(p, finished);
	pen_put(p, CHART_UNSTRETCHED);
	pen_put(p, " d=\"");
	put_path(p, s, 0, finished);
	pen_put(p, "\"/>");
	if (finished < n && n > 1 && pen_knows(p, s, n - 1) && pen_knows(p, s, n - 2)) {
		pen_put(p, CHART_UNSTRETCHED);
		pen_put(p, " stroke-dasharray=\"3 6\" d=\"");
		put_path(p, s, n - 2, n);
		pen_put(p, "\"/>");
	}
	pen_put(p, "</g>\n");
}

/* The shapes that tell lines apart without colour, around 0, 0. */
const char *const chart_markers[CHART_SERIES_MAX] = {
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
	pen_put_percent(p, "<svg overflow=\"visible\" x=\"", pen_along(p, period));
	pen_put_pixels(p, " y=\"", CHART_TOP * 10 + pen_down(p, pen_value(p, s, period)));
	pen_put(p, pen_is_unfinished(p, period) ? " class=\"chart-hollow\" fill=\"#fff\">" : ">");
	pen_put(p, chart_markers[s]);
	pen_put(p, "</svg>");
}

/* Of several lines the points at the dates, or all; of each line the last, and those without
 * neighbours. */
static bool
has_marker(const struct pen *p, size_t s, size_t period, size_t last)
{
	bool is_alone = (period == 0 || !pen_knows(p, s, period - 1)) &&
			(period + 1 == p->c->n || !pen_knows(p, s, period + 1));
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
		if (pen_knows(p, s, i))
			last = i;
	pen_put(p, "<g class=\"chart-mark series-");
	pen_put_int(p, (int)s + 1);
	pen_put(p, "\" fill=\"currentColor\" stroke=\"currentColor\">");
	for (i = 0; i < p->c->n; i++)
		if (pen_knows(p, s, i) && has_marker(p, s, i, last))
			put_marker(p, s, i);
	pen_put(p, "</g>\n");
}

void
chart_lines_add(struct pen *p)
{
	size_t s;

	if (p->c->n > 1) {
		pen_open_box(p, p->c->n - 1);
		pen_put(p, " fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\""
			   " stroke-linejoin=\"round\" stroke-linecap=\"round\">\n");
		for (s = 0; s < p->c->nseries; s++)
			chart_line_add(p, s);
		pen_put(p, "</svg>\n");
	}
	for (s = 0; s < p->c->nseries; s++)
		put_markers(p, s);
}
