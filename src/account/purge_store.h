/* Deletes what nobody can use any more: sessions that are over, abandoned attempts to sign in. */
#ifndef ACCOUNT_PURGE_STORE_H
#define ACCOUNT_PURGE_STORE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "base/err.h"
#include "db/db_query.h"

/* One row: sessions deleted, attempts deleted. */
void purge_store_sessions(struct db_query *);
enum err purge_store_sessions_read(const PGresult *, int64_t *sessions, int64_t *attempts);

#endif
