/*
 * Families and samples as text, in Prometheus' format 0.0.4 or in OpenMetrics 1.0.0. They differ in
 * a few places, all of them here: in OpenMetrics the family of a counter lacks its _total and that
 * of an info its _info, there is a line for the unit, bounds are always written with a point,
 * quotes are escaped in help too, and the text says that it ends.
 */
#ifndef METRICS_METRICS_OUT_H
#define METRICS_METRICS_OUT_H

#include <stdint.h>

#include "base/strbuf.h"
#include "metrics/metrics.h"
#include "metrics/metrics_shared.h"

struct metrics_out {
	struct strbuf *to;
	enum metrics_format format;
};

/* "# HELP" and "# TYPE" of one family; types are counter, gauge, histogram, summary and info. */
void metrics_out_head(struct metrics_out *, const char *name, const char *type, const char *help);
/* The name and the labels of a sample, up to the blank; what has no name is left out, "" or NULL.
 */
void metrics_out_name(struct metrics_out *, const char *name, const char *const names[],
    const char *const values[], int n);
/* The end of the line. */
void metrics_out_count(struct metrics_out *, uint64_t);
void metrics_out_int(struct metrics_out *, int64_t);
/* Whole numbers without a point; others in as few digits as read back to the same. */
void metrics_out_double(struct metrics_out *, double);
/* Seconds with all their digits. */
void metrics_out_us(struct metrics_out *, uint64_t us);

/* All lines of one histogram, or of a summary without quantiles; `label` is "" for none. */
void metrics_out_times(struct metrics_out *, const char *name, const char *label, const char *value,
    enum histogram_kind, const struct metrics_sum *);
/* What ends the text. */
void metrics_out_end(struct metrics_out *);

#endif
