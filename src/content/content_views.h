/*
 * Views, counted without a write for each: workers count in memory that all of them share, made
 * before the fork, and a job writes what has come together every few seconds (content_flush.h).
 *
 * There are two tables. Workers count in one while the other one, which nobody touches any more, is
 * taken; so a view is written 5 to 10 seconds after it happened. A worker that dies loses nothing.
 * When the whole host dies, the views of those seconds are lost.
 */
#ifndef CONTENT_CONTENT_VIEWS_H
#define CONTENT_CONTENT_VIEWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

#define CONTENT_VIEWS_PLACES 8192 /* objects that are counted between two writes */

/* In the parent, before the fork; without it nothing is counted. */
void content_views_init(void);
/* One more view of the object with that number. Any worker. */
void content_views_add(int64_t id);

/*
 * Takes out what was counted before the last call, as two arrays for PostgreSQL: "{7,9}" and
 * "{1,12}"; returns how many objects, 0: both are "{}". One caller at a time; *lost is how many
 * views found no place since the last call.
 */
size_t content_views_take(struct strbuf *ids, struct strbuf *counts, int64_t *lost);
/* The taken ones could not be written: the next call takes them again. */
void content_views_put_back(const struct strbuf *ids, const struct strbuf *counts);

#endif
