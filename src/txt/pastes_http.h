/* The account's own pastes: found again, and thrown away. */
#ifndef TXT_PASTES_HTTP_H
#define TXT_PASTES_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int pastes_index(struct http_request *); /* GET /pastes */
/* GET /pastes/delete?id=…&id=…: asks; POST with the same fields: does it. */
int pastes_destroy(struct http_request *);

#endif
