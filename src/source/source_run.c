#include "source/source_run.h"

#include <inttypes.h>

#include "base/keep.h"
#include "base/log.h"
#include "db/db_sync.h"
#include "metrics/metrics.h"
#include "source/source_store.h"

/* A claim or a save touches one row; who cannot do that in a second does it at the next view. */
#define STATEMENT_MS 1000

struct run {
	const struct source_subject *subject;
	struct db_sync *db;
	struct source_fetch fetch;
	enum source_failure last_failure;
	bool had_recount;
};

static enum err
claim(struct run *r, struct arena *a, bool *is_ours)
{
	struct db_query q = { .arena = a };
	PGresult *res;
	enum err e;

	source_store_claim(&q, r->subject);
	e = db_sync_run(r->db, &q, &res);
	if (e != ERR_OK)
		return e;
	e = source_store_read_claim(res, is_ours, &r->fetch.count, &r->last_failure);
	PQclear(res);
	r->had_recount = r->fetch.count.recount_id >= 0;
	return e;
}

/* Not ours: either another is at it, or it has ended since the page looked. */
static enum source_outcome
outcome_of_other(struct run *r, struct arena *a)
{
	struct db_query q = { .arena = a };
	bool is_refreshing = false;
	PGresult *res;
	enum err e;

	source_store_ask_refreshing(&q, r->subject);
	e = db_sync_run(r->db, &q, &res);
	if (e != ERR_OK)
		return SOURCE_ERROR;
	e = source_store_read_refreshing(res, &is_refreshing);
	PQclear(res);
	if (e != ERR_OK)
		return SOURCE_ERROR;
	return is_refreshing ? SOURCE_TAKEN : SOURCE_NEWS;
}

static enum err
save(struct run *r, const struct source_result *result, bool goes_on)
{
	struct db_query q = { .arena = r->fetch.arena };

	if (result->failure != SOURCE_FINE)
		source_store_save_failure(&q, r->subject, result->failure);
	else
		source_store_save(&q, r->subject, result->answer, goes_on,
		    r->subject->kind == SOURCE_SOJU ? &r->fetch.count : NULL, r->had_recount);
	return db_sync_run(r->db, &q, NULL);
}

static void
save_early(void *arg, const struct source_result *result)
{
	save(arg, result, true);
}

/* A line for each change; an outage of hours is not a line every 15 s for every account. */
static void
log_change(const struct run *r, const struct source_result *result)
{
	const char *word = source_words[r->subject->kind];
	const char *cause = result->cause != NULL ? result->cause : "";

	if (result->failure == r->last_failure && result->failure == SOURCE_FINE && *cause != '\0')
		log_info("source", "%s of bouncer %" PRId64 ": messages not counted: %s", word,
		    r->subject->bouncer_id, cause);
	if (result->failure == r->last_failure)
		return;
	if (result->failure == SOURCE_FINE)
		log_info("source", "%s answers again (bouncer %" PRId64 ", account %" PRId64 ")",
		    word, r->subject->bouncer_id, r->subject->user_id);
	else
		log_warn("source", "%s: %s (bouncer %" PRId64 ", account %" PRId64 "): %s", word,
		    source_failure_words[result->failure], r->subject->bouncer_id,
		    r->subject->user_id, cause);
}

static enum source_outcome
fetch_and_save(struct run *r)
{
	struct source_result result;
	enum err e;

	source_fetch_run(&r->fetch, &result);
	metrics_count(METRIC_SOURCE_REFRESHES, source_words[r->subject->kind],
	    result.failure == SOURCE_FINE ? "ok" : source_failure_words[result.failure]);
	log_change(r, &result);
	e = save(r, &result, false);
	keep_drop(r->subject->user_id);
	return e == ERR_OK ? SOURCE_NEWS : SOURCE_ERROR;
}

enum source_outcome
source_run(const struct source_subject *subject)
{
	struct arena arena = { 0 };
	struct run r = { .subject = subject, .db = db_sync_thread(STATEMENT_MS) };
	enum source_outcome outcome = SOURCE_ERROR;
	bool is_ours;

	r.fetch = (struct source_fetch){
		.subject = subject, .arena = &arena, .tell_early = save_early, .arg = &r
	};
	if (r.db != NULL && claim(&r, &arena, &is_ours) == ERR_OK)
		outcome = is_ours ? fetch_and_save(&r) : outcome_of_other(&r, &arena);
	arena_free(&arena);
	return outcome;
}
