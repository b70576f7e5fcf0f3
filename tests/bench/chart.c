/*
 * How long charts take: a year of days as a line, as bars, with its table, and as a sparkline, from
 * filled structs to markup, memory included. Prints the median of many batches of each in
 * microseconds, and the bytes of the line and of the whole figure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/chart.h"
#include "base/clock.h"

#define START INT64_C(1763683200) /* 2025-11-21 */
#define DAYS 366
#define BATCHES 100
#define CHARTS 50 /* in a batch */

static int64_t starts[DAYS];
static struct chart_value values[DAYS];
static const struct chart_series series = { "MRR", values };
static struct chart year = { .id = "mrr",
	.title = "Monthly recurring revenue",
	.unit = CHART_MONEY,
	.currency = "EUR",
	.starts = starts,
	.n = DAYS,
	.series = &series,
	.nseries = 1,
	.is_last_unfinished = true };

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
measure(enum err (*draw)(struct strbuf *, const struct chart *), size_t *len)
{
	static double us[BATCHES];
	struct strbuf out = { 0 };
	int64_t begun;
	int i, n;

	for (i = 0; i < BATCHES; i++) {
		begun = clock_monotonic_us();
		for (n = 0; n < CHARTS; n++) {
			if (draw(&out, &year) != ERR_OK)
				exit(1);
			*len = out.len;
			strbuf_free(&out);
		}
		us[i] = (double)(clock_monotonic_us() - begun) / CHARTS;
	}
	qsort(us, BATCHES, sizeof(us[0]), compare);
	return us[BATCHES / 2];
}

int
main(void)
{
	double line, bars, table, spark;
	size_t len, figure, ignored;

	for (int64_t i = 0; i < DAYS; i++) {
		starts[i] = START + i * 86400;
		values[i].is_known = i % 50 != 7;
		values[i].n = 125000 + 900 * i + i * 7919 % 14000;
	}
	line = measure(chart_svg, &len);
	table = measure(chart_table, &ignored);
	spark = measure(chart_spark, &ignored);
	measure(chart_figure, &figure);
	year.kind = CHART_BAR;
	bars = measure(chart_svg, &ignored);
	printf("%.1f %.1f %.1f %.1f %zu %zu\n", line, bars, table, spark, len, figure);
	return 0;
}
