/* Bouncers as those who look after them see and change them, notices, and who is due a mail. */
#include "bouncer/bouncer_admin_store.h"

#include <string.h>

#include "db_fixture.h"
#include "mail/outage_mail_store.h"

/* One account with a bouncer of each kind, in a transaction that is never committed. */
static void
begin(void)
{
	fixture_begin();
	fixture_exec(
	    "DELETE FROM bouncers; DELETE FROM bouncer_notices;"
	    "UPDATE users SET wants_outage_mail = false;"
	    "INSERT INTO users (keycloak_sub, issuer, name, email, email_verified) VALUES"
	    " ('test-sam', 'i', 'Sam', 'sam@example.org', true);"
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, failed_in,"
	    " suspended_at, suspended_why, failure, attempts, next_try_at)"
	    " SELECT u.id, b.*, now() + interval '1 day' FROM users u, (VALUES"
	    " ('a-own', 'x', 'kubernetes', 'ready', NULL, NULL::timestamptz, NULL, NULL, 0),"
	    " ('b-own', 'x', 'kubernetes', 'ready', NULL, NULL, NULL, 'In vain.', 3),"
	    " ('c-shared', 'x', 'soju', 'ready', NULL, NULL, NULL, NULL, 0),"
	    " ('d-shared', 'x', 'soju', 'ready', NULL, NULL, NULL, NULL, 0),"
	    " ('e-hand', 'x', 'none', 'ready', NULL, NULL, NULL, NULL, 0),"
	    " ('f-failed', 'x', 'soju', 'failed', 'applied', NULL, NULL, 'Never.', 9),"
	    " ('g-off', 'x', 'kubernetes', 'ready', NULL, now(), 'spam', NULL, 0),"
	    " ('h-new', 'x', 'kubernetes', 'requested', NULL, NULL, NULL, NULL, 0)) b"
	    " WHERE keycloak_sub = 'test-sam';"
	    "INSERT INTO bouncers (name, soju_username, provisioner, state)"
	    " VALUES ('i-left', 'x', 'soju', 'removing')");
}

TestSuite(bouncer_admin_store, .init = begin, .fini = fixture_close);

static struct bouncer_admin_list
page(const struct bouncer_admin_filter *f, int64_t n)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_admin_list list;
	PGresult *res;

	bouncer_admin_store_page(&q, f, n);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_admin_store_rows(&list, &arena, res), ERR_OK);
	PQclear(res);
	return list;
}

static const char *
names(const struct bouncer_admin_filter *f)
{
	const struct bouncer_admin_list list = page(f, 100);
	const char *text = "";

	for (size_t i = 0; i < list.n; i++)
		text = arena_printf(&arena, "%s%.1s", text, list.v[i].bouncer.name);
	return text;
}

static const struct bouncer_admin_filter all = { .state = BOUNCER_STATE__MAX,
	.by = BOUNCER_BY__MAX };

Test(bouncer_admin_store, filters)
{
	struct bouncer_admin_filter f = all;

	cr_expect_str_eq(names(&f), "abcdefghi", "those whose account is gone as well");
	f.is_in_trouble = true;
	cr_expect_str_eq(names(&f), "bf");
	f = all;
	f.is_suspended = true;
	cr_expect_str_eq(names(&f), "g");
	f = all;
	f.state = BOUNCER_READY;
	f.by = BOUNCER_BY_KUBERNETES;
	cr_expect_str_eq(names(&f), "abg");
	f = all;
	f.text = "SAM@";
	cr_expect_str_eq(names(&f), "abcdefgh");
	f.text = "-own";
	cr_expect_str_eq(names(&f), "ab");
	f.text = "%";
	cr_expect_str_eq(names(&f), "");
	f = all;
	f.after = "g-off";
	cr_expect_str_eq(names(&f), "hi");
	cr_expect_eq(page(&all, 3).n, 3);
}

Test(bouncer_admin_store, what_is_down_and_should_not_be)
{
	const struct bouncer_admin_filter f = {
		.state = BOUNCER_STATE__MAX, .by = BOUNCER_BY__MAX, .is_in_trouble = true
	};

	fixture_exec("UPDATE bouncers SET is_up = false, sampled_at = now()");
	cr_expect_str_eq(names(&f), "abcdef", "neither suspended nor on its way");
	fixture_exec("UPDATE bouncers SET sampled_at = now() - interval '6 minutes'");
	cr_expect_str_eq(names(&f), "bf", "not known is not down");
}

Test(bouncer_admin_store, a_row)
{
	struct bouncer_admin_list list;

	fixture_exec(
	    "INSERT INTO bouncer_networks (bouncer_id, name, address, state, sampled_at)"
	    " SELECT b.id, w.name, 'x', w.state, now() FROM bouncers b, (VALUES"
	    " ('1', 'connected'), ('2', 'disconnected'), ('3', 'disabled')) w (name, state)"
	    " WHERE b.name = 'a-own'");
	list = page(&all, 100);
	cr_expect_eq(list.v[0].networks, 3);
	cr_expect_eq(list.v[0].networks_up, 1);
	cr_expect_eq(list.v[0].networks_off, 1);
	cr_expect_eq(list.v[0].bouncer.restarts, -1);
	cr_expect_str_eq(list.v[0].owner_email, "sam@example.org");
	cr_expect_eq(list.v[1].networks, 0);
	cr_expect_eq(list.v[1].bouncer.attempts, 3);
	cr_expect_eq(list.v[5].bouncer.failed_in, BOUNCER_APPLIED);
	cr_expect_null(list.v[8].owner_sub);
	cr_expect_eq(list.v[8].bouncer.user_id, 0);
}

/* The indexes carry the list: nothing is sorted, and a page ends with its last row. */
Test(bouncer_admin_store, walks_an_index)
{
	struct bouncer_admin_filter f = all;
	struct db_query q = { .arena = &arena };
	const char *plan;

	bouncer_admin_store_page(&q, &f, 50);
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "bouncers_name_key"), "%s", plan);
	f.is_in_trouble = true;
	q = (struct db_query){ .arena = &arena };
	bouncer_admin_store_page(&q, &f, 50);
	plan = fixture_plan(&q);
	cr_expect_not_null(strstr(plan, "bouncers_trouble_idx"), "%s", plan);
}

/* ---- Acts ---- */

static enum err
act(enum bouncer_admin_act a, const char *name, const char *why, bool *is_done)
{
	struct db_query q = { .arena = &arena };
	struct bouncer b;
	PGresult *res;
	enum err e;

	bouncer_admin_store_act(&q, a, name, why);
	res = fixture_run(&q);
	e = bouncer_admin_store_act_read(&b, is_done, &arena, res);
	PQclear(res);
	return e;
}

/* The statement and bouncer_admin_may() are one rule. */
Test(bouncer_admin_store, only_from_fitting_states)
{
	const struct bouncer_admin_list list = page(&all, 100);

	for (size_t i = 0; i < list.n; i++)
		for (int a = 0; a < BOUNCER_ACT__MAX; a++) {
			bool is_done;

			fixture_exec("SAVEPOINT s");
			cr_expect_eq(
			    act((enum bouncer_admin_act)a, list.v[i].bouncer.name, "x", &is_done),
			    ERR_OK);
			cr_expect_eq(is_done,
			    bouncer_admin_may(&list.v[i].bouncer, (enum bouncer_admin_act)a),
			    "%s %s", bouncer_admin_act_words[a], list.v[i].bouncer.name);
			fixture_exec("ROLLBACK TO s");
		}
}

static int64_t
is_true(const char *name, const char *what)
{
	return fixture_number(arena_printf(
	    &arena, "SELECT count(*) FROM bouncers WHERE name = '%s' AND %s", name, what));
}

Test(bouncer_admin_store, what_they_change)
{
	bool is_done;

	cr_expect_eq(act(BOUNCER_ACT_RESTART, "none-of-this-name", NULL, &is_done), ERR_NOT_FOUND);
	act(BOUNCER_ACT_RESTART, "a-own", NULL, &is_done);
	cr_expect(is_true("a-own",
	    "wanted = 2 AND applied = 1 AND restarted_at = now() AND restart_wanted = 2"
	    " AND next_try_at = now()"));
	act(BOUNCER_ACT_SUSPEND, "b-own", "spam", &is_done);
	cr_expect(is_true("b-own", "wanted = 2 AND suspended_at = now() AND suspended_why = 'spam'"
				   " AND attempts = 0 AND failure IS NULL"));
	act(BOUNCER_ACT_SUSPEND, "f-failed", "spam", &is_done);
	cr_expect(is_true("f-failed", "state = 'failed' AND failure = 'Never.'"),
	    "why it failed is still to be read");
	act(BOUNCER_ACT_RESUME, "g-off", NULL, &is_done);
	cr_expect(is_true("g-off", "wanted = 2 AND suspended_at IS NULL"));
	act(BOUNCER_ACT_RETRY, "f-failed", NULL, &is_done);
	cr_expect(is_true("f-failed", "state = 'applied' AND failed_in IS NULL AND attempts = 0"
				      " AND wanted = 3 AND applied = 1"
				      " AND failure IS NULL AND next_try_at = now()"));
}

/* ---- Notices ---- */

static struct bouncer_sojus
sojus(const char *name)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_sojus s;
	PGresult *res;

	bouncer_admin_store_sojus(&q, name);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_admin_store_sojus_read(&s, res), ERR_OK);
	PQclear(res);
	return s;
}

Test(bouncer_admin_store, whom_a_notice_reaches)
{
	struct bouncer_sojus s = sojus(NULL);

	cr_expect(s.own == 2 && s.shared == 1 && s.bouncers == 4 && s.is_there && !s.is_shared);
	s = sojus("a-own");
	cr_expect(s.own == 1 && s.shared == 0 && s.bouncers == 1 && s.is_there && !s.is_shared);
	s = sojus("c-shared");
	cr_expect(s.own == 0 && s.shared == 0 && s.is_there && s.is_shared);
	s = sojus("e-hand");
	cr_expect(s.own == 0 && s.shared == 0 && s.is_there && !s.is_shared);
	s = sojus("nobody");
	cr_expect(!s.is_there);
}

static enum bouncer_notice_sent
send(const char *text, const char *name, const char *once)
{
	const struct bouncer_notice_form form = {
		.text = text, .actor_sub = "test-sam", .bouncer = name, .once = once
	};
	struct db_query q = { .arena = &arena };
	enum bouncer_notice_sent sent;
	PGresult *res;

	bouncer_admin_store_notice(&q, &form);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_admin_store_notice_read(&sent, res), ERR_OK);
	PQclear(res);
	return sent;
}

static struct bouncer_notice_list
notices(int64_t before, int64_t n)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_notice_list list;
	PGresult *res;

	bouncer_admin_store_notices(&q, before, n);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_admin_store_notices_rows(&list, &arena, res), ERR_OK);
	PQclear(res);
	return list;
}

Test(bouncer_admin_store, notices_are_sent_once)
{
	struct bouncer_notice_list list;

	cr_expect_eq(send("To all", NULL, "1"), BOUNCER_NOTICE_SENT);
	cr_expect_eq(send("To all", NULL, "1"), BOUNCER_NOTICE_SENT_BEFORE);
	cr_expect_eq(send("To one", "a-own", "2"), BOUNCER_NOTICE_SENT);
	cr_expect_eq(send("x", "c-shared", "3"), BOUNCER_NOTICE_NOBODY);
	cr_expect_eq(send("x", "e-hand", "4"), BOUNCER_NOTICE_NOBODY);
	cr_expect_eq(send("x", "g-off", "5"), BOUNCER_NOTICE_NOBODY);
	list = notices(0, 10);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].text, "To one");
	cr_expect_str_eq(list.v[0].actor, "Sam");
	cr_expect_str_eq(list.v[0].bouncer, "a-own");
	cr_expect(list.v[0].sojus == 1 && list.v[0].waiting == 1);
	cr_expect_null(list.v[1].bouncer);
	cr_expect(list.v[1].sojus == 3 && list.v[1].waiting == 2, "the newer took one place");
	cr_expect(is_true("c-shared", "notice_id IS NOT NULL AND next_try_at = now()"));
	cr_expect(is_true("d-shared", "notice_id IS NULL"), "a shared soju tells it once");
	cr_expect_eq(notices(list.v[0].id, 10).n, 1);
}

/* ---- Mail ---- */

static struct outage_account_list
claim(void)
{
	struct db_query q = { .arena = &arena };
	struct outage_account_list list;
	PGresult *res;

	outage_mail_store_claim(&q, 6, 10, 1800);
	res = fixture_run(&q);
	cr_assert_eq(outage_mail_store_claim_rows(&list, &arena, res), ERR_OK);
	PQclear(res);
	return list;
}

static void
put_down(void)
{
	fixture_exec(
	    "INSERT INTO bouncer_networks"
	    " (bouncer_id, name, address, state, state_since, error, sampled_at)"
	    " SELECT b.id, w.name, 'ircs://x', w.state, now() - w.age, NULL, now()"
	    " FROM bouncers b, (VALUES ('up', 'connected', interval '9 hours'),"
	    " ('down', 'disconnected', '6 hours'), ('too-short', 'disconnected', '5 hours'),"
	    " ('off', 'disabled', '9 hours'), ('since-ever', 'disconnected', NULL)) w"
	    " (name, state, age) WHERE b.name IN ('a-own', 'c-shared', 'g-off', 'h-new')");
}

Test(bouncer_admin_store, a_mail_is_claimed_with_all_outages)
{
	struct outage_account_list list;

	put_down();
	list = claim();
	cr_assert_eq(list.n, 1);
	cr_expect_str_eq(list.v[0].email, "sam@example.org");
	cr_assert_eq(list.v[0].n, 2);
	cr_expect_str_eq(list.v[0].outages[0].bouncer, "a-own");
	cr_expect_str_eq(list.v[0].outages[0].network, "down");
	cr_expect_str_eq(list.v[0].outages[1].bouncer, "c-shared");
	cr_expect_eq(claim().n, 0, "once");
	fixture_exec("UPDATE users SET outage_mailed_at = now() - interval '1 day'");
	cr_expect_eq(claim().n, 1);
}

static const char *const nobody[] = {
	"UPDATE users SET is_banned = true",
	"UPDATE users SET is_test = true",
	"UPDATE users SET email_verified = false",
	"UPDATE users SET email = NULL",
	"UPDATE users SET email = ''",
	"UPDATE users SET wants_outage_mail = false",
	"UPDATE users SET outage_mailed_at = now() - interval '23 hours'",
	"UPDATE bouncer_networks SET sampled_at = now() - interval '16 minutes'",
	"UPDATE bouncer_networks SET state = 'disabled'",
	"UPDATE bouncers SET suspended_at = now(), suspended_why = 'x'",
	"UPDATE bouncers SET state = 'removing', failed_in = NULL",
};

Test(bouncer_admin_store, to_whom_no_mail_goes)
{
	put_down();
	for (size_t i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		fixture_exec("SAVEPOINT s");
		fixture_exec(nobody[i]);
		cr_expect_eq(claim().n, 0, "%s", nobody[i]);
		fixture_exec("ROLLBACK TO s");
	}
	fixture_exec("UPDATE bouncer_networks SET sampled_at = now() - interval '11 minutes'");
	cr_expect_eq(claim().n, 1, "those that still hold are told again every ten minutes");
}

/* Whoever claimed it is gone, before this one's turn or amid it. */
Test(bouncer_admin_store, a_claim_that_came_to_nothing)
{
	struct db_query q = { .arena = &arena };
	struct outage_account_list list;

	put_down();
	cr_expect_eq(claim().n, 1);
	fixture_exec(
	    "UPDATE users SET outage_mailed_at = outage_mailed_at - interval '30 minutes'");
	list = claim();
	cr_assert_eq(list.n, 1, "it was not come to");
	outage_mail_store_begin(&q, list.v[0].user_id);
	PQclear(fixture_run(&q));
	fixture_exec("UPDATE users SET outage_mailed_at = outage_mailed_at - interval '23 hours'");
	cr_expect_eq(claim().n, 0, "it may have been sent");
	fixture_exec("UPDATE users SET outage_mailed_at = outage_mailed_at - interval '1 hour'");
	cr_expect_eq(claim().n, 1);
}

Test(bouncer_admin_store, a_mail_that_was_not_sent_is_due_again)
{
	struct db_query q = { .arena = &arena };
	struct outage_account_list list;

	put_down();
	list = claim();
	outage_mail_store_release(&q, list.v[0].user_id, 1800);
	PQclear(fixture_run(&q));
	cr_expect_eq(claim().n, 0, "not at once");
	fixture_exec(
	    "UPDATE users SET outage_mailed_at = outage_mailed_at - interval '30 minutes'");
	cr_expect_eq(claim().n, 1);
	outage_mail_store_stop(&q, list.v[0].user_id);
	PQclear(fixture_run(&q));
	fixture_exec("UPDATE users SET outage_mailed_at = NULL");
	cr_expect_eq(claim().n, 0);
}
