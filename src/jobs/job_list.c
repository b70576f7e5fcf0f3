#include "jobs/job_list.h"

#include <inttypes.h>

#include "account/purge_store.h"
#include "activity/activity_store.h"
#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/billing_figures.h"
#include "billing/mrr_days.h"
#include "bouncer/bouncer_work_store.h"
#include "bouncer/health_figures_store.h"
#include "content/content_flush.h"
#include "db/db_row.h"
#include "events/events_store.h"
#include "figures/figures.h"
#include "jobs/job_billing.h"
#include "jobs/job_health.h"
#include "jobs/job_bouncers.h"
#include "jobs/job_store.h"
#include "mail/outage_mail_run.h"
#include "pics/pics_sweep.h"
#include "source/source_store.h"
#include "track/track_flush.h"
#include "track/track_store.h"
#include "txt/paste_store.h"
#include "users/user_figures.h"

#define PARTITIONS_AHEAD 3 /* months */
#define RUNS_KEEP_DAYS 90
/* A year can be compared with the one before; errors are of use while their log lines are there. */
#define REQUESTS_KEEP_DAYS 800
#define ERRORS_KEEP_DAYS 90

/* Runs a statement that answers one number, and says in the log what it did, if anything. */
static enum err
run_counted(struct job_context *c, const struct db_query *q, const char *did)
{
	int64_t n;
	enum err e = db_sync_number(c->db, q, &n);

	if (n > 0)
		log_info("jobs", "%s: %" PRId64, did, n);
	return e;
}

static enum err
run_partitions(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	enum err e;

	events_store_make_partitions(&q, PARTITIONS_AHEAD);
	e = run_counted(c, &q, "event partitions made");
	if (e != ERR_OK)
		return e;
	activity_store_make_partitions(&q, PARTITIONS_AHEAD);
	return run_counted(c, &q, "activity partitions made");
}

/* No event is dropped before its day has been added up. */
static enum err
run_events_retention(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	enum err e;

	if (settings.events_keep_days <= 0)
		return ERR_OK;
	events_store_fold(&q);
	e = db_sync_run(c->db, &q, NULL);
	if (e != ERR_OK)
		return e;
	events_store_drop_partitions(&q, settings.events_keep_days);
	return run_counted(c, &q, "event partitions dropped");
}

static enum err
run_sessions_purge(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	int64_t sessions, attempts;
	enum err e;

	purge_store_sessions(&q);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = purge_store_sessions_read(res, &sessions, &attempts);
	if (e == ERR_OK && sessions + attempts > 0)
		log_info("jobs", "deleted %" PRId64 " sessions, %" PRId64 " login attempts",
		    sessions, attempts);
	PQclear(res);
	return e;
}

/* Only marks them; the counting itself goes on with each refresh. */
static enum err
run_messages_recount(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };

	source_store_start_recounts(&q);
	return db_sync_run(c->db, &q, NULL);
}

/* What the jobs of some replica have left in the table. */
static enum err
load_figures(struct job_context *c, struct metrics_figure_list *to)
{
	struct db_query q = { .arena = c->arena };
	struct figure_list list = { 0 };
	PGresult *res = NULL;
	enum err e;

	figure_store_all(&q);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = figure_store_rows(res, c->arena, &list);
	PQclear(res);
	if (e == ERR_OK)
		figures_to_metrics(to, c->arena, &list);
	return e;
}

/* How bouncers are, by what the job bouncer_health of some replica has left. */
static enum err
count_health(struct job_context *c, struct metrics_figure_list *to)
{
	struct db_query q = { .arena = c->arena };
	struct health_figures health;
	PGresult *res = NULL;
	enum err e;

	health_figures_store_ask(&q);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = health_figures_store_read(&health, res);
	PQclear(res);
	if (e == ERR_OK)
		health_figures_store_add(to, c->arena, &health, c->now);
	return e;
}

static void
add_bouncers(struct job_context *c, struct metrics_figure_list *to, const struct bouncer_figures *b)
{
	struct metrics_figure figure = {
		.figure = FIGURE_BOUNCER_WAITING, .value = (double)b->waiting_s, .at = c->now
	};

	metrics_figure_add(to, c->arena, figure);
	figure.figure = FIGURE_BOUNCER_STATES;
	for (int i = 0; i < BOUNCER_STATE__MAX; i++) {
		figure.first = bouncer_state_words[i];
		figure.value = (double)b->states[i];
		metrics_figure_add(to, c->arena, figure);
	}
}

static enum err
count_bouncers(struct job_context *c, struct metrics_figure_list *to)
{
	struct db_query q = { .arena = c->arena };
	struct bouncer_figures b;
	PGresult *res = NULL;
	enum err e;

	bouncer_work_store_figures(&q);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = bouncer_work_store_figures_read(&b, res);
	PQclear(res);
	if (e == ERR_OK)
		add_bouncers(c, to, &b);
	return e;
}

static enum err
count_error_groups(struct job_context *c, struct metrics_figure_list *to)
{
	struct db_query q = { .arena = c->arena };
	PGresult *res = NULL;
	int64_t n = 0;
	enum err e;

	track_store_count_groups(&q, c->now / 86400);
	e = db_sync_run(c->db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, &n);
	PQclear(res);
	if (e == ERR_OK)
		metrics_figure_add(to, c->arena,
		    (struct metrics_figure){
			.figure = FIGURE_ERROR_GROUPS, .value = (double)n, .at = c->now });
	return e;
}

/* All or nothing: after a failure everything grows old as it is. */
static enum err
run_gauges(struct job_context *c)
{
	struct metrics_figure_list list = { 0 };
	enum err e = load_figures(c, &list);

	if (e == ERR_OK)
		e = count_health(c, &list);
	if (e == ERR_OK)
		e = count_bouncers(c, &list);
	if (e == ERR_OK)
		e = count_error_groups(c, &list);
	if (e == ERR_OK)
		metrics_figures_set(list.v, list.n);
	return e;
}

static enum err
run_user_figures(struct job_context *c)
{
	return user_figures_refresh(c->db, c->arena, c->now);
}

static enum err
run_billing_figures(struct job_context *c)
{
	int64_t n;
	enum err e = billing_figures_refresh(c->db, c->arena, c->now, &n);

	if (n > 0)
		log_info("jobs", "subscriptions whose figures time has changed: %" PRId64, n);
	return e;
}

static enum err
run_mrr_days(struct job_context *c)
{
	int64_t n = 0;
	enum err e;

	if (!billing_is_set_up())
		return ERR_OK;
	e = mrr_days_close(c->db, billing_is_live(), c->now, &n, &c->error);
	if (n > 0)
		log_info("jobs", "days closed: %" PRId64, n);
	return e;
}

static enum err
run_job_runs_purge(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };

	job_store_purge(&q, RUNS_KEEP_DAYS);
	return db_sync_run(c->db, &q, NULL);
}

static enum err
run_requests_flush(struct job_context *c)
{
	return track_flush(c->db, c->arena);
}

static enum err
run_requests_purge(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };

	track_store_purge(&q, REQUESTS_KEEP_DAYS, ERRORS_KEEP_DAYS);
	return run_counted(c, &q, "rows of requests and errors deleted");
}

static enum err
run_outage_mail(struct job_context *c)
{
	return outage_mail_round(c->db, c->arena, &c->error, c->now);
}

static enum err
run_content_flush(struct job_context *c)
{
	return content_flush(c->db, c->arena);
}

static enum err
run_pics_sweep(struct job_context *c)
{
	return pics_sweep(c->db, c->arena);
}

static enum err
run_pics_files(struct job_context *c)
{
	return pics_sweep_files(c->now);
}

#define EXPIRE_AT_ONCE 1000
#define EXPIRE_ROUNDS 100

static enum err
run_pastes_expire(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n = EXPIRE_AT_ONCE, all = 0;
	enum err e = ERR_OK;

	for (int i = 0; i < EXPIRE_ROUNDS && n == EXPIRE_AT_ONCE && e == ERR_OK; i++) {
		paste_store_expire(&q, EXPIRE_AT_ONCE);
		e = db_sync_number(c->db, &q, &n);
		all += n;
	}
	if (all > 0)
		log_info("jobs", "expired pastes deleted: %" PRId64, all);
	return e;
}

#define OF_PORTAL .roles = JOB_OF(ROLE_PORTAL)
#define OF_PICS .roles = JOB_OF(ROLE_PICS)
#define OF_CONTENT .roles = JOB_OF(ROLE_TXT) | JOB_OF(ROLE_PICS)

/*
 * A job of every replica may run often; one under the lock not more than once a minute, because
 * each of its runs leaves a row. Times are UTC.
 */
/* clang-format off */
const struct job job_list[] = {
	{ "partitions", { SCHEDULE_DAILY, .hour = 0, .minute = 5 }, .is_at_start = true, OF_PORTAL,
	    .run = run_partitions },
	{ "messages_recount", { SCHEDULE_DAILY, .hour = 2, .minute = 30 }, OF_PORTAL,
	    .run = run_messages_recount },
	{ "events_retention", { SCHEDULE_DAILY, .hour = 3, .minute = 10 }, OF_PORTAL,
	    .run = run_events_retention },
	{ "mrr_days", { SCHEDULE_DAILY, .hour = 0, .minute = 10 }, OF_PORTAL, .run = run_mrr_days },
	{ "job_runs_purge", { SCHEDULE_DAILY, .hour = 3, .minute = 20 },
	    .run = run_job_runs_purge },
	{ "requests_purge", { SCHEDULE_DAILY, .hour = 3, .minute = 30 }, OF_PORTAL,
	    .run = run_requests_purge },
	{ "requests_flush", { SCHEDULE_EVERY, .seconds = TRACK_FLUSH_S }, .is_everywhere = true,
	    .run = run_requests_flush },
	{ "sessions_purge", { SCHEDULE_EVERY, .seconds = 3600 }, .run = run_sessions_purge },
	{ "pics_sweep", { SCHEDULE_EVERY, .seconds = 60 }, OF_PICS, .run = run_pics_sweep },
	{ "pics_files", { SCHEDULE_EVERY, .seconds = 900 }, .is_everywhere = true, OF_PICS,
	    .run = run_pics_files },
	{ "stripe_inbox", { SCHEDULE_EVERY, .seconds = 1 }, .is_everywhere = true, OF_PORTAL,
	    .run = job_billing_inbox },
	{ "stripe_gaps", { SCHEDULE_EVERY, .seconds = 3600 }, OF_PORTAL,
	    .run = job_billing_gaps },
	{ "stripe_poll", { SCHEDULE_EVERY, .seconds = 300 }, OF_PORTAL, .run = job_billing_poll },
	{ "stripe_relink", { SCHEDULE_EVERY, .seconds = 3600 }, OF_PORTAL,
	    .run = job_billing_relink },
	{ "stripe_reconcile", { SCHEDULE_DAILY, .hour = 2, .minute = 0 }, OF_PORTAL,
	    .run = job_billing_reconcile },
	{ "stripe_purge", { SCHEDULE_DAILY, .hour = 3, .minute = 40 }, OF_PORTAL,
	    .run = job_billing_purge },
	{ "bouncer_health", { SCHEDULE_EVERY, .seconds = 60 }, OF_PORTAL,
	    .run = job_health_round },
	{ "bouncer_days_purge", { SCHEDULE_DAILY, .hour = 3, .minute = 50 }, OF_PORTAL,
	    .run = job_health_purge },
	{ "activity_content", { SCHEDULE_EVERY, .seconds = 900 }, OF_PORTAL,
	    .run = job_health_content },
	{ "activity_soju", { SCHEDULE_EVERY, .seconds = 3600 }, OF_PORTAL,
	    .run = job_health_soju },
	{ "made_days_purge", { SCHEDULE_DAILY, .hour = 4, .minute = 0 }, OF_CONTENT,
	    .run = job_health_made_days },
	{ "bouncers", { SCHEDULE_EVERY, .seconds = 1 }, .is_everywhere = true, OF_PORTAL,
	    .run = job_bouncers_work },
	{ "bouncer_limits", { SCHEDULE_EVERY, .seconds = 60 }, .is_at_start = true, OF_PORTAL,
	    .run = job_bouncers_limits },
	{ "gauges", { SCHEDULE_EVERY, .seconds = 15 }, .is_everywhere = true, OF_PORTAL,
	    .run = run_gauges },
	{ "user_figures", { SCHEDULE_EVERY, .seconds = 60 }, OF_PORTAL, .run = run_user_figures },
	{ "billing_figures", { SCHEDULE_EVERY, .seconds = 300 }, OF_PORTAL,
	    .run = run_billing_figures },
	{ "outage_mail", { SCHEDULE_EVERY, .seconds = 300 }, OF_PORTAL, .run = run_outage_mail },
	{ "pastes_expire", { SCHEDULE_EVERY, .seconds = 60 }, .roles = JOB_OF(ROLE_TXT),
	    .run = run_pastes_expire },
	{ "content_flush", { SCHEDULE_EVERY, .seconds = CONTENT_FLUSH_S }, .is_everywhere = true,
	    OF_CONTENT, .run = run_content_flush },
};
/* clang-format on */
const size_t job_list_length = sizeof(job_list) / sizeof(job_list[0]);

bool
job_is_of(const struct job *job, enum role role)
{
	return job->roles == 0 || (job->roles & JOB_OF(role)) != 0;
}
