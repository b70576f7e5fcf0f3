/* The address that Stripe posts its events to. */
#ifndef BILLING_WEBHOOK_HTTP_H
#define BILLING_WEBHOOK_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int webhook_create(struct http_request *); /* POST /webhooks/stripe */

#endif
