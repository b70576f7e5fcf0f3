/*
 * usage: mrr DATABASE_URL
 *
 * How long the job billing_figures takes with the subscriptions of live mode that are in the
 * database: all of them computed anew (their time has come), then counted and stored alone, several
 * times. Then days are closed, as many as mrr_days says were missed. Prints how many were computed,
 * the milliseconds of that, the median milliseconds of a refresh, and by how many kB the process
 * grew in each of the two; how many days were closed, the milliseconds of that, and the median
 * milliseconds of a refresh with their figures.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "billing/billing_figures.h"
#include "billing/mrr_days.h"
#include "db/db_sync.h"

#define ROUNDS 11

/* Not getrusage(): its peak is also that of whoever started us. */
static long
peak_kb(void)
{
	char line[128];
	FILE *f = fopen("/proc/self/status", "re");
	long kb = 0;

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VmHWM:", 6) == 0)
			kb = strtol(line + 6, NULL, 10);
	if (f != NULL)
		fclose(f);
	return kb;
}

/* Milliseconds; ends the program when it fails. */
static double
refresh_ms(struct db_sync *db, int64_t *n)
{
	const int64_t begun = clock_monotonic_us();
	struct arena arena = { 0 };

	if (billing_figures_refresh(db, &arena, clock_now(), n) != ERR_OK) {
		fprintf(stderr, "the refresh failed: %s\n", db_sync_error(db));
		exit(1);
	}
	arena_free(&arena);
	return (double)(clock_monotonic_us() - begun) / 1000;
}

static int
compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median_refresh_ms(struct db_sync *db)
{
	double ms[ROUNDS];
	int64_t n;

	for (int i = 0; i < ROUNDS; i++)
		ms[i] = refresh_ms(db, &n);
	qsort(ms, ROUNDS, sizeof(ms[0]), compare);
	return ms[ROUNDS / 2];
}

static double
close_ms(struct db_sync *db, int64_t *closed)
{
	const int64_t begun = clock_monotonic_us();
	struct strbuf error = { 0 };

	if (mrr_days_close(db, true, clock_now(), closed, &error) != ERR_OK) {
		fprintf(stderr, "a day cannot be closed: %s\n", db_sync_error(db));
		exit(1);
	}
	strbuf_free(&error);
	return (double)(clock_monotonic_us() - begun) / 1000;
}

int
main(int argc, char **argv)
{
	struct db_sync *db = argc == 2 ? db_sync_open(argv[1], 0, NULL) : NULL;
	long before, after_first, after_all;
	double computed_ms, counted_ms, closed_ms;
	int64_t computed, closed;

	if (db == NULL)
		return 1;
	settings.stripe_secret_key = "sk_live_0123456789abcdef";
	settings.reporting_currency = "eur";
	before = peak_kb();
	computed_ms = refresh_ms(db, &computed);
	after_first = peak_kb();
	counted_ms = median_refresh_ms(db);
	after_all = peak_kb();
	closed_ms = close_ms(db, &closed);
	printf("%" PRId64 " %.1f %.1f %ld %ld %" PRId64 " %.1f %.1f\n", computed, computed_ms,
	    counted_ms, after_first - before, after_all - after_first, closed, closed_ms,
	    median_refresh_ms(db));
	db_sync_close(db);
	return 0;
}
