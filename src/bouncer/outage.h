/*
 * What a bouncer or a network was like over time, from the rows of bouncer_days. Pure.
 * A minute without a sample is not known, which is neither up nor down.
 */
#ifndef BOUNCER_OUTAGE_H
#define BOUNCER_OUTAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

enum mark { MARK_UNKNOWN, MARK_UP, MARK_DOWN, MARK_OFF, MARK__MAX };

/* A row of bouncer_days. */
struct bouncer_day {
	int64_t day;	     /* Unix seconds of its midnight in UTC */
	const char *network; /* "": the bouncer itself */
	const int16_t *marks;
	size_t nmarks; /* pairs: minute, enum mark */
	int last_minute;
	int64_t samples, up, off;
};

struct span {
	int64_t from, until; /* Unix seconds; until is the first second after it */
	enum mark mark;
};
struct span_list {
	struct span *v;
	size_t n;
};

/* All spans of the days (of one network, in order), without gaps from the first day's midnight to
 * `now`; neighbours of one mark are one span, over midnight as well. */
void outage_spans(
    struct span_list *, struct arena *, const struct bouncer_day *, size_t n, int64_t now);
/* The spans of MARK_DOWN among them that last at least `least_s`, newest first. */
void outage_list(struct span_list *, struct arena *, const struct span_list *all, int64_t least_s);

/* up / (samples - off), as ten-thousandths; -1: not known. */
int64_t outage_availability(const struct bouncer_day *, size_t n);

#endif
