/*
 * What the dashboard shows of an account, in one statement: its bouncers, the snapshots, and
 * whether a payment failed.
 */
#ifndef DASHBOARD_DASHBOARD_STORE_H
#define DASHBOARD_DASHBOARD_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "dashboard/dashboard.h"
#include "db/db_query.h"

/* is_live: which of Stripe's two worlds counts. */
void dashboard_store_ask(struct db_query *, int64_t user_id, bool is_live);
/*
 * Fills the bouncers and all that sources say; the rest of the struct is the caller's. A source
 * that is not configured says so, whatever was known of it once; an answer that cannot be read
 * (logged) counts as none.
 */
enum err dashboard_store_read(const PGresult *, struct arena *, struct dashboard *);

#endif
