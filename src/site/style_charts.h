/* Sample charts in every state, for the page /style and for the tests of charts. */
#ifndef SITE_STYLE_CHARTS_H
#define SITE_STYLE_CHARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/chart.h"

struct style_chart {
	const char *name; /* of the golden file, chart_<name>.html, and of the chart */
	const char *title;
	enum chart_kind kind;
	enum chart_unit unit;
	enum chart_step step;
	size_t n, nseries;
	bool is_last_unfinished;
	const char *currency;
	/* Value i of series s; false is unknown. */
	bool (*value)(size_t s, size_t i, struct chart_value *);
};

extern const struct style_chart style_charts[];
extern const size_t style_ncharts;

/* What it draws is filled anew by each call. */
struct chart style_chart(const struct style_chart *);
/* Days from 2025-11-21, Mondays from 2025-11-24, months from 2025-11. */
int64_t style_chart_start(enum chart_step, size_t i);
/* Cohorts, one of them empty, the newest unfinished. */
struct chart_heat style_heat(void);

#endif
