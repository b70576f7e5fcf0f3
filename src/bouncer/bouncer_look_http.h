/*
 * Looks again how the networks of a bouncer are, beside a page that shows what was known: the
 * samples of each minute would leave a network that has just connected "not connected" for long.
 */
#ifndef BOUNCER_BOUNCER_LOOK_HTTP_H
#define BOUNCER_BOUNCER_LOOK_HTTP_H

#include "bouncer/bouncer_store.h"

/*
 * Begins if what the page knows is old enough, and nothing of this worker looked a moment ago; the
 * page does not wait, and the next one reads what was found. In the event loop only.
 */
void bouncer_look(const struct bouncer_page_facts *);

#endif
