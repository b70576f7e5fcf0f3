/* Customers, subscriptions, Checkout Sessions and events. */
#include "clients/stripe_object.h"

#include <string.h>

#include "clients/stripe_read.h"

const char *
stripe_object_id(const struct json *json, const char *member)
{
	const struct json *held = json != NULL ? json_read_member(json, member) : NULL;
	struct stripe_read in;

	if (held == NULL)
		return NULL;
	if (held->kind == JSON_KIND_OBJECT) {
		in = stripe_read_begin(held, NULL);
		return stripe_read_word_if(&in, "id");
	}
	in = stripe_read_begin(json, NULL);
	return stripe_read_word_if(&in, member);
}

/* ---- Customers ---- */

static bool
holds_object(const struct json *json, const char *member)
{
	const struct json *object;

	return json_read_object(json, member, &object) == ERR_OK;
}

enum err
stripe_customer_read(struct stripe_customer *c, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "customer");

	*c = (struct stripe_customer){ .balance_minor = STRIPE_UNKNOWN };
	c->id = stripe_read_word(&in, "id");
	c->is_deleted = stripe_read_flag(&in, "deleted");
	if (c->is_deleted)
		return stripe_read_end(&in, what);
	c->is_live = stripe_read_flag(&in, "livemode");
	c->user_sub = stripe_read_metadata(&in, "user_sub");
	c->currency = stripe_read_currency_if(&in);
	c->balance_minor = stripe_read_amount(&in, "balance");
	c->has_discount = holds_object(json, "discount");
	c->created_at = stripe_read_created(&in);
	return stripe_read_end(&in, what);
}

/* ---- Items of subscriptions ---- */

/* Before there were prices, in 2020, an item had a plan; the id of a price is that of its plan. */
static void
read_price_of_item(struct stripe_item *item, struct stripe_read *in)
{
	const char *member = json_read_member(in->json, "price") != NULL ? "price" : "plan";

	item->price_id = stripe_read_link(in, member);
	if (holds_object(in->json, member))
		item->product_id = stripe_object_id(json_read_member(in->json, member), "product");
}

static enum err
read_item(struct stripe_item *item, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "subscription_item");

	*item = (struct stripe_item){ .quantity = STRIPE_UNKNOWN };
	item->id = stripe_read_word(&in, "id");
	item->quantity = stripe_read_amount(&in, "quantity");
	if (item->quantity != STRIPE_UNKNOWN && item->quantity < 0)
		stripe_read_wrong(&in, "quantity");
	read_price_of_item(item, &in);
	return stripe_read_end(&in, what);
}

enum err
stripe_items_read(const struct stripe_item **items, size_t *n, struct arena *a,
    const struct json *data, const char **what)
{
	struct stripe_item *made;
	enum err e = ERR_OK;

	if (data == NULL || data->kind != JSON_KIND_ARRAY) {
		if (what != NULL)
			*what = "items";
		return ERR_INVALID;
	}
	made = arena_array(a, data->n, sizeof(*made));
	for (size_t i = 0; i < data->n && e == ERR_OK; i++)
		e = read_item(&made[i], &data->items[i], what);
	if (e != ERR_OK)
		return e;
	*items = made;
	*n = data->n;
	return ERR_OK;
}

/* ---- Subscriptions ---- */

/* Items that are not there at all are to be asked for, like those that are cut. */
static void
read_items(struct stripe_subscription *s, struct arena *a, struct stripe_read *in)
{
	const struct json *list = stripe_read_object(in, "items"), *data;
	struct stripe_read of_list;

	s->has_more_items = list == NULL;
	if (list == NULL)
		return;
	of_list = stripe_read_begin(list, "list");
	data = stripe_read_list(in, "items");
	s->has_more_items = stripe_read_flag(&of_list, "has_more");
	if (of_list.wrong != NULL ||
	    stripe_items_read(&s->items, &s->nitems, a, data, NULL) != ERR_OK)
		stripe_read_wrong(in, "items");
}

/* Items that are paid at other intervals end at other times. Before 2025-03-31.basil all ended
 * together, and the time stood in the subscription. */
static int64_t
period_end(struct stripe_read *in)
{
	const struct json *data = stripe_read_list(in, "items");
	int64_t end = 0, at;

	for (size_t i = 0; data != NULL && i < data->n; i++) {
		struct stripe_read item = stripe_read_begin(&data->items[i], NULL);

		at = stripe_read_time(&item, "current_period_end");
		if (item.wrong != NULL)
			stripe_read_wrong(in, item.wrong);
		if (at > 0 && (end == 0 || at < end))
			end = at;
	}
	return end > 0 ? end : stripe_read_time(in, "current_period_end");
}

static const char *
cancel_reason(struct stripe_read *in)
{
	const struct json *details = stripe_read_object(in, "cancellation_details");
	struct stripe_read of_details = stripe_read_begin(details, NULL);

	return details != NULL ? stripe_read_word_if(&of_details, "reason") : NULL;
}

static void
read_times(struct stripe_subscription *s, struct stripe_read *in)
{
	s->created_at = stripe_read_created(in);
	s->cancel_at = stripe_read_time(in, "cancel_at");
	s->canceled_at = stripe_read_time(in, "canceled_at");
	s->ended_at = stripe_read_time(in, "ended_at");
	s->trial_end_at = stripe_read_time(in, "trial_end");
	s->period_end_at = period_end(in);
}

enum err
stripe_subscription_read(
    struct stripe_subscription *s, struct arena *a, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "subscription");

	*s = (struct stripe_subscription){ 0 };
	s->id = stripe_read_word(&in, "id");
	s->customer_id = stripe_read_link(&in, "customer");
	s->status = stripe_read_word(&in, "status");
	s->currency = stripe_read_currency(&in);
	s->user_sub = stripe_read_metadata(&in, "user_sub");
	s->latest_invoice_id = stripe_read_link_if(&in, "latest_invoice");
	s->cancel_reason = cancel_reason(&in);
	s->is_live = stripe_read_flag(&in, "livemode");
	s->is_paused = stripe_read_object(&in, "pause_collection") != NULL;
	s->cancel_at_period_end = stripe_read_flag(&in, "cancel_at_period_end");
	read_times(s, &in);
	read_items(s, a, &in);
	return stripe_read_end(&in, what);
}

/* ---- Checkout Sessions ---- */

enum err
stripe_checkout_read(struct stripe_checkout *c, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "checkout.session");

	*c = (struct stripe_checkout){ 0 };
	c->id = stripe_read_word(&in, "id");
	c->url = stripe_read_text_if(&in, "url");
	c->mode = stripe_read_word_if(&in, "mode");
	c->status = stripe_read_word_if(&in, "status");
	c->payment_status = stripe_read_word_if(&in, "payment_status");
	c->client_reference_id = stripe_read_text_if(&in, "client_reference_id");
	c->customer_id = stripe_read_link_if(&in, "customer");
	c->subscription_id = stripe_read_link_if(&in, "subscription");
	c->payment_intent_id = stripe_read_link_if(&in, "payment_intent");
	c->is_live = stripe_read_flag(&in, "livemode");
	c->created_at = stripe_read_created(&in);
	return stripe_read_end(&in, what);
}

/* ---- Events ---- */

/* An event is a hint: what it tells of may have any shape, and is asked for anyway. */
static void
read_told(struct stripe_event *e, struct stripe_read *in)
{
	const struct json *data = stripe_read_object(in, "data"), *told = NULL;

	if (data == NULL || json_read_object(data, "object", &told) != ERR_OK)
		return;
	e->object_id = stripe_object_id(told, "id");
	e->object_kind = stripe_object_id(told, "object");
	e->subscription_id = stripe_object_subscription(told);
	e->customer_id = stripe_object_id(told, "customer");
}

enum err
stripe_event_read(struct stripe_event *e, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "event");

	*e = (struct stripe_event){ 0 };
	(void)stripe_read_word(&in, "object");
	e->id = stripe_read_word(&in, "id");
	e->type = stripe_read_word(&in, "type");
	e->api_version = stripe_read_word_if(&in, "api_version");
	e->is_live = stripe_read_flag(&in, "livemode");
	e->created_at = stripe_read_created(&in);
	read_told(e, &in);
	return stripe_read_end(&in, what);
}
