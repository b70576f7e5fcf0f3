/* GET /bouncers: those of an account. */
#ifndef BOUNCER_BOUNCERS_HTTP_H
#define BOUNCER_BOUNCERS_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncers_index(struct http_request *);

#endif
