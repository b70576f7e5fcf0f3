/* Writes the views and facts that have come together in shared memory. */
#ifndef CONTENT_CONTENT_FLUSH_H
#define CONTENT_CONTENT_FLUSH_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

#define CONTENT_FLUSH_S 5

/*
 * One statement for each, if there is anything. What cannot be written waits for the next time.
 * Blocks; one caller at a time, who is always the same process.
 */
enum err content_flush(struct db_sync *, struct arena *);
/*
 * For the end of the program, when no worker counts any more: writes all there is, or says in the
 * log how much is lost.
 */
void content_flush_last(const char *database_url);

#endif
