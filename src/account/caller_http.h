/* The internal API with which txt and pics ask who somebody is. */
#ifndef ACCOUNT_CALLER_HTTP_H
#define ACCOUNT_CALLER_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int caller_check(struct http_request *);
int caller_account(struct http_request *);
int caller_uploader(struct http_request *);

#endif
