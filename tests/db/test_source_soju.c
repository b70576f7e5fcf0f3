/* Reading soju's database: every schema version, hostile names, exact counts, rights that hold. */
#include <time.h>

#include "base/clock.h"
#include "clients/soju_db.h"
#include "soju_fixture.h"

TestSuite(soju, .init = soju_begin, .fini = soju_end);

/* ---- what goes wrong ---- */

#define expect_failure(username, want)                                                             \
	do {                                                                                       \
		enum source_failure got = soju_fetch(username);                                    \
		cr_expect_eq(got, want, "%s", source_failure_words[got]);                          \
		if (want != SOURCE_FINE)                                                           \
			cr_expect_null(result.answer);                                             \
	} while (0)

Test(soju, nobody_listens)
{
	settings.soju_database_url = "host=127.0.0.1 port=1 dbname={bouncer}";
	expect_failure("alice", SOURCE_REFUSED);
	settings.soju_database_url = "host=/nowhere dbname={bouncer}";
	expect_failure("alice", SOURCE_REFUSED);
	settings.soju_database_url = "postgresql://%zz/{bouncer}";
	expect_failure("alice", SOURCE_NOT_CONFIGURED);
}

Test(soju, no_such_database)
{
	expect_failure("alice", SOURCE_MISSING);
}

Test(soju, database_closed)
{
	soju_open(18);
	db_sync_close(soju);
	soju = NULL;
	soju_admin("ALTER DATABASE \"" SOJU_DATABASE "\" ALLOW_CONNECTIONS false");
	expect_failure("alice", SOURCE_REFUSED);
	cr_expect_null(strstr(result.cause, SOJU_READER), "%s", result.cause);
}

Test(soju, not_let_in)
{
	soju_open(18);
	soju_exec("REVOKE CONNECT ON DATABASE \"" SOJU_DATABASE "\" FROM PUBLIC");
	expect_failure("alice", SOURCE_DENIED);
	settings.soju_database_url = soju_url(SOJU_DATABASE, "nobody_of_this_name");
	expect_failure("alice", SOURCE_DENIED);
}

Test(soju, no_right_to_read)
{
	soju_open(18);
	soju_exec(
	    "REVOKE ALL ON \"Network\" FROM " SOJU_READER
	    "; REVOKE SELECT (id, name, \"user\", addr, enabled) ON \"Network\" FROM " SOJU_READER);
	expect_failure("alice", SOURCE_DENIED);
}

Test(soju, no_soju_in_it)
{
	soju_create("ENCODING 'UTF8'");
	expect_failure("alice", SOURCE_MISSING);
}

Test(soju, no_version)
{
	soju_open(18);
	soju_exec("DELETE FROM \"Config\"");
	expect_failure("alice", SOURCE_MISSING);
}

static const struct {
	int version;
	enum source_failure failure;
} versions[] = {
	{ -1, SOURCE_TOO_OLD },
	{ 0, SOURCE_TOO_OLD },
	{ 13, SOURCE_TOO_OLD },
	{ 21, SOURCE_TOO_NEW },
	{ 2000000000, SOURCE_TOO_NEW },
	{ 14, SOURCE_FINE },
	{ 15, SOURCE_FINE },
	{ 20, SOURCE_FINE },
};

Test(soju, versions)
{
	size_t i;

	soju_open(20);
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		soju_exec(arena_printf(
		    &arena, "UPDATE \"Config\" SET version = %d", versions[i].version));
		expect_failure("alice", versions[i].failure);
	}
}

/* A newer schema may have no table of ours: the version is read before anything else. */
Test(soju, newer_without_our_tables)
{
	soju_open(20);
	soju_exec("UPDATE \"Config\" SET version = 21; DROP TABLE \"Network\" CASCADE");
	expect_failure("alice", SOURCE_TOO_NEW);
}

Test(soju, no_such_account)
{
	soju_open(18);
	expect_failure("ALICE", SOURCE_MISSING);
	expect_failure("", SOURCE_MISSING);
	expect_failure("alice' OR '1'='1", SOURCE_MISSING);
	expect_failure("alice\\", SOURCE_MISSING);
	expect_failure("\xff\xfe", SOURCE_BROKEN);
}

static struct db_sync *
lock_table(const char *table)
{
	struct db_sync *other = db_sync_open(soju_url(SOJU_DATABASE, NULL), 0, NULL);

	cr_assert_not_null(other);
	cr_assert_eq(
	    db_sync_script(other, arena_printf(&arena, "BEGIN; LOCK TABLE \"%s\"", table)), ERR_OK);
	return other;
}

Test(soju, a_table_is_locked)
{
	struct db_sync *other;
	int64_t began_us;

	soju_open(18);
	other = lock_table("Network");
	began_us = clock_monotonic_us();
	expect_failure("alice", SOURCE_TIMEOUT);
	cr_expect_lt(clock_monotonic_us() - began_us, 2100000);
	db_sync_close(other);
}

/* Counting is not all: without it the rest is still an answer. */
Test(soju, messages_are_locked)
{
	struct db_sync *other;
	int64_t began_us;

	soju_open(18);
	soju_exec("INSERT INTO \"Network\" (name, \"user\", addr) VALUES ('n', 1, 'a')");
	other = lock_table("Message");
	began_us = clock_monotonic_us();
	expect_failure("alice", SOURCE_FINE);
	cr_expect_lt(clock_monotonic_us() - began_us, 2100000);
	cr_expect_eq(answer.nnetworks, 1);
	cr_expect_eq(answer.messages, -1);
	db_sync_close(other);
	expect_failure("alice", SOURCE_FINE);
}

Test(soju, no_right_to_count)
{
	soju_open(18);
	soju_exec("INSERT INTO \"Network\" (name, \"user\", addr) VALUES ('n', 1, 'a');"
		  "REVOKE SELECT (id, target, text) ON \"Message\" FROM " SOJU_READER);
	expect_failure("alice", SOURCE_FINE);
	cr_expect_eq(answer.nnetworks, 1);
	cr_expect_eq(answer.messages, -1);
	cr_expect_not(answer.is_counting);
	cr_expect_str_eq(result.cause, "42501");
}

/* ---- accounts of any size: lists are cut, numbers are exact ---- */

static int64_t
channels_in_all(void)
{
	int64_t n = answer.channels_left;

	for (size_t i = 0; i < answer.nnetworks; i++)
		n += (int64_t)answer.networks[i].nchannels + answer.networks[i].channels_left;
	return n;
}

static size_t
channels_listed(void)
{
	size_t n = 0;

	for (size_t i = 0; i < answer.nnetworks; i++)
		n += answer.networks[i].nchannels;
	return n;
}

static void
make_networks(int networks, int channels)
{
	soju_exec(arena_printf(&arena,
	    "INSERT INTO \"Network\" (name, \"user\", addr)"
	    " SELECT 'net ' || i, 1, 'irc' || i || '.example.org' FROM generate_series(1, %d) i;"
	    "INSERT INTO \"Channel\" (network, name, detached)"
	    " SELECT n.id, '#' || lpad(i::text, 5, '0'), i %% 5 = 0"
	    " FROM \"Network\" n, generate_series(1, %d) i",
	    networks, channels));
}

Test(soju, many_networks)
{
	soju_open(18);
	make_networks(300, 20);
	soju_exec("INSERT INTO \"User\" (username) VALUES ('bob');"
		  "INSERT INTO \"Network\" (name, \"user\", addr) VALUES ('of bob', 2, 'a');"
		  "INSERT INTO \"Channel\" (network, name) VALUES (301, '#of-bob')");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_eq(answer.nnetworks, SOJU_DB_NETWORKS_MAX);
	cr_expect_eq(answer.networks_left, 300 - SOJU_DB_NETWORKS_MAX);
	cr_expect_eq(channels_in_all(), 6000);
	cr_expect_eq(channels_listed(), SOJU_DB_CHANNELS_MAX);
	cr_expect_str_eq(answer.networks[0].name, "net 1");
	cr_expect_str_eq(answer.networks[99].name, "net 100");
	cr_expect_eq(answer.networks[99].nchannels, 20);
	cr_expect_str_eq(answer.networks[99].channels[0].name, "#00001");
	cr_expect_str_eq(answer.networks[99].channels[19].name, "#00020");
	cr_expect(answer.networks[99].channels[19].is_detached, "detached ones come last");
	cr_expect_lt(strlen(result.answer), 100000);
	expect_failure("bob", SOURCE_FINE);
	cr_expect_eq(answer.nnetworks, 1);
	cr_expect_eq(channels_in_all(), 1);
}

/* Every network has its share of the lines. */
Test(soju, one_network_with_many_channels)
{
	soju_open(18);
	make_networks(2, 10);
	soju_exec("INSERT INTO \"Channel\" (network, name)"
		  " SELECT 1, '#more-' || lpad(i::text, 6, '0') FROM generate_series(1, 50000) i");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_eq(answer.networks[1].nchannels, 10);
	cr_expect_eq(answer.networks[1].channels_left, 0);
	cr_expect_eq(answer.networks[0].nchannels, SOJU_DB_CHANNELS_MAX - 10);
	cr_expect_eq(channels_in_all(), 50020);
	cr_expect_str_eq(answer.networks[0].channels[0].name, "#00001");
	cr_expect_str_eq(answer.networks[0].channels[8].name, "#more-000001");
}

/* The longest names there can be, each byte of which is six of JSON. */
Test(soju, long_names_make_short_lists)
{
	soju_open(18);
	make_networks(100, 20);
	soju_exec("UPDATE \"Channel\" SET name = repeat(chr(1), 240) || id;"
		  "UPDATE \"Network\" SET name = repeat(chr(2), 240) || id,"
		  " addr = repeat(chr(3), 255)");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_leq(strlen(result.answer), 256 * 1024);
	cr_expect_geq(strlen(result.answer), 64 * 1024);
	cr_expect_eq((int64_t)answer.nnetworks + answer.networks_left, 100);
	cr_expect_eq(channels_in_all(), 2000);
}

/* ---- what is there ---- */

static const char world_sql[] =
    "INSERT INTO \"User\" (username) VALUES ('bob');"
    "INSERT INTO \"Network\" (name, \"user\", addr, nick, enabled, pass) VALUES"
    " ('Libera', 1, 'ircs://irc.libera.chat', 'a', true, 'secret'),"
    " (NULL, 1, 'irc.oftc.net', 'a', true, NULL),"
    " ('', 1, 'irc+unix:///run/ircd', 'a', false, NULL),"
    " ('of bob', 2, 'irc.example.org', 'b', true, NULL);"
    "INSERT INTO \"Channel\" (network, name, key, detached) VALUES"
    " (1, '#zebra', 'k3y', false), (1, '#apple', NULL, false), (1, '#Berry', NULL, false),"
    " (1, '#aaa', NULL, true), (2, '#zebra', NULL, false), (4, '#of-bob', NULL, false);"
    "INSERT INTO \"MessageTarget\" (network, target) VALUES"
    " (1, '#zebra'), (2, 'friend'), (4, '#of-bob'), (1, '#pinned');"
    "INSERT INTO \"Message\" (target, raw, \"time\", sender, text) VALUES"
    " (1, 'PRIVMSG', now() - interval '1 day', 'x', 'hello'),"
    " (1, 'JOIN', now() - interval '1 day', 'x', NULL),"
    " (2, 'NOTICE', now() - interval '1 day', 'x', ''),"
    " (3, 'PRIVMSG', now() - interval '1 day', 'x', 'of bob'),"
    " (1, 'PRIVMSG', now() + interval '70 years', 'x', 'a clock in the future')";

static const int schemas[] = { 14, 17, 18, 20 };

Test(soju, every_schema)
{
	size_t i;

	for (i = 0; i < 4; i++) {
		const struct soju_network *n;

		soju_open(schemas[i]);
		soju_exec(world_sql);
		counted = (struct source_count){ .recount_id = -1 };
		expect_failure("alice", SOURCE_FINE);
		cr_assert_eq(answer.nnetworks, 3);
		n = answer.networks;
		cr_expect_str_eq(n[0].name, "Libera");
		cr_expect_str_eq(n[0].address, "ircs://irc.libera.chat");
		cr_expect_str_eq(n[1].name, "irc.oftc.net", "the address where there is no name");
		cr_expect_str_eq(n[2].name, "irc+unix:///run/ircd");
		cr_expect_not(n[2].is_enabled);
		cr_assert_eq(n[0].nchannels, 4);
		cr_expect_str_eq(n[0].channels[0].name, "#apple");
		cr_expect_str_eq(n[0].channels[1].name, "#Berry");
		cr_expect_str_eq(n[0].channels[2].name, "#zebra");
		cr_expect_str_eq(n[0].channels[3].name, "#aaa");
		cr_expect(n[0].channels[3].is_detached);
		cr_expect_eq(n[1].nchannels, 1);
		cr_expect_eq(n[2].nchannels, 0);
		cr_expect_eq(answer.messages, 3);
		cr_expect_null(strstr(result.answer, "secret"));
		cr_expect_null(strstr(result.answer, "k3y"));
		expect_failure("bob", SOURCE_FINE);
		cr_expect_eq(answer.nnetworks, 1);
	}
}

Test(soju, devices)
{
	soju_open(20);
	soju_exec(
	    "INSERT INTO \"User\" (username) VALUES ('bob');"
	    "INSERT INTO \"DeviceCertificate\" (\"user\", label, fingerprint, last_used, last_ip)"
	    " VALUES (1, 'never', '\\x01', NULL, NULL),"
	    " (1, '<b>phone', '\\x02', '2026-01-02 03:04:05.9Z', '192.0.2.1'),"
	    " (2, 'of bob', '\\x03', now(), NULL)");
	expect_failure("alice", SOURCE_FINE);
	cr_expect(answer.tells_devices);
	cr_assert_eq(answer.ndevices, 2);
	cr_expect_str_eq(answer.devices[0].label, "<b>phone");
	cr_expect_eq(answer.devices[0].used_at, 1767323045);
	cr_expect_str_eq(answer.devices[1].label, "never");
	cr_expect_eq(answer.devices[1].used_at, 0);
	cr_expect_null(strstr(result.answer, "192.0.2.1"));
	soju_exec("DELETE FROM \"DeviceCertificate\"");
	expect_failure("alice", SOURCE_FINE);
	cr_expect(answer.tells_devices, "that there is none is known");
	cr_expect_eq(answer.ndevices, 0);
}

/* Rights given before soju had devices are enough for all the rest. */
Test(soju, devices_that_may_not_be_read)
{
	soju_open(20);
	soju_exec("REVOKE SELECT (label) ON \"DeviceCertificate\" FROM " SOJU_READER);
	expect_failure("alice", SOURCE_FINE);
	cr_expect_not(answer.tells_devices);
	soju_exec("DROP TABLE \"DeviceCertificate\"");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_not(answer.tells_devices);
	soju_open(18);
	expect_failure("alice", SOURCE_FINE);
	cr_expect_not(answer.tells_devices);
}

Test(soju, one_database_for_all)
{
	soju_open(18);
	soju_exec(world_sql);
	settings.soju_database_url = soju_url(SOJU_DATABASE, SOJU_READER);
	expect_failure("bob", SOURCE_FINE);
	cr_assert_eq(answer.nnetworks, 1);
	cr_expect_str_eq(answer.networks[0].name, "of bob");
	cr_expect_eq(answer.messages, 1);
}

Test(soju, hostile_names)
{
	soju_open(18);
	soju_exec("INSERT INTO \"Network\" (name, \"user\", addr) VALUES"
		  " ('<b>\"&''\\' || chr(1) || chr(27), 1, repeat('a', 255));"
		  "INSERT INTO \"Channel\" (network, name) VALUES (1, repeat('#', 200)),"
		  " (1, chr(8238) || 'rtl'), (1, '#\\u0000\\n'), (1, E'#\\r\\n\\t')");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_str_eq(answer.networks[0].name, "<b>\"&'\\\x01\x1b");
	cr_expect_eq(strlen(answer.networks[0].address), 255);
	cr_assert_eq(answer.networks[0].nchannels, 4);
}

/* A database without an encoding gives bytes as they are. */
Test(soju, names_that_are_not_utf8)
{
	soju_create("ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
	soju_load("tests/data/soju_schema_14.sql");
	soju_grant();
	soju_exec(
	    "INSERT INTO \"User\" (username) VALUES ('alice');"
	    "INSERT INTO \"Network\" (name, \"user\", addr) VALUES (E'caf\\351', 1, E'\\377');"
	    "INSERT INTO \"Channel\" (network, name) VALUES (1, E'#\\303')");
	expect_failure("alice", SOURCE_FINE);
	cr_expect_str_eq(answer.networks[0].name, "caf\xef\xbf\xbd");
	cr_expect_str_eq(answer.networks[0].address, "\xef\xbf\xbd");
	cr_expect_str_eq(answer.networks[0].channels[0].name, "#\xef\xbf\xbd");
}

/* ---- rights ---- */

static const char *const forbidden[] = {
	"SELECT pass FROM \"Network\"",
	"SELECT * FROM \"Network\"",
	"SELECT connect_commands FROM \"Network\"",
	"SELECT sasl_plain_password FROM \"Network\"",
	"SELECT sasl_external_key FROM \"Network\"",
	"SELECT certfp FROM \"Network\"",
	"SELECT 1 FROM \"Network\" WHERE pass LIKE 'a%'",
	"SELECT key FROM \"Channel\"",
	"SELECT password FROM \"User\"",
	"SELECT * FROM \"User\"",
	"SELECT raw FROM \"Message\"",
	"SELECT sender FROM \"Message\"",
	"SELECT target FROM \"MessageTarget\"",
	"SELECT last_ip FROM \"DeviceCertificate\"",
	"SELECT fingerprint FROM \"DeviceCertificate\"",
	"INSERT INTO \"User\" (username) VALUES ('mallory')",
	"UPDATE \"User\" SET enabled = false",
	"DELETE FROM \"Message\"",
	"TRUNCATE \"Message\"",
	"SELECT nextval('\"Message_id_seq\"')",
	"CREATE TABLE mine (a int)",
};

Test(soju, grants)
{
	struct db_sync *reader;
	size_t i;

	soju_open(20);
	soju_exec("GRANT ALL ON \"Network\" TO " SOJU_READER);
	soju_grant();
	reader = db_sync_open(soju_url(SOJU_DATABASE, SOJU_READER), 5000, NULL);
	cr_assert_not_null(reader);
	for (i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		cr_expect_eq(
		    db_sync_script(reader, forbidden[i]), ERR_FORBIDDEN, "%s", forbidden[i]);
	db_sync_close(reader);
}

/* Even a role with all rights writes nothing: the transaction is read only. */
Test(soju, read_only)
{
	soju_open(18);
	soju_exec("CREATE FUNCTION touch() RETURNS boolean LANGUAGE sql AS"
		  " 'UPDATE \"User\" SET nick = ''x'' RETURNING true';"
		  "ALTER TABLE \"Config\" RENAME TO c;"
		  "CREATE VIEW \"Config\" AS SELECT id, version FROM c WHERE touch()");
	settings.soju_database_url = soju_url(SOJU_DATABASE, NULL);
	expect_failure("alice", SOURCE_BROKEN);
	cr_expect_str_eq(result.cause, "25006");
}

/* ---- counting ---- */

static void
add_messages(int n)
{
	soju_exec(arena_printf(&arena,
	    "INSERT INTO \"Message\" (target, raw, \"time\", sender, text)"
	    " SELECT 1, 'r', now(), 's', 't' FROM generate_series(1, %d)",
	    n));
}

static void
open_for_counting(void)
{
	soju_open(18);
	soju_exec("INSERT INTO \"Network\" (name, \"user\", addr) VALUES ('n', 1, 'a');"
		  "INSERT INTO \"MessageTarget\" (network, target) VALUES (1, '#c')");
}

#define expect_messages(want)                                                                      \
	do {                                                                                       \
		expect_failure("alice", SOURCE_FINE);                                              \
		cr_expect_eq(answer.messages, want, "%ld", (long)answer.messages);                 \
		cr_expect_not(answer.is_counting);                                                 \
	} while (0)

/* Kept in files or in memory: zero would be a lie. */
Test(soju, messages_are_not_kept_here)
{
	open_for_counting();
	expect_messages(-1);
	add_messages(1);
	expect_messages(1);
	soju_exec("DELETE FROM \"Message\"");
	expect_messages(0);
	soju_exec("REVOKE ALL ON SEQUENCE \"Message_id_seq\" FROM " SOJU_READER);
	expect_messages(-1);
}

Test(soju, deletions)
{
	open_for_counting();
	add_messages(50);
	expect_messages(50);
	add_messages(5);
	expect_messages(55);
	cr_expect_eq(counted.id, 50);
	soju_exec("DELETE FROM \"Message\" WHERE id <= 10 OR id = 52");
	expect_messages(54);
	counted.recount_id = counted.recount_messages = 0;
	expect_messages(44);
	cr_expect_eq(counted.recount_id, -1);
	add_messages(1);
	expect_messages(45);
}

/* Ids commit out of order: what came late is counted, whatever its time says. */
Test(soju, late_commits)
{
	struct db_sync *late;

	open_for_counting();
	add_messages(5);
	late = db_sync_open(soju_url(SOJU_DATABASE, NULL), 0, NULL);
	cr_assert_eq(db_sync_script(late,
			 "BEGIN; INSERT INTO \"Message\" (target, raw, \"time\", sender, text)"
			 " VALUES (1, 'r', now() - interval '1 year', 's', 't')"),
	    ERR_OK);
	add_messages(1);
	expect_messages(6);
	cr_assert_eq(db_sync_script(late, "COMMIT"), ERR_OK);
	expect_messages(7);
	expect_messages(7);
	db_sync_close(late);
}

static int early;

static void
told_early(void *arg, const struct source_result *r)
{
	(void)arg;
	early++;
	cr_assert_not_null(r->answer);
	cr_expect_not_null(strstr(r->answer, "\"messages\":-1,\"counting\":true"), "%s", r->answer);
}

/*
 * A long history: the networks come at once, the number later, and no refresh takes longer than it
 * may. The rows are cheap to make, and each is made dear to read.
 */
Test(soju, long_history)
{
	const struct source_subject subject = { .kind = SOURCE_SOJU,
		.user_id = 1,
		.bouncer_id = 1,
		.bouncer_name = "b-1",
		.soju_username = "alice" };
	struct source_fetch f = { .subject = &subject, .arena = &arena, .tell_early = told_early };
	int64_t began_us;
	int refreshes = 0;

	open_for_counting();
	soju_exec("ALTER TABLE \"Message\" DROP COLUMN text_search;"
		  "CREATE FUNCTION slow(text) RETURNS text LANGUAGE plpgsql STABLE COST 1000 AS"
		  " 'BEGIN PERFORM count(*) FROM generate_series(1, 900); RETURN $1; END'");
	add_messages(60000);
	soju_exec("ALTER TABLE \"Message\" RENAME TO stored;"
		  "CREATE VIEW \"Message\" AS SELECT id, target, slow(text) AS text FROM stored;"
		  "GRANT SELECT ON \"Message\" TO " SOJU_READER "; ANALYZE");
	f.count = counted;
	do {
		f.count.settled_id = f.count.seen_id;
		began_us = clock_monotonic_us();
		source_fetch_run(&f, &result);
		cr_expect_lt(clock_monotonic_us() - began_us, 2100000);
		cr_assert_eq(result.failure, SOURCE_FINE);
		cr_assert_eq(source_answer_read_soju(&answer, &arena, result.answer), ERR_OK);
		cr_expect_eq(answer.nnetworks, 1);
	} while (answer.is_counting && ++refreshes < 30);
	cr_expect_eq(answer.messages, 60000);
	cr_expect_geq(refreshes, 1);
	cr_expect_geq(early, 1);
}
