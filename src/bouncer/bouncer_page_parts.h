/* Between the files that make the page of a bouncer. */
#ifndef BOUNCER_BOUNCER_PAGE_PARTS_H
#define BOUNCER_BOUNCER_PAGE_PARTS_H

#include "bouncer/bouncer_page_view.h"

/* The past of a network, or with "" of the bouncer itself; `called` names it for who listens. */
void bouncer_past_init(struct bouncer_past_view *, const struct bouncer_page_facts *,
    const char *network, const char *called, int64_t now, struct arena *);

/* The networks, those that are not connected first, a page of them. */
void bouncer_lines_init(
    struct bouncer_page_view *, const struct bouncer_page_words *, struct arena *);

#endif
