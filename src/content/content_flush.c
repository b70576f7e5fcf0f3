#include "content/content_flush.h"

#include <inttypes.h>

#include "base/log.h"
#include "content/content_facts.h"
#include "content/content_store.h"
#include "content/content_views.h"

#define LAST_TIMEOUT_MS 3000

static enum err
flush_views(struct db_sync *db, struct arena *arena, size_t *n)
{
	struct db_query q = { .arena = arena };
	struct strbuf ids = { 0 }, counts = { 0 };
	int64_t lost;
	enum err e = ERR_OK;

	*n = content_views_take(&ids, &counts, &lost);
	if (lost > 0)
		log_warn("content", "%" PRId64 " views were not counted: too many objects at once",
		    lost);
	content_store_add_views(&q, &ids, &counts);
	if (*n > 0)
		e = db != NULL ? db_sync_run(db, &q, NULL) : ERR_UNAVAILABLE;
	if (e != ERR_OK)
		content_views_put_back(&ids, &counts);
	strbuf_free(&ids);
	strbuf_free(&counts);
	return e;
}

static enum err
flush_facts(struct db_sync *db, struct arena *arena)
{
	struct db_query q = { .arena = arena };
	struct strbuf columns[FACT__MAX] = { 0 };
	size_t n = content_facts_take(columns);
	enum err e = ERR_OK;

	content_store_add_facts(&q, columns);
	if (n > 0)
		e = db != NULL ? db_sync_run(db, &q, NULL) : ERR_UNAVAILABLE;
	if (e != ERR_OK)
		content_facts_put_back();
	for (int i = 0; i < FACT__MAX; i++)
		strbuf_free(&columns[i]);
	return e;
}

enum err
content_flush(struct db_sync *db, struct arena *arena)
{
	size_t n;
	enum err of_views = flush_views(db, arena, &n), of_facts = flush_facts(db, arena);

	return of_views != ERR_OK ? of_views : of_facts;
}

/* Both tables of views: the one that rested and the one that was counted in until now. */
void
content_flush_last(const char *database_url)
{
	struct arena arena = { 0 };
	struct db_sync *db = db_sync_open(database_url, LAST_TIMEOUT_MS, NULL);
	size_t n = 0;
	enum err e = flush_views(db, &arena, &n);

	if (e == ERR_OK)
		e = flush_views(db, &arena, &n);
	if (e != ERR_OK)
		log_error("content",
		    "the views of the last seconds are lost: the database did not take them");
	if (flush_facts(db, &arena) != ERR_OK)
		log_error("content", "what was sent in the last seconds is missing in the days");
	db_sync_close(db);
	arena_free(&arena);
}
