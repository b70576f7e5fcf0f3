/* What the nightly comparison with Stripe found different, before it was repaired. */
#ifndef BILLING_DIFFERENCE_STORE_H
#define BILLING_DIFFERENCE_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

struct difference {
	int64_t id, found_at;	      /* Unix seconds */
	const char *object_id, *what; /* "status", "mrr", … */
	const char *ours, *theirs;    /* NULL: we had none; Stripe has none */
	bool is_repaired;
};

/* A page of n, the latest first, those before the one with id `before` (0: from the latest on). */
void difference_store_page(struct db_query *, int64_t before, int64_t n);
enum err difference_store_rows(const PGresult *, struct arena *, struct difference **, size_t *n);

#endif
