/*
 * Pictures in the database. Each change is one statement, together with what it means for the
 * account's room (table usage). The order that loses nothing: pics_store_reserve(), then the bytes
 * are put, then pics_store_publish(); to delete, pics_store_remove(), and a job deletes the bytes
 * and calls pics_store_forget().
 */
#ifndef PICS_PICS_STORE_H
#define PICS_PICS_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "db/db_query.h"
#include "pics/pics.h"

/* ---- Coming ---- */

/*
 * Adds the picture as pending and reserves its room, if the quota still has that. One row: its id,
 * 0 if there is no room.
 */
void pics_store_reserve(struct db_query *, const struct picture *, enum pics_source, int64_t quota);

/*
 * All its bytes are put: it is there for all to see, and counts in the figures of the day. One row:
 * its created_at, or 0 if the account was erased meanwhile.
 */
void pics_store_publish(
    struct db_query *, const struct picture *, int64_t sent_bytes, int64_t process_us);
/* It will never be all there: the room is free again, and the job deletes what was put. */
void pics_store_abandon(struct db_query *, int64_t id);

/* ---- Being there ---- */

/*
 * The picture, for its owner (`user_id`) or anybody, who does not see private ones. No row:
 * ERR_NOT_FOUND. Kept for a moment; pics_store_drop() ends that.
 */
void pics_store_find(struct db_query *, const char *public_id, const int64_t *owner);
enum err pics_store_find_read(struct picture *, struct arena *, const PGresult *);

enum pics_sort {
	PICS_NEWEST,
	PICS_OLDEST,
	PICS_LARGEST,
	PICS_MOST_SEEN,
	PICS_BY_TITLE,
	PICS_SORT__MAX
};
extern const char *const pics_sort_words[PICS_SORT__MAX];
struct pics_search {
	int64_t user_id;
	const char *text; /* in title or alt text; "" for all */
	enum pics_sort sort;
	int64_t offset;
	int limit;
};
/* A page of an account's pictures. The total counts at most PICS_SEARCH_MAX when searching. */
#define PICS_SEARCH_MAX 10000
void pics_store_list(struct db_query *, const struct pics_search *);
enum err pics_store_list_read(struct picture_list *, struct arena *, const PGresult *);

/* New words and visibility of the owner's picture. One row: 1, or 0 if there is none. */
void pics_store_edit(struct db_query *, int64_t user_id, const char *public_id, const char *title,
    const char *alt, enum visibility);

/* ---- Going ---- */

/*
 * The owner's pictures with these ids, separated by commas: gone for readers at once. One row: how
 * many there were.
 */
void pics_store_remove(struct db_query *, int64_t user_id, const char *public_ids);
/* Pictures whose bytes are to be deleted: gone ones, and pending ones that nobody finishes. */
struct pics_remains {
	int64_t id;
	const char *public_id;
};
struct pics_remains_list {
	struct pics_remains *v;
	size_t n;
};
/* Makes pending ones older than `pending_s` gone, and finds at most `limit` that are. */
void pics_store_give_up(struct db_query *, int pending_s);
void pics_store_remains(struct db_query *, int limit);
enum err pics_store_remains_read(struct pics_remains_list *, struct arena *, const PGresult *);
/* Its bytes are deleted: the last trace goes. */
void pics_store_forget(struct db_query *, int64_t id);
/* Its bytes cannot be deleted: the next attempt is so many seconds later. */
void pics_store_postpone(struct db_query *, int64_t id, int seconds);

#endif
