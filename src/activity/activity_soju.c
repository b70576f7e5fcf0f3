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
#define AT_ONCE 1000 /* users of one statement */

static enum err
read_seen(struct soju_db_seen *seen, struct source_pg *pg, struct arena *a, int64_t since)
{
	struct db_query q = { .arena = a };
	const int64_t begun_us = clock_monotonic_us();
	PGresult *res = NULL;
	enum source_failure f;
	enum err e = ERR_UPSTREAM;

	f = source_pg_open(pg, a, settings.soju_database_url, begun_us + LIMIT_MS * INT64_C(1000));
	soju_db_ask_seen(&q, since);
	if (f == SOURCE_FINE)
		f = source_pg_run(pg, &q, &res);
	if (f != SOURCE_NOT_CONFIGURED)
		metrics_call_end(
		    "soju_db", source_failure_result(f), clock_monotonic_us() - begun_us);
	if (f == SOURCE_FINE)
		e = soju_db_read_seen(seen, a, res);
	else
		log_warn("activity", "soju's database: %s %s", source_failure_words[f],
		    strbuf_text(&pg->cause));
	PQclear(res);
	return e;
}

static enum err
keep(struct db_sync *db, const struct soju_db_seen *seen, size_t from)
{
	const size_t left = seen->n - from, n = left < AT_ONCE ? left : AT_ONCE;
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	enum err e;

	activity_store_soju(&q, seen->usernames + from, seen->at + from, n);
	e = db_sync_run(db, &q, NULL);
	arena_free(&arena);
	return e;
}

enum err
activity_soju(struct db_sync *db, struct arena *a, int64_t now)
{
	struct soju_db_seen seen = { 0 };
	struct source_pg pg = { 0 };
	enum err e;

	if (*settings.soju_database_url == '\0' || source_is_of_each(settings.soju_database_url))
		return ERR_OK;
	e = read_seen(&seen, &pg, a, now - now % DAY_S - DAY_S);
	source_pg_close(&pg);
	for (size_t i = 0; i < seen.n && e == ERR_OK; i += AT_ONCE)
		e = keep(db, &seen, i);
	return e;
}
