#include "db/db_prepared.h"

#include <inttypes.h>
#include <libpq-events.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xmalloc.h"

#define STATEMENTS_MAX 64 /* a bit of a connection's set each */

/* All that this process has met, in the order of their first use. */
static struct {
	const char *sql;
	char name[20];
} statements[STATEMENTS_MAX];
static unsigned nstatements;
static bool is_off;

/* FNV-1a of 64 bits. Source: draft-eastlake-fnv. */
static void
name_statement(char name[20], const char *sql)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *sql != '\0'; sql++)
		hash = (hash ^ (unsigned char)*sql) * UINT64_C(0x100000001b3);
	snprintf(name, 20, "s%016" PRIx64, hash);
}

/* STATEMENTS_MAX: not to be prepared. */
static unsigned
number_of(const char *sql)
{
	unsigned i;

	for (i = 0; i < nstatements; i++)
		if (statements[i].sql == sql)
			return i;
	if (nstatements == STATEMENTS_MAX)
		return STATEMENTS_MAX;
	statements[nstatements].sql = sql;
	name_statement(statements[nstatements].name, sql);
	return nstatements++;
}

static int
watch(PGEventId id, void *info, void *arg)
{
	(void)arg;
	if (id == PGEVT_CONNDESTROY)
		free(PQinstanceData(((PGEventConnDestroy *)info)->conn, watch));
	return 1;
}

/* The set of statements that the connection knows; NULL if libpq has no room for it. */
static uint64_t *
known_of(PGconn *conn)
{
	uint64_t *known = PQinstanceData(conn, watch);

	if (known != NULL || !PQregisterEventProc(conn, watch, "db_prepared", NULL))
		return known;
	known = xcalloc(1, sizeof(*known));
	PQsetInstanceData(conn, watch, known);
	return known;
}

enum db_prepared
db_prepared_send(PGconn *conn, const struct db_query *q)
{
	unsigned n = is_off ? STATEMENTS_MAX : number_of(q->sql);
	uint64_t *known = n < STATEMENTS_MAX ? known_of(conn) : NULL;
	const char *name;

	if (known == NULL)
		return DB_PREPARED_NOT;
	name = statements[n].name;
	if (!(*known & (UINT64_C(1) << n)))
		return PQsendPrepare(conn, name, q->sql, q->n, NULL) ? DB_PREPARED_FIRST
								     : DB_PREPARED_FAILED;
	return PQsendQueryPrepared(conn, name, q->n, q->values, q->lengths, q->formats, 0)
		   ? DB_PREPARED_SENT
		   : DB_PREPARED_FAILED;
}

enum db_prepared
db_prepared_proceed(PGconn *conn, const struct db_query *q)
{
	PGresult *res;

	/* The server sends the end of the answer together with its beginning: this does not wait.
	 */
	while ((res = PQgetResult(conn)) != NULL)
		PQclear(res);
	db_prepared_note(conn, q->sql);
	return db_prepared_send(conn, q);
}

void
db_prepared_note(PGconn *conn, const char *sql)
{
	*known_of(conn) |= UINT64_C(1) << number_of(sql);
}

bool
db_prepared_is_lost(const PGresult *res)
{
	const char *state = res != NULL ? PQresultErrorField(res, PG_DIAG_SQLSTATE) : NULL;

	if (state == NULL)
		return false;
	if (strcmp(state, "26000") != 0 && strcmp(state, "42P05") != 0)
		return strcmp(state, "0A000") == 0;
	if (!is_off)
		log_info("db", "statements are not prepared any more: there is a pooler between");
	is_off = true;
	return true;
}
