/* What the nightly comparison with Stripe found, for admins. */
#ifndef BILLING_DIFFERENCE_HTTP_H
#define BILLING_DIFFERENCE_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int difference_index(struct http_request *); /* GET /admin/stripe/differences */

#endif
