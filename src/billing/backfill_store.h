/* What `portal backfill` keeps: how far it came, and, while it runs, which payments have invoices.
 */
#ifndef BILLING_BACKFILL_STORE_H
#define BILLING_BACKFILL_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/* Only one at a time, as long as the connection lives. */
void backfill_store_lock(struct db_query *);
enum err backfill_store_lock_read(const PGresult *, bool *is_taken);

/* Where a list was read to: all that was created from `from` until `at`, and of the window that
 * begins there the objects down to `after` ("": none yet). */
struct backfill_place {
	int64_t from, at; /* Unix seconds */
	char after[256];
};

/* `name` is the cursor's: "backfill:test:invoices". */
void backfill_store_place(struct db_query *, const char *name);
/* ERR_NOT_FOUND: there is none, or none that can be read. */
enum err backfill_store_place_read(const PGresult *, struct arena *, struct backfill_place *);
void backfill_store_move(struct db_query *, const char *name, const struct backfill_place *);
/* Forgets all whose names begin with `names`. */
void backfill_store_forget(struct db_query *, const char *names);

/*
 * Payment intents that are known to pay invoices, in a table of this connection only: there may be
 * any number of them, and asking Stripe about each would take hours. Lists are arrays of JSON.
 */
void backfill_store_make_intents(struct db_query *);
void backfill_store_keep_intents(struct db_query *, const char *ids);
/* Those of the list that neither pay an invoice nor are here as succeeded. */
void backfill_store_new_intents(struct db_query *, const char *ids);
enum err backfill_store_ids(const PGresult *, struct arena *, const char ***ids, size_t *n);

#endif
