#include "db/db_sync.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/settings.h"
#include "base/xmalloc.h"
#include "db/db_error.h"
#include "db/db_url.h"

/* A job's statement may take longer than a page's, but never for ever. */
#define THREAD_TIMEOUT_MS 60000

struct db_sync {
	PGconn *conn;
	struct strbuf error;
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

struct db_sync *
db_sync_open(const char *url, int timeout_ms, struct strbuf *error)
{
	struct arena arena = { 0 };
	struct db_sync *db = xcalloc(1, sizeof(*db));
	char *conninfo = db_url_conninfo(&arena, url, timeout_ms);

	if (conninfo == NULL)
		set_error(&db->error, "the URL is not one that libpq can read");
	else
		db->conn = PQconnectdb(conninfo);
	arena_free(&arena);
	if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK)
		return db;
	if (db->conn != NULL)
		set_error(&db->error, PQerrorMessage(db->conn));
	if (error != NULL)
		set_error(error, strbuf_text(&db->error));
	db_sync_close(db);
	return NULL;
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

struct db_sync *
db_sync_thread(void)
{
	static __thread struct db_sync *own;
	struct strbuf error = { 0 };

	if (own != NULL && PQstatus(own->conn) != CONNECTION_OK) {
		db_sync_close(own);
		own = NULL;
	}
	if (own == NULL)
		own = db_sync_open(settings.database_direct_url, THREAD_TIMEOUT_MS, &error);
	if (own == NULL)
		log_error("db", "no connection for a task: %s", strbuf_text(&error));
	strbuf_free(&error);
	return own;
}

/* Keeps and logs why `res` failed, and tells what that means. */
static enum err
failed(struct db_sync *db, const PGresult *res)
{
	enum err e = db_error_of_result(res);

	set_error(&db->error, PQerrorMessage(db->conn));
	log_warn("db", "statement failed: %s", db_error_text(res, strbuf_text(&db->error)));
	return e;
}

static PGresult *
send_query(struct db_sync *db, const struct db_query *q)
{
	return PQexecParams(db->conn, q->sql, q->n, NULL, q->values, q->lengths, q->formats, 0);
}

/* An idle connection may have died unnoticed; a read is sent once more over a new one. */
static bool
may_repeat(const struct db_sync *db, const struct db_query *q)
{
	return q->is_read && PQstatus(db->conn) != CONNECTION_OK;
}

enum err
db_sync_run(struct db_sync *db, const struct db_query *q, PGresult **res)
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
db_sync_script(struct db_sync *db, const char *sql)
{
	PGresult *res = PQexec(db->conn, sql);
	enum err e = db_error_of_result(res);

	if (e != ERR_OK)
		e = failed(db, res);
	PQclear(res);
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
