/* When periodic work is due. Pure: time comes in as Unix seconds, days are days in UTC. */
#ifndef JOBS_SCHEDULE_H
#define JOBS_SCHEDULE_H

#include <stdint.h>

enum schedule_kind {
	SCHEDULE_EVERY, /* `seconds` after the last run */
	SCHEDULE_DAILY	/* each day at hour:minute */
};

struct schedule {
	enum schedule_kind kind;
	int64_t seconds;
	int hour, minute;
};

/*
 * When the next run is, or was, due. `last_run` is when the last one began, 0 for never. A moment
 * that is not after `now` means: run now. However many runs were missed, one makes up for all of
 * them; a job that never ran is due at once. A last run in the future (the clock was put back)
 * counts as one at `now`.
 */
int64_t schedule_next(const struct schedule *, int64_t last_run, int64_t now);
/* Seconds from one run to the next. */
int64_t schedule_period(const struct schedule *);

#endif
