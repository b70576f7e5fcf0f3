/* On to Stripe's customer portal, where cards are changed and subscriptions end. */
#ifndef BILLING_CUSTOMER_PORTAL_HTTP_H
#define BILLING_CUSTOMER_PORTAL_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int customer_portal_create(struct http_request *); /* POST /billing/portal */

#endif
