/* Stripe's objects: every reader on every JSON; what is accepted has what its row needs. */
#include "clients/stripe_object.h"
#include "fuzz/fuzz.h"

#define TIME_MAX INT64_C(253402300799)

static bool
is_id(const char *id)
{
	return id != NULL && *id != '\0' && strlen(id) <= 255 && strpbrk(id, " \r\n\t") == NULL;
}

static bool
is_id_if(const char *id)
{
	return id == NULL || is_id(id);
}

static bool
is_time(int64_t at)
{
	return at >= 0 && at <= TIME_MAX;
}

static bool
is_currency(const char *currency)
{
	return strlen(currency) >= 3 && strlen(currency) <= 8;
}

static bool
is_known(int64_t amount)
{
	return amount != STRIPE_UNKNOWN;
}

static void
try_customer(const struct json *json)
{
	struct stripe_customer c;

	if (stripe_customer_read(&c, json, NULL) != ERR_OK)
		return;
	must(is_id(c.id) && is_time(c.created_at));
	must(c.is_deleted == (c.created_at == 0));
	must(!c.is_deleted || !c.is_live);
}

static void
try_subscription(struct arena *a, const struct json *json)
{
	const struct stripe_item *items;
	struct stripe_subscription s;
	size_t n;

	if (stripe_items_read(&items, &n, a, json, NULL) == ERR_OK)
		must(n == json->n);
	if (stripe_subscription_read(&s, a, json, NULL) != ERR_OK)
		return;
	must(is_id(s.id) && is_id(s.customer_id) && is_id(s.status) && is_currency(s.currency));
	must(is_id_if(s.latest_invoice_id) && s.created_at > 0 && is_time(s.period_end_at));
	for (size_t i = 0; i < s.nitems; i++)
		must(is_id(s.items[i].id) && is_id(s.items[i].price_id) &&
		     (!is_known(s.items[i].quantity) || s.items[i].quantity >= 0));
}

static void
try_prices(struct arena *a, const struct json *json)
{
	struct stripe_price p;
	struct stripe_coupon c;

	if (stripe_price_read(&p, a, json, NULL) == ERR_OK) {
		must(is_id(p.id) && is_currency(p.currency) && is_id_if(p.product_id));
		must(p.unit_amount == NULL ||
		     strspn(p.unit_amount, "-.0123456789") == strlen(p.unit_amount));
		must(p.period == NULL || p.period_count == STRIPE_UNKNOWN || p.period_count >= 0);
	}
	if (stripe_coupon_read(&c, a, json, NULL) == ERR_OK)
		must(is_id(c.id) && (c.percent_off == NULL) == is_known(c.amount_off_minor));
}

static void
try_payments(const struct json *json)
{
	struct stripe_invoice i;
	struct stripe_payment_intent p;

	if (stripe_invoice_read(&i, json, NULL) == ERR_OK) {
		must(is_id(i.id) && is_currency(i.currency) && i.created_at > 0);
		must(is_id_if(i.customer_id) && is_id_if(i.subscription_id));
		must(i.attempt_count >= 0 && is_time(i.paid_at));
	}
	if (stripe_payment_intent_read(&p, json, NULL) == ERR_OK)
		must(is_id(p.id) && is_id(p.status) && is_id_if(p.latest_charge_id));
}

static void
try_returns(const struct json *json)
{
	struct stripe_refund r;
	struct stripe_dispute d;
	struct stripe_balance_entry b;

	if (stripe_refund_read(&r, json, NULL) == ERR_OK)
		must(is_id(r.id) && is_id(r.status) && is_known(r.amount_minor));
	if (stripe_dispute_read(&d, json, NULL) == ERR_OK)
		must(is_id(d.id) && is_known(d.amount_minor) && is_time(d.withdrawn_at));
	if (stripe_balance_entry_read(&b, json, NULL) == ERR_OK)
		must(is_id(b.id) && b.kind != NULL && is_id(b.customer_id));
}

static void
try_hints(const struct json *json)
{
	struct stripe_checkout c;
	struct stripe_event e;

	if (stripe_checkout_read(&c, json, NULL) == ERR_OK)
		must(is_id(c.id) && is_id_if(c.customer_id) && c.created_at > 0);
	if (stripe_event_read(&e, json, NULL) == ERR_OK)
		must(is_id(e.id) && is_id(e.type) && is_id_if(e.object_id));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena a = { 0 };
	const struct json *json;

	if (json_read_parse(&json, &a, (const char *)bytes, len) == ERR_OK) {
		try_customer(json);
		try_subscription(&a, json);
		try_prices(&a, json);
		try_payments(json);
		try_returns(json);
		try_hints(json);
	}
	arena_free(&a);
	return 0;
}
