/* See billing_account.h. */
#include "billing/billing_account.h"

#include <string.h>

#include "billing/plan.h"

const char *const billing_status_words[BILLING_STATUS__MAX] = {
	[BILLING_INCOMPLETE] = "incomplete",
	[BILLING_INCOMPLETE_EXPIRED] = "incomplete_expired",
	[BILLING_TRIALING] = "trialing",
	[BILLING_ACTIVE] = "active",
	[BILLING_PAST_DUE] = "past_due",
	[BILLING_CANCELED] = "canceled",
	[BILLING_UNPAID] = "unpaid",
	[BILLING_PAUSED] = "paused",
	[BILLING_OTHER] = "other",
};

bool
billing_lives(const struct billing_subscription *s)
{
	return s->status == BILLING_TRIALING || s->status == BILLING_ACTIVE ||
	       s->status == BILLING_PAST_DUE || s->status == BILLING_UNPAID ||
	       s->status == BILLING_PAUSED;
}

const struct billing_subscription *
billing_living(const struct billing_subscriptions *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (billing_lives(&all->v[i]))
			return &all->v[i];
	return NULL;
}

bool
billing_awaits_payment(const struct billing_subscriptions *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].status == BILLING_INCOMPLETE && all->v[i].is_under_way)
			return true;
	return false;
}

const struct billing_subscription *
billing_in_trouble(const struct billing_subscriptions *all)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].status == BILLING_PAST_DUE || all->v[i].status == BILLING_UNPAID)
			return &all->v[i];
	return NULL;
}

int64_t
billing_end_of(const struct billing_subscription *s)
{
	return s->cancel_at != 0 ? s->cancel_at : s->is_canceling_at_end ? s->period_end_at : 0;
}

bool
billing_is_last_period(const struct billing_subscription *s)
{
	const int64_t end = billing_end_of(s);

	return end != 0 && (s->period_end_at == 0 || end <= s->period_end_at);
}

/* Whether the word is one of the list "free,pro". */
static bool
has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);
	const char *p = list;

	while (p != NULL && *p != '\0') {
		const size_t n = strcspn(p, ",");

		if (n == len && strncmp(p, word, len) == 0)
			return true;
		p += n + (p[n] == ',');
	}
	return false;
}

int
billing_plan_of(const struct billing_subscription *s)
{
	for (int i = PLAN__MAX - 1; i >= 0; i--)
		if (has_word(s->plans, plans[i].word))
			return i;
	return -1;
}

static bool
is_each(const struct billing_offer *o, const char *period)
{
	return o->period != NULL && strcmp(o->period, period) == 0 && o->period_count == 1;
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

int64_t
billing_yearly_saves(const struct billing_offers *all, const struct billing_offer *yearly)
{
	int64_t year, best = 0;

	if (!is_each(yearly, "year") || yearly->amount == BILLING_UNKNOWN)
		return 0;
	for (size_t i = 0; i < all->n; i++) {
		const struct billing_offer *o = &all->v[i];

		if (!is_each(o, "month") || o->amount == BILLING_UNKNOWN ||
		    !is_same(o->plan, yearly->plan) || !is_same(o->currency, yearly->currency))
			continue;
		/* Of several monthly prices the lowest is what one would pay instead. */
		if (!__builtin_mul_overflow(o->amount, 12, &year) && (best == 0 || year < best))
			best = year;
	}
	return best > yearly->amount ? best - yearly->amount : 0;
}
