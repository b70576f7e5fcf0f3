/*
 * Customers, subscriptions, prices and coupons as rows. Every statement that puts an object answers
 * one row, read by mirror_store_put_read(). Those that say so want the object's lock to be held, so
 * that "what was" is what is overwritten; they are steps of one transaction.
 */
#ifndef BILLING_MIRROR_STORE_H
#define BILLING_MIRROR_STORE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/mrr.h"
#include "clients/stripe_object.h"
#include "db/db_query.h"

/* What time it is there, at this very moment. One number: Unix microseconds. */
void mirror_store_clock(struct db_query *);

enum mirror_outcome { PUT_OLDER, PUT_NEW, PUT_SAME, PUT_CHANGED, PUT__MAX };

struct mirror_put {
	enum mirror_outcome outcome; /* PUT_OLDER: what is there was read later, and stays */
	const char *was;	     /* its status before; NULL: it had none */
	bool is_linked;		     /* the customer has an account */
	const char *unknown_prices;  /* of a subscription: those that buy no plan; NULL: none */
	bool is_at_odds;	     /* its metadata names another account than its link */
};

enum err mirror_store_put_read(const PGresult *, struct arena *, struct mirror_put *);

/* Until the end of the transaction nobody else puts the object. Two that use it at once wait. */
void mirror_store_lock(struct db_query *, const char *id);
/*
 * The same for all objects of a customer, which is made known by name if it is not, and linked to
 * its account if that can be told: by the customer that we made for it, else by `user_sub` (NULL:
 * not said). A customer that is linked stays so. An account that is linked has its plan checked.
 */
void mirror_store_lock_customer(
    struct db_query *, const char *id, bool is_live, const char *user_sub);

/* What of a customer is known before it is put: one row or none. */
struct mirror_known_customer {
	bool is_read, has_balance;
	int64_t balance_minor;
};
void mirror_store_known_customer(struct db_query *, const char *id);
enum err mirror_store_known_customer_read(const PGresult *, struct mirror_known_customer *);
/* With the customer's lock. */
void mirror_store_put_customer(
    struct db_query *, const struct stripe_customer *, bool is_live, int64_t read_at_us);

/* A subscription, its figures and terms. With the customer's lock. Leaves a row of its history when
 * it became different, and has the account's plan checked. */
struct mirror_subscription_row {
	const struct stripe_subscription *sub;
	const struct mrr *mrr;
	const char *mrr_flags, *terms, *items; /* items: JSON, of mirror_store_items() */
	bool is_live;
	int64_t mrr_at, event_at, read_at_us; /* event_at 0: unknown */
};
const char *mirror_store_items(struct arena *, const struct stripe_item *, size_t n);
void mirror_store_put_subscription(struct db_query *, const struct mirror_subscription_row *);
/* Answers one number: 1 if it is known to have ended just so. What has ended does not change. */
void mirror_store_known_end(struct db_query *, const struct stripe_subscription *, bool is_live);
/*
 * Stripe has none of that id (any more), which it said when asked at read_at_us: if we had one that
 * had not ended, it ends now.
 */
void mirror_store_end_subscription(struct db_query *, const char *id, int64_t read_at_us);

/* `object` is the price as JSON. With its lock, or, `is_met`, without: then a row that says the
 * same is left alone, so that many subscriptions to one price do not wait for each other. */
void mirror_store_put_price(struct db_query *, const struct stripe_price *, const char *object,
    bool is_live, int64_t read_at_us, bool is_met);
void mirror_store_put_coupon(
    struct db_query *, const struct stripe_coupon *, bool is_live, int64_t read_at_us, bool is_met);
/* The price as JSON if it is known with its tiers, which never change; else no row. */
void mirror_store_known_tiers(struct db_query *, const char *id, bool is_live);
/* Stripe has none of that id any more. One row if we had one. */
void mirror_store_end_price(struct db_query *, const char *id);
void mirror_store_end_coupon(struct db_query *, const char *id);

#endif
