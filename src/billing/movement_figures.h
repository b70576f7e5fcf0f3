/* Churn and movements as figures, of the 30 complete days before today. For tasks. */
#ifndef BILLING_MOVEMENT_FIGURES_H
#define BILLING_MOVEMENT_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"
#include "figures/figure_store.h"

/*
 * Adds what is known at `now` (Unix seconds). Nobody who paid when the window began: no churn rate.
 * A rate of exchange that is missing: no movements; they are in the reporting currency (lower
 * case). ERR_INTERNAL: the movements do not lead from the stock at the beginning to that at the
 * end.
 */
enum err movement_figures_add(struct figure_list *, struct arena *, struct db_sync *, bool is_live,
    const char *reporting, int64_t now);

#endif
