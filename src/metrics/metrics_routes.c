/* Requests by page, method and status, their times and their bytes. */
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
	if (q->duration_us >= 0)
		metrics_times_add(&r->times, metrics_buckets_us, q->duration_us);
	metrics_cell_add(&r->request_bytes, q->request_bytes);
	metrics_cell_add(&r->response_bytes, q->response_bytes);
}

/* ---- Added up ---- */

static void
add_requests(
    struct metrics_route_sum *sum, const struct metrics_route *from, int method, uint64_t statuses)
{
	for (; statuses != 0; statuses &= statuses - 1) {
		const int s = __builtin_ctzll(statuses);

		sum->requests[method][s] += metrics_cell_read(&from->requests[method][s]);
	}
}

static void
add_slot(struct metrics_route_sum *sum, const struct metrics_route *from,
    const struct metrics_used *used)
{
	for (int m = 0; m < METHODS_MAX; m++)
		add_requests(sum, from, m, metrics_cell_read(&used->statuses[m]));
	metrics_sum_add(&sum->times, &from->times);
	sum->request_bytes += metrics_cell_read(&from->request_bytes);
	sum->response_bytes += metrics_cell_read(&from->response_bytes);
}

static void
add_route(struct metrics_route_sum *sum, int at)
{
	const struct metrics_used *used = &metrics_shared->routes_used[at];

	for (int m = 0; m < METHODS_MAX; m++)
		sum->used[m] |= metrics_cell_read(&used->statuses[m]);
	for (int i = 0; i < metrics_shared->nslots; i++)
		add_slot(sum, &metrics_shared->slots[i].routes[at], used);
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
