#include "billing/movement_figures.h"

#include "billing/billing_figures.h"
#include "billing/movement_window_store.h"

#define WORD(figure) billing_figure_words[BILLING_##figure]

static enum err
add_churn(struct figure_list *list, struct arena *a, struct db_sync *db, bool is_live, int64_t now)
{
	struct db_query q = { .arena = a };
	struct movement_churn c = { 0 };
	PGresult *res = NULL;
	enum err e;

	movement_window_store_churn(&q, is_live, now);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = movement_window_store_churn_read(&c, res);
	PQclear(res);
	if (e != ERR_OK || !c.is_known)
		return e;
	figure_list_add_int(list, a, WORD(CHURN_CUSTOMERS_30D), "", c.lost);
	figure_list_add_int(list, a, WORD(CHURN_PAYING_AT_START_30D), "", c.paying_at_start);
	figure_list_add_ratio(list, a, WORD(CHURN_RATE_30D), "", c.lost, c.paying_at_start);
	return ERR_OK;
}

static enum err
build(struct movement_bridge *b, struct arena *a, const PGresult *res, const char *reporting)
{
	struct movement_fact *facts;
	bool is_known;
	size_t n;
	enum err e = movement_window_store_facts_read(&facts, &n, &is_known, res, a);

	*b = (struct movement_bridge){ 0 };
	if (e != ERR_OK || !is_known)
		return e;
	return movement_bridge_build(b, a, facts, n, reporting, NULL);
}

static enum err
add_movements(struct figure_list *list, struct arena *a, struct db_sync *db, bool is_live,
    const char *reporting, int64_t now)
{
	struct db_query q = { .arena = a };
	struct movement_bridge b = { 0 };
	PGresult *res = NULL;
	enum err e;

	movement_window_store_facts(&q, is_live, now);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = build(&b, a, res, reporting);
	PQclear(res);
	if (e != ERR_OK || !b.is_whole)
		return e;
	for (int line = 0; line < BRIDGE__MAX; line++)
		figure_list_add(list, a, WORD(MRR_MOVEMENTS_30D),
		    figure_label(a, reporting, bridge_line_words[line]), b.lines[line]);
	return ERR_OK;
}

enum err
movement_figures_add(struct figure_list *list, struct arena *a, struct db_sync *db, bool is_live,
    const char *reporting, int64_t now)
{
	enum err e = add_churn(list, a, db, is_live, now);

	return e == ERR_OK ? add_movements(list, a, db, is_live, reporting, now) : e;
}
