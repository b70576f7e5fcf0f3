/*
 * One thing that a page asks of a bouncer's soju: opens the door that the bouncer's provisioner
 * tells, does it, asks how the networks are now and keeps that. Blocks; for tasks only.
 */
#ifndef BOUNCER_BOUNCER_TASK_H
#define BOUNCER_BOUNCER_TASK_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "bouncer/bouncer.h"
#include "bouncer/network.h"

/* All that is done through the door together; a page waits a little longer. */
#define BOUNCER_TASK_LIMIT_MS 10000

enum bouncer_op {
	BOUNCER_OP_PASSWORD,
	BOUNCER_OP_ADD_NETWORK, /* with its channels */
	BOUNCER_OP_CHANGE_NETWORK,
	BOUNCER_OP_ENABLE_NETWORK,
	BOUNCER_OP_DISABLE_NETWORK,
	BOUNCER_OP_DROP_NETWORK,
	BOUNCER_OP_LOOK, /* only how the networks are */
	BOUNCER_OP__MAX
};

enum bouncer_outcome {
	BOUNCER_DONE,
	BOUNCER_AWAY,	 /* nobody opened: nothing was changed */
	BOUNCER_BUSY,	 /* too much was asked at once: it never began */
	BOUNCER_UNSURE,	 /* the answer did not come: it may have been done */
	BOUNCER_GONE,	 /* soju has no such network, or no such user */
	BOUNCER_TAKEN,	 /* a network of this name is there already */
	BOUNCER_LIMIT,	 /* as many networks as the plan has are there */
	BOUNCER_REFUSED, /* for another reason; `why` has soju's words */
	BOUNCER_TOO_OLD, /* the soju does not know how */
	BOUNCER_BY_HAND, /* no provisioner made it, so there is no door */
	BOUNCER_OUTCOME__MAX
};

/* All that is in it lives in its arena. */
struct bouncer_order {
	struct arena arena;
	enum bouncer_op op;
	struct bouncer bouncer;
	const char *network; /* its name until now; NULL for those of a password and of a new one */
	struct network_form form; /* as it was checked */
	const char *password;
	/* What came of it. */
	enum bouncer_outcome outcome;
	const char *why; /* what soju said, in its words; NULL: nothing */
};

/* On the heap, with copies of everything. The rest of what is asked is set by whoever asks. */
struct bouncer_order *bouncer_order_new(enum bouncer_op, const struct bouncer *);
void bouncer_order_network(struct bouncer_order *, const char *name, const struct network_form *);
void bouncer_order_password(struct bouncer_order *, const char *);
void bouncer_order_free(struct bouncer_order *); /* NULL is fine; forgets the secrets in it first */

void bouncer_order_run(struct bouncer_order *);

/* What an answer of soju_ops.h means for whoever waits. */
enum bouncer_outcome bouncer_outcome_of(enum err);
/* The error that it is for a page; ERR_OK for BOUNCER_DONE. */
enum err bouncer_outcome_err(enum bouncer_outcome);
/* The same as a sentence or two for people; `why` may be NULL. NULL for BOUNCER_DONE. */
const char *bouncer_outcome_words(
    struct arena *, enum bouncer_op, enum bouncer_outcome, const char *why);

#endif
