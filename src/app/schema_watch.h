/*
 * Looks whether the database of the role has every migration of this version, at the start and then
 * every second or two until it has; nobody needs to start the portal again after `portal migrate`.
 * db_schema.h keeps what was found. One log line says what is missing, and one that it no longer
 * is.
 *
 * A database of a newer version is fine: its migrations leave what this version uses
 * until it is gone everywhere, so that replicas can be replaced one by one.
 */
#ifndef APP_SCHEMA_WATCH_H
#define APP_SCHEMA_WATCH_H

#include "base/err.h"
#include "base/strbuf.h"

/* Reads the files, which a worker may not. Called once, before the fork. `problem` as migrate.h. */
enum err schema_watch_init(const char *dir, struct strbuf *problem);
/* Begins to look, in background tasks of this worker; calls ready() once it is set up. */
void schema_watch_start(void (*ready)(void));

#endif
