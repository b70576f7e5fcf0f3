/* What every connection of ours asks of libpq, whichever way it is made. */
#ifndef DB_URL_H
#define DB_URL_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/strbuf.h"

/*
 * `url` (a libpq URI or key=value string) with our limits added: connect_timeout 2 s,
 * gssencmode=disable (a look for Kerberos files costs time and a system call that seccomp kills),
 * tcp_user_timeout and keepalives so that a host that vanished is noticed, application_name, and
 * statement_timeout unless `timeout_ms` is 0. What the URL already says wins. Through pgbouncer,
 * which refuses `options`, statement_timeout must come from ALTER ROLE: pass 0.
 * NULL if libpq cannot read the URL.
 */
char *db_url_conninfo(struct arena *, const char *url, int timeout_ms);

/* Appends key='value' and a blank, with ' and \ escaped, as libpq reads it. */
void db_url_add_pair(struct strbuf *, const char *key, const char *value);
/* The value of one of libpq's options, which end with an empty one; NULL: not given. */
const char *db_url_given(const PQconninfoOption *, const char *key);

#endif
