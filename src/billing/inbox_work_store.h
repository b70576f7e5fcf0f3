/* What whoever obeys the inbox does to many events at once. */
#ifndef BILLING_INBOX_WORK_STORE_H
#define BILLING_INBOX_WORK_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"
#include "billing/inbox_store.h"
#include "db/db_query.h"

/* Whether anything is to be done: one row. Cheap, for it is asked every second. */
struct inbox_work {
	bool has_events, has_plans;
};
void inbox_work_store_look(struct db_query *);
enum err inbox_work_store_look_read(const PGresult *, struct inbox_work *);
/*
 * What became of them, as a JSON array of {"id", "attempts", "state", "effect"}. A row that has
 * another number of attempts meanwhile is left alone: its lease ended, and somebody else has it.
 */
void inbox_work_store_end(struct db_query *, const char *ends);
/*
 * They were claimed, but that does not count as an attempt; others may, from `wait_s` seconds on.
 * A JSON array of {"id", "attempts"}, as above. `error` says why, NULL: what it said before stays.
 */
void inbox_work_store_give_back(
    struct db_query *, const char *claimed, int64_t wait_s, const char *error);

#endif
