/* `portal migrate` on a database of its own. */
#include "app/migrate.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db_fixture.h"

static char dir[] = "/tmp/migrate.XXXXXX";
static char name[64], url[1024];

static void
write_file(const char *file, const char *sql)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "w");
	cr_assert_not_null(f);
	fputs(sql, f);
	fclose(f);
}

static void
open_admin(void)
{
	struct strbuf error = { 0 };

	cr_assert_not_null(getenv("ADMIN_DATABASE_URL"), "ADMIN_DATABASE_URL is not set");
	db = db_sync_open(getenv("ADMIN_DATABASE_URL"), 0, &error);
	cr_assert_not_null(db, "%s", strbuf_text(&error));
}

/* ADMIN_DATABASE_URL with another database at its end. */
static void
make_url(void)
{
	const char *admin = getenv("ADMIN_DATABASE_URL");

	snprintf(url, sizeof(url), "%.*s/%s", (int)(strrchr(admin, '/') - admin), admin, name);
}

static void
open_database(void)
{
	char sql[128];

	open_admin();
	cr_assert_not_null(mkdtemp(dir));
	snprintf(name, sizeof(name), "migrate_%d", (int)getpid());
	snprintf(sql, sizeof(sql), "CREATE DATABASE %s", name);
	fixture_exec(sql);
	make_url();
	db_sync_close(db);
	db = db_sync_open(url, 0, NULL);
	cr_assert_not_null(db);
}

static void
drop_database(void)
{
	char text[128];

	db_sync_close(db);
	open_admin();
	snprintf(text, sizeof(text), "DROP DATABASE %s WITH (FORCE)", name);
	fixture_exec(text);
	snprintf(text, sizeof(text), "rm -r %s", dir);
	cr_assert_eq(system(text), 0); /* NOLINT(cert-env33-c): our own folder */
	fixture_close();
}

TestSuite(migrate, .init = open_database, .fini = drop_database);

Test(migrate, each_file_once_and_in_order)
{
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	write_file("0001_one.sql", "CREATE TABLE t (n int); INSERT INTO t VALUES (1);");
	write_file("README.md", "not a migration");
	write_file("3_three.sql", "SELECT nonsense");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM t"), 2);
	cr_expect_eq(fixture_number("SELECT count(*) FROM schema_migrations"), 2);
	write_file("0003_three.sql", "INSERT INTO t VALUES (3);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(fixture_number("SELECT sum(n) FROM t"), 6);
}

Test(migrate, a_file_that_fails_leaves_nothing_behind)
{
	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	write_file("0002_two.sql", "INSERT INTO t VALUES (2); SELECT nonsense;");
	write_file("0003_three.sql", "INSERT INTO t VALUES (3);");
	cr_assert_neq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM t"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM schema_migrations"), 1);
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(fixture_number("SELECT sum(n) FROM t"), 5);
}

Test(migrate, an_applied_file_must_not_change)
{
	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	write_file("0001_one.sql", "CREATE TABLE t (n bigint);");
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	cr_expect_eq(migrate_run(url, dir), ERR_INVALID);
	cr_expect_eq(fixture_number("SELECT count(*) FROM t"), 0);
}

Test(migrate, nothing_to_read_is_an_error)
{
	cr_expect_eq(migrate_run(url, dir), ERR_INVALID);
	cr_expect_eq(migrate_run(url, "/nonexistent"), ERR_INVALID);
	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	cr_expect_eq(migrate_run("postgresql://127.0.0.1:1/none", dir), ERR_UNAVAILABLE);
}

/* Replicas that start together: one applies, the others wait and find it done. */
Test(migrate, several_at_once)
{
	int status, i;

	write_file("0001_one.sql", "CREATE TABLE t (n int); SELECT pg_sleep(0.3);");
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	for (i = 0; i < 4; i++)
		if (fork() == 0)
			_exit(migrate_run(url, dir) == ERR_OK ? 0 : 1);
	for (i = 0; i < 4; i++) {
		cr_assert_gt(wait(&status), 0);
		cr_expect_eq(status, 0);
	}
	cr_expect_eq(fixture_number("SELECT count(*) FROM t"), 1);
}
