/*
 * The registry's memory, for the files of this slice only: metrics.c (series and levels),
 * metrics_routes.c, metrics_times.c and metrics_figures.c fill it, each also says what stands in
 * its part; metrics_write.c and metrics_process.c write that down.
 */
#ifndef METRICS_METRICS_SHARED_H
#define METRICS_METRICS_SHARED_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "metrics/metrics.h"

#define METHODS_MAX 8
#define STATUSES_MAX 36

extern const char *const metrics_methods[METHODS_MAX]; /* the last is "other" */
extern const int metrics_statuses[STATUSES_MAX];       /* the last, 0, is "other" */

/* ---- Rows ---- */

/*
 * A row of a table that all processes fill together. Whoever moves it from free to claimed writes
 * the texts and moves it to ready; texts never change after that, and no row is ever free again.
 * Two processes may claim a row each for the same texts at the same moment, and one may die over
 * it: readers add up rows of equal texts and pass over rows that are not ready.
 *
 * A text's rows are looked for from the place that its hash names, one after the other, up to the
 * first that is free; so that is where all rows of equal texts are.
 */
enum { ROW_FREE, ROW_CLAIMED, ROW_READY };

struct metrics_row {
	atomic_int state;
	int metric; /* of which metric; 0 for routes */
	uint32_t hash;
	char labels[2][METRICS_LABEL_MAX + 1];
};

/* Labels as they are kept. */
struct metrics_labels {
	char text[2][METRICS_LABEL_MAX + 1];
};

/* Of texts, NULL for none: cut, and printable ASCII only. */
struct metrics_labels metrics_labels(const char *first, const char *second);
/* All that the metric has are "other": such a series has no row, but a place of its own. */
bool metrics_labels_are_other(const struct metrics_labels *, int n);
/* The index of the row of these texts, claimed if there is none yet; n when the table is full. */
int metrics_row_find(struct metrics_row *, int n, int metric, const struct metrics_labels *);
/* For each row the first one of the same texts, mostly itself; -1 if it is not ready. */
void metrics_rows_same(const struct metrics_row *, int n, int16_t same[]);

/* ---- What each process counts ---- */

struct metrics_times {
	atomic_uint_fast64_t buckets[METRICS_BUCKETS + 1]; /* not cumulative */
	atomic_uint_fast64_t sum_us;
};

struct metrics_route {
	atomic_uint_fast64_t requests[METHODS_MAX][STATUSES_MAX];
	struct metrics_times times;
	atomic_uint_fast64_t request_bytes, response_bytes;
};

/* The last places, and for each metric one, take what found no row. */
#define ROUTE_OTHER METRICS_ROUTES_MAX
#define SERIES_OTHER METRICS_SERIES_MAX
#define TIMES_OTHER METRICS_TIMES_MAX

struct metrics_slot {
	alignas(64) _Atomic pid_t pid;
	/* CPU time of all that had the slot, at the last scrape, which never falls; and of those
	 * before this process. */
	atomic_uint_fast64_t cpu_us, cpu_before_us;
	atomic_int_fast64_t levels[LEVEL__MAX];
	atomic_uint_fast64_t series[METRICS_SERIES_MAX + METRIC__MAX];
	struct metrics_times times[METRICS_TIMES_MAX + HISTOGRAM__MAX];
	struct metrics_route routes[METRICS_ROUTES_MAX + 1];
};

/* Which cells of a route anybody has counted in: a bit for each status, set before the first. A
 * page has a handful of 288, and a scrape looks at those alone. */
struct metrics_used {
	atomic_uint_fast64_t statuses[METHODS_MAX];
};

struct metrics_known {
	_Atomic double value;
	atomic_int_fast64_t at; /* Unix seconds; 0: unknown */
};

struct metrics_shared {
	int nslots; /* slot 0 is the parent's, then one for each worker */
	int64_t started_at;
	char version[METRICS_LABEL_MAX + 1];
	struct metrics_row route_names[METRICS_ROUTES_MAX];
	struct metrics_used routes_used[METRICS_ROUTES_MAX + 1];
	struct metrics_row series_names[METRICS_SERIES_MAX];
	struct metrics_row times_names[METRICS_TIMES_MAX];
	struct metrics_row figure_names[METRICS_FIGURES_MAX];
	struct metrics_known figures[METRICS_FIGURES_MAX];
	struct metrics_slot slots[];
};

extern struct metrics_shared *metrics_shared; /* NULL before metrics_init() */
extern struct metrics_slot *metrics_own;      /* of this process; NULL before metrics_init() */

void metrics_cell_add(atomic_uint_fast64_t *, uint64_t);
uint64_t metrics_cell_read(const atomic_uint_fast64_t *);
/* Less than nothing counts as nothing: the clock went back. */
void metrics_times_add(struct metrics_times *, const int64_t bounds_us[], int64_t duration_us);

/* ---- What stands there, added up over all processes ---- */

struct metrics_sum {
	uint64_t buckets[METRICS_BUCKETS + 1], sum_us;
};
void metrics_sum_add(struct metrics_sum *, const struct metrics_times *);

struct metrics_route_sum {
	uint64_t used[METHODS_MAX]; /* of metrics_used */
	uint64_t requests[METHODS_MAX][STATUSES_MAX];
	struct metrics_sum times;
	uint64_t request_bytes, response_bytes;
};
/* Calls each(arg, route, sum) for every route that has counted something, "other" last. */
void metrics_routes_each(
    void (*each)(void *arg, const char *route, const struct metrics_route_sum *), void *arg);

/* Of every series of counters, numbers and lags; `same` as metrics_rows_same() fills it. */
void metrics_series_sum(uint64_t totals[METRICS_SERIES_MAX + METRIC__MAX], const int16_t same[]);
/* Of a row of times, with those of the same texts. */
void metrics_times_sum(struct metrics_sum *, int at, const int16_t same[]);

/* Behind each help: where the numbers come from. */
#define METRICS_COUNTED " Counted by this replica since its start."
#define METRICS_OF_REPLICA " As this replica knows it."

enum metrics_kind { METRICS_COUNTER, METRICS_NUMBER, METRICS_LAG };
struct metrics_family {
	const char *name, *type, *first, *second, *help;
	enum metrics_kind kind; /* of a series */
	int64_t old_s;		/* of a figure */
};
extern const struct metrics_family metrics_families[METRIC__MAX];
extern const struct metrics_family metrics_figure_families[FIGURE__MAX];
extern const struct metrics_histogram {
	const char *name, *label, *help;
	enum histogram_kind kind;
} metrics_histograms[HISTOGRAM__MAX];
extern const struct metrics_level {
	const char *name, *label, *value, *help;
} metrics_levels[LEVEL__MAX];
extern const int64_t metrics_buckets_us[METRICS_BUCKETS], metrics_fine_us[METRICS_BUCKETS];

struct metrics_out;
/* Appends what /proc says of the parent and the workers, added up. */
void metrics_process_write(struct metrics_out *);

#endif
