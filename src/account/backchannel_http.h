/* POST /auth/backchannel: the provider tells that somebody has signed out there. */
#ifndef ACCOUNT_BACKCHANNEL_HTTP_H
#define ACCOUNT_BACKCHANNEL_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int backchannel_create(struct http_request *);

#endif
