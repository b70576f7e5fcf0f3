/* The memory of src/track: track.c fills it, track_batch.c reads it. */
#ifndef TRACK_TRACK_SHARED_H
#define TRACK_TRACK_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "track/track.h"

#define TRACK_DAYS 4
#define TRACK_CLASSES 6 /* 1 to 5 */
#define TRACK_REQUEST_ROWS 384
#define TRACK_ERROR_ROWS 256

/*
 * A row is claimed by moving it from free to claimed; then its key is written, and never changes
 * while the page is that of its day. Rows of a key are looked for from the place that its hash
 * names up to the first that is free. Two processes may claim one each for the same key only if
 * somebody died in between, or nearly: track_batch.c adds up what is equal.
 */
enum { TRACK_FREE, TRACK_CLAIMED, TRACK_READY };

struct track_key {
	uint32_t hash;
	int number; /* class of requests, status of errors */
	char route[TRACK_ROUTE_MAX + 1];
	char cause[TRACK_CAUSE_MAX + 1]; /* of errors; else "" */
};

/*
 * Of each count there are three: what has been counted, what of it the batch on its way tells, and
 * what has arrived. The last two belong to the one process that hands over.
 */
enum { TRACK_SUM_US = TRACK_BUCKETS, TRACK_CELLS };

struct track_request_row {
	atomic_int state;
	struct track_key key;
	atomic_uint_fast64_t counted[TRACK_CELLS]; /* the buckets, and the time */
	uint64_t told[TRACK_CELLS], arrived[TRACK_CELLS];
};

struct track_error_row {
	atomic_int state;
	struct track_key key;
	atomic_uint_fast64_t counted;
	uint64_t told, arrived;
	atomic_int_fast64_t first_at, last_at; /* Unix seconds; 0: not yet */
	atomic_flag is_busy;		       /* somebody writes or reads the id */
	char id[TRACK_REQUEST_ID_MAX + 1];
};

/* Behind the rows that a hash leads to are those of "other", one for each class. */
struct track_page {
	atomic_int_fast64_t day; /* days since 1970; 0: free */
	struct track_request_row requests[TRACK_REQUEST_ROWS + TRACK_CLASSES];
	struct track_error_row errors[TRACK_ERROR_ROWS + 1];
};

struct track_shared {
	char sender[37]; /* a UUID */
	int64_t number;	 /* of the last batch that was made */
	bool is_on_way;	 /* it has not arrived yet, as far as we know */
	struct track_page pages[TRACK_DAYS];
};

extern struct track_shared *track_shared; /* NULL before track_init() */

/* The day of a moment, at least 1. */
int64_t track_day(int64_t at);

#endif
