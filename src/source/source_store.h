/*
 * source_snapshots: the last good answer of each source, who is refreshing it, and how far its
 * messages are counted. What pages read of it is in dashboard/dashboard_store.h.
 */
#ifndef SOURCE_SOURCE_STORE_H
#define SOURCE_SOURCE_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"
#include "db/db_query.h"
#include "source/source_count.h"
#include "source/source_fetch.h"

/* A refresh that has not ended after this many seconds is taken for dead. */
#define SOURCE_STORE_CLAIM_S 5

/*
 * Takes the refresh, unless another has it or had it a moment ago. *is_ours tells; only then *count
 * and *last_failure are filled.
 */
void source_store_claim(struct db_query *, const struct source_subject *);
enum err source_store_read_claim(
    const PGresult *, bool *is_ours, struct source_count *count, enum source_failure *last_failure);

/* After a claim that was not ours: is the other one still at it? */
void source_store_ask_refreshing(struct db_query *, const struct source_subject *);
enum err source_store_read_refreshing(const PGresult *, bool *is_refreshing);

/*
 * Keeps an answer. `count` is NULL but for soju; `had_recount` is whether the claim told of a
 * recount. With `goes_on` the claim stays: the answer comes early, another will follow.
 */
void source_store_save(struct db_query *, const struct source_subject *, const char *answer,
    bool goes_on, const struct source_count *count, bool had_recount);
/* Keeps why there is none; the last good answer stays. */
void source_store_save_failure(
    struct db_query *, const struct source_subject *, enum source_failure);

/* Once a night: every account's messages are counted anew beside the count that is shown. */
void source_store_start_recounts(struct db_query *);

#endif
