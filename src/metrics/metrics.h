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

#include "base/strbuf.h"

/* Counters: name, metric, first and second label ("" for none), help. */
#define METRIC_COUNTERS(M)                                                                         \
	M(SOURCE_REFRESHES, "irc_now_source_refreshes_total", "source", "outcome",                 \
	    "Refreshes of the dashboard's sources.")                                               \
	M(CALLS, "irc_now_outside_calls_total", "service", "result",                               \
	    "Calls to outside services, by what they came to.")                                    \
	M(LOGIN_ATTEMPTS, "irc_now_login_attempts_total", "result", "",                            \
	    "Attempts to sign in that came to an end, by how.")                                    \
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

/* How long things took: name, metric, help. */
#define METRIC_HISTOGRAMS(H)                                                                       \
	H(PASTE_COLOURING, "irc_now_paste_colouring_seconds",                                      \
	    "Time that colouring the syntax of a paste took.")                                     \
	H(PIC_PROCESSING, "irc_now_pic_processing_seconds",                                        \
	    "Time from the bytes of a picture to its clean version and the smaller ones.")

/* Moments as Unix seconds, per label; the latest that any worker has set. */
#define METRIC_MOMENTS(M)                                                                          \
	M(JOB_SUCCESS, "irc_now_job_last_success_timestamp_seconds", "job", "",                    \
	    "When the job last came to a good end, by any replica.")

/* How much of something there is now in each worker; begins at 0 when a worker starts. */
#define METRIC_LEVELS(L)                                                                           \
	L(HTTP_IN_FLIGHT, "irc_now_http_requests_in_flight", "Requests being answered.")           \
	L(DB_WAITING, "irc_now_db_queue_length", "Statements waiting for a connection.")           \
	L(BACKGROUND_RUNNING, "irc_now_background_tasks_running", "Background tasks at work.")     \
	L(BACKGROUND_WAITING, "irc_now_background_tasks_waiting",                                  \
	    "Background tasks waiting for a thread.")

/*
 * Business figures, loaded from the database by the job `gauges` (gauge_store.h) and the same for
 * the whole service: with several replicas take the maximum, not the sum. Left out while unknown or
 * older than METRICS_GAUGE_OLD_S.
 */
#define METRIC_GAUGES(G)                                                                           \
	G(SIGNUPS_7D, "irc_now_signups_7d", "gauge",                                               \
	    "Accounts created in the 7 complete days (UTC) before today.")                         \
	G(SIGNUPS_TODAY, "irc_now_signups_today", "gauge", "Accounts created today (UTC) so far.") \
	G(LOGINS_TOTAL, "irc_now_logins_total", "counter",                                         \
	    "Logins ever recorded, of all replicas together.")                                     \
	G(BOUNCER_WAITING, "irc_now_bouncer_waiting_seconds", "gauge",                             \
	    "How long the bouncer that waits longest has been due for its next step; 0: none is.") \
	G(ACTIVE_USERS_24H, "irc_now_active_users_24h", "gauge",                                   \
	    "Accounts with a client connected to a bouncer in the last 24 hours.")                 \
	G(BOUNCER_CLIENTS, "irc_now_bouncer_clients", "gauge",                                     \
	    "IRC clients connected to bouncers whose soju counts them for itself.")                \
	G(MESSAGES_RELAYED, "irc_now_messages_relayed_total", "counter",                           \
	    "Lines from and to networks that every soju has counted since it was first read.")     \
	G(BOUNCER_SAMPLE_AGE, "irc_now_bouncer_sample_age_seconds", "gauge",                       \
	    "Age of the oldest last sample of a bouncer that should run.")                         \
	G(BOUNCER_ROUND, "irc_now_bouncer_health_duration_seconds", "gauge",                       \
	    "Time that the last round of samples of all bouncers took.")

#define METRICS_GAUGE_OLD_S 300

/*
 * Figures with labels: of billing, which the job `billing_figures` leaves in the table `figures`
 * every 300 s (and the drift the nightly `stripe_reconcile`) and the job `gauges` loads, and of
 * bouncers, which that job counts: name, metric, label
 * ("" for none), help. The same of every replica, as gauges are. A figure that is not known has no
 * line, nor has one older than METRICS_FIGURE_OLD_S, the drift than METRICS_NIGHTLY_OLD_S.
 */
#define METRIC_FIGURES(F)                                                                          \
	F(MRR, "irc_now_mrr_cents", "currency",                                                    \
	    "Monthly recurring revenue of active and past due subscriptions, coupons that last "   \
	    "for ever taken off, in minor units of the reporting currency; absent while a rate "   \
	    "is missing.")                                                                         \
	F(MRR_NATIVE, "irc_now_mrr_native_minor", "currency",                                      \
	    "Monthly recurring revenue of the subscriptions in that currency, in its minor "       \
	    "units.")                                                                              \
	F(MRR_BILLED, "irc_now_mrr_billed_cents", "currency",                                      \
	    "As irc_now_mrr_cents, less the coupons that run for a time.")                         \
	F(MRR_COMMITTED, "irc_now_mrr_committed_cents", "currency",                                \
	    "As irc_now_mrr_cents, without what is scheduled to end, at scheduled prices.")        \
	F(MRR_AT_RISK, "irc_now_mrr_at_risk_cents", "currency",                                    \
	    "The part of irc_now_mrr_cents whose payment is past due.")                            \
	F(MRR_TRIAL, "irc_now_mrr_trial_cents", "currency",                                        \
	    "What running trials would be worth a month; in no other figure.")                     \
	F(MRR_BILLED_NATIVE, "irc_now_mrr_billed_native_minor", "currency",                        \
	    "As irc_now_mrr_native_minor, less the coupons that run for a time.")                  \
	F(MRR_COMMITTED_NATIVE, "irc_now_mrr_committed_native_minor", "currency",                  \
	    "As irc_now_mrr_native_minor, without what is scheduled to end, at scheduled prices.") \
	F(MRR_AT_RISK_NATIVE, "irc_now_mrr_at_risk_native_minor", "currency",                      \
	    "The part of irc_now_mrr_native_minor whose payment is past due.")                     \
	F(MRR_TRIAL_NATIVE, "irc_now_mrr_trial_native_minor", "currency",                          \
	    "What running trials in that currency would be worth a month.")                        \
	F(SUBSCRIPTIONS_ACTIVE, "irc_now_subscriptions_active", "",                                \
	    "Subscriptions that count for MRR: active or past due, collection not paused.")        \
	F(SUBSCRIPTIONS_CANCELED, "irc_now_subscriptions_canceled_30d", "",                        \
	    "Subscriptions that ended in the last 30 days, by their end and not by when the "      \
	    "cancellation was asked for; failed first payments and ended trials apart.")           \
	F(SUBSCRIPTIONS, "irc_now_subscriptions", "status",                                        \
	    "Subscriptions that have not ended, by the status that Stripe gives.")                 \
	F(SUBSCRIPTIONS_PLAN, "irc_now_subscriptions_by_plan", "plan",                             \
	    "Subscriptions that count for MRR, by the plan their prices buy; none without one.")   \
	F(PAYING, "irc_now_paying_customers", "", "Accounts whose MRR is above 0.")                \
	F(BOUNCER_STATES, "irc_now_bouncer_states", "state",                                       \
	    "Bouncers that the service looks after, by state; those made by hand left out.")       \
	F(STRIPE_DRIFT, "irc_now_stripe_drift", "",                                                \
	    "Subscriptions that differed from Stripe's at the latest nightly comparison, before "  \
	    "they were repaired.")                                                                 \
	F(BOUNCERS, "irc_now_bouncers", "state",                                                   \
	    "Bouncers that were made here, by how they were at the last sample; off means "        \
	    "suspended or being deleted, unknown that there was none for three minutes.")          \
	F(BOUNCER_NETWORKS, "irc_now_bouncer_networks", "state",                                   \
	    "Networks of these bouncers, as their soju last told; unknown are those of a bouncer " \
	    "that is not up.")

#define METRICS_FIGURE_OLD_S 900
#define METRICS_NIGHTLY_OLD_S (26 * 3600)
#define METRICS_FIGURES_MAX 256 /* with all their labels */

#define METRIC_ENUM(id, ...) METRIC_##id,
#define LEVEL_ENUM(id, ...) LEVEL_##id,
#define GAUGE_ENUM(id, ...) GAUGE_##id,
#define FIGURE_ENUM(id, ...) FIGURE_##id,
#define HISTOGRAM_ENUM(id, ...) HISTOGRAM_##id,
enum metric { METRIC_COUNTERS(METRIC_ENUM) METRIC_MOMENTS(METRIC_ENUM) METRIC__MAX };
enum level { METRIC_LEVELS(LEVEL_ENUM) LEVEL__MAX };
enum gauge { METRIC_GAUGES(GAUGE_ENUM) GAUGE__MAX };
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

/*
 * A request has been answered. `route` is the name of its page, at most METRICS_LABEL_MAX bytes are
 * kept; beyond METRICS_ROUTES_MAX names it counts as "other", as do methods and statuses that HTTP
 * does not know. Callers from the web layer pass the page's name, never the path.
 */
void metrics_http(const char *route, const char *method, int status, int64_t duration_us);

/* Adds 1. Labels that the metric does not have are NULL. Too many different ones become "other". */
void metrics_count(enum metric, const char *first, const char *second);
/* Adds n. */
void metrics_add(enum metric, const char *first, const char *second, uint64_t n);
/* Something has taken so long; less than nothing counts as nothing. */
void metrics_observe(enum histogram, int64_t duration_us);
/* Sets a moment (METRIC_MOMENTS), in Unix seconds. */
void metrics_moment(enum metric, const char *first, int64_t at);
void metrics_level_add(enum level, int change);
void metrics_level_set(enum level, int value);
/*
 * `now` in Unix seconds is when the figure was read. One that is declared a counter never goes down
 * while we run: Prometheus would take that for a restart and count all of it again.
 */
void metrics_gauge_set(enum gauge, double value, int64_t now);
void metrics_gauge_unknown(enum gauge);

struct metrics_figure {
	enum metric_figure figure;
	const char *label; /* "" for none */
	int64_t value, at; /* at: Unix seconds of when it was found */
};
/* All figures that are known; what is not among them is unknown from now on. Beyond
 * METRICS_FIGURES_MAX different ones they are left out. */
void metrics_figures_set(const struct metrics_figure *, size_t n);

/* Appends everything in Prometheus' text format 0.0.4; `now` in Unix seconds. */
void metrics_write(struct strbuf *, int64_t now);

#define METRICS_LABEL_MAX 47
#define METRICS_ROUTES_MAX 128
#define METRICS_SERIES_MAX 512

#endif
