/* GET /metrics on the internal address: what Prometheus scrapes. It touches no database. */
#ifndef METRICS_METRICS_HTTP_H
#define METRICS_METRICS_HTTP_H

struct http_request;

int metrics_index(struct http_request *); /* named in conf/site_*.conf */

#endif
