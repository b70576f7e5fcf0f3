/* Payment intents, refunds and disputes. */
#include "billing/mirror_parts.h"

#include "db/db_row.h"

struct payment_put {
	struct arena *arena;
	const struct stripe_payment_intent *intent; /* one of the three */
	const struct stripe_refund *refund;
	const struct stripe_dispute *dispute;
	const char *invoice_id;
	bool is_live;
	int64_t event_at, read_at_us;
	struct mirror_put put;
};

static void
lock(struct db_query *q, const struct payment_put *p)
{
	if (p->intent != NULL && p->intent->customer_id != NULL)
		mirror_store_lock_customer(q, p->intent->customer_id, p->is_live, NULL);
	else if (p->intent != NULL)
		mirror_store_lock(q, p->intent->id);
	else
		mirror_store_lock(q, p->refund != NULL ? p->refund->id : p->dispute->id);
}

static enum err
put_payment(struct db_sync *db, void *arg)
{
	struct payment_put *p = arg;
	struct db_query q = { .arena = p->arena };
	enum err e;

	lock(&q, p);
	e = db_sync_run(db, &q, NULL);
	if (e != ERR_OK)
		return e;
	if (p->intent != NULL)
		mirror_store_put_payment_intent(
		    &q, p->intent, p->is_live, p->invoice_id, p->event_at, p->read_at_us);
	else if (p->refund != NULL)
		mirror_store_put_refund(&q, p->refund, p->is_live, p->event_at, p->read_at_us);
	else
		mirror_store_put_dispute(&q, p->dispute, p->is_live, p->read_at_us);
	return mirror_run_put(db, &q, p->arena, &p->put);
}

/* ---- Payment intents ---- */

/* What is here of the intent: *is_known, and the invoice that it pays. */
static enum err
ask_known(
    struct mirror *m, struct arena *arena, const char *id, bool *is_known, const char **invoice_id)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	struct db_row r;
	enum err e;

	*is_known = false;
	mirror_store_known_intent(&q, id);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK && PQntuples(res) > 0) {
		*is_known = true;
		r = db_row_at(res, 0);
		*invoice_id = db_row_text(&r, arena);
		e = db_row_end(&r);
	}
	PQclear(res);
	return e == ERR_OK ? e : mirror_fail_db(m, e, id);
}

/* Since 2025-03-31.basil an intent does not say which invoice it pays; that it pays one must be
 * known before it is counted, or the payment would be there twice. */
static enum err
find_invoice(struct mirror *m, struct arena *arena, const struct stripe_payment_intent *intent,
    const char **invoice_id)
{
	struct stripe_list list = { .path = "invoice_payments",
		.query = arena_printf(arena, "%s&%s",
		    mirror_query(arena, "payment[type]", "payment_intent"),
		    mirror_query(arena, "payment[payment_intent]", intent->id)),
		.limit = 1 };
	bool is_known;
	enum err e;

	*invoice_id = intent->invoice_id;
	e = *invoice_id != NULL ? ERR_OK : ask_known(m, arena, intent->id, &is_known, invoice_id);
	if (e != ERR_OK || *invoice_id != NULL)
		return e;
	e = mirror_page(m, arena, &list);
	if (e == ERR_OK && list.data != NULL && list.data->n > 0)
		*invoice_id = stripe_object_id(&list.data->items[0], "invoice");
	return e;
}

static enum err
need_customer(struct mirror *m, struct arena *arena, const char *id)
{
	const size_t said = m->effect.len;
	enum err e = id != NULL ? mirror_need_customer(m, arena, id) : ERR_OK;

	strbuf_cut(&m->effect, said);
	return e;
}

static enum err
fetch_intent(struct mirror *m, struct arena *arena, const char *id, int64_t event_at,
    enum mirror_change *change)
{
	struct stripe_payment_intent intent;
	struct payment_put p = {
		.arena = arena, .intent = &intent, .is_live = m->is_live, .event_at = event_at
	};
	const struct json *json = NULL;
	const char *what = NULL;
	enum err e = mirror_get(
	    m, arena, "payment_intents", id, EXPAND("latest_charge"), &json, &p.read_at_us);

	if (e != ERR_OK)
		return e;
	if (stripe_payment_intent_read(&intent, json, &what) != ERR_OK)
		return mirror_fail_read(m, id, what);
	e = mirror_check_world(m, id, intent.is_live);
	if (e == ERR_OK)
		e = find_invoice(m, arena, &intent, &p.invoice_id);
	if (e == ERR_OK)
		e = need_customer(m, arena, intent.customer_id);
	if (e == ERR_OK)
		e = mirror_commit(m, id, put_payment, &p);
	if (e == ERR_OK)
		mirror_tell(m, id, &p.put, intent.status, change);
	return e;
}

enum err
mirror_payment_intent(
    struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	return fetch_intent(m, arena, id, m->event_at, change);
}

/* So that whose a refund or a dispute is can be told; the event is of that, not of the intent. */
static enum err
need_intent(struct mirror *m, struct arena *arena, const char *id)
{
	const size_t said = m->effect.len;
	const char *invoice_id = NULL;
	bool is_known = true;
	enum err e = id != NULL ? ask_known(m, arena, id, &is_known, &invoice_id) : ERR_OK;

	if (e == ERR_OK && !is_known)
		e = fetch_intent(m, arena, id, 0, NULL);
	strbuf_cut(&m->effect, said);
	return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- Refunds ---- */

enum err
mirror_put_refund(struct mirror *m, struct arena *arena, const struct json *json,
    int64_t read_at_us, enum mirror_change *change)
{
	struct stripe_refund refund;
	struct payment_put p = { .arena = arena,
		.refund = &refund,
		.is_live = m->is_live,
		.event_at = m->event_at,
		.read_at_us = read_at_us };
	const char *what = NULL;
	bool is_live = m->is_live; /* a refund does not say */
	enum err e;

	if (stripe_refund_read(&refund, json, &what) != ERR_OK)
		return mirror_fail_read(m, stripe_object_id(json, "id"), what);
	json_read_bool(json, "livemode", &is_live);
	e = mirror_check_world(m, refund.id, is_live);
	if (e == ERR_OK)
		e = need_intent(m, arena, refund.payment_intent_id);
	if (e == ERR_OK)
		e = mirror_commit(m, refund.id, put_payment, &p);
	if (e == ERR_OK)
		mirror_tell(m, refund.id, &p.put, refund.status, change);
	return e;
}

enum err
mirror_refund(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	const struct json *json = NULL;
	int64_t read_at_us;
	enum err e = mirror_get(m, arena, "refunds", id, NULL, &json, &read_at_us);

	return e == ERR_OK ? mirror_put_refund(m, arena, json, read_at_us, change) : e;
}

enum err
mirror_charge_refunds(
    struct mirror *m, struct arena *arena, const char *charge, enum mirror_change *change)
{
	struct stripe_list list = { .path = "refunds",
		.query = mirror_query(arena, "charge", charge) };
	enum mirror_change one;
	int64_t read_at_us = mirror_now_us(m);
	enum err e;

	*change = MIRROR_SAME;
	while ((e = mirror_page(m, arena, &list)) == ERR_OK && list.data != NULL) {
		for (size_t i = 0; i < list.data->n && e == ERR_OK; i++) {
			e = mirror_put_refund(m, arena, &list.data->items[i], read_at_us, &one);
			if (e == ERR_OK && one != MIRROR_SAME)
				*change = one;
		}
		if (e != ERR_OK)
			break;
		read_at_us = mirror_now_us(m);
	}
	return e;
}

/* ---- Disputes ---- */

enum err
mirror_dispute(struct mirror *m, struct arena *arena, const char *id, enum mirror_change *change)
{
	struct stripe_dispute dispute;
	struct payment_put p = { .arena = arena, .dispute = &dispute, .is_live = m->is_live };
	const struct json *json = NULL;
	const char *what = NULL;
	enum err e = mirror_get(m, arena, "disputes", id, NULL, &json, &p.read_at_us);

	if (e != ERR_OK)
		return e;
	if (stripe_dispute_read(&dispute, json, &what) != ERR_OK)
		return mirror_fail_read(m, id, what);
	e = mirror_check_world(m, id, dispute.is_live);
	if (e == ERR_OK)
		e = need_intent(m, arena, dispute.payment_intent_id);
	if (e == ERR_OK)
		e = mirror_commit(m, id, put_payment, &p);
	if (e == ERR_OK)
		mirror_tell(m, id, &p.put, dispute.status, change);
	return e;
}
