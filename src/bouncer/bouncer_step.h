/*
 * What is to be done next for a bouncer, when it is tried again, and how long somebody waits before
 * it counts as failed. Pure.
 */
#ifndef BOUNCER_BOUNCER_STEP_H
#define BOUNCER_BOUNCER_STEP_H

#include <stdbool.h>
#include <stdint.h>

#include "bouncer/bouncer.h"
#include "bouncer/provisioner.h"

enum bouncer_step {
	BOUNCER_STEP_NONE,
	BOUNCER_STEP_DATABASE, /* requested → database */
	BOUNCER_STEP_APPLY,    /* database → applied; again if something else is wanted before it
				* is ready */
	BOUNCER_STEP_CHECK,    /* applied → ready */
	BOUNCER_STEP_NOTICE,   /* tells those who are connected */
	BOUNCER_STEP_CHANGE,   /* makes it so again, as something else is wanted */
	BOUNCER_STEP_EXPIRE,   /* deleting → removing */
	BOUNCER_STEP_REMOVE,   /* removing → gone */
	BOUNCER_STEP__MAX
};
extern const char *const bouncer_step_words[BOUNCER_STEP__MAX]; /* for logs */

enum bouncer_step bouncer_step_next(const struct bouncer *, bool has_notice, int64_t now);

/*
 * Seconds until the next attempt, after `before` with the same outcome. WAIT is asked often at
 * first. A failure waits twice as long each time, up to BOUNCER_RETRY_MOST_S, more or less a
 * quarter, as `chance` (any number) has it, so that all do not come back at once; what is refused
 * for ever, but has to be done all the same, waits longest from the first time.
 */
#define BOUNCER_RETRY_MOST_S 300
int64_t bouncer_step_wait_s(enum provision, int64_t before, uint32_t chance);

/* Whether a bouncer that is being made is given up, after so many seconds in its state. */
bool bouncer_step_is_hopeless(const struct bouncer *, enum provision, int64_t now);

/* A sentence for whoever waits, where the provisioner has none. */
const char *bouncer_step_failure(enum bouncer_step, enum provision);

#endif
