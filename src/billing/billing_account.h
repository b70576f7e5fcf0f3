/*
 * What an account has to do with money, as its pages show it. Amounts are minor units of the
 * currency beside them; BILLING_UNKNOWN is unknown, never 0. Times are Unix seconds, 0: none.
 */
#ifndef BILLING_BILLING_ACCOUNT_H
#define BILLING_BILLING_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source/source.h"

#define BILLING_UNKNOWN INT64_MIN

/* A price that may be bought here. */
struct billing_offer {
	const char *price_id, *plan; /* plan: a word of billing/plan.h, or one we do not know */
	const char *currency;	     /* lower case */
	int64_t amount;		     /* unknown: tiered, or not in whole minor units */
	const char *period;	     /* day, week, month, year; NULL: paid once */
	int64_t period_count;
};
struct billing_offers {
	struct billing_offer *v;
	size_t n;
};

/* Stripe's words, docs.stripe.com/api/subscriptions/object#subscription_object-status. */
enum billing_status {
	BILLING_INCOMPLETE,
	BILLING_INCOMPLETE_EXPIRED,
	BILLING_TRIALING,
	BILLING_ACTIVE,
	BILLING_PAST_DUE,
	BILLING_CANCELED,
	BILLING_UNPAID,
	BILLING_PAUSED,
	BILLING_OTHER, /* a word that came later */
	BILLING_STATUS__MAX
};
extern const char *const billing_status_words[BILLING_STATUS__MAX];

struct billing_subscription {
	const char *id;
	enum billing_status status;
	const char *currency;
	bool is_paused; /* its collection is */
	bool is_canceling_at_end;
	bool is_under_way; /* the first payment is: the bank takes its time */
	int64_t cancel_at, ended_at, trial_end_at, period_end_at, past_due_at;
	const char *plans;   /* that its prices buy, separated by commas; NULL: none */
	int64_t next_amount; /* of the next charge, before tax and credit; unknown where it is not
				certain */
	/* The bill that is open, if there is one. */
	int64_t due_amount, next_attempt_at;
	const char *due_currency; /* NULL: there is none */
	const char *due_url;	  /* where it can be paid; NULL: unknown */
};
struct billing_subscriptions {
	struct billing_subscription *v;
	size_t n;
};

/* Whether it gives something, or owes something: then no second one is sold. */
bool billing_lives(const struct billing_subscription *);
/* The first that is; NULL: none. */
const struct billing_subscription *billing_living(const struct billing_subscriptions *);
/* Whether one is ordered and the money is on its way: no second one is sold either. */
bool billing_awaits_payment(const struct billing_subscriptions *);

/* When it was cancelled to; 0: it was not. */
int64_t billing_end_of(const struct billing_subscription *);
/* Whether it ends with what is paid: until then nothing is charged any more. */
bool billing_is_last_period(const struct billing_subscription *);

/* The index in plans[] of the best plan that it buys; -1: none that we know. */
int billing_plan_of(const struct billing_subscription *);
/* One whose payment failed, so that something has to be done; NULL: none. */
const struct billing_subscription *billing_in_trouble(const struct billing_subscriptions *);

/* A movement of account credit: what it did to what the account has, so positive is more. */
struct billing_movement {
	const char *kind; /* bought, granted, used, refunded, other */
	const char *currency;
	int64_t amount, balance; /* balance: afterwards */
	int64_t at;
};
struct billing_credit {
	bool is_unknown;      /* of one customer at least */
	const char *currency; /* NULL: there is none, or nothing is known */
	int64_t balance;      /* positive: to the account's good */
	struct billing_movement *v;
	size_t n;
};

/* An invoice, or a payment that has none. */
struct billing_invoice {
	const char *id, *number; /* number NULL: none */
	const char *status; /* Stripe's: draft, open, paid, void, uncollectible; or of a payment */
	bool is_payment;
	const char *currency;
	int64_t total, paid, due, refunded;
	int64_t attempts, next_attempt_at, created_at, created_us;
	const char *hosted_url, *pdf_url; /* of a payment without an invoice: its receipt */
};
struct billing_invoices {
	struct billing_invoice *v;
	size_t n;
};

/* What a year at the yearly price costs less than twelve months at the monthly one of the same plan
 * and currency; 0: nothing, or there is no such pair, or it cannot be said exactly. */
int64_t billing_yearly_saves(const struct billing_offers *, const struct billing_offer *yearly);

/* How much is stored, as the services said last. */
struct billing_usage {
	struct usage_answer txt, pics; /* meaningful if …_at > 0 */
	int64_t txt_at, pics_at;
	int64_t bouncers;
	int64_t networks, networks_at; /* most that one of them has, as last told; 0: unknown */
	int64_t history_days;	       /* kept for each by a soju of its own; 0: by none */
};

#endif
