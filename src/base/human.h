/*
 * Figures and times in words a person reads. Times are Unix seconds and shown in UTC; the moment
 * "now" is always a parameter. Results live in the arena.
 */
#ifndef BASE_HUMAN_H
#define BASE_HUMAN_H

#include <stdint.h>

#include "base/arena.h"

/* "12,345" */
const char *human_count(struct arena *, int64_t);
/* "1 paste", "2,000 pastes" */
const char *human_plural(struct arena *, int64_t, const char *one, const char *many);
/* Decimal units, one digit after the point below 100: "812 B", "45.7 kB", "235 kB", "1.2 GB". */
const char *human_bytes(struct arena *, int64_t bytes);
#define HUMAN_BYTES_SIZE 32
/* The same in `text`, which is returned. */
const char *human_bytes_text(char text[HUMAN_BYTES_SIZE], int64_t bytes);
/* "just now", "12 seconds ago", "3 minutes ago", "4 days ago", "in 3 minutes" */
const char *human_ago(struct arena *, int64_t at, int64_t now);
/* How long something has lasted: "4 days", "1 minute", "less than a minute" */
const char *human_span(struct arena *, int64_t since, int64_t now);
/* "2026-11-20 10:00 UTC"; outside the years 0 to 9999 "an unknown time". */
const char *human_time(struct arena *, int64_t at);
/* "20 November 2026", the day in UTC; outside the years 0 to 9999 "an unknown day". */
const char *human_day(struct arena *, int64_t at);
/* "2026-11-20T10:00:00Z" for the datetime attribute; "" outside the years 0 to 9999. */
const char *human_time_iso(struct arena *, int64_t at);

#endif
