/* The pages about what an account pays. */
#ifndef BILLING_BILLING_HTTP_H
#define BILLING_BILLING_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int billing_show(struct http_request *);	   /* GET /billing */
int billing_change(struct http_request *);	   /* GET /billing/change */
int billing_invoices_index(struct http_request *); /* GET /billing/invoices */

#endif
