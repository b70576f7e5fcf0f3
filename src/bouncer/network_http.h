/* The networks of a bouncer: /bouncers/NAME/networks/new, edit, enable, disable and remove. */
#ifndef BOUNCER_NETWORK_HTTP_H
#define BOUNCER_NETWORK_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int network_new(struct http_request *);
int network_edit(struct http_request *);
int network_enable(struct http_request *);
int network_disable(struct http_request *);
int network_destroy(struct http_request *);

#endif
