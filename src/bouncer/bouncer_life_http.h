/* What its owner does with a bouncer as a whole: restart, delete, undo that, try again. */
#ifndef BOUNCER_BOUNCER_LIFE_HTTP_H
#define BOUNCER_BOUNCER_LIFE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncer_restart(struct http_request *);   /* GET asks, POST does */
int bouncer_destroy(struct http_request *);   /* likewise; the name is typed */
int bouncer_undestroy(struct http_request *); /* POST */
int bouncer_retry(struct http_request *);     /* POST */

#endif
