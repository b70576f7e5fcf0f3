/*
 * The registry's memory, for the files of this slice only: metrics.c and metrics_figures.c fill it,
 * metrics_text.c and metrics_process.c read it.
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
#define STATUSES_MAX 33
#define BUCKETS_MAX 11 /* without +Inf */

extern const char *const metrics_methods[METHODS_MAX]; /* the last is "other" */
extern const int metrics_statuses[STATUSES_MAX];       /* the last, 0, is "other" */
extern const int64_t metrics_buckets_us[BUCKETS_MAX];  /* upper bounds, rising */

/*
 * A row of a table that all processes fill together. Whoever moves it from free to claimed writes
 * the texts and moves it to ready; texts never change after that. Two processes may claim a row
 * each for the same texts at the same moment, and one may die over it: readers add up rows of equal
 * texts and pass over rows that are not ready.
 */
enum { ROW_FREE, ROW_CLAIMED, ROW_READY };

struct metrics_row {
	atomic_int state;
	int metric; /* of a series; 0 for routes */
	char labels[2][METRICS_LABEL_MAX + 1];
};

struct metrics_times {
	atomic_uint_fast64_t buckets[BUCKETS_MAX + 1]; /* each on its own, not yet cumulative */
	atomic_uint_fast64_t sum_us;
};

struct metrics_route {
	atomic_uint_fast64_t requests[METHODS_MAX][STATUSES_MAX];
	struct metrics_times times;
};

/* The last place of `routes` and, for each metric, of `series` takes what found no row. */
#define ROUTE_OTHER METRICS_ROUTES_MAX
#define SERIES_OTHER METRICS_SERIES_MAX

struct metrics_slot {
	alignas(64) _Atomic pid_t pid;
	atomic_uint_fast64_t cpu_seen_us;   /* of this process, at the last scrape */
	atomic_uint_fast64_t cpu_before_us; /* of those that had the slot before */
	atomic_int_fast64_t levels[LEVEL__MAX];
	atomic_uint_fast64_t series[METRICS_SERIES_MAX + METRIC__MAX];
	struct metrics_times histograms[HISTOGRAM__MAX];
	struct metrics_route routes[METRICS_ROUTES_MAX + 1];
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
	struct metrics_row series_names[METRICS_SERIES_MAX];
	struct metrics_row figure_names[METRICS_FIGURES_MAX];
	struct metrics_known figures[METRICS_FIGURES_MAX];
	struct metrics_slot slots[];
};

extern struct metrics_shared *metrics_shared; /* NULL before metrics_init() */

struct metrics_family {
	const char *name, *type, *first, *second, *help;
	int64_t old_s;
};
extern const struct metrics_family metrics_figure_families[FIGURE__MAX];

/* A label as it is kept: never NULL, cut, printable ASCII only. */
void metrics_clean_label(char out[METRICS_LABEL_MAX + 1], const char *in);
/* The index of the row of these texts, claimed if there is none yet; n when the table is full. */
int metrics_find_row(
    struct metrics_row *, int n, int metric, char labels[2][METRICS_LABEL_MAX + 1]);

/* Appends what /proc says of the parent and the workers, added up. */
void metrics_process_write(struct strbuf *);
/* "# HELP" and "# TYPE" of one family. */
void metrics_write_head(struct strbuf *, const char *name, const char *type, const char *help);

#endif
