/*
 * Statements prepared once on each connection, because planning them takes longer than running
 * them. A statement is known by the address of its SQL, which is always a literal; on the server
 * its name is a hash of the text, so that behind a pooler that shares connections one name never
 * means two statements. What a connection knows lives and dies with it.
 *
 * Behind a pooler that hands statements to other connections (pgbouncer in transaction mode before
 * 1.21) preparing cannot work: the first sign of it ends preparing in this process.
 */
#ifndef DB_DB_PREPARED_H
#define DB_DB_PREPARED_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "db/db_query.h"

enum db_prepared {
	DB_PREPARED_NOT,    /* nothing was sent: send it unprepared */
	DB_PREPARED_FIRST,  /* its preparation was sent: db_prepared_proceed() after the answer */
	DB_PREPARED_SENT,   /* it was sent */
	DB_PREPARED_FAILED, /* the connection is broken */
};

/* Sends the statement without waiting, or first its preparation. */
enum db_prepared db_prepared_send(PGconn *, const struct db_query *);
/* The preparation was answered without an error: takes in the rest of the answer, then sends. */
enum db_prepared db_prepared_proceed(PGconn *, const struct db_query *);
/* The preparation of the statement with this text was answered without an error. */
void db_prepared_note(PGconn *, const char *sql);
/*
 * True if the statement was not run because its preparation is out of date: a pooler is between
 * (26000, 42P05), or a migration changed what it returns (0A000). Throw the connection away and
 * send the statement once more, unprepared.
 */
bool db_prepared_is_lost(const PGresult *);

#endif
