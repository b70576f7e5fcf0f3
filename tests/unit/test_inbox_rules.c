/* What events are hints at, and the patience with what fails. */
#include <criterion/criterion.h>
#include <string.h>

#include "billing/inbox_rules.h"

static const struct {
	const char *type;
	enum inbox_kind kind;
} cases[] = {
	{ "checkout.session.completed", INBOX_OF_CHECKOUT },
	{ "checkout.session.async_payment_failed", INBOX_OF_CHECKOUT },
	{ "checkout.session.expired", INBOX_OF_CHECKOUT },
	{ "payment_intent.succeeded", INBOX_OF_PAYMENT_INTENT },
	{ "payment_intent.payment_failed", INBOX_OF_PAYMENT_INTENT },
	{ "invoice.paid", INBOX_OF_INVOICE },
	{ "invoice.payment_failed", INBOX_OF_INVOICE },
	{ "customer.subscription.created", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.updated", INBOX_OF_SUBSCRIPTION },
	{ "customer.subscription.deleted", INBOX_OF_SUBSCRIPTION },
	{ "customer.deleted", INBOX_OF_CUSTOMER },
	{ "subscription_schedule.updated", INBOX_OF_SCHEDULE },
	{ "charge.refunded", INBOX_OF_CHARGE },
	{ "charge.refund.updated", INBOX_OF_REFUND },
	{ "refund.failed", INBOX_OF_REFUND },
	{ "charge.dispute.closed", INBOX_OF_DISPUTE },
	{ "price.updated", INBOX_OF_PRICE },
	{ "coupon.deleted", INBOX_OF_COUPON },
	{ "charge.succeeded", INBOX_OF_NOTHING },
	{ "invoice.upcoming", INBOX_OF_NOTHING }, /* of one that does not exist yet */
	{ "invoice", INBOX_OF_NOTHING },
	{ "invoice.paidX", INBOX_OF_NOTHING },
	{ "", INBOX_OF_NOTHING },
};

Test(inbox_rules, kinds)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(inbox_kind_of(cases[i].type), cases[i].kind, "%s", cases[i].type);
}

/* What Stripe's list is asked for is what we keep, each type once. */
Test(inbox_rules, types_of_the_list)
{
	size_t n = 0;

	for (; inbox_type(n) != NULL; n++) {
		cr_expect_neq(inbox_kind_of(inbox_type(n)), INBOX_OF_NOTHING, "%s", inbox_type(n));
		for (size_t k = 0; k < n; k++)
			cr_expect_str_neq(inbox_type(k), inbox_type(n));
	}
	cr_expect_geq(n, 20);
	cr_expect_null(inbox_type(n + 1));
}

Test(inbox_rules, patience)
{
	static const int64_t wants[][2] = { { 0, 5 }, { 1, 5 }, { 2, 10 }, { 3, 20 }, { 10, 2560 },
		{ 11, 3600 }, { 179, 3600 }, { 180, 0 }, { INT64_MAX, 0 } };

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++)
		cr_expect_eq(
		    inbox_retry_s(wants[i][0]), wants[i][1], "%lld", (long long)wants[i][0]);
}
