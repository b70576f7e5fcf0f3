/* The plans of accounts, and which of them are to be looked at (plan_checks). */
#ifndef BILLING_PLAN_STORE_H
#define BILLING_PLAN_STORE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/plan_settle.h"
#include "db/db_query.h"

/* The next three, in this order and in one transaction, settle one account. */

/* One that is due and that nobody else is at; no row if there is none. Holds its check. */
void plan_store_take(struct db_query *);
/* 0 if there is none; `now` by the clock that found it due. */
enum err plan_store_take_read(const PGresult *, int64_t *user_id, int64_t *now);
/* Its check failed: the next look is `wait_s` seconds from now. */
void plan_store_put_off(struct db_query *, int64_t user_id, int64_t wait_s);
/* Holds its plan: two texts, what it has and what is granted to it. */
void plan_store_account(struct db_query *, int64_t user_id);
enum err plan_store_account_read(
    const PGresult *, struct arena *, const char **plan, const char **granted);
/* What it pays for in that world. */
void plan_store_entitlements(struct db_query *, int64_t user_id, bool is_live);
enum err plan_store_entitlements_rows(
    const PGresult *, struct arena *, struct plan_entitlement **, size_t *n);
/*
 * Gives it the plan, with the event that tells of it if that is another one, and has it looked at
 * again at that time (0: never). Answers one number: 1 if the plan changed.
 */
void plan_store_settle(
    struct db_query *, int64_t user_id, const char *plan, bool is_upgrade, int64_t look_again_at);

/*
 * Has all accounts looked at that Stripe has something to do with, if plans were last settled by
 * another mode or grace time; the first call of all is such a one, too. Answers one number: 1 if
 * that was so.
 */
void plan_store_follow_settings(struct db_query *, bool is_live, int64_t grace_s);

#endif
