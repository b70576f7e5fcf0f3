/* What the pages about money read and write: prices, subscriptions, credit, invoices, customers. */
#ifndef BILLING_BILLING_STORE_H
#define BILLING_BILLING_STORE_H

#include <libpq-fe.h>

#include "base/arena.h"
#include "base/err.h"
#include "billing/billing_account.h"
#include "db/db_query.h"

/* What may be bought, plans in no order, the cheapest of a period first. */
void billing_store_offers(struct db_query *, bool is_live);
enum err billing_store_offers_read(const PGresult *, struct arena *, struct billing_offers *);

/* Those that have not ended, then those that ended in the last 90 days; up to 20. */
void billing_store_subscriptions(struct db_query *, int64_t user_id, bool is_live);
enum err billing_store_subscriptions_read(
    const PGresult *, struct arena *, struct billing_subscriptions *);

/* The credit of the account's customers in the one currency they have most of, and its newest
 * movements. */
void billing_store_credit(struct db_query *, int64_t user_id, bool is_live, int64_t n);
enum err billing_store_credit_read(const PGresult *, struct arena *, struct billing_credit *);

/* Invoices (no drafts) and payments without one, newest first; before_us 0: the newest. */
void billing_store_invoices(struct db_query *, int64_t user_id, bool is_live, int64_t before_us,
    const char *before_id, int64_t n);
enum err billing_store_invoices_read(const PGresult *, struct arena *, struct billing_invoices *);

void billing_store_usage(struct db_query *, int64_t user_id);
/* An answer that cannot be read counts as none. */
enum err billing_store_usage_read(const PGresult *, struct arena *, struct billing_usage *);

/* What a checkout begins with. */
struct billing_intent {
	bool is_offered, has_live; /* the price is; the account has a living subscription already */
	bool is_under_way;	   /* one is ordered, and its first payment takes its time */
	const char *plan;	   /* that the price buys; NULL: none */
	const char *nonce;	   /* of the account's customer; NULL unless the price is offered */
	const char *customer_id;   /* NULL: not made yet */
	const char *email;	   /* that the account has proved to be its own; NULL: none */
};
/* Keeps the intent to make a customer, with that nonce unless there is one. One row. */
void billing_store_intend(
    struct db_query *, int64_t user_id, bool is_live, const char *price_id, const char *nonce);
enum err billing_store_intend_read(const PGresult *, struct arena *, struct billing_intent *);

/* The nonce is of no use any more: another, unless another request has come further. The answer is
 * read as billing_store_renew()'s. */
void billing_store_intend_anew(
    struct db_query *, int64_t user_id, bool is_live, const char *old_nonce, const char *nonce);
/* Stripe has no such customer (any more): a new intent, unless another request has one already. */
void billing_store_renew(
    struct db_query *, int64_t user_id, bool is_live, const char *old_id, const char *nonce);
enum err billing_store_renew_read(const PGresult *, struct arena *, struct billing_intent *);
/* The customer is made. */
void billing_store_made(struct db_query *, int64_t user_id, bool is_live, const char *nonce,
    const char *customer_id, const char *user_sub);

/* Whose customer portal is opened, and for which subscription; what the account has without it. */
struct billing_customer {
	const char *id;		     /* NULL: there is none */
	const char *subscription_id; /* the one that lives; NULL: none */
	const char *granted_plan;    /* a word */
};
void billing_store_customer(struct db_query *, int64_t user_id, bool is_live);
enum err billing_store_customer_read(const PGresult *, struct arena *, struct billing_customer *);

#endif
