#include "billing/billing_figures.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_read.h"
#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/fx.h"
#include "billing/movement_figures.h"
#include "billing/mrr_number.h"
#include "billing/mrr_store.h"

const char *const billing_figure_words[BILLING_FIGURE__MAX] = {
	[BILLING_MRR] = "mrr",
	[BILLING_BILLED_MRR] = "billed_mrr",
	[BILLING_COMMITTED_MRR] = "committed_mrr",
	[BILLING_AT_RISK_MRR] = "at_risk_mrr",
	[BILLING_TRIAL_MRR] = "trial_mrr",
	[BILLING_SUBSCRIPTIONS_ACTIVE] = "subscriptions_active",
	[BILLING_SUBSCRIPTIONS_CANCELED_30D] = "subscriptions_canceled_30d",
	[BILLING_SUBSCRIPTIONS] = "subscriptions",
	[BILLING_SUBSCRIPTIONS_BY_PLAN] = "subscriptions_by_plan",
	[BILLING_PAYING_CUSTOMERS] = "paying_customers",
	[BILLING_CHURN_RATE_30D] = "churn_rate_30d",
	[BILLING_CHURN_CUSTOMERS_30D] = "churn_customers_30d",
	[BILLING_CHURN_PAYING_AT_START_30D] = "churn_paying_at_start_30d",
	[BILLING_MRR_MOVEMENTS_30D] = "mrr_movements_30d_cents",
	[BILLING_STRIPE_WEBHOOK_BACKLOG] = "stripe_webhook_backlog",
	[BILLING_STRIPE_WEBHOOK_OLDEST] = "stripe_webhook_oldest_seconds",
	[BILLING_STRIPE_DRIFT] = "stripe_drift",
};

/* ---- What time has changed ---- */

#define BATCH 200
#define UNREADABLE_S 86400 /* until terms that cannot be read are tried, and told of, again */
#define ROUNDS_MAX 5000	   /* of one run: a million subscriptions */

/* Terms that cannot be read are our mistake, or a newer release's: the figures stay as they are. */
static bool
compute(struct mrr *m, struct arena *a, const struct mrr_row *row, int64_t now)
{
	const struct json *json;
	struct mrr_terms *terms;
	enum err e = json_read_parse(&json, a, row->terms, strlen(row->terms));

	if (e == ERR_OK)
		e = mrr_terms_read(&terms, a, json);
	if (e == ERR_OK)
		e = mrr_compute(m, a, terms, now);
	if (e != ERR_OK)
		log_error(
		    "billing", "the terms of %s cannot be computed: %s", row->id, err_word(e));
	return e == ERR_OK;
}

static enum err
recompute(struct db_sync *db, struct arena *a, struct mrr_row *rows, size_t n, int64_t now)
{
	struct mrr *figures = arena_array(a, n, sizeof(*figures));
	const char **failed = arena_array(a, n, sizeof(*failed));
	struct db_query q = { .arena = a };
	size_t done = 0;
	enum err e;

	for (size_t i = 0; i < n; i++) {
		if (!compute(&figures[done], a, &rows[i], now))
			failed[i - done] = rows[i].id;
		else
			rows[done++] = rows[i];
	}
	mrr_store_save(&q, rows, figures, done, now);
	e = db_sync_run(db, &q, NULL);
	if (e != ERR_OK || done == n)
		return e;
	mrr_store_put_off(&q, failed, n - done, now + UNREADABLE_S);
	return db_sync_run(db, &q, NULL);
}

static enum err
recompute_some(struct db_sync *db, int64_t now, struct strbuf *after, size_t *n)
{
	struct arena a = { 0 };
	struct db_query q = { .arena = &a };
	PGresult *res = NULL;
	struct mrr_row *rows;
	enum err e;

	mrr_store_due(&q, now, strbuf_text(after), BATCH);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = mrr_store_rows(res, &a, &rows, n);
	PQclear(res);
	if (e == ERR_OK && *n > 0) {
		strbuf_clear(after);
		strbuf_puts(after, rows[*n - 1].id);
		e = recompute(db, &a, rows, *n, now);
	}
	arena_free(&a);
	return e;
}

static enum err
recompute_due(struct db_sync *db, int64_t now, int64_t *recomputed)
{
	struct strbuf after = { 0 };
	size_t n = BATCH;
	enum err e = ERR_OK;

	for (int i = 0; i < ROUNDS_MAX && n == BATCH && e == ERR_OK; i++) {
		e = recompute_some(db, now, &after, &n);
		*recomputed += e == ERR_OK ? (int64_t)n : 0;
	}
	strbuf_free(&after);
	return e;
}

/* ---- Conversion ---- */

static void
name_missing(struct strbuf *missing, const char *currency)
{
	if (missing == NULL || strstr(strbuf_text(missing), currency) != NULL)
		return;
	strbuf_printf(missing, "%s%s", missing->len == 0 ? "" : ", ", currency);
}

/* A currency in which there is nothing needs no rate: it adds nothing. False: a rate is missing. */
static bool
add_up(mpq_t sum, const struct figure_list *list, size_t n, const char *name, const char *reporting,
    struct strbuf *missing)
{
	bool is_whole = true;
	mpq_t value, rate;

	mpq_inits(value, rate, NULL);
	for (size_t i = 0; i < n; i++) {
		if (strcmp(list->v[i].name, name) != 0 ||
		    !mrr_number_read(value, list->v[i].value) || mpq_sgn(value) == 0)
			continue;
		if (!fx_rate_minor(rate, figure_list_value(list, MRR_STORE_RATE, list->v[i].label),
			list->v[i].label, reporting)) {
			name_missing(missing, list->v[i].label);
			is_whole = false;
			continue;
		}
		mpq_mul(value, value, rate);
		mpq_add(sum, sum, value);
	}
	mpq_clears(value, rate, NULL);
	return is_whole;
}

void
billing_figures_convert(
    struct figure_list *list, struct arena *a, const char *reporting, struct strbuf *missing)
{
	size_t n = list->n;
	const char *text;
	mpq_t sum;

	for (int k = 0; k < BILLING_MONEY__MAX; k++) {
		mpq_init(sum);
		if (add_up(sum, list, n, billing_figure_words[k], reporting, missing) &&
		    mrr_number_decimal(&text, a, sum) == ERR_OK)
			figure_list_add(
			    list, a, billing_figure_words[k], figure_sum_label(a, reporting), text);
		mpq_clear(sum);
	}
}

/* ---- Counting ---- */

static void
drop_rates(struct figure_list *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, MRR_STORE_RATE) != 0)
			list->v[n++] = list->v[i];
	list->n = n;
}

enum err
billing_figures_count(struct figure_list *list, struct arena *a, struct db_sync *db, bool is_live,
    const char *reporting, struct strbuf *missing)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	enum err e;

	mrr_store_figures(&q, is_live);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = figure_list_read(res, a, list);
	PQclear(res);
	if (e != ERR_OK)
		return e;
	billing_figures_convert(list, a, reporting, missing);
	drop_rates(list);
	return ERR_OK;
}

enum err
billing_figures_are_known(struct db_sync *db, struct arena *a, bool *are_known)
{
	struct db_query q = { .arena = a };
	int64_t n = 0;
	enum err e;

	mrr_store_is_known(&q, billing_is_live());
	e = db_sync_number(db, &q, &n);
	*are_known = n == 1;
	return e;
}

/* What waits here is known all the same. */
static void
keep_backlog(struct figure_list *list)
{
	static const char prefix[] = "stripe_webhook_";
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i].name, prefix, sizeof(prefix) - 1) == 0)
			list->v[n++] = list->v[i];
	list->n = n;
}

static enum err
count_all(struct figure_list *list, struct arena *a, struct db_sync *db, int64_t now)
{
	const bool is_live = billing_is_live();
	bool are_known;
	enum err e = billing_figures_are_known(db, a, &are_known);

	if (e == ERR_OK)
		e = billing_figures_count(list, a, db, is_live, settings.reporting_currency, NULL);
	if (e == ERR_OK)
		e = movement_figures_add(list, a, db, is_live, settings.reporting_currency, now);
	if (e == ERR_OK && !are_known)
		keep_backlog(list);
	return e;
}

enum err
billing_figures_refresh(struct db_sync *db, struct arena *a, int64_t now, int64_t *recomputed)
{
	struct db_query q = { .arena = a };
	struct figure_list list = { 0 };
	enum err e = ERR_OK;

	*recomputed = 0;
	if (billing_is_set_up()) {
		e = recompute_due(db, now, recomputed);
		if (e == ERR_OK)
			e = count_all(&list, a, db, now);
	}
	if (e != ERR_OK)
		return e;
	figure_store_put(&q, &list, billing_figure_words, BILLING_COUNTED__MAX, now);
	return db_sync_run(db, &q, NULL);
}
