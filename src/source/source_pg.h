/*
 * A Postgres connection to somebody else's database, for which one deadline holds from the first
 * packet to the last: libpq's own limits are whole seconds, and none of them ends the wait for a
 * server that accepted the connection and then froze. Looking the host's name up is bounded, too
 * (db/db_host.h).
 *
 * Everything runs in one read-only transaction, whose statements the server ends by itself at the
 * deadline. Works through pgbouncer too. Blocks: for tasks only.
 */
#ifndef SOURCE_SOURCE_PG_H
#define SOURCE_SOURCE_PG_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"
#include "db/db_query.h"
#include "source/source.h"

struct source_pg {
	PGconn *conn;
	int64_t until_us;    /* the deadline, of clock_monotonic_us() */
	struct strbuf cause; /* of the failure, for the log: an SQLSTATE or libpq's words */
};

/* Connects and begins. Whatever it returns, source_pg_close() follows. */
enum source_failure source_pg_open(
    struct source_pg *, struct arena *, const char *url, int64_t until_us);
/* On SOURCE_FINE *res holds rows, freed by the caller with PQclear(). */
enum source_failure source_pg_run(struct source_pg *, const struct db_query *, PGresult **res);
void source_pg_close(struct source_pg *);

#endif
