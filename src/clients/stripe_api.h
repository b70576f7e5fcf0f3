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
#include "base/json_read.h"

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

/* What Stripe says of a request that it refused; each NULL if it did not say. For logs and admins:
 * `message` may quote what was sent, so people who pay never see it. */
struct stripe_error {
	const char *type, *code, *decline_code, *param, *message;
};

/*
 * GET base/v1/path?query. `path` has no slash in front ("subscriptions/sub_1"), ids in it are
 * encoded by the caller; `query` is NULL or made by url_add_field(): "limit=100&expand%5B%5D=…".
 */
void stripe_api_get(struct call_request *, struct arena *, const struct stripe_api *,
    const char *path, const char *query);
/*
 * POST base/v1/path with a form made by url_add_field(). The key (at most 255 characters) is of the
 * intent, not of the attempt: whoever sends it again gets the first answer again, for a day.
 */
void stripe_api_post(struct call_request *, struct arena *, const struct stripe_api *,
    const char *path, const char *form, const char *idempotency_key);
/*
 * The object or list that was asked for. ERR_NOT_FOUND (404, or 400 with code resource_missing);
 * ERR_INVALID: Stripe refuses the request (400, 402); ERR_UNAUTHORIZED; ERR_FORBIDDEN; ERR_CONFLICT
 * (409, and 400 of type idempotency_error); ERR_TOO_MANY (429, and 400 with code rate_limit);
 * ERR_UPSTREAM: 5xx, or what is no answer of Stripe's (HTML, cut JSON); or call_result_err()'s.
 * *error, if given, is all NULL unless Stripe said something.
 */
enum err stripe_api_reply(const struct json **root, struct stripe_error *error, struct arena *,
    const struct call_reply *);

/* What the key may read of the account: GET /v1/balance. */
void stripe_api_balance_request(struct call_request *, struct arena *, const struct stripe_api *);
/*
 * ERR_UNAUTHORIZED: the key is none (any more); ERR_FORBIDDEN: a restricted key that may not read
 * it; ERR_TOO_MANY; ERR_UPSTREAM: anything but such an answer; or the error of call_result_err().
 */
enum err stripe_api_balance_reply(bool *is_live, struct arena *, const struct call_reply *);

#endif
