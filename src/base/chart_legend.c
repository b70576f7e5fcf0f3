/* The names of the series, beside keys that are drawn like them. */
#include "base/chart_pen.h"

#include "base/escape.h"

static void
put_key(struct pen *p, size_t s)
{
	pen_put(p, "<svg class=\"chart-key\" width=\"28\" height=\"14\" aria-hidden=\"true\"");
	if (p->c->kind == CHART_LINE) {
		pen_put(p, " fill=\"currentColor\" stroke=\"currentColor\"><path stroke-width=\"2\""
			   " d=\"M1 7h26\"/><svg class=\"chart-mark\" x=\"14\" y=\"7\" "
			   "overflow=\"visible\">");
		pen_put(p, chart_markers[s]);
		pen_put(p, "</svg></svg>");
		return;
	}
	pen_put(p, "><rect x=\"6\" y=\".5\" width=\"17\" height=\"13\"");
	chart_bar_look_add(p, s);
	pen_put(p, "/></svg>");
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
