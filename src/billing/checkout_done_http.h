/* The page after the checkout: what came of it, as Stripe says. */
#ifndef BILLING_CHECKOUT_DONE_HTTP_H
#define BILLING_CHECKOUT_DONE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int checkout_done_show(struct http_request *); /* GET /billing/done?session_id=cs_1 */

#endif
