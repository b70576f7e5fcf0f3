/*
 * Charts as inline SVG, made on the server from the very rows of the table that stands behind each
 * of them. The table is the truth; the chart illustrates it.
 *
 *	struct chart c = { .id = "mrr", .title = "MRR", .kind = CHART_LINE, .unit = CHART_MONEY,
 *	    .currency = "EUR", .step = CHART_DAY, .starts = starts, .n = 30,
 *	    .series = &series, .nseries = 1, .is_last_unfinished = true };
 *
 *	if (chart_figure(&out, &c) == ERR_OK)
 *		view->mrr = arena_strdup(arena, strbuf_text(&out));	an HTML field, {{raw mrr}}
 *
 * What is written is ready markup: titles, names, labels and reasons are escaped here, so it may go
 * into a HTML field of a view (view.h) as it is. It holds no style and no script; colours come from
 * assets/css/60_chart.css through classes, and without that sheet it is black on white.
 *
 * Positions along the width are in percent and strokes do not scale, so a chart fills whatever
 * width it gets and its text keeps the size of text.
 *
 * Unknown is a gap and the word "unknown", never 0. A ratio or number that is not finite or beyond
 * 10^15 counts as unknown.
 */
#ifndef BASE_CHART_H
#define BASE_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strbuf.h"

/* So many series differ in colour and in marker or pattern; who has more makes the last "other". */
#define CHART_SERIES_MAX 6
/* Ten years of days; no picture shows more. */
#define CHART_PERIODS_MAX 3660

enum chart_kind { CHART_LINE, CHART_BAR, CHART_STACK, CHART_KIND__MAX };

/* What the values are; says which member of a chart_value is read. */
enum chart_unit {
	CHART_COUNT,   /* n */
	CHART_MONEY,   /* n, minor units of the chart's currency */
	CHART_BYTES,   /* n */
	CHART_SECONDS, /* n, how long something took */
	CHART_RATIO,   /* x, 0.25 is shown as 25% */
	CHART_NUMBER,  /* x */
	CHART_UNIT__MAX
};

enum chart_step { CHART_DAY, CHART_WEEK, CHART_MONTH, CHART_STEP__MAX };

/* All zero is unknown. */
struct chart_value {
	bool is_known;
	union {
		int64_t n;
		double x;
	};
};

struct chart_series {
	const char *name;
	const struct chart_value *v; /* one for each period */
};

/* Owns nothing. */
struct chart {
	const char *id;	   /* unique in the page: letters, digits, '-' and '_', a letter first */
	const char *title; /* "MRR" */
	enum chart_kind kind;
	enum chart_unit unit;
	const char *currency; /* of CHART_MONEY */
	enum chart_step step;
	/*
	 * For each period the midnight, in UTC, of its first date: a date is a date, whatever zone
	 * the figures are cut in. Rising.
	 */
	const int64_t *starts;
	const char *const *labels; /* of the periods in the table; NULL: made from the dates */
	size_t n;
	const struct chart_series *series;
	size_t nseries;
	bool is_last_unfinished; /* the last period is still running: drawn dashed, "so far" */
};

/*
 * Each appends to the buffer and returns ERR_OK, or appends nothing and returns ERR_INVALID when
 * the chart makes no sense: an id that is none, no title, no or too many series, too many periods,
 * money without currency.
 */

/* All of it: heading, legend, picture, notes on what is unfinished or unknown, and the table. */
enum err chart_figure(struct strbuf *, const struct chart *);
/* The picture alone; one sentence instead if no value is known. */
enum err chart_svg(struct strbuf *, const struct chart *);
/* The table alone, with the same rows. */
enum err chart_table(struct strbuf *, const struct chart *);
/* The first series as a line as small as a word, for a card or a cell; its title says the values.
 */
enum err chart_spark(struct strbuf *, const struct chart *);

struct chart_heat_cell {
	struct chart_value value;
	const char *reason; /* why it is N/A; unknown without a reason is left blank */
};

struct chart_heat_row {
	const char *label; /* "Oct 2026" */
	const char *size;  /* "1,204 people"; may be NULL */
	const struct chart_heat_cell *cells;
};

/* A table whose cells are shaded by their value, such as cohorts by age. Owns nothing. */
struct chart_heat {
	const char *id, *title;
	const char *rows_name; /* over the labels: "Month of signup" */
	const char *size_name; /* over the sizes; NULL: there are none */
	enum chart_unit unit;
	const char *currency;
	const char *const *columns; /* "D1", "D7" */
	size_t ncolumns;
	const struct chart_heat_row *rows;
	size_t nrows;
};

/* Darkest is the greatest value known, lightest 0 and below; every cell prints its number. */
enum err chart_heat(struct strbuf *, const struct chart_heat *);

#endif
