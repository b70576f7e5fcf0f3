/*
 * Stripe: the key and its rights, the clock, the webhook endpoint, the customer portal. What asks
 * is doctor_stripe(); the rest judges, and is pure.
 */
#ifndef APP_DOCTOR_STRIPE_H
#define APP_DOCTOR_STRIPE_H

#include <stdint.h>

#include "app/doctor_report.h"
#include "base/arena.h"
#include "base/json_read.h"

/* `date_at` is what Stripe's clock said when ours said `now`; 0: it said nothing. */
void doctor_stripe_clock(struct doctor_report *, int64_t date_at, int64_t now);
/* Both name rights that the restricted key lacks, with ", " between them; "": it has all. */
void doctor_stripe_rights(struct doctor_report *, const char *unread, const char *unwritten);
/* `data` is the list of webhook endpoints; one must lead to `url`. */
void doctor_stripe_endpoints(struct doctor_report *, const struct json *data, const char *url);

/* Asks Stripe, by the settings, for everything; says that there is no billing where there is none.
 */
void doctor_stripe(struct doctor_report *, struct arena *);

#endif
