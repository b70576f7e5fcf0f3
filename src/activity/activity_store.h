/* The tables activity_days and activity_cursors. */
#ifndef ACTIVITY_ACTIVITY_STORE_H
#define ACTIVITY_ACTIVITY_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "activity/activity.h"
#include "base/err.h"
#include "db/db_query.h"

/*
 * One entry of a WITH list, named `cte`: the bit for today of each row of `from`, which has a
 * column id, the account's. `bit` is a digit of enum activity_bit.
 */
#define RECORD_ACTIVITY(cte, bit, from)                                                            \
	cte " AS (INSERT INTO activity_days AS a (day, user_id, sources)"                          \
	    " SELECT (now() AT TIME ZONE 'UTC')::date, id, " bit " FROM " from                     \
	    " ON CONFLICT (day, user_id) DO UPDATE SET sources = a.sources | " bit                 \
	    " WHERE a.sources & " bit " = 0)"

/* The bit for a day (Unix seconds of its midnight) of accounts by their subs; strangers are passed
 * over, as are days so long ago that there is no room for them. */
void activity_store_subs(
    struct db_query *, int64_t day, enum activity_bit, const char *const *subs, size_t n);
/* Who has these accounts in the shared soju was connected, each at that time (Unix seconds). */
void activity_store_soju(
    struct db_query *, const char *const *usernames, const int64_t *at, size_t n);

/*
 * From which day on (its midnight) a source has still to be asked; yesterday where it never was,
 * and not before the days that there is room for. One number.
 */
void activity_store_cursor(struct db_query *, const char *source);
void activity_store_move_cursor(struct db_query *, const char *source, int64_t day);

/* Answers one number: the partitions made for the next `months_ahead` months. */
void activity_store_make_partitions(struct db_query *, int64_t months_ahead);

#endif
