/*
 * Stripe's objects copied into the tables stripe_…: one function an object, each a transaction of
 * its own, safe in any order and any number of times. For tasks and subcommands; a worker that dies
 * in it leaves nothing half done.
 *
 * What is put was read at `read_at_us` (when it was asked for, by the clock of the database, which
 * is the same for all machines): an older answer never replaces a newer one. Money rows are keyed
 * by the object, customers are linked by their stored id or our metadata, never by e-mail. Whatever
 * may change somebody's plan leaves a row in plan_checks in the same transaction, so the plan
 * follows even if we die right after.
 */
#ifndef BILLING_MIRROR_H
#define BILLING_MIRROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json_read.h"
#include "base/strbuf.h"
#include "clients/stripe_sync.h"
#include "db/db_sync.h"

/* The database's clock, as it was at a moment of our own. All 0: not looked at yet. */
struct mirror_clock {
	int64_t db_us, monotonic_us;
};

struct mirror {
	struct db_sync *db;
	struct stripe_sync *stripe;
	bool is_live;	 /* the world that the key belongs to; objects of the other are refused */
	bool is_dry_run; /* compares only, writes nothing */
	bool keeps_gone; /* a subscription that Stripe has no more stays as it is */
	int64_t now;	 /* Unix seconds */
	struct mirror_clock clock; /* may be taken over from another one */
	int64_t event_at;	   /* when Stripe says the change was; 0: unknown, now */
	int64_t
	    failed_at; /* when an event said that an invoice could not be charged; 0: none did */
	struct strbuf effect; /* what changed, for admins: "sub_1: active → canceled. " */
	struct strbuf error;  /* why it could not be done, for admins and the log */
	bool is_db_error;     /* it is the database's, not Stripe's */
};

/* What time it is, for read_at: asks the database now and then. */
int64_t mirror_now_us(struct mirror *);
/*
 * Whether any other object would have failed, too: Stripe does not answer, has had enough or does
 * not know our key; or the database is gone. What one object alone may cause (a 5xx, an answer that
 * is nonsense, a statement that takes too long) is none, unless it comes several times in a row.
 */
bool mirror_error_is_of_all(const struct mirror *, enum err);
#define MIRROR_FAILED_IN_A_ROW 3

/* MIRROR_UNLINKED: new or changed, but of a customer without an account (yet). */
enum mirror_change { MIRROR_SAME, MIRROR_NEW, MIRROR_CHANGED, MIRROR_UNLINKED, MIRROR__MAX };

/*
 * Fetches the object with all its expansions, following what is cut, and puts it. ERR_NOT_FOUND:
 * Stripe has none; other errors of stripe_sync.h (worth another try) and of db_sync.h. ERR_INVALID:
 * it is not such an object; another try is of no use.
 */
enum err mirror_customer(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_subscription(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_invoice(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_payment_intent(
    struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_refund(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_dispute(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_price(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_coupon(struct mirror *, struct arena *, const char *id, enum mirror_change *);
enum err mirror_checkout(struct mirror *, struct arena *, const char *id, enum mirror_change *);

/* All refunds of a charge, which is what an event of a refund may tell of. */
enum err mirror_charge_refunds(
    struct mirror *, struct arena *, const char *charge, enum mirror_change *);
/* The subscription that a schedule is, or was, for. */
enum err mirror_schedule(struct mirror *, struct arena *, const char *id, enum mirror_change *);

/* Puts an object that a list of Stripe's just gave, asking again only for what the list cuts. */
enum err mirror_put_subscription(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us, enum mirror_change *);
enum err mirror_put_invoice(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us, enum mirror_change *);
enum err mirror_put_refund(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us, enum mirror_change *);

#endif
