/* What the pages of txt and pics show alike: who can see a thing, and how much room there is. */
#ifndef CONTENT_CONTENT_PARTS_H
#define CONTENT_CONTENT_PARTS_H

#include <stdint.h>

#include "base/arena.h"
#include "content/content.h"
#include "web/part_view.h"

void content_visibility_badge(struct badge_view *, enum visibility);
/* The field of a form; `chosen` as typed, NULL or "": the usual. */
void content_visibility_field(struct field_view *, const char *chosen, struct arena *);
/* "12.3 MB of 500 MB", as a bar; a quota that is exceeded is full. */
void content_room_init(
    struct progress_view *, const char *label, int64_t used, int64_t quota, struct arena *);

#endif
