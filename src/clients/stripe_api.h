/*
 * Stripe's REST API. Every request names the version of the API that we read (docs.stripe.com,
 * "Versioning"): without it the account's default applies, which changes under us.
 */
#ifndef CLIENTS_STRIPE_API_H
#define CLIENTS_STRIPE_API_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/call.h"
#include "base/err.h"

#define STRIPE_API_VERSION "2025-10-29.clover"

struct stripe_api {
	const char *base; /* "https://api.stripe.com", without a final slash */
	const char *key;
	int timeout_ms; /* 0: the usual */
};

/* What a key is, by its prefix: sk_ or rk_, live_ or test_. */
struct stripe_key {
	bool is_live, is_restricted;
};

/* ERR_INVALID: it is no secret key (pk_… is for browsers), or no header can hold it. */
enum err stripe_api_read_key(struct stripe_key *, const char *key);

/* What the key may read of the account: GET /v1/balance. */
void stripe_api_balance_request(struct call_request *, struct arena *, const struct stripe_api *);
/*
 * ERR_UNAUTHORIZED: the key is none (any more); ERR_FORBIDDEN: a restricted key that may not read
 * it; ERR_TOO_MANY; ERR_UPSTREAM: anything but such an answer; or the error of call_result_err().
 */
enum err stripe_api_balance_reply(bool *is_live, struct arena *, const struct call_reply *);

#endif
