/* bouncer_networks, for pages about the networks of one bouncer; see bouncer_store.h for the rest.
 */
#ifndef BOUNCER_NETWORK_STORE_H
#define BOUNCER_NETWORK_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

struct network_names {
	const char **v;
	size_t n;
};

/* By name; none for a bouncer of another account. */
void network_store_names(struct db_query *, int64_t user_id, const char *bouncer);
enum err network_store_names_read(struct network_names *, struct arena *, const PGresult *);

struct network_known {
	const char *name, *address;
	const char *nick; /* NULL: not told */
	bool is_enabled;
};

/* ERR_NOT_FOUND: it is not known that the bouncer has a network of this name. */
void network_store_find(struct db_query *, int64_t user_id, const char *bouncer, const char *name);
enum err network_store_find_read(struct network_known *, struct arena *, const PGresult *);

#endif
