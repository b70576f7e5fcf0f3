/*
 * What each request pays before and beside its page: its line in the log (with its id, and written
 * to a pipe that is read), its limit, its metrics. Prints the median of many batches of each, in
 * microseconds.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "metrics/metrics.h"
#include "web/web_limit.h"
#include "web/web_log.h"

#define BATCHES 200
#define REQUESTS 2000 /* in a batch */
#define VISITORS 1000

static void
log_one(int n)
{
	char id[WEB_LOG_ID_SIZE];
	struct web_log_entry entry = { .id = id,
		.route = "dashboard",
		.method = "GET",
		.status = 200,
		.duration_us = 1000 + n };

	web_log_id(id);
	web_log_request(&entry);
}

static void
limit_one(int n)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int retry;

	from.sin_addr.s_addr = htonl(0x0a000000u + (unsigned)(n % VISITORS));
	web_limit_address(
	    LIMIT_SIGNIN, (struct sockaddr *)&from, clock_monotonic_us() / 1000, &retry);
}

static void
count_one(int n)
{
	metrics_http("dashboard", "GET", 200, 1000 + n);
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_us(void (*one)(int))
{
	static double us[BATCHES];
	int64_t begun;
	int i, n;

	for (i = 0; i < BATCHES; i++) {
		begun = clock_monotonic_us();
		for (n = 0; n < REQUESTS; n++)
			one(n);
		us[i] = (double)(clock_monotonic_us() - begun) / REQUESTS;
	}
	qsort(us, BATCHES, sizeof(us[0]), compare);
	return us[BATCHES / 2];
}

/*
 * Standard output becomes a pipe that a child empties; the results go to the old one. Without
 * log_out_open(): a writer quicker than its reader waits here instead of dropping lines, so that
 * each line has been written.
 */
static FILE *
log_to_pipe(void)
{
	static char bytes[65536];
	int ends[2], old = dup(STDOUT_FILENO);

	if (old == -1 || pipe(ends) == -1)
		exit(1);
	if (fork() == 0) {
		close(ends[1]);
		close(STDOUT_FILENO);
		close(old);
		while (read(ends[0], bytes, sizeof(bytes)) > 0)
			;
		_exit(0);
	}
	dup2(ends[1], STDOUT_FILENO);
	close(ends[0]);
	close(ends[1]);
	return fdopen(old, "w");
}

int
main(void)
{
	FILE *out = log_to_pipe();
	double log_us;

	metrics_init(1, "bench");
	web_limit_init();
	web_log_worker();
	log_us = median_us(log_one);
	if (out == NULL)
		return 1;
	fprintf(out, "%.3f %.3f %.3f\n", log_us, median_us(limit_one), median_us(count_one));
	return 0;
}
