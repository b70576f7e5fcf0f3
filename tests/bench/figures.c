/*
 * usage: figures DATABASE_URL
 *
 * How long the job user_figures takes: several times, each after what a minute brings: a hundred
 * sign-ins of different accounts, five events that come days late, a ban, and somebody who may come
 * back. Prints the milliseconds of each round, then the figures: name, label and value.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/settings.h"
#include "db/db_sync.h"
#include "figures/figure_store.h"
#include "users/user_figures.h"

#define ROUNDS 11

static const char minute_sql[] =
    "INSERT INTO events (user_sub, event_type) SELECT keycloak_sub, 'login' FROM users"
    " WHERE id IN (SELECT (random() * 99999)::int + 1 FROM generate_series(1, 100));"
    "INSERT INTO activity_days SELECT (now() AT TIME ZONE 'UTC')::date, id, 8 FROM users"
    " WHERE id IN (SELECT (random() * 99999)::int + 1 FROM generate_series(1, 100)) ORDER BY id"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO events (user_sub, event_type, created_at) SELECT keycloak_sub, 'login',"
    " now() - id % 20 * interval '1 day' FROM users"
    " WHERE id IN (SELECT (random() * 99999)::int + 1 FROM generate_series(1, 5));"
    "UPDATE users SET is_banned = NOT is_banned WHERE id IN (17, (random() * 99999)::int + 1)";

static void
die(const char *what, const struct db_sync *db)
{
	fprintf(stderr, "%s: %s\n", what, db_sync_error(db));
	exit(1);
}

static void
print_figures(struct db_sync *db)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	struct figure_list list = { 0 };
	PGresult *res = NULL;

	figure_store_all(&q);
	if (db_sync_run(db, &q, &res) != ERR_OK || figure_store_rows(res, &arena, &list) != ERR_OK)
		die("the figures cannot be read", db);
	for (size_t i = 0; i < list.n; i++)
		printf("%s|%s|%s\n", list.v[i].name, list.v[i].label, list.v[i].value);
	PQclear(res);
	arena_free(&arena);
}

int
main(int argc, char **argv)
{
	struct db_sync *db = argc == 2 ? db_sync_open(argv[1], 0, NULL) : NULL;

	if (db == NULL)
		return 1;
	settings.stripe_secret_key = "sk_live_0123456789abcdef";
	settings.soju_database_url = "";
	for (int i = 0; i < ROUNDS; i++) {
		struct arena arena = { 0 };
		int64_t begun;

		if (db_sync_script(db, minute_sql) != ERR_OK)
			die("a minute could not be made", db);
		begun = clock_monotonic_us();
		if (user_figures_refresh(db, &arena, clock_now()) != ERR_OK)
			die("the refresh failed", db);
		printf("%.2f%c", (double)(clock_monotonic_us() - begun) / 1000,
		    i == ROUNDS - 1 ? '\n' : ' ');
		arena_free(&arena);
	}
	print_figures(db);
	db_sync_close(db);
	return 0;
}
