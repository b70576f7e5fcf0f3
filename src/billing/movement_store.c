#include "billing/movement_store.h"

#include <inttypes.h>

#include "billing/movement_sql.h"
#include "db/db_row.h"

/* $1 to $4 are the same in all statements that have them: world, day, seen_to, opened_on. */
static void
params_of_day(struct db_query *q, const struct movement_day *d, int nparams)
{
	db_param_bool(q, d->is_live);
	if (nparams > 1)
		db_param_text(q, d->day);
	if (nparams > 2)
		db_param_text(q, d->seen_to);
	if (nparams > 3)
		db_param_text(q, d->opened_on);
}

#define MIDNIGHT(day) "((" day ")::timestamp AT TIME ZONE 'UTC')"
#define DAY_BEGIN MIDNIGHT("$2::date")
#define DAY_END MIDNIGHT("$2::date + 1")
#define OPENING_END MIDNIGHT("$4::date + 1")

/* Subscriptions of which something changed on that day, or before and was noticed since. */
#define DUE                                                                                        \
	"due AS (SELECT subscription_id FROM stripe_subscription_changes"                          \
	" WHERE at >= " DAY_BEGIN " AND at < " DAY_END                                             \
	" UNION SELECT subscription_id FROM stripe_subscription_changes"                           \
	" WHERE noticed_at >= $3::timestamptz AND at < " DAY_BEGIN ")"

/* The state at that moment, as far as it is known now: changes may have been noticed late. */
#define STATE_AT(end)                                                                              \
	"(SELECT h.status, h.is_paused, h.cancel_reason, h.currency, greatest(h.mrr, 0) AS mrr"    \
	" FROM stripe_subscription_changes h WHERE h.subscription_id = s.id AND h.at < " end       \
	" ORDER BY h.id DESC LIMIT 1)"

/* ---- Which day ---- */

static const char next_sql[] =
    "WITH t AS (SELECT (least(now(), to_timestamp($2::bigint)) AT TIME ZONE 'UTC')::date AS today),"
    " d AS (SELECT min(day) AS opened, max(day) AS last FROM mrr_days WHERE is_live = $1)"
    " SELECT coalesce(d.last + 1, t.today - 1)::text, coalesce(d.last + 1 < t.today, true),"
    " coalesce(d.last > t.today, false), coalesce(d.opened, t.today - 1)::text,"
    " coalesce((SELECT closed_at - interval '1 day' FROM mrr_days"
    " WHERE is_live = $1 AND day = d.last), '-infinity')::text FROM t, d";

void
movement_store_next(struct db_query *q, bool is_live, int64_t now)
{
	db_query_write(q, next_sql);
	db_param_bool(q, is_live);
	db_param_int(q, now);
}

enum err
movement_store_next_read(struct movement_day *d, const PGresult *res, struct arena *a)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	d->day = db_row_text(&r, a);
	d->is_over = db_row_bool(&r);
	d->is_ahead = db_row_bool(&r);
	d->opened_on = db_row_text(&r, a);
	d->seen_to = db_row_text(&r, a);
	return db_row_end(&r);
}

static const char claim_sql[] = "INSERT INTO mrr_days (is_live, day, closed_at)"
				" VALUES ($1, $2::date, least(now(), to_timestamp($3::bigint)))";

void
movement_store_claim(struct db_query *q, const struct movement_day *d, int64_t now)
{
	db_query_write(q, claim_sql);
	params_of_day(q, d, 2);
	db_param_int(q, now);
}

/* ---- Whose it is ---- */

/* Payers without an account whose customer has one now. */
#define LINKED                                                                                     \
	"linked AS (SELECT p.id AS payer_id, c.user_id FROM mrr_payers p"                          \
	" JOIN stripe_customers c ON c.id = p.customer_id"                                         \
	" WHERE p.user_id IS NULL AND p.is_live = $1 AND c.user_id IS NOT NULL)"

/*
 * Subscriptions in stock that belong to another account than the one that paid. An account that is
 * gone stays the one that paid, until another one has its customer.
 */
#define MOVED                                                                                      \
	"moved AS (SELECT k.subscription_id, c.user_id FROM mrr_stock k"                           \
	" JOIN mrr_payers p ON p.id = k.payer_id"                                                  \
	" JOIN stripe_subscriptions s ON s.id = k.subscription_id"                                 \
	" JOIN stripe_customers c ON c.id = s.customer_id"                                         \
	" WHERE p.is_live = $1 AND c.user_id <> p.user_id"                                         \
	" AND (k.mrr > 0 OR k.subscription_id IN (SELECT subscription_id FROM due)))"

static const char link_payers_sql[] =
    "WITH " LINKED ", " DUE ", " MOVED " INSERT INTO mrr_payers (is_live, user_id)"
    " SELECT $1, user_id FROM linked UNION SELECT $1, user_id FROM moved ON CONFLICT DO NOTHING";

void
movement_store_link_payers(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, link_payers_sql);
	params_of_day(q, d, 3);
}

static const char link_movements_sql[] =
    "WITH " LINKED " UPDATE mrr_movements m SET payer_id = p.id"
    " FROM linked JOIN mrr_payers p ON p.user_id = linked.user_id AND p.is_live = $1"
    " WHERE m.payer_id = linked.payer_id";

void
movement_store_link_movements(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, link_movements_sql);
	params_of_day(q, d, 1);
}

static const char link_stock_sql[] =
    "WITH " LINKED ", " DUE ", " MOVED ","
    " new AS (SELECT k.subscription_id, linked.user_id FROM linked"
    " JOIN mrr_stock k ON k.payer_id = linked.payer_id UNION ALL SELECT * FROM moved)"
    " UPDATE mrr_stock k SET payer_id = p.id"
    " FROM new JOIN mrr_payers p ON p.user_id = new.user_id AND p.is_live = $1"
    " WHERE k.subscription_id = new.subscription_id";

void
movement_store_link_stock(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, link_stock_sql);
	params_of_day(q, d, 3);
}

static const char link_end_sql[] =
    "WITH " LINKED ", gone AS (DELETE FROM mrr_payers p USING linked WHERE p.id = linked.payer_id"
    " RETURNING linked.user_id, p.has_paid, p.left_on),"
    " g AS (SELECT user_id, bool_or(has_paid) AS has_paid, CASE"
    " WHEN bool_or(has_paid AND left_on IS NULL) THEN NULL ELSE max(left_on) END AS left_on"
    " FROM gone GROUP BY user_id)"
    " UPDATE mrr_payers t SET has_paid = t.has_paid OR g.has_paid, left_on = CASE"
    " WHEN NOT t.has_paid THEN g.left_on WHEN NOT g.has_paid THEN t.left_on"
    " WHEN t.left_on IS NULL OR g.left_on IS NULL THEN NULL"
    " ELSE greatest(t.left_on, g.left_on) END"
    " FROM g WHERE t.user_id = g.user_id AND t.is_live = $1";

void
movement_store_link_end(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, link_end_sql);
	params_of_day(q, d, 1);
}

/* ---- What no closed day knows ---- */

static const char meet_payers_sql[] =
    "WITH " DUE " INSERT INTO mrr_payers (is_live, user_id, customer_id)"
    " SELECT DISTINCT s.is_live, c.user_id, CASE WHEN c.user_id IS NULL THEN c.id END FROM due"
    " JOIN stripe_subscriptions s ON s.id = due.subscription_id"
    " JOIN stripe_customers c ON c.id = s.customer_id WHERE s.is_live = $1"
    " AND NOT EXISTS (SELECT FROM mrr_stock k WHERE k.subscription_id = s.id)"
    " ON CONFLICT DO NOTHING";

void
movement_store_meet_payers(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, meet_payers_sql);
	params_of_day(q, d, 3);
}

static const char meet_sql[] =
    "WITH " DUE " INSERT INTO mrr_stock (subscription_id, payer_id, currency, mrr)"
    " SELECT s.id, CASE WHEN c.user_id IS NULL"
    " THEN (SELECT p.id FROM mrr_payers p WHERE p.customer_id = c.id)"
    " ELSE (SELECT p.id FROM mrr_payers p WHERE p.user_id = c.user_id AND p.is_live = $1) END,"
    " coalesce(o.currency, s.currency), coalesce(o.mrr, 0) FROM due"
    " JOIN stripe_subscriptions s ON s.id = due.subscription_id"
    " JOIN stripe_customers c ON c.id = s.customer_id"
    " LEFT JOIN LATERAL " STATE_AT(
	OPENING_END) " o ON true WHERE s.is_live = $1"
		     " AND NOT EXISTS (SELECT FROM mrr_stock k WHERE k.subscription_id = s.id)";

void
movement_store_meet(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, meet_sql);
	params_of_day(q, d, 4);
}

static const char settle_sql[] =
    "UPDATE mrr_payers p SET has_paid = true, left_on = NULL"
    " WHERE p.is_live = $1 AND (NOT p.has_paid OR p.left_on IS NOT NULL)"
    " AND EXISTS (SELECT FROM mrr_stock k WHERE k.payer_id = p.id AND k.mrr > 0)";

void
movement_store_settle(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, settle_sql);
	params_of_day(q, d, 1);
}

void
movement_store_analyze(struct db_query *q)
{
	db_query_write(q, "ANALYZE mrr_payers, mrr_stock");
}

/* ---- Sums ---- */

#define STOCK_SUMS                                                                                 \
	"SELECT k.currency, sum(k.mrr) AS mrr FROM mrr_stock k"                                    \
	" JOIN mrr_payers p ON p.id = k.payer_id"                                                  \
	" WHERE k.mrr > 0 AND p.is_live = $1 AND " PAYER_COUNTS " GROUP BY 1"

static const char sums_sql[] = "SELECT currency, mrr::text FROM (" STOCK_SUMS ") s";

void
movement_store_sums(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, sums_sql);
	params_of_day(q, d, 1);
}

enum err
movement_store_sums_read(struct movement_sums *s, const PGresult *res, struct arena *a)
{
	enum err e = ERR_OK;

	s->n = (size_t)PQntuples(res);
	s->currencies = arena_array(a, s->n, sizeof(*s->currencies));
	s->amounts = arena_array(a, s->n, sizeof(*s->amounts));
	for (size_t i = 0; i < s->n && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, (int)i);

		s->currencies[i] = db_row_text(&r, a);
		s->amounts[i] = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

/* ---- What is not as it was ---- */

/*
 * Who paid before the first day was closed is not new either, whether we saw the subscription then
 * or have only its invoices.
 */
#define PAID_BEFORE                                                                                \
	"EXISTS (SELECT FROM stripe_customers c"                                                   \
	" WHERE (c.user_id = p.user_id OR c.id = p.customer_id)"                                   \
	" AND (EXISTS (SELECT FROM stripe_invoices i WHERE i.customer_id = c.id"                   \
	" AND i.subscription_id IS NOT NULL AND i.status = 'paid' AND i.amount_paid_minor > 0"     \
	" AND i.paid_at < " OPENING_END ")"                                                        \
	" OR EXISTS (SELECT FROM stripe_subscriptions o JOIN stripe_subscription_changes h"        \
	" ON h.subscription_id = o.id WHERE o.customer_id = c.id AND h.mrr > 0"                    \
	" AND h.at < " OPENING_END ")))"

/* clang-format off */
static const char rows_sql[] =
    "WITH " DUE ","
    " new AS MATERIALIZED (SELECT k.subscription_id, k.payer_id, k.currency AS was_currency,"
    " k.mrr AS was, l.currency, l.mrr, l.status, l.is_paused, l.cancel_reason"
    " FROM due JOIN mrr_stock k ON k.subscription_id = due.subscription_id"
    " JOIN stripe_subscriptions s ON s.id = k.subscription_id"
    " CROSS JOIN LATERAL " STATE_AT(DAY_END) " l WHERE s.is_live = $1"
    " AND (k.mrr <> l.mrr OR (l.mrr > 0 AND k.currency <> l.currency))),"
    " r AS (SELECT *, true AS is_changed FROM new UNION ALL"
    " SELECT k.subscription_id, k.payer_id, k.currency, k.mrr, k.currency, k.mrr, NULL, false, NULL,"
    " false FROM mrr_stock k WHERE k.payer_id IN (SELECT payer_id FROM new) AND k.mrr > 0"
    " AND k.subscription_id NOT IN (SELECT subscription_id FROM new))"
    " SELECT r.subscription_id, r.payer_id::text, r.was_currency, r.was::text, r.currency,"
    " r.mrr::text, r.status, r.is_paused, r.cancel_reason, p.has_paid OR " PAID_BEFORE ","
    " coalesce($2::date - p.left_on, -1), r.is_changed FROM r JOIN mrr_payers p ON p.id = r.payer_id"
    " ORDER BY r.payer_id, r.subscription_id";
/* clang-format on */

void
movement_store_rows(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, rows_sql);
	params_of_day(q, d, 4);
}

static enum err
read_row(struct movement_row *to, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	to->subscription_id = db_row_text(&r, a);
	to->payer_id = db_row_text(&r, a);
	to->pair.was_currency = db_row_text(&r, a);
	to->pair.was = db_row_text(&r, a);
	to->pair.is_currency = db_row_text(&r, a);
	to->pair.is = db_row_text(&r, a);
	to->pair.status = db_row_text(&r, a);
	to->pair.is_paused = db_row_bool(&r);
	to->pair.cancel_reason = db_row_text(&r, a);
	to->past.has_paid = db_row_bool(&r);
	to->past.days_away = db_row_int(&r);
	to->is_changed = db_row_bool(&r);
	return db_row_end(&r);
}

enum err
movement_store_rows_read(
    struct movement_row **rows, size_t *n, const PGresult *res, struct arena *a)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (size_t i = 0; i < *n && e == ERR_OK; i++)
		e = read_row(&(*rows)[i], a, res, (int)i);
	return e;
}

/* ---- What became of it ---- */

/* The n payers of whom `member` of what was found is true. */
#define PAYERS_WHO(q, payers, n, member)                                                           \
	do {                                                                                       \
		const char **ids_ = arena_array((q)->arena, (n), sizeof(*ids_));                   \
		size_t m_ = 0;                                                                     \
		for (size_t i_ = 0; i_ < (n); i_++)                                                \
			if ((payers)[i_].found.member)                                             \
				ids_[m_++] = (payers)[i_].id;                                      \
		db_param_texts((q), ids_, m_);                                                     \
	} while (0)

static const char revise_sql[] =
    "UPDATE mrr_movements m SET kind = 'contraction', revised_on = $1::date FROM mrr_payers p"
    " WHERE p.id = ANY ($2::bigint[]) AND m.payer_id = p.id AND m.day = p.left_on"
    " AND m.kind = 'churn'";

void
movement_store_revise(
    struct db_query *q, const char *day, const struct movement_payer *payers, size_t n)
{
	db_query_write(q, revise_sql);
	db_param_text(q, day);
	PAYERS_WHO(q, payers, n, is_switch);
}

static const char payers_sql[] = "UPDATE mrr_payers p SET has_paid = true,"
				 " left_on = CASE WHEN p.id = ANY ($2::bigint[]) THEN $1::date END"
				 " WHERE p.id = ANY ($2::bigint[]) OR p.id = ANY ($3::bigint[])";

void
movement_store_payers(
    struct db_query *q, const char *day, const struct movement_payer *payers, size_t n)
{
	db_query_write(q, payers_sql);
	db_param_text(q, day);
	PAYERS_WHO(q, payers, n, has_left);
	PAYERS_WHO(q, payers, n, has_come);
}

static const char put_sql[] =
    "INSERT INTO mrr_movements (day, payer_id, currency, was_mrr, is_mrr, kind, churn_kind)"
    " SELECT $1::date, n.* FROM unnest($2::bigint[], $3::text[], $4::numeric[], $5::numeric[],"
    " $6::text[], $7::text[]) n";

/* All movements of all payers behind each other, one member of each. */
#define EACH(q, payers, n, nall, value)                                                            \
	do {                                                                                       \
		const char **texts_ = arena_array((q)->arena, (nall), sizeof(*texts_));            \
		size_t at_ = 0;                                                                    \
		for (size_t i_ = 0; i_ < (n); i_++)                                                \
			for (size_t j_ = 0; j_ < (payers)[i_].found.n; j_++) {                     \
				const struct movement_payer *p = &(payers)[i_];                    \
				const struct movement *m = &p->found.v[j_];                        \
				(void)p, (void)m;                                                  \
				texts_[at_++] = (value);                                           \
			}                                                                          \
		db_param_texts((q), texts_, (nall));                                               \
	} while (0)

void
movement_store_put(
    struct db_query *q, const char *day, const struct movement_payer *payers, size_t n)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += payers[i].found.n;
	db_query_write(q, put_sql);
	db_param_text(q, day);
	EACH(q, payers, n, all, p->id);
	EACH(q, payers, n, all, m->currency);
	EACH(q, payers, n, all, m->was);
	EACH(q, payers, n, all, m->is);
	EACH(q, payers, n, all, movement_kind_words[m->kind]);
	EACH(q, payers, n, all, m->churn == CHURN__MAX ? NULL : churn_kind_words[m->churn]);
}

/*
 * Not while a subscription of the payer is still paused, as far as its changes tell of that day: a
 * day may be closed late, when the mirror knows better already.
 */
/* clang-format off */
static const char end_pauses_sql[] =
    "WITH " DUE ", ended AS (SELECT k.payer_id, l.status, l.cancel_reason"
    " FROM due JOIN mrr_stock k ON k.subscription_id = due.subscription_id"
    " JOIN stripe_subscriptions s ON s.id = k.subscription_id"
    " CROSS JOIN LATERAL " STATE_AT(DAY_END) " l WHERE s.is_live = $1 AND k.mrr = 0"
    " AND l.status IN ('canceled', 'unpaid')"
    " AND NOT EXISTS (SELECT FROM mrr_stock n"
    " JOIN stripe_subscriptions s ON s.id = n.subscription_id"
    " CROSS JOIN LATERAL " STATE_AT(DAY_END) " o WHERE n.payer_id = k.payer_id"
    " AND (o.status = 'paused' OR (o.is_paused AND o.status NOT IN ('canceled', 'unpaid')))))"
    " UPDATE mrr_movements m SET ended_on = $2::date, ended_as = CASE"
    " WHEN e.status = 'unpaid' OR e.cancel_reason = 'payment_failed' THEN 'payment'"
    " WHEN e.cancel_reason = 'payment_disputed' THEN 'dispute' ELSE 'voluntary' END"
    " FROM ended e JOIN mrr_payers p ON p.id = e.payer_id WHERE m.payer_id = p.id"
    " AND m.day = p.left_on AND m.kind = 'churn' AND m.churn_kind = 'paused'"
    " AND m.ended_on IS NULL";
/* clang-format on */

void
movement_store_end_pauses(struct db_query *q, const struct movement_day *d)
{
	db_query_write(q, end_pauses_sql);
	params_of_day(q, d, 3);
}

static const char stock_sql[] =
    "UPDATE mrr_stock k SET currency = n.currency, mrr = n.mrr"
    " FROM unnest($1::text[], $2::text[], $3::numeric[]) AS n (id, currency, mrr)"
    " WHERE k.subscription_id = n.id";

void
movement_store_stock(struct db_query *q, const struct movement_row *rows, size_t n)
{
	const char **texts = arena_array(q->arena, n, sizeof(*texts));

	db_query_write(q, stock_sql);
	for (size_t i = 0; i < n; i++)
		texts[i] = rows[i].subscription_id;
	db_param_texts(q, texts, n);
	for (size_t i = 0; i < n; i++)
		texts[i] = rows[i].pair.is_currency;
	db_param_texts(q, texts, n);
	for (size_t i = 0; i < n; i++)
		texts[i] = rows[i].pair.is;
	db_param_texts(q, texts, n);
}

static const char prove_sql[] =
    "WITH b AS (SELECT * FROM unnest($3::text[], $4::numeric[]) AS b (currency, mrr)),"
    " e AS (" STOCK_SUMS "),"
    " m AS (SELECT m.currency, sum(m.amount) FILTER (WHERE m.is_mrr > m.was_mrr) AS gained,"
    " sum(m.amount) FILTER (WHERE m.is_mrr < m.was_mrr) AS lost FROM mrr_movements m"
    " JOIN mrr_payers p ON p.id = m.payer_id"
    " WHERE m.day = $2::date AND p.is_live = $1 AND " PAYER_COUNTS " GROUP BY 1)"
    " INSERT INTO mrr_day_sums (is_live, day, currency, start_mrr, gained, lost, end_mrr)"
    " SELECT $1, $2::date, currency, coalesce(b.mrr, 0), coalesce(m.gained, 0),"
    " coalesce(m.lost, 0), coalesce(e.mrr, 0) FROM b FULL JOIN e USING (currency)"
    " FULL JOIN m USING (currency)";

void
movement_store_prove(
    struct db_query *q, const struct movement_day *d, const struct movement_sums *before)
{
	db_query_write(q, prove_sql);
	params_of_day(q, d, 2);
	db_param_texts(q, before->currencies, before->n);
	db_param_texts(q, before->amounts, before->n);
}
