/* Starts the refreshes of everything on a dashboard that is older than it should be. */
#ifndef DASHBOARD_DASHBOARD_REFRESH_H
#define DASHBOARD_DASHBOARD_REFRESH_H

#include <stdint.h>

#include "dashboard/dashboard.h"
#include "source/source_refresh.h"

/*
 * Returns how many refreshes `wait` now waits for; 0: show the page as it is. Otherwise wait->wake
 * comes, or the page's patience (SOURCE_PATIENCE_MS) ends; then read the dashboard again and call
 * source_refresh_cancel().
 */
int dashboard_refresh_start(
    const struct dashboard *, int64_t user_id, const char *sub, struct source_wait *wait);

#endif
