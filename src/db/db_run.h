/*
 * Statements from pages, without blocking the worker. The one file that touches kore_pgsql, and the
 * place where its traps are cured:
 *
 *  - A connection that the server has closed is never used: it is looked at before each statement,
 *    and thrown away after any answer that ends it. kore_pgsql would keep handing it out for ever.
 *  - Requests wait for a connection in our own queue, first come first served. kore_pgsql's own is
 *    unfair and forgets to wake its waiters when a connection breaks.
 *  - A server that says nothing at all is given up after DB_RUN_LIMIT_MS.
 *  - A visitor who leaves costs no connection: what he asked is answered to nobody.
 *  - Connecting blocks, so after a failed connect all statements fail at once for 2 s, then one
 *    tries again.
 *
 * Besides the main database there may be a replica of it. It answers what may be a few seconds old;
 * what it does not answer goes to the main one.
 */
#ifndef DB_RUN_H
#define DB_RUN_H

#include <kore/kore.h>
#include <kore/http.h>
#include <kore/pgsql.h>

#include "base/err.h"
#include "db/db_query.h"

/* A little more than the statement_timeout of pages, which the server keeps as long as it lives. */
#define DB_RUN_LIMIT_MS 2500

enum db_name { DB_MAIN, DB_REPLICA, DB__MAX };

/* One statement of one request; all zero before the first db_run_start(). */
struct db_run {
	struct kore_pgsql sql;
	struct db_pool *pool;
	struct http_request *req;
	const struct db_query *query;
	PGresult *res;
	enum err err;
	enum { DB_RUN_IDLE, DB_RUN_QUEUED, DB_RUN_GRANTED, DB_RUN_SENT, DB_RUN_DONE } state;
	bool is_repeated, is_late, is_preparing;
	u_int64_t since;	   /* queued or sent, kore_time_ms() */
	int64_t begun_us, sent_us; /* clock_monotonic_us(), for the metrics; 0: not sent */
	TAILQ_ENTRY(db_run) link;
};

/* Makes the databases known to this worker; called once, in kore_worker_configure(). The replica is
 * NULL if there is none. A worker that takes no requests has no pages, and needs no connections. */
void db_run_init(const char *main_conninfo, const char *replica_conninfo, bool has_pages);

/* Begins a statement. Query and parameters must live until db_run_end(). A request may have several
 * under way at once. */
void db_run_start(struct db_run *, struct http_request *, const struct db_query *);
/*
 * Goes on with it. False: it waits, the request is asleep and will be woken; return
 * KORE_RESULT_RETRY. True: done; *err is ERR_OK, with the rows in *res, or an error of db_error.h;
 * ERR_UNAVAILABLE also when too many wait. The rows live until db_run_end().
 */
bool db_run_step(struct db_run *, enum err *, const PGresult **res);
/* The rows of one that is done, now the caller's: PQclear(). */
PGresult *db_run_take(struct db_run *);
/* Lets go of everything, in whatever state; the request may be dying. Idempotent. */
void db_run_end(struct db_run *);

/* Gives up what has waited or run too long; called every half second or so. */
void db_run_tick(void);
/* Statements waiting for a connection in this worker, for the metric. */
int db_run_waiting(void);

#endif
