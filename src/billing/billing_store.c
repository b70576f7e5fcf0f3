#include "billing/billing_store.h"

#include <string.h>

#include "billing/plan_price_store.h"
#include "db/db_row.h"
#include "source/source_answer.h"

#define EPOCH(column) "floor(extract(epoch FROM " column "))::bigint"

/* Of a subscription that gives or owes something: as billing_lives(). */
#define LIVES "s.status IN ('trialing', 'active', 'past_due', 'unpaid', 'paused')"

/* Of one whose first payment is on its way, which takes days with some banks. */
#define UNDER_WAY                                                                                  \
	"(s.status = 'incomplete' AND EXISTS (SELECT FROM stripe_payment_intents t"                \
	" WHERE t.invoice_id = s.latest_invoice_id AND t.status = 'processing'))"

/* An amount in whole minor units, or NULL. */
#define WHOLE(amount) "CASE WHEN " amount " = trunc(" amount ") THEN " amount "::bigint END"

/* ---- Prices ---- */

#define OFFER_COLS                                                                                 \
	"o.price_id, o.plan, p.currency, " WHOLE("p.unit_amount") ", p.period, p.period_count"

void
billing_store_offers(struct db_query *q, bool is_live)
{
	db_query_read(q,
	    "SELECT " OFFER_COLS " FROM plan_prices o JOIN stripe_prices p ON p.id = o.price_id"
	    " WHERE o.is_offered AND p.is_active AND p.is_live = $1::boolean"
	    " AND p.period IS NOT NULL AND " PLAN_PRICE_IS_METERED(
		"p") " IS NOT TRUE"
		     " ORDER BY array_position(ARRAY['day', 'week', 'month', 'year'], p.period),"
		     " p.period_count, p.currency, p.unit_amount, o.price_id");
	db_param_bool(q, is_live);
}

static enum err
read_offer(struct billing_offer *o, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);

	o->price_id = db_row_text(&r, a);
	o->plan = db_row_text(&r, a);
	o->currency = db_row_text(&r, a);
	o->amount = db_row_int_or(&r, BILLING_UNKNOWN);
	o->period = db_row_text(&r, a);
	o->period_count = db_row_int_or(&r, 1);
	return db_row_end(&r);
}

enum err
billing_store_offers_read(const PGresult *res, struct arena *a, struct billing_offers *list)
{
	enum err e = ERR_OK;

	*list = (struct billing_offers){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_offer(&list->v[i], a, res, i);
	return e;
}

/* ---- Subscriptions ---- */

/*
 * The next charge is certain where every item has a whole price and a quantity, and no discount (of
 * the subscription, its items or the customer), scheduled change or packages come into it; tax and
 * credit come on top and are not known before.
 */
#define NEXT_AMOUNT                                                                                \
	"CASE WHEN items.is_certain AND NOT c.has_discount"                                        \
	" AND NOT jsonb_path_exists(s.terms, '$.**.discounts[*]')"                                 \
	" AND NOT jsonb_path_exists(s.terms, '$.**.phases[*]')"                                    \
	" THEN " WHOLE("items.amount") " END"
/* clang-format off */
#define SUBSCRIPTION_COLS                                                                          \
	"s.id, s.status, s.currency, s.is_paused, s.cancel_at_period_end, " EPOCH("s.cancel_at")   \
	", " EPOCH("s.ended_at") ", " EPOCH("s.trial_end_at") ", " EPOCH("s.period_end_at")        \
	", " EPOCH("s.past_due_at") ", items.plans, " NEXT_AMOUNT ", v.amount_due_minor, "         \
	EPOCH("v.next_attempt_at") ", v.currency, v.hosted_url, " UNDER_WAY
/* clang-format on */

void
billing_store_subscriptions(struct db_query *q, int64_t user_id, bool is_live)
{
	db_query_read(q,
	    "SELECT " SUBSCRIPTION_COLS " FROM stripe_customers c"
	    " JOIN stripe_subscriptions s ON s.customer_id = c.id"
	    " CROSS JOIN LATERAL (SELECT string_agg(DISTINCT o.plan, ',') AS plans,"
	    "   bool_and(p.unit_amount IS NOT NULL AND i.quantity IS NOT NULL"
	    "    AND coalesce(p.object->'transform_quantity', 'null') = 'null')"
	    "    AND count(DISTINCT (p.period, p.period_count)) = 1 AS is_certain,"
	    "   sum(p.unit_amount * i.quantity) AS amount"
	    "  FROM stripe_subscription_items i"
	    "  LEFT JOIN stripe_prices p ON p.id = i.price_id"
	    "  LEFT JOIN plan_prices o ON o.price_id = i.price_id"
	    "  WHERE i.subscription_id = s.id) items"
	    " LEFT JOIN stripe_invoices v ON v.id = s.latest_invoice_id AND v.status = 'open'"
	    " WHERE c.user_id = $1 AND c.is_live = $2::boolean AND s.is_live = $2"
	    " AND (s.status NOT IN ('canceled', 'incomplete_expired')"
	    "  OR s.ended_at > now() - interval '90 days')"
	    " ORDER BY (" LIVES ") DESC, s.created_at DESC, s.id LIMIT 20");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
}

/* A status that came later than we did is one we say nothing about. */
static enum billing_status
read_status(struct db_row *r, struct arena *a)
{
	const char *word = db_row_text(r, a);

	for (int i = 0; word != NULL && i < BILLING_OTHER; i++)
		if (strcmp(word, billing_status_words[i]) == 0)
			return (enum billing_status)i;
	return BILLING_OTHER;
}

static enum err
read_subscription(struct billing_subscription *s, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);

	s->id = db_row_text(&r, a);
	s->status = read_status(&r, a);
	s->currency = db_row_text(&r, a);
	s->is_paused = db_row_bool(&r);
	s->is_canceling_at_end = db_row_bool(&r);
	s->cancel_at = db_row_int_or(&r, 0);
	s->ended_at = db_row_int_or(&r, 0);
	s->trial_end_at = db_row_int_or(&r, 0);
	s->period_end_at = db_row_int_or(&r, 0);
	s->past_due_at = db_row_int_or(&r, 0);
	s->plans = db_row_text(&r, a);
	s->next_amount = db_row_int_or(&r, BILLING_UNKNOWN);
	s->due_amount = db_row_int_or(&r, BILLING_UNKNOWN);
	s->next_attempt_at = db_row_int_or(&r, 0);
	s->due_currency = db_row_text(&r, a);
	s->due_url = db_row_text(&r, a);
	s->is_under_way = db_row_bool(&r);
	return db_row_end(&r);
}

enum err
billing_store_subscriptions_read(
    const PGresult *res, struct arena *a, struct billing_subscriptions *list)
{
	enum err e = ERR_OK;

	*list = (struct billing_subscriptions){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_subscription(&list->v[i], a, res, i);
	return e;
}

/* ---- Credit ---- */

/*
 * The first row is the balance, the others are movements. Stripe's sign is turned round: what it
 * calls negative is to the customer's good. Currencies are never added up.
 */
void
billing_store_credit(struct db_query *q, int64_t user_id, bool is_live, int64_t n)
{
	db_query_read(q,
	    "WITH mine AS (SELECT id, currency, balance_minor FROM stripe_customers"
	    "  WHERE user_id = $1 AND is_live = $2::boolean AND NOT is_deleted),"
	    " best AS (SELECT currency, -sum(balance_minor)::bigint AS balance FROM mine"
	    "  WHERE currency IS NOT NULL AND balance_minor IS NOT NULL"
	    "  GROUP BY currency ORDER BY abs(sum(balance_minor)) DESC, currency LIMIT 1)"
	    " SELECT NULL, best.currency, best.balance, NULL::bigint, NULL::bigint,"
	    "  EXISTS (SELECT FROM mine WHERE balance_minor IS NULL)"
	    "  FROM (VALUES (1)) one LEFT JOIN best ON true"
	    " UNION ALL"
	    " (SELECT e.kind, e.currency, -e.amount_minor, -e.ending_balance_minor,"
	    "   " EPOCH("e.created_at") ", NULL FROM stripe_balance_entries e JOIN mine ON"
					"   mine.id = e.customer_id ORDER BY e.created_at DESC, "
					"e.id DESC LIMIT $3::bigint)");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_int(q, n);
}

static enum err
read_credit_row(struct billing_credit *c, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);
	struct billing_movement m = { 0 };
	bool is_unknown;

	m.kind = db_row_text(&r, a);
	m.currency = db_row_text(&r, a);
	m.amount = db_row_int_or(&r, 0);
	m.balance = db_row_int_or(&r, BILLING_UNKNOWN);
	m.at = db_row_int_or(&r, 0);
	is_unknown = db_row_bool_or(&r, false);
	if (m.kind != NULL) {
		c->v[c->n++] = m;
	} else {
		c->is_unknown = is_unknown;
		c->currency = m.currency;
		c->balance = m.amount;
	}
	return db_row_end(&r);
}

enum err
billing_store_credit_read(const PGresult *res, struct arena *a, struct billing_credit *c)
{
	enum err e = ERR_OK;

	*c = (struct billing_credit){ 0 };
	c->v = arena_array(a, (size_t)PQntuples(res), sizeof(*c->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_credit_row(c, a, res, i);
	return e;
}

/* ---- Invoices and payments ---- */

#define MICROS(column) "(extract(epoch FROM " column ") * 1000000)::bigint"

/*
 * What was paid back stands with the payment, which an invoice finds by its id; refunds that did
 * not succeed are none.
 */
void
billing_store_invoices(struct db_query *q, int64_t user_id, bool is_live, int64_t before_us,
    const char *before_id, int64_t n)
{
	db_query_read(q,
	    "WITH mine AS (SELECT id FROM stripe_customers"
	    "  WHERE user_id = $1 AND is_live = $2::boolean),"
	    " lines AS ("
	    "  SELECT v.id, v.number, v.status, false AS is_payment, v.currency, v.total_minor,"
	    "   v.amount_paid_minor, v.amount_due_minor, v.attempt_count::bigint, "
	    "v.next_attempt_at,"
	    "   v.created_at, v.hosted_url, v.pdf_url, v.id AS invoice_id, NULL AS payment_id"
	    "  FROM stripe_invoices v JOIN mine ON mine.id = v.customer_id"
	    "  WHERE v.is_live = $2 AND v.status IS DISTINCT FROM 'draft'"
	    "  UNION ALL"
	    "  SELECT t.id, NULL, t.status, true, t.currency, t.amount_minor,"
	    "   t.amount_received_minor, NULL, NULL, NULL, t.created_at, t.receipt_url, NULL, NULL,"
	    "   t.id"
	    "  FROM stripe_payment_intents t JOIN mine ON mine.id = t.customer_id"
	    "  WHERE t.is_live = $2 AND t.invoice_id IS NULL AND t.status = 'succeeded'),"
	    " page AS (SELECT * FROM lines"
	    "  WHERE $3::bigint = 0 OR (created_at, id) < (to_timestamp(0)"
	    "   + $3 * interval '1 microsecond', $4::text)"
	    "  ORDER BY created_at DESC, id DESC LIMIT $5::bigint)"
	    " SELECT l.id, l.number, l.status, l.is_payment, l.currency, l.total_minor,"
	    "  l.amount_paid_minor, l.amount_due_minor,"
	    "  (SELECT sum(r.amount_minor)::bigint FROM stripe_payment_intents t"
	    "    JOIN stripe_refunds r ON r.payment_intent_id = t.id AND r.status = 'succeeded'"
	    "    WHERE t.id = l.payment_id OR t.invoice_id = l.invoice_id),"
	    "  l.attempt_count, " EPOCH("l.next_attempt_at") ", " EPOCH("l.created_at") ", " MICROS(
		"l.created_at") ", l.hosted_url, l.pdf_url"
				" FROM page l ORDER BY l.created_at DESC, l.id DESC");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_int(q, before_us);
	db_param_text(q, before_id);
	db_param_int(q, n);
}

static enum err
read_invoice(struct billing_invoice *v, struct arena *a, const PGresult *res, int i)
{
	struct db_row r = db_row_at(res, i);

	v->id = db_row_text(&r, a);
	v->number = db_row_text(&r, a);
	v->status = db_row_text(&r, a);
	v->is_payment = db_row_bool(&r);
	v->currency = db_row_text(&r, a);
	v->total = db_row_int_or(&r, BILLING_UNKNOWN);
	v->paid = db_row_int_or(&r, BILLING_UNKNOWN);
	v->due = db_row_int_or(&r, BILLING_UNKNOWN);
	v->refunded = db_row_int_or(&r, 0);
	v->attempts = db_row_int_or(&r, 0);
	v->next_attempt_at = db_row_int_or(&r, 0);
	v->created_at = db_row_int(&r);
	v->created_us = db_row_int(&r);
	v->hosted_url = db_row_text(&r, a);
	v->pdf_url = db_row_text(&r, a);
	return db_row_end(&r);
}

enum err
billing_store_invoices_read(const PGresult *res, struct arena *a, struct billing_invoices *list)
{
	enum err e = ERR_OK;

	*list = (struct billing_invoices){ .n = (size_t)PQntuples(res) };
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_invoice(&list->v[i], a, res, i);
	return e;
}

/* ---- What is stored ---- */

/*
 * Each source that the account has, and a row of its bouncers, whose source is NULL. Networks of
 * those that were made by hand are no concern of its plan.
 */
/* clang-format off */
static const char usage_sql[] =
    "SELECT source, answer::text, " EPOCH("answered_at") " AS at, NULL::bigint, NULL::bigint,"
    " NULL::bigint FROM source_snapshots WHERE user_id = $1 AND source IN ('txt', 'pics')"
    " UNION ALL "
    "SELECT NULL, NULL, CASE WHEN coalesce(bool_and(b.sampled_at IS NOT NULL)"
    " FILTER (WHERE b.provisioner <> 'none'), true) THEN "
    EPOCH("coalesce(min(b.sampled_at) FILTER (WHERE b.provisioner <> 'none'), now())") " END,"
    " count(*), coalesce(max(n.networks) FILTER (WHERE b.provisioner <> 'none'), 0),"
    " coalesce(max(b.history_days), 0)::bigint"
    " FROM bouncers b CROSS JOIN LATERAL (SELECT count(*) AS networks FROM bouncer_networks n"
    " WHERE n.bouncer_id = b.id) n WHERE b.user_id = $1";
/* clang-format on */

void
billing_store_usage(struct db_query *q, int64_t user_id)
{
	db_query_read(q, usage_sql);
	db_param_int(q, user_id);
}

static void
read_storage(struct db_row *r, struct billing_usage *u, struct arena *a)
{
	const enum source_kind kind = (enum source_kind)db_row_word(r, source_words, SOURCE__MAX);
	const char *answer = db_row_text(r, a);
	int64_t at = db_row_int_or(r, 0);

	if (answer == NULL ||
	    source_answer_read_usage(kind == SOURCE_TXT ? &u->txt : &u->pics, a, answer) != ERR_OK)
		at = 0;
	*(kind == SOURCE_TXT ? &u->txt_at : &u->pics_at) = at;
	for (int i = 0; i < 3; i++)
		db_row_skip(r);
}

static void
read_bouncers(struct db_row *r, struct billing_usage *u)
{
	db_row_skip(r);
	db_row_skip(r);
	u->networks_at = db_row_int_or(r, 0);
	u->bouncers = db_row_int(r);
	u->networks = db_row_int(r);
	u->history_days = db_row_int(r);
}

enum err
billing_store_usage_read(const PGresult *res, struct arena *a, struct billing_usage *u)
{
	struct db_row r;
	enum err e = ERR_OK;

	*u = (struct billing_usage){ 0 };
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		r = db_row_at(res, i);
		if (db_row_is_null(&r))
			read_bouncers(&r, u);
		else
			read_storage(&r, u, a);
		e = db_row_end(&r);
	}
	return e;
}

/* ---- Customers ---- */

/* One that came from elsewhere and is linked to the account is as good as one that we made. */
#define LINKED                                                                                     \
	"(SELECT c.id FROM stripe_customers c WHERE c.user_id = $1 AND c.is_live = $2"             \
	" AND NOT c.is_deleted ORDER BY c.created_at DESC NULLS LAST, c.id LIMIT 1)"

void
billing_store_intend(
    struct db_query *q, int64_t user_id, bool is_live, const char *price_id, const char *nonce)
{
	db_query_write(q,
	    "WITH offer AS (SELECT o.plan FROM plan_prices o JOIN stripe_prices p"
	    "  ON p.id = o.price_id WHERE o.price_id = $3 AND o.is_offered AND p.is_active"
	    "  AND p.is_live = $2::boolean AND p.period IS NOT NULL"
	    "  AND " PLAN_PRICE_IS_METERED(
		"p") " IS NOT TRUE),"
		     " intent AS (INSERT INTO billing_customers AS b (user_id, is_live, nonce)"
		     "  SELECT $1::bigint, $2, $4 FROM offer"
		     "  ON CONFLICT (user_id, is_live) DO UPDATE SET nonce = b.nonce"
		     "  RETURNING b.nonce, b.customer_id)"
		     " SELECT EXISTS (SELECT FROM offer),"
		     " EXISTS (SELECT FROM stripe_customers c JOIN stripe_subscriptions s"
		     "  ON s.customer_id = c.id WHERE c.user_id = $1 AND s.is_live = $2 AND " LIVES
		     "),"
		     " EXISTS (SELECT FROM stripe_customers c JOIN stripe_subscriptions s"
		     "  ON s.customer_id = c.id WHERE c.user_id = $1 AND s.is_live = $2 "
		     "AND " UNDER_WAY "),"
		     " (SELECT plan FROM offer), (SELECT nonce FROM intent),"
		     " coalesce((SELECT customer_id FROM intent), " LINKED "),"
		     " (SELECT email FROM users WHERE id = $1 AND email_verified)");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_text(q, price_id);
	db_param_text(q, nonce);
}

enum err
billing_store_intend_read(const PGresult *res, struct arena *a, struct billing_intent *intent)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	intent->is_offered = db_row_bool(&r);
	intent->has_live = db_row_bool(&r);
	intent->is_under_way = db_row_bool(&r);
	intent->plan = db_row_text(&r, a);
	intent->nonce = db_row_text(&r, a);
	intent->customer_id = db_row_text(&r, a);
	intent->email = db_row_text(&r, a);
	return db_row_end(&r);
}

/* As below, the row is seen as it is now. */
void
billing_store_intend_anew(
    struct db_query *q, int64_t user_id, bool is_live, const char *old_nonce, const char *nonce)
{
	db_query_write(q,
	    "UPDATE billing_customers SET"
	    " nonce = CASE WHEN nonce = $3 AND customer_id IS NULL THEN $4 ELSE nonce END"
	    " WHERE user_id = $1 AND is_live = $2::boolean RETURNING nonce, customer_id");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_text(q, old_nonce);
	db_param_text(q, nonce);
}

/* The conflict's branch sees the row as it is now, even if it waited for another request. */
void
billing_store_renew(
    struct db_query *q, int64_t user_id, bool is_live, const char *old_id, const char *nonce)
{
	db_query_write(q,
	    "WITH gone AS (UPDATE stripe_customers SET is_deleted = true WHERE id = $3)"
	    " INSERT INTO billing_customers AS b (user_id, is_live, nonce)"
	    " VALUES ($1::bigint, $2::boolean, $4)"
	    " ON CONFLICT (user_id, is_live) DO UPDATE SET"
	    "  nonce = CASE WHEN b.customer_id = $3 THEN EXCLUDED.nonce ELSE b.nonce END,"
	    "  customer_id = nullif(b.customer_id, $3)"
	    " RETURNING b.nonce, b.customer_id");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_text(q, old_id);
	db_param_text(q, nonce);
}

enum err
billing_store_renew_read(const PGresult *res, struct arena *a, struct billing_intent *intent)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	intent->nonce = db_row_text(&r, a);
	intent->customer_id = db_row_text(&r, a);
	return db_row_end(&r);
}

/* The mirror learns the name, and whose it is; what else there is to know it reads by itself. */
void
billing_store_made(struct db_query *q, int64_t user_id, bool is_live, const char *nonce,
    const char *customer_id, const char *user_sub)
{
	db_query_write(q,
	    "WITH made AS (UPDATE billing_customers SET customer_id = $4"
	    "  WHERE user_id = $1 AND is_live = $2 AND nonce = $3 AND customer_id IS NULL)"
	    " INSERT INTO stripe_customers AS c (id, is_live, user_id, user_sub)"
	    " VALUES ($4, $2::boolean, $1::bigint, $5)"
	    " ON CONFLICT (id) DO UPDATE SET user_id = coalesce(c.user_id, EXCLUDED.user_id)");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
	db_param_text(q, nonce);
	db_param_text(q, customer_id);
	db_param_text(q, user_sub);
}

/* The customer of the subscription that lives; else the one that we made, or know of. */
void
billing_store_customer(struct db_query *q, int64_t user_id, bool is_live)
{
	db_query_read(q,
	    "WITH live AS (SELECT c.id, s.id AS subscription_id FROM stripe_customers c"
	    "  JOIN stripe_subscriptions s ON s.customer_id = c.id"
	    "  WHERE c.user_id = $1 AND c.is_live = $2::boolean AND NOT c.is_deleted AND " LIVES
	    "  ORDER BY s.created_at DESC, s.id LIMIT 1)"
	    " SELECT coalesce((SELECT id FROM live), (SELECT b.customer_id FROM billing_customers b"
	    "  WHERE b.user_id = $1 AND b.is_live = $2 AND NOT EXISTS (SELECT FROM "
	    "stripe_customers c"
	    "   WHERE c.id = b.customer_id AND c.is_deleted)), " LINKED "),"
	    " (SELECT subscription_id FROM live), (SELECT granted_plan FROM users WHERE id = $1)");
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
}

enum err
billing_store_customer_read(const PGresult *res, struct arena *a, struct billing_customer *c)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	c->id = db_row_text(&r, a);
	c->subscription_id = db_row_text(&r, a);
	c->granted_plan = db_row_text(&r, a);
	return db_row_end(&r);
}
