/*
 * The minute in the database: what a statement makes of samples is what a plain model in C makes of
 * them, one after the other; and the cases that a model would not meet.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bouncer/health_store.h"
#include "db_fixture.h"

TestSuite(health_store, .init = fixture_begin, .fini = fixture_close);

#define DAY INT64_C(86400)

static int64_t today;
static struct health_bouncer b; /* the one that most tests are about */

static int64_t
make_bouncer(const char *name, const char *sub)
{
	return fixture_number(arena_printf(&arena,
	    "WITH u AS (INSERT INTO users (keycloak_sub, issuer) VALUES ('%s', 'i')"
	    " ON CONFLICT (keycloak_sub) DO UPDATE SET issuer = 'i' RETURNING id)"
	    " INSERT INTO bouncers (user_id, name, soju_username, provisioner, ready_at)"
	    " SELECT id, '%s', '%s', 'kubernetes', now() FROM u RETURNING id",
	    sub, name, name));
}

static void
prepare(void)
{
	fixture_exec("DELETE FROM bouncers; DELETE FROM soju_meters; DELETE FROM activity_days");
	today = clock_now() / DAY * DAY;
	b = (struct health_bouncer){ .id = make_bouncer("h-one", "h-sub"),
		.mark = MARK_UP,
		.clients = -1,
		.connected = -1,
		.started_at = -1,
		.counter = -1 };
}

static void
sample(int64_t now)
{
	struct db_query q = { .arena = &arena };

	health_store_samples(&q, &b, 1, now);
	PQclear(fixture_run(&q));
}

static const char *
text(const char *sql)
{
	struct db_query q = { .arena = &arena };
	const char *found;
	PGresult *res;

	db_query_read(&q, sql);
	res = fixture_run(&q);
	cr_assert_eq(PQntuples(res), 1, "%s: %d rows", sql, PQntuples(res));
	found = arena_strdup(&arena, PQgetvalue(res, 0, 0));
	PQclear(res);
	return found;
}

/* ---- Against a model ---- */

struct model_day {
	int64_t day;
	int marks[2880], nmarks, last_minute, samples, up, off;
	int64_t clients_max, relayed;
};

struct model {
	struct model_day days[8];
	int ndays;
	int64_t value, total, started; /* of the meter and of its process; -1: none yet */
};

static struct model_day *
find_day(struct model *m, int64_t day)
{
	for (int i = 0; i < m->ndays; i++)
		if (m->days[i].day == day)
			return &m->days[i];
	m->days[m->ndays] = (struct model_day){ .day = day, .last_minute = -1, .clients_max = -1 };
	return &m->days[m->ndays++];
}

static int64_t
count(struct model *m, const struct health_bouncer *s)
{
	int64_t delta = 0;
	const bool is_new = s->started_at >= 0 && m->started >= 0 && s->started_at > m->started + 5;

	if (s->counter >= 0) {
		if (m->value >= 0)
			delta =
			    is_new || s->counter < m->value ? s->counter : s->counter - m->value;
		m->value = s->counter;
		m->total += delta;
	}
	if (s->mark == MARK_OFF)
		m->started = -1;
	else if (s->started_at >= 0)
		m->started = s->started_at;
	return delta;
}

static void
add_mark(struct model_day *d, int minute, int mark)
{
	d->marks[d->nmarks++] = minute;
	d->marks[d->nmarks++] = mark;
}

static void
add_minute(struct model_day *d, int minute, int mark)
{
	if (d->nmarks > 0 && minute - d->last_minute > 2)
		add_mark(d, d->last_minute + 1, MARK_UNKNOWN);
	if (d->nmarks == 0 || d->marks[d->nmarks - 1] != mark)
		add_mark(d, minute, mark);
	d->last_minute = minute;
	d->samples++;
	d->up += mark == MARK_UP;
	d->off += mark == MARK_OFF;
}

static void
model_add(struct model *m, const struct health_bouncer *s, int64_t now)
{
	struct model_day *d = find_day(m, now / DAY * DAY);
	const int minute = (int)(now % DAY / 60);

	if (s->clients > d->clients_max)
		d->clients_max = s->clients;
	d->relayed += count(m, s);
	if (minute > d->last_minute)
		add_minute(d, minute, (int)s->mark);
}

static const char *
day_text(const struct model_day *d)
{
	struct strbuf out = { 0 };
	const char *found;

	strbuf_puts(&out, "{");
	for (int i = 0; i < d->nmarks; i++)
		strbuf_printf(&out, "%s%d", i > 0 ? "," : "", d->marks[i]);
	strbuf_printf(&out, "} %d %d %d %d %" PRId64 " %" PRId64, d->last_minute, d->samples, d->up,
	    d->off, d->clients_max, d->relayed);
	found = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return found;
}

static void
check_day(const struct model_day *d)
{
	const char *found = text(arena_printf(&arena,
	    "SELECT concat_ws(' ', marks, last_minute, samples, up, off, coalesce(clients_max, -1),"
	    " relayed) FROM bouncer_days WHERE network = '' AND bouncer_id = %" PRId64
	    " AND day = (to_timestamp(%" PRId64 ") AT TIME ZONE 'UTC')::date",
	    b.id, d->day));

	cr_assert_str_eq(found, day_text(d), "%s\n%s", found, day_text(d));
}

/* Mostly the next minute; now and then the same one, an earlier one, or much later. */
static int64_t
later(int64_t now)
{
	switch (rand() % 40) {
	case 0:
		return now + rand() % 30;
	case 1:
		return now - rand() % 300;
	case 2:
	case 3:
		return now + 60 * (1 + rand() % 6);
	case 4:
		return rand() % 4 == 0 ? now + rand() % 36000 : now + 60;
	default:
		return now + 55 + rand() % 11;
	}
}

static void
change(struct health_bouncer *s, int64_t now)
{
	if (rand() % 10 == 0)
		s->mark = (enum mark)(1 + rand() % 3);
	s->clients = s->mark == MARK_UP && rand() % 4 > 0 ? rand() % 4 : -1;
	if (s->mark == MARK_UP && rand() % 30 == 0) {
		s->counter = rand() % 20;
		s->started_at = now;
	} else if (s->counter >= 0) {
		s->counter += rand() % 50;
	} else if (s->mark == MARK_UP && rand() % 3 == 0) {
		s->counter = rand() % 1000;
	}
	if (rand() % 15 == 0 || s->mark != MARK_UP)
		s->counter = s->started_at = -1;
}

Test(health_store, samples_are_as_in_a_model)
{
	static struct model m;

	for (int turn = 0; turn < 6; turn++) {
		int64_t now;

		prepare();
		m = (struct model){ .value = -1, .started = -1 };
		srand(1000U + (unsigned)turn);
		now = today + rand() % DAY;
		for (int i = 0; i < 400 && now < today + 4 * DAY; i++) {
			change(&b, now);
			sample(now);
			model_add(&m, &b, now);
			now = later(now);
		}
		for (int i = 0; i < m.ndays; i++)
			check_day(&m.days[i]);
		cr_assert_eq(fixture_number("SELECT count(*) FROM bouncer_days"), m.ndays);
		cr_assert_eq(fixture_number("SELECT coalesce(sum(relayed), 0)::bigint"
					    " FROM soju_meters"),
		    m.total);
	}
}

/* ---- Cases ---- */

#define DAYS_TEXT                                                                                  \
	"SELECT coalesce(string_agg(network || marks::text || last_minute || '/' || samples,"      \
	" ' ' ORDER BY network, day), '') FROM bouncer_days"

Test(health_store, marks)
{
	static const struct {
		const char *what;
		struct {
			int second;
			enum mark mark;
		} samples[5];
		const char *days;
	} t[] = {
		{ "one", { { 61, MARK_UP } }, "{1,1}1/1" },
		{ "the same state", { { 0, MARK_UP }, { 60, MARK_UP }, { 179, MARK_UP } },
		    "{0,1}2/3" },
		{ "two minutes", { { 0, MARK_UP }, { 120, MARK_UP } }, "{0,1}2/2" },
		{ "three minutes", { { 0, MARK_UP }, { 180, MARK_UP } }, "{0,1,1,0,3,1}3/2" },
		{ "a change", { { 0, MARK_UP }, { 60, MARK_DOWN }, { 120, MARK_OFF } },
		    "{0,1,1,2,2,3}2/3" },
		{ "a change after a gap", { { 0, MARK_UP }, { 600, MARK_DOWN } },
		    "{0,1,1,0,10,2}10/2" },
		{ "twice in a minute", { { 0, MARK_UP }, { 30, MARK_DOWN }, { 60, MARK_UP } },
		    "{0,1}1/2" },
		{ "going back", { { 600, MARK_UP }, { 300, MARK_DOWN }, { 660, MARK_UP } },
		    "{10,1}11/2" },
		{ "none", { { 60, MARK_UNKNOWN } }, "" },
		{ "over midnight", { { 86399, MARK_UP }, { 86400, MARK_UP } },
		    "{1439,1}1439/1 {0,1}0/1" },
	};

	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		const char *found;

		prepare();
		for (int j = 0; j < 5 && (j == 0 || t[i].samples[j].second > 0); j++) {
			b.mark = t[i].samples[j].mark;
			sample(today + t[i].samples[j].second);
		}
		found = text(DAYS_TEXT);
		cr_expect_str_eq(found, t[i].days, "%s: %s", t[i].what, found);
	}
}

/* A bouncer that changes every minute of a day fills the row and stays within its bounds. */
Test(health_store, marks_are_bounded)
{
	prepare();
	fixture_exec(
	    "INSERT INTO bouncer_days (bouncer_id, day, marks, last_minute, samples, up, off)"
	    " SELECT b.id, (now() AT TIME ZONE 'UTC')::date, array_agg(x ORDER BY m, i),"
	    " 1438, 1439, 0, 0 FROM bouncers b, generate_series(0, 1438) m,"
	    " LATERAL (VALUES (1, m), (2, 1 + m % 2)) v (i, x) GROUP BY b.id");
	b.mark = MARK_OFF;
	sample(today + 1439 * 60);
	sample(today + 1439 * 60 + 30);
	cr_expect_eq(fixture_number("SELECT cardinality(marks) FROM bouncer_days"), 2880);
	cr_expect_eq(fixture_number("SELECT samples FROM bouncer_days"), 1440);
}

/* An unchanged minute touches no index: the row stays in its page. */
Test(health_store, an_unchanged_minute_is_a_hot_update)
{
	int64_t before;

	prepare();
	sample(today);
	before =
	    fixture_number("SELECT pg_stat_get_xact_tuples_hot_updated('bouncer_days'::regclass)");
	for (int i = 1; i <= 5; i++)
		sample(today + i * 60);
	cr_expect_eq(fixture_number("SELECT pg_stat_get_xact_tuples_hot_updated("
				    "'bouncer_days'::regclass)") -
			 before,
	    5);
}

Test(health_store, bouncers_have_the_last_sample)
{
#define LAST                                                                                       \
	"SELECT concat_ws(' ', is_up, coalesce(clients, -1), extract(epoch FROM running_since)"    \
	"::bigint, coalesce(restarts, -1), version) FROM bouncers WHERE name = 'h-one'"
	prepare();
	sample(today);
	cr_expect_str_eq(text(LAST), "t -1 -1", "%s", text(LAST));
	b.clients = 2;
	b.started_at = 1000;
	b.version = "0.9.0";
	sample(today + 60);
	cr_expect_str_eq(text(LAST), "t 2 1000 0 0.9.0", "%s", text(LAST));
	b.started_at = 1004; /* clocks */
	b.version = NULL;
	sample(today + 120);
	cr_expect_str_eq(text(LAST), "t 2 1004 0 0.9.0", "%s", text(LAST));
	b.mark = MARK_DOWN;
	b.started_at = -1;
	sample(today + 180);
	cr_expect_str_eq(text(LAST), "f -1 1004 0 0.9.0", "%s", text(LAST));
	b.mark = MARK_UP;
	b.started_at = 1100;
	sample(today + 240);
	cr_expect_str_eq(text(LAST), "t 2 1100 1 0.9.0", "%s", text(LAST));
	b.mark = MARK_OFF;
	b.started_at = -1;
	sample(today + 300);
	b.mark = MARK_UP;
	b.started_at = 2000; /* it was switched on again: no restart */
	sample(today + 360);
	cr_expect_str_eq(text(LAST), "t 2 2000 1 0.9.0", "%s", text(LAST));
}

/* One that is gone, or on its way, between the reading and the writing is passed over. */
Test(health_store, others_go_meanwhile)
{
	struct health_bouncer three[3];
	struct db_query q = { .arena = &arena };

	prepare();
	three[0] = three[1] = three[2] = b;
	three[1].id = make_bouncer("h-two", "h-sub");
	three[2].id = make_bouncer("h-three", "h-sub");
	fixture_exec("DELETE FROM bouncers WHERE name = 'h-two';"
		     "UPDATE bouncers SET state = 'removing' WHERE name = 'h-three'");
	health_store_samples(&q, three, 3, today);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_days"), 1);
}

Test(health_store, connected_clients_are_activity)
{
	struct health_bouncer two[2];
	struct db_query q = { .arena = &arena };

	prepare();
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('h-idle', 'i')");
	two[0] = two[1] = b;
	two[1].id = make_bouncer("h-two", "h-sub"); /* of the same account */
	two[0].clients = two[1].clients = 3;
	for (int i = 0; i < 2; i++) {
		health_store_samples(&q, two, 2, today + i * 60);
		PQclear(fixture_run(&q));
	}
	b.id = make_bouncer("h-idle", "h-idle");
	b.clients = 0;
	b.counter = 100; /* traffic alone is none */
	sample(today);
	cr_expect_str_eq(
	    text("SELECT string_agg(u.keycloak_sub || a.sources, ' ') FROM activity_days a"
		 " JOIN users u ON u.id = a.user_id"),
	    "h-sub1");
	fixture_exec("UPDATE activity_days SET sources = 8");
	two[0].clients = 0;
	health_store_samples(&q, two, 2, today + 120);
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT sources FROM activity_days"), 9);
}

/* Written four times an hour, and when a day begins; never what lies ahead of the database's clock.
 */
Test(health_store, connected_clients_are_seen)
{
#define SEEN_AGO                                                                                   \
	"SELECT coalesce(extract(epoch FROM now() - client_at)::bigint, -1) FROM account_seen s"   \
	" JOIN users u ON u.id = s.user_id WHERE keycloak_sub = 'h-sub'"
#define SET_SEEN(at) "UPDATE account_seen SET client_at = now() - interval '" at "'"
	const int64_t now = fixture_number("SELECT extract(epoch FROM now())::bigint");

	prepare();
	b.clients = 0;
	sample(now);
	cr_expect_eq(fixture_number(SEEN_AGO), -1);
	b.clients = 1;
	sample(now);
	cr_expect_leq(fixture_number(SEEN_AGO), 1);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM account_seen WHERE seen_at = client_at"), 1);
	fixture_exec(SET_SEEN("14 minutes"));
	sample(now);
	cr_expect_eq(fixture_number(SEEN_AGO), 14 * 60);
	fixture_exec(SET_SEEN("16 minutes"));
	sample(now);
	cr_expect_leq(fixture_number(SEEN_AGO), 1);
	fixture_exec(SET_SEEN("14 minutes") "; UPDATE account_seen SET prev_day = NULL,"
					    " last_day = last_day - 1");
	sample(now);
	cr_expect_leq(fixture_number(SEEN_AGO), 1, "a new day");
	fixture_exec(SET_SEEN("-5 hours") ", seen_at = now() + interval '5 hours', last_day ="
					  " (now() AT TIME ZONE 'UTC')::date");
	sample(now);
	cr_expect_leq(fixture_number(SEEN_AGO), 1, "a clock that was wrong is corrected");
	cr_expect_eq(fixture_number("SELECT count(*) FROM account_seen WHERE seen_at > now()"), 0);
	sample(now + 7200);
	cr_expect_geq(fixture_number(SEEN_AGO), 0, "the clock of this replica is ahead");
}

/* ---- Networks ---- */

static void
tell(struct soju_status *v, size_t n, int64_t asked_at)
{
	const struct soju_status_list list = { v, n, asked_at * 1000000 };
	struct db_query q = { .arena = &arena };

	b.networks = &list;
	b.are_networks_known = true;
	health_store_networks(&q, &b, 1);
	PQclear(fixture_run(&q));
	b.networks = NULL;
}

#define NETWORKS                                                                                   \
	"SELECT coalesce(string_agg(concat_ws(' ', name, address, state,"                          \
	" coalesce(extract(epoch FROM state_since)::bigint, 0), coalesce(nick, '-'),"              \
	" coalesce(channels, -1), coalesce(error, '-')), E'\\n' ORDER BY name), '')"               \
	" FROM bouncer_networks"

Test(health_store, networks_are_as_told)
{
	struct soju_status v[] = {
		{ "libera", "irc.libera.chat", SOJU_LINK_CONNECTED, "alice", 4, NULL },
		{ "oftc", "irc.oftc.net", SOJU_LINK_DISCONNECTED, NULL, -1, "no \"way\"" },
		{ "oftc", "irc.oftc.net", SOJU_LINK_DISABLED, NULL, -1, NULL },
	};

	prepare();
	tell(v, 3, 1000);
	cr_expect_str_eq(text(NETWORKS), "libera irc.libera.chat connected 0 alice 4 -\n"
					 "oftc irc.oftc.net disabled 0 - -1 -");
	v[0].link = SOJU_LINK_DISCONNECTED;
	v[0].nick = NULL;
	v[0].channels = -1;
	v[0].error = "\xff\xfe cut";
	tell(v, 1, 2000);
	cr_expect_str_eq(text(NETWORKS), "libera irc.libera.chat disconnected 2000 - -1 ?? cut");
	v[0].error = NULL;
	tell(v, 1, 3000);
	cr_expect_str_eq(text(NETWORKS), "libera irc.libera.chat disconnected 2000 - -1 -");
	tell(v, 0, 4000);
	cr_expect_str_eq(text(NETWORKS), "");
	cr_expect_eq(
	    fixture_number("SELECT extract(epoch FROM networks_at)::bigint FROM bouncers"), 4000);
}

/* Whoever asked first may come to write last. */
Test(health_store, an_older_list_does_not_replace_a_newer_one)
{
	struct soju_status v[] = {
		{ "a", "a", SOJU_LINK_CONNECTED, NULL, -1, NULL },
		{ "b", "b", SOJU_LINK_CONNECTED, NULL, -1, NULL },
	};

	prepare();
	tell(v, 1, 2000);
	tell(v, 2, 1999);
	cr_expect_str_eq(text(NETWORKS), "a a connected 0 - -1 -");
	v[0].link = SOJU_LINK_DISCONNECTED;
	tell(v, 0, 1000);
	tell(v, 1, 1000);
	cr_expect_str_eq(text(NETWORKS), "a a connected 0 - -1 -");
	cr_expect_eq(
	    fixture_number("SELECT extract(epoch FROM networks_at)::bigint FROM bouncers"), 2000);
	tell(v, 1, 2000);
	cr_expect_str_eq(text(NETWORKS), "a a disconnected 2000 - -1 -");
	fixture_exec("UPDATE bouncers SET networks_at = now() + interval '1 day'");
	tell(v, 2, 2500);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM bouncer_networks"), 2, "a clock was wrong");
}

/* What was told before goes on, minute by minute, as long as it is known to hold. */
Test(health_store, networks_have_days)
{
	struct soju_status v[] = {
		{ "a", "a", SOJU_LINK_CONNECTED, NULL, -1, NULL },
		{ "b", "b", SOJU_LINK_DISCONNECTED, NULL, -1, NULL },
		{ "c", "c", SOJU_LINK_DISABLED, NULL, -1, NULL },
	};

	prepare();
	tell(v, 3, today);
	sample(today);
	sample(today + 60);
	b.are_networks_known = false;
	sample(today + 120);
	cr_expect_str_eq(
	    text(DAYS_TEXT), "{0,1}2/3 a{0,1}1/2 b{0,2}1/2 c{0,3}1/2", "%s", text(DAYS_TEXT));
	tell(v, 1, today + 240);
	sample(today + 240);
	cr_expect_str_eq(text(DAYS_TEXT), "{0,1}4/4 a{0,1,2,0,4,1}4/3 b{0,2}1/2 c{0,3}1/2", "%s",
	    text(DAYS_TEXT));
}

Test(health_store, a_list_of_nobody_leaves_others_alone)
{
	struct soju_status v[] = { { "a", "a", SOJU_LINK_CONNECTED, NULL, -1, NULL } };
	struct db_query q = { .arena = &arena };

	prepare();
	tell(v, 1, today);
	health_store_networks(&q, &b, 1); /* not asked */
	PQclear(fixture_run(&q));
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_networks"), 1);
}

/* ---- Meters ---- */

Test(health_store, shared_meter)
{
	static const struct {
		int64_t counter, started_at, relayed;
	} t[] = { { 500, -1, 0 }, { 510, 1000, 10 }, { 510, 1005, 10 }, { 3, 1000, 13 },
		{ 4, -1, 14 }, { 9, 1006, 23 }, { 9, 1006, 23 }, { 11, 900, 25 } };
	struct db_query q = { .arena = &arena };

	prepare();
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		health_store_shared_meter(&q, t[i].counter, t[i].started_at, today);
		PQclear(fixture_run(&q));
		cr_expect_eq(fixture_number("SELECT relayed FROM soju_meters WHERE target = ''"),
		    t[i].relayed, "%zu", i);
	}
}

/* ---- Who is sampled, and what is thrown away ---- */

Test(health_store, who_is_sampled)
{
	struct db_query q = { .arena = &arena };
	struct health_list l;
	PGresult *res;

	prepare();
	fixture_exec(
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, failed_in,"
	    " ready_at, suspended_at, suspended_why, delete_after)"
	    " SELECT user_id, 'h-' || n, 'h-' || n, p, s, CASE WHEN s = 'failed' THEN 'ready' END,"
	    " r::timestamptz, x::timestamptz, CASE WHEN x IS NOT NULL THEN 'why' END,"
	    " CASE WHEN s = 'deleting' THEN now() END FROM bouncers, (VALUES"
	    " ('hand', 'none', 'ready', 'now', NULL), ('new', 'soju', 'applied', NULL, NULL),"
	    " ('off', 'soju', 'ready', 'now', 'now'), ('going', 'soju', 'deleting', 'now', NULL),"
	    " ('gone', 'soju', 'removing', 'now', NULL), ('bad', 'soju', 'failed', 'now', NULL))"
	    " v (n, p, s, r, x) WHERE name = 'h-one'");
	health_store_all(&q);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_assert_eq(health_store_all_read(&l, &arena, res), ERR_OK);
	PQclear(res);
	cr_assert_eq(l.n, 4);
	cr_expect_str_eq(l.v[0].name, "h-one");
	cr_expect(!l.v[0].is_off);
	cr_expect_str_eq(l.v[1].name, "h-off");
	cr_expect(l.v[1].is_off);
	cr_expect_str_eq(l.v[2].name, "h-going");
	cr_expect(l.v[2].is_off);
	cr_expect_str_eq(l.v[3].name, "h-bad");
	cr_expect(!l.v[3].is_off);
}

Test(health_store, purge)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n;

	prepare();
	fixture_exec(
	    "INSERT INTO bouncer_days (bouncer_id, day, marks, last_minute, samples, up, off)"
	    " SELECT id, (now() AT TIME ZONE 'UTC')::date - age, '{0,1}', 0, 1, 1, 0"
	    " FROM bouncers, generate_series(0, 95) age");
	for (int i = 0; i < 3; i++) {
		static const int64_t expected[] = { 3, 2, 0 };

		health_store_purge(&q, 90, 3);
		res = fixture_run(&q);
		cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
		cr_expect_eq(n, expected[i]);
		PQclear(res);
	}
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_days"), 91);
}
