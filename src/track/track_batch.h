/*
 * What has been counted on its way to the database, exactly once as long as the program lives: a
 * batch has a number, is the same whenever it is asked for until it is known to have arrived, and
 * the database takes each number of a sender once. So a batch whose answer was lost is sent again,
 * by another worker if need be. What is killed with the program, at most what came since the last
 * batch, is lost; it is never counted twice.
 *
 * For one process at a time: worker 1, and at the end the parent.
 */
#ifndef TRACK_TRACK_BATCH_H
#define TRACK_TRACK_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "track/track.h"

#define TRACK_BATCH_ROWS 400 /* some 80 KiB as JSON; what is left goes with the next */

struct track_requests {
	int64_t day; /* since 1970 */
	const char *route;
	int class;
	int64_t sum_us, buckets[TRACK_BUCKETS];
};

struct track_errors {
	int64_t day;
	const char *route, *cause;
	int status; /* 0: of several */
	int64_t errors, first_at, last_at;
	const char *request; /* NULL: not known */
};

struct track_batch {
	const char *sender; /* a UUID */
	int64_t number;
	struct track_requests *requests;
	struct track_errors *errors;
	size_t nrequests, nerrors;
	bool is_all; /* of what there was when it was made; false: ask for the next one at once */
};

/* The batch on its way, or else a new one, in the arena. False: there is nothing to tell. */
bool track_batch_make(struct track_batch *, struct arena *);
/*
 * The one made last has arrived. Days that are over, seen from `now`, and of which all has arrived,
 * make room for others.
 */
void track_batch_arrived(int64_t now);

#endif
