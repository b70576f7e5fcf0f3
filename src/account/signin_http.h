/* Signing in through the OpenID Connect provider, and signing out. */
#ifndef ACCOUNT_SIGNIN_HTTP_H
#define ACCOUNT_SIGNIN_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int signin_new(struct http_request *);	   /* GET /signin?return=: off to the provider */
int signin_create(struct http_request *);  /* GET /auth/callback: back from it */
int signin_destroy(struct http_request *); /* POST /signout */

#endif
