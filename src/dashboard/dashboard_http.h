/* GET /dashboard: what an account sees first. */
#ifndef DASHBOARD_DASHBOARD_HTTP_H
#define DASHBOARD_DASHBOARD_HTTP_H

#include <kore/kore.h>
#include <kore/http.h>

int dashboard_index(struct http_request *);

#endif
