/*
 * The job that reads from soju's databases who was connected, where no sample tells it. Blocks: for
 * tasks.
 */
#ifndef ACTIVITY_ACTIVITY_SOJU_H
#define ACTIVITY_ACTIVITY_SOJU_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/*
 * Since yesterday's midnight: from the one database of all if SOJU_DATABASE_URL is that, else from
 * that of each bouncer whose clients nobody counts (activity_store_uncounted()). Of those, what
 * does not answer is passed over until the next run; an error only if none does.
 */
enum err activity_soju(struct db_sync *, struct arena *, int64_t now);

#endif
