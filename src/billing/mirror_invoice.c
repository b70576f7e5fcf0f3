/* Invoices, which are what a subscription's payments are counted by, and the payments of them. */
#include "billing/mirror_parts.h"

#include "base/json_write.h"
#include "db/db_row.h"

struct invoice_put {
	struct arena *arena;
	const struct stripe_invoice *invoice;
	const char *intents;
	bool is_live;
	int64_t failed_at, read_at_us;
	struct mirror_put put;
};

static enum err
put_invoice(struct db_sync *db, void *arg)
{
	struct invoice_put *i = arg;
	struct db_query q = { .arena = i->arena };
	enum err e;

	if (i->invoice->customer_id != NULL)
		mirror_store_lock_customer(&q, i->invoice->customer_id, i->is_live, NULL);
	else
		mirror_store_lock(&q, i->invoice->id);
	e = db_sync_run(db, &q, NULL);
	if (e != ERR_OK)
		return e;
	mirror_store_put_invoice(
	    &q, i->invoice, i->is_live, i->failed_at, i->intents, i->read_at_us);
	return mirror_run_put(db, &q, i->arena, &i->put);
}

/* ---- Which payment intents pay it ---- */

static void
add_intent(struct strbuf *intents, const char *id)
{
	strbuf_puts(intents, intents->len == 0 ? "[" : ",");
	json_write_text(intents, id);
}

static void
add_payments(struct strbuf *intents, const struct json *data)
{
	const struct json *payment;
	const char *id;

	for (size_t i = 0; i < data->n; i++) {
		payment = NULL;
		if (json_read_object(&data->items[i], "payment", &payment) != ERR_OK)
			continue;
		id = stripe_object_id(payment, "payment_intent");
		if (id != NULL)
			add_intent(intents, id);
	}
}

static enum err
list_payments(struct mirror *m, struct arena *arena, const char *invoice, struct strbuf *intents)
{
	struct stripe_list list = { .path = "invoice_payments",
		.query = mirror_query(arena, "invoice", invoice) };
	enum err e;

	while ((e = mirror_page(m, arena, &list)) == ERR_OK && list.data != NULL)
		add_payments(intents, list.data);
	return e;
}

/* They stand in the object where it was expanded; before 2025-03-31.basil there was only one. A
 * draft has none yet, and what was never tried has none that could be a second payment. */
static enum err
find_intents(struct mirror *m, struct arena *arena, const struct json *json,
    const struct stripe_invoice *invoice, struct strbuf *intents)
{
	const struct json *payments = NULL, *data = NULL;
	bool has_more = false;

	if (json_read_object(json, "payments", &payments) == ERR_OK) {
		json_read_bool(payments, "has_more", &has_more);
		if (!has_more && json_read_array(payments, "data", &data) == ERR_OK) {
			add_payments(intents, data);
			return ERR_OK;
		}
	} else if (invoice->payment_intent_id != NULL) {
		add_intent(intents, invoice->payment_intent_id);
		return ERR_OK;
	}
	return list_payments(m, arena, invoice->id, intents);
}

/* Its customer's credit paid some of it, or got some. */
static bool
moved_credit(const struct json *json)
{
	int64_t before = 0, after = 0;

	return json_read_int(json, "starting_balance", &before) == ERR_OK &&
	       json_read_int(json, "ending_balance", &after) == ERR_OK && before != after;
}

/* Whether the invoice is here as it is now; what its customer's credit did for it then is, too. */
static enum err
ask_known(
    struct mirror *m, struct arena *arena, const struct stripe_invoice *invoice, bool *is_known)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	int64_t n = 0;
	enum err e;

	mirror_store_known_invoice(&q, invoice->id, invoice->status);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, &n);
	PQclear(res);
	*is_known = n > 0;
	return e == ERR_OK ? e : mirror_fail_db(m, e, invoice->id);
}

/* Before the invoice itself, so that a failure leaves all of it to be done again. */
static enum err
meet_customer(struct mirror *m, struct arena *arena, const struct json *json,
    const struct stripe_invoice *invoice)
{
	const size_t said = m->effect.len;
	bool is_known = true;
	enum err e = ERR_OK;

	if (invoice->customer_id == NULL)
		return ERR_OK;
	if (moved_credit(json))
		e = ask_known(m, arena, invoice, &is_known);
	if (e == ERR_OK && is_known)
		e = mirror_need_customer(m, arena, invoice->customer_id);
	else if (e == ERR_OK)
		e = mirror_customer_credit(m, arena, invoice->customer_id);
	strbuf_cut(&m->effect, said); /* the effect is about the invoice */
	return e;
}

static enum err
put_whole(struct mirror *m, struct arena *arena, const struct json *json,
    const struct stripe_invoice *invoice, int64_t read_at_us, enum mirror_change *change)
{
	struct invoice_put i = { .arena = arena,
		.invoice = invoice,
		.is_live = m->is_live,
		.failed_at = m->failed_at,
		.read_at_us = read_at_us };
	struct strbuf intents = { 0 };
	enum err e = find_intents(m, arena, json, invoice, &intents);

	i.intents = intents.len > 0 ? arena_printf(arena, "%s]", strbuf_text(&intents)) : "[]";
	strbuf_free(&intents);
	if (e == ERR_OK)
		e = meet_customer(m, arena, json, invoice);
	if (e == ERR_OK)
		e = mirror_commit(m, invoice->id, put_invoice, &i);
	if (e == ERR_OK)
		mirror_tell(m, invoice->id, &i.put, invoice->status, change);
	return e;
}

static enum err
read_object(struct mirror *m, const struct json *json, struct stripe_invoice *invoice)
{
	const char *what = NULL;

	if (stripe_invoice_read(invoice, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	return mirror_check_world(m, invoice->id, invoice->is_live);
}

enum err
mirror_invoice(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct stripe_invoice invoice;
	const struct json *json = NULL;
	int64_t read_at_us;
	enum err e = mirror_get(m, arena, "invoices", id, EXPAND("payments"), &json, &read_at_us);

	if (e == ERR_OK)
		e = read_object(m, json, &invoice);
	return e == ERR_OK ? put_whole(m, arena, json, &invoice, read_at_us, change) : e;
}

enum err
mirror_put_invoice(struct mirror *m, struct arena *arena, const struct json *json,
    int64_t read_at_us, enum mirror_change *change)
{
	struct stripe_invoice invoice;
	enum err e = read_object(m, json, &invoice);

	return e == ERR_OK ? put_whole(m, arena, json, &invoice, read_at_us, change) : e;
}
