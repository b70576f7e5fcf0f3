/* Snapshots: claimed once, kept whole, counted on; one refresh from claim to page. */
#include "base/settings.h"
#include "dashboard/dashboard_store.h"
#include "db_fixture.h"
#include "source/source_run.h"
#include "source/source_store.h"

#define SUB "'test-source'"
#define OURS " WHERE user_id = (SELECT id FROM users WHERE keycloak_sub = " SUB ")"

static int64_t user_id, bouncer_id;
static struct source_subject soju, txt;
static struct source_count counted;
static enum source_failure last_failure;

static void
make_account(void)
{
	fixture_exec("DELETE FROM users WHERE keycloak_sub = " SUB);
	user_id = fixture_number("INSERT INTO users (keycloak_sub, issuer, name)"
				 " VALUES (" SUB ", 'i', 'n') RETURNING id");
	bouncer_id = fixture_number(
	    "INSERT INTO bouncers (user_id, name, soju_username)"
	    " SELECT id, 'test-source', 'al' FROM users WHERE keycloak_sub = " SUB " RETURNING id");
	soju = (struct source_subject){ SOURCE_SOJU, user_id, bouncer_id, "test-source",
		"test-source", "al" };
	txt = (struct source_subject){ SOURCE_TXT, user_id, 0, "test-source", NULL, NULL };
}

static void
begin(void)
{
	settings.soju_database_url = settings.kubernetes_api_url = "x";
	settings.kubernetes_namespace = settings.txt_internal_url = "x";
	settings.pic_internal_url = "x";
	fixture_open();
	make_account();
}

static void
end(void)
{
	fixture_exec("DELETE FROM users WHERE keycloak_sub = " SUB);
	fixture_close();
}

/* Not in a transaction: now() must move on. */
TestSuite(source_store, .init = begin, .fini = end);

static bool
claim(const struct source_subject *s)
{
	struct db_query q = { .arena = &arena };
	bool is_ours = false;
	PGresult *res;

	source_store_claim(&q, s);
	res = fixture_run(&q);
	cr_assert_eq(source_store_read_claim(res, &is_ours, &counted, &last_failure), ERR_OK);
	PQclear(res);
	return is_ours;
}

static bool
is_refreshing(const struct source_subject *s)
{
	struct db_query q = { .arena = &arena };
	bool is = false;
	PGresult *res;

	source_store_ask_refreshing(&q, s);
	res = fixture_run(&q);
	cr_assert_eq(source_store_read_refreshing(res, &is), ERR_OK);
	PQclear(res);
	return is;
}

static void
save(const struct source_subject *s, const char *answer, bool goes_on,
    const struct source_count *count, bool had_recount)
{
	struct db_query q = { .arena = &arena };

	source_store_save(&q, s, answer, goes_on, count, had_recount);
	PQclear(fixture_run(&q));
}

static void
save_failure(const struct source_subject *s, enum source_failure f)
{
	struct db_query q = { .arena = &arena };

	source_store_save_failure(&q, s, f);
	PQclear(fixture_run(&q));
}

static void
pass_time(const char *interval)
{
	fixture_exec(arena_printf(&arena,
	    "UPDATE source_snapshots SET tried_at = tried_at - interval '%s',"
	    " answered_at = answered_at - interval '%s', seen_at = seen_at - interval '%s',"
	    " refreshing_until = refreshing_until - interval '%s'" OURS,
	    interval, interval, interval, interval));
}

static struct dashboard
read_dashboard(void)
{
	struct db_query q = { .arena = &arena };
	struct dashboard d = { 0 };
	PGresult *res;

	dashboard_store_ask(&q, user_id, false);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	cr_assert_eq(dashboard_store_read(res, &arena, &d), ERR_OK);
	PQclear(res);
	return d;
}

#define USAGE "{\"count\":3,\"storage_bytes\":4}"
#define SOJU "{\"messages\":7,\"counting\":false,\"networks\":[]}"

/* ---- claims ---- */

Test(source_store, nobody_s_account)
{
	struct source_subject s = txt;
	struct db_query q = { .arena = &arena };

	s.user_id = -1;
	source_store_claim(&q, &s);
	cr_expect_eq(db_sync_run(db, &q, NULL), ERR_CONFLICT);
	cr_expect_not(is_refreshing(&s));
}

/* Without a bouncer the key holds a NULL, and is a key all the same. */
Test(source_store, claimed_once)
{
	const struct source_subject *subjects[] = { &txt, &soju };
	size_t i;

	for (i = 0; i < 2; i++) {
		cr_expect(claim(subjects[i]));
		cr_expect(is_refreshing(subjects[i]));
		cr_expect_not(claim(subjects[i]));
		pass_time("6 s");
		cr_expect_not(is_refreshing(subjects[i]));
		cr_expect(claim(subjects[i]), "whoever had it is dead");
		save_failure(subjects[i], SOURCE_TIMEOUT);
		cr_expect_not(is_refreshing(subjects[i]));
		cr_expect_not(claim(subjects[i]), "it was tried a moment ago");
		pass_time("15 s");
		cr_expect(claim(subjects[i]));
		cr_expect_eq(last_failure, SOURCE_TIMEOUT);
	}
	cr_expect_eq(fixture_number("SELECT count(*) FROM source_snapshots s"
				    " JOIN users u ON u.id = s.user_id WHERE keycloak_sub = " SUB),
	    2);
}

/* A clock that was set back does not lock a source for hours. */
Test(source_store, tried_in_the_future)
{
	cr_expect(claim(&txt));
	save_failure(&txt, SOURCE_TIMEOUT);
	pass_time("-2 hours");
	cr_expect(claim(&txt));
}

/* Two processes at the same moment, forty times: one has it. */
Test(source_store, race)
{
	struct db_sync *other = fixture_connect();
	struct db_query q = { .arena = &arena };
	int i, mine;

	for (i = 0; i < 40; i++) {
		fixture_exec("DELETE FROM source_snapshots" OURS);
		source_store_claim(&q, &txt);
		cr_assert_eq(PQsendQueryParams(db_sync_conn(other), q.sql, q.n, NULL, q.values,
				 q.lengths, q.formats, 0),
		    1);
		mine = claim(&txt) ? 1 : 0;
		PGresult *res = PQgetResult(db_sync_conn(other));
		cr_expect_eq(mine + PQntuples(res), 1);
		PQclear(res);
		cr_assert_null(PQgetResult(db_sync_conn(other)));
	}
	db_sync_close(other);
}

/* ---- answers ---- */

Test(source_store, failure_keeps_the_last_answer)
{
	struct dashboard d;

	claim(&txt);
	save(&txt, USAGE, false, NULL, false);
	pass_time("20 s");
	claim(&txt);
	save_failure(&txt, SOURCE_REFUSED);
	d = read_dashboard();
	cr_expect_eq(d.txt_state.failure, SOURCE_REFUSED);
	cr_expect_leq(d.txt_state.answered_at, d.read_at - 20);
	cr_expect_geq(d.txt_state.tried_at, d.read_at - 1);
	cr_expect_not(d.txt_state.is_refreshing);
	cr_expect_eq(d.txt.count, 3);
	cr_expect_eq(d.txt.storage_bytes, 4);
}

Test(source_store, early_answer_keeps_the_claim)
{
	struct dashboard d;

	claim(&soju);
	save(&soju, SOJU, true, &counted, false);
	cr_expect(is_refreshing(&soju));
	cr_expect_not(claim(&soju));
	d = read_dashboard();
	cr_assert_eq(d.nbouncers, 1);
	cr_expect(d.bouncers[0].soju_state.is_refreshing);
	cr_expect_gt(d.bouncers[0].soju_state.answered_at, 0);
	save(&soju, SOJU, false, &counted, false);
	cr_expect_not(is_refreshing(&soju));
}

/* ---- counting ---- */

Test(source_store, counting_goes_on)
{
	struct source_count c = {
		.id = 50, .messages = 40, .seen_id = 90, .recount_id = -1, .recount_messages = -1
	};

	cr_expect(claim(&soju));
	cr_expect_eq(counted.id, 0);
	cr_expect_eq(counted.settled_id, 0);
	cr_expect_eq(counted.recount_id, -1);
	save(&soju, SOJU, false, &c, false);
	fixture_exec("UPDATE source_snapshots SET tried_at = NULL" OURS);
	cr_expect(claim(&soju));
	cr_expect_eq(counted.id, 50);
	cr_expect_eq(counted.messages, 40);
	cr_expect_eq(counted.settled_id, 50, "seen less than 10 s ago");
	save(&soju, SOJU, false, &c, false);
	pass_time("16 s");
	cr_expect(claim(&soju));
	cr_expect_eq(counted.settled_id, 90);
}

static void
start_recounts(void)
{
	struct db_query q = { .arena = &arena };

	source_store_start_recounts(&q);
	PQclear(fixture_run(&q));
}

Test(source_store, recount)
{
	struct source_count c = {
		.id = 50, .messages = 40, .seen_id = 90, .recount_id = -1, .recount_messages = -1
	};

	claim(&soju);
	save(&soju, SOJU, false, &c, false);
	pass_time("16 s");
	cr_expect(claim(&soju));
	start_recounts();
	save(&soju, SOJU, false, &c, false);
	pass_time("16 s");
	cr_expect(claim(&soju));
	cr_expect_eq(counted.recount_id, 0, "begun while a refresh ran, and not lost");
	cr_expect_eq(counted.recount_messages, 0);
	c.recount_id = 30;
	c.recount_messages = 20;
	save(&soju, SOJU, false, &c, true);
	start_recounts();
	pass_time("16 s");
	cr_expect(claim(&soju));
	cr_expect_eq(counted.recount_id, 30, "one that is under way goes on");
	c.recount_id = c.recount_messages = -1;
	save(&soju, SOJU, false, &c, true);
	pass_time("16 s");
	cr_expect(claim(&soju));
	cr_expect_eq(counted.recount_id, -1);
}

/* ---- what the page reads ---- */

Test(source_store, dashboard_of_nobody)
{
	struct dashboard d;

	fixture_exec("DELETE FROM users WHERE keycloak_sub = " SUB);
	d = read_dashboard();
	cr_expect_eq(d.nbouncers, 0);
	cr_expect_eq(d.txt_state.answered_at, 0);
	cr_expect_eq(d.txt_state.failure, SOURCE_FINE);
	cr_expect_gt(d.read_at, 1700000000);
}

Test(source_store, dashboard)
{
	struct dashboard d;

	fixture_exec(
	    "INSERT INTO bouncers (user_id, name, soju_username)"
	    " SELECT id, 'a-test-source', 'o''neill' FROM users WHERE keycloak_sub = " SUB);
	claim(&soju);
	save(&soju, SOJU, false, &counted, false);
	claim(&txt);
	d = read_dashboard();
	cr_assert_eq(d.nbouncers, 2);
	cr_expect_eq(d.bouncers[0].id, bouncer_id, "in the order in which they were made");
	cr_expect_str_eq(d.bouncers[0].name, "test-source");
	cr_expect_str_eq(d.bouncers[0].soju_username, "al");
	cr_expect_eq(d.bouncers[0].soju.messages, 7);
	cr_expect_eq(d.bouncers[0].kube_state.tried_at, 0);
	cr_expect_str_eq(d.bouncers[1].soju_username, "o'neill");
	cr_expect_eq(d.bouncers[1].soju_state.answered_at, 0);
	cr_expect(d.txt_state.is_refreshing);
	cr_expect_eq(d.txt_state.tried_at, 0);
	cr_expect_eq(d.pics_state.tried_at, 0);
}

static void
expect_use(const char *columns, enum dashboard_use use)
{
	fixture_exec(arena_printf(&arena,
	    "UPDATE bouncers SET state = 'ready', failed_in = NULL, delete_after = NULL,"
	    " suspended_at = NULL, suspended_why = NULL WHERE name = 'test-source';"
	    "UPDATE bouncers SET %s WHERE name = 'test-source'",
	    columns));
	cr_expect_eq(read_dashboard().bouncers[0].use, use, "%s", columns);
}

/* The same comes first as on the list of bouncers. */
Test(source_store, dashboard_says_what_can_be_used)
{
	static const char suspended[] = "suspended_at = now(), suspended_why = 'x'";

	expect_use("is_up = NULL", DASHBOARD_USABLE);
	expect_use("state = 'requested'", DASHBOARD_MAKING);
	expect_use("state = 'applied'", DASHBOARD_MAKING);
	expect_use("state = 'failed', failed_in = 'applied'", DASHBOARD_FAILED);
	expect_use(suspended, DASHBOARD_SUSPENDED);
	expect_use(arena_printf(&arena, "state = 'failed', failed_in = 'applied', %s", suspended),
	    DASHBOARD_SUSPENDED);
	expect_use(arena_printf(&arena, "state = 'deleting', delete_after = now(), %s", suspended),
	    DASHBOARD_DELETED);
	expect_use("state = 'removing'", DASHBOARD_REMOVING);
}

Test(source_store, dashboard_has_the_last_sample)
{
	struct dashboard_bouncer b = read_dashboard().bouncers[0];

	cr_expect_not(b.is_shared);
	cr_expect_eq(b.is_up, -1);
	cr_expect_eq(b.running_since, 0);
	cr_expect_eq(b.sampled_at, 0);
	fixture_exec("UPDATE bouncers SET provisioner = 'soju', is_up = true, running_since ="
		     " to_timestamp(5.7), sampled_at = to_timestamp(9) WHERE name = 'test-source'");
	b = read_dashboard().bouncers[0];
	cr_expect(b.is_shared);
	cr_expect_eq(b.is_up, 1);
	cr_expect_eq(b.running_since, 5);
	cr_expect_eq(b.sampled_at, 9);
	fixture_exec("UPDATE bouncers SET is_up = false WHERE name = 'test-source'");
	cr_expect_eq(read_dashboard().bouncers[0].is_up, 0);
	/* What something has made would outlive its account. */
	fixture_exec("UPDATE bouncers SET provisioner = 'none' WHERE name = 'test-source'");
}

Test(source_store, not_configured_is_not_last_known)
{
	struct dashboard d;

	claim(&txt);
	save(&txt, USAGE, false, NULL, false);
	settings.txt_internal_url = settings.kubernetes_api_url = "";
	d = read_dashboard();
	cr_expect_eq(d.txt_state.failure, SOURCE_NOT_CONFIGURED);
	cr_expect_eq(d.txt_state.answered_at, 0);
	cr_expect_eq(d.bouncers[0].kube_state.failure, SOURCE_NOT_CONFIGURED);
	cr_expect_eq(d.bouncers[0].soju_state.failure, SOURCE_FINE);
}

Test(source_store, snapshot_that_cannot_be_read)
{
	struct dashboard d;

	claim(&txt);
	save(&txt, "{\"count\":\"many\"}", false, NULL, false);
	d = read_dashboard();
	cr_expect_eq(d.txt_state.answered_at, 0);
	fixture_exec("UPDATE source_snapshots SET failure = 'no_such_word'" OURS);
	d = read_dashboard();
	cr_expect_eq(d.txt_state.failure, SOURCE_BROKEN, "a newer replica's word breaks the page");
}

Test(source_store, deleted_with_the_bouncer)
{
	claim(&soju);
	fixture_exec("DELETE FROM bouncers WHERE name = 'test-source'");
	save(&soju, SOJU, false, &counted, false);
	cr_expect_eq(fixture_number("SELECT count(*) FROM source_snapshots" OURS), 0);
}

/* ---- all of it ---- */

Test(source_store, run)
{
	struct dashboard d;

	settings.database_direct_url = getenv("DATABASE_URL");
	settings.txt_internal_url = "http://127.0.0.1:1";
	settings.internal_secret = "s";
	cr_expect_eq(source_run(&txt), SOURCE_NEWS);
	d = read_dashboard();
	cr_expect_eq(d.txt_state.failure, SOURCE_REFUSED);
	cr_expect_eq(source_run(&txt), SOURCE_NEWS, "another ended a moment ago");
	fixture_exec("UPDATE source_snapshots SET refreshing_until = now() + interval '4 s'" OURS);
	cr_expect_eq(source_run(&txt), SOURCE_TAKEN);
	fixture_exec("DELETE FROM users WHERE keycloak_sub = " SUB);
	cr_expect_eq(source_run(&txt), SOURCE_ERROR);
	db_sync_close(db_sync_thread(1000));
}

Test(source_store, run_without_a_database)
{
	settings.database_direct_url = "host=127.0.0.1 port=1";
	cr_expect_eq(source_run(&txt), SOURCE_ERROR);
}
