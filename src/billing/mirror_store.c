#include "billing/mirror_store.h"

#include "base/json_write.h"
#include "billing/mirror_sql.h"
#include "db/db_row.h"

static const char *const outcome_words[PUT__MAX] = {
	[PUT_OLDER] = "older",
	[PUT_NEW] = "new",
	[PUT_SAME] = "same",
	[PUT_CHANGED] = "changed",
};

enum err
mirror_store_put_read(const PGresult *res, struct arena *arena, struct mirror_put *put)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	put->outcome = (enum mirror_outcome)db_row_word(&r, outcome_words, PUT__MAX);
	put->was = db_row_text(&r, arena);
	put->is_linked = db_row_bool(&r);
	put->is_at_odds = db_row_bool(&r);
	put->unknown_prices = db_row_text(&r, arena);
	return db_row_end(&r);
}

static const char lock_sql[] = "SELECT pg_advisory_xact_lock(hashtextextended($1, 8))";

void
mirror_store_lock(struct db_query *q, const char *id)
{
	db_query_write(q, lock_sql);
	db_param_text(q, id);
}

/* ---- Time ---- */

void
mirror_store_clock(struct db_query *q)
{
	db_query_read(q, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint");
}

/* ---- Customers ---- */

/* Whose the customer $1 is, by the customer that we made, else by what its metadata says. */
#define OWNER(sub)                                                                                 \
	"COALESCE((SELECT b.user_id FROM billing_customers b WHERE b.customer_id = $1),"           \
	" (SELECT u.id FROM users u WHERE u.keycloak_sub = " sub "))"

/* clang-format off */
static const char lock_customer_sql[] =
    "WITH was AS (SELECT user_id FROM stripe_customers WHERE id = $1),"
    " put AS (INSERT INTO stripe_customers AS c (id, is_live, user_sub, user_id)"
    " VALUES ($1, $2, $3, " OWNER("$3") ")"
    " ON CONFLICT (id) DO UPDATE SET user_sub = COALESCE(c.user_sub, EXCLUDED.user_sub),"
    " user_id = COALESCE(c.user_id, " OWNER("COALESCE(c.user_sub, EXCLUDED.user_sub)") ")"
    " RETURNING user_id), "
    CHECK_PLAN("checked", "put WHERE user_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM was WHERE user_id IS NOT NULL)")
    " SELECT 'same', NULL, user_id IS NOT NULL, false, NULL FROM put";
/* clang-format on */

void
mirror_store_lock_customer(struct db_query *q, const char *id, bool is_live, const char *user_sub)
{
	db_query_write(q, lock_customer_sql);
	db_param_text(q, id);
	db_param_bool(q, is_live);
	db_param_text(q, user_sub);
}

static const char known_customer_sql[] =
    "SELECT read_at IS NOT NULL, balance_minor IS NOT NULL, COALESCE(balance_minor, 0)"
    " FROM stripe_customers WHERE id = $1";

void
mirror_store_known_customer(struct db_query *q, const char *id)
{
	db_query_read(q, known_customer_sql);
	db_param_text(q, id);
}

enum err
mirror_store_known_customer_read(const PGresult *res, struct mirror_known_customer *c)
{
	struct db_row r;

	*c = (struct mirror_known_customer){ 0 };
	if (PQntuples(res) == 0)
		return ERR_OK;
	r = db_row_at(res, 0);
	c->is_read = db_row_bool(&r);
	c->has_balance = db_row_bool(&r);
	c->balance_minor = db_row_int(&r);
	return db_row_end(&r);
}

/* Of a deleted customer Stripe says no more than that; what was known of it stays. */
/* clang-format off */
static const char put_customer_sql[] =
    "WITH old AS (SELECT * FROM stripe_customers WHERE id = $1 AND read_at IS NOT NULL),"
    " was AS (SELECT user_id FROM stripe_customers WHERE id = $1),"
    " put AS (INSERT INTO stripe_customers AS c (id, is_live, user_sub, currency, balance_minor,"
    " is_deleted, created_at, read_at, user_id, has_discount)"
    " VALUES ($1, $2, $3, $4, $5, $6, " AT("$7") ", " AT_US("$8") ", " OWNER("$3") ", $9)"
    " ON CONFLICT (id) DO UPDATE SET user_sub = COALESCE(EXCLUDED.user_sub, c.user_sub),"
    " currency = COALESCE(EXCLUDED.currency, c.currency),"
    " balance_minor = COALESCE(EXCLUDED.balance_minor, c.balance_minor),"
    " is_deleted = EXCLUDED.is_deleted OR c.is_deleted,"
    " created_at = COALESCE(EXCLUDED.created_at, c.created_at), read_at = EXCLUDED.read_at,"
    " has_discount = EXCLUDED.has_discount,"
    " user_id = COALESCE(c.user_id, " OWNER("COALESCE(EXCLUDED.user_sub, c.user_sub)") ")"
    " WHERE c.read_at IS NULL OR c.read_at <= EXCLUDED.read_at RETURNING *), "
    CHECK_PLAN("checked", "put WHERE user_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM was WHERE user_id IS NOT NULL)")
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", NULL,"
    " COALESCE(p.user_id, o.user_id) IS NOT NULL,"
    " EXISTS (SELECT 1 FROM users u WHERE u.id = p.user_id AND u.keycloak_sub <> p.user_sub), NULL"
    " FROM " OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_customer(
    struct db_query *q, const struct stripe_customer *c, bool is_live, int64_t read_at_us)
{
	db_query_write(q, put_customer_sql);
	db_param_text(q, c->id);
	db_param_bool(q, is_live);
	db_param_text(q, c->user_sub);
	db_param_text(q, c->currency);
	db_param_known(q, c->is_deleted ? STRIPE_UNKNOWN : c->balance_minor);
	db_param_bool(q, c->is_deleted);
	db_param_moment(q, c->created_at);
	db_param_int(q, read_at_us);
	db_param_bool(q, c->has_discount);
}

/* ---- Subscriptions ---- */

static void
write_item(struct strbuf *out, const struct stripe_item *i)
{
	struct strbuf one = { 0 };

	json_write_member(&one, "id", i->id);
	json_write_member(&one, "price_id", i->price_id);
	json_write_member(&one, "product_id", i->product_id);
	if (i->quantity != STRIPE_UNKNOWN)
		json_write_member_int(&one, "quantity", i->quantity);
	strbuf_puts(out, strbuf_text(&one));
	strbuf_puts(out, "}");
	strbuf_free(&one);
}

const char *
mirror_store_items(struct arena *arena, const struct stripe_item *items, size_t n)
{
	struct strbuf out = { 0 };
	const char *text;

	strbuf_puts(&out, "[");
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			strbuf_puts(&out, ",");
		write_item(&out, &items[i]);
	}
	strbuf_puts(&out, "]");
	text = arena_strdup(arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* Adds to the history what `put` and `sorted` say, if that is not what it ends with. */
#define SUB_STATE                                                                                  \
	"status, is_paused, cancel_at_period_end, cancel_at, ended_at, cancel_reason, currency,"   \
	" mrr, billed_mrr"
/* clang-format off */
#define CHANGE_OF(at)                                                                              \
	"last AS (SELECT " SUB_STATE ", prices FROM stripe_subscription_changes"                   \
	" WHERE subscription_id = $1 ORDER BY id DESC LIMIT 1),"                                   \
	" state AS (SELECT " SUB_STATE ", prices FROM put, sorted),"                               \
	" change AS (INSERT INTO stripe_subscription_changes (subscription_id, at, " SUB_STATE     \
	", prices) SELECT put.id, " at ", state.* FROM put, state"                                 \
	" WHERE NOT EXISTS (SELECT 1 FROM last WHERE to_jsonb(last) = to_jsonb(state)))"
/* clang-format on */

/* Of what has ended Stripe says when; of the first row, when it began. */
#define CHANGED_AT                                                                                 \
	"CASE WHEN put.ended_at IS NOT NULL THEN put.ended_at"                                     \
	" WHEN NOT EXISTS (SELECT 1 FROM old) THEN put.created_at"                                 \
	" WHEN put.canceled_at IS DISTINCT FROM (SELECT canceled_at FROM old)"                     \
	" AND put.canceled_at IS NOT NULL THEN put.canceled_at"                                    \
	" ELSE " NOT_BEFORE_SEEN(AT("COALESCE($25, $22)")) " END"

/*
 * It is past due, or unpaid in the end, since the first failure of its open invoice, if that is
 * known, or since the event, but not before it was last seen otherwise; and however often it is
 * read, since then. The figures at another moment are no change by themselves. Terms that are the
 * same stay where they are: they may be long.
 */
#define IGNORED_OF_SUB "'{read_at,mrr_at,mrr_changes_at}'::text[]"
/* clang-format off */
static const char put_subscription_sql[] =
    "WITH old AS (SELECT * FROM stripe_subscriptions WHERE id = $1),"
    " put AS (INSERT INTO stripe_subscriptions AS s (id, is_live, customer_id, status, currency,"
    " is_paused, cancel_at_period_end, cancel_at, canceled_at, ended_at, cancel_reason, created_at,"
    " trial_end_at, period_end_at, latest_invoice_id, terms, mrr, billed_mrr, committed_mrr,"
    " trial_mrr, mrr_flags, mrr_at, mrr_changes_at, read_at, past_due_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, " AT("$8") ", " AT("$9") ", " AT("$10") ", $11, "
    AT("$12") ", " AT("$13") ", " AT("$14") ", $15, $16::jsonb, $17::numeric, $18::numeric,"
    " $19::numeric, $20::numeric, $21::text[], " AT("$22") ", " AT("$23") ", " AT_US("$24") ","
    " CASE WHEN $4 IN ('past_due', 'unpaid') THEN COALESCE((SELECT past_due_at FROM old), "
    NOT_BEFORE_SEEN("COALESCE((SELECT first_failed_at FROM stripe_invoices"
    " WHERE id = $15 AND status = 'open'), " AT("COALESCE($25, $22)") ")") ") END)"
    " ON CONFLICT (id) DO UPDATE SET is_live = EXCLUDED.is_live,"
    " customer_id = EXCLUDED.customer_id, status = EXCLUDED.status,"
    " currency = EXCLUDED.currency, is_paused = EXCLUDED.is_paused,"
    " cancel_at_period_end = EXCLUDED.cancel_at_period_end, cancel_at = EXCLUDED.cancel_at,"
    " canceled_at = EXCLUDED.canceled_at, ended_at = EXCLUDED.ended_at,"
    " cancel_reason = EXCLUDED.cancel_reason, created_at = EXCLUDED.created_at,"
    " trial_end_at = EXCLUDED.trial_end_at, period_end_at = EXCLUDED.period_end_at,"
    " latest_invoice_id = EXCLUDED.latest_invoice_id,"
    " terms = CASE WHEN s.terms = EXCLUDED.terms THEN s.terms ELSE EXCLUDED.terms END,"
    " mrr = EXCLUDED.mrr, billed_mrr = EXCLUDED.billed_mrr,"
    " committed_mrr = EXCLUDED.committed_mrr, trial_mrr = EXCLUDED.trial_mrr,"
    " mrr_flags = EXCLUDED.mrr_flags, mrr_at = EXCLUDED.mrr_at,"
    " mrr_changes_at = EXCLUDED.mrr_changes_at, read_at = EXCLUDED.read_at,"
    " past_due_at = EXCLUDED.past_due_at"
    " WHERE s.read_at <= EXCLUDED.read_at RETURNING *),"
    " listed AS (SELECT * FROM jsonb_to_recordset($26::jsonb)"
    " AS i (id text, price_id text, product_id text, quantity bigint)),"
    " sorted AS (SELECT COALESCE(array_agg(price_id ORDER BY price_id), '{}') AS prices"
    " FROM listed),"
    " items AS (INSERT INTO stripe_subscription_items AS t"
    " (id, subscription_id, price_id, product_id, quantity)"
    " SELECT listed.id, put.id, listed.price_id, listed.product_id, listed.quantity"
    " FROM listed, put ON CONFLICT (id) DO UPDATE SET"
    " subscription_id = EXCLUDED.subscription_id, price_id = EXCLUDED.price_id,"
    " product_id = EXCLUDED.product_id, quantity = EXCLUDED.quantity"
    " WHERE (t.subscription_id, t.price_id, t.product_id, t.quantity) IS DISTINCT FROM"
    " (EXCLUDED.subscription_id, EXCLUDED.price_id, EXCLUDED.product_id, EXCLUDED.quantity)),"
    " gone AS (DELETE FROM stripe_subscription_items t USING put"
    " WHERE t.subscription_id = put.id AND t.id NOT IN (SELECT id FROM listed)), "
    CHANGE_OF(CHANGED_AT) ","
    " owner AS (SELECT user_id FROM stripe_customers WHERE id = $3 AND user_id IS NOT NULL),"
    " told AS (SELECT " PUT_OUTCOME(IGNORED_OF_SUB) " AS outcome, o.status AS was FROM "
    OLD_AND_PUT "), "
    CHECK_PLAN("checked", "owner WHERE (SELECT outcome FROM told) IN ('new', 'changed')")
    " SELECT outcome, was, EXISTS (SELECT 1 FROM owner), false,"
    " (SELECT string_agg(price_id, ', ' ORDER BY price_id) FROM listed"
    " WHERE NOT EXISTS (SELECT 1 FROM plan_prices m WHERE m.price_id = listed.price_id))"
    " FROM told";
/* clang-format on */

void
mirror_store_put_subscription(struct db_query *q, const struct mirror_subscription_row *row)
{
	const struct stripe_subscription *s = row->sub;
	const struct mrr *m = row->mrr;

	db_query_write(q, put_subscription_sql);
	db_param_text(q, s->id);
	db_param_bool(q, row->is_live);
	db_param_text(q, s->customer_id);
	db_param_text(q, s->status);
	db_param_text(q, s->currency);
	db_param_bool(q, s->is_paused);
	db_param_bool(q, s->cancel_at_period_end);
	db_param_moment(q, s->cancel_at);
	db_param_moment(q, s->canceled_at);
	db_param_moment(q, s->ended_at);
	db_param_text(q, s->cancel_reason);
	db_param_moment(q, s->created_at);
	db_param_moment(q, s->trial_end_at);
	db_param_moment(q, s->period_end_at);
	db_param_text(q, s->latest_invoice_id);
	db_param_text(q, row->terms);
	db_param_text(q, m->mrr);
	db_param_text(q, m->billed);
	db_param_text(q, m->committed);
	db_param_text(q, m->trial);
	db_param_text(q, row->mrr_flags);
	db_param_int(q, row->mrr_at);
	db_param_moment(q, m->changes_at);
	db_param_int(q, row->read_at_us);
	db_param_moment(q, row->event_at);
	db_param_text(q, row->items);
}

static const char known_end_sql[] =
    "SELECT count(*) FROM stripe_subscriptions WHERE id = $1 AND is_live = $2 AND status = $3"
    " AND ended_at = " AT("$4");

void
mirror_store_known_end(struct db_query *q, const struct stripe_subscription *s, bool is_live)
{
	db_query_read(q, known_end_sql);
	db_param_text(q, s->id);
	db_param_bool(q, is_live);
	db_param_text(q, s->status);
	db_param_int(q, s->ended_at);
}

/* What it was worth ends with it; the reason tells it from what Stripe says itself. */
/* clang-format off */
static const char end_subscription_sql[] =
    "WITH old AS (SELECT * FROM stripe_subscriptions WHERE id = $1 FOR UPDATE),"
    " put AS (UPDATE stripe_subscriptions s SET status = 'canceled', ended_at = " AT_US("$2") ","
    " cancel_reason = 'not_at_stripe', mrr = 0, billed_mrr = 0, committed_mrr = 0, trial_mrr = 0,"
    " mrr_flags = '{}', mrr_at = " AT_US("$2") ", mrr_changes_at = NULL, past_due_at = NULL,"
    " read_at = " AT_US("$2") ", terms = jsonb_set(s.terms, '{status}', '\"canceled\"')"
    " FROM old WHERE s.id = old.id AND s.ended_at IS NULL AND s.read_at <= " AT_US("$2")
    " RETURNING s.*),"
    " sorted AS (SELECT COALESCE(array_agg(price_id ORDER BY price_id), '{}') AS prices"
    " FROM stripe_subscription_items WHERE subscription_id = $1), "
    CHANGE_OF("put.ended_at") ","
    " owner AS (SELECT c.user_id FROM stripe_customers c JOIN put ON c.id = put.customer_id"
    " WHERE c.user_id IS NOT NULL), "
    CHECK_PLAN("checked", "owner WHERE true")
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", o.status, EXISTS (SELECT 1 FROM owner), false, NULL FROM "
    OLD_AND_PUT;
/* clang-format on */

void
mirror_store_end_subscription(struct db_query *q, const char *id, int64_t read_at_us)
{
	db_query_write(q, end_subscription_sql);
	db_param_text(q, id);
	db_param_int(q, read_at_us);
}

/* ---- Prices and coupons ---- */

/* Ids that people choose may be the same in both of Stripe's worlds: the row is of the last one. */
#define IS_OTHER_WORLD "(t.is_live <> EXCLUDED.is_live)"

/* Its product's name, which an answer that has only the product's id does not take away. */
#define PRICE_NAME "CASE WHEN $13 THEN EXCLUDED.name ELSE COALESCE(t.name, EXCLUDED.name) END"

/* clang-format off */
static const char put_price_sql[] =
    "WITH old AS (SELECT * FROM stripe_prices WHERE id = $1),"
    " put AS (INSERT INTO stripe_prices AS t (id, is_live, product_id, name, currency,"
    " unit_amount, period, period_count, is_active, object, read_at)"
    " VALUES ($1, $2, $3, $4, $5, $6::numeric, $7, $8, $9, $10::jsonb, " AT_US("$11") ")"
    " ON CONFLICT (id) DO UPDATE SET is_live = EXCLUDED.is_live,"
    " product_id = EXCLUDED.product_id, name = " PRICE_NAME ", currency = EXCLUDED.currency,"
    " unit_amount = EXCLUDED.unit_amount, period = EXCLUDED.period,"
    " period_count = EXCLUDED.period_count, is_active = EXCLUDED.is_active,"
    " object = CASE WHEN EXCLUDED.object ? 'tiers' OR " IS_OTHER_WORLD " THEN EXCLUDED.object"
    " ELSE t.object || EXCLUDED.object END, read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at AND NOT ($12 AND NOT " IS_OTHER_WORLD
    " AND t.currency = EXCLUDED.currency"
    " AND t.unit_amount IS NOT DISTINCT FROM EXCLUDED.unit_amount"
    " AND t.name IS NOT DISTINCT FROM " PRICE_NAME
    " AND t.is_active = EXCLUDED.is_active AND t.object @> EXCLUDED.object) RETURNING *)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", NULL, true, false, NULL FROM " OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_price(struct db_query *q, const struct stripe_price *p, const char *object,
    bool is_live, int64_t read_at_us, bool is_met)
{
	db_query_write(q, put_price_sql);
	db_param_text(q, p->id);
	db_param_bool(q, is_live);
	db_param_text(q, p->product_id);
	db_param_text(q, p->name);
	db_param_text(q, p->currency);
	db_param_text(q, p->unit_amount);
	db_param_text(q, p->period);
	db_param_moment(q, p->period == NULL ? 0 : p->period_count);
	db_param_bool(q, p->is_active);
	db_param_text(q, object);
	db_param_int(q, read_at_us);
	db_param_bool(q, is_met);
	db_param_bool(q, p->is_product_name);
}

/* clang-format off */
static const char put_coupon_sql[] =
    "WITH old AS (SELECT * FROM stripe_coupons WHERE id = $1),"
    " put AS (INSERT INTO stripe_coupons AS t (id, is_live, name, percent_off, amount_off_minor,"
    " currency, duration, duration_months, is_valid, read_at)"
    " VALUES ($1, $2, $3, $4::numeric, $5, $6, $7, $8, $9, " AT_US("$10") ")"
    " ON CONFLICT (id) DO UPDATE SET is_live = EXCLUDED.is_live, name = EXCLUDED.name,"
    " percent_off = EXCLUDED.percent_off,"
    " amount_off_minor = EXCLUDED.amount_off_minor, currency = EXCLUDED.currency,"
    " duration = EXCLUDED.duration, duration_months = EXCLUDED.duration_months,"
    " is_valid = EXCLUDED.is_valid, read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at AND NOT ($11 AND NOT " IS_OTHER_WORLD
    " AND t.is_valid = EXCLUDED.is_valid"
    " AND t.name IS NOT DISTINCT FROM EXCLUDED.name) RETURNING *)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", NULL, true, false, NULL FROM " OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_coupon(struct db_query *q, const struct stripe_coupon *c, bool is_live,
    int64_t read_at_us, bool is_met)
{
	db_query_write(q, put_coupon_sql);
	db_param_text(q, c->id);
	db_param_bool(q, is_live);
	db_param_text(q, c->name);
	db_param_text(q, c->percent_off);
	db_param_known(q, c->percent_off != NULL ? STRIPE_UNKNOWN : c->amount_off_minor);
	db_param_text(q, c->currency);
	db_param_text(q, c->duration);
	db_param_moment(q, c->duration_months == STRIPE_UNKNOWN ? 0 : c->duration_months);
	db_param_bool(q, c->is_valid);
	db_param_int(q, read_at_us);
	db_param_bool(q, is_met);
}

static const char known_tiers_sql[] =
    "SELECT (object || jsonb_build_object('product', product_id))::text FROM stripe_prices"
    " WHERE id = $1 AND is_live = $2 AND jsonb_typeof(object->'tiers') = 'array'";

void
mirror_store_known_tiers(struct db_query *q, const char *id, bool is_live)
{
	db_query_read(q, known_tiers_sql);
	db_param_text(q, id);
	db_param_bool(q, is_live);
}

static const char end_price_sql[] =
    "UPDATE stripe_prices SET is_active = false WHERE id = $1 RETURNING 1";

void
mirror_store_end_price(struct db_query *q, const char *id)
{
	db_query_write(q, end_price_sql);
	db_param_text(q, id);
}

static const char end_coupon_sql[] =
    "UPDATE stripe_coupons SET is_valid = false WHERE id = $1 RETURNING 1";

void
mirror_store_end_coupon(struct db_query *q, const char *id)
{
	db_query_write(q, end_coupon_sql);
	db_param_text(q, id);
}
