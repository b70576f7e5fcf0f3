#include "app/doctor_pool.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/db_sync.h"

/* A pool that is full lets us wait for minutes. */
#define PATIENCE_MS 1500
/* A busy pooler may hand out any of its connections: once proves nothing. */
#define ROUNDS 5

#define STATEMENT "portal_doctor"
#define PID_SQL "SELECT pg_backend_pid()"

enum outcome { ANSWERED, REFUSED, SILENT };

/* Waits for the end of the answer; *pid is the number in it, if it holds one. */
static enum outcome
await(PGconn *conn, int *pid)
{
	int64_t until = clock_monotonic_us() + PATIENCE_MS * 1000;
	struct pollfd p = { .fd = PQsocket(conn), .events = POLLIN };
	enum outcome outcome = ANSWERED;
	PGresult *res;

	for (;;) {
		while (PQisBusy(conn)) {
			int left_ms = (int)((until - clock_monotonic_us()) / 1000);

			if (left_ms <= 0 || poll(&p, 1, left_ms) <= 0)
				return SILENT;
			if (!PQconsumeInput(conn))
				return REFUSED;
		}
		res = PQgetResult(conn);
		if (res == NULL)
			return outcome;
		if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1)
			*pid = (int)strtol(PQgetvalue(res, 0, 0), NULL, 10);
		else if (PQresultStatus(res) != PGRES_COMMAND_OK)
			outcome = REFUSED;
		PQclear(res);
	}
}

static enum outcome
ask(PGconn *conn, const char *sql, int *pid)
{
	return PQsendQuery(conn, sql) ? await(conn, pid) : REFUSED;
}

static enum outcome
prepare(PGconn *conn)
{
	int pid;

	return PQsendPrepare(conn, STATEMENT, PID_SQL, 0, NULL) ? await(conn, &pid) : REFUSED;
}

static enum outcome
run_prepared(PGconn *conn, int *pid)
{
	return PQsendQueryPrepared(conn, STATEMENT, 0, NULL, NULL, NULL, 0) ? await(conn, pid)
									    : REFUSED;
}

/* While `b` is in a transaction, it has a process of the server to itself. */
static enum doctor_pool_mode
find_mode(PGconn *a, PGconn *b)
{
	int first = 0, pid_a = 0, pid_b = 0, ignored, i;

	if (ask(a, PID_SQL, &first) != ANSWERED)
		return DOCTOR_POOL_SESSION;
	for (i = 0; i < ROUNDS; i++) {
		if (ask(b, "BEGIN", &ignored) == REFUSED)
			return DOCTOR_POOL_STATEMENT;
		if (ask(b, PID_SQL, &pid_b) != ANSWERED || ask(b, "COMMIT", &ignored) != ANSWERED ||
		    ask(a, PID_SQL, &pid_a) != ANSWERED)
			return DOCTOR_POOL_SESSION; /* each had one, and there was no third */
		if (pid_a != first || pid_b == first)
			return DOCTOR_POOL_TRANSACTION;
	}
	return DOCTOR_POOL_SESSION;
}

/* `b` takes away the process that `a` had, so that `a` lands on another one. */
static bool
keeps_prepared(PGconn *a, PGconn *b)
{
	int first = 0, pid = 0, ignored, i;

	if (prepare(a) != ANSWERED || run_prepared(a, &first) != ANSWERED)
		return false;
	for (i = 0; i < ROUNDS; i++) {
		if (ask(b, "BEGIN", &ignored) != ANSWERED ||
		    ask(b, PID_SQL, &ignored) != ANSWERED || run_prepared(a, &pid) != ANSWERED ||
		    ask(b, "COMMIT", &ignored) != ANSWERED)
			return false;
		if (pid != first)
			return true;
	}
	return true;
}

void
doctor_pool_try(struct doctor_pool *pool, const char *url, int timeout_ms)
{
	struct db_sync *a = db_sync_open(url, timeout_ms, NULL);
	struct db_sync *b = db_sync_open(url, timeout_ms, NULL);

	*pool = (struct doctor_pool){ 0 };
	if (a != NULL && b != NULL) {
		pool->mode = find_mode(db_sync_conn(a), db_sync_conn(b));
		pool->keeps_prepared = pool->mode != DOCTOR_POOL_STATEMENT &&
				       keeps_prepared(db_sync_conn(a), db_sync_conn(b));
	}
	db_sync_close(a);
	db_sync_close(b);
}
