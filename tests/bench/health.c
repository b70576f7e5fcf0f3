/*
 * usage: health DATABASE_URL API_URL METRICS_URL SOCKET ROUNDS
 *
 * Rounds of samples of all bouncers in the database, a minute of theirs apart, as the job
 * bouncer_health does them. Prints for each the seconds it took and those of this thread's
 * processor time. ROUNDS 0: until it is killed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "bouncer/health.h"
#include "db/db_sync.h"

static double
thread_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
run_round(struct db_sync *db, int64_t now)
{
	const int64_t begun_us = clock_monotonic_us();
	const double begun_s = thread_s();
	struct arena arena = { 0 };
	const enum err e = health_round(db, &arena, now);

	arena_free(&arena);
	if (e != ERR_OK) {
		fprintf(stderr, "a round failed: %s %s\n", err_word(e), db_sync_error(db));
		exit(1);
	}
	printf(
	    "%.3f %.3f\n", (double)(clock_monotonic_us() - begun_us) / 1e6, thread_s() - begun_s);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct db_sync *db = argc == 6 ? db_sync_open(argv[1], 60000, NULL) : NULL;
	const int rounds = argc == 6 ? atoi(argv[5]) : 0;
	/* Today, whatever the hour: rounds stay within the day. */
	const int64_t first = clock_now() / 86400 * 86400;

	if (db == NULL)
		return 1;
	settings.kubernetes_api_url = argv[2];
	settings.kubernetes_namespace = "irc";
	settings.kubernetes_token_file = settings.kubernetes_ca_file = "";
	settings.soju_metrics_url = argv[3];
	settings.soju_admin_socket = argv[4];
	settings.soju_admin_url = settings.soju_admin_key = settings.soju_ca_file = "";
	for (int i = 0; rounds == 0 || i < rounds; i++)
		run_round(db, first + i % 1440 * 60);
	db_sync_close(db);
	return 0;
}
