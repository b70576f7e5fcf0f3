#include "activity/activity_soju.h"

#include <string.h>

#include "activity/activity_store.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "clients/soju_db.h"
#include "metrics/metrics_call.h"
#include "source/source.h"
#include "source/source_pg.h"

#define DAY_S INT64_C(86400)
#define LIMIT_MS 10000
#define LIMIT_OF_EACH_MS 2000
#define ROUND_MS 300000 /* for all that have a soju of their own; the rest has to wait */
#define AT_ONCE 1000	/* users of one statement */

static enum err
read_seen(
    struct soju_db_seen *seen, struct arena *a, const char *url, int64_t since, int64_t limit_ms)
{
	struct db_query q = { .arena = a };
	const int64_t begun_us = clock_monotonic_us();
	struct source_pg pg = { 0 };
	PGresult *res = NULL;
	enum source_failure f = source_pg_open(&pg, a, url, begun_us + limit_ms * INT64_C(1000));
	enum err e = ERR_UPSTREAM;

	soju_db_ask_seen(&q, since);
	if (f == SOURCE_FINE)
		f = source_pg_run(&pg, &q, &res);
	if (f != SOURCE_NOT_CONFIGURED)
		metrics_call_end(
		    "soju_db", source_failure_result(f), clock_monotonic_us() - begun_us);
	if (f == SOURCE_FINE)
		e = soju_db_read_seen(seen, a, res);
	else
		log_warn("activity", "soju's database: %s %s", source_failure_words[f],
		    strbuf_text(&pg.cause));
	PQclear(res);
	source_pg_close(&pg);
	return e;
}

typedef void keep_query(struct db_query *, const char *const *, const int64_t *, size_t);

static enum err
keep(struct db_sync *db, const struct soju_db_seen *seen, keep_query *ask)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < seen->n && e == ERR_OK; i += AT_ONCE) {
		struct arena arena = { 0 };
		struct db_query q = { .arena = &arena };

		ask(&q, seen->usernames + i, seen->at + i,
		    seen->n - i < AT_ONCE ? seen->n - i : AT_ONCE);
		e = db_sync_run(db, &q, NULL);
		arena_free(&arena);
	}
	return e;
}

static enum err
read_shared(struct db_sync *db, struct arena *a, int64_t since)
{
	struct soju_db_seen seen = { 0 };
	enum err e = read_seen(&seen, a, settings.soju_database_url, since, LIMIT_MS);

	return e == ERR_OK ? keep(db, &seen, activity_store_soju) : e;
}

/* ---- Where each bouncer has a soju of its own ---- */

static enum err
ask_uncounted(struct activity_soju_list *list, struct db_sync *db, struct arena *a)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	enum err e;

	activity_store_uncounted(&q);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = activity_store_uncounted_read(list, a, res);
	PQclear(res);
	return e;
}

/* Adds under the bouncer's name when its user was there. Others in its soju are nobody we know. */
static enum err
read_own(struct soju_db_seen *all, const struct activity_own_soju *b, int64_t since)
{
	struct arena arena = { 0 };
	struct soju_db_seen seen = { 0 };
	const char *url;
	enum err e = soju_db_url(&url, &arena, settings.soju_database_url, b->name);

	if (e == ERR_OK)
		e = read_seen(&seen, &arena, url, since, LIMIT_OF_EACH_MS);
	for (size_t i = 0; i < seen.n && e == ERR_OK; i++)
		if (strcmp(seen.usernames[i], b->username) == 0) {
			all->usernames[all->n] = b->name;
			all->at[all->n++] = seen.at[i];
			break;
		}
	arena_free(&arena);
	return e;
}

static enum err
read_each(struct db_sync *db, struct arena *a, int64_t since)
{
	const int64_t until_us = clock_monotonic_us() + ROUND_MS * INT64_C(1000);
	struct activity_soju_list list = { 0 };
	enum err e = ask_uncounted(&list, db, a), failure = ERR_OK;
	size_t i, answered = 0;
	struct soju_db_seen all = { .usernames = arena_array(a, list.n + 1, sizeof(char *)),
		.at = arena_array(a, list.n + 1, sizeof(int64_t)) };

	if (e != ERR_OK)
		return e;
	for (i = 0; i < list.n && clock_monotonic_us() < until_us; i++) {
		e = read_own(&all, &list.v[i], since);
		answered += e == ERR_OK;
		failure = e != ERR_OK ? e : failure;
	}
	if (i < list.n)
		log_warn("activity", "soju's databases: no time was left for %zu", list.n - i);
	e = keep(db, &all, activity_store_own_soju);
	return e == ERR_OK && answered == 0 ? failure : e;
}

enum err
activity_soju(struct db_sync *db, struct arena *a, int64_t now)
{
	const int64_t since = now - now % DAY_S - DAY_S;

	if (*settings.soju_database_url == '\0')
		return ERR_OK;
	if (source_is_of_each(settings.soju_database_url))
		return read_each(db, a, since);
	return read_shared(db, a, since);
}
