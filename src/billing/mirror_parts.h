/* What the files of the mirror share; for mirror_*.c only. */
#ifndef BILLING_MIRROR_PARTS_H
#define BILLING_MIRROR_PARTS_H

#include "billing/mirror.h"
#include "billing/mirror_money_store.h"
#include "billing/mirror_store.h"

/* A member to expand, in a query. Stripe expands four levels. */
#define EXPAND(path) "expand%5B%5D=" path

/* Says why, and returns e. */
enum err mirror_fail(struct mirror *, enum err e, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for an error of the database. */
enum err mirror_fail_db(struct mirror *, enum err e, const char *id);
/* The object lacks `what`, or it is nonsense. */
enum err mirror_fail_read(struct mirror *, const char *id, const char *what);
/* ERR_INVALID if the object is of the other world. */
enum err mirror_check_world(struct mirror *, const char *id, bool is_live);

/* GET v1/`kind`/`id`, and when it was asked for. */
enum err mirror_get(struct mirror *, struct arena *, const char *kind, const char *id,
    const char *query, const struct json **, int64_t *read_at_us);
/* The next page of a list; says why if there is none. */
enum err mirror_page(struct mirror *, struct arena *, struct stripe_list *);
/* "name=value", encoded, in the arena. */
const char *mirror_query(struct arena *, const char *name, const char *value);

/* Runs a filled statement that answers a row of mirror_store_put_read(). */
enum err mirror_run_put(struct db_sync *, struct db_query *, struct arena *, struct mirror_put *);
/* A transaction; undone in a dry run. */
enum err mirror_commit(
    struct mirror *, const char *id, enum err (*steps)(struct db_sync *, void *arg), void *arg);
/* What a put came to, as an effect and for whoever counts. `is` is its status, NULL: it has none.
 */
void mirror_tell(struct mirror *, const char *id, const struct mirror_put *, const char *is,
    enum mirror_change *);

/* A customer that is not known, or by name only, is fetched. One that Stripe does not know stays
 * known by name. */
enum err mirror_need_customer(struct mirror *, struct arena *, const char *id);
/* Puts a customer object that came with another one. */
enum err mirror_put_customer(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us, enum mirror_change *);
/* The customer with its credit, which has moved. */
enum err mirror_customer_credit(struct mirror *, struct arena *, const char *id);

/* Prices and coupons that came with another object. */
enum err mirror_meet_price(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us);
enum err mirror_meet_coupon(
    struct mirror *, struct arena *, const struct json *, int64_t read_at_us);

#endif
