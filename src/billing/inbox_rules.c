#include "billing/inbox_rules.h"

#include <string.h>

#define RETRY_FIRST_S 5
#define RETRY_MOST_S 3600
#define ATTEMPTS_MAX 180 /* a week, nearly all of it an hour apart */

/* Source: docs.stripe.com/api/events/types. */
static const struct {
	const char *type;
	enum inbox_kind kind;
} rules[] = {
	{ "checkout.session.completed", INBOX_OF_CHECKOUT },
	{ "checkout.session.async_payment_succeeded", INBOX_OF_CHECKOUT },
	{ "checkout.session.async_payment_failed", INBOX_OF_CHECKOUT },
	{ "checkout.session.expired", INBOX_OF_CHECKOUT },
	{ "customer.created", INBOX_OF_CUSTOMER },
	{ "customer.updated", INBOX_OF_CUSTOMER },
	{ "customer.deleted", INBOX_OF_CUSTOMER },
	{ "customer.subscription.created", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.updated", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.deleted", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.paused", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.resumed", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.pending_update_applied", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.pending_update_expired", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.trial_will_end", INBOX_OF_SUBSCRIPTION },
	{ "subscription_schedule.created", INBOX_OF_SCHEDULE },
	{ "subscription_schedule.updated", INBOX_OF_SCHEDULE },
	{ "subscription_schedule.released", INBOX_OF_SCHEDULE },
	{ "subscription_schedule.canceled", INBOX_OF_SCHEDULE },
	{ "subscription_schedule.completed", INBOX_OF_SCHEDULE },
	{ "subscription_schedule.aborted", INBOX_OF_SCHEDULE },
	{ "invoice.created", INBOX_OF_INVOICE },
	{ "invoice.updated", INBOX_OF_INVOICE },
	{ "invoice.finalized", INBOX_OF_INVOICE },
	{ "invoice.finalization_failed", INBOX_OF_INVOICE },
	{ "invoice.paid", INBOX_OF_INVOICE },
	{ "invoice.payment_succeeded", INBOX_OF_INVOICE },
	{ "invoice.payment_failed", INBOX_OF_INVOICE },
	{ "invoice.payment_action_required", INBOX_OF_INVOICE },
	{ "invoice.overpaid", INBOX_OF_INVOICE },
	{ "invoice.overdue", INBOX_OF_INVOICE },
	{ "invoice.will_be_due", INBOX_OF_INVOICE },
	{ "invoice.sent", INBOX_OF_INVOICE },
	{ "invoice.voided", INBOX_OF_INVOICE },
	{ "invoice.marked_uncollectible", INBOX_OF_INVOICE },
	{ "invoice.deleted", INBOX_OF_INVOICE },
	{ "payment_intent.succeeded", INBOX_OF_PAYMENT_INTENT },
	{ "payment_intent.payment_failed", INBOX_OF_PAYMENT_INTENT },
	{ "payment_intent.canceled", INBOX_OF_PAYMENT_INTENT },
	{ "charge.refunded", INBOX_OF_CHARGE },
	{ "refund.created", INBOX_OF_REFUND },
	{ "refund.updated", INBOX_OF_REFUND },
	{ "refund.failed", INBOX_OF_REFUND },
	{ "charge.refund.updated", INBOX_OF_REFUND },
	{ "charge.dispute.created", INBOX_OF_DISPUTE },
	{ "charge.dispute.updated", INBOX_OF_DISPUTE },
	{ "charge.dispute.closed", INBOX_OF_DISPUTE },
	{ "charge.dispute.funds_withdrawn", INBOX_OF_DISPUTE },
	{ "charge.dispute.funds_reinstated", INBOX_OF_DISPUTE },
	{ "price.created", INBOX_OF_PRICE },
	{ "price.updated", INBOX_OF_PRICE },
	{ "price.deleted", INBOX_OF_PRICE },
	{ "coupon.created", INBOX_OF_COUPON },
	{ "coupon.updated", INBOX_OF_COUPON },
	{ "coupon.deleted", INBOX_OF_COUPON },
};
#define RULES (sizeof(rules) / sizeof(rules[0]))

enum inbox_kind
inbox_kind_of(const char *type)
{
	for (size_t i = 0; i < RULES; i++)
		if (strcmp(rules[i].type, type) == 0)
			return rules[i].kind;
	return INBOX_OF_NOTHING;
}

const char *
inbox_type(size_t i)
{
	return i < RULES ? rules[i].type : NULL;
}

int64_t
inbox_retry_s(int64_t attempts)
{
	int64_t s = RETRY_FIRST_S;

	if (attempts >= ATTEMPTS_MAX)
		return 0;
	for (int64_t i = 1; i < attempts && s < RETRY_MOST_S; i++)
		s *= 2;
	return s < RETRY_MOST_S ? s : RETRY_MOST_S;
}
