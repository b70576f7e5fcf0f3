/* One paste: as a page, as its bytes, as a file. */
#ifndef TXT_PASTE_SHOW_HTTP_H
#define TXT_PASTE_SHOW_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int paste_show(struct http_request *);	   /* GET /{id} */
int paste_raw(struct http_request *);	   /* GET /{id}/raw */
int paste_download(struct http_request *); /* GET /{id}/download */

#endif
