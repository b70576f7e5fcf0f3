#include "activity/activity_content.h"

#include <stdlib.h>

#include "activity/activity_store.h"
#include "base/clock.h"
#include "base/settings.h"
#include "base/xmalloc.h"
#include "clients/activity_api.h"
#include "clients/call_sync.h"
#include "db/db_row.h"
#include "metrics/metrics_call.h"

#define DAY_S INT64_C(86400)
#define SETTLED_S 3600 /* after midnight: nothing that began before is still under way */
#define CALL_MS 5000
#define RUN_MS 60000	/* of one source; the next run begins anew with the day of its cursor */
#define PAGES_MAX 10000 /* of a day: a service that never ends is none */

struct asking {
	struct db_sync *db;
	const char *source; /* as in activity_cursors */
	enum activity_bit bit;
	struct activity_api api;
	int64_t now, until_us;
};

static enum err
ask_page(const struct asking *k, struct arena *a, int64_t day, const char *after,
    struct activity_page *page)
{
	struct call_request req;
	struct call_reply reply;
	enum err e = activity_api_request(&req, a, &k->api, day, after);

	if (e != ERR_OK)
		return e;
	call_sync_run(&req, a, &reply);
	e = activity_api_reply(page, a, &reply);
	metrics_call_note("activity", k->source, e, &reply, NULL);
	return e;
}

/* Asks for one page and keeps it; *after goes on to the next one, NULL behind the last. */
static enum err
take_page(const struct asking *k, int64_t day, char **after)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	struct activity_page page;
	char *before = *after;
	enum err e = ask_page(k, &arena, day, before, &page);

	if (e == ERR_OK && page.n > 0) {
		activity_store_subs(&q, day, k->bit, page.subs, page.n);
		e = db_sync_run(k->db, &q, NULL);
	}
	*after = e == ERR_OK && page.next != NULL ? xstrdup(page.next) : NULL;
	free(before);
	arena_free(&arena);
	return e;
}

static enum err
take_day(const struct asking *k, int64_t day)
{
	char *after = NULL;
	enum err e;
	int pages = 0;

	do {
		e = clock_monotonic_us() < k->until_us ? take_page(k, day, &after) : ERR_TIMEOUT;
		if (++pages == PAGES_MAX && after != NULL)
			e = ERR_UPSTREAM;
	} while (e == ERR_OK && after != NULL);
	free(after);
	return e;
}

static enum err
find_cursor(const struct asking *k, struct arena *a, int64_t *day)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	enum err e;

	activity_store_cursor(&q, k->source);
	e = db_sync_run(k->db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, day);
	PQclear(res);
	return e;
}

static enum err
end_day(const struct asking *k, struct arena *a, int64_t day)
{
	struct db_query q = { .arena = a };

	if (k->now < day + DAY_S + SETTLED_S)
		return ERR_OK;
	activity_store_move_cursor(&q, k->source, day + DAY_S);
	return db_sync_run(k->db, &q, NULL);
}

static enum err
take_source(struct asking *k, struct arena *a, const char *base)
{
	int64_t day = 0;
	enum err e;

	if (*base == '\0')
		return ERR_OK;
	k->api = (struct activity_api){ base, settings.internal_secret, CALL_MS };
	k->until_us = clock_monotonic_us() + RUN_MS * INT64_C(1000);
	e = find_cursor(k, a, &day);
	for (; e == ERR_OK && day <= k->now; day += DAY_S) {
		e = take_day(k, day);
		if (e == ERR_OK)
			e = end_day(k, a, day);
	}
	/* A service of an older version does not tell, which is not its failure. */
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

enum err
activity_content(struct db_sync *db, struct arena *a, int64_t now)
{
	struct asking txt = { .db = db, .source = "txt", .bit = ACTIVITY_PASTE, .now = now };
	struct asking pics = { .db = db, .source = "pics", .bit = ACTIVITY_PICTURE, .now = now };
	const enum err e = take_source(&txt, a, settings.txt_internal_url);
	const enum err f = take_source(&pics, a, settings.pic_internal_url);

	return e != ERR_OK ? e : f;
}
