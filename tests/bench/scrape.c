/*
 * What a scrape costs: the text of /metrics as a worker writes it, beside three others that are
 * alive, each with descriptors of its own. Prints for each format its name, the samples, the bytes,
 * the median and the slowest but one of a hundred in µs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "metrics/metrics.h"

#define WORKERS 4
#define DESCRIPTORS 60
#define ROUNDS 4000
#define NOW INT64_C(1795176000)

static const char *const services[] = { "stripe", "txt", "pics", "kube" };
static const char *const jobs[] = { "gauges", "billing_figures", "bouncers", "bouncer_health",
	"stripe_inbox", "partitions" };
static const char *const pages[] = { "dashboard", "landing", "assets", "bouncers", "readyz",
	"metrics", "account" };

#define EACH(i, list) for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)

static void
count_as_worker(int id)
{
	metrics_worker(id);
	EACH(i, pages)
	{
		struct metrics_request q = {
			.route = pages[i], .method = "GET", .status = 200, .duration_us = 1000
		};

		metrics_http(&q);
		q.status = 404;
		metrics_http(&q);
	}
	EACH(i, services)
	{
		metrics_count(METRIC_CALLS, services[i], "ok");
		metrics_observe(HISTOGRAM_CALL_TIME, services[i], 1000);
	}
	EACH(i, jobs)
	{
		metrics_count(METRIC_JOB_RUNS, jobs[i], "ok");
		metrics_observe(HISTOGRAM_JOB_TIME, jobs[i], 1000);
		metrics_set(METRIC_JOB_SUCCESS, jobs[i], NOW);
		metrics_set(METRIC_JOB_PERIOD, jobs[i], 15);
		metrics_set(METRIC_JOB_LAG, jobs[i], NOW);
	}
}

/* It ends with us. */
static void
live_as_worker(int id)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < DESCRIPTORS; i++)
		if (dup(STDOUT_FILENO) == -1)
			_exit(1);
	count_as_worker(id);
	for (;;)
		pause();
}

static void
add_figures(void)
{
	struct metrics_figure v[60] = { { 0 } };
	static char labels[60][8];

	for (int i = 0; i < 60; i++) {
		snprintf(labels[i], sizeof(labels[i]), "2026-%02d", i % 24);
		v[i] = (struct metrics_figure){ i < 24	 ? FIGURE_RETENTION
						: i < 48 ? FIGURE_RETENTION_ACTIVE
							 : FIGURE_BOUNCERS,
			labels[i], NULL, i / 7.0, NOW };
	}
	metrics_figures_set(v, 60);
}

static int
compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int
count_samples(const char *text)
{
	int n = 0;

	for (const char *line = text; line != NULL && *line != '\0';
	     line = strchr(line, '\n') != NULL ? strchr(line, '\n') + 1 : NULL)
		n += *line != '#';
	return n;
}

static void
measure(const char *name, enum metrics_format format)
{
	static int64_t us[ROUNDS];
	struct strbuf out = { 0 };

	for (int i = 0; i < ROUNDS; i++) {
		const int64_t begun_us = clock_monotonic_us();

		strbuf_free(&out); /* as for a request, which begins without one */
		metrics_write(&out, format, NOW);
		us[i] = clock_monotonic_us() - begun_us;
	}
	qsort(us, ROUNDS, sizeof(us[0]), compare);
	printf("%s %d %zu %d %d\n", name, count_samples(strbuf_text(&out)), out.len,
	    (int)us[ROUNDS / 2], (int)us[ROUNDS * 99 / 100]);
	strbuf_free(&out);
}

int
main(void)
{
	pid_t pids[WORKERS + 1];

	metrics_init(WORKERS, "bench");
	for (int id = 2; id <= WORKERS; id++)
		if ((pids[id] = fork()) == 0)
			live_as_worker(id);
	count_as_worker(1);
	add_figures();
	usleep(300000); /* for the others */
	measure("0.0.4", METRICS_PROMETHEUS);
	measure("openmetrics", METRICS_OPEN);
	for (int id = 2; id <= WORKERS; id++) {
		kill(pids[id], SIGKILL);
		waitpid(pids[id], NULL, 0);
	}
	return 0;
}
