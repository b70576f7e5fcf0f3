/* Writes the registry as Prometheus reads it: text format 0.0.4. */
#include "metrics/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/settings.h"
#include "metrics/metrics_shared.h"

struct family {
	const char *name, *first, *second, *help;
	bool is_moment;
};

#define COUNTER(id, name, first, second, help) { name, first, second, help, false },
#define MOMENT(id, name, first, second, help) { name, first, second, help, true },
static const struct family families[METRIC__MAX] = { METRIC_COUNTERS(COUNTER)
	    METRIC_MOMENTS(MOMENT) };

struct named {
	const char *name, *type, *help;
};

#define LEVEL_NAMED(id, name, help) { name, "gauge", help },
static const struct named levels[LEVEL__MAX] = { METRIC_LEVELS(LEVEL_NAMED) };
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

void
metrics_write_head(struct strbuf *out, const char *name, const char *type, const char *help)
{
	strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Label values are printable ASCII already (clean_label). */
static void
write_label(struct strbuf *out, const char *name, const char *value)
{
	strbuf_printf(out, "%s=\"", name);
	for (; *value != '\0'; value++) {
		if (*value == '"' || *value == '\\')
			strbuf_putc(out, '\\');
		strbuf_putc(out, *value);
	}
	strbuf_putc(out, '"');
}

static bool
is_ready(const struct metrics_row *r)
{
	return atomic_load_explicit(&r->state, memory_order_acquire) == ROW_READY;
}

/* Both are of one table and stand for the same texts. */
static bool
is_same(const struct metrics_row *a, const struct metrics_row *b)
{
	return is_ready(a) && is_ready(b) && a->metric == b->metric &&
	       strcmp(a->labels[0], b->labels[0]) == 0 && strcmp(a->labels[1], b->labels[1]) == 0;
}

/* True if the row is to be written: ready, and the first of its texts. */
static bool
is_first(const struct metrics_row *rows, int at)
{
	int i;

	for (i = 0; i < at; i++)
		if (is_same(&rows[i], &rows[at]))
			return false;
	return is_ready(&rows[at]);
}

static uint64_t
read_counter(atomic_uint_fast64_t *from)
{
	return atomic_load_explicit(from, memory_order_relaxed);
}

/* Over all slots: the sum, or the latest of moments. */
static uint64_t
series_total(int at, bool is_moment)
{
	uint64_t total = 0, value;
	int i;

	for (i = 0; i < metrics_shared->nslots; i++) {
		value = read_counter(&metrics_shared->slots[i].series[at]);
		if (!is_moment)
			total += value;
		else if (value > total)
			total = value;
	}
	return total;
}

static void
write_series(
    struct strbuf *out, const struct family *f, const char *first, const char *second, uint64_t n)
{
	strbuf_puts(out, f->name);
	if (f->first[0] != '\0') {
		strbuf_putc(out, '{');
		write_label(out, f->first, first);
		if (f->second[0] != '\0') {
			strbuf_putc(out, ',');
			write_label(out, f->second, second);
		}
		strbuf_putc(out, '}');
	}
	strbuf_printf(out, " %" PRIu64 "\n", n);
}

/* The row's own count and that of later rows of the same texts. */
static uint64_t
row_total(const struct metrics_row *rows, int at, bool is_moment)
{
	uint64_t total = series_total(at, is_moment), value;
	int i;

	for (i = at + 1; i < METRICS_SERIES_MAX; i++) {
		if (!is_same(&rows[at], &rows[i]))
			continue;
		value = series_total(i, is_moment);
		total = is_moment ? (value > total ? value : total) : total + value;
	}
	return total;
}

static void
write_metric(struct strbuf *out, enum metric m)
{
	const struct family *f = &families[m];
	const struct metrics_row *rows = metrics_shared->series_names;
	uint64_t other = series_total(SERIES_OTHER + (int)m, f->is_moment);
	int i;

	metrics_write_head(out, f->name, f->is_moment ? "gauge" : "counter", f->help);
	for (i = 0; i < METRICS_SERIES_MAX; i++)
		if (is_ready(&rows[i]) && rows[i].metric == (int)m && is_first(rows, i))
			write_series(out, f, rows[i].labels[0], rows[i].labels[1],
			    row_total(rows, i, f->is_moment));
	if (other > 0 || f->first[0] == '\0')
		write_series(out, f, "other", "other", other);
}

static void
add_times(struct metrics_times *sum, struct metrics_times *from)
{
	for (int b = 0; b <= BUCKETS_MAX; b++)
		sum->buckets[b] += read_counter(&from->buckets[b]);
	sum->sum_us += read_counter(&from->sum_us);
}

/* What all slots counted for one page. */
static void
add_route(struct metrics_route *sum, int at)
{
	struct metrics_route *from;
	int i, m, s;

	for (i = 0; i < metrics_shared->nslots; i++) {
		from = &metrics_shared->slots[i].routes[at];
		for (m = 0; m < METHODS_MAX; m++)
			for (s = 0; s < STATUSES_MAX; s++)
				sum->requests[m][s] += read_counter(&from->requests[m][s]);
		add_times(&sum->times, &from->times);
	}
}

static void
write_route_requests(struct strbuf *out, const char *route, struct metrics_route *sum)
{
	int m, s;

	for (m = 0; m < METHODS_MAX; m++)
		for (s = 0; s < STATUSES_MAX; s++) {
			if (sum->requests[m][s] == 0)
				continue;
			strbuf_printf(
			    out, "irc_now_http_requests_total{method=\"%s\",", metrics_methods[m]);
			write_label(out, "route", route);
			if (metrics_statuses[s] != 0)
				strbuf_printf(out, ",code=\"%d\"} ", metrics_statuses[s]);
			else
				strbuf_puts(out, ",code=\"other\"} ");
			strbuf_printf(out, "%" PRIu64 "\n", (uint64_t)sum->requests[m][s]);
		}
}

#define DURATION "irc_now_http_request_duration_seconds"

/* "{route="x",le="5"}", "{le="5"}", "{route="x"}" or nothing. */
static void
write_place(struct strbuf *out, const char *route, const char *bound)
{
	if (route == NULL && bound == NULL)
		return;
	strbuf_putc(out, '{');
	if (route != NULL)
		write_label(out, "route", route);
	if (route != NULL && bound != NULL)
		strbuf_putc(out, ',');
	if (bound != NULL)
		write_label(out, "le", bound);
	strbuf_putc(out, '}');
}

/* The series of one histogram; the route is NULL where there is no such label. */
static void
write_times(struct strbuf *out, const char *name, const char *route, struct metrics_times *sum)
{
	uint64_t count = 0, us = sum->sum_us;
	char bound[32];
	int b;

	for (b = 0; b <= BUCKETS_MAX; b++) {
		count += sum->buckets[b];
		if (b < BUCKETS_MAX)
			snprintf(bound, sizeof(bound), "%g", (double)metrics_buckets_us[b] / 1e6);
		strbuf_printf(out, "%s_bucket", name);
		write_place(out, route, b < BUCKETS_MAX ? bound : "+Inf");
		strbuf_printf(out, " %" PRIu64 "\n", count);
	}
	strbuf_printf(out, "%s_sum", name);
	write_place(out, route, NULL);
	strbuf_printf(out, " %" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
	strbuf_printf(out, "%s_count", name);
	write_place(out, route, NULL);
	strbuf_printf(out, " %" PRIu64 "\n", count);
}

static void
write_route_durations(struct strbuf *out, const char *route, struct metrics_route *sum)
{
	write_times(out, DURATION, route, &sum->times);
}

#define HISTOGRAM_NAMED(id, name, help) { name, "histogram", help },
static const struct named histograms[HISTOGRAM__MAX] = { METRIC_HISTOGRAMS(HISTOGRAM_NAMED) };

static void
write_histogram(struct strbuf *out, enum histogram h)
{
	struct metrics_times sum = { 0 };
	int i;

	for (i = 0; i < metrics_shared->nslots; i++)
		add_times(&sum, &metrics_shared->slots[i].histograms[h]);
	metrics_write_head(out, histograms[h].name, histograms[h].type, histograms[h].help);
	write_times(out, histograms[h].name, NULL, &sum);
}

typedef void (*route_writer)(struct strbuf *, const char *route, struct metrics_route *sum);

static void
write_routes(struct strbuf *out, route_writer write)
{
	const struct metrics_row *rows = metrics_shared->route_names;
	struct metrics_route sum;
	int i, j;

	for (i = 0; i < METRICS_ROUTES_MAX; i++) {
		if (!is_first(rows, i))
			continue;
		memset(&sum, 0, sizeof(sum));
		add_route(&sum, i);
		for (j = i + 1; j < METRICS_ROUTES_MAX; j++)
			if (is_same(&rows[i], &rows[j]))
				add_route(&sum, j);
		write(out, rows[i].labels[0], &sum);
	}
	memset(&sum, 0, sizeof(sum));
	add_route(&sum, ROUTE_OTHER);
	if (sum.times.sum_us > 0 || sum.times.buckets[0] > 0)
		write(out, "other", &sum);
}

static void
write_level(struct strbuf *out, enum level l)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < metrics_shared->nslots; i++)
		sum +=
		    atomic_load_explicit(&metrics_shared->slots[i].levels[l], memory_order_relaxed);
	metrics_write_head(out, levels[l].name, levels[l].type, levels[l].help);
	strbuf_printf(out, "%s %" PRId64 "\n", levels[l].name, sum);
}

static bool
is_known(int row, enum metric_figure f, int64_t now)
{
	const struct metrics_row *rows = metrics_shared->figure_names;
	int64_t at = metrics_shared->figures[row].at;

	return is_ready(&rows[row]) && rows[row].metric == (int)f && is_first(rows, row) &&
	       at != 0 && now - at <= metrics_figure_families[f].old_s;
}

/* "{a="x",b="y"}", "{a="x"}" or nothing: as many as have a name. */
static void
write_labels(struct strbuf *out, const char *const names[2], char (*values)[METRICS_LABEL_MAX + 1])
{
	if (*names[0] == '\0')
		return;
	strbuf_putc(out, '{');
	write_label(out, names[0], values[0]);
	if (*names[1] != '\0') {
		strbuf_putc(out, ',');
		write_label(out, names[1], values[1]);
	}
	strbuf_putc(out, '}');
}

/* Whole numbers without a point; others in as few digits as read back to the same. */
static void
write_double(struct strbuf *out, double value)
{
	char text[32];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	strbuf_puts(out, text);
}

/* Nothing at all while none of them is known. */
static void
write_figure(struct strbuf *out, enum metric_figure f, int64_t now)
{
	const struct metrics_family *family = &metrics_figure_families[f];
	const char *const names[2] = { family->first, family->second };
	bool has_head = false;

	for (int i = 0; i < METRICS_FIGURES_MAX; i++) {
		if (!is_known(i, f, now))
			continue;
		if (!has_head)
			metrics_write_head(out, family->name, family->type, family->help);
		has_head = true;
		strbuf_puts(out, family->name);
		write_labels(out, names, metrics_shared->figure_names[i].labels);
		strbuf_putc(out, ' ');
		write_double(out, metrics_shared->figures[i].value);
		strbuf_putc(out, '\n');
	}
}

static void
write_start(struct strbuf *out)
{
	metrics_write_head(out, "irc_now_build_info", "gauge", "1; the label tells the version.");
	strbuf_puts(out, "irc_now_build_info{");
	write_label(out, "version", metrics_shared->version);
	strbuf_puts(out, "} 1\n");
	metrics_write_head(out, "process_start_time_seconds", "gauge",
	    "Start of the parent process, in Unix seconds.");
	strbuf_printf(out, "process_start_time_seconds %" PRId64 "\n", metrics_shared->started_at);
}

void
metrics_write(struct strbuf *out, int64_t now)
{
	int i;

	if (metrics_shared == NULL)
		return;
	metrics_write_head(out, "irc_now_http_requests_total", "counter",
	    "Answered requests, by page; methods and codes that HTTP does not know are other.");
	write_routes(out, write_route_requests);
	metrics_write_head(
	    out, DURATION, "histogram", "From the request read to the answer handed over.");
	write_routes(out, write_route_durations);
	for (i = 0; i < METRIC__MAX; i++)
		if (is_ours(families[i].name))
			write_metric(out, (enum metric)i);
	for (i = 0; i < HISTOGRAM__MAX; i++)
		if (is_ours(histograms[i].name))
			write_histogram(out, (enum histogram)i);
	for (i = 0; i < LEVEL__MAX; i++)
		write_level(out, (enum level)i);
	for (i = 0; i < FIGURE__MAX; i++)
		write_figure(out, (enum metric_figure)i, now);
	write_start(out);
	metrics_process_write(out);
}
