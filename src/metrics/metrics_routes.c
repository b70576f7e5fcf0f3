/* Requests by page, method and status, their times by class of status, and their bytes. */
#include <string.h>

#include "metrics/metrics.h"
#include "metrics/metrics_shared.h"

const char *const metrics_methods[METHODS_MAX] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE",
	"OPTIONS", "other" };

const int metrics_statuses[STATUSES_MAX] = { 200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308,
	400, 401, 403, 404, 405, 408, 409, 410, 411, 413, 414, 415, 416, 421, 422, 429, 431, 500,
	501, 502, 503, 504, 505, 507, 0 };

static int
route_index(const char *route)
{
	const struct metrics_labels l = metrics_labels(route, NULL);

	if (metrics_labels_are_other(&l, 1))
		return ROUTE_OTHER;
	return metrics_row_find(metrics_shared->route_names, METRICS_ROUTES_MAX, 0, &l);
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
class_of(int status_at)
{
	return metrics_statuses[status_at] / 100;
}

/* Before the first is counted there, or one that dies in between would leave a count unseen. */
static void
note_used(atomic_uint_fast64_t *bits, int bit)
{
	const uint64_t mask = UINT64_C(1) << bit;

	if ((metrics_cell_read(bits) & mask) == 0)
		atomic_fetch_or(bits, mask);
}

void
metrics_http(const struct metrics_request *q)
{
	int at, method, status;
	struct metrics_route *r;

	if (metrics_own == NULL)
		return;
	at = route_index(q->route);
	method = method_index(q->method);
	status = status_index(q->status);
	note_used(&metrics_shared->routes_used[at].statuses[method], status);
	r = &metrics_own->routes[at];
	metrics_cell_add(&r->requests[method][status], 1);
	metrics_times_add(&r->times[class_of(status)], metrics_buckets_us, q->duration_us);
	metrics_cell_add(&r->request_bytes, q->request_bytes);
	metrics_cell_add(&r->response_bytes, q->response_bytes);
}

/* ---- Added up ---- */

static unsigned
add_used(struct metrics_route_sum *sum, const struct metrics_used *used)
{
	unsigned classes = 0;

	for (int m = 0; m < METHODS_MAX; m++) {
		const uint64_t bits = metrics_cell_read(&used->statuses[m]);

		sum->used[m] |= bits;
		for (uint64_t left = bits; left != 0; left &= left - 1)
			classes |= 1U << class_of(__builtin_ctzll(left));
	}
	return classes;
}

static void
add_slot(struct metrics_route_sum *sum, const struct metrics_route *from,
    const struct metrics_used *used, unsigned classes)
{
	for (int m = 0; m < METHODS_MAX; m++)
		for (uint64_t left = metrics_cell_read(&used->statuses[m]); left != 0;
		     left &= left - 1) {
			const int s = __builtin_ctzll(left);

			sum->requests[m][s] += metrics_cell_read(&from->requests[m][s]);
		}
	for (int c = 0; c < CLASSES_MAX; c++)
		if (classes & (1U << c))
			metrics_sum_add(&sum->classes[c], &from->times[c]);
	sum->request_bytes += metrics_cell_read(&from->request_bytes);
	sum->response_bytes += metrics_cell_read(&from->response_bytes);
}

static void
add_route(struct metrics_route_sum *sum, int at)
{
	const struct metrics_used *used = &metrics_shared->routes_used[at];
	const unsigned classes = add_used(sum, used);

	for (int i = 0; i < metrics_shared->nslots; i++)
		add_slot(sum, &metrics_shared->slots[i].routes[at], used, classes);
}

static bool
has_any(const struct metrics_route_sum *sum)
{
	for (int m = 0; m < METHODS_MAX; m++)
		if (sum->used[m] != 0)
			return true;
	return false;
}

void
metrics_routes_each(
    void (*each)(void *arg, const char *route, const struct metrics_route_sum *), void *arg)
{
	const struct metrics_row *rows = metrics_shared->route_names;
	int16_t same[METRICS_ROUTES_MAX];
	struct metrics_route_sum sum;

	metrics_rows_same(rows, METRICS_ROUTES_MAX, same);
	for (int i = 0; i <= METRICS_ROUTES_MAX; i++) {
		if (i < METRICS_ROUTES_MAX && same[i] != i)
			continue;
		memset(&sum, 0, sizeof(sum));
		add_route(&sum, i);
		for (int j = 0; j < METRICS_ROUTES_MAX; j++)
			if (j != i && same[j] == i)
				add_route(&sum, j);
		if (has_any(&sum))
			each(arg, i < METRICS_ROUTES_MAX ? rows[i].labels[0] : "other", &sum);
	}
}

/* ---- For who keeps them ---- */

struct tallies {
	struct metrics_tally *v;
	size_t n;
};

static void
add_tallies(void *arg, const char *route, const struct metrics_route_sum *sum)
{
	struct tallies *t = arg;

	for (int c = 0; c < CLASSES_MAX; c++) {
		struct metrics_tally *to = &t->v[t->n];

		*to = (struct metrics_tally){
			.route = route, .class = c, .sum_us = sum->classes[c].sum_us
		};
		for (int b = 0; b <= METRICS_BUCKETS; b++) {
			to->buckets[b] = sum->classes[c].buckets[b];
			to->requests += to->buckets[b];
		}
		t->n += to->requests > 0;
	}
}

size_t
metrics_tallies(struct metrics_tally **to, struct arena *a)
{
	struct tallies t = { .v = arena_array(
				 a, (METRICS_ROUTES_MAX + 1) * CLASSES_MAX + 1, sizeof(*t.v)) };

	if (metrics_shared != NULL)
		metrics_routes_each(add_tallies, &t);
	*to = t.v;
	return t.n;
}
