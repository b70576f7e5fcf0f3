/* Money, periods, plans and what Stripe calls things, in words for people. Texts in the arena. */
#ifndef BILLING_BILLING_WORDS_H
#define BILLING_BILLING_WORDS_H

#include <stdint.h>

#include "base/arena.h"
#include "billing/billing_account.h"

/* Where there is no billing at all. */
#define BILLING_MISSING "Billing is not set up here: nothing can be bought, and nothing is charged."

/* "1,234.50 EUR"; NULL if the amount or the currency is unknown. */
const char *billing_money(struct arena *, int64_t minor, const char *currency);
/* "a month", "every 3 months"; of no period "once". */
const char *billing_period(struct arena *, const char *period, int64_t count);
/* "Pro" of "pro"; of a word that only a later version knows the word itself, made safe. */
const char *billing_plan_name(struct arena *, const char *word);
/* The name of the best plan that a subscription buys; "A subscription" if it buys none. */
const char *billing_bought(const struct billing_subscription *);
/* How a subscription stands, in a word or two: "Active", "Payment failed". Never NULL. */
const char *billing_status_label(const struct billing_subscription *);
/* What an invoice or payment came to: "Paid", "Refunded", "To be paid". Never NULL. */
const char *billing_invoice_label(const struct billing_invoice *);
/* "Bought", "Given by us", … of a movement; the amount is above 0 when it was to the person's good.
 * Never NULL. */
const char *billing_movement_label(const char *kind, int64_t amount);

#endif
