#include "track/track_flush.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "clients/call_sync.h"
#include "clients/portal_api.h"
#include "metrics/metrics_call.h"
#include "track/track_batch.h"
#include "track/track_report.h"
#include "track/track_store.h"

#define CALL_MS 5000
#define LAST_TIMEOUT_MS 3000
#define BATCHES_MAX 16 /* at once; more than there are rows for */
#define QUICK_US INT64_C(1000000)

/* Whom it is handed to, and how long that may take. */
struct receiver {
	struct db_sync *db;
	int call_ms;
};

static enum err
store(struct db_sync *db, struct arena *a, const char *report)
{
	struct db_query q = { .arena = a };

	if (db == NULL)
		return ERR_UNAVAILABLE;
	track_store_add(&q, report);
	return db_sync_run(db, &q, NULL);
}

static enum err
tell_portal(struct arena *a, const struct strbuf *report, int call_ms)
{
	const struct portal_api api = { settings.portal_internal_url, settings.internal_secret,
		call_ms };
	struct call_request req;
	struct call_reply reply;
	enum err e = portal_api_requests_request(&req, a, &api, strbuf_text(report), report->len);

	if (e != ERR_OK)
		return ERR_INTERNAL; /* no fault of the batch */
	call_sync_run(&req, a, &reply);
	e = portal_api_requests_reply(a, &reply);
	metrics_call_note("track", "portal", e, &reply, NULL);
	return e;
}

static enum err
hand_over(const struct receiver *to, struct arena *a, const struct track_batch *batch)
{
	struct strbuf report = { 0 };
	enum err e;

	track_report_write(&report, batch, role_words[settings.role]);
	if (settings.role == ROLE_PORTAL)
		e = store(to->db, a, strbuf_text(&report));
	else
		e = tell_portal(a, &report, to->call_ms);
	strbuf_free(&report);
	return e;
}

/* What is not understood now never will be, and must not keep back what comes after it. */
static enum err
hand_over_or_drop(const struct receiver *to, struct arena *a, const struct track_batch *batch)
{
	enum err e = hand_over(to, a, batch);

	if (e != ERR_INVALID)
		return e;
	log_error("track", "batch %" PRId64 " was refused: its requests are missing in the days",
	    batch->number);
	return ERR_OK;
}

static bool
has_receiver(void)
{
	return settings.role == ROLE_PORTAL || *settings.portal_internal_url != '\0';
}

static enum err
flush(const struct receiver *to, struct arena *a)
{
	struct track_batch batch = { 0 };
	enum err e = ERR_OK;

	for (int i = 0; i < BATCHES_MAX && e == ERR_OK && !batch.is_all; i++) {
		if (!has_receiver() || !track_batch_make(&batch, a))
			break;
		e = hand_over_or_drop(to, a, &batch);
		if (e == ERR_OK)
			track_batch_arrived(clock_now());
	}
	return e;
}

enum err
track_flush(struct db_sync *db, struct arena *a)
{
	const struct receiver to = { .db = db, .call_ms = CALL_MS };

	return flush(&to, a);
}

static enum err
try_last(const char *database_url, struct arena *a)
{
	struct receiver to = { .call_ms = LAST_TIMEOUT_MS };
	enum err e;

	if (settings.role == ROLE_PORTAL)
		to.db = db_sync_open(database_url, LAST_TIMEOUT_MS, NULL);
	e = flush(&to, a);
	db_sync_close(to.db);
	return e;
}

/* Once more where the other side was quick to go, which may be for a moment only. */
void
track_flush_last(const char *database_url)
{
	const int64_t begun_us = clock_monotonic_us();
	struct arena arena = { 0 };
	enum err e = try_last(database_url, &arena);

	if (e != ERR_OK && clock_monotonic_us() - begun_us < QUICK_US)
		e = try_last(database_url, &arena);
	if (e != ERR_OK)
		log_error("track",
		    "the requests of the last minute are missing in the days: nobody took them");
	arena_free(&arena);
}
