/*
 * The figures of people. First thousands of random operations, after which every figure must be
 * what a plain query makes of the tables that say everything; then connections that get in each
 * other's way; then cases.
 */
#include <inttypes.h>
#include <pthread.h>

#include "account/login_store.h"
#include "activity/activity_store.h"
#include "base/settings.h"
#include "db_fixture.h"
#include "events/events_store.h"
#include "own_database.h"
#include "users/user_figures.h"
#include "figures/figure_store.h"
#include "users/user_figures_store.h"

#define COUNTED " NOT (u.is_staff OR u.is_test OR u.is_banned)"
#define DAY_OF(at) "(" at " AT TIME ZONE 'UTC')::date"
#define TODAY "(now() AT TIME ZONE 'UTC')::date"

/* ---- The same by plain queries ---- */

/* What the days of retention had when their events went. */
#define FROZEN                                                                                     \
	"CREATE TABLE frozen (event_type text, day date, events bigint, UNIQUE (event_type, day))"

#define RECOUNT                                                                                    \
	"(SELECT e.event_type, " DAY_OF(                                                           \
	    "e.created_at") " AS day, count(*) AS events FROM events e"                            \
			    " JOIN users u ON u.keycloak_sub = e.user_sub WHERE" COUNTED           \
			    " GROUP BY 1, 2"                                                       \
			    " UNION ALL SELECT event_type, day, events FROM frozen)"
#define DAYS_THAT_DIFFER                                                                           \
	"SELECT count(*) FROM ((TABLE event_days EXCEPT " RECOUNT ") UNION ALL (" RECOUNT          \
	" EXCEPT TABLE event_days)) d"
#define ACCOUNTS_THAT_DIFFER                                                                       \
	"SELECT count(*) FROM users u FULL JOIN account_seen s ON s.user_id = u.id,"               \
	" LATERAL (SELECT array_agg(day ORDER BY day DESC) AS d FROM activity_days"                \
	" WHERE user_id = u.id) a WHERE (s.signed_up, s.last_day, s.prev_day, s.is_counted)"       \
	" IS DISTINCT FROM (" DAY_OF("u.created_at") ", a.d[1], a.d[2]," COUNTED ")"
#define UPGRADES_THAT_DIFFER                                                                       \
	"SELECT count(*) FROM account_seen s JOIN users u ON u.id = s.user_id, LATERAL (SELECT"    \
	" array_agg(DISTINCT " DAY_OF("created_at") " ORDER BY " DAY_OF(                           \
	    "created_at") " DESC)"                                                                 \
			  " AS d FROM events WHERE user_sub = u.keycloak_sub AND event_type = "    \
			  "'plan_upgrade') e"                                                      \
			  " WHERE (s.upgraded_day, s.upgraded_prev) IS DISTINCT FROM (e.d[1], "    \
			  "e.d[2])"

#define SIGNUPS(from, to)                                                                          \
	"SELECT count(*) FROM users u WHERE" COUNTED                                               \
	" AND " DAY_OF("created_at") " >= " TODAY " - " from                                       \
				     " AND " DAY_OF("created_at") " < " TODAY " - " to
#define ACTIVE(days)                                                                               \
	"SELECT count(DISTINCT a.user_id) FROM activity_days a JOIN users u ON u.id = a.user_id"   \
	" WHERE" COUNTED " AND day >= " TODAY " - " days " AND day < " TODAY
#define SEEN(column)                                                                               \
	"SELECT count(*) FROM model_seen m JOIN users u ON u.id = m.user_id WHERE" COUNTED         \
	" AND " column " > now() - interval '1 day'"
#define COHORT(value)                                                                              \
	"SELECT " value ", to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM') FROM"                 \
	" (SELECT u.*, EXISTS (SELECT FROM activity_days a WHERE a.user_id = u.id"                 \
	" AND day >= " TODAY " - 30 AND day < " TODAY                                              \
	") AS is_active FROM users u) u WHERE" COUNTED                                             \
	" AND created_at < date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"         \
	" AND to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM') >= to_char(now() AT TIME ZONE"     \
	" 'UTC' - interval '23 months', 'YYYY-MM') GROUP BY 2"
#define UPGRADED                                                                                   \
	"SELECT count(DISTINCT u.id) FROM events e JOIN users u ON u.keycloak_sub = e.user_sub"    \
	" WHERE event_type = 'plan_upgrade' AND" COUNTED                                           \
	" AND " DAY_OF("e.created_at") " >= " TODAY                                                \
				       " - 30 AND " DAY_OF("e.created_at") " < " TODAY
#define PAID_EARLY                                                                                 \
	"SELECT count(DISTINCT u.id) FROM users u JOIN stripe_customers c ON c.user_id = u.id"     \
	" JOIN stripe_subscriptions s ON s.customer_id = c.id AND NOT s.is_live"                   \
	" JOIN stripe_subscription_changes x ON x.subscription_id = s.id WHERE" COUNTED            \
	" AND x.mrr > 0 AND x.at < u.created_at + interval '30 days'"                              \
	" AND " DAY_OF("u.created_at") " >= " TODAY                                                \
				       " - 60 AND " DAY_OF("u.created_at") " < " TODAY " - 30"
#define SHARE(part, whole) "SELECT (" part ")::numeric / nullif((" whole "), 0)"

static const struct {
	const char *name, *sql; /* value, and label if there is one */
} plain[] = {
	{ "accounts", "SELECT count(*) FROM users u WHERE" COUNTED },
	{ "signups_today", SIGNUPS("0", "-999999") },
	{ "signups_7d", SIGNUPS("7", "0") },
	{ "signups_30d", SIGNUPS("30", "0") },
	{ "logins_total",
	    "SELECT coalesce(sum(events), 0) FROM " RECOUNT " r WHERE event_type = 'login'" },
	{ "active_users_24h", SEEN("seen_at") },
	{ "bouncer_active_users", SEEN("client_at") },
	{ "active_users_1d", ACTIVE("1") },
	{ "active_users_7d", ACTIVE("7") },
	{ "active_users_30d", ACTIVE("30") },
	{ "retention_cohort_signups", COHORT("count(*)") },
	{ "retention_cohort_active", COHORT("count(*) FILTER (WHERE is_active)") },
	{ "retention_cohort", COHORT("avg(is_active::int)") },
	{ "conversion_upgraded_30d", UPGRADED },
	{ "conversion_rate_30d", SHARE(UPGRADED, SIGNUPS("30", "0")) },
	{ "cohort_conversion_signups", SIGNUPS("60", "30") },
	{ "cohort_conversion_converted", PAID_EARLY },
	{ "cohort_conversion_ratio", SHARE(PAID_EARLY, SIGNUPS("60", "30")) },
};
#define PLAIN (sizeof(plain) / sizeof(plain[0]))

/* ---- Both as text, figure by figure ---- */

static PGresult *
rows(const char *sql)
{
	struct db_query q = { .arena = &arena };

	db_query_read(&q, sql);
	return fixture_run(&q);
}

static void
add_plain(struct strbuf *out, const char *name, const char *sql)
{
	PGresult *res = rows(sql);

	for (int i = 0; i < PQntuples(res); i++)
		if (!PQgetisnull(res, i, 0))
			strbuf_printf(out, "%s{%s} %.9f\n", name,
			    PQnfields(res) > 1 ? PQgetvalue(res, i, 1) : "",
			    strtod(PQgetvalue(res, i, 0), NULL));
	PQclear(res);
}

static struct figure_list
figures(void)
{
	struct db_query q = { .arena = &arena };
	struct figure_list list = { 0 };
	PGresult *res;

	user_figures_store_ask(
	    &q, (struct user_figures_scope){ .has_billing = true, .has_bouncers = true });
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_assert_eq(figure_list_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	return list;
}

/* "unknown", or as a number that is easy to compare. */
static const char *
figure(const char *name, const char *label)
{
	struct figure_list list = figures();
	const char *value = figure_list_value(&list, name, label);

	return value != NULL ? value : "unknown";
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
sorted(char *text)
{
	const char *lines[2000];
	struct strbuf out = { 0 };
	size_t n = 0;
	char *place = NULL;

	for (char *line = strtok_r(text, "\n", &place); line != NULL && n < 2000;
	     line = strtok_r(NULL, "\n", &place))
		lines[n++] = line;
	qsort(lines, n, sizeof(lines[0]), by_text);
	for (size_t i = 0; i < n; i++)
		strbuf_printf(&out, "%s\n", lines[i]);
	text = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* Of one moment, so that midnight may come at any time. */
static void
check_figures(int operations)
{
	struct strbuf wanted = { 0 }, found = { 0 };
	struct figure_list list;
	const char *a, *b;

	fixture_exec("BEGIN");
	list = figures();
	for (size_t i = 0; i < PLAIN; i++)
		add_plain(&wanted, plain[i].name, plain[i].sql);
	fixture_exec("COMMIT");
	for (size_t i = 0; i < list.n; i++)
		strbuf_printf(&found, "%s{%s} %.9f\n", list.v[i].name, list.v[i].label,
		    strtod(list.v[i].value, NULL));
	a = sorted(arena_strdup(&arena, strbuf_text(&found)));
	b = sorted(arena_strdup(&arena, strbuf_text(&wanted)));
	cr_assert_str_eq(a, b, "after %d operations:\n%s\nshould be\n%s", operations, a, b);
	strbuf_free(&wanted);
	strbuf_free(&found);
}

static void
fold(void)
{
	struct db_query q = { .arena = &arena };

	events_store_fold(&q);
	PQclear(fixture_run(&q));
}

static void
check(int operations)
{
	fold();
	cr_assert_eq(fixture_number(DAYS_THAT_DIFFER), 0, "after %d operations", operations);
	cr_assert_eq(fixture_number(ACCOUNTS_THAT_DIFFER), 0, "after %d operations", operations);
	cr_assert_eq(fixture_number("SELECT count(*) FROM event_days WHERE events <= 0"), 0);
	check_figures(operations);
}

/* ---- Operations ---- */

#define ACCOUNTS_MAX 60

struct world {
	struct db_sync *db; /* NULL: the fixture's, and the model of moments is kept too */
	unsigned seed;
	int accounts; /* ids 1 to this */
	int reach;    /* so many days back there are partitions of events */
	int erased;
};

static int
draw(struct world *w, int below)
{
	return (int)((unsigned)rand_r(&w->seed) % (unsigned)below);
}

static int
account(struct world *w)
{
	return 1 + draw(w, w->accounts);
}

/* All must work, but for one thing: while an event is on its way its sub becomes another one. */
static void
expect_done(const struct world *w, enum err e, const char *sql)
{
	struct db_sync *c = w->db != NULL ? w->db : db;

	if (e == ERR_OK)
		return;
	if (w->db == NULL || strstr(db_sync_error(c), "events_user_sub_fkey") == NULL)
		cr_assert_fail("%s: %s", sql, db_sync_error(c));
	cr_assert_eq(db_sync_script(c, "ROLLBACK"), ERR_OK);
}

static void run(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void
run(struct world *w, const char *format, ...)
{
	struct db_sync *c = w->db != NULL ? w->db : db;
	char sql[4096];
	va_list args;

	va_start(args, format);
	vsnprintf(sql, sizeof(sql), format, args);
	va_end(args);
	expect_done(w, db_sync_script(c, sql), sql);
}

static const char *
type(struct world *w)
{
	return event_words[draw(w, EVENT__MAX)];
}

#define EVENTS "INSERT INTO events (user_sub, event_type, created_at) SELECT keycloak_sub, "

static void
event_now(struct world *w)
{
	run(w, EVENTS "'%s', now() FROM users WHERE id = %d", type(w), account(w));
}

static void
event_late(struct world *w)
{
	run(w, EVENTS "'%s', now() - interval '%d minutes' FROM users WHERE id = %d", type(w),
	    draw(w, w->reach * 1440), account(w));
}

static void
events_of_several(struct world *w)
{
	run(w,
	    EVENTS "t, now() - (id * n) %% %d * interval '1 day' FROM users,"
		   " generate_series(1, %d) n, unnest('{login,%s}'::text[]) t"
		   " WHERE id IN (%d, %d, %d)",
	    w->reach, 1 + draw(w, 5), type(w), account(w), account(w), account(w));
}

static const char *
flag(struct world *w)
{
	static const char *const flags[] = { "is_staff", "is_test", "is_banned", "is_banned" };

	return flags[draw(w, 4)];
}

static void
turn(struct world *w)
{
	run(w, "UPDATE users SET %s = %s WHERE id = %d", flag(w),
	    draw(w, 3) == 0 ? "true" : "false", account(w));
}

/* In one order, as two that lock accounts in two orders would wait for each other; by a statement
 * of its own, as the one that locks sees rows as they were before it waited, and so do two that
 * have waited for a third. */
static void
turn_several(struct world *w)
{
	const int rest = draw(w, 7);

	run(w,
	    "BEGIN; SELECT FROM users WHERE id %% 7 = %d ORDER BY id FOR NO KEY UPDATE;"
	    " UPDATE users SET %s = %s WHERE id %% 7 = %d; COMMIT",
	    rest, flag(w), draw(w, 4) == 0 ? "true" : "false", rest);
}

static void
erase(struct world *w)
{
	run(w, "UPDATE users SET keycloak_sub = 'erased-%d-%d', email = NULL%s WHERE id = %d",
	    w->db != NULL ? (int)w->seed : 0, w->erased,
	    draw(w, 3) == 0 ? ", is_banned = true" : "", account(w));
	w->erased++;
}

/* Of whatever age; a few were never meant to count, and some have a subscription. */
static void
add_account(struct world *w)
{
	if (w->accounts == ACCOUNTS_MAX)
		return;
	w->accounts++;
	run(w,
	    "INSERT INTO users (id, keycloak_sub, issuer, created_at, is_test) OVERRIDING SYSTEM"
	    " VALUE VALUES (%d, 'm%d', 'i', now() - interval '%d hours', %s)",
	    w->accounts, w->accounts, draw(w, 3) > 0 ? draw(w, 24 * 70) : draw(w, 24 * 1000),
	    draw(w, 10) == 0 ? "true" : "false");
	run(w,
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner)"
	    " VALUES (%d, 'm%d', 'm%d', 'soju'); INSERT INTO model_seen VALUES (%d)",
	    w->accounts, w->accounts, w->accounts, w->accounts);
}

/* It may have begun to pay before it signed up, in time, or too late; for nothing, or for real. */
static void
subscribe(struct world *w)
{
	const int id = account(w), n = w->erased++;

	run(w,
	    "INSERT INTO stripe_customers (id, is_live, user_id) VALUES ('c%d', false, %d);"
	    "INSERT INTO stripe_subscriptions (id, is_live, customer_id, status, currency,"
	    " created_at, terms, mrr, billed_mrr, committed_mrr, trial_mrr, mrr_at, read_at)"
	    " SELECT 's%d', %d = 0, 'c%d', 'active', 'eur', now(), '{}', 5, 5, 5, 0, now(), now();"
	    "INSERT INTO stripe_subscription_changes (subscription_id, at, status, is_paused,"
	    " cancel_at_period_end, currency, mrr, billed_mrr, prices) SELECT 's%d',"
	    " created_at + %d * interval '1 day', 'active', false, false, 'eur', %d, 0, '{}'"
	    " FROM users WHERE id = %d",
	    n, id, n, draw(w, 5), n, n, draw(w, 45) - 5, draw(w, 4) * 100, id);
}

/* As txt and pics tell them: of several, days ago or tomorrow, some of them known already. */
static void
activity(struct world *w)
{
	const int back = draw(w, 4) == 0 ? draw(w, 50) : draw(w, 5) - 1;
	const int a = account(w), b = account(w), c = account(w);

	run(w,
	    "INSERT INTO activity_days AS a (day, user_id, sources) SELECT DISTINCT " TODAY
	    " - %d + n, u.id, %d FROM users u, generate_series(0, %d) n WHERE u.id"
	    " IN (%d, %d, %d) ORDER BY 1, 2 ON CONFLICT (day, user_id) DO UPDATE SET"
	    " sources = a.sources | excluded.sources",
	    back, 1 << draw(w, 4), back > 3 ? draw(w, 3) : 0, a, b, c);
	if (w->db != NULL)
		return;
	run(w,
	    "UPDATE model_seen SET seen_at = greatest(seen_at, (SELECT max(least(day::timestamp"
	    " AT TIME ZONE 'UTC', now())) FROM activity_days d WHERE d.user_id = m.user_id))"
	    " FROM (SELECT user_id FROM model_seen) m WHERE m.user_id = model_seen.user_id"
	    " AND m.user_id IN (%d, %d, %d)",
	    a, b, c);
}

/* Half an hour from every whole one, so that no moment is just about a day ago. */
static void
connected(struct world *w)
{
	struct arena a = { 0 };
	struct db_query q = { .arena = &a };
	const char *names[4];
	int64_t at[4];
	int ids[4];

	for (int i = 0; i < 4; i++) {
		ids[i] = account(w);
		names[i] = arena_printf(&a, "m%d", ids[i]);
		at[i] = time(NULL) - 1800 - draw(w, 60) * 3600;
	}
	activity_store_soju(&q, names, at, 4);
	cr_assert_eq(db_sync_run(w->db != NULL ? w->db : db, &q, NULL), ERR_OK);
	arena_free(&a);
	for (int i = 0; i < 4 && w->db == NULL; i++)
		run(w,
		    "UPDATE model_seen SET seen_at = greatest(seen_at, to_timestamp(%" PRId64 ")),"
		    " client_at = greatest(client_at, to_timestamp(%" PRId64
		    ")) WHERE user_id = %d",
		    at[i], at[i], ids[i]);
}

/* Its sub may be erased: then this is a new account, as nobody else has. */
static void
sign_in(struct world *w)
{
	struct arena a = { 0 };
	struct db_query q = { .arena = &a };
	const int id = account(w);
	struct login l = { .sub = arena_printf(&a, "m%d", id),
		.issuer = "i",
		.name = "M",
		.email = "m@example.org",
		.roles = "",
		.idle_s = 60,
		.life_s = 60 };

	if (w->db == NULL &&
	    fixture_number(arena_printf(&a,
		"SELECT count(*) FROM users WHERE keycloak_sub = '%s' AND NOT is_banned", l.sub)) ==
		0)
		return;
	for (size_t i = 0; i < sizeof(l.token_hash); i++)
		l.token_hash[i] = (unsigned char)draw(w, 256);
	login_store_sign_in(&q, &l);
	expect_done(w, db_sync_run(w->db != NULL ? w->db : db, &q, NULL), q.sql);
	if (w->db == NULL)
		run(w, "UPDATE model_seen SET seen_at = now() WHERE user_id = %d", id);
	arena_free(&a);
}

static void
fold_now(struct world *w)
{
	run(w, "SELECT events_fold()");
}

/* Killed half-way; and what somebody else gives up before it is committed. */
static void
give_up(struct world *w)
{
	run(w,
	    "BEGIN; " EVENTS "'login', now() FROM users WHERE id = %d; UPDATE users SET is_banned"
	    " = NOT is_banned WHERE id = %d; SELECT events_fold(); ROLLBACK",
	    account(w), account(w));
}

/* The job: it folds first. What was in the months that go stays as it is then. */
static void
retention(struct world *w)
{
	if (draw(w, 15) > 0 || w->reach <= 40)
		return;
	w->reach -= 30;
	run(w,
	    "BEGIN; SELECT events_fold(); CREATE TEMP TABLE were ON COMMIT DROP AS TABLE "
	    "event_days;"
	    "SELECT events_drop_partitions(%d); INSERT INTO frozen SELECT * FROM were WHERE"
	    " to_regclass('events_' || to_char(day, 'YYYY_MM')) IS NULL ON CONFLICT DO NOTHING;"
	    "COMMIT",
	    w->reach);
}

static void (*const operations[])(struct world *) = { event_now, event_now, event_late, event_late,
	events_of_several, turn, turn, turn_several, erase, add_account, subscribe, activity,
	activity, activity, connected, connected, sign_in, sign_in, fold_now, give_up, retention };
#define OPERATIONS (sizeof(operations) / sizeof(operations[0]))

/* Room for the past, beyond what the jobs make. */
static const char past_sql[] =
    "DO $$ DECLARE m date; BEGIN FOR m IN SELECT generate_series(date_trunc('month', now() AT TIME"
    " ZONE 'UTC') - interval '7 months', date_trunc('month', now() AT TIME ZONE 'UTC') - interval"
    " '1 month', '1 month') LOOP EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF events"
    " FOR VALUES FROM (%L) TO (%L)', 'events_' || to_char(m, 'YYYY_MM'), m || ' 00:00:00+00',"
    " (m + interval '1 month')::date || ' 00:00:00+00'); EXECUTE format('CREATE TABLE IF NOT EXISTS"
    " %I PARTITION OF activity_days FOR VALUES FROM (%L) TO (%L)', 'activity_days_' || to_char(m,"
    " 'YYYY_MM'), m, (m + interval '1 month')::date); END LOOP; END $$;";

static struct world
begin_world(unsigned seed)
{
	struct world w = { .seed = seed, .reach = 180 };

	fixture_exec(past_sql);
	fixture_exec(FROZEN "; CREATE TABLE model_seen (user_id bigint PRIMARY KEY,"
			    " seen_at timestamptz, client_at timestamptz);"
			    "ALTER TABLE users ALTER COLUMN id RESTART WITH 1000");
	for (int i = 0; i < 20; i++)
		add_account(&w);
	return w;
}

TestSuite(user_figures_model, .init = own_begin, .fini = own_end, .timeout = 600);

static void
operate(unsigned seed)
{
	struct world w = begin_world(seed);

	for (int i = 1; i <= 2000; i++) {
		operations[draw(&w, OPERATIONS)](&w);
		if (i % 125 == 0)
			check(i);
	}
	cr_expect_gt(fixture_number("SELECT count(*) FROM event_days"), 100);
	cr_expect_gt(fixture_number("SELECT count(*) FROM frozen"), 10);
}

Test(user_figures_model, random_operations)
{
	operate(20260101);
}

Test(user_figures_model, other_random_operations)
{
	operate(7);
}

/* ---- Several connections ---- */

static void *
disturb(void *arg)
{
	static void (*const theirs[])(struct world *) = { event_now, event_late, events_of_several,
		turn, turn_several, erase, activity, connected, sign_in, fold_now, give_up };
	struct world *w = arg;

	for (int i = 0; i < 400; i++)
		theirs[draw(w, sizeof(theirs) / sizeof(theirs[0]))](w);
	return NULL;
}

/* None waits for another for ever, and in the end all is as if they had come one after the other.
 */
Test(user_figures_model, several_at_once)
{
	struct world w = begin_world(5), others[5];
	pthread_t threads[5];

	for (int i = 0; i < 5; i++) {
		others[i] = w;
		others[i].seed = 100U + (unsigned)i;
		others[i].erased = 1000 * (i + 1);
		others[i].db = own_connect();
		cr_assert_eq(pthread_create(&threads[i], NULL, disturb, &others[i]), 0);
	}
	for (int i = 0; i < 5; i++) {
		pthread_join(threads[i], NULL);
		db_sync_close(others[i].db);
	}
	fold();
	cr_expect_eq(fixture_number(DAYS_THAT_DIFFER), 0);
	cr_expect_eq(fixture_number(ACCOUNTS_THAT_DIFFER), 0);
	cr_expect_eq(fixture_number(UPGRADES_THAT_DIFFER), 0);
}

static void *
sign_in_there(void *w)
{
	sign_in(w);
	return NULL;
}

/* Who signs in locks days first and then when the account was seen, as those do who write down of
 * many at once that they are connected: else each would wait for the other. */
Test(user_figures_model, signing_in_while_days_are_written)
{
	struct world w = begin_world(3);
	pthread_t thread;
	const char *is_waiting;
	int looks = 0;

	w.accounts = 1;
	w.db = own_connect();
	is_waiting = arena_printf(
	    &arena, "SELECT cardinality(pg_blocking_pids(%d))", PQbackendPID(db_sync_conn(w.db)));
	fixture_exec("INSERT INTO activity_days SELECT " TODAY " + n, 1, 1 FROM"
		     " generate_series(0, 1) n");
	fixture_exec("BEGIN; SELECT FROM activity_days WHERE user_id = 1 FOR UPDATE");
	cr_assert_eq(pthread_create(&thread, NULL, sign_in_there, &w), 0);
	while (fixture_number(is_waiting) == 0 && fixture_wait(&looks))
		;
	cr_expect_eq(fixture_number(is_waiting), 1);
	fixture_exec("UPDATE account_seen SET client_at = now() WHERE user_id = 1; COMMIT");
	pthread_join(thread, NULL);
	db_sync_close(w.db);
}

/*
 * An account is banned while its event is not committed yet: neither waits for the other, and
 * whichever comes first, the event is not counted; nor is it when a fold comes in between.
 */
Test(user_figures_model, an_event_while_the_account_is_banned)
{
	for (int order = 0; order < 8; order++) {
		struct db_sync *one = own_connect(), *other = own_connect();
		struct db_sync *first = order & 1 ? one : other, *second = order & 1 ? other : one;

		fixture_exec("TRUNCATE event_changes, event_days, events, users CASCADE;"
			     "INSERT INTO users (keycloak_sub, issuer) VALUES ('b', 'i');"
			     "INSERT INTO events (user_sub, event_type) VALUES ('b', 'login')");
		fold();
		cr_assert_eq(fixture_number("SELECT sum(events)::bigint FROM event_days"), 1);
		cr_assert_eq(db_sync_script(one, "BEGIN; INSERT INTO events (user_sub, event_type)"
						 " VALUES ('b', 'login')"),
		    ERR_OK);
		cr_assert_eq(
		    db_sync_script(other, "BEGIN; UPDATE users SET is_banned = true"), ERR_OK);
		if (order & 2)
			fold();
		cr_assert_eq(db_sync_script(first, "COMMIT"), ERR_OK);
		if (order & 4)
			fold();
		cr_assert_eq(db_sync_script(second, "COMMIT"), ERR_OK);
		fold();
		cr_expect_eq(
		    fixture_number("SELECT count(*) FROM event_days"), 0, "order %d", order);
		fixture_exec("UPDATE users SET is_banned = false");
		fold();
		cr_expect_eq(fixture_number("SELECT sum(events)::bigint FROM event_days"), 2);
		db_sync_close(one);
		db_sync_close(other);
	}
}

/* Its process dies with the fold in hand: nothing is lost, and nothing is counted twice. */
Test(user_figures_model, a_fold_that_is_killed)
{
	struct db_sync *killed = own_connect();

	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('k', 'i');"
		     "INSERT INTO events (user_sub, event_type) VALUES ('k', 'login')");
	cr_assert_eq(db_sync_script(killed, "BEGIN; SELECT events_fold()"), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_days"), 0);
	cr_expect_eq(fixture_number(arena_printf(&arena, "SELECT pg_terminate_backend(%d)::int",
			 PQbackendPID(db_sync_conn(killed)))),
	    1);
	fold(); /* as soon as the lock is free */
	fold();
	cr_expect_eq(fixture_number("SELECT sum(events)::bigint FROM event_days"), 1);
	db_sync_close(killed);
}

/* ---- The migration over a database that has a history ---- */

TestSuite(user_figures_migration, .init = own_make, .fini = own_end, .timeout = 120);

static void
copy_migrations(const char *to, const char *below)
{
	const char *command = arena_printf(&arena,
	    "mkdir -p %s && for f in " MIGRATIONS "/*.sql; do case $(basename $f) in 00%s_*)"
	    " cp $f %s/;; esac; done",
	    to, below, to);

	cr_assert_eq(system(command), 0); /* NOLINT(cert-env33-c): our own folder */
}

/* What the daily job left out, or counted and should not have by now, is right afterwards. */
static const char history_sql[] =
    "INSERT INTO users (keycloak_sub, issuer, created_at, is_staff) VALUES"
    " ('h-one', 'i', '2001-02-03 12:00:00+00', false), ('h-two', 'i', now(), false),"
    " ('h-staff', 'i', now(), true), ('h-later', 'i', now(), false);"
    "INSERT INTO events (user_sub, event_type, created_at) SELECT s, 'login',"
    " now() - d * interval '1 day' FROM unnest('{h-one,h-two,h-staff,h-later}'::text[]) s,"
    " generate_series(0, 3) d;"
    "INSERT INTO events (user_sub, event_type, created_at) SELECT 'h-one', 'plan_upgrade',"
    " now() - d * interval '1 day' FROM unnest('{2,9,2,30}'::int[]) d;"
    "INSERT INTO event_days SELECT 'login', (now() AT TIME ZONE 'UTC')::date - d, 3"
    " FROM generate_series(1, 2) d;"
    "INSERT INTO event_days VALUES ('login', '2001-05-10', 9), ('signup', (now() AT TIME ZONE"
    " 'UTC')::date - 2, 4);"
    "UPDATE users SET is_banned = true WHERE keycloak_sub = 'h-later';"
    "INSERT INTO activity_days SELECT (now() AT TIME ZONE 'UTC')::date - d, id, 1 + d"
    " FROM users, unnest('{0,2,9}'::int[]) d WHERE keycloak_sub IN ('h-one', 'h-staff');"
    "INSERT INTO activity_days SELECT (now() AT TIME ZONE 'UTC')::date - 1, id, 8 FROM users"
    " WHERE keycloak_sub = 'h-two';";

Test(user_figures_migration, history)
{
	const char *dir = arena_printf(&arena, "/tmp/%s/accounts", own_name);

	copy_migrations(dir, "0[1-9]");
	cr_assert_eq(migrate_run(own_url, dir), ERR_OK);
	fixture_exec(past_sql);
	fixture_exec(history_sql);
	copy_migrations(dir, "10");
	cr_assert_eq(migrate_run(own_url, dir), ERR_OK);
	fixture_exec(FROZEN "; INSERT INTO frozen VALUES ('login', '2001-05-10', 9)");
	cr_expect_eq(fixture_number(DAYS_THAT_DIFFER), 0);
	cr_expect_eq(fixture_number(ACCOUNTS_THAT_DIFFER), 0);
	cr_expect_eq(fixture_number(UPGRADES_THAT_DIFFER), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM event_days"), 8);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM account_seen s JOIN users u ON u.id ="
			   " s.user_id WHERE keycloak_sub = 'h-one' AND client_at ="
			   " date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'"),
	    1);
	fold();
	cr_expect_eq(fixture_number(DAYS_THAT_DIFFER), 0);
	cr_assert_eq(system(arena_printf(&arena, "rm -r /tmp/%s", own_name)), 0); /* NOLINT */
}

/* ---- Cases ---- */

#define CLEAN                                                                                      \
	"DELETE FROM bouncers; DELETE FROM activity_days; DELETE FROM event_changes;"              \
	"DELETE FROM event_days; DELETE FROM events; DELETE FROM stripe_customers;"                \
	"DELETE FROM users; DELETE FROM figures;"

static void
begin_clean(void)
{
	fixture_begin();
	fixture_exec(CLEAN);
}

TestSuite(user_figures, .init = begin_clean, .fini = fixture_close);

#define EXPECT(name, label, value)                                                                 \
	cr_expect_str_eq(figure(name, label), value, "%s{%s}: %s", name, label, figure(name, label))

/* Counts of nobody are known to be 0; what would be divided by nobody is not known. */
Test(user_figures, nobody)
{
	EXPECT("accounts", "", "0");
	EXPECT("signups_7d", "", "0");
	EXPECT("logins_total", "", "0");
	EXPECT("active_users_24h", "", "0");
	EXPECT("active_users_30d", "", "0");
	EXPECT("conversion_upgraded_30d", "", "0");
	EXPECT("conversion_rate_30d", "", "unknown");
	EXPECT("cohort_conversion_signups", "", "0");
	EXPECT("cohort_conversion_ratio", "", "unknown");
	cr_expect_eq(figures().n, 13);
}

#define USER(sub, ago)                                                                             \
	"INSERT INTO users (keycloak_sub, issuer, created_at) VALUES ('" sub "', 'i',"             \
	" date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' - interval '" ago "');"
#define ACTIVE_ON(sub, days_ago)                                                                   \
	"INSERT INTO activity_days (day, user_id, sources) SELECT " TODAY " - " days_ago           \
	", id, 8 FROM users WHERE keycloak_sub = '" sub "';"

/* Days begin at midnight in UTC, wherever the database is. */
Test(user_figures, edges_of_days)
{
	fixture_exec("SET LOCAL TimeZone = 'Pacific/Kiritimati';" USER("a", "0 s") USER("b", "1 us")
		USER("c", "7 days") USER("d", "7 days 1 us") USER("e", "30 days")
		    USER("f", "30 days 1 us") USER("g", "60 days") USER("h", "60 days 1 us"));
	EXPECT("accounts", "", "8");
	EXPECT("signups_today", "", "1");
	EXPECT("signups_7d", "", "2");
	EXPECT("signups_30d", "", "4");
	EXPECT("cohort_conversion_signups", "", "2");
}

/* Who signed up today has no complete day yet and is in no cohort; who did 24 months ago neither.
 */
Test(user_figures, cohorts)
{
	const char *month;
	PGresult *res;

	fixture_exec(past_sql);
	res = rows("SELECT to_char(" TODAY " - interval '3 months', 'YYYY-MM')");
	month = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	fixture_exec(USER("a", "3 months") USER("b", "3 months") USER("c", "3 months")
		USER("old", "25 months") USER("new", "0 s"));
	EXPECT("retention_cohort", month, "0");
	fixture_exec(ACTIVE_ON("a", "31") ACTIVE_ON("b", "30"));
	EXPECT("retention_cohort_signups", month, "3");
	EXPECT("retention_cohort_active", month, "1");
	EXPECT("retention_cohort", month, "0.333333333333");
	cr_expect_eq(figures().n, 13 + 3, "one cohort");
	/* Signing in today changes no day that is past: last times of logins would. */
	fixture_exec(ACTIVE_ON("a", "0") ACTIVE_ON("b", "0") ACTIVE_ON("c", "0"));
	EXPECT("retention_cohort_active", month, "1");
	EXPECT("active_users_30d", "", "1");
	EXPECT("active_users_24h", "", "3");
	/* A late one does: that day was not known. */
	fixture_exec(ACTIVE_ON("c", "1"));
	EXPECT("retention_cohort_active", month, "2");
	EXPECT("active_users_1d", "", "1");
}

Test(user_figures, who_is_left_out)
{
	fixture_exec(USER("a", "3 days") USER("b", "3 days") USER("c", "3 days") USER(
	    "d", "3 days") "INSERT INTO events (user_sub, event_type) SELECT keycloak_sub, 'login' "
			   "FROM users;"
			   "INSERT INTO activity_days SELECT " TODAY " - n, id, 8 FROM users,"
			   " generate_series(0, 1) n;"
			   "UPDATE users SET is_staff = keycloak_sub = 'b', is_test = keycloak_sub "
			   "= 'c',"
			   " is_banned = keycloak_sub = 'd'");
	fold();
	EXPECT("accounts", "", "1");
	EXPECT("signups_7d", "", "1");
	EXPECT("logins_total", "", "1");
	EXPECT("active_users_24h", "", "1");
	EXPECT("active_users_1d", "", "1");
}

/* Two upgrades of one account are one; others signed up, so it may exceed 1. */
Test(user_figures, conversion)
{
	fixture_exec(past_sql);
	fixture_exec(USER("a", "3 days") USER("b", "90 days") USER("c",
	    "90 days") "INSERT INTO events (user_sub, event_type, created_at) SELECT keycloak_sub,"
		       " 'plan_upgrade', now() - n * interval '1 day' FROM users, "
		       "generate_series(1, 2) n"
		       " WHERE keycloak_sub <> 'a';"
		       "INSERT INTO events (user_sub, event_type) VALUES ('a', 'plan_upgrade');"
		       "INSERT INTO events (user_sub, event_type, created_at) VALUES ('a', "
		       "'plan_upgrade',"
		       " now() - interval '40 days'), ('a', 'plan_downgrade', now() - interval '1 "
		       "day')");
	EXPECT("conversion_upgraded_30d", "", "0");
	fold();
	EXPECT("conversion_upgraded_30d", "", "2");
	EXPECT("conversion_rate_30d", "", "2");
}

/* Then nobody knows who pays, and who is connected. */
Test(user_figures, without_billing_and_bouncers)
{
	struct db_query q = { .arena = &arena };
	struct figure_list list = { 0 };
	PGresult *res;

	fixture_exec(USER("a", "40 days"));
	EXPECT("cohort_conversion_ratio", "", "0");
	EXPECT("bouncer_active_users", "", "0");
	user_figures_store_ask(&q, (struct user_figures_scope){ 0 });
	res = fixture_run(&q);
	cr_assert_eq(figure_list_read(res, &arena, &list), ERR_OK);
	PQclear(res);
	cr_expect_null(figure_list_value(&list, "cohort_conversion_ratio", ""));
	cr_expect_null(figure_list_value(&list, "cohort_conversion_signups", ""));
	cr_expect_null(figure_list_value(&list, "bouncer_active_users", ""));
	cr_expect_str_eq(figure_list_value(&list, "accounts", ""), "1");
}

/*
 * A clock was ahead for a while: what was recorded then lies in days to come, takes no day away
 * that is past, and says nothing about who is here now.
 */
Test(user_figures, a_clock_that_jumped)
{
	fixture_exec(USER("a", "40 days") USER("b", "40 days") ACTIVE_ON("a", "2")
		ACTIVE_ON("b", "2") ACTIVE_ON("a", "-4") ACTIVE_ON(
		    "a", "-3") "UPDATE account_seen SET seen_at = now() + interval '4 days',"
			       " client_at = now() + interval '4 days';"
			       "INSERT INTO events (user_sub, event_type, created_at) VALUES"
			       " ('a', 'login', now() + interval '4 days')");
	fold();
	EXPECT("active_users_7d", "", "2");
	EXPECT("active_users_1d", "", "0");
	EXPECT("active_users_24h", "", "0");
	EXPECT("bouncer_active_users", "", "0");
	EXPECT("logins_total", "", "1");
	fixture_exec("UPDATE account_seen SET seen_at = now() + interval '2 seconds'");
	EXPECT("active_users_24h", "", "2");
}

/* The job's three statements, twice; a counter does not fall when somebody is banned. */
Test(user_figures, refresh)
{
#define STORED(name) "SELECT value::bigint FROM figures WHERE name = '" name "'"
	settings.stripe_secret_key = settings.soju_database_url = "";
	fixture_exec(
	    USER("a", "3 days") USER("b", "3 days") "INSERT INTO events (user_sub, event_type) "
						    "SELECT keycloak_sub, 'login' FROM users");
	cr_expect_eq(user_figures_refresh(db, &arena, 1000), ERR_OK);
	cr_expect_eq(fixture_number(STORED("accounts")), 2);
	cr_expect_eq(fixture_number(STORED("logins_total")), 2);
	fixture_exec("UPDATE users SET is_banned = true WHERE keycloak_sub = 'a'");
	cr_expect_eq(user_figures_refresh(db, &arena, 1060), ERR_OK);
	cr_expect_eq(fixture_number(STORED("accounts")), 1);
	cr_expect_eq(fixture_number(STORED("logins_total")), 2);
	cr_expect_eq(fixture_number("SELECT count(DISTINCT at) FROM figures"), 1);
	cr_expect_eq(
	    fixture_number("SELECT extract(epoch FROM max(at))::bigint FROM figures"), 1060);
}

/* Each name that the statement says is one of the words, which are what is forgotten. */
Test(user_figures, words)
{
	struct figure_list list;

	fixture_exec(USER("a", "3 days") USER("b", "40 days"));
	list = figures();
	for (size_t i = 0; i < list.n; i++) {
		int k = 0;

		while (k < USER_FIGURE__MAX && strcmp(user_figure_words[k], list.v[i].name) != 0)
			k++;
		cr_expect_lt(k, USER_FIGURE__MAX, "%s", list.v[i].name);
	}
	for (int k = 0; k < USER_FIGURE__MAX; k++) {
		size_t i = 0;

		while (i < list.n && strcmp(user_figure_words[k], list.v[i].name) != 0)
			i++;
		cr_expect_lt(i, list.n, "%s", user_figure_words[k]);
	}
}

/* Of events and days only what the windows hold is read, by an index. */
Test(user_figures, uses_indexes)
{
	struct db_query q = { .arena = &arena };
	const char *plan;

	/* So many that an index matters, whatever was last known of the table. */
	fixture_exec(
	    "INSERT INTO users (keycloak_sub, issuer, created_at) SELECT 'many-' || n, 'i',"
	    " now() - n * interval '1 day' FROM generate_series(1, 2000) n; ANALYZE users");
	user_figures_store_ask(
	    &q, (struct user_figures_scope){ .has_billing = true, .has_bouncers = true });
	q.sql = arena_strdup(&arena, q.sql);
	plan = fixture_plan(&q);
	cr_expect_null(strstr(plan, "Seq Scan on events"), "%s", plan);
	cr_expect_null(strstr(plan, "Seq Scan on activity"), "%s", plan);
	cr_expect_null(strstr(plan, "Seq Scan on users"), "%s", plan);
	cr_expect_not_null(strstr(plan, "users_created_at_idx"), "%s", plan);
}
