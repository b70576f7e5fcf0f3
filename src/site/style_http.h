/* Every part of every page, for who changes the design; in the dev flavour only. */
#ifndef SITE_STYLE_HTTP_H
#define SITE_STYLE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int style_index(struct http_request *); /* GET /style */

#endif
