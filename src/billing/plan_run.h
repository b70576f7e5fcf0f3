/* Settles the plans of all accounts that are to be looked at. For tasks. */
#ifndef BILLING_PLAN_RUN_H
#define BILLING_PLAN_RUN_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/* One transaction an account, so that several may do it at once. *changed: plans that are other
 * ones now. */
enum err plan_run(struct db_sync *, bool is_live, int64_t grace_s, int64_t *changed);

#endif
