/* How long things took: histograms, with one label or none. */
#include "metrics/metrics.h"
#include "metrics/metrics_shared.h"

const int64_t metrics_buckets_us[METRICS_BUCKETS] = { 5000, 10000, 25000, 50000, 100000, 250000,
	500000, 1000000, 2500000, 5000000, 10000000 };
const int64_t metrics_fine_us[METRICS_BUCKETS] = { 500, 1000, 2500, 5000, 10000, 25000, 50000,
	100000, 500000, 2500000, 10000000 };

const struct metrics_histogram metrics_histograms[HISTOGRAM__MAX] = {
#define HISTOGRAM(id, name, label, kind, help) { name, label, help METRICS_COUNTED, kind },
	METRIC_HISTOGRAMS(HISTOGRAM)
};

static int
bucket_index(const int64_t bounds_us[], int64_t duration_us)
{
	int i;

	for (i = 0; i < METRICS_BUCKETS; i++)
		if (duration_us <= bounds_us[i])
			break;
	return i;
}

void
metrics_times_add(struct metrics_times *t, const int64_t bounds_us[], int64_t duration_us)
{
	if (duration_us < 0)
		duration_us = 0;
	metrics_cell_add(&t->buckets[bucket_index(bounds_us, duration_us)], 1);
	metrics_cell_add(&t->sum_us, (uint64_t)duration_us);
}

static int
times_index(enum histogram h, const char *label)
{
	struct metrics_labels l;
	int at;

	if (*metrics_histograms[h].label == '\0')
		return TIMES_OTHER + (int)h;
	l = metrics_labels(label, NULL);
	if (metrics_labels_are_other(&l, 1))
		return TIMES_OTHER + (int)h;
	at = metrics_row_find(metrics_shared->times_names, METRICS_TIMES_MAX, (int)h, &l);
	return at < METRICS_TIMES_MAX ? at : TIMES_OTHER + (int)h;
}

void
metrics_observe(enum histogram h, const char *label, int64_t duration_us)
{
	if (metrics_own != NULL)
		metrics_times_add(&metrics_own->times[times_index(h, label)],
		    metrics_histograms[h].kind == HISTOGRAM_FINE ? metrics_fine_us
								 : metrics_buckets_us,
		    duration_us);
}

void
metrics_sum_add(struct metrics_sum *sum, const struct metrics_times *from)
{
	for (int b = 0; b <= METRICS_BUCKETS; b++)
		sum->buckets[b] += metrics_cell_read(&from->buckets[b]);
	sum->sum_us += metrics_cell_read(&from->sum_us);
}

static void
add_all(struct metrics_sum *sum, int at)
{
	for (int i = 0; i < metrics_shared->nslots; i++)
		metrics_sum_add(sum, &metrics_shared->slots[i].times[at]);
}

void
metrics_times_sum(struct metrics_sum *sum, int at, const int16_t same[])
{
	*sum = (struct metrics_sum){ 0 };
	add_all(sum, at);
	for (int i = 0; at < METRICS_TIMES_MAX && i < METRICS_TIMES_MAX; i++)
		if (i != at && same[i] == at)
			add_all(sum, i);
}
