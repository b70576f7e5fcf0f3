/* Writes the whole registry, family by family. */
#include "metrics/metrics.h"

#include <string.h>

#include "base/settings.h"
#include "metrics/metrics_out.h"
#include "metrics/metrics_shared.h"

/* What one service alone counts; the others say nothing of it, for 0 would be a statement. */
static bool
is_ours(const char *name)
{
	static const struct {
		const char *prefix;
		enum role role;
	} owned[] = { { "irc_now_paste_", ROLE_TXT }, { "irc_now_pic_", ROLE_PICS } };

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		if (strncmp(name, owned[i].prefix, strlen(owned[i].prefix)) == 0)
			return settings.role == owned[i].role;
	return true;
}

/* ---- Requests ---- */

/* One walk over the routes fills all four families. */
struct requests {
	struct metrics_out counts, times, bytes_in, bytes_out;
};

#define COUNTS "irc_now_http_requests_total"
#define TIMES "irc_now_http_request_duration_seconds"
#define BYTES_IN "irc_now_http_request_bytes_total"
#define BYTES_OUT "irc_now_http_response_bytes_total"

static void
write_count(struct metrics_out *o, const char *route, int method, int status, uint64_t n)
{
	static const char *const names[] = { "method", "route", "code" };
	const int code = metrics_statuses[status];
	const char digits[] = { (char)('0' + code / 100), (char)('0' + code / 10 % 10),
		(char)('0' + code % 10), '\0' };
	const char *const values[] = { metrics_methods[method], route,
		code != 0 ? digits : "other" };

	metrics_out_name(o, COUNTS, names, values, 3);
	metrics_out_count(o, n);
}

static void
write_bytes(struct metrics_out *o, const char *name, const char *route, uint64_t n)
{
	static const char *const label = "route";

	metrics_out_name(o, name, &label, &route, 1);
	metrics_out_count(o, n);
}

static void
write_route(void *arg, const char *route, const struct metrics_route_sum *sum)
{
	struct requests *r = arg;

	for (int m = 0; m < METHODS_MAX; m++)
		for (uint64_t left = sum->used[m]; left != 0; left &= left - 1) {
			const int s = __builtin_ctzll(left);

			if (sum->requests[m][s] > 0)
				write_count(&r->counts, route, m, s, sum->requests[m][s]);
		}
	metrics_out_times(&r->times, TIMES, "route", route, HISTOGRAM_USUAL, &sum->times);
	write_bytes(&r->bytes_in, BYTES_IN, route, sum->request_bytes);
	write_bytes(&r->bytes_out, BYTES_OUT, route, sum->response_bytes);
}

static void
write_heads(struct requests *r)
{
	metrics_out_head(&r->counts, COUNTS, "counter",
	    "Answered requests, by page; methods and codes that HTTP does not know are "
	    "other." METRICS_COUNTED);
	metrics_out_head(&r->times, TIMES, "histogram",
	    "From the head of the request read to the answer handed over, by "
	    "page." METRICS_COUNTED);
	metrics_out_head(&r->bytes_in, BYTES_IN, "counter",
	    "Bytes of the bodies of requests, by page." METRICS_COUNTED);
	metrics_out_head(&r->bytes_out, BYTES_OUT, "counter",
	    "Bytes of the bodies of answers, by page." METRICS_COUNTED);
}

static void
write_requests(struct metrics_out *o)
{
	struct strbuf times = { 0 }, bytes_in = { 0 }, bytes_out = { 0 };
	struct requests r = { *o, { &times, o->format }, { &bytes_in, o->format },
		{ &bytes_out, o->format } };

	write_heads(&r);
	metrics_routes_each(write_route, &r);
	strbuf_add(o->to, times.s, times.len);
	strbuf_add(o->to, bytes_in.s, bytes_in.len);
	strbuf_add(o->to, bytes_out.s, bytes_out.len);
	strbuf_free(&times);
	strbuf_free(&bytes_in);
	strbuf_free(&bytes_out);
}

/* ---- Rows by metric ---- */

/* The rows of each metric as a list, in the order of the table; -1 ends it. */
static void
list_rows(const struct metrics_row *rows, int n, const int16_t same[], int16_t first[],
    int nmetrics, int16_t next[])
{
	for (int m = 0; m < nmetrics; m++)
		first[m] = -1;
	for (int i = n - 1; i >= 0; i--) {
		if (same[i] != i)
			continue;
		next[i] = first[rows[i].metric];
		first[rows[i].metric] = (int16_t)i;
	}
}

/* ---- Series ---- */

struct series {
	uint64_t totals[METRICS_SERIES_MAX + METRIC__MAX];
	int16_t same[METRICS_SERIES_MAX], next[METRICS_SERIES_MAX], first[METRIC__MAX];
};

static void
write_series(struct metrics_out *o, const struct metrics_family *f, const char *first,
    const char *second, uint64_t n, int64_t now)
{
	const char *const names[] = { f->first, f->second };
	const char *const values[] = { first, second };

	if (f->kind != METRICS_COUNTER && n == 0)
		return; /* it was never set */
	if (f->kind == METRICS_LAG)
		n = now > (int64_t)n ? (uint64_t)now - n : 0;
	metrics_out_name(o, f->name, names, values, 2);
	metrics_out_count(o, n);
}

static void
write_metric(struct metrics_out *o, enum metric m, const struct series *s, int64_t now)
{
	const struct metrics_family *f = &metrics_families[m];
	const struct metrics_row *rows = metrics_shared->series_names;
	const uint64_t other = s->totals[SERIES_OTHER + (int)m];

	metrics_out_head(o, f->name, f->type, f->help);
	for (int i = s->first[m]; i >= 0; i = s->next[i])
		write_series(o, f, rows[i].labels[0], rows[i].labels[1], s->totals[i], now);
	if (other > 0 || *f->first == '\0')
		write_series(o, f, "other", "other", other, now);
}

static void
write_all_series(struct metrics_out *o, int64_t now)
{
	const struct metrics_row *rows = metrics_shared->series_names;
	struct series s;

	metrics_rows_same(rows, METRICS_SERIES_MAX, s.same);
	metrics_series_sum(s.totals, s.same);
	list_rows(rows, METRICS_SERIES_MAX, s.same, s.first, METRIC__MAX, s.next);
	for (int m = 0; m < METRIC__MAX; m++)
		if (is_ours(metrics_families[m].name))
			write_metric(o, (enum metric)m, &s, now);
}

/* ---- Histograms ---- */

struct times {
	int16_t same[METRICS_TIMES_MAX], next[METRICS_TIMES_MAX], first[HISTOGRAM__MAX];
};

static bool
is_empty(const struct metrics_sum *sum)
{
	for (int b = 0; b <= METRICS_BUCKETS; b++)
		if (sum->buckets[b] > 0)
			return false;
	return true;
}

static void
write_histogram(struct metrics_out *o, enum histogram h, const struct times *t)
{
	const struct metrics_histogram *f = &metrics_histograms[h];
	struct metrics_sum sum;

	metrics_out_head(o, f->name, f->kind == HISTOGRAM_SUM ? "summary" : "histogram", f->help);
	for (int i = t->first[h]; i >= 0; i = t->next[i]) {
		metrics_times_sum(&sum, i, t->same);
		metrics_out_times(
		    o, f->name, f->label, metrics_shared->times_names[i].labels[0], f->kind, &sum);
	}
	metrics_times_sum(&sum, TIMES_OTHER + (int)h, t->same);
	if (*f->label == '\0' || !is_empty(&sum))
		metrics_out_times(o, f->name, f->label, "other", f->kind, &sum);
}

static void
write_histograms(struct metrics_out *o)
{
	const struct metrics_row *rows = metrics_shared->times_names;
	struct times t;

	metrics_rows_same(rows, METRICS_TIMES_MAX, t.same);
	list_rows(rows, METRICS_TIMES_MAX, t.same, t.first, HISTOGRAM__MAX, t.next);
	for (int h = 0; h < HISTOGRAM__MAX; h++)
		if (is_ours(metrics_histograms[h].name))
			write_histogram(o, (enum histogram)h, &t);
}

/* ---- Levels ---- */

static int64_t
level_sum(enum level l)
{
	int64_t sum = 0;

	for (int i = 0; i < metrics_shared->nslots; i++)
		sum +=
		    atomic_load_explicit(&metrics_shared->slots[i].levels[l], memory_order_relaxed);
	return sum;
}

/* A replica that there is not has no connections to be spoken of. */
static bool
is_told(const struct metrics_level *l)
{
	return strcmp(l->value, "replica") != 0 || level_sum(LEVEL_DB_MAX_REPLICA) > 0;
}

static void
write_levels(struct metrics_out *o)
{
	for (int i = 0; i < LEVEL__MAX; i++) {
		const struct metrics_level *l = &metrics_levels[i];

		if (i == 0 || strcmp(l->name, metrics_levels[i - 1].name) != 0)
			metrics_out_head(o, l->name, "gauge", l->help);
		if (!is_told(l))
			continue;
		metrics_out_name(o, l->name, &l->label, &l->value, 1);
		metrics_out_int(o, level_sum((enum level)i));
	}
}

/* ---- Figures ---- */

struct figures {
	int16_t same[METRICS_FIGURES_MAX], next[METRICS_FIGURES_MAX], first[FIGURE__MAX];
};

/* Nor is one known that is of a time far ahead: a clock was wrong, and it would not grow old. */
static bool
is_known(int row, const struct metrics_family *f, int64_t now)
{
	const int64_t at = metrics_shared->figures[row].at;

	return at != 0 && now - at <= f->old_s && at - now <= f->old_s;
}

/* Nothing at all while none of them is known. */
static void
write_figure(struct metrics_out *o, const struct metrics_family *f, int first, const int16_t next[],
    int64_t now)
{
	const char *const names[] = { f->first, f->second };
	bool has_head = false;

	for (int i = first; i >= 0; i = next[i]) {
		const struct metrics_row *row = &metrics_shared->figure_names[i];
		const char *const values[] = { row->labels[0], row->labels[1] };

		if (!is_known(i, f, now))
			continue;
		if (!has_head)
			metrics_out_head(o, f->name, f->type, f->help);
		has_head = true;
		metrics_out_name(o, f->name, names, values, 2);
		metrics_out_double(o, metrics_shared->figures[i].value);
	}
}

static void
write_figures(struct metrics_out *o, int64_t now)
{
	const struct metrics_row *rows = metrics_shared->figure_names;
	struct figures f = { 0 };

	metrics_rows_same(rows, METRICS_FIGURES_MAX, f.same);
	list_rows(rows, METRICS_FIGURES_MAX, f.same, f.first, FIGURE__MAX, f.next);
	for (int i = 0; i < FIGURE__MAX; i++)
		write_figure(o, &metrics_figure_families[i], f.first[i], f.next, now);
}

/* ---- All ---- */

static void
write_start(struct metrics_out *o)
{
	const char *name = "version", *value = metrics_shared->version;

	metrics_out_head(o, "irc_now_build_info", "info", "1; the label tells the version.");
	metrics_out_name(o, "irc_now_build_info", &name, &value, 1);
	metrics_out_count(o, 1);
	metrics_out_head(o, "process_start_time_seconds", "gauge",
	    "Start of the parent process, in Unix seconds.");
	metrics_out_name(o, "process_start_time_seconds", NULL, NULL, 0);
	metrics_out_int(o, metrics_shared->started_at);
}

void
metrics_write(struct strbuf *to, enum metrics_format format, int64_t now)
{
	struct metrics_out o = { .to = to, .format = format };

	if (metrics_shared == NULL)
		return;
	write_requests(&o);
	write_all_series(&o, now);
	write_histograms(&o);
	write_levels(&o);
	write_figures(&o, now);
	write_start(&o);
	metrics_process_write(&o);
	metrics_out_end(&o);
}
