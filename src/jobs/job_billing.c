#include "jobs/job_billing.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_figures.h"
#include "billing/inbox.h"
#include "billing/inbox_work_store.h"
#include "billing/plan_run.h"
#include "billing/plan_store.h"
#include "billing/sync.h"
#include "billing/sync_store.h"

#define RETRIES 5
#define DAY_S INT64_C(86400)
#define GRACE_S (settings.past_due_grace_days * DAY_S)
#define BODIES_KEEP_DAYS 30
#define EVENTS_KEEP_DAYS 400
#define PURGE_ROUNDS 1000

/* Another key or grace time gives other plans, and no event tells of it. */
static enum err
follow_settings(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n = 0;
	enum err e;

	plan_store_follow_settings(&q, billing_is_live(), GRACE_S);
	e = db_sync_number(c->db, &q, &n);
	if (e == ERR_OK && n > 0)
		log_info("billing", "the mode or the grace time is another one than before:"
				    " all plans that Stripe gives are looked at");
	return e;
}

/* Nobody waits an hour for it after a start. */
static enum err
follow_settings_once(struct job_context *c)
{
	static atomic_bool is_done;
	enum err e = ERR_OK;

	if (!is_done)
		e = follow_settings(c);
	is_done = e == ERR_OK;
	return e;
}

static enum err
look(struct job_context *c, struct inbox_work *work)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	enum err e;

	inbox_work_store_look(&q);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = inbox_work_store_look_read(res, work);
	PQclear(res);
	return e;
}

/* Plans are settled whether or not Stripe answers: a grace time ends all the same. */
enum err
job_billing_inbox(struct job_context *c)
{
	struct inbox_work work = { 0 };
	int64_t changed = 0;
	enum err e = ERR_OK;

	if (!billing_is_set_up())
		return ERR_OK;
	e = follow_settings_once(c);
	if (e == ERR_OK)
		e = look(c, &work);
	if (e == ERR_OK && work.has_events)
		e = inbox_obey(c->db, settings.database_direct_url, billing_is_live());
	if (e == ERR_OK && (work.has_events || work.has_plans))
		e = plan_run(c->db, billing_is_live(), GRACE_S, &changed);
	return e;
}

/* Runs what asks Stripe, and says what it came to if that is worth a line. */
static enum err
run_sync(struct job_context *c, enum err (*sync)(struct mirror *, int64_t *), const char *did)
{
	struct stripe_sync stripe = billing_stripe(RETRIES);
	struct mirror m = {
		.db = c->db, .stripe = &stripe, .is_live = billing_is_live(), .now = clock_now()
	};
	int64_t n = 0;
	enum err e = sync(&m, &n);

	if (e != ERR_OK)
		strbuf_puts(&c->error, strbuf_text(&m.error));
	else if (n > 0)
		log_info("billing", "%s: %" PRId64, did, n);
	strbuf_free(&m.effect);
	strbuf_free(&m.error);
	return e;
}

enum err
job_billing_gaps(struct job_context *c)
{
	if (!billing_is_set_up())
		return ERR_OK;
	return run_sync(c, sync_gaps, "events found on Stripe's list that had not come");
}

/* The first one makes the figures known, for which nobody waits five minutes. */
enum err
job_billing_reconcile(struct job_context *c)
{
	bool were_known = false;
	int64_t n;
	enum err e;

	if (!billing_is_set_up())
		return ERR_OK;
	e = billing_figures_are_known(c->db, c->arena, &were_known);
	if (e == ERR_OK)
		e = run_sync(c, sync_reconcile, "subscriptions differed from Stripe's");
	if (e == ERR_OK && !were_known)
		e = billing_figures_refresh(c->db, c->arena, c->now, &n);
	return e;
}

enum err
job_billing_poll(struct job_context *c)
{
	if (!billing_is_set_up() || *settings.stripe_webhook_secret != '\0')
		return ERR_OK;
	return run_sync(c, sync_poll, "subscriptions new or changed");
}

enum err
job_billing_relink(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n = 0;
	enum err e;

	if (!billing_is_set_up())
		return ERR_OK;
	sync_store_relink(&q);
	e = db_sync_number(c->db, &q, &n);
	if (e == ERR_OK && n > 0)
		log_info("billing", "customers linked to their accounts: %" PRId64, n);
	return e == ERR_OK ? follow_settings(c) : e;
}

enum err
job_billing_purge(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n = 1;
	enum err e = ERR_OK;

	if (!billing_is_set_up())
		return ERR_OK;
	for (int i = 0; i < PURGE_ROUNDS && n > 0 && e == ERR_OK; i++) {
		inbox_store_purge(&q, BODIES_KEEP_DAYS, EVENTS_KEEP_DAYS);
		e = db_sync_number(c->db, &q, &n);
	}
	return e;
}
