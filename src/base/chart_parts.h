/* What the files of chart.h share; of no use to others. */
#ifndef BASE_CHART_PARTS_H
#define BASE_CHART_PARTS_H

#include "base/arena.h"
#include "base/chart.h"

/* --- chart_axis.c: values to heights --- */

/* More than this the eye does not need, and a phone has no room for. */
#define CHART_TICKS_MAX 6

/*
 * Ticks at every k × base × mantissa × 10^exponent for k from lo to hi; the axis ends at ticks.
 * Kept as whole numbers, so that labels are exact.
 */
struct chart_axis {
	enum chart_unit unit;
	int64_t lo, hi;
	int64_t base;
	int mantissa, exponent;
	double low, high; /* the values of ticks lo and hi */
	int places;	  /* minor units: how many digits stand behind the point */
};

/* An axis of which lo and hi (finite, lo ≤ hi) are part; currency only for money. */
void chart_axis_fit(
    struct chart_axis *, enum chart_unit, const char *currency, double lo, double hi);
/* The value of tick k. */
double chart_axis_at(const struct chart_axis *, int64_t k);
/* 0 at the bottom, 1 at the top, never beyond. */
double chart_axis_place(const struct chart_axis *, double value);
/* "1.5M", "20%", "0.002", "15 min"; appends ASCII. */
void chart_axis_label(struct strbuf *, const struct chart_axis *, int64_t k);

/* --- chart_date.c: periods to words --- */

struct chart_date_tick {
	size_t period;
	char label[24];
};

/* Few dates at sensible places; returns how many. */
size_t chart_date_ticks(const struct chart *, struct chart_date_tick[CHART_TICKS_MAX]);
/* "20 Nov 2026", "week of 16 Nov 2026", "Nov 2026", or the label given; escaped. */
void chart_date_add(struct strbuf *, const struct chart *, size_t period);
/* The same without "week of", where that is clear. */
void chart_date_add_short(struct strbuf *, const struct chart *, size_t period);
/* What stands over the short dates: "Day", "Week of", "Month". */
extern const char *const chart_step_words[CHART_STEP__MAX];

/* --- chart_text.c: values to words --- */

/* Whether there is a value that can be drawn. */
bool chart_is_known(enum chart_unit, const struct chart_value *);
/* For places, never for sums. */
double chart_double(enum chart_unit, const struct chart_value *);
/* "1,234.50", "45.7 kB", "12.5%", "2 h 5 min", "unknown"; with_unit adds " EUR". */
void chart_value_add(struct strbuf *, enum chart_unit, const char *currency,
    const struct chart_value *, bool with_unit);
/* What the chart shows, in sentences: first, last, trend, lowest, highest, unfinished, unknown. */
void chart_describe(struct strbuf *, const struct chart *);
/* The values of all series together, of those whose values are not known. */
size_t chart_count_unknown(const struct chart *);
size_t chart_count_known(const struct chart *);
/* " (EUR)" after the name of what is counted in a currency, else nothing. */
void chart_unit_add(struct strbuf *, enum chart_unit, const char *currency);

/* --- chart_legend.c --- */

/* The names of the series beside keys drawn like them; patterns are those of the picture. */
void chart_legend_add(struct strbuf *, const struct chart *);

bool chart_is_valid(const struct chart *);
bool chart_is_id(const char *);

#endif
