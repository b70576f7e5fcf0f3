#include "metrics/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shared_memory.h"
#include "metrics/metrics_shared.h"

const char *const metrics_methods[METHODS_MAX] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
	"OPTIONS", "other" };

const int metrics_statuses[STATUSES_MAX] = { 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308,
	400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 422, 429, 431, 500, 501, 502,
	503, 504, 505, 0 };

const int64_t metrics_buckets_us[BUCKETS_MAX] = { 5000, 10000, 25000, 50000, 100000, 250000, 500000,
	1000000, 2500000, 5000000, 10000000 };

#define FIRST_LABEL(id, name, first, second, help) first,
#define SECOND_LABEL(id, name, first, second, help) second,
static const char *const first_labels[METRIC__MAX] = { METRIC_COUNTERS(FIRST_LABEL)
	    METRIC_MOMENTS(FIRST_LABEL) };
static const char *const second_labels[METRIC__MAX] = { METRIC_COUNTERS(SECOND_LABEL)
	    METRIC_MOMENTS(SECOND_LABEL) };

struct metrics_shared *metrics_shared;
static struct metrics_slot *own;

void
metrics_init(int workers, const char *version)
{
	int nslots = workers + 1;

	/* Zero: all rows are free, all figures unknown. */
	metrics_shared = shared_memory_new(
	    sizeof(struct metrics_shared) + (size_t)nslots * sizeof(struct metrics_slot));
	metrics_shared->nslots = nslots;
	metrics_shared->started_at = clock_now();
	snprintf(metrics_shared->version, sizeof(metrics_shared->version), "%s", version);
	own = &metrics_shared->slots[0];
	own->pid = getpid();
}

void
metrics_worker(int id)
{
	int i;

	if (metrics_shared == NULL || id < 1 || id >= metrics_shared->nslots)
		return;
	own = &metrics_shared->slots[id];
	own->cpu_before_us += own->cpu_seen_us;
	own->cpu_seen_us = 0;
	own->pid = getpid();
	for (i = 0; i < LEVEL__MAX; i++)
		own->levels[i] = 0;
	metrics_count(METRIC_WORKER_STARTS, NULL, NULL);
}

void
metrics_clean_label(char out[METRICS_LABEL_MAX + 1], const char *in)
{
	int i = 0;

	for (; in != NULL && in[i] != '\0' && i < METRICS_LABEL_MAX; i++)
		out[i] = in[i] >= ' ' && in[i] <= '~' ? in[i] : '_';
	out[i] = '\0';
}

/* FNV-1a. */
static uint32_t
hash_text(uint32_t hash, const char *s)
{
	for (; *s != '\0'; s++)
		hash = (hash ^ (unsigned char)*s) * 16777619u;
	return hash * 16777619u;
}

static bool
is_row_of(const struct metrics_row *r, int metric, char labels[2][METRICS_LABEL_MAX + 1])
{
	return r->metric == metric && strcmp(r->labels[0], labels[0]) == 0 &&
	       strcmp(r->labels[1], labels[1]) == 0;
}

int
metrics_find_row(struct metrics_row *rows, int n, int metric, char labels[2][METRICS_LABEL_MAX + 1])
{
	uint32_t hash = hash_text(hash_text(2166136261u + (uint32_t)metric, labels[0]), labels[1]);
	struct metrics_row *r;
	int i, state, at;

	for (i = 0; i < n; i++) {
		at = (int)((hash + (uint32_t)i) % (uint32_t)n);
		r = &rows[at];
		state = atomic_load_explicit(&r->state, memory_order_acquire);
		if (state == ROW_READY && is_row_of(r, metric, labels))
			return at;
		if (state != ROW_FREE ||
		    !atomic_compare_exchange_strong(&r->state, &state, ROW_CLAIMED))
			continue;
		r->metric = metric;
		memcpy(r->labels, labels, sizeof(r->labels));
		atomic_store_explicit(&r->state, ROW_READY, memory_order_release);
		return at;
	}
	return n;
}

static int
route_index(const char *route)
{
	char labels[2][METRICS_LABEL_MAX + 1] = { "", "" };

	metrics_clean_label(labels[0], route);
	if (strcmp(labels[0], "other") == 0)
		return ROUTE_OTHER;
	return metrics_find_row(metrics_shared->route_names, METRICS_ROUTES_MAX, 0, labels);
}

static int
method_index(const char *method)
{
	int i;

	for (i = 0; i < METHODS_MAX - 1; i++)
		if (strcmp(metrics_methods[i], method) == 0)
			break;
	return i;
}

static int
status_index(int status)
{
	int i;

	for (i = 0; i < STATUSES_MAX - 1; i++)
		if (metrics_statuses[i] == status)
			break;
	return i;
}

static int
bucket_index(int64_t duration_us)
{
	int i;

	for (i = 0; i < BUCKETS_MAX; i++)
		if (duration_us <= metrics_buckets_us[i])
			break;
	return i;
}

static void
add(atomic_uint_fast64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

static void
observe(struct metrics_times *t, int64_t duration_us)
{
	if (duration_us < 0)
		duration_us = 0; /* the clock went back */
	add(&t->buckets[bucket_index(duration_us)], 1);
	add(&t->sum_us, (uint64_t)duration_us);
}

void
metrics_observe(enum histogram h, int64_t duration_us)
{
	if (own != NULL)
		observe(&own->histograms[h], duration_us);
}

void
metrics_http(const char *route, const char *method, int status, int64_t duration_us)
{
	struct metrics_route *r;

	if (own == NULL)
		return;
	r = &own->routes[route_index(route)];
	add(&r->requests[method_index(method)][status_index(status)], 1);
	observe(&r->times, duration_us);
}

/* Where a series is counted. "other" never gets a row, so that it stands in the output once. */
static int
series_index(enum metric m, const char *first, const char *second)
{
	char labels[2][METRICS_LABEL_MAX + 1] = { "", "" };
	int at;

	if (first_labels[m][0] == '\0')
		return SERIES_OTHER + (int)m;
	metrics_clean_label(labels[0], first);
	if (second_labels[m][0] != '\0')
		metrics_clean_label(labels[1], second);
	if (strcmp(labels[0], "other") == 0 &&
	    (labels[1][0] == '\0' || strcmp(labels[1], "other") == 0))
		return SERIES_OTHER + (int)m;
	at = metrics_find_row(metrics_shared->series_names, METRICS_SERIES_MAX, (int)m, labels);
	return at < METRICS_SERIES_MAX ? at : SERIES_OTHER + (int)m;
}

void
metrics_add(enum metric m, const char *first, const char *second, uint64_t n)
{
	if (own != NULL)
		add(&own->series[series_index(m, first, second)], n);
}

void
metrics_count(enum metric m, const char *first, const char *second)
{
	metrics_add(m, first, second, 1);
}

void
metrics_moment(enum metric m, const char *first, int64_t at)
{
	if (own != NULL && at > 0)
		own->series[series_index(m, first, NULL)] = (uint64_t)at;
}

void
metrics_level_add(enum level l, int change)
{
	if (own != NULL)
		atomic_fetch_add_explicit(&own->levels[l], change, memory_order_relaxed);
}

void
metrics_level_set(enum level l, int value)
{
	if (own != NULL)
		atomic_store_explicit(&own->levels[l], value, memory_order_relaxed);
}
