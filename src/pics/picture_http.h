/* The page of one picture, and what its owner does with it. */
#ifndef PICS_PICTURE_HTTP_H
#define PICS_PICTURE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int picture_show(struct http_request *);    /* /{id} */
int picture_update(struct http_request *);  /* /{id}/edit */
int picture_destroy(struct http_request *); /* /{id}/delete */

#endif
