/* "Where you are signed in": the sessions of an account, to be seen and ended by their owner. */
#ifndef ACCOUNT_SESSIONS_HTTP_H
#define ACCOUNT_SESSIONS_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int sessions_index(struct http_request *);	    /* GET /account/sessions */
int sessions_destroy(struct http_request *);	    /* POST /account/sessions/end */
int sessions_destroy_others(struct http_request *); /* POST /account/sessions/end-others */

#endif
