/*
 * The job that takes bouncers to where they are wanted, with a provisioner that does what a test
 * says: fails, waits, refuses, hangs, or is cut off amid a step as by the end of the process.
 */
#include "bouncer/bouncer_work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "billing/plan.h"
#include "bouncer/bouncer_admin_store.h"
#include "bouncer/bouncer_store.h"
#include "db_fixture.h"

#define SUB "'test-work'"
#define NAME "test-work"

static int64_t user_id;

static void
forget(void)
{
	fixture_exec("DELETE FROM bouncers WHERE name LIKE 'test-%';"
		     "DELETE FROM bouncer_notices;"
		     "DELETE FROM events WHERE user_sub = " SUB ";"
		     "DELETE FROM users WHERE keycloak_sub = " SUB);
}

/* ---- The provisioner of these tests ---- */

/* In which order the calls come when all goes well, the last one at the end of its life. */
enum call { MAKE_DATABASE, APPLY, CHECK, FULFIL, TELL, REMOVE, CALLS };

struct plan_of_calls {
	enum provision outcome[CALLS];
	const char *failure;
	int dies_before, dies_after; /* the number of the call, from 1; 0: never */
	int hangs_ms;
	atomic_int calls[CALLS], all;
	bool was_enabled, was_untouched, was_restart;
	int64_t retry_after_s;
	int64_t max_networks, restarted_at;
	char said[64], network[64];
};
static struct plan_of_calls will;

/* As the process would: nothing is written down any more. */
static void
die_if(int at)
{
	if (at != 0 && at == will.all)
		_exit(0);
}

static enum provision
do_call(struct provision_run *run, enum call call)
{
	will.all++;
	will.calls[call]++;
	die_if(will.dies_before);
	usleep((useconds_t)will.hangs_ms * 1000);
	run->failure = will.outcome[call] != PROVISION_DONE ? will.failure : NULL;
	run->cause = run->failure;
	run->retry_after_s = will.retry_after_s;
	will.was_untouched = run->is_untouched;
	die_if(will.dies_after);
	return will.outcome[call];
}

static enum provision
make_database(struct provision_run *run)
{
	return do_call(run, MAKE_DATABASE);
}

static enum provision
apply(struct provision_run *run)
{
	will.was_enabled = run->is_enabled;
	will.max_networks = run->bouncer->max_networks;
	will.restarted_at = run->restarted_at;
	will.was_restart = run->is_restart_due;
	return do_call(run, APPLY);
}

static enum provision
check(struct provision_run *run)
{
	return do_call(run, CHECK);
}

static enum provision
take_away(struct provision_run *run)
{
	return do_call(run, REMOVE);
}

static enum provision
fulfil(struct provision_run *run, const struct provisioner *p, const struct bouncer_wish *wish,
    struct soju_status_list *status)
{
	(void)status;
	(void)p;
	snprintf(will.network, sizeof(will.network), "%s %s %s %s", wish->network, wish->address,
	    wish->nick, wish->channels);
	return do_call(run, FULFIL);
}

static enum provision
tell(struct provision_run *run, const struct provisioner *p, const char *text)
{
	(void)p;
	snprintf(will.said, sizeof(will.said), "%s", text);
	return do_call(run, TELL);
}

static const struct provisioner shared = { .word = "soju",
	.make_database = make_database,
	.apply = apply,
	.check = check,
	.remove = take_away };
static const struct provisioner alone = { .word = "kubernetes",
	.make_database = make_database,
	.apply = apply,
	.check = check,
	.remove = take_away };

static const struct provisioner *
of(const char *word)
{
	if (strcmp(word, "soju") == 0)
		return &shared;
	return strcmp(word, "kubernetes") == 0 ? &alone : NULL;
}

static const struct bouncer_hands hands = { of, fulfil, tell };

/* ---- What a test begins with ---- */

/* Not in a transaction: other connections are to see the rows, and now() must move on. */
static void
begin_anew(void)
{
	will = (struct plan_of_calls){ .failure = "It is away." };
	forget();
	user_id = fixture_number("INSERT INTO users (keycloak_sub, issuer) VALUES (" SUB ", 'i')"
				 " RETURNING id");
}

static void
begin(void)
{
	fixture_open();
	begin_anew();
}

static void
end(void)
{
	forget();
	fixture_close();
}

TestSuite(bouncer_work, .init = begin, .fini = end);

static void
insert(const char *name, const char *provisioner)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, max_networks,"
	    " applied) VALUES (%lld, '%s', '%s', '%s', 'requested', 3, 0)",
	    (long long)user_id, name, name, provisioner));
}

static void
wish(void)
{
	fixture_exec(
	    "INSERT INTO bouncer_wishes SELECT id, 'libera', 'ircs://irc.libera.chat:6697',"
	    " 'sam', '{#a,#b}' FROM bouncers WHERE name = '" NAME "'");
}

#define READY                                                                                      \
	"state = 'ready', ready_at = now(), applied = wanted, failed_in = NULL, failure = NULL,"   \
	" delete_after = NULL, attempts = 0, next_try_at = now()"

static void
set(const char *what)
{
	fixture_exec(arena_printf(&arena, "UPDATE bouncers SET %s WHERE name = '" NAME "'", what));
}

/* What next_try_at is like after a step, while it was due for an hour before. */
#define PUT_OFF "next_try_at > now() - interval '10 minutes'"

/* As time passes: long due, so that whether it was put off does not hang on how fast we look. */
static void
now_due(void)
{
	fixture_exec(
	    "UPDATE bouncers SET next_try_at = now() - interval '1 hour', work_until = NULL"
	    " WHERE name LIKE 'test-%'");
}

static bool
step(void)
{
	bool did = false;

	cr_assert_eq(bouncer_work_one(db, &hands, NULL, 0, &did), ERR_OK);
	return did;
}

/* Whether there is exactly one of which this is true. */
static bool
is(const char *what)
{
	return fixture_number(arena_printf(&arena,
		   "SELECT count(*) FROM bouncers WHERE name = '" NAME "' AND (%s)", what)) == 1;
}

static int64_t
events(const char *type)
{
	return fixture_number(arena_printf(&arena,
	    "SELECT count(*) FROM events WHERE user_sub = " SUB " AND event_type = '%s'"
	    " AND metadata = '{\"bouncer\": \"" NAME "\"}'",
	    type));
}

static int64_t
retry(bool is_admin)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n;

	if (is_admin)
		bouncer_admin_store_act(&q, BOUNCER_ACT_RETRY, NAME, NULL);
	else
		bouncer_store_retry(&q, user_id, NAME);
	res = fixture_run(&q);
	n = strcmp(PQgetvalue(res, 0, 0), "0") != 0 && strcmp(PQgetvalue(res, 0, 0), "f") != 0;
	PQclear(res);
	return n;
}

static struct bouncer_task
claim(void)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task t;
	PGresult *res;

	bouncer_work_store_claim(&q, 60, NULL, 0);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_work_store_read(&t, &arena, res), ERR_OK);
	PQclear(res);
	return t;
}

static enum err
rows_of(const struct db_query *q, struct bouncer_task *t)
{
	PGresult *res = fixture_run(q);
	enum err e = bouncer_work_store_read(t, &arena, res);

	PQclear(res);
	return e;
}

/* ---- Making ---- */

Test(bouncer_work, nothing_to_do)
{
	cr_expect_not(step());
	insert(NAME, "kubernetes");
	set(READY);
	cr_expect_not(step());
	cr_expect_eq(will.all, 0);
}

Test(bouncer_work, is_made_ready_at_once)
{
	insert(NAME, "kubernetes");
	cr_expect(step());
	cr_expect(is("state = 'ready' AND ready_at IS NOT NULL AND applied = wanted"
		     " AND work_until IS NULL AND failure IS NULL AND attempts = 0"));
	cr_expect_eq(will.calls[MAKE_DATABASE], 1);
	cr_expect_eq(will.calls[APPLY], 1);
	cr_expect_eq(will.calls[CHECK], 1);
	cr_expect_eq(will.all, 3);
	cr_expect(will.was_enabled);
	cr_expect_eq(will.max_networks, 3);
	cr_expect_eq(events("bouncer_create"), 1);
	cr_expect_not(step());
}

Test(bouncer_work, wish_is_fulfilled_after_it_is_ready)
{
	insert(NAME, "soju");
	wish();
	cr_expect(step());
	cr_expect(is("state = 'ready' AND applied = wanted AND failure IS NULL"));
	cr_expect_eq(will.calls[FULFIL], 1);
	cr_expect_str_eq(will.network, "libera ircs://irc.libera.chat:6697 sam #a #b");
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes"), 0);
	cr_expect_eq(events("bouncer_create"), 1);
	cr_expect_not(step());
}

static int64_t
refused_wishes(void)
{
	return fixture_number("SELECT count(*) FROM bouncer_wishes"
			      " WHERE refusal = 'soju does not want it.'");
}

Test(bouncer_work, wish_that_soju_refuses_waits_until_somebody_says_again)
{
	for (int is_admin = 0; is_admin <= 1; is_admin++) {
		insert(NAME, "soju");
		wish();
		will.outcome[FULFIL] = PROVISION_REFUSED;
		will.failure = "soju does not want it.";
		cr_expect(step());
		cr_expect(is("state = 'ready' AND applied = wanted"
			     " AND failure = 'soju does not want it.'"));
		cr_expect_eq(refused_wishes(), 1);
		cr_expect_not(step());
		cr_expect_eq(retry(is_admin), 1);
		cr_expect(step());
		cr_expect_eq(will.calls[FULFIL], 2);
		cr_expect_eq(refused_wishes(), 1);
		will.outcome[FULFIL] = PROVISION_DONE;
		set("wanted = wanted + 1, next_try_at = now()");
		cr_expect(step());
		cr_expect_eq(will.calls[FULFIL], 2, "another change does not try it again");
		set("failure = 'soju does not want it.'");
		cr_expect_eq(retry(is_admin), 1);
		cr_expect(step());
		cr_expect_eq(will.calls[FULFIL], 3);
		cr_expect(is("state = 'ready' AND applied = wanted AND failure IS NULL"));
		cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes"), 0);
		begin_anew();
	}
}

/* Something else is wanted of it while its network is added. */
Test(bouncer_work, wish_is_fulfilled_once)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task ours, t;

	insert(NAME, "soju");
	set(READY ", wanted = wanted + 1");
	wish();
	ours = claim();
	cr_assert_not_null(ours.wish);
	set("wanted = wanted + 1");
	bouncer_work_store_changed(&q, &ours, "soju does not want it.", 60);
	cr_expect_eq(rows_of(&q, &t), ERR_OK);
	bouncer_work_store_release(&q, &t);
	PQclear(fixture_run(&q));
	cr_expect_null(claim().wish);
}

Test(bouncer_work, wish_waits_for_a_soju_that_is_away)
{
	insert(NAME, "soju");
	wish();
	will.outcome[FULFIL] = PROVISION_FAILED;
	cr_expect(step());
	cr_expect(is("state = 'ready' AND applied < wanted AND failure = 'It is away.'"));
	cr_expect_eq(events("bouncer_create"), 1);
	will.outcome[FULFIL] = PROVISION_DONE;
	now_due();
	cr_expect(step());
	cr_expect(is("state = 'ready' AND applied = wanted AND failure IS NULL"));
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes"), 0);
}

Test(bouncer_work, one_made_by_hand_is_left_alone)
{
	insert(NAME, "none");
	set("state = 'removing'");
	cr_expect_not(step());
	cr_expect(is("state = 'removing'"));
}

/* Each call fails in turn, and is tried again; then it goes on. */
Test(bouncer_work, failures_are_tried_again_later)
{
	static const struct {
		enum call call;
		const char *state;
	} cases[] = { { MAKE_DATABASE, "requested" }, { APPLY, "database" }, { CHECK, "applied" } };

	insert(NAME, "kubernetes");
	now_due();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		will.outcome[cases[i].call] = PROVISION_FAILED;
		for (int n = 1; n <= 3; n++) {
			cr_expect(step());
			cr_expect(is(arena_printf(&arena,
				      "state = '%s' AND attempts = %d AND work_until IS NULL"
				      " AND failure = 'It is away.' AND " PUT_OFF,
				      cases[i].state, n)),
			    "%s %d", cases[i].state, n);
			set("next_try_at = next_try_at + interval '1 hour'");
			cr_expect_not(step(), "not due yet");
			now_due();
		}
		will.outcome[cases[i].call] = PROVISION_DONE;
	}
	cr_expect(step());
	cr_expect(is("state = 'ready' AND failure IS NULL AND attempts = 0"));
	cr_expect_eq(will.calls[MAKE_DATABASE], 4);
	cr_expect_eq(will.calls[APPLY], 4);
	cr_expect_eq(will.calls[CHECK], 4);
	cr_expect_eq(events("bouncer_create"), 1);
}

Test(bouncer_work, waiting_is_no_failure)
{
	insert(NAME, "kubernetes");
	now_due();
	will.outcome[CHECK] = PROVISION_WAIT;
	will.failure = NULL;
	cr_expect(step());
	cr_expect(is("state = 'applied' AND failure IS NULL AND attempts = 0 AND waits = 1"
		     " AND " PUT_OFF " AND next_try_at <= now() + interval '2 s'"));
	set("next_try_at = next_try_at + interval '1 hour'");
	cr_expect_not(step());
	now_due();
	will.failure = "Its container does not start.";
	cr_expect(step());
	cr_expect(is("failure = 'Its container does not start.' AND attempts = 0 AND waits = 2"));
	will.outcome[CHECK] = PROVISION_FAILED;
	now_due();
	cr_expect(step());
	cr_expect(is("attempts = 1 AND waits = 2 AND next_try_at < now() + interval '4 s'"));
	will.outcome[CHECK] = PROVISION_DONE;
	now_due();
	cr_expect(step());
	cr_expect(is("attempts = 0 AND waits = 0"));
}

Test(bouncer_work, refused_is_failed_until_somebody_says_again)
{
	insert(NAME, "kubernetes");
	will.outcome[APPLY] = PROVISION_REFUSED;
	will.failure = "The cluster has no such image.";
	cr_expect(step());
	cr_expect(is("state = 'failed' AND failed_in = 'database'"
		     " AND failure = 'The cluster has no such image.' AND work_until IS NULL"));
	now_due();
	cr_expect_not(step());
	will.outcome[APPLY] = PROVISION_DONE;
	set("state = failed_in, failed_in = NULL, failure = NULL");
	cr_expect(step());
	cr_expect(is("state = 'ready'"));
	cr_expect_eq(will.calls[MAKE_DATABASE], 1, "it goes on where it stopped");
}

Test(bouncer_work, patience_ends)
{
	insert(NAME, "kubernetes");
	will.outcome[CHECK] = PROVISION_WAIT;
	will.failure = NULL;
	cr_expect(step());
	now_due();
	set("state_at = now() - interval '16 minutes'");
	cr_expect(step());
	cr_expect(is("state = 'failed' AND failed_in = 'applied' AND failure IS NOT NULL"));
	cr_expect_eq(events("bouncer_create"), 0);
}

/* Suspended while it is being started: what was applied for one that runs never stands still. */
Test(bouncer_work, what_is_wanted_of_one_that_is_being_started_is_applied)
{
	insert(NAME, "kubernetes");
	will.outcome[CHECK] = PROVISION_WAIT;
	cr_expect(step());
	cr_expect(is("state = 'applied' AND applied = wanted"));
	set("wanted = wanted + 1, next_try_at = now(), suspended_at = now(), suspended_why = 'x'");
	cr_expect(step());
	cr_expect_eq(will.calls[APPLY], 2);
	cr_expect_not(will.was_enabled);
	cr_expect(is("state = 'applied' AND applied = wanted"));
	will.outcome[CHECK] = PROVISION_DONE;
	now_due();
	cr_expect(step());
	cr_expect(is("state = 'ready'"));
	cr_expect_eq(will.calls[APPLY], 2);
}

Test(bouncer_work, one_that_does_not_answer_is_started_anew_when_it_is_tried_again)
{
	for (int is_admin = 0; is_admin <= 1; is_admin++) {
		insert(NAME, "kubernetes");
		will.outcome[CHECK] = PROVISION_REFUSED;
		cr_expect(step());
		cr_expect(is("state = 'failed' AND failed_in = 'applied'"));
		will.outcome[CHECK] = PROVISION_DONE;
		cr_expect_eq(retry(is_admin), 1);
		cr_expect(step());
		cr_expect_eq(will.calls[APPLY], 2, "admin %d", is_admin);
		cr_expect(is("state = 'ready' AND applied = wanted"));
		begin_anew();
	}
}

static const struct provisioner *
of_nothing(const char *word)
{
	(void)word;
	return NULL;
}

Test(bouncer_work, unknown_provisioner_is_left_for_another_release)
{
	static const struct bouncer_hands none = { of_nothing, fulfil, tell };
	bool did = false;

	insert(NAME, "kubernetes");
	now_due();
	cr_expect_eq(bouncer_work_one(db, &none, NULL, 0, &did), ERR_OK);
	cr_expect(did);
	cr_expect(is("state = 'requested' AND work_until IS NULL AND " PUT_OFF));
}

Test(bouncer_work, provisioners_that_have_enough_to_do_are_left_out)
{
	const char *busy[] = { "kubernetes" };
	bool did = true;

	insert(NAME, "kubernetes");
	cr_expect_eq(bouncer_work_one(db, &hands, busy, 1, &did), ERR_OK);
	cr_expect_not(did);
	busy[0] = "soju";
	cr_expect_eq(bouncer_work_one(db, &hands, busy, 1, &did), ERR_OK);
	cr_expect(did);
}

/* ---- Dying ---- */

/* A process of its own, that may end amid any call. */
static void
in_another_process(int dies_before, int dies_after)
{
	struct db_sync *own;
	int status;
	bool did = true;
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		will.dies_before = dies_before;
		will.dies_after = dies_after;
		own = db_sync_open(getenv(FIXTURE_URL), 60000, NULL);
		while (own != NULL && did && bouncer_work_one(own, &hands, NULL, 0, &did) == ERR_OK)
			;
		_exit(did ? 1 : 0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* From its first call to its last, whoever is at it dies before or after it. */
static void
live_and_die(int at, bool is_after)
{
	insert(NAME, "kubernetes");
	wish();
	in_another_process(is_after ? 0 : at, is_after ? at : 0);
	cr_expect_not(step(), "somebody may still be at it");
	now_due();
	while (step())
		;
	cr_expect(is("state = 'ready' AND applied = wanted AND failure IS NULL"), "died %s call %d",
	    is_after ? "after" : "before", at);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes"), 0);
	cr_expect_eq(
	    events("bouncer_create"), 1, "died %s call %d", is_after ? "after" : "before", at);
}

Test(bouncer_work, whoever_dies_at_any_point_of_its_making_leaves_it_to_others)
{
	for (int at = 1; at <= 6; at++)
		for (int after = 0; after <= 1; after++) {
			live_and_die(at, after == 1);
			begin_anew();
		}
}

Test(bouncer_work, whoever_dies_at_its_removal_leaves_it_to_others)
{
	for (int after = 0; after <= 1; after++) {
		insert(NAME, "kubernetes");
		set(READY);
		set("state = 'removing', wanted = wanted + 1");
		in_another_process(after == 1 ? 0 : 1, after == 1 ? 1 : 0);
		cr_expect(is("state = 'removing'"));
		cr_expect_eq(events("bouncer_delete"), 0);
		now_due();
		cr_expect(step());
		cr_expect_not(is("true"));
		cr_expect_eq(events("bouncer_delete"), 1);
		begin_anew();
	}
}

/* ---- Leases ---- */

Test(bouncer_work, somebody_elses_is_not_taken)
{
	insert(NAME, "kubernetes");
	set("work_until = now() + interval '1 minute'");
	cr_expect_not(step());
	set("work_until = now() - interval '1 second'");
	cr_expect(step());
}

/* Somebody who slept over the end of the lease comes back. */
Test(bouncer_work, an_old_lease_changes_nothing)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task old, t;
	PGresult *res;
	int64_t n = 1;

	insert(NAME, "kubernetes");
	old = claim();
	set("work_until = now() - interval '1 second'");
	claim();
	bouncer_work_store_move(&q, &old, BOUNCER_DATABASE, 0, 60);
	cr_expect_eq(rows_of(&q, &t), ERR_NOT_FOUND);
	bouncer_work_store_failed(&q, &old, "x");
	PQclear(fixture_run(&q));
	bouncer_work_store_put_off(&q, &old, 100, false, "x");
	PQclear(fixture_run(&q));
	bouncer_work_store_release(&q, &old);
	PQclear(fixture_run(&q));
	cr_expect(is("state = 'requested' AND attempts = 0 AND failure IS NULL"
		     " AND work_until > now()"));
	set("state = 'applied'");
	old.bouncer.state = BOUNCER_APPLIED;
	bouncer_work_store_ready(&q, &old, 60);
	cr_expect_eq(rows_of(&q, &t), ERR_NOT_FOUND);
	cr_expect_eq(events("bouncer_create"), 0);
	set("state = 'removing'");
	old.bouncer.state = BOUNCER_REMOVING;
	bouncer_work_store_gone(&q, &old);
	res = fixture_run(&q);
	cr_expect_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	cr_expect_eq(n, 0);
	cr_expect(is("true"));
}

/* The owner deletes it while it is being made. */
Test(bouncer_work, a_change_of_state_meanwhile_wins)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task ours, t;

	insert(NAME, "kubernetes");
	ours = claim();
	set("state = 'removing', wanted = wanted + 1, next_try_at = now()");
	bouncer_work_store_move(&q, &ours, BOUNCER_DATABASE, 0, 60);
	cr_expect_eq(rows_of(&q, &t), ERR_NOT_FOUND);
	bouncer_work_store_put_off(&q, &ours, 100, false, "x");
	PQclear(fixture_run(&q));
	cr_expect(is("state = 'removing' AND failure IS NULL AND attempts = 0"
		     " AND work_until IS NULL AND next_try_at <= now()"));
	cr_expect(step());
	cr_expect_not(is("true"));
	cr_expect_eq(events("bouncer_delete"), 0, "it had never been ready");
}

Test(bouncer_work, what_is_wanted_meanwhile_is_done_afterwards)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task ours, t;

	insert(NAME, "kubernetes");
	set(READY ", wanted = wanted + 1");
	ours = claim();
	set("wanted = wanted + 1, restarted_at = to_timestamp(5)");
	bouncer_work_store_changed(&q, &ours, NULL, 60);
	cr_expect_eq(rows_of(&q, &t), ERR_OK);
	cr_expect_eq(t.bouncer.applied, ours.bouncer.wanted);
	cr_expect_lt(t.bouncer.applied, t.bouncer.wanted);
	bouncer_work_store_release(&q, &t);
	PQclear(fixture_run(&q));
	cr_expect(step());
	cr_expect_eq(will.restarted_at, 5);
	cr_expect(is("applied = wanted"));
}

/* ---- Changing ---- */

Test(bouncer_work, what_is_wanted_is_applied)
{
	insert(NAME, "kubernetes");
	set(READY);
	set("max_networks = 20, wanted = wanted + 1, restarted_at = to_timestamp(7)");
	cr_expect(step());
	cr_expect_eq(will.max_networks, 20);
	cr_expect_eq(will.restarted_at, 7);
	cr_expect_eq(will.calls[APPLY], 1);
	cr_expect_eq(will.calls[CHECK], 1);
	cr_expect(is("state = 'ready' AND applied = wanted"));
	cr_expect_eq(events("bouncer_create"), 0);
}

static void
restart(void)
{
	struct db_query q = { .arena = &arena };

	bouncer_store_restart(&q, user_id, NAME);
	PQclear(fixture_run(&q));
}

/* Whoever is connected loses the connection: not for another change, not twice, however late. */
Test(bouncer_work, restart_is_part_of_one_change)
{
	insert(NAME, "soju");
	set(READY);
	restart();
	set("restarted_at = now() - interval '1 hour'");
	will.outcome[APPLY] = PROVISION_FAILED;
	cr_expect(step());
	cr_expect(will.was_restart);
	will.outcome[APPLY] = PROVISION_DONE;
	now_due();
	cr_expect(step());
	cr_expect(will.was_restart, "it was not done yet");
	set("wanted = wanted + 1, restarted_at = now()");
	cr_expect(step());
	cr_expect_not(will.was_restart);
	cr_expect_eq(will.calls[APPLY], 3);
}

Test(bouncer_work, a_ready_one_stays_ready_when_a_change_is_refused)
{
	insert(NAME, "kubernetes");
	set(READY);
	set("wanted = wanted + 1");
	will.outcome[APPLY] = PROVISION_REFUSED;
	cr_expect(step());
	cr_expect(is("state = 'ready' AND applied < wanted AND failure = 'It is away.'"
		     " AND next_try_at > now() + interval '3 minutes'"));
}

Test(bouncer_work, suspended_ones_and_those_of_banned_accounts_stand_still)
{
	insert(NAME, "kubernetes");
	set(READY ", wanted = wanted + 1, suspended_at = now(), suspended_why = 'Spam.'");
	cr_expect(step());
	cr_expect_not(will.was_enabled);
	set("wanted = wanted + 1, suspended_at = NULL, suspended_why = NULL");
	cr_expect(step());
	cr_expect(will.was_enabled);
	fixture_exec("UPDATE users SET is_banned = true WHERE keycloak_sub = " SUB);
	cr_expect(step());
	cr_expect_not(will.was_enabled);
	fixture_exec("UPDATE users SET is_banned = true WHERE keycloak_sub = " SUB);
	cr_expect_not(step());
	fixture_exec("UPDATE users SET is_banned = false WHERE keycloak_sub = " SUB);
	cr_expect(step());
	cr_expect(will.was_enabled);
	cr_expect(is("state = 'ready' AND applied = wanted"));
}

/* ---- Deleting ---- */

#define DELETE                                                                                     \
	"state = 'deleting', delete_after = now() + interval '7 days', wanted = wanted + 1,"       \
	" next_try_at = now()"

Test(bouncer_work, deletion_switches_off_then_removes)
{
	insert(NAME, "kubernetes");
	set(READY);
	set(DELETE);
	cr_expect(step());
	cr_expect_not(will.was_enabled);
	cr_expect(is("state = 'deleting' AND applied = wanted AND next_try_at = delete_after"));
	cr_expect_not(step(), "days pass");
	set("delete_after = now(), next_try_at = now()");
	cr_expect(step());
	cr_expect_eq(will.calls[REMOVE], 1);
	cr_expect_not(is("true"));
	cr_expect_eq(events("bouncer_delete"), 1);
	cr_expect_eq(events("bouncer_create"), 0);
}

Test(bouncer_work, deletion_that_is_undone_switches_on_again)
{
	insert(NAME, "kubernetes");
	set(READY);
	set(DELETE);
	cr_expect(step());
	set("state = 'ready', delete_after = NULL, wanted = wanted + 1, next_try_at = now()");
	cr_expect(step());
	cr_expect(will.was_enabled);
	cr_expect(is("state = 'ready' AND applied = wanted"));
	cr_expect_eq(will.calls[REMOVE], 0);
	cr_expect_eq(events("bouncer_create"), 0, "it was created once");
}

/* It was undone after it was claimed, in the last moment. */
Test(bouncer_work, removal_does_not_overtake_an_undo)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_task ours, t;

	insert(NAME, "kubernetes");
	set(READY);
	set(DELETE ", applied = wanted + 1");
	ours = claim();
	bouncer_work_store_move(&q, &ours, BOUNCER_REMOVING, 0, 60);
	cr_expect_eq(rows_of(&q, &t), ERR_NOT_FOUND, "its time is not over");
	cr_expect(is("state = 'deleting'"));
}

Test(bouncer_work, removal_is_tried_for_ever)
{
	insert(NAME, "kubernetes");
	set(READY);
	set("state = 'removing', state_at = now() - interval '30 days'");
	will.outcome[REMOVE] = PROVISION_REFUSED;
	cr_expect(step());
	cr_expect(is("state = 'removing' AND failure IS NOT NULL AND attempts = 1"));
	now_due();
	will.outcome[REMOVE] = PROVISION_DONE;
	cr_expect(step());
	cr_expect_not(is("true"));
}

/* A user of soju, or a database, of the same name that somebody else made stood in its way. */
Test(bouncer_work, what_was_never_begun_is_not_taken_from_others)
{
	insert(NAME, "soju");
	set("state = 'removing', is_untouched = true");
	will.outcome[REMOVE] = PROVISION_REFUSED;
	cr_expect(step());
	cr_expect(will.was_untouched);
	cr_expect_not(is("true"), "it is no work for ever");
	insert(NAME, "soju");
	set("state = 'removing'");
	cr_expect(step());
	cr_expect_not(will.was_untouched);
	cr_expect(is("state = 'removing'"));
}

Test(bouncer_work, waits_as_long_as_it_is_told)
{
	insert(NAME, "kubernetes");
	will.outcome[APPLY] = PROVISION_FAILED;
	will.retry_after_s = 120;
	cr_expect(step());
	cr_expect(is("next_try_at > now() + interval '110 s'"
		     " AND next_try_at < now() + interval '121 s'"));
	will.retry_after_s = 1000000;
	now_due();
	cr_expect(step());
	cr_expect(is("next_try_at < now() + interval '601 s'"));
}

Test(bouncer_work, what_an_account_leaves_is_removed)
{
	insert(NAME, "kubernetes");
	set(READY);
	fixture_exec("DELETE FROM users WHERE keycloak_sub = " SUB);
	cr_expect(is("state = 'removing' AND user_id IS NULL"));
	cr_expect(step());
	cr_expect_eq(will.calls[REMOVE], 1);
	cr_expect_not(is("true"));
}

/* ---- Notices ---- */

static void
notice(const char *age)
{
	fixture_exec(arena_printf(&arena,
	    "WITH n AS (INSERT INTO bouncer_notices (text, actor_sub, created_at, form_hash)"
	    " VALUES ('Back in five minutes.', 'x', now() - interval '%s', sha256('%s'))"
	    " RETURNING id) UPDATE bouncers SET notice_id = n.id FROM n WHERE name LIKE 'test-%%'",
	    age, age));
}

static void
three_ready(const char *provisioner)
{
	insert(NAME, provisioner);
	insert("test-two", provisioner);
	insert("test-three", provisioner);
	fixture_exec("UPDATE bouncers SET " READY " WHERE name LIKE 'test-%'");
}

static int64_t
untold(void)
{
	return fixture_number("SELECT count(*) FROM bouncers WHERE notice_id IS NOT NULL");
}

/* soju tells everybody who is connected to it, so one of those who share it carries the notice. */
Test(bouncer_work, notice_goes_once_through_a_soju_that_is_shared)
{
	const struct bouncer_notice_form form = {
		.text = "Back in five minutes.", .actor_sub = "x", .once = "f"
	};
	struct db_query q = { .arena = &arena };

	three_ready("soju");
	bouncer_admin_store_notice(&q, &form);
	PQclear(fixture_run(&q));
	cr_expect_eq(untold(), 1);
	while (step())
		;
	now_due();
	while (step())
		;
	cr_expect_eq(will.calls[TELL], 1);
	cr_expect_str_eq(will.said, "Back in five minutes.");
	cr_expect_eq(untold(), 0);
	cr_expect_eq(will.calls[APPLY], 0);
}

Test(bouncer_work, notice_goes_through_each_soju)
{
	three_ready("kubernetes");
	fixture_exec("UPDATE bouncers SET suspended_at = now(), suspended_why = 'x'"
		     " WHERE name = 'test-two'");
	notice("1 minute");
	while (step())
		;
	cr_expect_eq(will.calls[TELL], 2, "nobody is connected to the one that stands still");
	cr_expect_eq(untold(), 0);
}

Test(bouncer_work, notice_waits_for_a_soju_that_is_away_but_not_for_ever)
{
	insert(NAME, "kubernetes");
	set(READY);
	notice("1 minute");
	will.outcome[TELL] = PROVISION_FAILED;
	cr_expect(step());
	cr_expect_eq(untold(), 1);
	now_due();
	fixture_exec("UPDATE bouncer_notices SET created_at = now() - interval '2 hours'");
	cr_expect(step());
	cr_expect_eq(will.calls[TELL], 1);
	cr_expect_eq(untold(), 0);
}

Test(bouncer_work, notice_that_cannot_be_sent_does_not_hold_up_a_restart)
{
	insert(NAME, "kubernetes");
	set(READY);
	notice("1 minute");
	will.outcome[TELL] = PROVISION_FAILED;
	cr_expect(step());
	now_due();
	set("wanted = wanted + 1, attempts = 0");
	cr_expect(step());
	cr_expect_eq(will.calls[TELL], 2, "once more before the change");
	now_due();
	cr_expect(step());
	cr_expect_eq(will.calls[APPLY], 1);
	cr_expect(is("applied = wanted"));
	cr_expect_eq(untold(), 1, "it is still to be sent");
}

Test(bouncer_work, whether_a_notice_arrives_is_not_told_to_its_owner)
{
	insert(NAME, "kubernetes");
	set(READY);
	set("failure = 'soju refused the network.'");
	notice("1 minute");
	will.outcome[TELL] = PROVISION_FAILED;
	cr_expect(step());
	cr_expect(is("failure = 'soju refused the network.' AND attempts = 1"));
	set("failure = NULL");
	now_due();
	cr_expect(step());
	cr_expect(is("failure IS NULL AND attempts = 2"));
}

/* ---- Several at once ---- */

static void
many(int n, const char *provisioner)
{
	for (int i = 0; i < n; i++)
		insert(arena_printf(&arena, "test-%s-%d", provisioner, i), provisioner);
}

static int64_t
ready(void)
{
	return fixture_number("SELECT count(*) FROM bouncers WHERE name LIKE 'test-%'"
			      " AND state = 'ready' AND applied = wanted");
}

static void *
run_all(void *arg)
{
	struct db_sync *own = fixture_connect();

	(void)arg;
	cr_assert_eq(bouncer_work_run(own, &hands, getenv(FIXTURE_URL)), ERR_OK);
	db_sync_close(own);
	return NULL;
}

Test(bouncer_work, two_processes_at_once_make_each_once)
{
	pthread_t threads[2];

	many(40, "kubernetes");
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, run_all, NULL), 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	run_all(NULL);
	cr_expect_eq(ready(), 40);
	cr_expect_eq(will.calls[MAKE_DATABASE], 40);
	cr_expect_eq(will.calls[APPLY], 40);
	cr_expect_eq(fixture_number("SELECT count(*) FROM events WHERE user_sub = " SUB), 40);
	cr_expect_eq(fixture_number("SELECT count(DISTINCT metadata) FROM events"
				    " WHERE user_sub = " SUB),
	    40);
}

static atomic_bool may_end;
static atomic_int hanging;

static enum provision
hang(struct provision_run *run)
{
	(void)run;
	hanging++;
	while (!may_end)
		usleep(1000);
	hanging--;
	return PROVISION_FAILED;
}

static const struct provisioner hung = {
	.word = "kubernetes", .make_database = hang, .apply = hang, .check = hang, .remove = hang
};

static const struct provisioner *
of_hung(const char *word)
{
	return strcmp(word, "kubernetes") == 0 ? &hung : of(word);
}

static void *
run_hung(void *arg)
{
	static const struct bouncer_hands slow = { of_hung, fulfil, tell };
	struct db_sync *own = fixture_connect();

	(void)arg;
	cr_assert_eq(bouncer_work_run(own, &slow, getenv(FIXTURE_URL)), ERR_OK);
	db_sync_close(own);
	return NULL;
}

static bool
comes_true(const char *sql)
{
	for (int n = 0; fixture_number(sql) != 1;)
		if (!fixture_wait(&n))
			return false;
	return true;
}

Test(bouncer_work, a_cluster_that_hangs_does_not_stop_others)
{
	pthread_t thread;

	may_end = false;
	many(10, "kubernetes");
	cr_assert_eq(pthread_create(&thread, NULL, run_hung, NULL), 0);
	cr_expect(comes_true("SELECT count(*) / 4 FROM bouncers WHERE work_until > now()"));
	insert(NAME, "soju");
	cr_expect(comes_true(
	    "SELECT count(*) FROM bouncers WHERE name = '" NAME "' AND state = 'ready'"));
	for (int n = 0; hanging < 4 && fixture_wait(&n);)
		; /* its lease begins before its call */
	cr_expect_eq(hanging, 4, "as many as one provisioner gets");
	may_end = true;
	pthread_join(thread, NULL);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE state = 'requested'"
				    " AND attempts > 0 AND work_until IS NULL"),
	    10);
}

/* ---- Plans ---- */

static int64_t
follow_plans(void)
{
	const struct bouncer_limits limits[] = { { "free", 3, 90 }, { "pro", 20, 730 } };
	struct db_query q = { .arena = &arena };
	PGresult *res;
	int64_t n;

	bouncer_work_store_follow_plans(&q, limits, 2);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_int(res, &n), ERR_OK);
	PQclear(res);
	return n;
}

static void
plan(const char *word)
{
	fixture_exec(
	    arena_printf(&arena, "UPDATE users SET plan = '%s' WHERE keycloak_sub = " SUB, word));
}

Test(bouncer_work, limits_follow_the_plan_up_and_down)
{
	three_ready("kubernetes");
	fixture_exec("UPDATE bouncers SET history_days = 90 WHERE name LIKE 'test-%'");
	cr_expect_eq(follow_plans(), 0);
	plan("pro");
	cr_expect_eq(follow_plans(), 3);
	cr_expect_eq(follow_plans(), 0);
	cr_expect(is("max_networks = 20 AND history_days = 730 AND applied < wanted"));
	now_due();
	while (step())
		;
	cr_expect_eq(will.max_networks, 20);
	cr_expect(is("applied = wanted"));
	plan("free");
	cr_expect_eq(follow_plans(), 3, "also those that the plan has no place for: they stay");
	cr_expect(is("max_networks = 3 AND history_days = 90 AND state = 'ready'"));
	now_due();
	while (step())
		;
	cr_expect_eq(will.max_networks, 3);
	cr_expect_eq(ready(), 3);
}

Test(bouncer_work, limits_of_another_plan_are_applied_soon_and_not_all_at_once)
{
	many(30, "soju");
	fixture_exec("UPDATE bouncers SET " READY " WHERE name LIKE 'test-%'");
	fixture_exec("UPDATE bouncers SET next_try_at = now() + interval '1 day'"
		     " WHERE name LIKE 'test-%'");
	fixture_exec("UPDATE bouncers SET state = 'deleting',"
		     " delete_after = now() + interval '1 day' WHERE name = 'test-soju-7'");
	plan("pro");
	cr_expect_eq(follow_plans(), 30);
	cr_expect(step(), "the first begins at once");
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM bouncers WHERE name LIKE 'test-%'"
			   " AND next_try_at < now() + interval '4 s' AND max_networks = 20"),
	    30);
	cr_expect_eq(fixture_number("SELECT count(DISTINCT next_try_at) FROM bouncers"
				    " WHERE name LIKE 'test-%'"),
	    30);
}

Test(bouncer_work, limits_of_another_plan_put_nothing_off)
{
	many(30, "soju");
	fixture_exec("UPDATE bouncers SET next_try_at = now() - interval '1 s'"
		     " WHERE name LIKE 'test-%'");
	plan("pro");
	follow_plans();
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE name LIKE 'test-%'"
				    " AND next_try_at < now()"),
	    30);
}

Test(bouncer_work, a_shared_soju_keeps_history_as_it_has_it)
{
	insert(NAME, "soju");
	set(READY ", history_days = 90");
	cr_expect_eq(follow_plans(), 1);
	cr_expect(is("history_days IS NULL"));
	cr_expect_eq(follow_plans(), 0);
}

Test(bouncer_work, limits_of_one_made_by_hand_stay)
{
	insert(NAME, "none");
	set(READY ", max_networks = NULL");
	cr_expect_eq(follow_plans(), 0);
}

/* ---- Figures ---- */

static struct bouncer_figures
figures(void)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_figures f;
	PGresult *res;

	bouncer_work_store_figures(&q);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_work_store_figures_read(&f, res), ERR_OK);
	PQclear(res);
	return f;
}

Test(bouncer_work, figures)
{
	struct bouncer_figures f = figures();
	const int64_t before = f.states[BOUNCER_READY];

	cr_expect_eq(f.waiting_s, 0);
	three_ready("soju");
	insert("test-four", "kubernetes");
	insert("test-five", "none");
	fixture_exec("UPDATE bouncers SET next_try_at = now() - interval '90 s'"
		     " WHERE name = 'test-four'");
	f = figures();
	cr_expect_eq(f.states[BOUNCER_READY], before + 3);
	cr_expect_eq(f.states[BOUNCER_REQUESTED], 1);
	cr_expect_eq(f.states[BOUNCER_FAILED], 0);
	cr_expect(f.waiting_s >= 90 && f.waiting_s < 150, "%lld", (long long)f.waiting_s);
}
