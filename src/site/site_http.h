/* Pages that belong to no slice: the front page, what is not there, and how the process is. */
#ifndef SITE_SITE_HTTP_H
#define SITE_SITE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int landing_index(struct http_request *);      /* / */
int not_found(struct http_request *);	       /* everything else, public */
int internal_not_found(struct http_request *); /* everything else, internal */
int health_live(struct http_request *);	       /* /healthz: the worker answers */
int health_ready(struct http_request *);       /* /readyz: the database does, too */

#endif
