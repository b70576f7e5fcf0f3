/* An API of Kubernetes to ask, and answers of it. */
#ifndef UNIT_KUBE_H
#define UNIT_KUBE_H

#include <string.h>

#include "clients/kube_api.h"

static const struct kube_api api = {
	.url = "https://192.0.2.1:443",
	.namespace = "irc",
	.token = "t0ken",
	.ca_file = "/ca.crt",
	.timeout_ms = 700,
};

static inline struct call_reply
reply_of(long status, const char *body)
{
	return (struct call_reply){ CALL_OK, status, body, strlen(body), NULL, 0 };
}

#endif
