/* The tables activity_days and activity_cursors. */
#ifndef ACTIVITY_ACTIVITY_STORE_H
#define ACTIVITY_ACTIVITY_STORE_H

#include <libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

#include "activity/activity.h"
#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"

/*
 * One entry of a WITH list, named `cte`: the bit for today of each row of `from`, which has a
 * column id, the account's. `bit` is a digit of enum activity_bit. Returns rows, whose number says
 * nothing.
 */
#define RECORD_ACTIVITY(cte, bit, from)                                                            \
	cte " AS (INSERT INTO activity_days AS a (day, user_id, sources)"                          \
	    " SELECT (now() AT TIME ZONE 'UTC')::date, id, " bit " FROM " from                     \
	    " ON CONFLICT (day, user_id) DO UPDATE SET sources = a.sources | " bit                 \
	    " WHERE a.sources & " bit " = 0 RETURNING 1)"

/*
 * When the account was last here: now. `from` may hold accounts that this statement makes. It asks
 * for the rows of `after`, its entry of RECORD_ACTIVITY, as entries run in no order of their own
 * and rows are locked as in LOCK_SEEN.
 */
#define RECORD_SEEN(cte, after, from)                                                              \
	cte " AS (INSERT INTO account_seen (user_id, signed_up, seen_at)"                          \
	    " SELECT id, (now() AT TIME ZONE 'UTC')::date, now() FROM " from                       \
	    " WHERE (SELECT count(*) FROM " after ") >= 0"                                         \
	    " ON CONFLICT (user_id) DO UPDATE SET seen_at = excluded.seen_at)"

/*
 * Entries that come after one named `after`, which writes days and returns rows: rows of
 * account_seen are locked behind those of activity_days and in one order, so that no two wait for
 * each other. "locked" has the accounts (user_id) of `of`, an SQL set, that `condition` is true of;
 * account_seen is "s" in it.
 */
#define LOCK_SEEN(after, of, condition)                                                            \
	"locked AS (SELECT s.user_id FROM account_seen s WHERE s.user_id IN (" of                  \
	") AND (SELECT count(*) FROM " after ") >= 0 AND " condition                               \
	" ORDER BY s.user_id FOR NO KEY UPDATE)"
/* The later one of when `column` of account_seen says and `at`; never what a clock that was wrong
 * has left in the future. */
#define LATER_SEEN(column, at)                                                                     \
	column " = CASE WHEN s." column " > now() THEN " at " ELSE greatest(s." column ", " at     \
	       ") END"

/*
 * The bit for a day (Unix seconds of its midnight) of accounts by their subs; strangers are passed
 * over, as are days so long ago that there is no room for them. Who has the bit newly was last here
 * now, or when the day ended.
 */
void activity_store_subs(
    struct db_query *, int64_t day, enum activity_bit, const char *const *subs, size_t n);
/*
 * Who has these accounts in the shared soju was connected, each at that time (Unix seconds); what
 * is up to an hour ahead of the database's clock was now, and what is more is passed over.
 */
void activity_store_soju(
    struct db_query *, const char *const *usernames, const int64_t *at, size_t n);

/* A bouncer with a soju of its own, and the name of its user there. */
struct activity_own_soju {
	const char *name, *username;
};
struct activity_soju_list {
	struct activity_own_soju *v;
	size_t n;
};
/* Those whose clients nobody counts: made by hand, or their soju tells no counters. */
void activity_store_uncounted(struct db_query *);
enum err activity_store_uncounted_read(
    struct activity_soju_list *, struct arena *, const PGresult *);
/* As activity_store_soju(), by the names of bouncers. */
void activity_store_own_soju(
    struct db_query *, const char *const *names, const int64_t *at, size_t n);

/*
 * From which day on (its midnight) a source has still to be asked; yesterday where it never was,
 * and not before the days that there is room for. One number.
 */
void activity_store_cursor(struct db_query *, const char *source);
void activity_store_move_cursor(struct db_query *, const char *source, int64_t day);

/* Answers one number: the partitions made for the next `months_ahead` months. */
void activity_store_make_partitions(struct db_query *, int64_t months_ahead);

#endif
