/*
 * Stripe's objects as the mirror keeps them, read from JSON of the pinned version as well as from
 * the shapes before 2025-03-31.basil: whatever holds an id may hold the object itself. Unknown
 * members and words are let pass. Texts are the JSON's own and live as long as its arena; times are
 * Unix seconds, 0 for none; amounts that are missing or null are STRIPE_UNKNOWN.
 *
 * Every reader: ERR_INVALID for JSON that is not such an object, or lacks what a row cannot be
 * without (id, currency, created); *what, if given, then names the member, for admins.
 * A member that we read and that is of another kind (a number in quotes) is invalid, too: what is
 * not understood is not money.
 */
#ifndef CLIENTS_STRIPE_OBJECT_H
#define CLIENTS_STRIPE_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"

#define STRIPE_UNKNOWN INT64_MIN

struct stripe_customer {
	const char *id;
	bool is_live, is_deleted; /* of a deleted one only the id is known, and is_live is false */
	const char *user_sub;	  /* metadata.user_sub; NULL: none */
	const char *currency;	  /* NULL: none yet */
	int64_t balance_minor, created_at;
	bool has_discount; /* a coupon of its own, for subscriptions that have none */
};

struct stripe_item {
	const char *id, *price_id, *product_id;
	int64_t quantity; /* STRIPE_UNKNOWN: metered */
};

struct stripe_subscription {
	const char *id, *customer_id, *status, *currency;
	const char *user_sub;			       /* metadata.user_sub; NULL: none */
	const char *latest_invoice_id, *cancel_reason; /* NULL: none */
	bool is_live, is_paused, cancel_at_period_end;
	int64_t cancel_at, canceled_at, ended_at, created_at, trial_end_at;
	int64_t period_end_at; /* the earliest of its items; 0: unknown */
	const struct stripe_item *items;
	size_t nitems;
	bool has_more_items; /* or has none at all, and they are to be asked for */
};

struct stripe_price {
	const char *id, *product_id, *name, *currency; /* name: product's or nickname; NULL */
	const char *unit_amount; /* decimal, minor units; NULL: tiered or unknown */
	const char *period;	 /* day, week, month, year; NULL: paid once, or another word */
	int64_t period_count;	 /* STRIPE_UNKNOWN: paid once */
	bool is_live, is_active;
	bool is_product_name; /* name is; false: its own, as the product is only an id */
};

struct stripe_coupon {
	const char *id, *name, *percent_off, *currency, *duration; /* percent_off decimal or NULL */
	int64_t amount_off_minor, duration_months;
	bool is_live, is_valid;
};

struct stripe_invoice {
	const char *id, *customer_id, *subscription_id, *number, *status, *billing_reason,
	    *currency;
	const char *hosted_url, *pdf_url, *payment_intent_id; /* payment_intent_id: old shape, or
								 payments when expanded */
	bool is_live;
	int64_t total_minor, tax_minor, amount_due_minor, amount_paid_minor, attempt_count;
	int64_t next_attempt_at, created_at, due_at, paid_at;
};

struct stripe_payment_intent {
	const char *id, *customer_id, *invoice_id, *status, *currency; /* invoice_id: old shape */
	const char *error_code, *latest_charge_id;
	const char *receipt_url; /* of the latest charge, if that is expanded */
	bool is_live;
	int64_t amount_minor, amount_received_minor, created_at;
	int64_t succeeded_at; /* of its latest charge, when that is expanded */
};

struct stripe_refund {
	const char *id, *payment_intent_id, *charge_id, *currency, *status, *reason;
	bool is_live; /* refunds carry no livemode: false unless the JSON says so */
	int64_t amount_minor, created_at;
};

struct stripe_dispute {
	const char *id, *payment_intent_id, *charge_id, *currency, *status, *reason;
	bool is_live;
	int64_t amount_minor, created_at;
	int64_t withdrawn_at, reinstated_at; /* of its balance transactions: less, then more */
};

struct stripe_balance_entry { /* a customer balance transaction */
	/* kind: "used" when it paid an invoice or came back from one (the sign tells), "refunded"
	 * by a credit note; of adjustments "bought" with metadata.kind "purchase", else "granted";
	 * all the rest "other" */
	const char *id, *customer_id, *type, *kind, *currency;
	bool is_live;
	int64_t amount_minor, ending_balance_minor, created_at;
};

struct stripe_checkout {
	const char *id, *url, *mode, *status, *payment_status;
	const char *client_reference_id, *customer_id, *subscription_id, *payment_intent_id;
	bool is_live;
	int64_t created_at;
};

struct stripe_event {
	const char *id, *type, *api_version;	   /* api_version may be NULL */
	const char *object_id, *object_kind;	   /* data.object.id and .object; may be NULL */
	const char *subscription_id, *customer_id; /* of data.object, where it has them */
	bool is_live;
	int64_t created_at;
};

/* The id in a member that holds an id, an expanded object, or null: NULL for none. */
const char *stripe_object_id(const struct json *, const char *member);
/* The subscription that an invoice or another object belongs to, in either shape; NULL: none. */
const char *stripe_object_subscription(const struct json *);

enum err stripe_customer_read(struct stripe_customer *, const struct json *, const char **what);
enum err stripe_subscription_read(
    struct stripe_subscription *, struct arena *, const struct json *, const char **what);
/* A list of items: the array "data" of subscription_items. */
enum err stripe_items_read(
    const struct stripe_item **, size_t *n, struct arena *, const struct json *, const char **what);
enum err stripe_price_read(
    struct stripe_price *, struct arena *, const struct json *, const char **what);
enum err stripe_coupon_read(
    struct stripe_coupon *, struct arena *, const struct json *, const char **what);
enum err stripe_invoice_read(struct stripe_invoice *, const struct json *, const char **what);
enum err stripe_payment_intent_read(
    struct stripe_payment_intent *, const struct json *, const char **what);
enum err stripe_refund_read(struct stripe_refund *, const struct json *, const char **what);
enum err stripe_dispute_read(struct stripe_dispute *, const struct json *, const char **what);
enum err stripe_balance_entry_read(
    struct stripe_balance_entry *, const struct json *, const char **what);
enum err stripe_checkout_read(struct stripe_checkout *, const struct json *, const char **what);
/* A thin event ("v2.core.event") is none: ERR_INVALID with *what "object". */
enum err stripe_event_read(struct stripe_event *, const struct json *, const char **what);

#endif
