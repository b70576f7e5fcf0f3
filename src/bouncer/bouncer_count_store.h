/* How many networks an account's bouncers have, for pages that show or want no more than that. */
#ifndef BOUNCER_BOUNCER_COUNT_STORE_H
#define BOUNCER_BOUNCER_COUNT_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

struct bouncer_count {
	int64_t bouncer_id;
	int64_t networks, connected, disabled;
	int64_t told_at; /* when soju told the oldest of it */
};
struct bouncer_counts {
	struct bouncer_count *v;
	size_t n;
};

/* Of those with at least one network that is known of. */
void bouncer_count_store_list(struct db_query *, int64_t user_id);
enum err bouncer_count_store_list_read(struct bouncer_counts *, struct arena *, const PGresult *);
/* That of one bouncer; NULL: no network of it is known. */
const struct bouncer_count *bouncer_counts_of(const struct bouncer_counts *, int64_t bouncer_id);

#endif
