/*
 * usage: mrr DATABASE_URL
 *
 * How long the job billing_figures takes with the subscriptions of live mode that are in the
 * database: all of them computed anew (their time has come), then counted and stored alone, several
 * times. Prints how many were computed, the milliseconds of that, the median milliseconds of a
 * refresh, and by how many kB the process grew in each of the two.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "billing/billing_figures.h"
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

int
main(int argc, char **argv)
{
	struct db_sync *db = argc == 2 ? db_sync_open(argv[1], 0, NULL) : NULL;
	long before, after_first, after_all;
	double computed_ms, ms[ROUNDS];
	int64_t computed, n;

	if (db == NULL)
		return 1;
	settings.stripe_secret_key = "sk_live_0123456789abcdef";
	settings.reporting_currency = "eur";
	before = peak_kb();
	computed_ms = refresh_ms(db, &computed);
	after_first = peak_kb();
	for (int i = 0; i < ROUNDS; i++)
		ms[i] = refresh_ms(db, &n);
	after_all = peak_kb();
	qsort(ms, ROUNDS, sizeof(ms[0]), compare);
	printf("%" PRId64 " %.1f %.1f %ld %ld\n", computed, computed_ms, ms[ROUNDS / 2],
	    after_first - before, after_all - after_first);
	db_sync_close(db);
	return 0;
}
