/*
 * What becomes of requests, for the admin pages: how many there were of each page and day, how long
 * they took, and which errors they ended in. Counted in memory that all processes share, so that a
 * worker that dies loses nothing, and handed over to the database every minute (track_flush.h).
 *
 * A request counts for the day (UTC) of its answer. There is a page of counts for each day, and
 * room for TRACK_DAYS of them: that of a day that is over is given back once all of it has been
 * handed over. While there is no room, because the database has been away for days, or the clock
 * has jumped, counts go to the latest day there is: none is lost.
 *
 * Errors of a day that are alike (route, cause, status) are one group, however many they are. All
 * texts are words of ours: names of pages and of functions, never a path, a name or what somebody
 * typed. What finds no room counts as "other".
 *
 * Without a lock, for a worker that holds one may die. Before track_init() nothing is counted.
 */
#ifndef TRACK_TRACK_H
#define TRACK_TRACK_H

#include <stdint.h>

#define TRACK_ROUTE_MAX 47
#define TRACK_CAUSE_MAX 79
#define TRACK_BUCKETS 12	/* the last has no bound */
#define TRACK_REQUEST_ID_MAX 31 /* WEB_LOG_ID_SIZE without the NUL */

/* The upper bounds of all buckets but the last, in microseconds, rising. Rows of requests_daily are
 * made by them: they never change. */
extern const int64_t track_bounds_us[TRACK_BUCKETS - 1];

/* An answer that has been given. */
struct track_answer {
	const char *route; /* the name of its page */
	int status;
	int64_t duration_us; /* less than nothing counts as nothing: not known, or a clock */
	int64_t at;	     /* Unix seconds */
	/* Of a status from 400: */
	const char *cause; /* in words of ours */
	const char *id;	   /* of the request */
};

/* Makes the memory, in the parent before the fork. Ends the process when there is none. */
void track_init(void);
/* Counts one, in about 0.1 µs; in any process. */
void track_count(const struct track_answer *);

/*
 * A quantile (0 to 1) of requests in buckets, in microseconds, as if those within a bucket were
 * spread evenly. 0: there are none. Beyond the last bound it is that bound: *is_more then says that
 * it was longer.
 */
int64_t track_quantile_us(const int64_t buckets[TRACK_BUCKETS], double quantile, _Bool *is_more);

#endif
