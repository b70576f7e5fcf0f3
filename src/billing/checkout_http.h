/* On to Stripe's pages, and back from them. */
#ifndef BILLING_CHECKOUT_HTTP_H
#define BILLING_CHECKOUT_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int checkout_create(struct http_request *);	   /* POST /billing/checkout */
int checkout_show(struct http_request *);	   /* GET /billing/done */
int customer_portal_create(struct http_request *); /* POST /billing/portal */

#endif
