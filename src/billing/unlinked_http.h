/* Customers without an account, for admins. */
#ifndef BILLING_UNLINKED_HTTP_H
#define BILLING_UNLINKED_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int unlinked_index(struct http_request *); /* GET /admin/stripe/customers */
int unlinked_link(struct http_request *);  /* GET and POST /admin/stripe/customers/link */

#endif
