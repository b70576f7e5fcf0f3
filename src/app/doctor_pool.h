/*
 * How a pooler in front of PostgreSQL shares its connections. It does not say so to who is no
 * administrator of it, so two connections of ours try it out: whether they ever meet the same
 * process of the server, whether a transaction may begin, whether a prepared statement is known
 * wherever one lands.
 */
#ifndef APP_DOCTOR_POOL_H
#define APP_DOCTOR_POOL_H

#include <stdbool.h>

enum doctor_pool_mode {
	DOCTOR_POOL_SESSION, /* nobody else gets it while we are connected; also no pooler at all */
	DOCTOR_POOL_TRANSACTION,
	DOCTOR_POOL_STATEMENT
};

struct doctor_pool {
	enum doctor_pool_mode mode;
	bool keeps_prepared; /* prepared statements survive the change of the connection */
};

/* Blocks for some seconds at most. All zero if there is no connection. */
void doctor_pool_try(struct doctor_pool *, const char *url, int timeout_ms);

#endif
