/* On to Stripe's page to pay on. */
#ifndef BILLING_CHECKOUT_HTTP_H
#define BILLING_CHECKOUT_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int checkout_create(struct http_request *); /* POST /billing/checkout */

#endif
