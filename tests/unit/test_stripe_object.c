/* Stripe's objects in the shapes of several years, and what is no such object. */
#include "clients/stripe_object.h"

#include <criterion/criterion.h>
#include <string.h>

#include "unit/files.h"

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(stripe_object, .fini = end);

/* ---- Each kind as one line of text, so that a case is a line, too ---- */

static const char *
shown(const char *text)
{
	return text != NULL ? text : "-";
}

static const char *
number(int64_t n)
{
	return n == STRIPE_UNKNOWN ? "?" : arena_printf(&arena, "%lld", (long long)n);
}

#define LIVE(o) ((o).is_live ? "live" : "test")
#define READ(kind, ...)                                                                            \
	struct stripe_##kind o;                                                                    \
	enum err e = stripe_##kind##_read(&o, __VA_ARGS__);                                        \
                                                                                                   \
	if (e != ERR_OK)                                                                           \
	return e

static enum err
customer(const struct json *json, const char **text, const char **what)
{
	READ(customer, json, what);
	*text = arena_printf(&arena, "%s %s%s%s sub=%s %s balance=%s created=%s", o.id, LIVE(o),
	    o.is_deleted ? " deleted" : "", o.has_discount ? " discount" : "", shown(o.user_sub),
	    shown(o.currency), number(o.balance_minor), number(o.created_at));
	return ERR_OK;
}

static const char *
items_text(const struct stripe_item *items, size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(&arena, "%s [%s %s %s x%s]", text, items[i].id,
		    items[i].price_id, shown(items[i].product_id), number(items[i].quantity));
	return text;
}

static enum err
subscription(const struct json *json, const char **text, const char **what)
{
	READ(subscription, &arena, json, what);
	*text = arena_printf(&arena,
	    "%s %s of %s %s %s sub=%s invoice=%s reason=%s%s%s "
	    "cancel=%s,%s,%s trial=%s end=%s created=%s%s%s",
	    o.id, LIVE(o), o.customer_id, o.status, o.currency, shown(o.user_sub),
	    shown(o.latest_invoice_id), shown(o.cancel_reason), o.is_paused ? " paused" : "",
	    o.cancel_at_period_end ? " ending" : "", number(o.cancel_at), number(o.canceled_at),
	    number(o.ended_at), number(o.trial_end_at), number(o.period_end_at),
	    number(o.created_at), items_text(o.items, o.nitems), o.has_more_items ? " more" : "");
	return ERR_OK;
}

static enum err
items(const struct json *json, const char **text, const char **what)
{
	const struct stripe_item *read;
	size_t n;
	enum err e = stripe_items_read(&read, &n, &arena, json, what);

	if (e == ERR_OK)
		*text = items_text(read, n);
	return e;
}

static enum err
price(const struct json *json, const char **text, const char **what)
{
	READ(price, &arena, json, what);
	*text = arena_printf(&arena, "%s %s %s %s%s %s %s per %s %s%s", o.id, LIVE(o),
	    shown(o.product_id), o.is_product_name ? "product " : "", shown(o.name), o.currency,
	    shown(o.unit_amount), number(o.period_count), shown(o.period),
	    o.is_active ? " active" : "");
	return ERR_OK;
}

static enum err
coupon(const struct json *json, const char **text, const char **what)
{
	READ(coupon, &arena, json, what);
	*text = arena_printf(&arena, "%s %s %s %s%% %s %s %s %s%s", o.id, LIVE(o), shown(o.name),
	    shown(o.percent_off), number(o.amount_off_minor), shown(o.currency), o.duration,
	    number(o.duration_months), o.is_valid ? " valid" : "");
	return ERR_OK;
}

static enum err
invoice(const struct json *json, const char **text, const char **what)
{
	READ(invoice, json, what);
	*text = arena_printf(&arena,
	    "%s %s of %s for %s %s %s %s %s pi=%s total=%s tax=%s "
	    "due=%s paid=%s tries=%s next=%s created=%s due=%s paid=%s",
	    o.id, LIVE(o), shown(o.customer_id), shown(o.subscription_id), shown(o.number),
	    shown(o.status), shown(o.billing_reason), o.currency, shown(o.payment_intent_id),
	    number(o.total_minor), number(o.tax_minor), number(o.amount_due_minor),
	    number(o.amount_paid_minor), number(o.attempt_count), number(o.next_attempt_at),
	    number(o.created_at), number(o.due_at), number(o.paid_at));
	return ERR_OK;
}

static enum err
payment_intent(const struct json *json, const char **text, const char **what)
{
	READ(payment_intent, json, what);
	*text = arena_printf(&arena,
	    "%s %s of %s for %s %s %s error=%s charge=%s receipt=%s %s received=%s created=%s "
	    "paid=%s",
	    o.id, LIVE(o), shown(o.customer_id), shown(o.invoice_id), o.status, o.currency,
	    shown(o.error_code), shown(o.latest_charge_id), shown(o.receipt_url),
	    number(o.amount_minor), number(o.amount_received_minor), number(o.created_at),
	    number(o.succeeded_at));
	return ERR_OK;
}

static enum err
refund(const struct json *json, const char **text, const char **what)
{
	READ(refund, json, what);
	*text = arena_printf(&arena, "%s %s pi=%s charge=%s %s %s %s %s created=%s", o.id, LIVE(o),
	    shown(o.payment_intent_id), shown(o.charge_id), number(o.amount_minor), o.currency,
	    o.status, shown(o.reason), number(o.created_at));
	return ERR_OK;
}

static enum err
dispute(const struct json *json, const char **text, const char **what)
{
	READ(dispute, json, what);
	*text = arena_printf(&arena, "%s %s pi=%s charge=%s %s %s %s %s created=%s out=%s back=%s",
	    o.id, LIVE(o), shown(o.payment_intent_id), shown(o.charge_id), number(o.amount_minor),
	    o.currency, o.status, shown(o.reason), number(o.created_at), number(o.withdrawn_at),
	    number(o.reinstated_at));
	return ERR_OK;
}

static enum err
balance_entry(const struct json *json, const char **text, const char **what)
{
	READ(balance_entry, json, what);
	*text = arena_printf(&arena, "%s %s of %s %s %s %s %s then %s created=%s", o.id, LIVE(o),
	    o.customer_id, o.type, o.kind, number(o.amount_minor), o.currency,
	    number(o.ending_balance_minor), number(o.created_at));
	return ERR_OK;
}

static enum err
checkout(const struct json *json, const char **text, const char **what)
{
	READ(checkout, json, what);
	*text = arena_printf(&arena, "%s %s %s %s %s %s for %s of %s sub=%s pi=%s created=%s", o.id,
	    LIVE(o), o.url != NULL ? "url" : "-", shown(o.mode), shown(o.status),
	    shown(o.payment_status), shown(o.client_reference_id), shown(o.customer_id),
	    shown(o.subscription_id), shown(o.payment_intent_id), number(o.created_at));
	return ERR_OK;
}

static enum err
event(const struct json *json, const char **text, const char **what)
{
	READ(event, json, what);
	*text = arena_printf(&arena, "%s %s %s %s %s %s sub=%s of %s created=%s", o.id, LIVE(o),
	    o.type, shown(o.api_version), shown(o.object_id), shown(o.object_kind),
	    shown(o.subscription_id), shown(o.customer_id), number(o.created_at));
	return ERR_OK;
}

typedef enum err (*reader)(const struct json *, const char **text, const char **what);

static void
expect(const char *name, reader read, const char *json, size_t len, const char *want,
    const char *wrong)
{
	const struct json *root = NULL;
	const char *text = "nothing", *what = NULL;
	enum err e;

	cr_assert_eq(json_read_parse(&root, &arena, json, len), ERR_OK, "%s: %s", name, json);
	e = read(root, &text, &what);
	cr_expect_eq(
	    e, want != NULL ? ERR_OK : ERR_INVALID, "%s: %s (%s)", name, err_word(e), shown(what));
	if (want != NULL)
		cr_expect_str_eq(text, want, "%s: %s", name, text);
	else
		cr_expect_str_eq(shown(what), wrong, "%s", name);
	cr_expect_eq(read(root, &text, &(const char *){ NULL }), e); /* again, the same */
}

/* ---- Stripe's own samples ---- */

static const struct {
	const char *file;
	reader read;
	const char *want;
} samples[] = {
	{ "customer", customer,
	    "cus_QXg1o8vcGmoR32 test discount sub=- usd balance=0 created=1234567890" },
	{ "subscription", subscription,
	    "sub_1Pgc6rB7WZ01zgkWNy0Cn5nw test of cus_QXg1o8vcGmoR32 active usd sub=- invoice=- "
	    "reason=- paused ending cancel=1234567890,1234567890,1234567890 trial=1234567890 "
	    "end=976287773 created=1234567890 [si_QXhVnC2h0Jczwc price_1PgafmB7WZ01zgkW6dKueIc5 "
	    "prod_QXg1hqf4jFNsqG x1]" },
	{ "price", price,
	    "price_1PgafmB7WZ01zgkW6dKueIc5 test prod_QXg1hqf4jFNsqG - usd 2000 per 1 month "
	    "active" },
	{ "coupon", coupon, "Z4OV52SU test 25.5% off 25.5% ? usd forever 3 valid" },
	{ "invoice", invoice,
	    "in_1Pgc6tB7WZ01zgkWu9fdqL6I test of cus_QXg1o8vcGmoR32 for - - draft manual usd pi=- "
	    "total=1000 tax=0 due=1000 paid=0 tries=0 next=1234567890 created=1234567890 "
	    "due=1234567890 paid=0" },
	{ "payment_intent", payment_intent,
	    "pi_1PgafyB7WZ01zgkWSjxsAJo3 test of - for - requires_payment_method usd error=- "
	    "charge=- receipt=- 1099 received=0 created=1234567890 paid=0" },
	{ "refund", refund,
	    "re_1Pgc72B7WZ01zgkWqPvrRrPE test pi=- charge=ch_1PgafuB7WZ01zgkWXYmPNZs8 100 usd "
	    "succeeded - created=1234567890" },
	{ "checkout.session", checkout,
	    "cs_test_a1YS1URlnyQCN5fUUduORoQ7Pw41PJqDWkIVQCpJPqkfIhd6tVY8XB1OLY test url payment "
	    "open unpaid for - of - sub=- pi=pi_1PgafyB7WZ01zgkWSjxsAJo3 created=1234567890" },
	{ "event", event,
	    "evt_1Pgc76B7WZ01zgkWwyRHS12y test plan.created - price_1PgafmB7WZ01zgkW6dKueIc5 plan "
	    "sub=- of - created=1234567890" },
};

Test(stripe_object, samples)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct strbuf bytes = { 0 };
		const char *path =
		    arena_printf(&arena, "tests/data/stripe/stripe-mock-%s.json", samples[i].file);

		cr_assert(file_read(path, &bytes), "%s", path);
		expect(samples[i].file, samples[i].read, bytes.s, bytes.len, samples[i].want, NULL);
		strbuf_free(&bytes);
	}
}

/* Each reader refuses what the others read. */
Test(stripe_object, samples_of_other_kinds)
{
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct strbuf bytes = { 0 };

		file_read(
		    arena_printf(&arena, "tests/data/stripe/stripe-mock-%s.json", samples[i].file),
		    &bytes);
		for (size_t j = 0; j < sizeof(samples) / sizeof(samples[0]); j++)
			if (i != j)
				expect(samples[i].file, samples[j].read, bytes.s, bytes.len, NULL,
				    "object");
		strbuf_free(&bytes);
	}
}

/* ---- Other shapes, and bad ones ---- */

/* Members that are needed, so that a case shows only what it is about. */
#define CUSTOMER "\"id\":\"cus_1\",\"created\":9"
#define SUB                                                                                        \
	"\"id\":\"sub_1\",\"customer\":\"cus_1\",\"status\":\"active\",\"currency\":\"usd\","      \
	"\"created\":9"
#define ITEM "\"id\":\"si_1\",\"price\":\"price_1\""
#define PRICE "\"id\":\"price_1\",\"currency\":\"usd\""
#define INVOICE "\"id\":\"in_1\",\"currency\":\"usd\",\"created\":9"
#define INTENT "\"id\":\"pi_1\",\"status\":\"succeeded\",\"currency\":\"usd\",\"created\":9"
#define REFUND "\"id\":\"re_1\",\"status\":\"pending\",\"currency\":\"usd\",\"created\":9"
#define DISPUTE "\"id\":\"dp_1\",\"status\":\"lost\",\"currency\":\"usd\",\"created\":9"
#define ENTRY "\"id\":\"cbtxn_1\",\"customer\":\"cus_1\",\"currency\":\"usd\",\"created\":9"
#define EVENT "\"id\":\"evt_1\",\"type\":\"invoice.paid\",\"created\":9"

#define SUB_IS(more) "sub_1 test of cus_1 active usd sub=- invoice=- reason=-" more
#define INVOICE_IS(customer, of, pi, total, tax)                                                   \
	"in_1 test of " customer " for " of " - - - usd pi=" pi " total=" total " tax=" tax        \
	" due=? paid=? tries=0 next=0 created=9 due=0 paid=0"

static const struct {
	const char *name;
	reader read;
	const char *json, *want; /* want NULL: refused, */
	const char *wrong;	 /* for this member */
} cases[] = {
	/* What is no object at all. */
	{ "a list", customer, "[]", NULL, "object" },
	{ "nothing", customer, "{}", NULL, "id" },
	{ "a refund", customer, "{\"object\":\"refund\"," CUSTOMER "}", NULL, "object" },
	{ "the kind is a number", customer, "{\"object\":1," CUSTOMER "}", NULL, "object" },

	/* Customers. */
	{ "deleted", customer, "{\"id\":\"cus_1\",\"object\":\"customer\",\"deleted\":true}",
	    "cus_1 test deleted sub=- - balance=? created=0", NULL },
	{ "whole", customer,
	    "{" CUSTOMER ",\"livemode\":true,\"currency\":\"kwd\",\"balance\":-12500,"
	    "\"metadata\":{\"user_sub\":\"alice\",\"other\":\"x\"},\"novelty\":{\"a\":[1]}}",
	    "cus_1 live sub=alice kwd balance=-12500 created=9", NULL },
	{ "metadata that is no text", customer,
	    "{" CUSTOMER ",\"metadata\":{\"user_sub\":7},\"balance\":null}",
	    "cus_1 test sub=- - balance=? created=9", NULL },
	{ "a coupon of its own", customer, "{" CUSTOMER ",\"discount\":{\"id\":\"di_1\"}}",
	    "cus_1 test discount sub=- - balance=? created=9", NULL },
	{ "no coupon", customer, "{" CUSTOMER ",\"discount\":null}",
	    "cus_1 test sub=- - balance=? created=9", NULL },
	{ "empty sub", customer, "{" CUSTOMER ",\"metadata\":{\"user_sub\":\"\"}}",
	    "cus_1 test sub=- - balance=? created=9", NULL },
	{ "no id", customer, "{\"created\":9}", NULL, "id" },
	{ "empty id", customer, "{\"id\":\"\",\"created\":9}", NULL, "id" },
	{ "id with a blank", customer, "{\"id\":\"cus 1\",\"created\":9}", NULL, "id" },
	{ "id with a line end", customer, "{\"id\":\"cus\\n1\",\"created\":9}", NULL, "id" },
	{ "id is a number", customer, "{\"id\":1,\"created\":9}", NULL, "id" },
	{ "no time", customer, "{\"id\":\"cus_1\"}", NULL, "created" },
	{ "time as text", customer, "{\"id\":\"cus_1\",\"created\":\"9\"}", NULL, "created" },
	{ "time as fraction", customer, "{\"id\":\"cus_1\",\"created\":9.5}", NULL, "created" },
	{ "time before 1970", customer, "{\"id\":\"cus_1\",\"created\":-9}", NULL, "created" },
	{ "time beyond calendars", customer, "{\"id\":\"cus_1\",\"created\":253402300800}", NULL,
	    "created" },
	{ "balance as text", customer, "{" CUSTOMER ",\"balance\":\"100\"}", NULL, "balance" },
	{ "balance as fraction", customer, "{" CUSTOMER ",\"balance\":1.5}", NULL, "balance" },
	{ "balance that would be our unknown", customer,
	    "{" CUSTOMER ",\"balance\":-9223372036854775808}", NULL, "balance" },
	{ "currency in capitals", customer, "{" CUSTOMER ",\"currency\":\"USD\"}", NULL,
	    "currency" },
	{ "livemode as text", customer, "{" CUSTOMER ",\"livemode\":\"true\"}", NULL, "livemode" },

	/* Subscriptions. */
	{ "old shape: period of the whole, customer expanded", subscription,
	    "{\"id\":\"sub_1\",\"customer\":{\"id\":\"cus_1\",\"object\":\"customer\"},"
	    "\"status\":\"active\",\"currency\":\"usd\",\"created\":9,\"current_period_end\":50,"
	    "\"items\":{\"object\":\"list\",\"has_more\":false,\"data\":[{" ITEM "}]}}",
	    SUB_IS(" cancel=0,0,0 trial=0 end=50 created=9 [si_1 price_1 - x?]"), NULL },
	{ "new shape: the earliest end of its items", subscription,
	    "{" SUB ",\"items\":{\"data\":["
	    "{\"id\":\"si_1\",\"quantity\":2,\"current_period_end\":70,"
	    "\"price\":{\"id\":\"price_1\",\"product\":{\"id\":\"prod_1\",\"name\":\"Pro\"}}},"
	    "{\"id\":\"si_2\",\"current_period_end\":60,"
	    "\"price\":{\"id\":\"price_2\",\"product\":\"prod_2\"}}],\"has_more\":true}}",
	    SUB_IS(" cancel=0,0,0 trial=0 end=60 created=9 [si_1 price_1 prod_1 x2] "
		   "[si_2 price_2 prod_2 x?] more"),
	    NULL },
	{ "unknown status, all that may be", subscription,
	    "{\"id\":\"sub_1\",\"customer\":\"cus_1\",\"status\":\"resting\",\"currency\":\"jpy\","
	    "\"created\":9,\"livemode\":true,\"metadata\":{\"user_sub\":\"alice\"},"
	    "\"latest_invoice\":{\"id\":\"in_1\"},\"cancel_at\":1,\"canceled_at\":2,\"ended_at\":3,"
	    "\"trial_end\":4,\"cancel_at_period_end\":true,"
	    "\"cancellation_details\":{\"reason\":\"payment_disputed\"},"
	    "\"pause_collection\":{\"behavior\":\"void\"},"
	    "\"items\":{\"data\":[],\"has_more\":false}}",
	    "sub_1 live of cus_1 resting jpy sub=alice invoice=in_1 reason=payment_disputed paused "
	    "ending cancel=1,2,3 trial=4 end=0 created=9",
	    NULL },
	{ "without items: to be asked for", subscription,
	    "{" SUB ",\"pause_collection\":null,\"cancellation_details\":null}",
	    SUB_IS(" cancel=0,0,0 trial=0 end=0 created=9 more"), NULL },
	{ "an item of before there were prices", subscription,
	    "{" SUB ",\"items\":{\"data\":[{\"id\":\"si_1\",\"quantity\":1,"
	    "\"plan\":{\"id\":\"gold\",\"product\":\"prod_1\"}}]}}",
	    SUB_IS(" cancel=0,0,0 trial=0 end=0 created=9 [si_1 gold prod_1 x1]"), NULL },
	{ "no customer", subscription,
	    "{\"id\":\"sub_1\",\"status\":\"active\",\"currency\":\"usd\",\"created\":9}", NULL,
	    "customer" },
	{ "customer without id", subscription,
	    "{\"id\":\"sub_1\",\"customer\":{},\"status\":\"active\",\"currency\":\"usd\","
	    "\"created\":9}",
	    NULL, "customer" },
	{ "customer is a number", subscription,
	    "{\"id\":\"sub_1\",\"customer\":1,\"status\":\"active\",\"currency\":\"usd\","
	    "\"created\":9}",
	    NULL, "customer" },
	{ "items as array", subscription, "{" SUB ",\"items\":[]}", NULL, "items" },
	{ "items without data", subscription, "{" SUB ",\"items\":{}}", NULL, "items" },
	{ "has_more as text", subscription, "{" SUB ",\"items\":{\"data\":[],\"has_more\":\"no\"}}",
	    NULL, "items" },
	{ "an item without price", subscription,
	    "{" SUB ",\"items\":{\"data\":[{\"id\":\"si_1\"}]}}", NULL, "items" },
	{ "end of an item as text", subscription,
	    "{" SUB ",\"items\":{\"data\":[{" ITEM ",\"current_period_end\":\"1\"}]}}", NULL,
	    "current_period_end" },

	/* Items. */
	{ "no items", items, "[]", "", NULL },
	{ "items: an object", items, "{\"data\":[]}", NULL, "items" },
	{ "quantity null", items, "[{" ITEM ",\"quantity\":null}]", " [si_1 price_1 - x?]", NULL },
	{ "quantity zero", items, "[{" ITEM ",\"quantity\":0}]", " [si_1 price_1 - x0]", NULL },
	{ "quantity below zero", items, "[{" ITEM ",\"quantity\":-1}]", NULL, "quantity" },
	{ "quantity as text", items, "[{" ITEM ",\"quantity\":\"1\"}]", NULL, "quantity" },
	{ "the second is no object", items, "[{" ITEM "},7]", NULL, "object" },

	/* Prices. */
	{ "decimal before whole", price,
	    "{" PRICE ",\"unit_amount\":null,\"unit_amount_decimal\":\"0.000000000001\","
	    "\"product\":{\"id\":\"prod_1\",\"name\":\"Pro\"},\"nickname\":\"p\",\"active\":true,"
	    "\"livemode\":true,\"recurring\":{\"interval\":\"year\",\"interval_count\":2}}",
	    "price_1 live prod_1 product Pro usd 0.000000000001 per 2 year active", NULL },
	{ "whole only, of yen, paid once", price,
	    "{\"id\":\"price_1\",\"currency\":\"jpy\",\"unit_amount\":500,\"nickname\":\"p\","
	    "\"product\":{\"id\":\"prod_1\",\"deleted\":true},\"recurring\":null}",
	    "price_1 test prod_1 p jpy 500 per ? -", NULL },
	{ "tiered", price,
	    "{" PRICE ",\"billing_scheme\":\"tiered\",\"unit_amount\":null,"
	    "\"unit_amount_decimal\":null}",
	    "price_1 test - - usd - per ? -", NULL },
	{ "a period of a kind to come", price,
	    "{" PRICE ",\"recurring\":{\"interval\":\"decade\",\"interval_count\":1}}",
	    "price_1 test - - usd - per 1 -", NULL },
	{ "decimal that is none", price, "{" PRICE ",\"unit_amount_decimal\":\"1e3\"}", NULL,
	    "unit_amount_decimal" },
	{ "decimal without digits", price, "{" PRICE ",\"unit_amount_decimal\":\".\"}", NULL,
	    "unit_amount_decimal" },
	{ "decimal as number", price, "{" PRICE ",\"unit_amount_decimal\":1.5}", NULL,
	    "unit_amount_decimal" },
	{ "period as text", price, "{" PRICE ",\"recurring\":\"month\"}", NULL, "recurring" },
	{ "count too large", price,
	    "{" PRICE ",\"recurring\":{\"interval\":\"day\",\"interval_count\":2147483648}}", NULL,
	    "interval_count" },
	{ "no currency", price, "{\"id\":\"price_1\"}", NULL, "currency" },

	/* Coupons. */
	{ "a fraction of a percent", coupon,
	    "{\"id\":\"SUMMER\",\"percent_off\":33.33,\"duration\":\"repeating\","
	    "\"duration_in_months\":3,\"valid\":true,\"name\":\"Summer\"}",
	    "SUMMER test Summer 33.33% ? - repeating 3 valid", NULL },
	{ "an amount", coupon,
	    "{\"id\":\"c\",\"percent_off\":null,\"amount_off\":1500,\"currency\":\"kwd\","
	    "\"duration\":\"once\",\"livemode\":true}",
	    "c live - -% 1500 kwd once ?", NULL },
	{ "neither", coupon, "{\"id\":\"c\",\"duration\":\"once\"}", NULL, "percent_off" },
	{ "both", coupon, "{\"id\":\"c\",\"duration\":\"once\",\"percent_off\":5,\"amount_off\":5}",
	    NULL, "percent_off" },
	{ "more than all", coupon, "{\"id\":\"c\",\"duration\":\"once\",\"percent_off\":101}", NULL,
	    "percent_off" },
	{ "percent as text", coupon, "{\"id\":\"c\",\"duration\":\"once\",\"percent_off\":\"5\"}",
	    NULL, "percent_off" },
	{ "no duration", coupon, "{\"id\":\"c\",\"percent_off\":5}", NULL, "duration" },

	/* Invoices. */
	{ "old shape", invoice,
	    "{" INVOICE ",\"customer\":\"cus_1\",\"subscription\":\"sub_1\","
	    "\"payment_intent\":\"pi_1\",\"total\":1190,\"tax\":190}",
	    INVOICE_IS("cus_1", "sub_1", "pi_1", "1190", "190"), NULL },
	{ "old shape, expanded", invoice,
	    "{" INVOICE ",\"customer\":{\"id\":\"cus_1\",\"deleted\":true},"
	    "\"subscription\":{\"id\":\"sub_1\"},\"payment_intent\":{\"id\":\"pi_1\"},"
	    "\"total\":1190,\"tax\":null,\"total_excluding_tax\":1000}",
	    INVOICE_IS("cus_1", "sub_1", "pi_1", "1190", "190"), NULL },
	{ "new shape", invoice,
	    "{" INVOICE ",\"customer\":\"cus_1\",\"parent\":{\"type\":\"subscription_details\","
	    "\"subscription_details\":{\"subscription\":\"sub_1\"}},\"total\":1190,"
	    "\"total_taxes\":[{\"amount\":100},{\"amount\":90}],\"payments\":{\"data\":["
	    "{\"status\":\"canceled\",\"payment\":{\"type\":\"payment_intent\","
	    "\"payment_intent\":\"pi_0\"}},"
	    "{\"status\":\"paid\",\"payment\":{\"payment_intent\":{\"id\":\"pi_1\"}}},"
	    "{\"status\":\"open\",\"is_default\":true,\"payment\":{\"payment_intent\":\"pi_2\"}},"
	    "{\"status\":\"paid\",\"payment\":{\"type\":\"charge\",\"charge\":\"ch_1\"}}]}}",
	    INVOICE_IS("cus_1", "sub_1", "pi_1", "1190", "190"), NULL },
	{ "a quote's, though it holds subscription details", invoice,
	    "{" INVOICE ",\"parent\":{\"type\":\"quote_details\","
	    "\"subscription_details\":{\"subscription\":\"sub_1\"}}}",
	    INVOICE_IS("-", "-", "-", "?", "?"), NULL },
	{ "subscription expanded in the new shape", invoice,
	    "{" INVOICE ",\"subscription\":null,\"parent\":{\"type\":\"subscription_details\","
	    "\"subscription_details\":{\"subscription\":{\"id\":\"sub_1\"}}}}",
	    INVOICE_IS("-", "sub_1", "-", "?", "?"), NULL },
	{ "the default payment before any", invoice,
	    "{" INVOICE ",\"payments\":{\"data\":["
	    "{\"status\":\"open\",\"payment\":{\"payment_intent\":\"pi_1\"}},"
	    "{\"status\":\"open\",\"is_default\":true,\"payment\":{\"payment_intent\":\"pi_2\"}}]}"
	    "}",
	    INVOICE_IS("-", "-", "pi_2", "?", "?"), NULL },
	{ "negative: credit comes back", invoice,
	    "{" INVOICE ",\"total\":-500,\"total_excluding_tax\":-420,\"amount_due\":0,"
	    "\"amount_paid\":0,\"number\":\"A-1\",\"status\":\"paid\","
	    "\"billing_reason\":\"subscription_update\",\"attempt_count\":null,"
	    "\"status_transitions\":{\"paid_at\":8}}",
	    "in_1 test of - for - A-1 paid subscription_update usd pi=- total=-500 tax=-80 due=0 "
	    "paid=0 tries=0 next=0 created=9 due=0 paid=8",
	    NULL },
	{ "no taxes at all", invoice, "{" INVOICE ",\"total\":5,\"total_taxes\":[]}",
	    INVOICE_IS("-", "-", "-", "5", "0"), NULL },
	{ "nulls", invoice,
	    "{" INVOICE ",\"customer\":null,\"total\":null,\"tax\":null,\"amount_due\":null,"
	    "\"amount_paid\":null,\"status\":null,\"number\":null,\"status_transitions\":null,"
	    "\"payments\":null,\"parent\":null,\"next_payment_attempt\":null}",
	    INVOICE_IS("-", "-", "-", "?", "?"), NULL },
	{ "yen, tried thrice", invoice,
	    "{\"id\":\"in_1\",\"currency\":\"jpy\",\"created\":9,\"total\":500,\"amount_due\":500,"
	    "\"amount_paid\":0,\"attempt_count\":3,\"next_payment_attempt\":77,\"due_date\":78,"
	    "\"status\":\"open\",\"livemode\":true}",
	    "in_1 live of - for - - open - jpy pi=- total=500 tax=? due=500 paid=0 tries=3 next=77 "
	    "created=9 due=78 paid=0",
	    NULL },
	{ "an upcoming one", invoice, "{\"object\":\"invoice\",\"currency\":\"usd\",\"created\":9}",
	    NULL, "id" },
	{ "a deleted one", invoice, "{\"id\":\"in_1\",\"object\":\"invoice\",\"deleted\":true}",
	    NULL, "currency" },
	{ "paid amount as text", invoice, "{" INVOICE ",\"amount_paid\":\"1000\"}", NULL,
	    "amount_paid" },
	{ "taxes beyond a number", invoice,
	    "{" INVOICE ",\"total_taxes\":[{\"amount\":9223372036854775807},{\"amount\":1}]}", NULL,
	    "total_taxes" },
	{ "taxes without amounts", invoice, "{" INVOICE ",\"total_taxes\":[{}]}", NULL,
	    "total_taxes" },
	{ "taxes as a number", invoice, "{" INVOICE ",\"total_taxes\":5}", NULL, "total_taxes" },
	{ "times as text", invoice, "{" INVOICE ",\"status_transitions\":{\"paid_at\":\"x\"}}",
	    NULL, "paid_at" },
	{ "transitions as text", invoice, "{" INVOICE ",\"status_transitions\":\"x\"}", NULL,
	    "status_transitions" },

	/* Payment intents. */
	{ "old shape", payment_intent,
	    "{" INTENT ",\"invoice\":\"in_1\",\"customer\":\"cus_1\",\"amount\":100,"
	    "\"amount_received\":100,\"charges\":{\"object\":\"list\",\"data\":[{\"id\":\"ch_2\","
	    "\"receipt_url\":\"u2\"},"
	    "{\"id\":\"ch_1\",\"receipt_url\":\"u1\"}]}}",
	    "pi_1 test of cus_1 for in_1 succeeded usd error=- charge=ch_2 receipt=u2 100 "
	    "received=100 "
	    "created=9 paid=0",
	    NULL },
	{ "paid long after it was made", payment_intent,
	    "{" INTENT ",\"latest_charge\":{\"id\":\"ch_1\",\"created\":20}}",
	    "pi_1 test of - for - succeeded usd error=- charge=ch_1 receipt=- ? received=? "
	    "created=9 paid=20",
	    NULL },
	{ "not paid, though a charge was tried", payment_intent,
	    "{\"id\":\"pi_1\",\"currency\":\"usd\",\"created\":9,\"status\":\"canceled\","
	    "\"latest_charge\":{\"id\":\"ch_1\",\"created\":20}}",
	    "pi_1 test of - for - canceled usd error=- charge=ch_1 receipt=- ? received=? "
	    "created=9 paid=0",
	    NULL },
	{ "new shape, refused by the bank", payment_intent,
	    "{" INTENT ",\"latest_charge\":{\"id\":\"ch_1\"},\"amount\":null,"
	    "\"last_payment_error\":{\"code\":\"card_declined\","
	    "\"decline_code\":\"insufficient_funds\",\"message\":\"Your card has …\"}}",
	    "pi_1 test of - for - succeeded usd error=insufficient_funds charge=ch_1 receipt=- ? "
	    "received=? "
	    "created=9 paid=0",
	    NULL },
	{ "refused by Stripe", payment_intent,
	    "{" INTENT
	    ",\"last_payment_error\":{\"code\":\"expired_card\"},\"charges\":{\"data\":[]}}",
	    "pi_1 test of - for - succeeded usd error=expired_card charge=- receipt=- ? received=? "
	    "created=9 paid=0",
	    NULL },
	{ "with a receipt", payment_intent,
	    "{" INTENT ",\"latest_charge\":{\"id\":\"ch_1\",\"receipt_url\":\"https://x/r\"}}",
	    "pi_1 test of - for - succeeded usd error=- charge=ch_1 receipt=https://x/r ? "
	    "received=? created=9 paid=0",
	    NULL },
	{ "not expanded", payment_intent, "{" INTENT ",\"latest_charge\":\"ch_1\"}",
	    "pi_1 test of - for - succeeded usd error=- charge=ch_1 receipt=- ? received=? "
	    "created=9 paid=0",
	    NULL },
	{ "amount as text", payment_intent, "{" INTENT ",\"amount\":\"1\"}", NULL, "amount" },
	{ "no status", payment_intent, "{\"id\":\"pi_1\",\"currency\":\"usd\",\"created\":9}", NULL,
	    "status" },

	/* Refunds. */
	{ "expanded", refund,
	    "{" REFUND ",\"charge\":{\"id\":\"ch_1\",\"invoice\":\"in_1\"},"
	    "\"payment_intent\":{\"id\":\"pi_1\"},\"amount\":100,\"reason\":\"duplicate\","
	    "\"livemode\":true}",
	    "re_1 live pi=pi_1 charge=ch_1 100 usd pending duplicate created=9", NULL },
	{ "amount null", refund, "{" REFUND ",\"amount\":null}", NULL, "amount" },
	{ "no amount", refund, "{" REFUND "}", NULL, "amount" },
	{ "amount as real", refund, "{" REFUND ",\"amount\":1.0}", NULL, "amount" },

	/* Disputes. */
	{ "lost", dispute,
	    "{" DISPUTE ",\"amount\":100,\"charge\":\"ch_1\",\"reason\":\"fraudulent\","
	    "\"balance_transactions\":[{\"amount\":-1600,\"created\":11}]}",
	    "dp_1 test pi=- charge=ch_1 100 usd lost fraudulent created=9 out=11 back=0", NULL },
	{ "won", dispute,
	    "{" DISPUTE ",\"amount\":100,\"balance_transactions\":["
	    "{\"amount\":-1600,\"created\":11},{\"amount\":1600,\"created\":15},"
	    "{\"amount\":0,\"created\":99},{\"amount\":null,\"created\":99}]}",
	    "dp_1 test pi=- charge=- 100 usd lost - created=9 out=11 back=15", NULL },
	{ "an inquiry", dispute, "{" DISPUTE ",\"amount\":100,\"balance_transactions\":[]}",
	    "dp_1 test pi=- charge=- 100 usd lost - created=9 out=0 back=0", NULL },
	{ "movements of other kinds", dispute,
	    "{" DISPUTE ",\"amount\":100,\"balance_transactions\":[7]}", NULL,
	    "balance_transactions" },

	/* Credit. */
	{ "bought", balance_entry,
	    "{" ENTRY ",\"type\":\"adjustment\",\"amount\":-500,\"ending_balance\":-500,"
	    "\"metadata\":{\"kind\":\"purchase\"}}",
	    "cbtxn_1 test of cus_1 adjustment bought -500 usd then -500 created=9", NULL },
	{ "granted", balance_entry,
	    "{" ENTRY ",\"type\":\"adjustment\",\"amount\":-500,\"metadata\":{\"kind\":\"grant\"}}",
	    "cbtxn_1 test of cus_1 adjustment granted -500 usd then ? created=9", NULL },
	{ "by an admin in Stripe's dashboard", balance_entry,
	    "{" ENTRY ",\"type\":\"adjustment\",\"amount\":300,\"metadata\":{}}",
	    "cbtxn_1 test of cus_1 adjustment granted 300 usd then ? created=9", NULL },
	{ "used", balance_entry, "{" ENTRY ",\"type\":\"applied_to_invoice\",\"amount\":500}",
	    "cbtxn_1 test of cus_1 applied_to_invoice used 500 usd then ? created=9", NULL },
	{ "a kind of no adjustment", balance_entry,
	    "{" ENTRY ",\"type\":\"applied_to_invoice\",\"amount\":500,"
	    "\"metadata\":{\"kind\":\"purchase\"}}",
	    "cbtxn_1 test of cus_1 applied_to_invoice used 500 usd then ? created=9", NULL },
	{ "not used after all", balance_entry,
	    "{" ENTRY ",\"type\":\"unapplied_from_invoice\",\"amount\":-500}",
	    "cbtxn_1 test of cus_1 unapplied_from_invoice used -500 usd then ? created=9", NULL },
	{ "refunded", balance_entry, "{" ENTRY ",\"type\":\"credit_note\",\"amount\":-500}",
	    "cbtxn_1 test of cus_1 credit_note refunded -500 usd then ? created=9", NULL },
	{ "a type to come", balance_entry, "{" ENTRY ",\"type\":\"gift_card\",\"amount\":0}",
	    "cbtxn_1 test of cus_1 gift_card other 0 usd then ? created=9", NULL },
	{ "no type", balance_entry, "{" ENTRY ",\"amount\":0}", NULL, "type" },

	/* Checkout. */
	{ "paid", checkout,
	    "{\"id\":\"cs_1\",\"created\":9,\"livemode\":true,\"mode\":\"subscription\","
	    "\"status\":\"complete\",\"payment_status\":\"paid\",\"url\":null,"
	    "\"client_reference_id\":\"alice\",\"customer\":{\"id\":\"cus_1\"},"
	    "\"subscription\":\"sub_1\"}",
	    "cs_1 live - subscription complete paid for alice of cus_1 sub=sub_1 pi=- created=9",
	    NULL },
	{ "reference is a number", checkout,
	    "{\"id\":\"cs_1\",\"created\":9,\"client_reference_id\":1}", NULL,
	    "client_reference_id" },

	/* Events. */
	{ "old shape", event,
	    "{\"object\":\"event\"," EVENT ",\"livemode\":true,\"api_version\":\"2024-06-20\","
	    "\"data\":{\"object\":{\"id\":\"in_1\",\"object\":\"invoice\",\"customer\":\"cus_1\","
	    "\"subscription\":\"sub_1\"}}}",
	    "evt_1 live invoice.paid 2024-06-20 in_1 invoice sub=sub_1 of cus_1 created=9", NULL },
	{ "new shape", event,
	    "{\"object\":\"event\"," EVENT ",\"data\":{\"object\":{\"id\":\"in_1\","
	    "\"object\":\"invoice\",\"parent\":{\"type\":\"subscription_details\","
	    "\"subscription_details\":{\"subscription\":\"sub_1\"}}}}}",
	    "evt_1 test invoice.paid - in_1 invoice sub=sub_1 of - created=9", NULL },
	{ "what it tells of is odd", event,
	    "{\"object\":\"event\"," EVENT ",\"data\":{\"object\":{\"id\":7,\"object\":[],"
	    "\"customer\":true,\"parent\":1}}}",
	    "evt_1 test invoice.paid - - - sub=- of - created=9", NULL },
	{ "tells of nothing", event, "{\"object\":\"event\"," EVENT ",\"data\":{}}",
	    "evt_1 test invoice.paid - - - sub=- of - created=9", NULL },
	{ "data is text", event, "{\"object\":\"event\"," EVENT ",\"data\":\"x\"}", NULL, "data" },
	{ "thin", event,
	    "{\"id\":\"evt_1\",\"object\":\"v2.core.event\",\"type\":\"v1.invoice.paid\","
	    "\"created\":\"2026-01-01T00:00:00Z\",\"related_object\":{\"id\":\"in_1\"}}",
	    NULL, "object" },
	{ "of no kind", event, "{" EVENT "}", NULL, "object" },
	{ "no type", event, "{\"object\":\"event\",\"id\":\"evt_1\",\"created\":9}", NULL, "type" },
};

Test(stripe_object, cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(cases[i].name, cases[i].read, cases[i].json, strlen(cases[i].json),
		    cases[i].want, cases[i].wrong);
}

/* The first page of 30 items, and then the whole list of them. */
Test(stripe_object, thirty_items)
{
	struct strbuf list = { 0 };
	const struct stripe_item *read = NULL;
	const struct json *root = NULL;
	struct stripe_subscription s;
	const char *json;
	size_t n = 0;

	for (int i = 0; i < 30; i++)
		strbuf_printf(&list, "%s{\"id\":\"si_%d\",\"price\":\"price_%d\",\"quantity\":%d}",
		    i > 0 ? "," : "", i, i, i);
	json =
	    arena_printf(&arena, "{" SUB ",\"items\":{\"data\":[{" ITEM "}],\"has_more\":true}}");
	cr_assert_eq(json_read_parse(&root, &arena, json, strlen(json)), ERR_OK);
	cr_assert_eq(stripe_subscription_read(&s, &arena, root, NULL), ERR_OK);
	cr_expect(s.has_more_items);
	cr_expect_eq(s.nitems, 1);
	json = arena_printf(&arena, "[%s]", strbuf_text(&list));
	cr_assert_eq(json_read_parse(&root, &arena, json, strlen(json)), ERR_OK);
	cr_assert_eq(stripe_items_read(&read, &n, &arena, root, NULL), ERR_OK);
	cr_expect_eq(n, 30);
	cr_expect_str_eq(read[29].id, "si_29");
	cr_expect_eq(read[29].quantity, 29);
	strbuf_free(&list);
}

Test(stripe_object, an_id_is_one)
{
	char json[400], id[300];
	const struct json *root = NULL;
	struct stripe_customer c;

	memset(id, 'x', sizeof(id));
	for (size_t len = 255; len <= 256; len++) {
		id[len] = '\0';
		snprintf(json, sizeof(json), "{\"id\":\"%s\",\"created\":9}", id);
		cr_assert_eq(json_read_parse(&root, &arena, json, strlen(json)), ERR_OK);
		cr_expect_eq(
		    stripe_customer_read(&c, root, NULL), len == 255 ? ERR_OK : ERR_INVALID);
		cr_expect_eq(stripe_object_id(root, "id") != NULL, len == 255);
		id[len] = 'x';
	}
	cr_expect_null(stripe_object_id(root, "nothing"));
	cr_expect_null(stripe_object_id(NULL, "id"));
	cr_expect_eq(stripe_refund_read(&(struct stripe_refund){ 0 }, NULL, NULL), ERR_INVALID);
}
