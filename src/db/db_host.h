/*
 * Looks up the host names of a connection before libpq does: libpq calls getaddrinfo(), for which
 * no limit holds, and a name server that hangs would hold a thread for half a minute.
 */
#ifndef DB_HOST_H
#define DB_HOST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/* Look-ups that nobody waits for any more still hold a thread each; beyond these none begins. */
#define DB_HOST_LOOKUPS_MAX 16

/*
 * Adds `hostaddr` to *conninfo (in the arena): every address of each name, in the order of the
 * resolver. `host` stays what certificates and .pgpass go by. Sockets, addresses and what has
 * `hostaddr` already are left as they are. ERR_TIMEOUT: no answer until `until_us` of
 * clock_monotonic_us(); ERR_UNAVAILABLE: no such name. Blocks; thread-safe.
 */
enum err db_host_resolve(const char **conninfo, struct arena *, int64_t until_us);

#endif
