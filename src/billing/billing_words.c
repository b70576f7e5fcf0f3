#include "billing/billing_words.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/money.h"
#include "base/text.h"
#include "billing/plan.h"

#define WORD_POINTS 40

const char *
billing_money(struct arena *a, int64_t minor, const char *currency)
{
	char number[NUMBER_SIZE], *code;

	if (minor == BILLING_UNKNOWN || currency == NULL)
		return NULL;
	code = arena_strdup(a, text_short(a, text_safe(a, currency), 8));
	for (char *p = code; *p != '\0'; p++)
		*p = (char)toupper((unsigned char)*p);
	return arena_printf(a, "%s %s", money_number(number, minor, currency), code);
}

const char *
billing_period(struct arena *a, const char *period, int64_t count)
{
	if (period == NULL)
		return "once";
	period = text_short(a, text_safe(a, period), WORD_POINTS);
	if (count == 1)
		return arena_printf(a, "a %s", period);
	return arena_printf(a, "every %" PRId64 " %ss", count, period);
}

const char *
billing_plan_name(struct arena *a, const char *word)
{
	const struct plan *plan = plan_find(word);

	return plan != NULL ? plan->name : text_short(a, text_safe(a, word), WORD_POINTS);
}

const char *
billing_bought(const struct billing_subscription *s)
{
	const int plan = billing_plan_of(s);

	return plan >= 0 ? plans[plan].name : "A subscription";
}

const char *
billing_status_label(const struct billing_subscription *s)
{
	static const char *const labels[BILLING_STATUS__MAX] = {
		[BILLING_INCOMPLETE] = "Waiting for the first payment",
		[BILLING_INCOMPLETE_EXPIRED] = "Never paid",
		[BILLING_TRIALING] = "On trial",
		[BILLING_ACTIVE] = "Active",
		[BILLING_PAST_DUE] = "Payment failed",
		[BILLING_CANCELED] = "Ended",
		[BILLING_UNPAID] = "Not paid",
		[BILLING_PAUSED] = "Paused",
		[BILLING_OTHER] = "Unknown",
	};

	if (s->is_paused && s->status == BILLING_ACTIVE)
		return "Active, not charged for now";
	return labels[s->status];
}

const char *
billing_invoice_label(const struct billing_invoice *v)
{
	const char *status = v->status != NULL ? v->status : "";

	if (v->refunded > 0)
		return v->paid != BILLING_UNKNOWN && v->refunded >= v->paid ? "Refunded"
									    : "Partly refunded";
	if (v->is_payment || strcmp(status, "paid") == 0)
		return v->total != BILLING_UNKNOWN && v->total < 0 ? "Credited" : "Paid";
	if (strcmp(status, "open") == 0)
		return v->attempts > 0 ? "Payment failed" : "To be paid";
	if (strcmp(status, "void") == 0)
		return "Void: nothing to pay";
	if (strcmp(status, "uncollectible") == 0)
		return "Written off";
	return "Unknown";
}

const char *
billing_movement_label(const char *kind, int64_t amount)
{
	static const struct {
		const char *kind, *label;
	} labels[] = {
		{ "bought", "Bought" },
		{ "granted", "Given by us" },
		{ "used", "Used for an invoice" },
		{ "refunded", "Paid back" },
	};

	if (strcmp(kind, "used") == 0 && amount > 0)
		return "From an invoice";
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].kind, kind) == 0)
			return labels[i].label;
	return "Adjusted";
}
