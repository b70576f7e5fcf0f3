/*
 * Two lists decide. A text is shown if its name is on the first one and the text itself is a word
 * such as ids and enums are; below a name of the second one nothing is shown at all, numbers and
 * flags included. Names are Stripe's (docs.stripe.com/api).
 */
#include "billing/mask.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_write.h"
#include "base/text.h"

#define WORD_BYTES_MAX 255

/* clang-format off */
static const char *const shown[] = {
	/* What it is */
	"id", "object", "type", "mode", "status", "state", "api_version", "currency",
	"presentment_currency", "country", "brand", "funding", "network", "reason", "code",
	"decline_code", "failure_code", "network_status", "risk_level", "billing_reason",
	"billing_scheme", "behavior", "cancel_reason", "cancellation_reason", "feedback",
	"capture_method", "collection_method", "confirmation_method", "duration", "interval",
	"missing_payment_method", "payment_behavior", "payment_method_types", "payment_status",
	"proration_behavior", "resumes_at", "setup_future_usage", "submit_type", "tax_behavior",
	"tax_exempt", "tiers_mode", "ui_mode", "unit_amount_decimal", "flat_amount_decimal",
	"amount_decimal", "usage_type", "aggregate_usage", "number", "receipt_number",
	/* Whose and for what it is */
	"customer", "subscription", "invoice", "charge", "latest_charge", "latest_invoice",
	"payment_intent", "setup_intent", "pending_setup_intent", "payment_method",
	"default_payment_method", "default_source", "source", "price", "plan", "product", "coupon",
	"promotion_code", "discount", "discounts", "balance_transaction", "dispute", "refund",
	"credit_note", "checkout_session", "subscription_item", "invoice_item", "schedule",
	"payment", "payment_link", "transfer", "account", "test_clock", "tax_rate", "tax_rates",
	"default_tax_rates", "from_invoice", "client_reference_id",
};
/* clang-format on */

static const char *const hidden[] = { "address", "bank_transfer", "billing_details", "card",
	"custom_fields", "custom_text", "customer_address", "customer_details", "customer_shipping",
	"dob", "evidence", "exp_month", "exp_year", "individual", "next_action", "owner",
	"payment_method_details", "sepa_debit", "shipping", "shipping_address", "shipping_details",
	"sources", "us_bank_account" };

/* Names in there are anybody's, and may be people's; this one is ours. */
#define METADATA "metadata"
#define OUR_METADATA "user_sub"

static bool
is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; name != NULL && i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

#define IS_AMONG(name, names) is_among(name, names, sizeof(names) / sizeof((names)[0]))

/* As ids, enums, versions and decimals are: no blanks, no @, no slashes. */
static bool
is_word(const char *text)
{
	const size_t len = strlen(text);

	return len <= WORD_BYTES_MAX && strstr(text, "_secret") == NULL &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
		   len;
}

/* Where the walk stands: `name` is of the member, or of the one that the array is. */
struct place {
	const char *name;
	int depth;
	bool is_hidden, is_metadata;
	struct arena *arena;
};

static void add_value(struct strbuf *, const struct json *, struct place);

static void
add_line(struct strbuf *out, int depth)
{
	strbuf_putc(out, '\n');
	for (int i = 0; i < depth; i++)
		strbuf_puts(out, "  ");
}

static bool
is_foreign(const char *name, struct place at)
{
	return at.is_metadata && (name == NULL || strcmp(name, OUR_METADATA) != 0);
}

static struct place
inside(struct place at, const char *name)
{
	return (struct place){ name, at.depth + 1,
		at.is_hidden || IS_AMONG(name, hidden) || is_foreign(name, at),
		at.is_metadata || (name != NULL && strcmp(name, METADATA) == 0), at.arena };
}

static void
add_items(struct strbuf *out, const struct json *json, struct place at)
{
	const bool is_object = json->kind == JSON_KIND_OBJECT;

	strbuf_putc(out, is_object ? '{' : '[');
	for (size_t i = 0; i < json->n && out->len < MASK_BYTES_MAX; i++) {
		const struct json *item = &json->items[i];
		const char *name = is_object ? item->name : at.name;

		if (i > 0)
			strbuf_putc(out, ',');
		add_line(out, at.depth + 1);
		if (is_object) {
			json_write_text(
			    out, is_foreign(name, at) ? MASK_WORD : text_safe(at.arena, name));
			strbuf_puts(out, ": ");
		}
		add_value(out, item, inside(at, name));
	}
	if (json->n > 0)
		add_line(out, at.depth);
	strbuf_putc(out, is_object ? '}' : ']');
}

static bool
is_shown(const char *text, struct place at)
{
	if (at.is_hidden || !is_word(text))
		return false;
	if (at.is_metadata)
		return !is_foreign(at.name, at);
	return IS_AMONG(at.name, shown);
}

static void
add_text(struct strbuf *out, const char *text, struct place at)
{
	json_write_text(out, *text == '\0' || is_shown(text, at) ? text : MASK_WORD);
}

static void
add_value(struct strbuf *out, const struct json *json, struct place at)
{
	switch (json->kind) {
	case JSON_KIND_OBJECT:
	case JSON_KIND_ARRAY:
		add_items(out, json, at);
		return;
	case JSON_KIND_TEXT:
		add_text(out, json->text, at);
		return;
	case JSON_KIND_NULL:
		strbuf_puts(out, "null");
		return;
	default:
		break;
	}
	if (at.is_hidden)
		json_write_text(out, MASK_WORD);
	else if (json->kind == JSON_KIND_BOOL)
		strbuf_puts(out, json->integer != 0 ? "true" : "false");
	else if (json->kind == JSON_KIND_INT)
		strbuf_printf(out, "%" PRId64, json->integer);
	else
		strbuf_printf(out, "%.17g", json->real);
}

void
mask_json(const struct json *json, struct arena *arena, struct strbuf *out)
{
	add_value(out, json, (struct place){ .arena = arena });
	if (out->len >= MASK_BYTES_MAX)
		strbuf_puts(out, "\n… the rest is not shown");
	strbuf_putc(out, '\n');
}
