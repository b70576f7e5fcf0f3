/* The job that reads from the shared soju's database who was connected. Blocks: for tasks. */
#ifndef ACTIVITY_ACTIVITY_SOJU_H
#define ACTIVITY_ACTIVITY_SOJU_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/*
 * Since yesterday's midnight. Nothing to do unless SOJU_DATABASE_URL is one database for all: where
 * each bouncer has its own, its soju counts its clients.
 */
enum err activity_soju(struct db_sync *, struct arena *, int64_t now);

#endif
