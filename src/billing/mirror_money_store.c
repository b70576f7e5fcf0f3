#include "billing/mirror_money_store.h"

#include "base/json_write.h"
#include "billing/mirror_sql.h"

/* Whether the customer of the row that was put has an account. */
#define IS_LINKED                                                                                  \
	"EXISTS (SELECT 1 FROM stripe_customers c WHERE c.id = COALESCE(p.customer_id,"            \
	" o.customer_id) AND c.user_id IS NOT NULL)"

/* Its intents are told within the same statement, whether or not they were put before. */
/* clang-format off */
static const char put_invoice_sql[] =
    "WITH old AS (SELECT * FROM stripe_invoices WHERE id = $1),"
    " put AS (INSERT INTO stripe_invoices AS t (id, is_live, customer_id, subscription_id, number,"
    " status, billing_reason, currency, total_minor, tax_minor, amount_due_minor,"
    " amount_paid_minor, attempt_count, next_attempt_at, first_failed_at, created_at, due_at,"
    " paid_at, hosted_url, pdf_url, read_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, COALESCE($13, 0), " AT("$14") ", "
    AT("$15") ", " AT("$16") ", " AT("$17") ", " AT("$18") ", $19, $20, " AT_US("$21") ")"
    " ON CONFLICT (id) DO UPDATE SET customer_id = COALESCE(EXCLUDED.customer_id, t.customer_id),"
    " subscription_id = COALESCE(EXCLUDED.subscription_id, t.subscription_id),"
    " number = EXCLUDED.number, status = EXCLUDED.status,"
    " billing_reason = EXCLUDED.billing_reason, currency = EXCLUDED.currency,"
    " total_minor = EXCLUDED.total_minor, tax_minor = EXCLUDED.tax_minor,"
    " amount_due_minor = EXCLUDED.amount_due_minor,"
    " amount_paid_minor = EXCLUDED.amount_paid_minor, attempt_count = EXCLUDED.attempt_count,"
    " next_attempt_at = EXCLUDED.next_attempt_at,"
    " first_failed_at = LEAST(t.first_failed_at, EXCLUDED.first_failed_at),"
    " created_at = EXCLUDED.created_at, due_at = EXCLUDED.due_at, paid_at = EXCLUDED.paid_at,"
    " hosted_url = EXCLUDED.hosted_url, pdf_url = EXCLUDED.pdf_url, read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at RETURNING *),"
    " intents AS (UPDATE stripe_payment_intents i SET invoice_id = $1"
    " WHERE i.id IN (SELECT jsonb_array_elements_text($22::jsonb))"
    " AND i.invoice_id IS DISTINCT FROM $1)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", o.status, " IS_LINKED ", false, NULL FROM " OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_invoice(struct db_query *q, const struct stripe_invoice *i, bool is_live,
    int64_t failed_at, const char *intents, int64_t read_at_us)
{
	db_query_write(q, put_invoice_sql);
	db_param_text(q, i->id);
	db_param_bool(q, is_live);
	db_param_text(q, i->customer_id);
	db_param_text(q, i->subscription_id);
	db_param_text(q, i->number);
	db_param_text(q, i->status);
	db_param_text(q, i->billing_reason);
	db_param_text(q, i->currency);
	db_param_known(q, i->total_minor);
	db_param_known(q, i->tax_minor);
	db_param_known(q, i->amount_due_minor);
	db_param_known(q, i->amount_paid_minor);
	db_param_known(q, i->attempt_count);
	db_param_moment(q, i->next_attempt_at);
	db_param_moment(q, failed_at);
	db_param_moment(q, i->created_at);
	db_param_moment(q, i->due_at);
	db_param_moment(q, i->paid_at);
	db_param_text(q, i->hosted_url);
	db_param_text(q, i->pdf_url);
	db_param_int(q, read_at_us);
	db_param_text(q, intents);
}

static const char known_invoice_sql[] =
    "SELECT count(*) FROM stripe_invoices WHERE id = $1 AND status IS NOT DISTINCT FROM $2";

void
mirror_store_known_invoice(struct db_query *q, const char *id, const char *status)
{
	db_query_read(q, known_invoice_sql);
	db_param_text(q, id);
	db_param_text(q, status);
}

/* clang-format off */
static const char put_payment_intent_sql[] =
    "WITH old AS (SELECT * FROM stripe_payment_intents WHERE id = $1),"
    " put AS (INSERT INTO stripe_payment_intents AS t (id, is_live, customer_id, invoice_id,"
    " status, currency, amount_minor, amount_received_minor, error_code, latest_charge_id,"
    " receipt_url, created_at, succeeded_at, read_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, " AT("$12") ","
    " CASE WHEN $5 = 'succeeded' THEN COALESCE(" AT("$14") ", (SELECT succeeded_at FROM old), "
    AT("$15") ") END, " AT_US("$13") ")"
    " ON CONFLICT (id) DO UPDATE SET customer_id = COALESCE(EXCLUDED.customer_id, t.customer_id),"
    " invoice_id = COALESCE(EXCLUDED.invoice_id, t.invoice_id), status = EXCLUDED.status,"
    " currency = EXCLUDED.currency, amount_minor = EXCLUDED.amount_minor,"
    " amount_received_minor = EXCLUDED.amount_received_minor,"
    " error_code = COALESCE(EXCLUDED.error_code, t.error_code),"
    " latest_charge_id = EXCLUDED.latest_charge_id,"
    " receipt_url = COALESCE(EXCLUDED.receipt_url, t.receipt_url), created_at = EXCLUDED.created_at,"
    " succeeded_at = EXCLUDED.succeeded_at, read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at RETURNING *)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", o.status, " IS_LINKED ", false, NULL FROM " OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_payment_intent(struct db_query *q, const struct stripe_payment_intent *p,
    bool is_live, const char *invoice_id, int64_t event_at, int64_t read_at_us)
{
	db_query_write(q, put_payment_intent_sql);
	db_param_text(q, p->id);
	db_param_bool(q, is_live);
	db_param_text(q, p->customer_id);
	db_param_text(q, invoice_id);
	db_param_text(q, p->status);
	db_param_text(q, p->currency);
	db_param_known(q, p->amount_minor);
	db_param_known(q, p->amount_received_minor);
	db_param_text(q, p->error_code);
	db_param_text(q, p->latest_charge_id);
	db_param_text(q, p->receipt_url);
	db_param_moment(q, p->created_at);
	db_param_int(q, read_at_us);
	db_param_moment(q, p->succeeded_at);
	db_param_moment(q, event_at);
}

static const char known_intent_sql[] =
    "SELECT invoice_id FROM stripe_payment_intents WHERE id = $1";

void
mirror_store_known_intent(struct db_query *q, const char *id)
{
	db_query_read(q, known_intent_sql);
	db_param_text(q, id);
}

/* Whose a refund or a dispute is, its payment intent says, if that is here. */
#define IS_INTENT_LINKED                                                                           \
	"EXISTS (SELECT 1 FROM stripe_payment_intents i JOIN stripe_customers c"                   \
	" ON c.id = i.customer_id WHERE i.id = COALESCE(p.payment_intent_id,"                      \
	" o.payment_intent_id) AND c.user_id IS NOT NULL)"

/* clang-format off */
static const char put_refund_sql[] =
    "WITH old AS (SELECT * FROM stripe_refunds WHERE id = $1),"
    " put AS (INSERT INTO stripe_refunds AS t (id, is_live, payment_intent_id, charge_id,"
    " amount_minor, currency, status, reason, created_at, failed_at, read_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, " AT("$9") ","
    " CASE WHEN $7 IN ('failed', 'canceled') THEN COALESCE((SELECT failed_at FROM old), "
    NOT_BEFORE_SEEN(AT("COALESCE($11, $9)")) ") END, " AT_US("$10") ")"
    " ON CONFLICT (id) DO UPDATE SET payment_intent_id = EXCLUDED.payment_intent_id,"
    " charge_id = EXCLUDED.charge_id, amount_minor = EXCLUDED.amount_minor,"
    " currency = EXCLUDED.currency, status = EXCLUDED.status, reason = EXCLUDED.reason,"
    " created_at = EXCLUDED.created_at, failed_at = EXCLUDED.failed_at,"
    " read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at RETURNING *)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", o.status, " IS_INTENT_LINKED ", false, NULL FROM "
    OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_refund(struct db_query *q, const struct stripe_refund *r, bool is_live,
    int64_t event_at, int64_t read_at_us)
{
	db_query_write(q, put_refund_sql);
	db_param_text(q, r->id);
	db_param_bool(q, is_live);
	db_param_text(q, r->payment_intent_id);
	db_param_text(q, r->charge_id);
	db_param_known(q, r->amount_minor);
	db_param_text(q, r->currency);
	db_param_text(q, r->status);
	db_param_text(q, r->reason);
	db_param_moment(q, r->created_at);
	db_param_int(q, read_at_us);
	db_param_moment(q, event_at);
}

/* clang-format off */
static const char put_dispute_sql[] =
    "WITH old AS (SELECT * FROM stripe_disputes WHERE id = $1),"
    " put AS (INSERT INTO stripe_disputes AS t (id, is_live, payment_intent_id, charge_id,"
    " amount_minor, currency, status, reason, created_at, withdrawn_at, reinstated_at, read_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, " AT("$9") ", " AT("$10") ", " AT("$11") ", "
    AT_US("$12") ")"
    " ON CONFLICT (id) DO UPDATE SET payment_intent_id = EXCLUDED.payment_intent_id,"
    " charge_id = EXCLUDED.charge_id, amount_minor = EXCLUDED.amount_minor,"
    " currency = EXCLUDED.currency, status = EXCLUDED.status, reason = EXCLUDED.reason,"
    " created_at = EXCLUDED.created_at, withdrawn_at = EXCLUDED.withdrawn_at,"
    " reinstated_at = EXCLUDED.reinstated_at, read_at = EXCLUDED.read_at"
    " WHERE t.read_at <= EXCLUDED.read_at RETURNING *)"
    " SELECT " PUT_OUTCOME(IGNORED_READ_AT) ", o.status, " IS_INTENT_LINKED ", false, NULL FROM "
    OLD_AND_PUT;
/* clang-format on */

void
mirror_store_put_dispute(
    struct db_query *q, const struct stripe_dispute *d, bool is_live, int64_t read_at_us)
{
	db_query_write(q, put_dispute_sql);
	db_param_text(q, d->id);
	db_param_bool(q, is_live);
	db_param_text(q, d->payment_intent_id);
	db_param_text(q, d->charge_id);
	db_param_known(q, d->amount_minor);
	db_param_text(q, d->currency);
	db_param_text(q, d->status);
	db_param_text(q, d->reason);
	db_param_moment(q, d->created_at);
	db_param_moment(q, d->withdrawn_at);
	db_param_moment(q, d->reinstated_at);
	db_param_int(q, read_at_us);
}

/* ---- Movements of a customer's balance: they never change ---- */

void
mirror_store_add_entry(struct strbuf *list, const struct stripe_balance_entry *e)
{
	struct strbuf one = { 0 };

	json_write_member(&one, "id", e->id);
	json_write_member(&one, "type", e->type);
	json_write_member(&one, "kind", e->kind);
	json_write_member_int(&one, "amount_minor", e->amount_minor);
	if (e->ending_balance_minor != STRIPE_UNKNOWN)
		json_write_member_int(&one, "ending_balance_minor", e->ending_balance_minor);
	json_write_member(&one, "currency", e->currency);
	json_write_member_int(&one, "created_at", e->created_at);
	strbuf_puts(list, list->len == 0 ? "[" : ",");
	strbuf_puts(list, strbuf_text(&one));
	strbuf_puts(list, "}");
	strbuf_free(&one);
}

static const char put_entries_sql[] =
    "INSERT INTO stripe_balance_entries (id, customer_id, type, kind, amount_minor,"
    " ending_balance_minor, currency, created_at, is_live)"
    " SELECT e.id, $1, e.type, e.kind, e.amount_minor, e.ending_balance_minor, e.currency,"
    " to_timestamp(e.created_at), $2 FROM jsonb_to_recordset($3::jsonb) AS e (id text, type text,"
    " kind text, amount_minor bigint, ending_balance_minor bigint, currency text,"
    " created_at bigint) ON CONFLICT (id) DO NOTHING";

void
mirror_store_put_entries(
    struct db_query *q, const char *customer_id, bool is_live, const char *entries)
{
	db_query_write(q, put_entries_sql);
	db_param_text(q, customer_id);
	db_param_bool(q, is_live);
	db_param_text(q, entries);
}

static const char known_entries_sql[] = "SELECT count(*) FROM stripe_balance_entries WHERE id IN"
					" (SELECT e->>'id' FROM jsonb_array_elements($1::jsonb) e)";

void
mirror_store_known_entries(struct db_query *q, const char *entries)
{
	db_query_read(q, known_entries_sql);
	db_param_text(q, entries);
}
