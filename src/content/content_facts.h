/*
 * What is sent in, counted for content_days: by kind, visibility and outcome, of nobody in
 * particular. Like views it is counted in shared memory and written by a job (content_flush.h).
 */
#ifndef CONTENT_CONTENT_FACTS_H
#define CONTENT_CONTENT_FACTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "content/content.h"

#define CONTENT_KINDS_MAX 64

/* In the parent, before the fork. The words of the kinds are kept; they need no quotes in SQL. */
void content_facts_init(const char *const *kinds, size_t nkinds);

struct content_fact {
	size_t kind; /* index of its word */
	enum visibility visibility;
	enum content_outcome outcome;
	int64_t bytes, process_us;
};
/* Any worker, any thread. More process_us of what was counted already: with `add_time`. */
void content_facts_add(const struct content_fact *);
void content_facts_add_time(const struct content_fact *);

enum { FACT_KIND, FACT_VISIBILITY, FACT_OUTCOME, FACT_COUNT, FACT_BYTES, FACT_TIME, FACT__MAX };
/* Takes out what was counted, as arrays for PostgreSQL; returns how many rows. */
size_t content_facts_take(struct strbuf columns[FACT__MAX]);
/* The last ones taken could not be written. */
void content_facts_put_back(void);

#endif
