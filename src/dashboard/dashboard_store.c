#include "dashboard/dashboard_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_row.h"
#include "source/source_answer.h"

/*
 * Every view of the page runs this: three looks into an index, and a join only for who has a
 * customer at Stripe. Rows without a source are bouncers, one of "payment" says since when a
 * payment is due, the others are snapshots; who belongs to whom is settled by the reader.
 */
#define PAYMENT "payment"

static const char ask_sql[] =
    "SELECT NULL AS source, id, name, soju_username,"
    " floor(date_part('epoch', running_since))::bigint,"
    " floor(date_part('epoch', sampled_at))::bigint,"
    " CASE WHEN state IN ('deleting', 'removing') THEN state"
    " WHEN suspended_at IS NOT NULL THEN 'suspended'"
    " WHEN state IN ('ready', 'failed') THEN state ELSE 'making' END,"
    " is_up, provisioner, floor(date_part('epoch', now()))::bigint"
    " FROM bouncers WHERE user_id = $1::bigint"
    " UNION ALL "
    "SELECT source, bouncer_id, NULL, NULL, floor(date_part('epoch', answered_at))::bigint,"
    " floor(date_part('epoch', tried_at))::bigint, failure, refreshing_until > now(),"
    " answer::text, floor(date_part('epoch', now()))::bigint"
    " FROM source_snapshots WHERE user_id = $1::bigint"
    " UNION ALL "
    "SELECT '" PAYMENT "', NULL, NULL, NULL,"
    " floor(date_part('epoch', min(s.past_due_at)))::bigint, NULL, NULL, NULL,"
    " NULL, floor(date_part('epoch', now()))::bigint"
    " FROM stripe_customers c JOIN stripe_subscriptions s ON s.customer_id = c.id"
    " WHERE c.user_id = $1::bigint AND s.is_live = $2::boolean"
    " AND s.status IN ('past_due', 'unpaid') HAVING count(*) > 0";

void
dashboard_store_ask(struct db_query *q, int64_t user_id, bool is_live)
{
	db_query_read(q, ask_sql);
	db_param_int(q, user_id);
	db_param_bool(q, is_live);
}

struct snapshot {
	enum source_kind kind;
	int64_t bouncer_id;
	struct source_state state;
	const char *answer;
};

static void
skip(struct db_row *r, int columns)
{
	while (columns-- > 0)
		db_row_skip(r);
}

/* As the statement says it. */
static const char *const use_words[DASHBOARD_USE__MAX] = {
	[DASHBOARD_USABLE] = "ready",
	[DASHBOARD_MAKING] = "making",
	[DASHBOARD_FAILED] = "failed",
	[DASHBOARD_SUSPENDED] = "suspended",
	[DASHBOARD_DELETED] = "deleting",
	[DASHBOARD_REMOVING] = "removing",
};

static int
read_is_up(struct db_row *r)
{
	const bool is_known = !db_row_is_null(r), is_up = db_row_bool_or(r, false);

	return is_known ? is_up : -1;
}

static enum err
read_bouncer(const PGresult *res, int row, struct arena *a, struct dashboard *d)
{
	struct dashboard_bouncer *b = &d->bouncers[d->nbouncers++];
	struct db_row r = db_row_at(res, row);

	db_row_skip(&r);
	b->id = db_row_int(&r);
	b->name = db_row_text(&r, a);
	b->soju_username = db_row_text(&r, a);
	b->running_since = db_row_int_or(&r, 0);
	b->sampled_at = db_row_int_or(&r, 0);
	b->use = (enum dashboard_use)db_row_word(&r, use_words, DASHBOARD_USE__MAX);
	b->is_up = read_is_up(&r);
	b->is_shared = strcmp(db_row_text(&r, a), "soju") == 0;
	d->read_at = db_row_int(&r);
	return db_row_end(&r);
}

static enum err
read_payment(const PGresult *res, int row, struct dashboard *d)
{
	struct db_row r = db_row_at(res, row);

	skip(&r, 4);
	d->is_payment_due = true;
	d->payment_failed_at = db_row_int_or(&r, 0);
	skip(&r, 4);
	d->read_at = db_row_int(&r);
	return db_row_end(&r);
}

static enum err
read_snapshot(const PGresult *res, int row, struct arena *a, struct snapshot *s, int64_t *read_at)
{
	struct db_row r = db_row_at(res, row);
	const char *failure;

	s->kind = (enum source_kind)db_row_word(&r, source_words, SOURCE__MAX);
	s->bouncer_id = db_row_int_or(&r, 0);
	skip(&r, 2);
	s->state.answered_at = db_row_int_or(&r, 0);
	s->state.tried_at = db_row_int_or(&r, 0);
	failure = db_row_text(&r, a);
	s->state.failure = source_failure_of_word(failure != NULL ? failure : "");
	s->state.is_refreshing = db_row_bool_or(&r, false);
	s->answer = db_row_text(&r, a);
	*read_at = db_row_int(&r);
	return db_row_end(&r);
}

static struct dashboard_bouncer *
bouncer_of(struct dashboard *d, int64_t id)
{
	size_t i;

	for (i = 0; i < d->nbouncers; i++)
		if (d->bouncers[i].id == id)
			return &d->bouncers[i];
	return NULL;
}

static struct source_state *
state_of(struct dashboard *d, enum source_kind kind, struct dashboard_bouncer *b)
{
	switch (kind) {
	case SOURCE_SOJU:
		return &b->soju_state;
	case SOURCE_KUBE:
		return &b->kube_state;
	case SOURCE_TXT:
		return &d->txt_state;
	default:
		return &d->pics_state;
	}
}

static enum err
read_answer(
    struct dashboard *d, struct dashboard_bouncer *b, struct arena *a, const struct snapshot *s)
{
	switch (s->kind) {
	case SOURCE_SOJU:
		return source_answer_read_soju(&b->soju, a, s->answer);
	case SOURCE_KUBE:
		return source_answer_read_kube(&b->kube, a, s->answer);
	case SOURCE_TXT:
		return source_answer_read_usage(&d->txt, a, s->answer);
	default:
		return source_answer_read_usage(&d->pics, a, s->answer);
	}
}

/* A bouncer's snapshot goes with its bouncer; in between this statement may find one alone. */
static void
place_snapshot(struct dashboard *d, struct arena *a, const struct snapshot *s)
{
	struct dashboard_bouncer *b = bouncer_of(d, s->bouncer_id);
	struct source_state *state;

	if (!source_is_configured(s->kind) || (s->bouncer_id > 0 && b == NULL))
		return;
	state = state_of(d, s->kind, b);
	*state = s->state;
	if (s->answer == NULL || read_answer(d, b, a, s) == ERR_OK)
		return;
	log_error("dashboard", "snapshot %s of bouncer %" PRId64 " cannot be read",
	    source_words[s->kind], s->bouncer_id);
	state->answered_at = 0;
}

static int
compare_ids(const void *a, const void *b)
{
	const struct dashboard_bouncer *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

static enum err
read_bouncers(const PGresult *res, struct arena *a, struct dashboard *d)
{
	int i, rows = PQntuples(res);
	enum err e = ERR_OK;

	d->nbouncers = 0;
	d->bouncers = arena_array(a, (size_t)rows, sizeof(*d->bouncers));
	for (i = 0; i < rows && e == ERR_OK; i++)
		if (PQgetisnull(res, i, 0))
			e = read_bouncer(res, i, a, d);
	if (d->nbouncers > 1)
		qsort(d->bouncers, d->nbouncers, sizeof(*d->bouncers), compare_ids);
	return e;
}

/* What is not configured is known from the settings and never from a snapshot. */
static void
init_states(struct dashboard *d)
{
	struct source_state initial[SOURCE__MAX] = { 0 };
	int kind;
	size_t i;

	for (kind = 0; kind < SOURCE__MAX; kind++)
		if (!source_is_configured((enum source_kind)kind))
			initial[kind].failure = SOURCE_NOT_CONFIGURED;
	for (i = 0; i < d->nbouncers; i++) {
		d->bouncers[i].soju_state = initial[SOURCE_SOJU];
		d->bouncers[i].kube_state = initial[SOURCE_KUBE];
	}
	d->txt_state = initial[SOURCE_TXT];
	d->pics_state = initial[SOURCE_PICS];
}

enum err
dashboard_store_read(const PGresult *res, struct arena *a, struct dashboard *d)
{
	struct snapshot s;
	int i;
	enum err e;

	d->read_at = clock_now();
	d->is_payment_due = false;
	d->payment_failed_at = 0;
	e = read_bouncers(res, a, d);
	init_states(d);
	for (i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		if (PQgetisnull(res, i, 0))
			continue;
		if (strcmp(PQgetvalue(res, i, 0), PAYMENT) == 0) {
			e = read_payment(res, i, d);
			continue;
		}
		e = read_snapshot(res, i, a, &s, &d->read_at);
		if (e == ERR_OK)
			place_snapshot(d, a, &s);
	}
	return e;
}
