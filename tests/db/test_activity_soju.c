/* Who was connected, as the databases of sojus tell it that nobody samples. */
#include "activity/activity_soju.h"

#include <inttypes.h>

#include "activity/activity_store.h"
#include "base/clock.h"
#include "soju_fixture.h"

#define DAY INT64_C(86400)

static int64_t now;

/* b-1 has a database, which alice is in; that of b-2 is missing. */
static void
begin(void)
{
	soju_begin();
	now = clock_now();
	fixture_exec(
	    "BEGIN; DELETE FROM bouncers; DELETE FROM activity_days;"
	    "SELECT activity_make_partitions(1);"
	    "INSERT INTO users (keycloak_sub, issuer) VALUES ('own-a', 'i'), ('own-b', 'i')");
}

TestSuite(activity_soju, .init = begin, .fini = soju_end, .timeout = 120);

static void
add_bouncer(const char *sub, const char *name, const char *username, const char *columns)
{
	fixture_exec(arena_printf(&arena,
	    "INSERT INTO bouncers (user_id, name, soju_username) SELECT id, '%s', '%s' FROM users"
	    " WHERE keycloak_sub = '%s'; UPDATE bouncers SET %s WHERE name = '%s'",
	    name, username, sub, columns, name));
}

#define BY_HAND "provisioner = 'none'"

static int64_t
client_at(const char *sub)
{
	return fixture_number(arena_printf(&arena,
	    "SELECT coalesce(extract(epoch FROM client_at)::bigint, 0) FROM account_seen s"
	    " JOIN users u ON u.id = s.user_id WHERE keycloak_sub = '%s'",
	    sub));
}

static int64_t
days(void)
{
	return fixture_number("SELECT count(*) FROM activity_days WHERE sources = 1");
}

static void
was_there(const char *username, int64_t at)
{
	soju_exec(arena_printf(&arena,
	    "UPDATE \"User\" SET downstream_interacted_at = to_timestamp(%" PRId64
	    ") WHERE username = '%s'",
	    at, username));
}

Test(activity_soju, a_bouncer_that_was_made_by_hand)
{
	soju_open(18);
	add_bouncer("own-a", "b-1", "alice", BY_HAND);
	was_there("alice", now - 3 * DAY);
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(client_at("own-a"), 0, "too long ago");
	was_there("alice", now - 60);
	for (int i = 0; i < 2; i++)
		cr_expect_eq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(client_at("own-a"), now - 60);
	cr_expect_eq(days(), 1);
}

/* Each soju has an alice; another's is not ours, nor is somebody else in our soju. */
Test(activity_soju, users_of_the_same_name)
{
	soju_open(18);
	soju_exec("INSERT INTO \"User\" (username) VALUES ('bob')");
	add_bouncer("own-a", "b-1", "alice", BY_HAND);
	add_bouncer("own-b", "b-2", "alice", BY_HAND);
	add_bouncer("own-b", "bob", "bob", BY_HAND);
	was_there("alice", now - 60);
	was_there("bob", now - 60);
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK, "one that answers is enough");
	cr_expect_eq(client_at("own-a"), now - 60);
	cr_expect_eq(client_at("own-b"), 0);
}

/* A sample knows better; without the counters of a soju it does not know. */
Test(activity_soju, those_that_are_sampled)
{
	soju_open(18);
	add_bouncer("own-a", "b-1", "alice",
	    "provisioner = 'kubernetes', state = 'ready', ready_at = now(), clients = 0");
	was_there("alice", now - 60);
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(days(), 0);
	fixture_exec("UPDATE bouncers SET clients = NULL, ready_at = NULL");
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(days(), 0, "it is still being made");
	fixture_exec("UPDATE bouncers SET ready_at = now()");
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(days(), 1);
}

Test(activity_soju, none_answers)
{
	cr_expect_eq(activity_soju(db, &arena, now), ERR_OK, "there is none");
	add_bouncer("own-a", "b-1", "alice", BY_HAND);
	add_bouncer("own-b", "b-2", "alice", BY_HAND);
	cr_expect_neq(activity_soju(db, &arena, now), ERR_OK);
	cr_expect_eq(days(), 0);
}
