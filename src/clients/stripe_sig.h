/*
 * The signature of Stripe's webhooks (docs.stripe.com/webhooks, "Verify webhook signatures
 * manually"), read strictly: header "Stripe-Signature: t=1767225600,v1=<64 hexadecimal digits>",
 * where v1 is HMAC-SHA256 under the endpoint's secret of t, "." and the body's bytes. It is checked
 * before anything else looks at the body.
 */
#ifndef CLIENTS_STRIPE_SIG_H
#define CLIENTS_STRIPE_SIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STRIPE_SIG_TOLERANCE_S 300 /* as Stripe's own libraries do */

/*
 * Whether the body was signed with the secret, at most `tolerance_s` before or after `now` (Unix
 * seconds; 0: whenever). One header may carry several v1, while Stripe rolls the secret.
 * ERR_INVALID: the header (NULL: there is none) is not of that form, exactly one t and at least one
 * v1; ERR_FORBIDDEN: no signature fits, so it is another secret or another body; ERR_TIMEOUT: one
 * fits, but is of another time. Takes as long whichever digit is wrong.
 */
enum err stripe_sig_check(const char *header, const char *body, size_t len, const char *secret,
    int64_t now, int64_t tolerance_s);

#endif
