/* What keeps bytes and rows together: a job deletes the bytes of pictures that are gone. */
#ifndef PICS_PICS_SWEEP_H
#define PICS_PICS_SWEEP_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

/*
 * Gives up uploads that nobody finishes, deletes the bytes of what is gone, then its rows. What
 * cannot be deleted is tried again ten minutes later; the others go, and the run has failed.
 */
enum err pics_sweep(struct db_sync *, struct arena *);
/* What cut-off uploads of this host left behind: in the blobs' folder, in that of posted bodies. */
enum err pics_sweep_files(int64_t now);

#endif
