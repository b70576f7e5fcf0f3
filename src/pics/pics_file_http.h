/* The bytes of pictures, as they go to browsers. */
#ifndef PICS_PICS_FILE_HTTP_H
#define PICS_PICS_FILE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int picture_file(struct http_request *);  /* /{id}.png */
int picture_view(struct http_request *);  /* /{id}/view */
int picture_thumb(struct http_request *); /* /{id}/thumb */

#endif
