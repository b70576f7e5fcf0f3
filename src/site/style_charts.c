/* See style_charts.h. */
#include "site/style_charts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rfc3339.h"

#define SAMPLE_MAX 366
#define SAMPLE_DAY INT64_C(86400)
#define SAMPLE_START INT64_C(1763683200) /* Friday, 2025-11-21 */

static bool
sample_n(struct chart_value *v, double n)
{
	v->n = (int64_t)n;
	return true;
}

static bool
sample_x(struct chart_value *v, double x)
{
	v->x = x;
	return true;
}

/* Between 0 and 1, the same on every machine. */
static double
sample_noise(size_t s, size_t i)
{
	uint32_t h = (uint32_t)(s * 7919 + i + 1) * 2654435761u;

	h = (h ^ (h >> 15)) * 2246822519u;
	return (double)((h ^ (h >> 13)) % 1000) / 1000;
}

static bool
sample_mrr(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 125000 + 900.0 * (double)i + 14000 * sample_noise(s, i / 5));
}

static bool
sample_signups(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, i % 11 == 4 ? 0 : 3 + 14 * sample_noise(s, i));
}

static bool
sample_gaps(size_t s, size_t i, struct chart_value *v)
{
	if (s == 0 && ((i > 6 && i < 11) || i == 20 || i == 22))
		return false;
	return sample_x(v, 0.62 + 0.05 * (double)s + 0.08 * sample_noise(s, i));
}

static bool
sample_plans(size_t s, size_t i, struct chart_value *v)
{
	static const double base[] = { 700, 240, 90, 60, 40, 25 };

	return sample_n(v, base[s] * (1 + (double)i / 15) * (0.9 + sample_noise(s, i) / 4));
}

static bool
sample_movements(size_t s, size_t i, struct chart_value *v)
{
	static const double base[] = { 42000, 18000, -9000, -21000 };

	if (i == 4 && s == 1)
		return false;
	return sample_n(v, base[s] * (0.6 + sample_noise(s, i)));
}

static bool
sample_channels(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 12 + 30 * sample_noise(s, i) + 4 * (double)s);
}

static bool
sample_net(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, -40 + 90 * sample_noise(s, i));
}

static bool
sample_huge(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 1e6 + 2.6e6 * sample_noise(s, i));
}

static bool
sample_tiny(size_t s, size_t i, struct chart_value *v)
{
	return sample_x(v, 0.0004 + 0.0008 * sample_noise(s, i));
}

static bool
sample_storage(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 4.2e9 + 3e7 * (double)i + 1e8 * sample_noise(s, i));
}

static bool
sample_duration(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 1500 + 9000 * sample_noise(s, i));
}

static bool
sample_nothing(size_t s, size_t i, struct chart_value *v)
{
	(void)s;
	(void)i;
	(void)v;
	return false;
}

static bool
sample_dinar(size_t s, size_t i, struct chart_value *v)
{
	return sample_n(v, 900 + 700 * sample_noise(s, i));
}

const struct style_chart style_charts[] = {
	{ "line_year", "Monthly recurring revenue", CHART_LINE, CHART_MONEY, CHART_DAY, 366, 1,
	    true, "EUR", sample_mrr },
	{ "line_two_gaps", "Retention, day 7", CHART_LINE, CHART_RATIO, CHART_DAY, 30, 2, false,
	    NULL, sample_gaps },
	{ "line_six", "People by plan", CHART_LINE, CHART_COUNT, CHART_MONTH, 13, 6, true, NULL,
	    sample_plans },
	{ "line_one_point", "People", CHART_LINE, CHART_COUNT, CHART_DAY, 1, 1, false, NULL,
	    sample_huge },
	{ "line_none", "People", CHART_LINE, CHART_COUNT, CHART_DAY, 0, 1, false, NULL, NULL },
	{ "line_unknown", "People", CHART_LINE, CHART_COUNT, CHART_DAY, 14, 1, true, NULL,
	    sample_nothing },
	{ "line_negative", "Net new people", CHART_LINE, CHART_COUNT, CHART_DAY, 42, 1, true, NULL,
	    sample_net },
	{ "line_tiny", "Error rate", CHART_LINE, CHART_NUMBER, CHART_DAY, 30, 1, false, NULL,
	    sample_tiny },
	{ "line_storage", "Storage", CHART_LINE, CHART_BYTES, CHART_WEEK, 26, 1, true, NULL,
	    sample_storage },
	{ "bar_month", "Sign-ups", CHART_BAR, CHART_COUNT, CHART_DAY, 30, 1, true, NULL,
	    sample_signups },
	{ "bar_year", "Sign-ups", CHART_BAR, CHART_COUNT, CHART_DAY, 366, 1, true, NULL,
	    sample_signups },
	{ "bar_negative", "Net new people", CHART_BAR, CHART_COUNT, CHART_WEEK, 12, 1, true, NULL,
	    sample_net },
	{ "bar_groups", "Channels joined", CHART_BAR, CHART_COUNT, CHART_MONTH, 6, 3, false, NULL,
	    sample_channels },
	{ "bar_million", "Messages relayed", CHART_BAR, CHART_COUNT, CHART_DAY, 7, 1, false, NULL,
	    sample_huge },
	{ "bar_dinar", "Gross revenue", CHART_BAR, CHART_MONEY, CHART_MONTH, 3, 1, true, "KWD",
	    sample_dinar },
	{ "bar_yen", "Gross revenue", CHART_BAR, CHART_MONEY, CHART_MONTH, 12, 1, false, "JPY",
	    sample_mrr },
	{ "bar_duration", "First response, median", CHART_BAR, CHART_SECONDS, CHART_WEEK, 10, 1,
	    true, NULL, sample_duration },
	{ "stack_movements", "MRR movements", CHART_STACK, CHART_MONEY, CHART_MONTH, 12, 4, true,
	    "EUR", sample_movements },
	{ "stack_six", "People by plan", CHART_STACK, CHART_COUNT, CHART_MONTH, 13, 6, true, NULL,
	    sample_plans },
};

const size_t style_ncharts = sizeof(style_charts) / sizeof(style_charts[0]);

int64_t
style_chart_start(enum chart_step step, size_t i)
{
	char text[32];
	int64_t at = 0;

	if (step == CHART_DAY)
		return SAMPLE_START + (int64_t)i * SAMPLE_DAY;
	if (step == CHART_WEEK)
		return SAMPLE_START + (int64_t)(7 * i + 3) * SAMPLE_DAY;
	snprintf(text, sizeof(text), "%04zu-%02zu-01T00:00:00Z", 2025 + (i + 10) / 12 % 100,
	    (i + 10) % 12 + 1);
	rfc3339_parse(text, &at);
	return at;
}

struct chart
style_chart(const struct style_chart *m)
{
	static const char *const plans[] = { "Free", "Pro", "Team", "School", "Club", "Other" };
	static const char *const moves[] = { "New", "Expansion", "Contraction", "Churn" };
	static int64_t starts[SAMPLE_MAX];
	static struct chart_value values[CHART_SERIES_MAX][SAMPLE_MAX];
	static struct chart_series series[CHART_SERIES_MAX];
	size_t s, i;

	for (i = 0; i < m->n; i++)
		starts[i] = style_chart_start(m->step, i);
	for (s = 0; s < m->nseries; s++) {
		for (i = 0; i < m->n; i++) {
			values[s][i] = (struct chart_value){ 0 };
			values[s][i].is_known = m->value(s, i, &values[s][i]);
		}
		series[s] = (struct chart_series){ m->nseries == 1		  ? m->title
						   : m->value == sample_movements ? moves[s]
										  : plans[s],
			values[s] };
	}
	return (struct chart){ .id = m->name,
		.title = m->title,
		.kind = m->kind,
		.unit = m->unit,
		.currency = m->currency,
		.step = m->step,
		.starts = starts,
		.n = m->n,
		.series = series,
		.nseries = m->nseries,
		.is_last_unfinished = m->is_last_unfinished };
}

#define COHORTS 8

/* People who came back, by month of signup; what has not passed yet says so. */
struct chart_heat
style_heat(void)
{
	static const char *const columns[] = { "M1", "M2", "M3", "M4", "M5", "M6", "M7", "M8" };
	static const char *const labels[] = { "Mar 2026", "Apr 2026", "May 2026", "Jun 2026",
		"Jul 2026", "Aug 2026", "Sep 2026", "Oct 2026" };
	static const char *const sizes[] = { "118", "141", "0", "166", "190", "212", "12", "240" };
	static struct chart_heat_cell cells[COHORTS][COHORTS];
	static struct chart_heat_row rows[COHORTS];
	size_t r, i;

	memset(cells, 0, sizeof(cells));
	for (r = 0; r < COHORTS; r++) {
		for (i = 0; i < COHORTS - r; i++) {
			cells[r][i].value.x =
			    0.05 + 0.6 * exp(-0.3 * (double)i) * (0.8 + sample_noise(r, i) / 4);
			cells[r][i].value.is_known = r != 2;
			cells[r][i].reason = r == 2 ? "Nobody signed up." : NULL;
		}
		if (i < COHORTS)
			cells[r][i].reason = "This month is not over yet.";
		rows[r] = (struct chart_heat_row){ labels[r], sizes[r], cells[r] };
	}
	return (struct chart_heat){ .id = "heat_cohorts",
		.title = "People who came back, by month of signup",
		.rows_name = "Signed up",
		.size_name = "People",
		.unit = CHART_RATIO,
		.columns = columns,
		.ncolumns = COHORTS,
		.rows = rows,
		.nrows = COHORTS };
}
