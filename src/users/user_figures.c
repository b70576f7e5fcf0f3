#include "users/user_figures.h"

#include "billing/billing.h"
#include "bouncer/provisioner.h"
#include "events/events_store.h"
#include "figures/figure_store.h"
#include "source/source.h"
#include "users/user_figures_store.h"

static enum err
fold(struct db_sync *db, struct arena *a)
{
	struct db_query q = { .arena = a };

	events_store_fold(&q);
	return db_sync_run(db, &q, NULL);
}

static struct user_figures_scope
scope(void)
{
	return (struct user_figures_scope){
		.has_billing = billing_is_set_up(),
		.is_live = billing_is_live(),
		.has_bouncers = source_is_configured(SOURCE_SOJU) || provisioner_chosen() != NULL,
	};
}

static enum err
count(struct figure_list *list, struct db_sync *db, struct arena *a)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	enum err e;

	user_figures_store_ask(&q, scope());
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = figure_list_read(res, a, list);
	PQclear(res);
	return e;
}

enum err
user_figures_refresh(struct db_sync *db, struct arena *a, int64_t now)
{
	struct db_query q = { .arena = a };
	struct figure_list list = { 0 };
	enum err e = fold(db, a);

	if (e == ERR_OK)
		e = count(&list, db, a);
	if (e != ERR_OK)
		return e;
	figure_store_put(&q, &list, user_figure_words, USER_FIGURE__MAX, now);
	return db_sync_run(db, &q, NULL);
}
