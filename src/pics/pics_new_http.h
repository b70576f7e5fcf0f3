/* The page / of pics. */
#ifndef PICS_PICS_NEW_HTTP_H
#define PICS_PICS_NEW_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int pics_new(struct http_request *);

#endif
