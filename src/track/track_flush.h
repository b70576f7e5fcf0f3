/*
 * Hands over what has been counted: the portal to its database, txt and pics to the portal, whose
 * admin pages show it (PORTAL_INTERNAL_URL; without it nothing is handed over).
 */
#ifndef TRACK_TRACK_FLUSH_H
#define TRACK_TRACK_FLUSH_H

#include "base/arena.h"
#include "base/err.h"
#include "db/db_sync.h"

#define TRACK_FLUSH_S 60

/*
 * What cannot be handed over waits for the next time; what is refused is dropped. `db` is the
 * accounts database, or NULL, which is a failure of the portal's. Blocks; one caller at a time, who
 * is always the same process.
 */
enum err track_flush(struct db_sync *db, struct arena *);
/*
 * For the end of the program, when no worker counts any more: hands over all there is, or says in
 * the log that it is lost.
 */
void track_flush_last(const char *database_url);

#endif
