#include "metrics/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/shared_memory.h"
#include "metrics/metrics_shared.h"

const struct metrics_family metrics_families[METRIC__MAX] = {
#define COUNTER(id, name, first, second, help)                                                     \
	{ name, "counter", first, second, help METRICS_COUNTED, METRICS_COUNTER, 0 },
#define NUMBER(id, name, first, second, help)                                                      \
	{ name, "gauge", first, second, help METRICS_OF_REPLICA, METRICS_NUMBER, 0 },
#define LAG(id, name, first, second, help)                                                         \
	{ name, "gauge", first, second, help METRICS_OF_REPLICA, METRICS_LAG, 0 },
	METRIC_COUNTERS(COUNTER) METRIC_NUMBERS(NUMBER) METRIC_LAGS(LAG)
};

const struct metrics_level metrics_levels[LEVEL__MAX] = {
#define LEVEL(id, name, label, value, help) { name, label, value, help METRICS_OF_REPLICA },
	METRIC_LEVELS(LEVEL)
};

struct metrics_shared *metrics_shared;
struct metrics_slot *metrics_own;

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
	metrics_own = &metrics_shared->slots[0];
	metrics_own->pid = getpid();
}

void
metrics_worker(int id)
{
	int i;

	if (metrics_shared == NULL || id < 1 || id >= metrics_shared->nslots)
		return;
	metrics_own = &metrics_shared->slots[id];
	metrics_own->cpu_before_us = metrics_own->cpu_us; /* before a scrape looks at us */
	metrics_own->pid = getpid();
	for (i = 0; i < LEVEL__MAX; i++)
		metrics_own->levels[i] = 0;
	metrics_count(METRIC_WORKER_STARTS, NULL, NULL);
}

/* ---- Cells ---- */

void
metrics_cell_add(atomic_uint_fast64_t *to, uint64_t n)
{
	atomic_fetch_add_explicit(to, n, memory_order_relaxed);
}

uint64_t
metrics_cell_read(const atomic_uint_fast64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

/* ---- Rows ---- */

static void
keep_label(char out[METRICS_LABEL_MAX + 1], const char *in)
{
	int i = 0;

	for (; in != NULL && in[i] != '\0' && i < METRICS_LABEL_MAX; i++)
		out[i] = in[i] >= ' ' && in[i] <= '~' ? in[i] : '_';
	out[i] = '\0';
}

struct metrics_labels
metrics_labels(const char *first, const char *second)
{
	struct metrics_labels l = { 0 };

	keep_label(l.text[0], first);
	keep_label(l.text[1], second);
	return l;
}

bool
metrics_labels_are_other(const struct metrics_labels *l, int n)
{
	for (int i = 0; i < n; i++)
		if (strcmp(l->text[i], "other") != 0)
			return false;
	return true;
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
is_row_of(const struct metrics_row *r, int metric, const struct metrics_labels *l)
{
	return r->metric == metric && strcmp(r->labels[0], l->text[0]) == 0 &&
	       strcmp(r->labels[1], l->text[1]) == 0;
}

static void
fill_row(struct metrics_row *r, int metric, uint32_t hash, const struct metrics_labels *l)
{
	r->metric = metric;
	r->hash = hash;
	memcpy(r->labels, l->text, sizeof(r->labels));
	atomic_store_explicit(&r->state, ROW_READY, memory_order_release);
}

int
metrics_row_find(struct metrics_row *rows, int n, int metric, const struct metrics_labels *l)
{
	const uint32_t hash =
	    hash_text(hash_text(2166136261u + (uint32_t)metric, l->text[0]), l->text[1]);
	int state, at = (int)(hash % (uint32_t)n);

	for (int i = 0; i < n; i++, at = at + 1 < n ? at + 1 : 0) {
		struct metrics_row *r = &rows[at];

		state = atomic_load_explicit(&r->state, memory_order_acquire);
		if (state == ROW_READY && is_row_of(r, metric, l))
			return at;
		if (state != ROW_FREE ||
		    !atomic_compare_exchange_strong(&r->state, &state, ROW_CLAIMED))
			continue;
		fill_row(r, metric, hash, l);
		return at;
	}
	return n;
}

static bool
is_ready(const struct metrics_row *r)
{
	return atomic_load_explicit(&r->state, memory_order_acquire) == ROW_READY;
}

static bool
is_same(const struct metrics_row *a, const struct metrics_row *b)
{
	return is_ready(a) && a->hash == b->hash && a->metric == b->metric &&
	       strcmp(a->labels[0], b->labels[0]) == 0 && strcmp(a->labels[1], b->labels[1]) == 0;
}

/* Of a row that is ready; found at the latest where it stands itself. */
static int
first_of(const struct metrics_row *rows, int n, int at)
{
	int i = (int)(rows[at].hash % (uint32_t)n);

	while (i != at && !is_same(&rows[i], &rows[at]))
		i = i + 1 < n ? i + 1 : 0;
	return i;
}

void
metrics_rows_same(const struct metrics_row *rows, int n, int16_t same[])
{
	for (int i = 0; i < n; i++)
		same[i] = (int16_t)(is_ready(&rows[i]) ? first_of(rows, n, i) : -1);
}

/* ---- Series ---- */

/* Where a series is counted. "other" never gets a row, so that it stands in the output once. */
static int
series_index(enum metric m, const char *first, const char *second)
{
	const struct metrics_family *f = &metrics_families[m];
	const int n = (*f->first != '\0') + (*f->second != '\0');
	struct metrics_labels l;
	int at;

	if (n == 0)
		return SERIES_OTHER + (int)m;
	l = metrics_labels(first, n > 1 ? second : NULL);
	if (metrics_labels_are_other(&l, n))
		return SERIES_OTHER + (int)m;
	at = metrics_row_find(metrics_shared->series_names, METRICS_SERIES_MAX, (int)m, &l);
	return at < METRICS_SERIES_MAX ? at : SERIES_OTHER + (int)m;
}

void
metrics_add(enum metric m, const char *first, const char *second, uint64_t n)
{
	if (metrics_own != NULL)
		metrics_cell_add(&metrics_own->series[series_index(m, first, second)], n);
}

void
metrics_count(enum metric m, const char *first, const char *second)
{
	metrics_add(m, first, second, 1);
}

void
metrics_set(enum metric m, const char *first, int64_t value)
{
	if (metrics_own != NULL && value > 0)
		metrics_own->series[series_index(m, first, NULL)] = (uint64_t)value;
}

static bool
is_sum(int metric)
{
	return metrics_families[metric].kind == METRICS_COUNTER;
}

/* Over all slots: the sum, or the greatest of numbers. */
static void
add_series(uint64_t *total, int at, bool sums)
{
	uint64_t value;

	for (int i = 0; i < metrics_shared->nslots; i++) {
		value = metrics_cell_read(&metrics_shared->slots[i].series[at]);
		if (sums)
			*total += value;
		else if (value > *total)
			*total = value;
	}
}

void
metrics_series_sum(uint64_t totals[METRICS_SERIES_MAX + METRIC__MAX], const int16_t same[])
{
	memset(totals, 0, (METRICS_SERIES_MAX + METRIC__MAX) * sizeof(totals[0]));
	for (int i = 0; i < METRICS_SERIES_MAX; i++)
		if (same[i] >= 0)
			add_series(
			    &totals[same[i]], i, is_sum(metrics_shared->series_names[i].metric));
	for (int m = 0; m < METRIC__MAX; m++)
		add_series(&totals[SERIES_OTHER + m], SERIES_OTHER + m, is_sum(m));
}

/* ---- Levels ---- */

void
metrics_level_add(enum level l, int change)
{
	if (metrics_own != NULL)
		atomic_fetch_add_explicit(&metrics_own->levels[l], change, memory_order_relaxed);
}

void
metrics_level_set(enum level l, int value)
{
	if (metrics_own != NULL)
		atomic_store_explicit(&metrics_own->levels[l], value, memory_order_relaxed);
}
