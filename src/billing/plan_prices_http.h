/* GET and POST /admin/prices: which of Stripe's prices buys which plan. */
#ifndef BILLING_PLAN_PRICES_HTTP_H
#define BILLING_PLAN_PRICES_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int plan_prices_index(struct http_request *);

#endif
