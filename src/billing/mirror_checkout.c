/* What only leads to other objects: Checkout Sessions, which say whose a customer is, and schedules
 * of subscriptions. */
#include "billing/mirror_parts.h"

struct link {
	struct arena *arena;
	const struct stripe_checkout *checkout;
	bool is_live;
	struct mirror_put put;
};

static enum err
link_customer(struct db_sync *db, void *arg)
{
	struct link *l = arg;
	struct db_query q = { .arena = l->arena };

	mirror_store_lock_customer(
	    &q, l->checkout->customer_id, l->is_live, l->checkout->client_reference_id);
	return mirror_run_put(db, &q, l->arena, &l->put);
}

/* Whoever began the checkout is whose the customer is; we sent the reference ourselves. */
static enum err
link_by_reference(struct mirror *m, struct arena *arena, const struct stripe_checkout *checkout)
{
	struct link l = { .arena = arena, .checkout = checkout, .is_live = m->is_live };
	enum err e;

	if (checkout->customer_id == NULL)
		return ERR_OK;
	e = mirror_commit(m, checkout->customer_id, link_customer, &l);
	return e == ERR_OK ? mirror_need_customer(m, arena, checkout->customer_id) : e;
}

static enum err
follow(struct mirror *m, struct arena *arena, const struct stripe_checkout *checkout,
    enum mirror_change *change)
{
	enum err e = ERR_OK;

	if (checkout->subscription_id != NULL)
		e = mirror_subscription(m, arena, checkout->subscription_id, change);
	else if (checkout->payment_intent_id != NULL)
		e = mirror_payment_intent(m, arena, checkout->payment_intent_id, change);
	return e == ERR_NOT_FOUND ? ERR_OK : e; /* what is gone has had its effect told */
}

enum err
mirror_checkout(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct stripe_checkout checkout;
	const struct json *json = NULL;
	const char *what = NULL;
	enum err e = mirror_get(m, arena, "checkout/sessions", id, NULL, &json, NULL);

	*change = MIRROR_SAME;
	if (e != ERR_OK)
		return e;
	if (stripe_checkout_read(&checkout, json, &what) != ERR_OK)
		return mirror_fail_read(m, id, what);
	e = mirror_check_world(m, id, checkout.is_live);
	if (e == ERR_OK)
		e = link_by_reference(m, arena, &checkout);
	if (e == ERR_OK)
		strbuf_printf(&m->effect, "%s%s: %s.", m->effect.len > 0 ? " " : "", id,
		    checkout.status != NULL ? checkout.status : "read");
	return e == ERR_OK ? follow(m, arena, &checkout, change) : e;
}

enum err
mirror_schedule(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	const struct json *json = NULL;
	const char *subscription;
	enum err e = mirror_get(m, arena, "subscription_schedules", id, NULL, &json, NULL);

	*change = MIRROR_SAME;
	if (e != ERR_OK)
		return e;
	subscription = stripe_object_id(json, "subscription");
	if (subscription == NULL)
		subscription = stripe_object_id(json, "released_subscription");
	return subscription != NULL ? mirror_subscription(m, arena, subscription, change) : ERR_OK;
}
