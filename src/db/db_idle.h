/* Whether an idle connection still lives. */
#ifndef DB_DB_IDLE_H
#define DB_DB_IDLE_H

#include <libpq-fe.h>
#include <stdbool.h>

/* True if it is broken or the server has hung up; takes in what it said before. Does not wait. */
bool db_idle_is_dead(PGconn *);

#endif
