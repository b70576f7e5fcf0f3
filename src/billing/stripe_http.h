/* What the pages that ask Stripe share: what is logged, and what a person reads when it fails. */
#ifndef BILLING_STRIPE_HTTP_H
#define BILLING_STRIPE_HTTP_H

#include "clients/stripe_api.h"
#include "web/web_flow.h"

/* The base of Stripe's own API. */
#define STRIPE_HTTP_USUAL "https://api.stripe.com"

/*
 * Counts a call and, unless it went well, logs why: Stripe's code, the name of the parameter that
 * it refuses and the number under which it finds the request, never its message, which may quote
 * what a person typed. Answers `e`.
 */
enum err stripe_http_note(const char *what, enum err e, const struct call_reply *,
    const struct stripe_error *, const struct call_notes *);
/* What a person reads: the payment service is down, busy, or refuses. Never NULL. */
const char *stripe_http_sentence(enum err);
/* Whether Stripe refuses a request because of that parameter. */
bool stripe_http_is_about(const struct stripe_error *, const char *param);
/* Whether a browser goes there after a form of ours: the origins that pages with `pays` name. */
bool stripe_http_is_followed(struct arena *, const char *url);

#endif
