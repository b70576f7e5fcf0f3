/* Invoices, payments, refunds, disputes, and the credit of customers. */
#include <string.h>

#include "clients/stripe_object.h"
#include "clients/stripe_read.h"

/* What a row cannot be without. */
static int64_t
needed_amount(struct stripe_read *in)
{
	int64_t amount = stripe_read_amount(in, "amount");

	if (amount == STRIPE_UNKNOWN)
		stripe_read_wrong(in, "amount");
	return amount;
}

static bool
is_text(const struct json *json, const char *member, const char *word)
{
	const char *text;

	return json_read_text(json, member, &text) == ERR_OK && strcmp(text, word) == 0;
}

/* ---- Invoices ---- */

/* The parent, since 2025-03-31.basil, may also be a quote, and then holds other details beside. */
const char *
stripe_object_subscription(const struct json *json)
{
	const struct json *parent = NULL, *details = NULL;
	const char *id = stripe_object_id(json, "subscription");

	if (id != NULL || json_read_object(json, "parent", &parent) != ERR_OK ||
	    !is_text(parent, "type", "subscription_details") ||
	    json_read_object(parent, "subscription_details", &details) != ERR_OK)
		return id;
	return stripe_object_id(details, "subscription");
}

/* The payment intent of the payment that went through, else of the default one, else of any. */
static const char *
payment_intent_of_payments(struct stripe_read *in)
{
	const struct json *data = stripe_read_list(in, "payments"), *payment;
	const char *best = NULL, *id;
	int best_rank = 0, rank;
	bool is_default;

	for (size_t i = 0; data != NULL && i < data->n; i++) {
		payment = NULL;
		is_default = false;
		if (json_read_object(&data->items[i], "payment", &payment) != ERR_OK ||
		    (id = stripe_object_id(payment, "payment_intent")) == NULL)
			continue;
		(void)json_read_bool(&data->items[i], "is_default", &is_default);
		rank = is_text(&data->items[i], "status", "paid") ? 3 : is_default ? 2 : 1;
		if (rank > best_rank) {
			best = id;
			best_rank = rank;
		}
	}
	return best;
}

static int64_t
sum_of_taxes(struct stripe_read *in, const char *member, const struct json *taxes)
{
	int64_t sum = 0, amount;

	for (size_t i = 0; i < taxes->n; i++) {
		struct stripe_read tax = stripe_read_begin(&taxes->items[i], NULL);

		amount = stripe_read_amount(&tax, "amount");
		if (tax.wrong != NULL || amount == STRIPE_UNKNOWN ||
		    __builtin_add_overflow(sum, amount, &sum)) {
			stripe_read_wrong(in, member);
			return STRIPE_UNKNOWN;
		}
	}
	return sum;
}

/* In the shapes of these years it is a list, one number, or the difference of two. */
static int64_t
tax(struct stripe_read *in, int64_t total)
{
	const struct json *taxes = stripe_read_list(in, "total_taxes");
	int64_t amount, untaxed;

	if (taxes != NULL)
		return sum_of_taxes(in, "total_taxes", taxes);
	amount = stripe_read_amount(in, "tax");
	untaxed = stripe_read_amount(in, "total_excluding_tax");
	if (amount != STRIPE_UNKNOWN || total == STRIPE_UNKNOWN || untaxed == STRIPE_UNKNOWN)
		return amount;
	return __builtin_sub_overflow(total, untaxed, &amount) ? STRIPE_UNKNOWN : amount;
}

static int64_t
paid_at(struct stripe_read *in)
{
	const struct json *transitions = stripe_read_object(in, "status_transitions");
	struct stripe_read of_them = stripe_read_begin(transitions, NULL);
	int64_t at = 0;

	if (transitions == NULL)
		return 0;
	at = stripe_read_time(&of_them, "paid_at");
	if (of_them.wrong != NULL)
		stripe_read_wrong(in, of_them.wrong);
	return at;
}

static void
read_links(struct stripe_invoice *i, struct stripe_read *in)
{
	i->customer_id = stripe_read_link_if(in, "customer");
	i->subscription_id = stripe_read_link_if(in, "subscription");
	if (i->subscription_id == NULL)
		i->subscription_id = stripe_object_subscription(in->json);
	i->payment_intent_id = stripe_read_link_if(in, "payment_intent");
	if (i->payment_intent_id == NULL)
		i->payment_intent_id = payment_intent_of_payments(in);
	i->hosted_url = stripe_read_text_if(in, "hosted_invoice_url");
	i->pdf_url = stripe_read_text_if(in, "invoice_pdf");
}

static void
read_amounts(struct stripe_invoice *i, struct stripe_read *in)
{
	i->total_minor = stripe_read_amount(in, "total");
	i->tax_minor = tax(in, i->total_minor);
	i->amount_due_minor = stripe_read_amount(in, "amount_due");
	i->amount_paid_minor = stripe_read_amount(in, "amount_paid");
	i->attempt_count = stripe_read_count(in, "attempt_count");
	if (i->attempt_count == STRIPE_UNKNOWN)
		i->attempt_count = 0;
}

enum err
stripe_invoice_read(struct stripe_invoice *i, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "invoice");

	*i = (struct stripe_invoice){ 0 };
	i->id = stripe_read_word(&in, "id");
	i->number = stripe_read_text_if(&in, "number");
	i->status = stripe_read_word_if(&in, "status");
	i->billing_reason = stripe_read_word_if(&in, "billing_reason");
	i->currency = stripe_read_currency(&in);
	i->is_live = stripe_read_flag(&in, "livemode");
	read_links(i, &in);
	read_amounts(i, &in);
	i->next_attempt_at = stripe_read_time(&in, "next_payment_attempt");
	i->created_at = stripe_read_created(&in);
	i->due_at = stripe_read_time(&in, "due_date");
	i->paid_at = paid_at(&in);
	return stripe_read_end(&in, what);
}

/* ---- Payment intents ---- */

/* Why the bank said no, where it did; else why Stripe did. */
static const char *
error_code(struct stripe_read *in)
{
	const struct json *error = stripe_read_object(in, "last_payment_error");
	struct stripe_read of_it = stripe_read_begin(error, NULL);
	const char *code;

	if (error == NULL)
		return NULL;
	code = stripe_read_word_if(&of_it, "decline_code");
	return code != NULL ? code : stripe_read_word_if(&of_it, "code");
}

/* Before 2022-11-15 the charges were a list, the latest first. An intent may wait for weeks until
 * it is paid; the charge that paid it says when. */
static void
read_latest_charge(struct stripe_payment_intent *p, struct stripe_read *in)
{
	const struct json *charge = NULL, *charges;
	struct stripe_read of_it;

	p->latest_charge_id = stripe_read_link_if(in, "latest_charge");
	if (p->latest_charge_id != NULL) {
		if (json_read_object(in->json, "latest_charge", &charge) != ERR_OK)
			return; /* it was not expanded */
	} else {
		charges = stripe_read_list(in, "charges");
		if (charges == NULL || charges->n == 0)
			return;
		charge = &charges->items[0];
		p->latest_charge_id = stripe_object_id(charge, "id");
	}
	of_it = stripe_read_begin(charge, NULL);
	p->receipt_url = stripe_read_text_if(&of_it, "receipt_url");
	if (p->status != NULL && strcmp(p->status, "succeeded") == 0)
		p->succeeded_at = stripe_read_time(&of_it, "created");
}

enum err
stripe_payment_intent_read(
    struct stripe_payment_intent *p, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "payment_intent");

	*p = (struct stripe_payment_intent){ 0 };
	p->id = stripe_read_word(&in, "id");
	p->customer_id = stripe_read_link_if(&in, "customer");
	p->invoice_id = stripe_read_link_if(&in, "invoice");
	p->status = stripe_read_word(&in, "status");
	p->currency = stripe_read_currency(&in);
	p->error_code = error_code(&in);
	read_latest_charge(p, &in);
	p->is_live = stripe_read_flag(&in, "livemode");
	p->amount_minor = stripe_read_amount(&in, "amount");
	p->amount_received_minor = stripe_read_amount(&in, "amount_received");
	p->created_at = stripe_read_created(&in);
	return stripe_read_end(&in, what);
}

/* ---- Refunds ---- */

enum err
stripe_refund_read(struct stripe_refund *r, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "refund");

	*r = (struct stripe_refund){ 0 };
	r->id = stripe_read_word(&in, "id");
	r->payment_intent_id = stripe_read_link_if(&in, "payment_intent");
	r->charge_id = stripe_read_link_if(&in, "charge");
	r->currency = stripe_read_currency(&in);
	r->status = stripe_read_word(&in, "status");
	r->reason = stripe_read_word_if(&in, "reason");
	r->is_live = stripe_read_flag(&in, "livemode");
	r->amount_minor = needed_amount(&in);
	r->created_at = stripe_read_created(&in);
	return stripe_read_end(&in, what);
}

/* ---- Disputes ---- */

static void
read_movement(struct stripe_dispute *d, struct stripe_read *in, const struct json *movement)
{
	struct stripe_read of_it = stripe_read_begin(movement, NULL);
	int64_t amount = stripe_read_amount(&of_it, "amount");
	int64_t at = stripe_read_time(&of_it, "created");

	if (of_it.wrong != NULL)
		stripe_read_wrong(in, "balance_transactions");
	if (amount == STRIPE_UNKNOWN || amount == 0)
		return;
	if (amount < 0 && d->withdrawn_at == 0)
		d->withdrawn_at = at;
	if (amount > 0 && d->reinstated_at == 0)
		d->reinstated_at = at;
}

enum err
stripe_dispute_read(struct stripe_dispute *d, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "dispute");
	const struct json *movements;

	*d = (struct stripe_dispute){ 0 };
	d->id = stripe_read_word(&in, "id");
	d->payment_intent_id = stripe_read_link_if(&in, "payment_intent");
	d->charge_id = stripe_read_link_if(&in, "charge");
	d->currency = stripe_read_currency(&in);
	d->status = stripe_read_word(&in, "status");
	d->reason = stripe_read_word_if(&in, "reason");
	d->is_live = stripe_read_flag(&in, "livemode");
	d->amount_minor = needed_amount(&in);
	d->created_at = stripe_read_created(&in);
	movements = stripe_read_list(&in, "balance_transactions");
	for (size_t i = 0; movements != NULL && i < movements->n; i++)
		read_movement(d, &in, &movements->items[i]);
	return stripe_read_end(&in, what);
}

/* ---- Credit ---- */

/* Whatever spends credit, and what gives it back when that came to nothing: the sign tells. */
static const char *const uses[] = { "applied_to_invoice", "unapplied_from_invoice",
	"checkout_session_subscription_payment", "checkout_session_subscription_payment_canceled" };

/*
 * Stripe tells what moved a balance but not why an adjustment was made: we write it into the
 * metadata ("purchase") of those we make for money. Any other adjustment is an admin's gift, or
 * takes one back.
 */
static const char *
kind_of(const struct stripe_read *in, const char *type)
{
	const char *why = stripe_read_metadata(in, "kind");

	for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strcmp(type, uses[i]) == 0)
			return "used";
	if (strcmp(type, "credit_note") == 0)
		return "refunded";
	if (strcmp(type, "adjustment") != 0)
		return "other";
	return why != NULL && strcmp(why, "purchase") == 0 ? "bought" : "granted";
}

enum err
stripe_balance_entry_read(
    struct stripe_balance_entry *b, const struct json *json, const char **what)
{
	struct stripe_read in = stripe_read_begin(json, "customer_balance_transaction");

	*b = (struct stripe_balance_entry){ 0 };
	b->id = stripe_read_word(&in, "id");
	b->customer_id = stripe_read_link(&in, "customer");
	b->type = stripe_read_word(&in, "type");
	b->kind = b->type != NULL ? kind_of(&in, b->type) : NULL;
	b->currency = stripe_read_currency(&in);
	b->is_live = stripe_read_flag(&in, "livemode");
	b->amount_minor = needed_amount(&in);
	b->ending_balance_minor = stripe_read_amount(&in, "ending_balance");
	b->created_at = stripe_read_created(&in);
	return stripe_read_end(&in, what);
}
