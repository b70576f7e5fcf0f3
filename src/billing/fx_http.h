/* Rates of exchange for who looks after billing. */
#ifndef BILLING_FX_HTTP_H
#define BILLING_FX_HTTP_H

struct http_request;

int fx_index(struct http_request *); /* named in conf/site_portal.conf */

#endif
