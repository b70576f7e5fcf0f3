/* Drawing for the pictures of chart.h; of no use to others. */
#ifndef BASE_CHART_PEN_H
#define BASE_CHART_PEN_H

#include "base/chart_parts.h"

/* Pixels: the top of the plot, and its height. */
#define CHART_TOP 26
#define CHART_PLOT 200
#define CHART_TENTHS (CHART_PLOT * 10)
/* The width, in hundredths of a percent. */
#define CHART_FULL 10000

/* Begins a path in a stretched box, whose stroke keeps its width. */
#define CHART_UNSTRETCHED "<path vector-effect=\"non-scaling-stroke\""

struct pen {
	struct strbuf *out;
	const struct chart *c;
	struct chart_axis axis;
	struct chart_date_tick ticks[CHART_TICKS_MAX];
	size_t nticks;
};

void pen_put(struct pen *, const char *);
void pen_put_int(struct pen *, int);
/* The name is ` x="`; the value and the closing quote follow. Values are never negative. */
void pen_put_percent(struct pen *, const char *name, int hundredths);
void pen_put_pixels(struct pen *, const char *name, int tenths);

bool pen_knows(const struct pen *, size_t series, size_t period);
double pen_value(const struct pen *, size_t series, size_t period);
bool pen_is_unfinished(const struct pen *, size_t period);
/* The centre of a period, in hundredths of a percent. */
int pen_along(const struct pen *, size_t period);
/* Tenths of a pixel below the top of the plot. */
int pen_down(const struct pen *, double value);
/* The two ends of what the first series stack up to on one period. */
void pen_stack_ends(
    const struct pen *, size_t nseries, size_t period, double *below, double *above);

/* The axis of values for all that will be drawn; false if nothing is known. */
bool pen_fit_axis(struct pen *);
/* The box that is stretched over the plot, so many units wide; its tag is left open. */
void pen_open_box(struct pen *, size_t units);

/* --- chart_line.c, chart_bar.c --- */

/* The shapes that tell lines apart without colour, around 0, 0. */
extern const char *const chart_markers[CHART_SERIES_MAX];
void chart_lines_add(struct pen *);
/* One line into an open box one unit narrower than there are periods. */
void chart_line_add(struct pen *, size_t series);
void chart_bars_add(struct pen *);
/* class, fill and stroke of a series, inside a tag. */
void chart_bar_look_add(struct pen *, size_t series);

#endif
