/*
 * What Prometheus sees of us: counters, histograms and gauges in memory shared by all processes,
 * made before the fork. Each worker writes to a slot of its own, with atomics, so that nobody waits
 * and tasks may count too; a scrape adds the slots up. A worker that dies loses nothing counted.
 *
 * Metrics are declared once, in the tables below. Labels come from words in the code, never from
 * input: no path, no name, no address.
 *
 *	metrics_count(METRIC_SOURCE_REFRESHES, "soju", "timeout");
 *
 * Before metrics_init() every call is allowed and does nothing (unit tests, subcommands).
 */
#ifndef METRICS_METRICS_H
#define METRICS_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

/* Counters: name, metric, first and second label ("" for none), help. */
#define METRIC_COUNTERS(M)                                                                         \
	M(SOURCE_REFRESHES, "irc_now_source_refreshes_total", "source", "outcome",                 \
	    "Refreshes of the dashboard's sources.")                                               \
	M(CALLS, "irc_now_outside_calls_total", "service", "result",                               \
	    "Calls to outside services, by what they came to.")                                    \
	M(LOGIN_ATTEMPTS, "irc_now_login_attempts_total", "result", "",                            \
	    "Attempts to sign in that came to an end, by how.")                                    \
	M(DB_QUERIES, "irc_now_db_queries_total", "pool", "outcome",                               \
	    "Statements to our database by what they came to: ok, gone (nobody waited for it any " \
	    "more) or the error (unavailable: there was no connection, either); one that is sent " \
	    "again counts again.")                                                                 \
	M(DB_ERRORS, "irc_now_db_errors_total", "kind", "", "Statements of pages that failed.")    \
	M(LIMITED, "irc_now_rate_limited_requests_total", "limit", "",                             \
	    "Requests answered with 429 because they came too often, by the limit they met.")      \
	M(LOG_DROPPED, "irc_now_log_lines_dropped_total", "", "",                                  \
	    "Lines of the log that nobody could be given because standard output was not read.")   \
	M(JOB_RUNS, "irc_now_job_runs_total", "job", "outcome",                                    \
	    "Runs of periodic jobs; skipped means that another replica did it.")                   \
	M(BOUNCER_STEPS, "irc_now_bouncer_steps_total", "step", "outcome",                         \
	    "Steps by which bouncers are made, changed and taken away, by what they came to.")     \
	M(PASTE_CREATED, "irc_now_paste_created_total", "", "", "Pastes stored by txt.")           \
	M(PASTE_BYTES, "irc_now_paste_stored_bytes_total", "", "", "Bytes of pastes stored.")      \
	M(PASTE_REFUSED, "irc_now_paste_refused_total", "reason", "",                              \
	    "Pastes that were sent and not stored, by why.")                                       \
	M(PIC_UPLOADED, "irc_now_pic_uploaded_total", "", "", "Pictures stored by pics.")          \
	M(PIC_BYTES, "irc_now_pic_stored_bytes_total", "", "",                                     \
	    "Bytes of pictures stored, their smaller versions included.")                          \
	M(PIC_REFUSED, "irc_now_pic_refused_total", "reason", "",                                  \
	    "Pictures that were sent and not stored, by why.")                                     \
	M(WEBHOOKS, "irc_now_stripe_webhooks_total", "result", "",                                 \
	    "Webhooks of Stripe that came, by what was made of them.")                             \
	M(WORKER_STARTS, "irc_now_worker_starts_total", "", "",                                    \
	    "Starts of worker processes; more than there are workers means crashes.")

/*
 * Numbers that are set, per label; the greatest that any worker has set. Moments are Unix seconds.
 */
#define METRIC_NUMBERS(N)                                                                          \
	N(CALL_SUCCESS, "irc_now_outside_last_success_timestamp_seconds", "service", "",           \
	    "When the outside service was last asked and gave an answer that could be used.")      \
	N(JOB_SUCCESS, "irc_now_job_last_success_timestamp_seconds", "job", "",                    \
	    "When the job last came to a good end, by any replica.")                               \
	N(JOB_PERIOD, "irc_now_job_period_seconds", "job", "",                                     \
	    "How often the job is to run, by its schedule.")

/* Moments since when something is due; shown is how long that is ago, and 0 before it. */
#define METRIC_LAGS(L)                                                                             \
	L(JOB_LAG, "irc_now_job_lag_seconds", "job", "",                                           \
	    "How long the job has been due and has not come to a good end; 0: it is on time.")

/*
 * How long things took: id, name, label ("" for none), what is kept, help. HISTOGRAM_USUAL has
 * buckets from 5 ms to 10 s, HISTOGRAM_FINE from 0.5 ms; of HISTOGRAM_SUM there are only the sum
 * and the count, for what nobody needs a quantile of.
 */
#define METRIC_HISTOGRAMS(H)                                                                       \
	H(CALL_TIME, "irc_now_outside_call_duration_seconds", "service", HISTOGRAM_USUAL,          \
	    "Time that calls to outside services took, with whatever they came to.")               \
	H(DB_TIME, "irc_now_db_query_duration_seconds", "pool", HISTOGRAM_FINE,                    \
	    "From a statement sent to its answer, or to when nobody waited for it any more.")      \
	H(DB_WAIT, "irc_now_db_wait_seconds", "pool", HISTOGRAM_FINE,                              \
	    "Time that statements waited for a connection; of jobs, that connecting took.")        \
	H(JOB_TIME, "irc_now_job_duration_seconds", "job", HISTOGRAM_SUM,                          \
	    "Time that runs of periodic jobs took.")                                               \
	H(PASTE_COLOURING, "irc_now_paste_colouring_seconds", "", HISTOGRAM_USUAL,                 \
	    "Time that colouring the syntax of a paste took.")                                     \
	H(PIC_PROCESSING, "irc_now_pic_processing_seconds", "", HISTOGRAM_USUAL,                   \
	    "Time from the bytes of a picture to its clean version and the smaller ones.")

/*
 * How much of something there is now in each worker, added up; begins at 0 when a worker starts.
 * id, name, label and its value ("" for none), help; lines of one name stand together.
 */
#define METRIC_LEVELS(L)                                                                           \
	L(HTTP_IN_FLIGHT, "irc_now_http_requests_in_flight", "", "", "Requests being answered.")   \
	L(DB_WAITING, "irc_now_db_queue_length", "", "", "Statements waiting for a connection.")   \
	L(DB_OPEN_MAIN, "irc_now_db_connections_open", "pool", "main",                             \
	    "Open connections to our database, of all workers; jobs use their own.")               \
	L(DB_OPEN_REPLICA, "irc_now_db_connections_open", "pool", "replica", "")                   \
	L(DB_OPEN_JOBS, "irc_now_db_connections_open", "pool", "jobs", "")                         \
	L(DB_BUSY_MAIN, "irc_now_db_connections_busy", "pool", "main",                             \
	    "Connections that a statement has at the moment.")                                     \
	L(DB_BUSY_REPLICA, "irc_now_db_connections_busy", "pool", "replica", "")                   \
	L(DB_BUSY_JOBS, "irc_now_db_connections_busy", "pool", "jobs", "")                         \
	L(DB_MAX_MAIN, "irc_now_db_connections_max", "pool", "main",                               \
	    "Connections that all workers together may have for pages.")                           \
	L(DB_MAX_REPLICA, "irc_now_db_connections_max", "pool", "replica", "")                     \
	L(BACKGROUND_RUNNING, "irc_now_background_tasks_running", "", "",                          \
	    "Background tasks at work.")                                                           \
	L(BACKGROUND_WAITING, "irc_now_background_tasks_waiting", "", "",                          \
	    "Background tasks waiting for a thread.")

/*
 * Figures from the database, the same of every replica: take their maximum over replicas, never
 * their sum. The job `gauges` hands them over every 15 s (metrics_figures_set()): most come from
 * the table `figures`, where a job of one replica leaves them (figures/figures.h), the others that
 * job counts itself. A figure that is not known has no line, for 0 would be a statement; nor has
 * one that was found longer ago than its greatest age. Columns: id, name, type, first and second
 * label ("" for none), greatest age in seconds, help.
 */
#define METRIC_FIGURES(F)                                                                          \
	F(ACCOUNTS, "irc_now_accounts", "gauge", "", "", METRICS_FIGURE_OLD_S,                     \
	    "Accounts there are; those of staff, tests and banned people are in none of the "      \
	    "figures.")                                                                            \
	F(SIGNUPS_7D, "irc_now_signups_7d", "gauge", "", "", METRICS_FIGURE_OLD_S,                 \
	    "Accounts created in the 7 complete days (UTC) before today.")                         \
	F(SIGNUPS_30D, "irc_now_signups_30d", "gauge", "", "", METRICS_FIGURE_OLD_S,               \
	    "Accounts created in the 30 complete days (UTC) before today.")                        \
	F(SIGNUPS_TODAY, "irc_now_signups_today", "gauge", "", "", METRICS_FIGURE_OLD_S,           \
	    "Accounts created today (UTC) so far.")                                                \
	F(LOGINS_TOTAL, "irc_now_logins_total", "counter", "", "", METRICS_FIGURE_OLD_S,           \
	    "Logins ever recorded, of all replicas together.")                                     \
	F(ACTIVE_USERS_24H, "irc_now_active_users_24h", "gauge", "", "", METRICS_FIGURE_OLD_S,     \
	    "Accounts last seen in the last 24 hours, by anything that counts as activity.")       \
	F(BOUNCER_ACTIVE_USERS, "irc_now_bouncer_active_users", "gauge", "", "",                   \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Accounts with a client connected to a bouncer in the last 24 hours.")                 \
	F(ACTIVE_USERS_1D, "irc_now_active_users_1d", "gauge", "", "", METRICS_FIGURE_OLD_S,       \
	    "Accounts active yesterday (UTC).")                                                    \
	F(ACTIVE_USERS_7D, "irc_now_active_users_7d", "gauge", "", "", METRICS_FIGURE_OLD_S,       \
	    "Accounts active in the 7 complete days (UTC) before today.")                          \
	F(ACTIVE_USERS_30D, "irc_now_active_users_30d", "gauge", "", "", METRICS_FIGURE_OLD_S,     \
	    "Accounts active in the 30 complete days (UTC) before today.")                         \
	F(RETENTION, "irc_now_retention_cohort", "gauge", "cohort", "", METRICS_FIGURE_OLD_S,      \
	    "Part of the accounts created in that month, today's left out, that were active in "   \
	    "the 30 complete days (UTC) before today, 0 to 1.")                                    \
	F(RETENTION_ACTIVE, "irc_now_retention_cohort_active", "gauge", "cohort", "",              \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Accounts created in that month that were active in the 30 complete days before "      \
	    "today.")                                                                              \
	F(RETENTION_SIGNUPS, "irc_now_retention_cohort_signups", "gauge", "cohort", "",            \
	    METRICS_FIGURE_OLD_S, "Accounts created in that month, today's left out.")             \
	F(CONVERSION_RATE, "irc_now_conversion_rate_30d", "gauge", "", "", METRICS_FIGURE_OLD_S,   \
	    "Accounts upgraded in the 30 complete days before today for each created in them; "    \
	    "may exceed 1.")                                                                       \
	F(CONVERSION_UPGRADED, "irc_now_conversion_upgraded_30d", "gauge", "", "",                 \
	    METRICS_FIGURE_OLD_S, "Accounts upgraded in the 30 complete days (UTC) before today.") \
	F(COHORT_CONVERSION, "irc_now_cohort_conversion_ratio", "gauge", "", "",                   \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Part of the accounts created 60 to 30 days ago that paid within 30 days of that, 0 "  \
	    "to 1.")                                                                               \
	F(COHORT_CONVERTED, "irc_now_cohort_conversion_converted", "gauge", "", "",                \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Accounts created 60 to 30 days ago that paid within 30 days of that.")                \
	F(COHORT_SIGNUPS, "irc_now_cohort_conversion_signups", "gauge", "", "",                    \
	    METRICS_FIGURE_OLD_S, "Accounts created 60 to 30 days ago.")                           \
	F(MRR, "irc_now_mrr_cents", "gauge", "currency", "", METRICS_FIGURE_OLD_S,                 \
	    "Monthly recurring revenue of active and past due subscriptions, coupons that last "   \
	    "for ever taken off, in minor units of the reporting currency; absent while a rate "   \
	    "is missing.")                                                                         \
	F(MRR_NATIVE, "irc_now_mrr_native_minor", "gauge", "currency", "", METRICS_FIGURE_OLD_S,   \
	    "Monthly recurring revenue of the subscriptions in that currency, in its minor "       \
	    "units.")                                                                              \
	F(MRR_BILLED, "irc_now_mrr_billed_cents", "gauge", "currency", "", METRICS_FIGURE_OLD_S,   \
	    "As irc_now_mrr_cents, less the coupons that run for a time.")                         \
	F(MRR_COMMITTED, "irc_now_mrr_committed_cents", "gauge", "currency", "",                   \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "As irc_now_mrr_cents, without what is scheduled to end, at scheduled prices.")        \
	F(MRR_AT_RISK, "irc_now_mrr_at_risk_cents", "gauge", "currency", "", METRICS_FIGURE_OLD_S, \
	    "The part of irc_now_mrr_cents whose payment is past due.")                            \
	F(MRR_TRIAL, "irc_now_mrr_trial_cents", "gauge", "currency", "", METRICS_FIGURE_OLD_S,     \
	    "What running trials would be worth a month; in no other figure.")                     \
	F(MRR_BILLED_NATIVE, "irc_now_mrr_billed_native_minor", "gauge", "currency", "",           \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "As irc_now_mrr_native_minor, less the coupons that run for a time.")                  \
	F(MRR_COMMITTED_NATIVE, "irc_now_mrr_committed_native_minor", "gauge", "currency", "",     \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "As irc_now_mrr_native_minor, without what is scheduled to end, at scheduled prices.") \
	F(MRR_AT_RISK_NATIVE, "irc_now_mrr_at_risk_native_minor", "gauge", "currency", "",         \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "The part of irc_now_mrr_native_minor whose payment is past due.")                     \
	F(MRR_TRIAL_NATIVE, "irc_now_mrr_trial_native_minor", "gauge", "currency", "",             \
	    METRICS_FIGURE_OLD_S, "What running trials in that currency would be worth a month.")  \
	F(MRR_MOVEMENTS, "irc_now_mrr_movements_30d_cents", "gauge", "currency", "kind",           \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "What changed irc_now_mrr_cents in the 30 complete days before today, by kind; only "  \
	    "fx may be negative, and contraction, churn and paused (the churn of who only "        \
	    "paused) took it away. Absent while a rate is missing or fewer days are closed.")      \
	F(CHURN_RATE, "irc_now_churn_rate_30d", "gauge", "", "", METRICS_FIGURE_OLD_S,             \
	    "irc_now_churn_customers_30d by irc_now_churn_paying_at_start_30d, 0 to 1.")           \
	F(CHURN_CUSTOMERS, "irc_now_churn_customers_30d", "gauge", "", "", METRICS_FIGURE_OLD_S,   \
	    "Accounts paying before the 30 complete days before today and not at their end; who "  \
	    "only paused is none of them. Absent until so many days are closed.")                  \
	F(CHURN_PAYING, "irc_now_churn_paying_at_start_30d", "gauge", "", "",                      \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Accounts paying before the 30 complete days before today; a customer of Stripe "      \
	    "without an account counts as one.")                                                   \
	F(SUBSCRIPTIONS_ACTIVE, "irc_now_subscriptions_active", "gauge", "", "",                   \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Subscriptions that count for MRR: active or past due, collection not paused.")        \
	F(SUBSCRIPTIONS_CANCELED, "irc_now_subscriptions_canceled_30d", "gauge", "", "",           \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Subscriptions that ended in the last 30 days, by their end and not by when the "      \
	    "cancellation was asked for; failed first payments and ended trials apart.")           \
	F(SUBSCRIPTIONS, "irc_now_subscriptions", "gauge", "status", "", METRICS_FIGURE_OLD_S,     \
	    "Subscriptions that have not ended, by the status that Stripe gives.")                 \
	F(SUBSCRIPTIONS_PLAN, "irc_now_subscriptions_by_plan", "gauge", "plan", "",                \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "Subscriptions that count for MRR, by the plan their prices buy; none without one.")   \
	F(PAYING, "irc_now_paying_customers", "gauge", "", "", METRICS_FIGURE_OLD_S,               \
	    "Accounts whose MRR is above 0.")                                                      \
	F(STRIPE_DRIFT, "irc_now_stripe_drift", "gauge", "", "", METRICS_NIGHTLY_OLD_S,            \
	    "Subscriptions that differed from Stripe's at the latest nightly comparison, before "  \
	    "they were repaired.")                                                                 \
	F(WEBHOOK_BACKLOG, "irc_now_stripe_webhook_backlog", "gauge", "", "",                      \
	    METRICS_FIGURE_OLD_S, "Events of Stripe that are kept and not yet dealt with.")        \
	F(WEBHOOK_OLDEST, "irc_now_stripe_webhook_oldest_seconds", "gauge", "", "",                \
	    METRICS_FIGURE_OLD_S,                                                                  \
	    "How long the oldest of irc_now_stripe_webhook_backlog has waited; 0: none waits.")    \
	F(BOUNCER_STATES, "irc_now_bouncer_states", "gauge", "state", "", METRICS_LIVE_OLD_S,      \
	    "Bouncers that the service looks after, by state; those made by hand left out.")       \
	F(BOUNCER_WAITING, "irc_now_bouncer_waiting_seconds", "gauge", "", "", METRICS_LIVE_OLD_S, \
	    "How long the bouncer that waits longest has been due for its next step; 0: none is.") \
	F(BOUNCERS, "irc_now_bouncers", "gauge", "state", "", METRICS_LIVE_OLD_S,                  \
	    "Bouncers that were made here, by how they were at the last sample; off means "        \
	    "suspended or being deleted, unknown that there was none for three minutes.")          \
	F(BOUNCER_NETWORKS, "irc_now_bouncer_networks", "gauge", "state", "", METRICS_LIVE_OLD_S,  \
	    "Networks of these bouncers, as their soju last told; unknown are those of a bouncer " \
	    "that is not up.")                                                                     \
	F(BOUNCER_CLIENTS, "irc_now_bouncer_clients", "gauge", "", "", METRICS_LIVE_OLD_S,         \
	    "IRC clients connected to bouncers whose soju counts them for itself.")                \
	F(MESSAGES_RELAYED, "irc_now_messages_relayed_total", "counter", "", "",                   \
	    METRICS_LIVE_OLD_S,                                                                    \
	    "Lines from and to networks that every soju has counted since it was first read.")     \
	F(BOUNCER_SAMPLE_AGE, "irc_now_bouncer_sample_age_seconds", "gauge", "", "",               \
	    METRICS_LIVE_OLD_S, "Age of the oldest last sample of a bouncer that should run.")     \
	F(BOUNCER_ROUND, "irc_now_bouncer_health_duration_seconds", "gauge", "", "",               \
	    METRICS_LIVE_OLD_S, "Time that the last round of samples of all bouncers took.")       \
	F(ERROR_GROUPS, "irc_now_error_groups", "gauge", "", "", METRICS_LIVE_OLD_S,               \
	    "Groups of errors seen today (UTC), of the portal, txt and pics.")

#define METRICS_LIVE_OLD_S 300	 /* counted by the job `gauges` itself */
#define METRICS_FIGURE_OLD_S 900 /* left in the table every 60 or 300 s */
#define METRICS_NIGHTLY_OLD_S (26 * 3600)
#define METRICS_FIGURES_MAX 512 /* with all their labels */

#define METRICS_LABEL_MAX 47
#define METRICS_ROUTES_MAX 128
#define METRICS_SERIES_MAX 512
#define METRICS_TIMES_MAX 96
#define METRICS_BUCKETS 11 /* without the one that has no bound */

#define METRIC_ENUM(id, ...) METRIC_##id,
#define LEVEL_ENUM(id, ...) LEVEL_##id,
#define FIGURE_ENUM(id, ...) FIGURE_##id,
#define HISTOGRAM_ENUM(id, ...) HISTOGRAM_##id,
enum metric {
	METRIC_COUNTERS(METRIC_ENUM) METRIC_NUMBERS(METRIC_ENUM) METRIC_LAGS(METRIC_ENUM)
	    METRIC__MAX
};
enum histogram_kind { HISTOGRAM_USUAL, HISTOGRAM_FINE, HISTOGRAM_SUM };
enum level { METRIC_LEVELS(LEVEL_ENUM) LEVEL__MAX };
enum metric_figure { METRIC_FIGURES(FIGURE_ENUM) FIGURE__MAX };
enum histogram { METRIC_HISTOGRAMS(HISTOGRAM_ENUM) HISTOGRAM__MAX };

/*
 * Makes the registry, in the parent before the fork. `workers` is the highest worker id there will
 * be; `version` appears in irc_now_build_info. Ends the process when there is no memory.
 */
void metrics_init(int workers, const char *version);
/*
 * This process is worker `id`, 1..workers: called at its start, also when it was restarted. What it
 * counted before stays, what was under way is forgotten.
 */
void metrics_worker(int id);

/* A request that has been answered. */
struct metrics_request {
	/* The name of its page, never the path; at most METRICS_LABEL_MAX bytes are kept. */
	const char *route;
	const char *method;
	int status;
	int64_t duration_us;			/* -1: not known */
	uint64_t request_bytes, response_bytes; /* of the bodies */
};
/*
 * Beyond METRICS_ROUTES_MAX names the route counts as "other", as do methods and statuses that HTTP
 * does not know.
 */
void metrics_http(const struct metrics_request *);

/* Adds 1. Labels that the metric does not have are NULL. Too many different ones become "other". */
void metrics_count(enum metric, const char *first, const char *second);
/* Adds n. */
void metrics_add(enum metric, const char *first, const char *second, uint64_t n);
/* Something has taken so long; less than nothing counts as nothing. The label is NULL or one of a
 * few dozen; beyond METRICS_TIMES_MAX different ones it becomes "other". */
void metrics_observe(enum histogram, const char *label, int64_t duration_us);
/* Sets one of METRIC_NUMBERS, or since when one of METRIC_LAGS is due. What is not above 0 is not
 * known: nothing. */
void metrics_set(enum metric, const char *first, int64_t value);
void metrics_level_add(enum level, int change);
void metrics_level_set(enum level, int value);

/*
 * One figure. Labels that the metric does not have are NULL or "". `at`, Unix seconds: when it was
 * found.
 */
struct metrics_figure {
	enum metric_figure figure;
	const char *first, *second;
	double value;
	int64_t at;
};

struct metrics_figure_list {
	struct metrics_figure *v;
	size_t n, size;
};

/* Adds one; the labels live as long as the list. A value that is not finite is not known: nothing.
 */
void metrics_figure_add(struct metrics_figure_list *, struct arena *, struct metrics_figure);
/*
 * All figures that are known; what is not among them is unknown from now on. One that is declared a
 * counter never goes down while we run: Prometheus would take that for a restart and count all of
 * it again. Beyond METRICS_FIGURES_MAX different ones they are left out.
 */
void metrics_figures_set(const struct metrics_figure *, size_t n);
/* Whether there is a figure of this name ("irc_now_accounts"), and which. */
bool metrics_figure_find(enum metric_figure *, const char *name);
/* How many labels it has, 0 to 2. */
int metrics_figure_labels(enum metric_figure);
bool metrics_figure_is_counter(enum metric_figure);

enum metrics_format {
	METRICS_PROMETHEUS, /* text format 0.0.4 */
	METRICS_OPEN,	    /* OpenMetrics 1.0.0 */
	METRICS_FORMAT__MAX
};
extern const char *const metrics_types[METRICS_FORMAT__MAX]; /* Content-Type */
/* Appends everything; `now` in Unix seconds. */
void metrics_write(struct strbuf *, enum metrics_format, int64_t now);

#endif
