/* GET and POST /bouncers/new, and GET /bouncers/name, which its script asks. */
#ifndef BOUNCER_BOUNCER_NEW_HTTP_H
#define BOUNCER_BOUNCER_NEW_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncer_new(struct http_request *);
int bouncer_name_check(struct http_request *);

#endif
