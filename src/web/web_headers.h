/* Request headers as they were sent, and answer headers that cannot be split. */
#ifndef WEB_WEB_HEADERS_H
#define WEB_WEB_HEADERS_H

#include <kore/kore.h>
#include <kore/http.h>

#include "base/arena.h"

/*
 * Kore 4.1.0 keeps the first 22 headers beside Host and drops the others without a word; a browser
 * behind a proxy sends more. Puts them back; called once, before any header is read.
 */
void web_headers_recover(struct http_request *);
/* The first header of that name, in any case; NULL if there is none. */
const char *web_headers_find(struct http_request *, const char *name);
/* All values of that name in the order they came, with commas between them; NULL if there is none.
 */
const char *web_headers_all(struct http_request *, const char *name, struct arena *);
/* Adds a header to the answer; control characters in the value become spaces. */
void web_headers_add(struct http_request *, const char *name, const char *value);

#endif
