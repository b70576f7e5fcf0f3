#include "app/mrr_command.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_read.h"
#include "base/money.h"
#include "base/settings.h"
#include "base/text.h"
#include "billing/billing.h"
#include "billing/billing_figures.h"
#include "billing/mrr.h"
#include "billing/mrr_number.h"
#include "billing/mrr_store.h"
#include "db/db_sync.h"

#define STATEMENT_MS 60000

/* What a run needs and gives back. */
struct run {
	struct db_sync *db;
	struct arena arena;
	struct strbuf out;
};

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "portal mrr: %s: %s\n", what, why);
	return 1;
}

static int
open_run(struct run *r)
{
	struct strbuf error = { 0 };
	int status = 0;

	r->db = db_sync_open(settings.database_direct_url, STATEMENT_MS, &error);
	if (r->db == NULL)
		status = fail("the database does not answer", strbuf_text(&error));
	strbuf_free(&error);
	return status;
}

static void
close_run(struct run *r)
{
	fputs(strbuf_text(&r->out), stdout);
	db_sync_close(r->db);
	arena_free(&r->arena);
	strbuf_free(&r->out);
}

/* ---- Sums ---- */

static const char *const heads[BILLING_MONEY__MAX] = { "MRR", "billed", "committed", "at risk",
	"trials" };

/* "1,234.50"; "-" for what is not known. */
static const char *
amount(char text[NUMBER_SIZE], const struct figure_list *list, int k, const char *label)
{
	const char *value = figure_list_value(list, billing_figure_words[k], label);
	const char *whole_in = figure_sum_currency(label);
	const char *currency = whole_in != NULL ? whole_in : label;
	int64_t minor;
	bool fits;
	mpq_t q;

	mpq_init(q);
	fits = mrr_number_read(q, value) && mrr_number_round(&minor, q) == ERR_OK;
	mpq_clear(q);
	return fits ? money_number(text, minor, currency) : "-";
}

static void
print_row(struct run *r, const struct figure_list *list, const char *name, const char *label)
{
	char text[NUMBER_SIZE];

	strbuf_printf(&r->out, "%-8s", name);
	for (int k = 0; k < BILLING_MONEY__MAX; k++)
		strbuf_printf(&r->out, " %14s", amount(text, list, k, label));
	strbuf_putc(&r->out, '\n');
}

static void
print_sums(struct run *r, const struct figure_list *list, const char *missing)
{
	const char *mrr = billing_figure_words[BILLING_MRR];

	strbuf_printf(&r->out, "A month, of the subscriptions in Stripe's %s mode.\n\n%-8s",
	    billing_is_live() ? "live" : "test", "");
	for (int k = 0; k < BILLING_MONEY__MAX; k++)
		strbuf_printf(&r->out, " %14s", heads[k]);
	strbuf_putc(&r->out, '\n');
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, mrr) == 0 &&
		    figure_sum_currency(list->v[i].label) == NULL)
			print_row(
			    r, list, text_safe(&r->arena, list->v[i].label), list->v[i].label);
	print_row(r, list, arena_printf(&r->arena, "in %s", settings.reporting_currency),
	    figure_sum_label(&r->arena, settings.reporting_currency));
	if (*missing != '\0')
		strbuf_printf(&r->out,
		    "\nThere is no rate for %s, so not everything can be added up: "
		    "portal fx import, or /admin/rates.\n",
		    missing);
}

int
mrr_command_sums(void)
{
	struct run r = { 0 };
	struct figure_list list = { 0 };
	struct strbuf missing = { 0 };
	int status = open_run(&r);

	if (status == 0 && billing_figures_count(&list, &r.arena, r.db, billing_is_live(),
			       settings.reporting_currency, &missing) != ERR_OK)
		status = fail("the figures cannot be counted", db_sync_error(r.db));
	if (status == 0)
		print_sums(&r, &list, strbuf_text(&missing));
	strbuf_free(&missing);
	close_run(&r);
	return status;
}

/* ---- One subscription ---- */

static int
explain_row(struct run *r, const struct mrr_row *row)
{
	const struct json *json;
	struct mrr_terms *terms;
	struct mrr m;

	if (json_read_parse(&json, &r->arena, row->terms, strlen(row->terms)) != ERR_OK ||
	    mrr_terms_read(&terms, &r->arena, json) != ERR_OK)
		return fail("its terms in the mirror", "cannot be read");
	if (mrr_explain(&r->out, &m, &r->arena, terms, clock_now()) != ERR_OK)
		return fail("its terms in the mirror", "give more than can be kept");
	return 0;
}

static int
explain(struct run *r, const char *id)
{
	struct db_query q = { .arena = &r->arena };
	struct mrr_row *rows = NULL;
	PGresult *res = NULL;
	size_t n = 0;
	int status;

	mrr_store_one(&q, id);
	if (db_sync_run(r->db, &q, &res) != ERR_OK ||
	    mrr_store_rows(res, &r->arena, &rows, &n) != ERR_OK)
		status = fail("the mirror cannot be read", db_sync_error(r->db));
	else if (n == 0)
		status =
		    fail("there is no such subscription in the mirror", text_safe(&r->arena, id));
	else
		status = explain_row(r, &rows[0]);
	PQclear(res);
	return status;
}

int
mrr_command_explain(const char *id)
{
	struct run r = { 0 };
	int status = open_run(&r);

	if (status == 0)
		status = explain(&r, id);
	close_run(&r);
	return status;
}
