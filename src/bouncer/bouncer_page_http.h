/* GET /bouncers/NAME: how a bouncer is. */
#ifndef BOUNCER_BOUNCER_PAGE_HTTP_H
#define BOUNCER_BOUNCER_PAGE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncer_show(struct http_request *);

#endif
