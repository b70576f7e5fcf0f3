#include "db/db_count.h"

#include <libpq-events.h>

#include "metrics/metrics.h"

static const struct pool {
	const char *word;
	enum level open, busy;
} pools[DB_COUNT__MAX] = {
	[DB_COUNT_MAIN] = { "main", LEVEL_DB_OPEN_MAIN, LEVEL_DB_BUSY_MAIN },
	[DB_COUNT_REPLICA] = { "replica", LEVEL_DB_OPEN_REPLICA, LEVEL_DB_BUSY_REPLICA },
	[DB_COUNT_JOBS] = { "jobs", LEVEL_DB_OPEN_JOBS, LEVEL_DB_BUSY_JOBS },
};

/* libpq tells of its life, whoever ends it. */
static int
watch(PGEventId id, void *info, void *pool)
{
	const struct pool *p = pool;

	(void)info;
	if (id == PGEVT_REGISTER)
		metrics_level_add(p->open, 1);
	if (id == PGEVT_CONNDESTROY)
		metrics_level_add(p->open, -1);
	return 1;
}

/* A second registration fails, which is what we want. */
void
db_count_open(PGconn *conn, enum db_count_pool pool)
{
	PQregisterEventProc(conn, watch, "db_count", (void *)&pools[pool]);
}

void
db_count_busy(enum db_count_pool pool, int change)
{
	metrics_level_add(pools[pool].busy, change);
}

void
db_count_wait(enum db_count_pool pool, int64_t waited_us)
{
	metrics_observe(HISTOGRAM_DB_WAIT, pools[pool].word, waited_us);
}

static void
end(enum db_count_pool pool, const char *outcome, int64_t took_us)
{
	metrics_count(METRIC_DB_QUERIES, pools[pool].word, outcome);
	if (took_us >= 0)
		metrics_observe(HISTOGRAM_DB_TIME, pools[pool].word, took_us);
}

void
db_count_end(enum db_count_pool pool, enum err e, int64_t took_us)
{
	end(pool, e == ERR_OK ? "ok" : err_word(e), took_us);
}

void
db_count_gone(enum db_count_pool pool, int64_t took_us)
{
	end(pool, "gone", took_us);
}
