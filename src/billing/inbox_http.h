/* The inbox of Stripe's events, for admins. */
#ifndef BILLING_INBOX_HTTP_H
#define BILLING_INBOX_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int inbox_index(struct http_request *);	 /* GET /admin/stripe */
int inbox_show(struct http_request *);	 /* GET /admin/stripe/events/{id} */
int inbox_replay(struct http_request *); /* GET and POST /admin/stripe/replay */

#endif
