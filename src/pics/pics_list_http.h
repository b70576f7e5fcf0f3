/* What an account has stored, and deleting several at once. */
#ifndef PICS_PICS_LIST_HTTP_H
#define PICS_PICS_LIST_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int pics_list(struct http_request *);	      /* /pictures */
int pics_list_destroy(struct http_request *); /* /pictures/delete */

#endif
