#include "db/db_cache.h"

#include <string.h>

#include "base/keep.h"

#define RESULT_BYTES_MAX 16384

static void
clear(void *res)
{
	PQclear(res);
}

static struct keep_store store = { .free = clear };

/* SQL is a literal: its address is its name. False: too long to be kept, or with NULL. */
static bool
make_key(struct keep_key *k, const struct db_query *q)
{
	*k = (struct keep_key){ .kind = q->sql };
	for (int i = 0; i < q->n; i++) {
		const char *v = q->values[i];

		if (v == NULL ||
		    !keep_key_add(k, v, q->formats[i] != 0 ? (size_t)q->lengths[i] : strlen(v)))
			return false;
	}
	return true;
}

const PGresult *
db_cache_find(const struct db_query *q, int64_t now_us)
{
	struct keep_key k;

	if (q->keep_ms == 0 || !keep_is_on() || !make_key(&k, q))
		return NULL;
	return keep_find(&store, &k, now_us);
}

void
db_cache_keep(const struct db_query *q, PGresult *res, int64_t asked_us)
{
	struct keep_key k;

	if (q->keep_ms > 0 && *q->owner != 0 && PQresultMemorySize(res) <= RESULT_BYTES_MAX &&
	    make_key(&k, q))
		keep_put(&store, &k, res, *q->owner, asked_us, q->keep_ms);
	else
		PQclear(res);
}
