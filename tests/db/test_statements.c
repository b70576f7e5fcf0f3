/*
 * Every statement of every store is prepared on a freshly migrated database, so that a column that
 * is not there fails here and not in production. A statement that is missing from the table below
 * fails the second test.
 */
#include <dirent.h>
#include <stdio.h>

#include "account/login_store.h"
#include "account/logout_store.h"
#include "account/account_store.h"
#include "account/api_token_store.h"
#include "account/caller_store.h"
#include "account/purge_store.h"
#include "account/role_store.h"
#include "account/session_store.h"
#include "account/standing_store.h"
#include "activity/activity_store.h"
#include "audit/audit_store.h"
#include "billing/backfill_store.h"
#include "billing/billing_store.h"
#include "billing/difference_store.h"
#include "figures/figure_store.h"
#include "billing/fx_store.h"
#include "billing/inbox_store.h"
#include "billing/inbox_work_store.h"
#include "billing/mirror_money_store.h"
#include "billing/movement_store.h"
#include "billing/movement_window_store.h"
#include "billing/mrr_store.h"
#include "billing/plan_price_store.h"
#include "billing/plan_store.h"
#include "billing/sync_store.h"
#include "billing/unlinked_store.h"
#include "bouncer/bouncer_admin_store.h"
#include "bouncer/bouncer_count_store.h"
#include "bouncer/bouncer_store.h"
#include "bouncer/bouncer_work_store.h"
#include "bouncer/health_figures_store.h"
#include "bouncer/health_store.h"
#include "bouncer/network_store.h"
#include "content/content_store.h"
#include "dashboard/dashboard_store.h"
#include "db_fixture.h"
#include "events/events_store.h"
#include "jobs/job_store.h"
#include "mail/outage_mail_store.h"
#include "pics/pics_store.h"
#include "source/source_store.h"
#include "track/track_store.h"
#include "txt/paste_store.h"
#include "users/user_figures_store.h"
#include "web/web_session.h"

static const unsigned char hash[32];
static const struct web_session session;
static const struct login_attempt attempt;
static const struct login login;
static const struct oidc_logout logout = { .jti = "x" };
static const struct audit_entry entry;
static const struct api_token_form token_form = { .label = "x", .once = "x" };
static const struct figure_list figures;
static const struct user_figures_scope known = { true, true, true };
static const struct fx_rate_list rates;
static const struct source_subject subject;
static const struct source_count count;
static const struct portal_account standing = { .sub = "x", .plan = "free" };
static const struct picture picture = { .public_id = "x", .title = "x", .alt = "x" };
static const struct pics_search search = { .text = "" };
static const struct paste_draft draft = { .public_id = "x", .title = "x", .body = "x" };
static const struct paste_search list = { .words = "" };
static const struct inbox_event hint = { .id = "x", .type = "x" };
static const struct inbox_range range = { .state = INBOX_FAILED, .until = 1 };
static const struct inbox_filter all_hints = { .state = INBOX_STATE__MAX },
				 hints_of_id = { .state = INBOX_STATE__MAX, .text = "x" },
				 hints_of_state = { .state = INBOX_DONE },
				 hints_of_type = { .state = INBOX_STATE__MAX, .type = "x" },
				 hints_of_both = { .state = INBOX_DONE, .type = "x" };
static const struct bouncer_admin_filter any_bouncer = { .state = BOUNCER_STATE__MAX,
	.by = BOUNCER_BY__MAX },
					 bouncer_in_trouble = { .is_in_trouble = true };
static const struct bouncer_notice_form notice = { .text = "x", .actor_sub = "x", .once = "x" };
static const struct stripe_customer customer = { .id = "x" };
static const struct stripe_subscription subscription = { .id = "x" };
static const struct mrr mrr;
static const struct movement_day closing = {
	.day = "2026-01-01", .opened_on = "2026-01-01", .seen_to = "now"
};
static const struct movement_sums sums;
static const struct mirror_subscription_row subscription_row = { .sub = &subscription,
	.mrr = &mrr };
static const struct stripe_price price = { .id = "x" };
static const struct stripe_coupon coupon = { .id = "x" };
static const struct stripe_invoice invoice = { .id = "x" };
static const struct stripe_payment_intent intent = { .id = "x" };
static const struct stripe_refund refund = { .id = "x" };
static const struct stripe_dispute dispute = { .id = "x" };
static const struct backfill_place place;
static const struct bouncer_task task = { .lease = "now" };
static const struct bouncer_limits limits = { .plan = "free" };
static const struct bouncer_request bouncer = { .name = "x", .provisioner = "soju", .once = "x" };
static const struct track_range days = { .first_day = 1, .last_day = 2 };
static const struct strbuf text, texts[FACT__MAX];
static const struct bouncer shown = { .id = 1, .user_id = 1 };
static const struct health_bouncer sampled = { .id = 1, .mark = MARK_UP };
static const char *const sub = "x";
static const int64_t moment = 1;

/* Each call fills a query; what it is filled with does not matter. Those of the portal: */
#define STATEMENTS_OF_PORTAL(S)                                                                    \
	S(login_store_sign_in(q, &login))                                                          \
	S(role_store_claim(q, hash))                                                               \
	S(role_store_save(q, hash, "", 0))                                                         \
	S(role_store_keep_token(q, hash, hash, 32))                                                \
	S(role_store_end(q, hash))                                                                 \
	S(account_store_show(q, 1))                                                                \
	S(account_store_want_mail(q, 1, true))                                                     \
	S(bouncer_count_store_list(q, 1))                                                          \
	S(network_store_names(q, 1, "b"))                                                          \
	S(network_store_find(q, 1, "b", "n"))                                                      \
	S(session_store_list(q, 1, hash))                                                          \
	S(session_store_end(q, 1, 1))                                                              \
	S(session_store_end_others(q, 1, hash))                                                    \
	S(session_store_activity(q, "x"))                                                          \
	S(api_token_store_list(q, 1))                                                              \
	S(api_token_store_find(q, 1, 1))                                                           \
	S(api_token_store_make(q, 1, &token_form, "pt_x"))                                         \
	S(api_token_store_revoke(q, 1, 1))                                                         \
	S(caller_store_token(q, hash))                                                             \
	S(caller_store_account(q, "x"))                                                            \
	S(caller_store_uploader(q, "x", "x"))                                                      \
	S(audit_store_add(q, &entry))                                                              \
	S(dashboard_store_ask(q, 1, true))                                                         \
	S(events_store_make_partitions(q, 1))                                                      \
	S(events_store_drop_partitions(q, 1))                                                      \
	S(events_store_fold(q))                                                                    \
	S(user_figures_store_ask(q, known))                                                        \
	S(track_store_add(q, "{}"))                                                                \
	S(track_store_routes(q, &days, TRACK_BY_TIME, 1))                                          \
	S(track_store_days(q, &days))                                                              \
	S(track_store_groups(q, &days, 500, 0, 1))                                                 \
	S(track_store_count_groups(q, 1))                                                          \
	S(track_store_purge(q, 1, 1))                                                              \
	S(figure_store_put(q, &figures, NULL, 0, 0))                                               \
	S(figure_store_all(q))                                                                     \
	S(fx_store_put(q, &rates))                                                                 \
	S(fx_store_latest(q, "eur"))                                                               \
	S(mrr_store_due(q, 0, "", 1))                                                              \
	S(mrr_store_one(q, "x"))                                                                   \
	S(mrr_store_save(q, NULL, NULL, 0, 0))                                                     \
	S(mrr_store_figures(q, false))                                                             \
	S(mrr_store_is_known(q, true))                                                             \
	S(movement_store_next(q, false, 0))                                                        \
	S(movement_store_claim(q, &closing, 0))                                                    \
	S(movement_store_link_payers(q, &closing))                                                 \
	S(movement_store_link_movements(q, &closing))                                              \
	S(movement_store_link_stock(q, &closing))                                                  \
	S(movement_store_link_end(q, &closing))                                                    \
	S(movement_store_meet_payers(q, &closing))                                                 \
	S(movement_store_meet(q, &closing))                                                        \
	S(movement_store_settle(q, &closing))                                                      \
	S(movement_store_analyze(q))                                                               \
	S(movement_store_sums(q, &closing))                                                        \
	S(movement_store_rows(q, &closing))                                                        \
	S(movement_store_revise(q, "x", NULL, 0))                                                  \
	S(movement_store_put(q, "x", NULL, 0))                                                     \
	S(movement_store_payers(q, "x", NULL, 0))                                                  \
	S(movement_store_stock(q, NULL, 0))                                                        \
	S(movement_store_end_pauses(q, &closing))                                                  \
	S(movement_store_prove(q, &closing, &sums))                                                \
	S(movement_window_store_facts(q, false, 0))                                                \
	S(movement_window_store_churn(q, false, 0))                                                \
	S(source_store_claim(q, &subject))                                                         \
	S(source_store_ask_refreshing(q, &subject))                                                \
	S(source_store_save(q, &subject, "{}", false, NULL, false))                                \
	S(source_store_save(q, &subject, "{}", false, &count, false))                              \
	S(source_store_save_failure(q, &subject, SOURCE_TIMEOUT))                                  \
	S(source_store_start_recounts(q))                                                          \
	S(backfill_store_lock(q))                                                                  \
	S(backfill_store_place(q, "x"))                                                            \
	S(backfill_store_move(q, "x", &place))                                                     \
	S(backfill_store_forget(q, "x"))                                                           \
	S(backfill_store_make_intents(q))                                                          \
	S(backfill_store_keep_intents(q, "[]"))                                                    \
	S(backfill_store_new_intents(q, "[]"))                                                     \
	S(unlinked_store_page(q, true, "x", 1))                                                    \
	S(unlinked_store_one(q, true, "x"))                                                        \
	S(unlinked_store_accounts(q, "x"))                                                         \
	S(unlinked_store_link(q, true, "x", 1))                                                    \
	S(difference_store_page(q, 1, 1))                                                          \
	S(inbox_store_put(q, &hint))                                                               \
	S(inbox_store_claim(q, 1, 1))                                                              \
	S(inbox_store_end(q, "x", INBOX_DONE, "x"))                                                \
	S(inbox_store_fail(q, "x", 1, "x", 1))                                                     \
	S(inbox_store_purge(q, 1, 1))                                                              \
	S(inbox_store_page(q, &all_hints, 1))                                                      \
	S(inbox_store_page(q, &hints_of_id, 1))                                                    \
	S(inbox_store_page(q, &hints_of_state, 1))                                                 \
	S(inbox_store_page(q, &hints_of_type, 1))                                                  \
	S(inbox_store_page(q, &hints_of_both, 1))                                                  \
	S(inbox_store_one(q, "x"))                                                                 \
	S(inbox_store_replay(q, "x"))                                                              \
	S(inbox_store_replay_range(q, &range))                                                     \
	S(inbox_store_count_range(q, &range))                                                      \
	S(inbox_store_counts(q, true))                                                             \
	S(billing_store_offers(q, true))                                                           \
	S(billing_store_subscriptions(q, 1, true))                                                 \
	S(billing_store_credit(q, 1, true, 1))                                                     \
	S(billing_store_invoices(q, 1, true, 0, "", 1))                                            \
	S(billing_store_usage(q, 1))                                                               \
	S(billing_store_intend(q, 1, true, "x", "x"))                                              \
	S(billing_store_intend_anew(q, 1, true, "x", "x"))                                         \
	S(billing_store_renew(q, 1, true, "x", "x"))                                               \
	S(billing_store_made(q, 1, true, "x", "x", "x"))                                           \
	S(billing_store_customer(q, 1, true))                                                      \
	S(plan_price_store_list(q, true))                                                          \
	S(plan_price_store_set(q, "x", "pro", true))                                               \
	S(mirror_store_lock(q, "x"))                                                               \
	S(mirror_store_lock_customer(q, "x", true, "x"))                                           \
	S(mirror_store_known_customer(q, "x"))                                                     \
	S(mirror_store_put_customer(q, &customer, true, 1))                                        \
	S(mirror_store_put_subscription(q, &subscription_row))                                     \
	S(mirror_store_end_subscription(q, "x", 1))                                                \
	S(mirror_store_put_price(q, &price, "{}", true, 1, true))                                  \
	S(mirror_store_put_coupon(q, &coupon, true, 1, true))                                      \
	S(mirror_store_end_price(q, "x"))                                                          \
	S(mirror_store_end_coupon(q, "x"))                                                         \
	S(mirror_store_put_invoice(q, &invoice, true, 1, "[]", 1))                                 \
	S(mirror_store_known_invoice(q, "x", "x"))                                                 \
	S(mirror_store_known_end(q, &subscription, true))                                          \
	S(mirror_store_known_tiers(q, "x", true))                                                  \
	S(mirror_store_put_payment_intent(q, &intent, true, "x", 1, 1))                            \
	S(mirror_store_known_intent(q, "x"))                                                       \
	S(mirror_store_put_refund(q, &refund, true, 1, 1))                                         \
	S(mirror_store_put_dispute(q, &dispute, true, 1))                                          \
	S(mirror_store_put_entries(q, "x", true, "[]"))                                            \
	S(mirror_store_known_entries(q, "[]"))                                                     \
	S(plan_store_take(q))                                                                      \
	S(plan_store_put_off(q, 1, 1))                                                             \
	S(mrr_store_put_off(q, NULL, 0, 1))                                                        \
	S(plan_store_account(q, 1))                                                                \
	S(plan_store_entitlements(q, 1, true))                                                     \
	S(plan_store_settle(q, 1, "x", true, 1))                                                   \
	S(plan_store_follow_settings(q, true, 1))                                                  \
	S(inbox_work_store_look(q))                                                                \
	S(inbox_work_store_end(q, "[]"))                                                           \
	S(inbox_work_store_give_back(q, "[]", 1, "x"))                                             \
	S(sync_store_cursor(q, "x"))                                                               \
	S(sync_store_move_cursor(q, "x", 1))                                                       \
	S(sync_store_state(q, "x"))                                                                \
	S(sync_store_unread(q, true, 1, "x", 1))                                                   \
	S(mirror_store_clock(q))                                                                   \
	S(sync_store_living(q, true))                                                              \
	S(sync_store_add_difference(q, "x", "x", "x", "x", true))                                  \
	S(sync_store_put_drift(q, true, 1))                                                        \
	S(sync_store_relink(q))                                                                    \
	S(bouncer_admin_store_page(q, &any_bouncer, 1))                                            \
	S(bouncer_admin_store_page(q, &bouncer_in_trouble, 1))                                     \
	S(bouncer_admin_store_one(q, "x"))                                                         \
	S(bouncer_admin_store_act(q, BOUNCER_ACT_RESTART, "x", NULL))                              \
	S(bouncer_admin_store_act(q, BOUNCER_ACT_SUSPEND, "x", "x"))                               \
	S(bouncer_admin_store_act(q, BOUNCER_ACT_RESUME, "x", NULL))                               \
	S(bouncer_admin_store_act(q, BOUNCER_ACT_RETRY, "x", NULL))                                \
	S(bouncer_admin_store_sojus(q, "x"))                                                       \
	S(bouncer_admin_store_notice(q, &notice))                                                  \
	S(bouncer_admin_store_notices(q, 1, 1))                                                    \
	S(outage_mail_store_claim(q, 1, 1, 1))                                                     \
	S(outage_mail_store_begin(q, 1))                                                           \
	S(outage_mail_store_release(q, 1, 1))                                                      \
	S(outage_mail_store_stop(q, 1))                                                            \
	S(bouncer_store_list(q, 1))                                                                \
	S(bouncer_store_find(q, 1, "x"))                                                           \
	S(bouncer_store_oldest(q, "soju"))                                                         \
	S(bouncer_store_make(q, 1, &bouncer))                                                      \
	S(bouncer_store_is_free(q, "x"))                                                           \
	S(bouncer_store_restart(q, 1, "x"))                                                        \
	S(bouncer_store_delete(q, 1, "x", 1))                                                      \
	S(bouncer_store_undelete(q, 1, "x"))                                                       \
	S(bouncer_store_retry(q, 1, "x"))                                                          \
	S(bouncer_store_forget_wish(q, 1, "x"))                                                    \
	S(bouncer_store_page_sources(q, &shown))                                                   \
	S(bouncer_store_page(q, 1, "x"))                                                           \
	S(health_store_all(q))                                                                     \
	S(health_store_networks(q, &sampled, 1))                                                   \
	S(health_store_samples(q, &sampled, 1, 1))                                                 \
	S(health_store_shared_meter(q, 1, 1, 1))                                                   \
	S(health_store_purge(q, 1, 1))                                                             \
	S(health_figures_store_ask(q))                                                             \
	S(activity_store_subs(q, 0, ACTIVITY_PASTE, &sub, 1))                                      \
	S(activity_store_soju(q, &sub, &moment, 1))                                                \
	S(activity_store_own_soju(q, &sub, &moment, 1))                                            \
	S(activity_store_uncounted(q))                                                             \
	S(activity_store_cursor(q, "txt"))                                                         \
	S(activity_store_move_cursor(q, "txt", 1))                                                 \
	S(activity_store_make_partitions(q, 1))                                                    \
	S(bouncer_work_store_look(q, 1, NULL, 0))                                                  \
	S(bouncer_work_store_claim(q, 1, NULL, 0))                                                 \
	S(bouncer_work_store_move(q, &task, BOUNCER_APPLIED, 1, 1))                                \
	S(bouncer_work_store_ready(q, &task, 1))                                                   \
	S(bouncer_work_store_changed(q, &task, "x", 1))                                            \
	S(bouncer_work_store_told(q, &task, 1))                                                    \
	S(bouncer_work_store_failed(q, &task, "x"))                                                \
	S(bouncer_work_store_put_off(q, &task, 1, true, "x"))                                      \
	S(bouncer_work_store_release(q, &task))                                                    \
	S(bouncer_work_store_gone(q, &task))                                                       \
	S(bouncer_work_store_follow_plans(q, &limits, 1))                                          \
	S(bouncer_work_store_figures(q))

/* Of txt and pics alike. */
#define STATEMENTS_OF_SERVICES(S)                                                                  \
	S(login_store_sign_in_at_service(q, &login, &standing))                                    \
	S(standing_store_account(q, &standing, "x"))                                               \
	S(content_store_usage(q, "x"))                                                             \
	S(content_store_usage_of(q, 1))                                                            \
	S(content_store_find_user(q, "x"))                                                         \
	S(content_store_erase(q, "x", 1))                                                          \
	S(content_store_forget(q, "x"))                                                            \
	S(content_store_add_views(q, &text, &text))                                                \
	S(content_store_add_facts(q, texts))                                                       \
	S(content_store_makers(q, "2026-01-01", "x", 1))                                           \
	S(content_store_purge_days(q, 1))

/* Of the accounts that also txt and pics ask. */
#define STATEMENTS_OF_ALL(S)                                                                       \
	S(web_session_find(q, &session))                                                           \
	S(web_session_touch(q, &session))                                                          \
	S(web_session_delete(q, &session))                                                         \
	S(login_store_begin(q, &attempt))                                                          \
	S(login_store_take(q, &attempt))                                                           \
	S(logout_store_end(q, &logout))                                                            \
	S(purge_store_sessions(q))                                                                 \
	S(job_store_lock(q, "x"))                                                                  \
	S(job_store_unlock(q, "x"))                                                                \
	S(job_store_last_ok(q, "x"))                                                               \
	S(job_store_begin(q, "x", 0))                                                              \
	S(job_store_end(q, 1, NULL))                                                               \
	S(job_store_failure(q, "x", 0, "x"))                                                       \
	S(job_store_purge(q, 1))

#define STATEMENTS_OF_TXT(S)                                                                       \
	S(paste_store_create(q, 1, &draft, 1))                                                     \
	S(paste_store_show(q, "x", 1))                                                             \
	S(paste_store_list(q, 1, &list))                                                           \
	S(paste_store_some(q, 1, "{}"))                                                            \
	S(paste_store_delete(q, 1, "{}"))                                                          \
	S(paste_store_expire(q, 1))                                                                \
	S(paste_store_keep_colours(q, 1, 1, "x", 1))

#define STATEMENTS_OF_PICS(S)                                                                      \
	S(pics_store_reserve(q, &picture, PICS_BY_FORM, 1))                                        \
	S(pics_store_publish(q, &picture, 1, 1))                                                   \
	S(pics_store_abandon(q, 1))                                                                \
	S(pics_store_find(q, "x", &picture.user_id))                                               \
	S(pics_store_list(q, &search))                                                             \
	S(pics_store_edit(q, 1, "x", "x", "x", VISIBILITY_PUBLIC))                                 \
	S(pics_store_remove(q, 1, "x"))                                                            \
	S(pics_store_give_up(q, 1))                                                                \
	S(pics_store_remains(q, 1))                                                                \
	S(pics_store_forget(q, 1))                                                                 \
	S(pics_store_postpone(q, 1, 1))

#define NAME(call) #call,
static const char *const calls[] = { STATEMENTS_OF_ALL(NAME) STATEMENTS_OF_PORTAL(NAME)
	    STATEMENTS_OF_SERVICES(NAME) STATEMENTS_OF_TXT(NAME) STATEMENTS_OF_PICS(NAME) };

/* Prepares the statement; the number of its parameters must be the number that was given. */
static void
prepare(const char *call, const struct db_query *q)
{
	PGresult *res = PQprepare(db_sync_conn(db), "", q->sql, 0, NULL);

	cr_expect_eq(
	    PQresultStatus(res), PGRES_COMMAND_OK, "%s: %s", call, PQresultErrorMessage(res));
	PQclear(res);
	res = PQdescribePrepared(db_sync_conn(db), "");
	cr_expect_eq(
	    PQnparams(res), q->n, "%s: %d parameters wanted, %d given", call, PQnparams(res), q->n);
	PQclear(res);
}

#define PREPARE(call)                                                                              \
	call;                                                                                      \
	prepare(#call, q);

Test(statements, all_fit_the_schema)
{
	struct db_query query = { .arena = &arena }, *q = &query;

	db = fixture_connect();
	backfill_store_make_intents(q); /* a table that only its connection has */
	cr_assert_eq(db_sync_run(db, q, NULL), ERR_OK);
	STATEMENTS_OF_ALL(PREPARE)
	STATEMENTS_OF_PORTAL(PREPARE)
	db_sync_close(db);
	arena_free(&arena);
}

Test(statements, those_of_txt_fit_its_schema)
{
	struct db_query query = { .arena = &arena }, *q = &query;

	db = fixture_connect_to("TXT_DATABASE_URL");
	STATEMENTS_OF_ALL(PREPARE)
	STATEMENTS_OF_SERVICES(PREPARE)
	STATEMENTS_OF_TXT(PREPARE)
	db_sync_close(db);
	arena_free(&arena);
}

Test(statements, those_of_pics_fit_its_schema)
{
	struct db_query query = { .arena = &arena }, *q = &query;

	db = fixture_connect_to("PICS_DATABASE_URL");
	STATEMENTS_OF_ALL(PREPARE)
	STATEMENTS_OF_SERVICES(PREPARE)
	STATEMENTS_OF_PICS(PREPARE)
	db_sync_close(db);
	arena_free(&arena);
}

/* How many statements a file fills; a choice between two counts as two. */
static int
count_in(const char *path)
{
	char line[1024];
	FILE *f = fopen(path, "r");
	int n = 0;

	cr_assert_not_null(f, "%s", path);
	while (fgets(line, sizeof(line), f) != NULL)
		if (strstr(line, "db_query_read(") != NULL ||
		    strstr(line, "db_query_history(") != NULL ||
		    strstr(line, "db_query_write(") != NULL)
			n += strstr(line, " ? ") != NULL ? 2 : 1;
	fclose(f);
	return n;
}

static bool
is_store(const char *name)
{
	const char *end = strstr(name, "_store.c");

	return (end != NULL && end[8] == '\0') || strcmp(name, "web_session.c") == 0;
}

static int
count_in_stores(void)
{
	DIR *src = opendir("src"), *slice;
	struct dirent *folder, *file;
	char path[1024];
	int n = 0;

	cr_assert_not_null(src, "run from the top of the checkout");
	while ((folder = readdir(src)) != NULL) {
		snprintf(path, sizeof(path), "src/%s", folder->d_name);
		slice = folder->d_name[0] != '.' ? opendir(path) : NULL;
		while (slice != NULL && (file = readdir(slice)) != NULL) {
			snprintf(path, sizeof(path), "src/%s/%s", folder->d_name, file->d_name);
			if (is_store(file->d_name))
				n += count_in(path);
		}
		if (slice != NULL)
			closedir(slice);
	}
	closedir(src);
	return n;
}

Test(statements, none_is_missing_here)
{
	int listed = (int)(sizeof(calls) / sizeof(calls[0])), written = count_in_stores();

	cr_assert_gt(written, 0);
	cr_expect_eq(
	    listed, written, "%d statements in the stores, %d in this table", written, listed);
}
