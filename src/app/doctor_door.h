/*
 * The portal's ways to soju: the door that takes its commands, and soju's own counters. What asks
 * is doctor_door(); the rest judges, and is pure.
 */
#ifndef APP_DOCTOR_DOOR_H
#define APP_DOCTOR_DOOR_H

#include <stdbool.h>

#include "app/doctor_report.h"
#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"
#include "db/db_sync.h"

/* One visit to a soju. */
struct doctor_visit {
	enum err err;		 /* of the visit; ERR_OK: it let us in and answered */
	const char *why;	 /* what was in the way; NULL: nothing */
	const char *refusal;	 /* what soju said to a command of admins; NULL: it obeyed */
	bool knows_max_networks; /* and channels to join: soju 0.9 */
};

void doctor_door_visit(struct doctor_report *, const struct doctor_visit *);
void doctor_door_metrics(struct doctor_report *, const struct call_reply *);

/*
 * Visits what BOUNCER_PROVISIONER makes bouncers with, by the oldest bouncer there is where each
 * has a soju of its own, and says what is not set up. `accounts` is the accounts database, NULL:
 * there is no connection.
 */
void doctor_door(struct doctor_report *, struct arena *, struct db_sync *accounts);

#endif
