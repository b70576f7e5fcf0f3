/* Rates of exchange where they are kept (fx_rates). */
#ifndef BILLING_FX_STORE_H
#define BILLING_FX_STORE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/fx.h"
#include "db/db_query.h"

/* Keeps all of them in one statement; a rate of the same day is replaced. */
void fx_store_put(struct db_query *, const struct fx_rate_list *);
/*
 * The newest rate of each currency, by code; also of currencies that subscriptions have and that
 * have none (rate and day NULL), except the reporting currency.
 */
void fx_store_latest(struct db_query *, const char *reporting);
enum err fx_store_rows(const PGresult *, struct arena *, struct fx_rate_list *);

#endif
