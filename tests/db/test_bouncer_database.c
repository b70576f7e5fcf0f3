/*
 * A database and a role for each bouncer, on the real server: made twice, left halfway by a crash,
 * gone already, and of somebody else. ADMIN_DATABASE_URL is a superuser's; what is tested runs as a
 * role that may only make databases and roles.
 */
#include "bouncer/bouncer_database.h"

#include "bouncer/soju_secret.h"
#include "clients/soju_db.h"
#include "soju_fixture.h"

#define BOUNCER "test-b-1"
#define DATABASE "soju_test-b-1"
#define ROLE "soju_test-b-1"
#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static struct bouncer_database b;

static void
begin(void)
{
	fixture_open();
	soju_let_make(BOUNCER);
	settings.home = ".";
	settings.soju_admin_key = KEY;
	b = (struct bouncer_database){ .arena = &arena, .bouncer = BOUNCER, .timeout_ms = 20000 };
}

static void
end(void)
{
	soju_unmake(BOUNCER);
	fixture_close();
}

TestSuite(bouncer_database, .init = begin, .fini = end);

static bool
has(const char *sql)
{
	return fixture_number(sql) > 0;
}

#define HAS_ROLE "SELECT count(*) FROM pg_roles WHERE rolname = '" ROLE "'"
#define HAS_DATABASE                                                                               \
	"SELECT count(*) FROM pg_database d JOIN pg_roles r ON r.oid = d.datdba"                   \
	" WHERE d.datname = '" DATABASE "' AND r.rolname = '" ROLE "'"

/* A connection as soju has it; NULL: it is not let in. */
static struct db_sync *
as_soju(void)
{
	const char *url;

	cr_assert_eq(bouncer_database_url(&url, &b), ERR_OK, "%s", b.why);
	return db_sync_open(url, 20000, NULL);
}

static void
script(struct db_sync *c, const char *sql)
{
	cr_assert_eq(db_sync_script(c, sql), ERR_OK, "%s", db_sync_error(c));
}

Test(bouncer_database, made_twice)
{
	struct db_sync *c;

	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	cr_expect(has(HAS_ROLE));
	cr_expect(has(HAS_DATABASE));
	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	c = as_soju();
	cr_assert_not_null(c);
	script(c, "CREATE TABLE t (i int); DROP TABLE t");
	db_sync_close(c);
	cr_expect_null(db_sync_open(soju_uri("portal", DATABASE), 20000, NULL), "others get in");
}

/* Each place where a crash may leave it. */
Test(bouncer_database, goes_on_after_a_crash)
{
	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	soju_admin("DROP DATABASE \"" DATABASE "\"");
	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	cr_expect(has(HAS_DATABASE));
	soju_admin("GRANT ALL ON DATABASE \"" DATABASE "\" TO PUBLIC");
	soju_admin("ALTER ROLE \"" ROLE "\" PASSWORD 'another'");
	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	db_sync_close(as_soju());
	cr_expect_not(
	    has("SELECT has_database_privilege('" SOJU_MAKER "', '" DATABASE
		"', 'CONNECT')::int - pg_has_role('" SOJU_MAKER "', '" ROLE "', 'USAGE')::int"));
	cr_expect(has(
	    "SELECT has_database_privilege('" SOJU_READER "', '" DATABASE "', 'CONNECT')::int"));
}

Test(bouncer_database, of_somebody_else)
{
	soju_admin("CREATE ROLE \"" ROLE "\" SUPERUSER LOGIN");
	cr_expect_eq(bouncer_database_make(&b), ERR_CONFLICT);
	cr_expect_not_null(strstr(b.why, "role"));
	cr_expect_eq(bouncer_database_drop(&b), ERR_CONFLICT);
	cr_expect(has(HAS_ROLE));
	soju_admin("DROP ROLE \"" ROLE "\"");
	soju_admin("CREATE DATABASE \"" DATABASE "\"");
	cr_expect_eq(bouncer_database_make(&b), ERR_CONFLICT);
	cr_expect_not_null(strstr(b.why, "database"));
	cr_expect_eq(bouncer_database_drop(&b), ERR_CONFLICT);
	cr_expect(has("SELECT count(*) FROM pg_database WHERE datname = '" DATABASE "'"));
}

Test(bouncer_database, dropped_twice_while_in_use)
{
	struct db_sync *c;

	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	c = as_soju();
	cr_assert_not_null(c);
	script(c, "CREATE TABLE t (i int)");
	cr_assert_eq(bouncer_database_drop(&b), ERR_OK, "%s", b.why);
	cr_expect_not(has(HAS_ROLE));
	cr_expect_not(has(HAS_DATABASE));
	cr_assert_eq(bouncer_database_drop(&b), ERR_OK, "%s", b.why);
	db_sync_close(c);
}

/* A crash between the two. */
Test(bouncer_database, dropped_halfway)
{
	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	soju_admin("DROP DATABASE \"" DATABASE "\"");
	cr_assert_eq(bouncer_database_drop(&b), ERR_OK, "%s", b.why);
	cr_expect_not(has(HAS_ROLE));
}

Test(bouncer_database, may_not)
{
	const char *why;

	cr_expect_eq(bouncer_database_check(&arena, &why), ERR_OK, "%s", why);
	soju_admin("ALTER ROLE " SOJU_MAKER " NOCREATEDB");
	cr_expect_eq(bouncer_database_check(&arena, &why), ERR_FORBIDDEN);
	cr_expect_str_eq(why, "it lacks CREATEDB");
	cr_expect_eq(bouncer_database_make(&b), ERR_FORBIDDEN, "%s", b.why);
	soju_admin("ALTER ROLE " SOJU_MAKER " CREATEDB NOCREATEROLE");
	cr_expect_eq(bouncer_database_check(&arena, &why), ERR_FORBIDDEN);
	cr_expect_str_eq(why, "it lacks CREATEROLE");
	soju_admin(
	    "ALTER ROLE " SOJU_MAKER " CREATEROLE; REVOKE pg_signal_backend FROM " SOJU_MAKER);
	cr_expect_eq(bouncer_database_check(&arena, &why), ERR_FORBIDDEN);
	cr_expect_str_eq(why, "it lacks pg_signal_backend");
}

static const struct {
	const char *url, *admin_url, *key;
} bad_settings[] = {
	{ "", NULL, NULL },
	{ "postgresql://r@127.0.0.1/one", NULL, NULL },
	{ "postgresql://r@{bouncer}.example.org/one", NULL, NULL },
	{ "postgresql://127.0.0.1:x/soju_{bouncer}", NULL, NULL },
	{ NULL, "", NULL },
	{ NULL, NULL, "" },
};

Test(bouncer_database, settings_that_do_not_do)
{
	const char *url = settings.soju_database_url, *admin = settings.soju_database_admin_url;

	for (size_t i = 0; i < sizeof(bad_settings) / sizeof(bad_settings[0]); i++) {
		settings.soju_database_url =
		    bad_settings[i].url != NULL ? bad_settings[i].url : url;
		settings.soju_database_admin_url =
		    bad_settings[i].admin_url != NULL ? bad_settings[i].admin_url : admin;
		settings.soju_admin_key = bad_settings[i].key != NULL ? bad_settings[i].key : KEY;
		cr_expect_eq(bouncer_database_make(&b), ERR_INVALID, "%zu", i);
		cr_expect_not_null(b.why);
	}
	settings.soju_database_url = url;
	settings.soju_admin_key = KEY;
	settings.soju_database_admin_url = "postgresql://nobody@127.0.0.1:1/postgres";
	cr_expect_eq(bouncer_database_make(&b), ERR_UNAVAILABLE);
	b.bouncer = "x\"; DROP";
	cr_expect_eq(bouncer_database_make(&b), ERR_INVALID);
}

/* ---- The reader ---- */

static void
load(struct db_sync *c, const char *file)
{
	char *sql = arena_alloc(&arena, 65536);
	FILE *f = fopen(file, "r");

	cr_assert_not_null(f, "%s", file);
	cr_assert_lt(fread(sql, 1, 65535, f), 65535u);
	fclose(f);
	script(c, sql);
}

static enum err
read_networks(struct db_sync *c)
{
	struct db_query q = { .arena = &arena };
	enum err e;

	soju_db_ask_networks(&q, "alice");
	e = db_sync_run(c, &q, NULL);
	return e;
}

Test(bouncer_database, the_reader_reads)
{
	struct db_sync *c, *reader;

	cr_assert_eq(bouncer_database_make(&b), ERR_OK, "%s", b.why);
	cr_expect_eq(bouncer_database_grant(&b), ERR_NOT_FOUND);
	c = as_soju();
	cr_assert_not_null(c);
	for (size_t i = 0; i < 3; i++)
		load(c, (const char *[]){ "tests/data/soju_schema_14.sql",
			    "tests/data/soju_schema_17.sql", "tests/data/soju_schema_18.sql" }[i]);
	reader = db_sync_open(soju_uri(SOJU_READER, DATABASE), 20000, NULL);
	cr_assert_not_null(reader);
	cr_expect_eq(read_networks(reader), ERR_FORBIDDEN);
	cr_assert_eq(bouncer_database_grant(&b), ERR_OK, "%s", b.why);
	cr_assert_eq(bouncer_database_grant(&b), ERR_OK, "%s", b.why);
	cr_expect_eq(read_networks(reader), ERR_OK);
	cr_expect_eq(db_sync_script(reader, "SELECT pass FROM \"Network\""), ERR_FORBIDDEN);
	cr_expect_eq(db_sync_script(reader, "CREATE TABLE t (i int)"), ERR_FORBIDDEN);
	db_sync_close(reader);
	db_sync_close(c);
}
