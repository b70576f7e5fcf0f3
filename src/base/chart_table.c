/* The tables: the one behind each chart, and the one that is a chart itself. */
#include "base/chart_parts.h"

#include <math.h>
#include <string.h>

#include "base/escape.h"

#define REASONS_MAX 9
#define HEAT_MAX 9

/* A box that scrolls where the table is too wide, and can be reached by keyboard then. */
static void
open_table(struct strbuf *out, const char *id, const char *title, const char *classes)
{
	strbuf_printf(out,
	    "<div class=\"chart-scroll\" tabindex=\"0\" role=\"region\" "
	    "aria-labelledby=\"%s-caption\">\n"
	    "<table class=\"%s\">\n<caption id=\"%s-caption\">",
	    id, classes, id);
	escape_html(out, title);
}

static void
add_row(struct strbuf *out, const struct chart *c, size_t i)
{
	size_t s;

	strbuf_puts(out, "<tr><th scope=\"row\">");
	chart_date_add_short(out, c, i);
	if (c->is_last_unfinished && i + 1 == c->n)
		strbuf_puts(out, " <span class=\"badge is-off\">so far</span>");
	strbuf_puts(out, "</th>");
	for (s = 0; s < c->nseries; s++) {
		strbuf_puts(out, chart_is_known(c->unit, &c->series[s].v[i])
				     ? "<td>"
				     : "<td class=\"is-unknown\">");
		chart_value_add(out, c->unit, c->currency, &c->series[s].v[i], false);
		strbuf_puts(out, "</td>");
	}
	strbuf_puts(out, "</tr>\n");
}

enum err
chart_table(struct strbuf *out, const struct chart *c)
{
	size_t i;

	if (!chart_is_valid(c))
		return ERR_INVALID;
	open_table(out, c->id, c->title, "chart-table");
	chart_unit_add(out, c->unit, c->currency);
	strbuf_printf(
	    out, "</caption>\n<thead><tr><th scope=\"col\">%s</th>", chart_step_words[c->step]);
	for (i = 0; i < c->nseries; i++) {
		strbuf_puts(out, "<th scope=\"col\">");
		escape_html(out, c->series[i].name);
		strbuf_puts(out, "</th>");
	}
	strbuf_puts(out, "</tr></thead>\n<tbody>\n");
	for (i = 0; i < c->n; i++)
		add_row(out, c, i);
	strbuf_puts(out, "</tbody>\n</table>\n</div>\n");
	return ERR_OK;
}

/* --- The figure --- */

/* "By day in EUR, 21 Nov 2025 to 20 Nov 2026" */
static void
add_range(struct strbuf *out, const struct chart *c)
{
	static const char *const words[CHART_STEP__MAX] = { "By day", "By week", "By month" };

	strbuf_puts(out, "<span class=\"aside\">");
	strbuf_puts(out, words[c->step]);
	if (c->unit == CHART_MONEY) {
		strbuf_puts(out, " in ");
		escape_html(out, c->currency);
	}
	if (c->n > 0) {
		strbuf_puts(out, ", ");
		chart_date_add_short(out, c, 0);
	}
	if (c->n > 1) {
		strbuf_puts(out, " to ");
		chart_date_add_short(out, c, c->n - 1);
	}
	strbuf_puts(out, "</span>");
}

/* What is unfinished and what is missing, in words below the picture. */
static void
add_notes(struct strbuf *out, const struct chart *c)
{
	size_t unknown = chart_count_unknown(c);
	bool is_open = c->n > 0 && c->is_last_unfinished;

	if (chart_count_known(c) == 0 || (unknown == 0 && !is_open))
		return;
	strbuf_puts(out, "<p class=\"aside\">");
	if (is_open) {
		strbuf_puts(out, "Dashed: ");
		chart_date_add(out, c, c->n - 1);
		strbuf_puts(out, " so far, not over yet.");
	}
	if (unknown > 0)
		strbuf_printf(out, "%s%zu of %zu values unknown, left out of the picture.",
		    is_open ? " " : "", unknown, c->n * c->nseries);
	strbuf_puts(out, "</p>\n");
}

enum err
chart_figure(struct strbuf *out, const struct chart *c)
{
	if (!chart_is_valid(c))
		return ERR_INVALID;
	strbuf_printf(
	    out, "<figure class=\"chart\" id=\"%s\">\n<figcaption class=\"chart-title\">", c->id);
	escape_html(out, c->title);
	strbuf_putc(out, ' ');
	add_range(out, c);
	strbuf_puts(out, "</figcaption>\n");
	if (c->nseries > 1 && chart_count_known(c) > 0)
		chart_legend_add(out, c);
	chart_svg(out, c);
	add_notes(out, c);
	if (c->n > 0) {
		strbuf_puts(out, "<details class=\"more\"><summary>The figures</summary>\n");
		chart_table(out, c);
		strbuf_puts(out, "</details>\n");
	}
	strbuf_puts(out, "</figure>\n");
	return ERR_OK;
}

/* --- The heat table --- */

struct heat {
	struct strbuf *out;
	const struct chart_heat *h;
	double most;
	const char *reasons[REASONS_MAX];
	size_t nreasons;
};

static double
most_of(const struct chart_heat *h)
{
	double most = 0;
	size_t r, i;

	for (r = 0; r < h->nrows; r++)
		for (i = 0; i < h->ncolumns; i++)
			if (chart_is_known(h->unit, &h->rows[r].cells[i].value))
				most =
				    fmax(most, chart_double(h->unit, &h->rows[r].cells[i].value));
	return most;
}

/* The number of the note; a reason for which there is no more room shares the last one. */
static size_t
note_of(struct heat *t, const char *reason)
{
	size_t i;

	for (i = 0; i < t->nreasons; i++)
		if (strcmp(t->reasons[i], reason) == 0)
			return i + 1;
	if (t->nreasons == REASONS_MAX) {
		t->reasons[REASONS_MAX - 1] = "there are several reasons";
		return REASONS_MAX;
	}
	t->reasons[t->nreasons++] = reason;
	return t->nreasons;
}

static void
add_cell(struct heat *t, const struct chart_heat_cell *cell)
{
	double share;

	if (chart_is_known(t->h->unit, &cell->value)) {
		share = t->most > 0 ? chart_double(t->h->unit, &cell->value) / t->most : 0;
		strbuf_printf(t->out, "<td class=\"heat-%d\">",
		    (int)fmax(0, fmin(floor(share * (HEAT_MAX + 1)), HEAT_MAX)));
		chart_value_add(t->out, t->h->unit, t->h->currency, &cell->value, false);
	} else if (cell->reason == NULL)
		strbuf_puts(t->out, "<td>");
	else
		strbuf_printf(
		    t->out, "<td class=\"is-unknown\">N/A<sup>%zu</sup>", note_of(t, cell->reason));
	strbuf_puts(t->out, "</td>");
}

static void
add_heat_head(struct strbuf *out, const struct chart_heat *h)
{
	size_t i;

	chart_unit_add(out, h->unit, h->currency);
	strbuf_puts(out, "</caption>\n<thead><tr><th scope=\"col\">");
	escape_html(out, h->rows_name);
	strbuf_puts(out, "</th>");
	if (h->size_name != NULL) {
		strbuf_puts(out, "<th scope=\"col\">");
		escape_html(out, h->size_name);
		strbuf_puts(out, "</th>");
	}
	for (i = 0; i < h->ncolumns; i++) {
		strbuf_puts(out, "<th scope=\"col\">");
		escape_html(out, h->columns[i]);
		strbuf_puts(out, "</th>");
	}
	strbuf_puts(out, "</tr></thead>\n<tbody>\n");
}

static void
add_heat_row(struct heat *t, const struct chart_heat_row *row)
{
	size_t i;

	strbuf_puts(t->out, "<tr><th scope=\"row\">");
	escape_html(t->out, row->label);
	strbuf_puts(t->out, "</th>");
	if (t->h->size_name != NULL) {
		strbuf_puts(t->out, "<td>");
		escape_html(t->out, row->size != NULL ? row->size : "");
		strbuf_puts(t->out, "</td>");
	}
	for (i = 0; i < t->h->ncolumns; i++)
		add_cell(t, &row->cells[i]);
	strbuf_puts(t->out, "</tr>\n");
}

enum err
chart_heat(struct strbuf *out, const struct chart_heat *h)
{
	struct heat t = { .out = out, .h = h };
	size_t i;

	if (!chart_is_id(h->id) || h->title == NULL || h->rows_name == NULL ||
	    h->unit >= CHART_UNIT__MAX || (h->unit == CHART_MONEY && h->currency == NULL))
		return ERR_INVALID;
	if (h->nrows == 0 || h->ncolumns == 0) {
		strbuf_puts(
		    out, "<p class=\"empty\">There is nothing to show for this time yet.</p>\n");
		return ERR_OK;
	}
	t.most = most_of(h);
	open_table(out, h->id, h->title, "chart-table is-heat");
	add_heat_head(out, h);
	for (i = 0; i < h->nrows; i++)
		add_heat_row(&t, &h->rows[i]);
	strbuf_puts(out, "</tbody>\n</table>\n</div>\n");
	for (i = 0; i < t.nreasons; i++) {
		strbuf_printf(out, "<p class=\"aside\"><sup>%zu</sup> ", i + 1);
		escape_html(out, t.reasons[i]);
		strbuf_puts(out, "</p>\n");
	}
	return ERR_OK;
}
