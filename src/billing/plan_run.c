#include "billing/plan_run.h"

#include <inttypes.h>

#include "base/keep.h"
#include "base/log.h"
#include "billing/plan_store.h"
#include "db/db_row.h"

#define AGAIN_S 300  /* until one that failed is tried again */
#define AT_ONCE 1000 /* accounts of one run; the next one is a second away */

struct settling {
	struct arena arena;
	bool is_live;
	int64_t grace_s, now;
	int64_t user_id; /* 0: none was due */
	int64_t changed;
};

static enum err
take(struct db_sync *db, struct settling *s)
{
	struct db_query q = { .arena = &s->arena };
	PGresult *res = NULL;
	enum err e;

	plan_store_take(&q);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = plan_store_take_read(res, &s->user_id, &s->now);
	PQclear(res);
	return e;
}

static enum err
ask_account(struct db_sync *db, struct settling *s, const char **plan, const char **granted)
{
	struct db_query q = { .arena = &s->arena };
	PGresult *res = NULL;
	enum err e;

	plan_store_account(&q, s->user_id);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = plan_store_account_read(res, &s->arena, plan, granted);
	PQclear(res);
	return e;
}

static enum err
ask_entitlements(struct db_sync *db, struct settling *s, struct plan_entitlement **list, size_t *n)
{
	struct db_query q = { .arena = &s->arena };
	PGresult *res = NULL;
	enum err e;

	plan_store_entitlements(&q, s->user_id, s->is_live);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = plan_store_entitlements_rows(res, &s->arena, list, n);
	PQclear(res);
	return e;
}

static enum err
give(struct db_sync *db, struct settling *s, const char *plan, const struct plan_settlement *to)
{
	struct db_query q = { .arena = &s->arena };
	PGresult *res = NULL;
	enum err e;

	plan_store_settle(
	    &q, s->user_id, to->plan, plan_is_upgrade(plan, to->plan), to->look_again_at);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, &s->changed);
	PQclear(res);
	return e;
}

static enum err
settle_one(struct db_sync *db, void *arg)
{
	struct settling *s = arg;
	const char *plan = NULL, *granted = NULL;
	struct plan_entitlement *list = NULL;
	struct plan_settlement to;
	size_t n = 0;
	enum err e;

	s->user_id = s->changed = 0;
	e = take(db, s);
	if (e != ERR_OK || s->user_id == 0)
		return e;
	e = ask_account(db, s, &plan, &granted);
	if (e == ERR_OK)
		e = ask_entitlements(db, s, &list, &n);
	if (e != ERR_OK)
		return e;
	plan_settle(&to, granted, list, n, s->grace_s, s->now);
	return give(db, s, plan, &to);
}

/* Others are not to wait behind an account that cannot be settled. */
static enum err
put_off(struct db_sync *db, struct settling *s, enum err failed)
{
	struct db_query q = { .arena = &s->arena };

	s->changed = 0;
	if (s->user_id == 0 || PQstatus(db_sync_conn(db)) != CONNECTION_OK)
		return failed;
	log_error("billing", "the plan of account %" PRId64 " cannot be settled: %s", s->user_id,
	    err_word(failed));
	plan_store_put_off(&q, s->user_id, AGAIN_S);
	return db_sync_run(db, &q, NULL);
}

enum err
plan_run(struct db_sync *db, bool is_live, int64_t grace_s, int64_t *changed)
{
	struct settling s = { .is_live = is_live, .grace_s = grace_s };
	enum err e;
	int left = AT_ONCE;

	*changed = 0;
	do {
		e = db_sync_transaction(db, settle_one, &s, false);
		if (e != ERR_OK)
			e = put_off(db, &s, e);
		if (e == ERR_OK && s.changed > 0) {
			keep_drop(s.user_id); /* pages of this host say it at once */
			(*changed)++;
		}
		arena_free(&s.arena);
	} while (e == ERR_OK && s.user_id != 0 && --left > 0);
	if (*changed > 0)
		log_info("billing", "plans changed: %" PRId64, *changed);
	return e;
}
