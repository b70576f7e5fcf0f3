#include "source/source_pg.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/db_error.h"
#include "db/db_host.h"
#include "db/db_url.h"

static int
remaining_ms(const struct source_pg *pg)
{
	int64_t ms = (pg->until_us - clock_monotonic_us()) / 1000;

	return ms > 0 ? (int)ms : 0;
}

/* True when the socket is ready for `events` before the deadline. */
static bool
wait_for(const struct source_pg *pg, short events)
{
	struct pollfd fd = { .fd = PQsocket(pg->conn), .events = events };

	return fd.fd >= 0 && poll(&fd, 1, remaining_ms(pg)) > 0;
}

static enum source_failure
failed(struct source_pg *pg, enum source_failure f, const char *cause)
{
	strbuf_clear(&pg->cause);
	strbuf_add(&pg->cause, cause, strcspn(cause, "\n"));
	return f;
}

/* Classes 28 and 08, 53, 57P: PostgreSQL manual, appendix A. */
static enum source_failure
failure_of_sqlstate(const char *sqlstate)
{
	if (strncmp(sqlstate, "28", 2) == 0)
		return SOURCE_DENIED;
	switch (db_error_of_sqlstate(sqlstate)) {
	case ERR_TIMEOUT:
		return SOURCE_TIMEOUT;
	case ERR_FORBIDDEN:
		return SOURCE_DENIED;
	case ERR_NOT_FOUND:
		return SOURCE_MISSING;
	case ERR_UNAVAILABLE:
		return SOURCE_REFUSED;
	default:
		return SOURCE_BROKEN;
	}
}

/*
 * "FATAL:  3D000" at the end of a message of verbosity PQERRORS_SQLSTATE; NULL without one. Where a
 * name has several addresses there is a line for each; the last attempt counts.
 */
static const char *
sqlstate_at_end(const char *message)
{
	size_t len = strlen(message);
	const char *state;

	while (len > 0 && message[len - 1] == '\n')
		len--;
	if (len < 8)
		return NULL;
	state = message + len - 5;
	if (strncmp(state - 3, ":  ", 3) != 0)
		return NULL;
	return strspn(state, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= 5 ? state : NULL;
}

/*
 * libpq gives no SQLSTATE of a failed connection other than in its words, and none at all for what
 * went wrong on our side of the wire.
 */
static enum source_failure
connection_failed(struct source_pg *pg)
{
	const char *message = PQerrorMessage(pg->conn), *state = sqlstate_at_end(message);
	enum source_failure f;
	char sqlstate[6];

	if (state != NULL) {
		snprintf(sqlstate, sizeof(sqlstate), "%.5s", state);
		f = failure_of_sqlstate(sqlstate);
		return failed(pg, f != SOURCE_BROKEN ? f : SOURCE_REFUSED, state);
	}
	if (PQconnectionNeedsPassword(pg->conn))
		return failed(pg, SOURCE_DENIED, "a password is asked for");
	if (strstr(message, "SSL") != NULL || strstr(message, "certificate") != NULL)
		return failed(pg, SOURCE_TLS, message);
	return failed(pg, SOURCE_REFUSED, message);
}

static enum source_failure
finish_connecting(struct source_pg *pg)
{
	PostgresPollingStatusType step = PGRES_POLLING_WRITING;

	while (step != PGRES_POLLING_OK) {
		if (!wait_for(pg, step == PGRES_POLLING_READING ? POLLIN : POLLOUT))
			return failed(pg, SOURCE_TIMEOUT, "no connection within the limit");
		step = PQconnectPoll(pg->conn);
		if (step == PGRES_POLLING_FAILED)
			return connection_failed(pg);
	}
	return SOURCE_FINE;
}

/* The next result of what was sent; NULL when there is none any more. */
static enum source_failure
next_result(struct source_pg *pg, PGresult **res)
{
	while (PQisBusy(pg->conn)) {
		if (!wait_for(pg, POLLIN))
			return failed(pg, SOURCE_TIMEOUT, "no answer within the limit");
		if (!PQconsumeInput(pg->conn))
			return failed(pg, SOURCE_REFUSED, "the connection was lost");
	}
	*res = PQgetResult(pg->conn);
	return SOURCE_FINE;
}

static enum source_failure
check_result(struct source_pg *pg, const PGresult *res)
{
	const char *sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (PQresultStatus(res) == PGRES_TUPLES_OK || PQresultStatus(res) == PGRES_COMMAND_OK)
		return SOURCE_FINE;
	if (sqlstate == NULL)
		return failed(pg, SOURCE_REFUSED, "the connection was lost");
	return failed(pg, failure_of_sqlstate(sqlstate), sqlstate);
}

/* Reads every result of what was sent and keeps the last. */
static enum source_failure
last_result(struct source_pg *pg, PGresult **res)
{
	enum source_failure f, worst = SOURCE_FINE;
	PGresult *next = NULL;

	*res = NULL;
	for (;;) {
		f = next_result(pg, &next);
		if (f != SOURCE_FINE || next == NULL)
			break;
		PQclear(*res);
		*res = next;
		if (worst == SOURCE_FINE)
			worst = check_result(pg, next);
	}
	if (f == SOURCE_FINE)
		f = worst;
	if (f != SOURCE_FINE) {
		PQclear(*res);
		*res = NULL;
	}
	return f;
}

/*
 * A database without an encoding holds any bytes, and would refuse to send as UTF-8 what is none:
 * such bytes are taken as they are.
 */
static const char *
client_encoding(const struct source_pg *pg)
{
	const char *encoding = PQparameterStatus(pg->conn, "server_encoding");

	return encoding != NULL && strcmp(encoding, "SQL_ASCII") == 0 ? "SQL_ASCII" : "UTF8";
}

/*
 * SET LOCAL instead of connection options, which pgbouncer refuses. 50 ms less than what is left:
 * the server is to give up before we do.
 */
static enum source_failure
begin(struct source_pg *pg, struct arena *a)
{
	int left_ms = remaining_ms(pg);
	const char *sql = arena_printf(a,
	    "BEGIN READ ONLY; SET LOCAL client_encoding = '%s'; SET LOCAL statement_timeout = %d",
	    client_encoding(pg), left_ms > 100 ? left_ms - 50 : 50);
	enum source_failure f;
	PGresult *res;

	if (!PQsendQuery(pg->conn, sql))
		return failed(pg, SOURCE_REFUSED, "the connection was lost");
	f = last_result(pg, &res);
	PQclear(res);
	return f;
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/* Within the deadline, too. */
static enum source_failure
resolve(struct source_pg *pg, struct arena *a, const char **conninfo)
{
	switch (db_host_resolve(conninfo, a, pg->until_us)) {
	case ERR_OK:
		return SOURCE_FINE;
	case ERR_TIMEOUT:
		return failed(pg, SOURCE_TIMEOUT, "its host's name was not found within the limit");
	default:
		return failed(pg, SOURCE_DNS, "there is no host of that name");
	}
}

enum source_failure
source_pg_open(struct source_pg *pg, struct arena *a, const char *url, int64_t until_us)
{
	const char *conninfo = db_url_conninfo(a, url, 0);
	enum source_failure f;

	*pg = (struct source_pg){ .until_us = until_us };
	if (conninfo == NULL)
		return failed(pg, SOURCE_NOT_CONFIGURED, "the URL is not one that libpq can read");
	f = resolve(pg, a, &conninfo);
	if (f != SOURCE_FINE)
		return f;
	pg->conn = PQconnectStart(conninfo);
	if (pg->conn == NULL || PQstatus(pg->conn) == CONNECTION_BAD)
		return connection_failed(pg);
	PQsetErrorVerbosity(pg->conn, PQERRORS_SQLSTATE);
	PQsetNoticeReceiver(pg->conn, ignore_notice, NULL);
	f = finish_connecting(pg);
	return f == SOURCE_FINE ? begin(pg, a) : f;
}

enum source_failure
source_pg_run(struct source_pg *pg, const struct db_query *q, PGresult **res)
{
	if (!PQsendQueryParams(
		pg->conn, q->sql, q->n, NULL, q->values, q->lengths, q->formats, 0)) {
		*res = NULL;
		return failed(pg, SOURCE_REFUSED, "the connection was lost");
	}
	return last_result(pg, res);
}

void
source_pg_close(struct source_pg *pg)
{
	PQfinish(pg->conn);
	strbuf_free(&pg->cause);
	*pg = (struct source_pg){ 0 };
}
