/* Bouncers as their owners make, see, change and delete them. */
#include "bouncer/bouncer_store.h"

#include <pthread.h>
#include <string.h>

#include "base/settings.h"
#include "db_fixture.h"

#define DAY_S 86400

static int64_t sam, tess;

static void
forget(void)
{
	fixture_exec("DELETE FROM bouncers b USING users u WHERE u.id = b.user_id"
		     " AND u.keycloak_sub IN ('test-sam', 'test-tess');"
		     "DELETE FROM bouncers WHERE user_id IS NULL;"
		     "DELETE FROM users WHERE keycloak_sub IN ('test-sam', 'test-tess')");
}

/* Not in a transaction: other connections are to see the rows, and now() must move on. */
static void
begin(void)
{
	settings.soju_database_url = settings.kubernetes_api_url = "x";
	settings.kubernetes_namespace = "x";
	fixture_open();
	forget();
	fixture_exec("INSERT INTO users (keycloak_sub, issuer) VALUES ('test-sam', 'i'),"
		     " ('test-tess', 'i')");
	sam = fixture_number("SELECT id FROM users WHERE keycloak_sub = 'test-sam'");
	tess = fixture_number("SELECT id FROM users WHERE keycloak_sub = 'test-tess'");
}

static void
end(void)
{
	forget();
	fixture_close();
}

TestSuite(bouncer_store, .init = begin, .fini = end);

static struct bouncer_request
request(const char *name, const char *once)
{
	return (struct bouncer_request){ .name = name,
		.provisioner = "soju",
		.once = once,
		.bouncers_max = 2,
		.max_networks = 3,
		.history_days = -1 };
}

static enum bouncer_made
make_by(struct db_sync *c, int64_t user_id, const struct bouncer_request *r)
{
	struct arena own = { 0 };
	struct db_query q = { .arena = &own };
	enum bouncer_made made = BOUNCER_MADE__MAX;
	PGresult *res = NULL;

	bouncer_store_make(&q, user_id, r);
	cr_assert_eq(db_sync_run(c, &q, &res), ERR_OK, "%s", db_sync_error(c));
	cr_assert_eq(bouncer_store_make_read(&made, res), ERR_OK);
	PQclear(res);
	arena_free(&own);
	return made;
}

static enum bouncer_made
make(int64_t user_id, const char *name)
{
	const struct bouncer_request r =
	    request(name, arena_printf(&arena, "form of %s for %d", name, (int)user_id));

	return make_by(db, user_id, &r);
}

static enum err
find_err(int64_t user_id, const char *name, struct bouncer *b)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	enum err e;

	bouncer_store_find(&q, user_id, name);
	res = fixture_run(&q);
	e = bouncer_store_find_read(b, &arena, res);
	PQclear(res);
	return e;
}

static struct bouncer
find(int64_t user_id, const char *name)
{
	struct bouncer b;

	cr_assert_eq(find_err(user_id, name, &b), ERR_OK, "%s", name);
	return b;
}

static bool
exists(const char *name)
{
	return fixture_number(arena_printf(
		   &arena, "SELECT count(*) FROM bouncers WHERE name = '%s'", name)) == 1;
}

static int64_t
number(const struct db_query *q)
{
	PGresult *res = fixture_run(q);
	int64_t n;

	cr_assert_eq(db_row_only_int(res, &n), ERR_OK, "%s", q->sql);
	PQclear(res);
	return n;
}

static int64_t delete (int64_t user_id, const char *name, int64_t grace_s)
{
	struct db_query q = { .arena = &arena };

	bouncer_store_delete(&q, user_id, name, grace_s);
	return number(&q);
}

static int64_t
with(void (*store)(struct db_query *, int64_t, const char *), int64_t user_id, const char *name)
{
	struct db_query q = { .arena = &arena };

	store(&q, user_id, name);
	return number(&q);
}

/* As the job leaves it. */
static void
set(const char *name, const char *what)
{
	fixture_exec(arena_printf(&arena, "UPDATE bouncers SET %s WHERE name = '%s'", what, name));
}

#define READY "state = 'ready', failed_in = NULL, ready_at = now(), applied = wanted"

/* ---- Making one ---- */

Test(bouncer_store, makes_one_with_its_wish)
{
	const struct network_form network = { .name = "libera",
		.address = "ircs://irc.libera.chat:6697",
		.nick = "sam",
		.channels = " #a, #b  ,#c " };
	struct bouncer_request r = request("test-one", "f");
	struct bouncer b;

	r.network = &network;
	r.history_days = 90;
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_MADE);
	b = find(sam, "test-one");
	cr_expect_eq(b.state, BOUNCER_REQUESTED);
	cr_expect_eq(b.user_id, sam);
	cr_expect_str_eq(b.soju_username, "test-one");
	cr_expect_str_eq(b.provisioner, "soju");
	cr_expect_eq(b.max_networks, 3);
	cr_expect_eq(b.history_days, 90);
	cr_expect_eq(b.ready_at, 0);
	cr_expect_eq(b.suspended_at, 0);
	cr_expect_lt(b.applied, b.wanted);
	cr_expect_eq(b.is_up, -1);
	cr_expect_eq(b.clients, -1);
	cr_expect_null(b.failure);
	cr_expect_null(b.version);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes w JOIN bouncers b"
				    " ON b.id = w.bouncer_id WHERE b.name = 'test-one'"
				    " AND w.network = 'libera' AND w.nick = 'sam'"
				    " AND w.channels = '{#a,#b,#c}'"),
	    1);
}

Test(bouncer_store, makes_one_without_a_wish)
{
	cr_expect_eq(make(sam, "test-one"), BOUNCER_MADE);
	cr_expect_eq(find(sam, "test-one").history_days, -1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncer_wishes"), 0);
}

Test(bouncer_store, wish_without_channels)
{
	const struct network_form network = {
		.name = "n", .address = "ircs://h:1", .nick = "s", .channels = ""
	};
	struct bouncer_request r = request("test-one", "f");

	r.network = &network;
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_MADE);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM bouncer_wishes WHERE channels = '{}'"), 1);
}

Test(bouncer_store, same_form_makes_one)
{
	const struct bouncer_request r = request("test-one", "f"), other = request("test-two", "f");

	cr_expect_eq(make_by(db, sam, &r), BOUNCER_MADE);
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_MADE_BEFORE);
	cr_expect_eq(make_by(db, sam, &other), BOUNCER_MADE_BEFORE);
	cr_expect_not(exists("test-two"));
	cr_expect_eq(make_by(db, tess, &other), BOUNCER_MADE, "what somebody else's form carried");
}

Test(bouncer_store, no_more_than_the_plan_has)
{
	cr_expect_eq(make(sam, "test-1"), BOUNCER_MADE);
	cr_expect_eq(make(sam, "test-2"), BOUNCER_MADE);
	cr_expect_eq(make(sam, "test-3"), BOUNCER_TOO_MANY);
	cr_expect_not(exists("test-3"));
	cr_expect_eq(make(tess, "test-3"), BOUNCER_MADE, "others have their own");
}

Test(bouncer_store, plan_of_none_makes_none)
{
	struct bouncer_request r = request("test-1", "f");

	r.bouncers_max = 0;
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_TOO_MANY);
}

Test(bouncer_store, one_made_by_hand_counts)
{
	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username) SELECT id, 'test-hand',"
		     " 'sam' FROM users WHERE keycloak_sub = 'test-sam'");
	cr_expect_eq(make(sam, "test-1"), BOUNCER_MADE);
	cr_expect_eq(make(sam, "test-2"), BOUNCER_TOO_MANY);
}

Test(bouncer_store, after_a_smaller_plan_there_is_no_room_beside_higher_places)
{
	struct bouncer_request r = request("test-4", "f4");

	cr_assert_eq(make(sam, "test-1"), BOUNCER_MADE);
	cr_assert_eq(make(sam, "test-2"), BOUNCER_MADE);
	fixture_exec("DELETE FROM bouncers WHERE name = 'test-1'");
	r.bouncers_max = 1;
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_TOO_MANY);
	r.bouncers_max = 2;
	cr_expect_eq(make_by(db, sam, &r), BOUNCER_MADE);
	cr_expect_eq(fixture_number("SELECT slot FROM bouncers WHERE name = 'test-4'"), 1);
}

Test(bouncer_store, names_are_taken_once)
{
	cr_expect_eq(make(sam, "test-one"), BOUNCER_MADE);
	cr_expect_eq(make(tess, "test-one"), BOUNCER_NAME_TAKEN);
	cr_expect_eq(find_err(tess, "test-one", &(struct bouncer){ 0 }), ERR_NOT_FOUND);
	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username) SELECT id, 'test-hand',"
		     " 'test-bob' FROM users WHERE keycloak_sub = 'test-sam'");
	cr_expect_eq(make(tess, "test-bob"), BOUNCER_NAME_TAKEN, "a user of a shared soju");
}

static bool
is_free(const char *name)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	bool is = false;

	bouncer_store_is_free(&q, name);
	res = fixture_run(&q);
	cr_assert_eq(db_row_only_bool(res, &is), ERR_OK);
	PQclear(res);
	return is;
}

Test(bouncer_store, tells_whether_a_name_is_free)
{
	cr_expect(is_free("test-one"));
	make(sam, "test-one");
	cr_expect_not(is_free("test-one"));
}

/* One of several who press the button at once. */
struct rival {
	int64_t user_id;
	struct bouncer_request request;
	enum bouncer_made made;
};

static void *
compete(void *arg)
{
	struct rival *r = arg;
	struct db_sync *c = fixture_connect();

	r->made = make_by(c, r->user_id, &r->request);
	db_sync_close(c);
	return NULL;
}

#define RIVALS 6

/* All of them at once, and again for those whose place another one took. */
static void
race(struct rival *rivals)
{
	pthread_t threads[RIVALS];

	for (int i = 0; i < RIVALS; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, compete, &rivals[i]), 0);
	for (int i = 0; i < RIVALS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < RIVALS; i++)
		while (rivals[i].made == BOUNCER_CROSSED)
			rivals[i].made = make_by(db, rivals[i].user_id, &rivals[i].request);
}

static int
count(const struct rival *rivals, enum bouncer_made made)
{
	int n = 0;

	for (int i = 0; i < RIVALS; i++)
		n += rivals[i].made == made;
	return n;
}

Test(bouncer_store, creates_at_once_stay_within_the_plan)
{
	struct rival rivals[RIVALS];

	for (int i = 0; i < RIVALS; i++)
		rivals[i] = (struct rival){ .user_id = sam,
			.request = request(arena_printf(&arena, "test-r%d", i),
			    arena_printf(&arena, "form %d", i)) };
	race(rivals);
	cr_expect_eq(count(rivals, BOUNCER_MADE), 2);
	cr_expect_eq(count(rivals, BOUNCER_TOO_MANY), RIVALS - 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE name LIKE 'test-r%'"), 2);
}

Test(bouncer_store, double_submits_at_once_make_one)
{
	struct rival rivals[RIVALS];

	for (int i = 0; i < RIVALS; i++)
		rivals[i] = (struct rival){ .user_id = sam, .request = request("test-r", "form") };
	race(rivals);
	cr_expect_eq(count(rivals, BOUNCER_MADE), 1);
	cr_expect_eq(count(rivals, BOUNCER_MADE_BEFORE), RIVALS - 1);
}

Test(bouncer_store, one_name_at_once_goes_to_one)
{
	struct rival rivals[RIVALS];

	for (int i = 0; i < RIVALS; i++)
		rivals[i] = (struct rival){ .user_id = i % 2 == 0 ? sam : tess,
			.request = request("test-r", arena_printf(&arena, "form %d", i)) };
	race(rivals);
	cr_expect_eq(count(rivals, BOUNCER_MADE), 1);
	cr_expect_eq(count(rivals, BOUNCER_NAME_TAKEN), RIVALS - 1);
}

/* ---- Seeing them ---- */

Test(bouncer_store, lists_those_of_the_account_as_they_were_made)
{
	struct db_query q = { .arena = &arena };
	struct bouncer_list list;
	PGresult *res;

	make(sam, "test-z");
	make(tess, "test-m");
	make(sam, "test-a");
	bouncer_store_list(&q, sam);
	res = fixture_run(&q);
	cr_assert_eq(bouncer_store_list_read(&list, &arena, res), ERR_OK);
	PQclear(res);
	cr_assert_eq(list.n, 2);
	cr_expect_str_eq(list.v[0].name, "test-z");
	cr_expect_str_eq(list.v[1].name, "test-a");
}

Test(bouncer_store, somebody_elses_is_not_found)
{
	struct bouncer b;

	make(sam, "test-one");
	set("test-one", READY);
	cr_expect_eq(find_err(tess, "test-one", &b), ERR_NOT_FOUND);
	cr_expect_eq(find_err(sam, "test-none", &b), ERR_NOT_FOUND);
	cr_expect_eq(with(bouncer_store_restart, tess, "test-one"), 0);
	cr_expect_eq(delete (tess, "test-one", DAY_S), 0);
	cr_expect_eq(find(sam, "test-one").state, BOUNCER_READY);
	set("test-one", "state = 'deleting', delete_after = now() + interval '1 day'");
	cr_expect_eq(with(bouncer_store_undelete, tess, "test-one"), 0);
	set("test-one", "state = 'failed', failed_in = 'applied', delete_after = NULL");
	cr_expect_eq(with(bouncer_store_retry, tess, "test-one"), 0);
}

/* ---- Changing one ---- */

Test(bouncer_store, restart_is_wanted_of_what_runs)
{
	struct bouncer before, b;

	make(sam, "test-one");
	cr_expect_eq(with(bouncer_store_restart, sam, "test-one"), 0, "not ready yet");
	set("test-one", READY);
	before = find(sam, "test-one");
	cr_expect_eq(with(bouncer_store_restart, sam, "test-one"), 1);
	b = find(sam, "test-one");
	cr_expect_eq(b.wanted, before.wanted + 1);
	cr_expect_eq(b.state, BOUNCER_READY);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE name = 'test-one'"
				    " AND restarted_at IS NOT NULL"),
	    1);
	set("test-one", "suspended_at = now(), suspended_why = 'Spam.'");
	cr_expect_eq(with(bouncer_store_restart, sam, "test-one"), 0, "suspended");
}

Test(bouncer_store, deletion_can_be_undone)
{
	struct bouncer b;
	int64_t wanted;

	make(sam, "test-one");
	set("test-one", READY);
	wanted = find(sam, "test-one").wanted;
	cr_expect_eq(delete (sam, "test-one", 7 * DAY_S), 1);
	b = find(sam, "test-one");
	cr_expect_eq(b.state, BOUNCER_DELETING);
	cr_expect_eq(b.wanted, wanted + 1);
	cr_expect_eq(b.delete_after - b.state_at, 7 * DAY_S);
	cr_expect_eq(delete (sam, "test-one", 7 * DAY_S), 0, "the end does not move");
	cr_expect_eq(with(bouncer_store_restart, sam, "test-one"), 0);
	cr_expect_eq(with(bouncer_store_undelete, sam, "test-one"), 1);
	b = find(sam, "test-one");
	cr_expect_eq(b.state, BOUNCER_READY);
	cr_expect_eq(b.wanted, wanted + 2);
	cr_expect_eq(b.delete_after, 0);
	cr_expect_eq(with(bouncer_store_undelete, sam, "test-one"), 0);
}

Test(bouncer_store, deletion_that_is_over_cannot_be_undone)
{
	make(sam, "test-one");
	set("test-one", READY);
	delete (sam, "test-one", DAY_S);
	set("test-one", "delete_after = now() - interval '1 second'");
	cr_expect_eq(with(bouncer_store_undelete, sam, "test-one"), 0);
	set("test-one", "state = 'removing', delete_after = NULL");
	cr_expect_eq(with(bouncer_store_undelete, sam, "test-one"), 0);
	cr_expect_eq(delete (sam, "test-one", 0), 0);
}

Test(bouncer_store, deletion_without_grace_is_at_once)
{
	make(sam, "test-one");
	make(sam, "test-two");
	set("test-one", READY);
	set("test-two", READY);
	cr_expect_eq(delete (sam, "test-one", 0), 1);
	cr_expect_eq(find(sam, "test-one").state, BOUNCER_REMOVING);
	cr_expect_eq(delete (sam, "test-two", DAY_S), 1);
	cr_expect_eq(delete (sam, "test-two", 0), 1, "somebody does not want to wait");
	cr_expect_eq(find(sam, "test-two").state, BOUNCER_REMOVING);
	cr_expect_eq(find(sam, "test-two").delete_after, 0);
}

Test(bouncer_store, one_that_was_never_ready_is_removed_at_once)
{
	static const struct {
		const char *was;
		bool is_untouched;
	} states[] = { { "state = 'requested'", true },
		{ "state = 'failed', failed_in = 'requested'", true },
		{ "state = 'failed', failed_in = 'applied'", false },
		{ "state = 'database', failed_in = NULL", false }, { "state = 'applied'", false } };

	make(sam, "test-one");
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		set("test-one", states[i].was);
		cr_expect_eq(delete (sam, "test-one", 7 * DAY_S), 1, "%s", states[i].was);
		cr_expect_eq(find(sam, "test-one").state, BOUNCER_REMOVING, "%s", states[i].was);
		cr_expect_eq(fixture_number("SELECT is_untouched::int FROM bouncers"
					    " WHERE name = 'test-one'"),
		    states[i].is_untouched, "%s", states[i].was);
	}
}

Test(bouncer_store, retry_goes_on_where_it_stopped)
{
	struct bouncer b;

	make(sam, "test-one");
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 0);
	set("test-one", "state = 'failed', failed_in = 'database', failure = 'No room.',"
			" attempts = 7, next_try_at = 'infinity', wanted = 5, applied = 5");
	b = find(sam, "test-one");
	cr_expect_eq(b.failed_in, BOUNCER_DATABASE);
	cr_expect_str_eq(b.failure, "No room.");
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 1);
	b = find(sam, "test-one");
	cr_expect_eq(b.state, BOUNCER_DATABASE);
	cr_expect_eq(b.wanted, 6, "or nothing would be made anew");
	cr_expect_eq(b.applied, 5);
	cr_expect_eq(b.attempts, 0);
	cr_expect_null(b.failure);
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE name = 'test-one'"
				    " AND next_try_at <= now()"),
	    1);
}

static void
refuse(const char *name)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO bouncer_wishes SELECT id, 'libera', 'ircs://h:1', 'sam', '{}',"
	    " 'soju refused it: <no>' FROM bouncers WHERE name = '%s'",
	    name));
}

Test(bouncer_store, retry_of_a_network_that_soju_refused)
{
	make(sam, "test-one");
	set("test-one", READY ", failure = 'x'");
	set("test-one", "wanted = 5, applied = 5");
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 0, "nothing was refused");
	refuse("test-one");
	set("test-one", "suspended_at = now(), suspended_why = 'Spam.'");
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 0, "suspended");
	set("test-one", "suspended_at = NULL, suspended_why = NULL");
	cr_expect_eq(with(bouncer_store_retry, tess, "test-one"), 0, "somebody else's");
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 1);
	cr_expect_eq(find(sam, "test-one").state, BOUNCER_READY);
	cr_expect_eq(find(sam, "test-one").wanted, 6);
	cr_expect_null(find(sam, "test-one").failure);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM bouncer_wishes WHERE refusal IS NULL"), 1);
	cr_expect_eq(with(bouncer_store_retry, sam, "test-one"), 0, "it is under way");
}

static int64_t
wishes(void)
{
	return fixture_number("SELECT count(*) FROM bouncer_wishes");
}

static void
forget_wish(int64_t user_id)
{
	struct db_query q = { .arena = &arena };

	bouncer_store_forget_wish(&q, user_id, "test-one");
	PQclear(fixture_run(&q));
}

Test(bouncer_store, only_what_was_refused_is_forgotten)
{
	make(sam, "test-one");
	refuse("test-one");
	forget_wish(tess);
	cr_expect_eq(wishes(), 1);
	forget_wish(sam);
	cr_expect_eq(wishes(), 0);
	refuse("test-one");
	fixture_exec("UPDATE bouncer_wishes SET refusal = NULL");
	forget_wish(sam);
	cr_expect_eq(wishes(), 1);
}

Test(bouncer_store, one_made_by_hand_is_left_alone)
{
	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username) SELECT id, 'test-hand',"
		     " 'sam' FROM users WHERE keycloak_sub = 'test-sam'");
	cr_expect_eq(find(sam, "test-hand").state, BOUNCER_READY);
	cr_expect_eq(with(bouncer_store_restart, sam, "test-hand"), 0);
	cr_expect_eq(delete (sam, "test-hand", 0), 0);
	cr_expect_eq(delete (sam, "test-hand", DAY_S), 0);
	cr_expect_eq(with(bouncer_store_undelete, sam, "test-hand"), 0);
	cr_expect_eq(with(bouncer_store_retry, sam, "test-hand"), 0);
}

/* ---- The account goes ---- */

Test(bouncer_store, what_runs_outlives_its_account_until_it_is_removed)
{
	make(sam, "test-one");
	make(sam, "test-two");
	set("test-one", READY);
	set("test-two", READY);
	delete (sam, "test-two", DAY_S);
	fixture_exec("INSERT INTO bouncers (user_id, name, soju_username) SELECT id, 'test-hand',"
		     " 'sam' FROM users WHERE keycloak_sub = 'test-sam';"
		     "DELETE FROM users WHERE keycloak_sub = 'test-sam'");
	cr_expect_eq(fixture_number("SELECT count(*) FROM bouncers WHERE user_id IS NULL"
				    " AND state = 'removing' AND next_try_at <= now()"
				    " AND name IN ('test-one', 'test-two')"),
	    2);
	cr_expect_not(exists("test-hand"), "nobody here made it");
}

/* ---- The page ---- */

static enum err
page_err(int64_t user_id, const char *name, struct bouncer_page_facts *f)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	enum err e;

	bouncer_store_page(&q, user_id, name);
	res = fixture_run(&q);
	e = bouncer_store_page_read(f, &arena, res);
	PQclear(res);
	return e;
}

static struct bouncer_page_facts
page(void)
{
	struct bouncer_page_facts f;

	cr_assert_eq(page_err(sam, "test-one", &f), ERR_OK);
	return f;
}

Test(bouncer_store, page_of_a_new_one)
{
	struct bouncer_page_facts f;

	make(sam, "test-one");
	f = page();
	cr_expect_eq(f.bouncer.state, BOUNCER_REQUESTED);
	cr_expect_str_eq(f.bouncer.name, "test-one");
	cr_expect_eq(f.nnetworks, 0);
	cr_expect_eq(f.ndays, 0);
	cr_expect_eq(f.soju_state.answered_at, 0);
	cr_expect_eq(f.soju_state.failure, SOURCE_FINE);
	cr_expect_gt(f.read_at, 1700000000);
}

Test(bouncer_store, page_of_somebody_else_is_not_found)
{
	struct bouncer_page_facts f;

	make(tess, "test-one");
	cr_expect_eq(page_err(sam, "test-one", &f), ERR_NOT_FOUND);
	cr_expect_eq(page_err(sam, "test-none", &f), ERR_NOT_FOUND);
}

static void
fill_page(void)
{
	make(sam, "test-one");
	set("test-one", READY ", is_up = true, clients = 2, restarts = 3, version = '0.9.0',"
			      " sampled_at = now(), networks_at = to_timestamp(1700000002),"
			      " running_since = to_timestamp(1700000000)");
	fixture_exec(
	    "INSERT INTO bouncer_networks (bouncer_id, name, address, state, state_since, nick,"
	    " channels, error, sampled_at) SELECT id, n, 'ircs://' || n, s, t, k, c, e, now()"
	    " FROM bouncers, (VALUES ('oftc', 'disconnected', NULL::timestamptz, NULL, NULL,"
	    "  'dial: \"x\"'), ('libera', 'connected', to_timestamp(1700000001), 'sam', 4, NULL),"
	    "  ('\xc3\xa4', 'disabled', NULL, NULL, NULL, NULL)) v (n, s, t, k, c, e)"
	    " WHERE bouncers.name = 'test-one';"
	    "INSERT INTO bouncer_days (bouncer_id, day, network, marks, last_minute, samples, up,"
	    " off, clients_max, relayed) SELECT id, (now() AT TIME ZONE 'UTC')::date - d, n,"
	    " m::smallint[], 1439, 10, 7, 1, c, 5 FROM bouncers, (VALUES"
	    " (0, 'libera', '{0,1}', NULL), (30, '', '{0,1}', 1), (29, '', '{0,1,754,2,760,1}',"
	    " 2), (1, '', '{3,0}', 0), (0, '', '{0,3}', NULL)) v (d, n, m, c)"
	    " WHERE bouncers.name = 'test-one'");
}

Test(bouncer_store, page_has_the_networks_in_order)
{
	struct bouncer_page_facts f;

	fill_page();
	f = page();
	cr_expect_eq(f.bouncer.is_up, 1);
	cr_expect_eq(f.bouncer.clients, 2);
	cr_expect_eq(f.bouncer.restarts, 3);
	cr_expect_eq(f.bouncer.running_since, 1700000000);
	cr_expect_eq(f.bouncer.networks_at, 1700000002);
	cr_expect_str_eq(f.bouncer.version, "0.9.0");
	cr_assert_eq(f.nnetworks, 3);
	cr_expect_str_eq(f.networks[0].name, "libera");
	cr_expect_str_eq(f.networks[0].address, "ircs://libera");
	cr_expect_eq(f.networks[0].link, SOJU_LINK_CONNECTED);
	cr_expect_eq(f.networks[0].since, 1700000001);
	cr_expect_eq(f.networks[0].channels, 4);
	cr_expect_str_eq(f.networks[0].nick, "sam");
	cr_expect_null(f.networks[0].error);
	cr_expect_str_eq(f.networks[1].name, "oftc");
	cr_expect_eq(f.networks[1].link, SOJU_LINK_DISCONNECTED);
	cr_expect_eq(f.networks[1].since, 0);
	cr_expect_eq(f.networks[1].channels, -1);
	cr_expect_str_eq(f.networks[1].error, "dial: \"x\"");
	cr_expect_eq(f.networks[2].link, SOJU_LINK_DISABLED);
}

Test(bouncer_store, page_has_thirty_days_in_order)
{
	struct bouncer_page_facts f;

	fill_page();
	f = page();
	cr_assert_eq(f.ndays, 4);
	cr_expect_str_eq(f.days[0].network, "");
	cr_expect_eq(f.days[0].day % DAY_S, 0);
	cr_expect_eq(f.days[1].day - f.days[0].day, 28 * DAY_S);
	cr_expect_eq(f.days[2].day - f.days[1].day, DAY_S);
	cr_expect_str_eq(f.days[3].network, "libera");
	cr_assert_eq(f.days[0].nmarks, 6);
	cr_expect_eq(f.days[0].marks[2], 754);
	cr_expect_eq(f.days[0].marks[3], MARK_DOWN);
	cr_expect_eq(f.days[0].samples, 10);
	cr_expect_eq(f.days[0].up, 7);
	cr_expect_eq(f.days[0].off, 1);
	cr_expect_eq(f.days[0].last_minute, 1439);
}

Test(bouncer_store, page_has_what_the_sources_told)
{
	struct bouncer_page_facts f;

	make(sam, "test-one");
	fixture_exec("INSERT INTO source_snapshots (user_id, source, bouncer_id, answer,"
		     " answered_at, tried_at, failure) SELECT user_id, s, id, a::json,"
		     " to_timestamp(5), to_timestamp(6), 'timeout' FROM bouncers, (VALUES ('soju',"
		     " '{\"messages\":12,\"counting\":false,\"networks\":[]}'), ('kube', '[]'))"
		     " v (s, a) WHERE name = 'test-one'");
	f = page();
	cr_expect_eq(f.soju_state.answered_at, 5);
	cr_expect_eq(f.soju_state.tried_at, 6);
	cr_expect_eq(f.soju_state.failure, SOURCE_TIMEOUT);
	cr_expect_eq(f.soju.messages, 12);
	cr_expect_eq(f.kube_state.answered_at, 0, "what cannot be read is not there");
	settings.soju_database_url = "";
	f = page();
	cr_expect_eq(f.soju_state.failure, SOURCE_NOT_CONFIGURED);
	cr_expect_eq(f.soju_state.answered_at, 0);
}

static enum err
sources_err(struct bouncer_page_facts *f)
{
	struct db_query q = { .arena = &arena };
	PGresult *res;
	enum err e;

	bouncer_store_page_sources(&q, &f->bouncer);
	cr_expect(q.is_read);
	res = fixture_run(&q);
	e = bouncer_store_page_sources_read(f, &arena, res);
	PQclear(res);
	return e;
}

/* The second look of a page that waited: news of the sources, and all else as it was. */
Test(bouncer_store, page_has_news_of_its_sources)
{
	struct bouncer_page_facts f;

	fill_page();
	make(tess, "test-two");
	f = page();
	fixture_exec("INSERT INTO source_snapshots (user_id, source, bouncer_id, answer,"
		     " answered_at, tried_at) SELECT user_id, 'soju', id,"
		     " ('{\"messages\":' || length(name) || ',\"counting\":false,\"networks\":[]}')"
		     "::json, to_timestamp(7), to_timestamp(8) FROM bouncers;"
		     "DELETE FROM bouncer_networks");
	cr_assert_eq(sources_err(&f), ERR_OK);
	cr_expect_eq(f.soju_state.answered_at, 7);
	cr_expect_eq(f.soju.messages, (int64_t)strlen("test-one"));
	cr_expect_eq(f.kube_state.answered_at, 0);
	cr_expect_eq(f.nnetworks, 3);
	cr_expect_eq(f.ndays, 4);
	cr_expect_str_eq(f.bouncer.name, "test-one");
	cr_expect_gt(f.read_at, 1700000000);
	fixture_exec("DELETE FROM source_snapshots");
	cr_assert_eq(sources_err(&f), ERR_OK);
	cr_expect_eq(f.soju_state.answered_at, 0);
	settings.soju_database_url = "";
	cr_assert_eq(sources_err(&f), ERR_OK);
	cr_expect_eq(f.soju_state.failure, SOURCE_NOT_CONFIGURED);
}
