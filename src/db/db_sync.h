/*
 * A blocking connection, for tasks and subcommands only: never in a handler or a timer.
 */
#ifndef DB_SYNC_H
#define DB_SYNC_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "db/db_query.h"

struct db_sync;

/*
 * Connects within 2 s to each address, having found them within 2 s. `timeout_ms` bounds each
 * statement (0: none): the server ends it, and if not even that happens a second later, nobody
 * waits any more and the connection is of no use. On failure NULL, and `error`, if given, says why
 * without the password. Close with db_sync_close().
 */
struct db_sync *db_sync_open(const char *url, int timeout_ms, struct strbuf *error);
/* The same of a database that is not ours: what it is asked is no statement of jobs. */
struct db_sync *db_sync_open_foreign(const char *url, int timeout_ms, struct strbuf *error);
void db_sync_close(struct db_sync *); /* NULL is fine */

/* A job's statement may take longer than a page's, but never for ever. */
#define DB_SYNC_JOB_MS 60000

/*
 * The calling thread's own connection to the database of the role, opened at first use, reopened
 * when broken; from now on each statement is bounded by `timeout_ms`, not 0. NULL: the database
 * does not answer (logged). Not closed by the caller.
 */
struct db_sync *db_sync_thread(int timeout_ms);

/*
 * Sends and waits. On ERR_OK *res, if res is not NULL, holds the rows; free with PQclear().
 * Errors as in db_error.h; the cause is logged.
 */
enum err db_sync_run(struct db_sync *, const struct db_query *, PGresult **res);
/* Several statements without parameters in one string, as in a migration file. */
enum err db_sync_script(struct db_sync *, const char *sql);

/*
 * Calls steps(db, arg) between BEGIN and COMMIT; if it returns an error, all it did is undone. A
 * conflict with others (ERR_CONFLICT: a deadlock, a failed serialization, a row that somebody else
 * put first) is tried again a few times after a short random wait, so `steps` must be able to begin
 * anew. With `is_trial` what it did is undone in any case. Transactions do not nest.
 */
enum err db_sync_transaction(
    struct db_sync *, enum err (*steps)(struct db_sync *, void *arg), void *arg, bool is_trial);

/* What the last failure said, "" after none. */
const char *db_sync_error(const struct db_sync *);
/* For what libpq offers and this file does not (single-row mode, COPY). */
PGconn *db_sync_conn(struct db_sync *);

#endif
