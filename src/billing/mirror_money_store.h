/*
 * Invoices, payments, refunds, disputes and movements of balances as rows: each keyed by its own
 * id, so that however many events tell of it, it is there once. All but the lists answer as
 * mirror_store_put_read() wants it, and want the lock of the customer or, where there is none, of
 * the object.
 */
#ifndef BILLING_MIRROR_MONEY_STORE_H
#define BILLING_MIRROR_MONEY_STORE_H

#include "billing/mirror_store.h"

/*
 * `failed_at`: when an event said that it could not be charged, 0: none did. `intents` is a JSON
 * array of the ids of payment intents that pay it: those that are there already learn of it.
 */
void mirror_store_put_invoice(struct db_query *, const struct stripe_invoice *, bool is_live,
    int64_t failed_at, const char *intents, int64_t read_at_us);
/* Answers one number: 1 if the invoice is here in that status (NULL: in none), 0 if not. */
void mirror_store_known_invoice(struct db_query *, const char *id, const char *status);
/*
 * invoice_id may be NULL where it is not known; a link that is there stays. event_at: when an event
 * of the intent itself said what its status is, 0: none did; for one that is paid and does not say
 * when itself.
 */
void mirror_store_put_payment_intent(struct db_query *, const struct stripe_payment_intent *,
    bool is_live, const char *invoice_id, int64_t event_at, int64_t read_at_us);
/* One row with the invoice that the intent is known to pay, NULL if it is none; or no row. */
void mirror_store_known_intent(struct db_query *, const char *id);
/* event_at: when an event said what its status is; 0: none did, and one that failed counts as
 * failed when it was created. In neither case before it was last seen otherwise. */
void mirror_store_put_refund(struct db_query *, const struct stripe_refund *, bool is_live,
    int64_t event_at, int64_t read_at_us);
void mirror_store_put_dispute(
    struct db_query *, const struct stripe_dispute *, bool is_live, int64_t read_at_us);

/* `entries` is a JSON array made by mirror_store_add_entry(). */
void mirror_store_add_entry(struct strbuf *, const struct stripe_balance_entry *);
void mirror_store_put_entries(
    struct db_query *, const char *customer_id, bool is_live, const char *entries);
/* Answers one number: how many of them are there already. */
void mirror_store_known_entries(struct db_query *, const char *entries);

#endif
