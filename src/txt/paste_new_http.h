/* The front page of txt: what it is, and for members the form of a new paste. */
#ifndef TXT_PASTE_NEW_HTTP_H
#define TXT_PASTE_NEW_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

/* GET /, /?from={id}: the form with the text of another paste; POST /: stores it. */
int paste_new(struct http_request *);

#endif
