/*
 * Takes each bouncer to where it is wanted, step by step. Each step is written down when it is
 * done, and may be done again: whoever dies amid one leaves it to the next, when the lease is over.
 * Any number of processes may do this at the same time.
 */
#ifndef BOUNCER_BOUNCER_WORK_H
#define BOUNCER_BOUNCER_WORK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "bouncer/bouncer_work_store.h"
#include "bouncer/provisioner.h"
#include "clients/soju_admin.h"
#include "db/db_sync.h"

/* Whatever reaches beyond the database; tests have their own. */
struct bouncer_hands {
	const struct provisioner *(*provisioner_of)(const char *word);
	/* Adds the network of a wish, and tells how the networks are then (none: not told).
	 * REFUSED: it never will be, as run->failure says. */
	enum provision (*fulfil)(struct provision_run *, const struct provisioner *,
	    const struct bouncer_wish *, struct soju_status_list *);
	/* Tells everybody who is connected to the soju of that bouncer. */
	enum provision (*tell)(
	    struct provision_run *, const struct provisioner *, const char *text);
};
extern const struct bouncer_hands bouncer_hands; /* those of the portal: bouncer_hands.c */

/*
 * Takes one bouncer that is due as far as it goes now. *did: whether there was one. `busy`: words
 * of provisioners that are left out. Errors are the database's; of the rest the row tells.
 */
enum err bouncer_work_one(struct db_sync *, const struct bouncer_hands *, const char *const *busy,
    size_t nbusy, bool *did);

/*
 * Takes all that are due, several at once, each in a thread with a connection of its own to
 * `database_url`; ends when there is nothing to do, or the program stops. One that takes long does
 * not hold up others; a provisioner whose service hangs does not hold up another.
 */
enum err bouncer_work_run(struct db_sync *, const struct bouncer_hands *, const char *database_url);

#endif
