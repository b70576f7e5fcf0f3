/*
 * The picture. Places along the width are percentages of whatever width the chart gets, places
 * along the height are pixels, so texts, markers and patterns keep their shape at any width. Only
 * lines, and bars by the hundred, stand in a box of their own that is stretched.
 */
#include "base/chart_pen.h"

#include <math.h>

#include "base/escape.h"

#define HEIGHT (CHART_TOP + CHART_PLOT + 26)

static void
put_grid(struct pen *p)
{
	int64_t k;
	int y;

	pen_put(p, "<g class=\"chart-grid\" stroke=\"currentColor\">");
	for (k = p->axis.lo; k <= p->axis.hi; k++) {
		y = CHART_TOP * 10 + pen_down(p, chart_axis_at(&p->axis, k));
		pen_put(p, k == 0 ? "<line class=\"chart-zero\" x2=\"100%\"" : "<line x2=\"100%\"");
		pen_put_pixels(p, " y1=\"", y);
		pen_put_pixels(p, " y2=\"", y);
		pen_put(p, "/>");
	}
	pen_put(p, "</g>\n<g class=\"chart-label\" fill=\"currentColor\" text-anchor=\"end\">");
	for (k = p->axis.lo; k <= p->axis.hi; k++) {
		pen_put(p, "<text x=\"-8\"");
		pen_put_pixels(
		    p, " y=\"", CHART_TOP * 10 + pen_down(p, chart_axis_at(&p->axis, k)) + 40);
		pen_put(p, ">");
		chart_axis_label(p->out, &p->axis, k);
		pen_put(p, "</text>");
	}
	pen_put(p, "</g>\n");
}

static void
put_dates(struct pen *p)
{
	size_t i;
	int x;

	pen_put(p, "<g class=\"chart-label\" fill=\"currentColor\" text-anchor=\"middle\">");
	for (i = 0; i < p->nticks; i++) {
		x = pen_along(p, p->ticks[i].period);
		pen_put_percent(p, "<text x=\"", x);
		pen_put(p, x > CHART_FULL * 95 / 100 ? " text-anchor=\"end\"" : "");
		pen_put_pixels(p, " y=\"", (HEIGHT - 5) * 10);
		pen_put(p, ">");
		escape_html(p->out, p->ticks[i].label);
		pen_put(p, "</text>");
	}
	pen_put(p, "</g>\n");
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

/* --- Notes --- */

/* The highest place that is drawn in a period; -1 if nothing is. */
static int
top_of(const struct pen *p, size_t period)
{
	double below, above;
	int top = -1, y;
	size_t s;

	for (s = 0; s < p->c->nseries; s++) {
		if (!pen_knows(p, s, period))
			continue;
		y = pen_down(
		    p, fmax(pen_value(p, s, period), p->c->kind == CHART_LINE ? -INFINITY : 0));
		top = top < 0 || y < top ? y : top;
	}
	if (p->c->kind == CHART_STACK && top >= 0) {
		pen_stack_ends(p, p->c->nseries, period, &below, &above);
		top = pen_down(p, above);
	}
	return top;
}

/* For the value of a single line: above its end, or below if it comes down from the left. */
static int
value_height(const struct pen *p, size_t period)
{
	int top = top_of(p, period);
	bool falls = period > 0 && pen_knows(p, 0, period - 1) &&
		     pen_value(p, 0, period - 1) > pen_value(p, 0, period);

	return CHART_TOP * 10 + (falls && top < CHART_TENTHS - 200 ? top + 210 : top - 110);
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
	return CHART_TOP * 10 + top - 110;
}

/* The last value of a single line, and that the last period is not over, where it is drawn. */
static void
put_note(struct pen *p)
{
	bool has_value = p->c->nseries == 1 && p->c->kind == CHART_LINE;
	size_t last = p->c->n - 1;
	int x;

	while (has_value && last > 0 && !pen_knows(p, 0, last))
		last--;
	if (top_of(p, last) < 0 || (!has_value && !p->c->is_last_unfinished))
		return;
	x = pen_along(p, last);
	pen_put_percent(p, "<text class=\"chart-note\" fill=\"currentColor\" x=\"",
	    x > CHART_FULL * 3 / 4 ? CHART_FULL : x);
	if (x >= CHART_FULL / 4)
		pen_put(
		    p, x > CHART_FULL * 3 / 4 ? " text-anchor=\"end\"" : " text-anchor=\"middle\"");
	pen_put_pixels(p, " y=\"", has_value ? value_height(p, last) : words_height(p));
	pen_put(p, ">");
	if (has_value)
		chart_value_add(p->out, p->c->unit, p->c->currency, &p->c->series[0].v[last], true);
	if (pen_is_unfinished(p, last))
		pen_put(p, has_value ? " so far" : "so far");
	pen_put(p, "</text>\n");
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
	pen_put(p, "</desc>\n");
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
	if (!pen_fit_axis(&p)) {
		put_empty(out, c);
		return ERR_OK;
	}
	p.nticks = chart_date_ticks(c, p.ticks);
	put_head(&p);
	put_grid(&p);
	put_dates(&p);
	if (c->kind == CHART_LINE)
		chart_lines_add(&p);
	else
		chart_bars_add(&p);
	put_note(&p);
	pen_put(&p, "</svg>\n");
	return ERR_OK;
}
