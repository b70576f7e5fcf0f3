/* GET /bouncers/NAME/connect, and POST /bouncers/NAME/password, which answers with that page. */
#ifndef BOUNCER_BOUNCER_CONNECT_HTTP_H
#define BOUNCER_BOUNCER_CONNECT_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int bouncer_connect(struct http_request *);
int bouncer_password(struct http_request *);

#endif
