/* The line as small as a word. */
#include "base/chart_pen.h"

#include "base/escape.h"

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
	if (!pen_fit_axis(&p)) {
		strbuf_puts(out, "<span class=\"is-unknown\">unknown</span>");
		return ERR_OK;
	}
	for (i = 0; i < c->n; i++)
		if (pen_knows(&p, 0, i))
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
	    SPARK_HEIGHT, c->n > 1 ? c->n - 1 : 1, CHART_TENTHS);
	if (c->n > 1)
		chart_line_add(&p, 0);
	pen_put(&p, "</svg>");
	pen_put_percent(&p, "<circle r=\"2.5\" fill=\"currentColor\" cx=\"", pen_along(&p, last));
	pen_put_pixels(
	    &p, " cy=\"", pen_down(&p, pen_value(&p, 0, last)) * SPARK_HEIGHT / CHART_PLOT);
	pen_put(&p, "/></svg>");
	return ERR_OK;
}
