/* What something was like over a span of days, as a strip: inline SVG that fills its width. */
#ifndef BOUNCER_SPAN_STRIP_H
#define BOUNCER_SPAN_STRIP_H

#include <stdint.h>

#include "base/arena.h"
#include "bouncer/outage.h"

/* So many columns at most, however many spans there are. */
#define SPAN_STRIP_COLUMNS 360

/*
 * Ready markup for a HTML field, in the arena. What was down for a minute is seen as well as what
 * was down for a day: a column is down if any of it was, else up if any of it was, else switched
 * off, else not known, which is left blank. `label`, for who does not see it, is escaped here. From
 * `from` to `until`, which comes later; time that no span covers is not known.
 */
const char *span_strip(
    struct arena *, const struct span_list *, int64_t from, int64_t until, const char *label);

/* "27 November 2026: offline 02:10–02:25, 15 minutes"; one that goes on at `now` says so. */
const char *span_words(struct arena *, const struct span *, int64_t now);

#endif
