/* Amounts of money: whole minor units and the ISO 4217 code of their currency, never a double. */
#ifndef BASE_MONEY_H
#define BASE_MONEY_H

#include <stdint.h>

#include "base/number.h"
#include "base/strbuf.h"

/*
 * How many digits of an amount stand behind the point: JPY 0, KWD 3, most 2. The code in upper or
 * lower case. The list is Stripe's (docs.stripe.com/currencies), whose amounts we store: it differs
 * from ISO 4217 in the few currencies that Stripe counts in other units.
 */
int money_places(const char *currency);
/* "1,234.50" of 123450 in EUR; the code is not written. Returns where it begins in `text`. */
const char *money_number(char text[NUMBER_SIZE], int64_t minor, const char *currency);
/* Appends "1,234.50 EUR". The code comes out in upper case and escaped for HTML. */
void money_add(struct strbuf *, int64_t minor, const char *currency);

#endif
