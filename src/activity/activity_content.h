/* The job that asks txt and pics who made something. Blocks: for tasks. */
#ifndef ACTIVITY_ACTIVITY_CONTENT_H
#define ACTIVITY_ACTIVITY_CONTENT_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/*
 * Asks both, where they are set up, for today and for the days since they were last asked to the
 * end. A day is asked for until an hour of the next one is over. What one of them does not tell is
 * asked for again in the next run; the other goes on. The first error of either.
 */
enum err activity_content(struct db_sync *, struct arena *, int64_t now);

#endif
