/* What an event is a hint at, and how patient we are with what fails. Pure. */
#ifndef BILLING_INBOX_RULES_H
#define BILLING_INBOX_RULES_H

#include <stddef.h>
#include <stdint.h>

enum inbox_kind {
	INBOX_OF_NOTHING, /* that we keep: ignored */
	INBOX_OF_CHECKOUT,
	INBOX_OF_CUSTOMER,
	INBOX_OF_SUBSCRIPTION,
	INBOX_OF_SCHEDULE,
	INBOX_OF_INVOICE,
	INBOX_OF_PAYMENT_INTENT,
	INBOX_OF_CHARGE, /* its refunds */
	INBOX_OF_REFUND,
	INBOX_OF_DISPUTE,
	INBOX_OF_PRICE,
	INBOX_OF_COUPON,
	INBOX_OF__MAX
};

/* The kind of the object that an event of that type is about. */
enum inbox_kind inbox_kind_of(const char *type);
/* The types that Stripe's list of events is asked for: the i-th, NULL after the last. */
const char *inbox_type(size_t i);
/* Seconds until what failed for the n-th time (1: the first) is tried again: 5, doubled each time,
 * up to an hour. 0: never, it has failed for days. */
int64_t inbox_retry_s(int64_t attempts);

#endif
