/*
 * More about Stripe than that it accepts the key: rights, the clock, the webhook endpoint. What
 * asks is doctor_stripe_look(); the rest judges, and is pure.
 */
#ifndef APP_DOCTOR_STRIPE_H
#define APP_DOCTOR_STRIPE_H

#include <stdint.h>

#include "app/doctor_report.h"
#include "base/arena.h"
#include "base/json_read.h"
#include "clients/stripe_api.h"

/* `date_at` is what Stripe's clock said when ours said `now`; 0: it said nothing. */
void doctor_stripe_clock(struct doctor_report *, int64_t date_at, int64_t now);
/* Both name rights that the restricted key lacks, with ", " between them; "": it has all. */
void doctor_stripe_rights(struct doctor_report *, const char *unread, const char *unwritten);
/* `data` is the list of webhook endpoints; one must lead to `url`. */
void doctor_stripe_endpoints(struct doctor_report *, const struct json *data, const char *url);

/* Asks for rights and endpoints, with a key that is known. `url` is where our webhooks are taken;
 * NULL: nowhere. */
void doctor_stripe_look(
    struct doctor_report *, struct arena *, const struct stripe_api *, const char *url);

#endif
