/* Whether there is billing at all, and in which of Stripe's two worlds: what the key says. */
#ifndef BILLING_BILLING_H
#define BILLING_BILLING_H

#include <stdbool.h>

#include "clients/stripe_api.h"
#include "clients/stripe_sync.h"

/* Stripe takes up to a second to make a session; a page waits so long, a task longer. */
#define BILLING_PAGE_MS 8000
#define BILLING_TASK_MS 30000

/* False: no STRIPE_SECRET_KEY; billing pages say so, and everything else works. */
bool billing_is_set_up(void);
/* Live mode; false for test mode, and when it is not set up. */
bool billing_is_live(void);
/* Where Stripe is asked, by the settings. */
struct stripe_api billing_api(int timeout_ms);
/* The same for tasks and subcommands; each call is counted, and logged unless it went well. */
struct stripe_sync billing_stripe(int retries);

#endif
