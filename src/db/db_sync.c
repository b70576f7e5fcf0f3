#include "db/db_sync.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/settings.h"
#include "base/xmalloc.h"
#include "db/db_count.h"
#include "db/db_error.h"
#include "db/db_host.h"
#include "db/db_idle.h"
#include "db/db_row.h"
#include "db/db_url.h"

#define LOOKUP_MS 2000
#define MARGIN_MS 1000 /* the server is to end a statement before we give up on the server */

struct db_sync {
	PGconn *conn;
	struct strbuf error;
	int timeout_ms;	 /* of each statement; 0: none */
	bool is_lost;	 /* an answer is still outstanding, and nobody waits for it */
	bool is_within;	 /* a transaction: nothing may go on over another connection */
	bool is_foreign; /* not our database: others count what it is asked */
};

/* libpq ends its sentences with a line feed. */
static void
set_error(struct strbuf *error, const char *message)
{
	size_t len = strlen(message);

	while (len > 0 && message[len - 1] == '\n')
		len--;
	strbuf_clear(error);
	strbuf_add(error, message, len);
}

/* libpq looks names up without any limit, so that is done here. */
static void
connect_to(struct db_sync *db, const char *url)
{
	struct arena arena = { 0 };
	const char *conninfo = db_url_conninfo(&arena, url, db->timeout_ms);
	enum err e = ERR_INVALID;

	if (conninfo != NULL)
		e = db_host_resolve(
		    &conninfo, &arena, clock_monotonic_us() + LOOKUP_MS * INT64_C(1000));
	if (e == ERR_OK)
		db->conn = PQconnectdb(conninfo);
	else if (e == ERR_TIMEOUT)
		set_error(&db->error, "its host's name was not found within the limit");
	else if (e == ERR_UNAVAILABLE)
		set_error(&db->error, "there is no host of that name");
	else
		set_error(&db->error, "the URL is not one that libpq can read");
	arena_free(&arena);
}

static struct db_sync *
open_any(const char *url, int timeout_ms, bool is_foreign, struct strbuf *error)
{
	struct db_sync *db = xcalloc(1, sizeof(*db));
	const int64_t begun_us = clock_monotonic_us();

	db->timeout_ms = timeout_ms;
	db->is_foreign = is_foreign;
	connect_to(db, url);
	if (!is_foreign)
		db_count_wait(DB_COUNT_JOBS, clock_monotonic_us() - begun_us);
	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK) {
		if (!is_foreign)
			db_count_open(db->conn, DB_COUNT_JOBS);
		return db;
	}
	if (!is_foreign) /* the statement that it was for, as one of a page counts, too */
		db_count_end(DB_COUNT_JOBS, ERR_UNAVAILABLE, -1);
	if (db->conn != NULL)
		set_error(&db->error, PQerrorMessage(db->conn));
	if (error != NULL)
		set_error(error, strbuf_text(&db->error));
	db_sync_close(db);
	return NULL;
}

struct db_sync *
db_sync_open(const char *url, int timeout_ms, struct strbuf *error)
{
	return open_any(url, timeout_ms, false, error);
}

struct db_sync *
db_sync_open_foreign(const char *url, int timeout_ms, struct strbuf *error)
{
	return open_any(url, timeout_ms, true, error);
}

void
db_sync_close(struct db_sync *db)
{
	if (db == NULL)
		return;
	PQfinish(db->conn);
	strbuf_free(&db->error);
	free(db);
}

/* Keeps and logs why `res` failed, and tells what that means. */
static enum err
failed(struct db_sync *db, const PGresult *res)
{
	enum err e = db->is_lost ? ERR_TIMEOUT : db_error_of_result(res);

	set_error(
	    &db->error, db->is_lost ? "no answer within the limit" : PQerrorMessage(db->conn));
	log_warn("db", "statement failed: %s", db_error_text(res, strbuf_text(&db->error)));
	return e;
}

/* False: nothing came before the deadline; 0 is none. */
static bool
wait_for_answer(const struct db_sync *db, int64_t until_us)
{
	struct pollfd fd = { .fd = PQsocket(db->conn), .events = POLLIN };
	int64_t ms = until_us == 0 ? -1 : (until_us - clock_monotonic_us()) / 1000;

	if (until_us != 0 && ms < 0)
		ms = 0;
	return poll(&fd, 1, (int)ms) != 0; /* an error is libpq's to find */
}

/* The next result; NULL with is_lost if it is late. */
static PGresult *
next_result(struct db_sync *db, int64_t until_us)
{
	while (PQisBusy(db->conn)) {
		if (!wait_for_answer(db, until_us)) {
			db->is_lost = true;
			return NULL;
		}
		if (!PQconsumeInput(db->conn))
			break;
	}
	return PQgetResult(db->conn);
}

/* PQexecParams() with an end: a server that is frozen, or cut off, ends no statement. */
static PGresult *
send_query(struct db_sync *db, const struct db_query *q)
{
	int64_t until_us = 0;
	PGresult *last = NULL, *next;

	if (!PQsendQueryParams(db->conn, q->sql, q->n, NULL, q->values, q->lengths, q->formats, 0))
		return NULL;
	if (db->timeout_ms > 0)
		until_us = clock_monotonic_us() + (db->timeout_ms + MARGIN_MS) * INT64_C(1000);
	while ((next = next_result(db, until_us)) != NULL) {
		PQclear(last);
		last = next;
	}
	if (db->is_lost) {
		PQclear(last);
		last = NULL;
	}
	return last;
}

/* An idle connection may have died unnoticed; a read is sent once more over a new one. */
static bool
may_repeat(const struct db_sync *db, const struct db_query *q)
{
	return q->is_read && !db->is_within && PQstatus(db->conn) != CONNECTION_OK;
}

static enum err
run(struct db_sync *db, const struct db_query *q, PGresult **res)
{
	PGresult *answer = send_query(db, q);
	enum err e;

	if (may_repeat(db, q)) {
		PQclear(answer);
		PQreset(db->conn);
		answer = send_query(db, q);
	}
	e = db_error_of_result(answer);
	if (e != ERR_OK)
		e = failed(db, answer);
	if (e == ERR_OK && res != NULL)
		*res = answer;
	else
		PQclear(answer);
	return e;
}

enum err
db_sync_run(struct db_sync *db, const struct db_query *q, PGresult **res)
{
	const int64_t begun_us = clock_monotonic_us();
	enum err e;

	if (db->is_foreign)
		return run(db, q, res);
	db_count_busy(DB_COUNT_JOBS, 1);
	e = run(db, q, res);
	db_count_busy(DB_COUNT_JOBS, -1);
	db_count_end(DB_COUNT_JOBS, e, clock_monotonic_us() - begun_us);
	return e;
}

/* Tasks of different kinds take turns with a thread, and bring their own limits. */
static bool
set_limit(struct db_sync *db, int timeout_ms)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	enum err e;

	db_query_write(&q, "SELECT set_config('statement_timeout', $1, false)");
	db_param_int(&q, timeout_ms);
	db->timeout_ms = timeout_ms;
	e = db_sync_run(db, &q, NULL);
	arena_free(&arena);
	return e == ERR_OK;
}

static struct db_sync *
open_for_thread(int timeout_ms)
{
	struct strbuf error = { 0 };
	struct db_sync *db = db_sync_open(settings.database_direct_url, timeout_ms, &error);

	if (db == NULL)
		log_error("db", "no connection for a task: %s", strbuf_text(&error));
	strbuf_free(&error);
	return db;
}

/* An idle connection that died is replaced. */
struct db_sync *
db_sync_thread(int timeout_ms)
{
	static __thread struct db_sync *own;
	bool is_good = own != NULL && !own->is_lost && !db_idle_is_dead(own->conn);

	if (is_good && own->timeout_ms != timeout_ms)
		is_good = set_limit(own, timeout_ms);
	if (!is_good) {
		db_sync_close(own);
		own = open_for_thread(timeout_ms);
	}
	return own;
}

enum err
db_sync_number(struct db_sync *db, const struct db_query *q, int64_t *n)
{
	PGresult *res = NULL;
	enum err e = db_sync_run(db, q, &res);

	*n = 0;
	if (e == ERR_OK)
		e = db_row_only_int(res, n);
	PQclear(res);
	return e;
}

enum err
db_sync_script(struct db_sync *db, const char *sql)
{
	PGresult *res = PQexec(db->conn, sql);
	enum err e = db_error_of_result(res);

	if (e != ERR_OK)
		e = failed(db, res);
	PQclear(res);
	return e;
}

#define TRANSACTION_TRIES 6
#define CONFLICT_WAIT_MS 20 /* at most, doubled with each try */

static enum err
run_word(struct db_sync *db, const char *word)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	enum err e;

	db_query_write(&q, word);
	e = db_sync_run(db, &q, NULL);
	arena_free(&arena);
	return e;
}

/* The server answers a COMMIT of what has failed with "ROLLBACK", and no error. */
static enum err
commit(struct db_sync *db)
{
	if (PQtransactionStatus(db->conn) == PQTRANS_INERROR) {
		run_word(db, "ROLLBACK");
		return ERR_INTERNAL;
	}
	return run_word(db, "COMMIT");
}

static enum err
try_transaction(
    struct db_sync *db, enum err (*steps)(struct db_sync *, void *arg), void *arg, bool is_trial)
{
	enum err e = run_word(db, "BEGIN");

	if (e != ERR_OK)
		return e;
	db->is_within = true;
	e = steps(db, arg);
	if (e == ERR_OK && !is_trial)
		e = commit(db);
	else if (PQstatus(db->conn) == CONNECTION_OK && !db->is_lost)
		run_word(db, "ROLLBACK"); /* else the server does it by itself */
	db->is_within = false;
	return e;
}

/* So that those who met do not meet again. */
static void
wait_a_little(int turn)
{
	uint16_t chance = 0;

	random_bytes(&chance, sizeof(chance));
	poll(NULL, 0, 1 + chance % (CONFLICT_WAIT_MS << turn));
}

enum err
db_sync_transaction(
    struct db_sync *db, enum err (*steps)(struct db_sync *, void *arg), void *arg, bool is_trial)
{
	enum err e = try_transaction(db, steps, arg, is_trial);

	for (int turn = 0; e == ERR_CONFLICT && turn < TRANSACTION_TRIES - 1; turn++) {
		wait_a_little(turn);
		e = try_transaction(db, steps, arg, is_trial);
	}
	return e;
}

const char *
db_sync_error(const struct db_sync *db)
{
	return strbuf_text(&db->error);
}

PGconn *
db_sync_conn(struct db_sync *db)
{
	return db->conn;
}
