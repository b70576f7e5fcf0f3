/* How a bouncer stands, in words: for the list, for its own page and for those below it. */
#ifndef BOUNCER_BOUNCER_STATUS_VIEW_H
#define BOUNCER_BOUNCER_STATUS_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "bouncer/bouncer.h"
#include "web/frame_view.h"

/* A bouncer is sampled every minute: what is older than this has its age beside it. */
#define BOUNCER_SAMPLE_OLD_S 180

/* clang-format off */
/* tone: "good", "busy", "bad", "off" or "unknown", a class of the style sheet. */
#define BOUNCER_STATUS(F)                                                                       \
	F(TEXT, word) F(TEXT, tone)                                                             \
	F(PART, since, time) F(TEXT, span)                                                      \
	F(TEXT, sentence)                                                                       \
	F(PART, age, time)	/* only where what is said is old */
VIEW_DECLARE(bouncer_status, BOUNCER_STATUS)
/* clang-format on */

void bouncer_status_view_init(
    struct bouncer_status_view *, const struct bouncer *, int64_t now, struct arena *);

/* "/bouncers/NAME" with what follows it. */
const char *bouncer_href(struct arena *, const char *name, const char *rest);

#endif
