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
remove_file(const char *file)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	cr_assert_eq(unlink(path), 0);
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

/* The services have their first files in common, so names do not tell whose a database is. */
Test(migrate, a_database_of_another_service_is_refused)
{
	char other[64];

	snprintf(other, sizeof(other), "%s/other", dir);
	cr_assert_eq(mkdir(other, 0700), 0);
	write_file("0001_people.sql", "CREATE TABLE people (n int);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	write_file("other/0001_people.sql", "CREATE TABLE people (n int);");
	cr_expect_eq(migrate_run(url, other), ERR_INVALID, "nothing to apply, but not ours");
	write_file("other/0002_other.sql", "CREATE TABLE others (n int);");
	cr_expect_eq(migrate_run(url, other), ERR_INVALID);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pg_class WHERE relname = 'others'"), 0);
	cr_expect_eq(fixture_number("SELECT count(*) FROM schema_migrations"), 1);
}

/* Made before rows said whose they are. */
Test(migrate, a_database_that_does_not_say_whose_it_is)
{
	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	fixture_exec("ALTER TABLE schema_migrations DROP COLUMN service");
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	cr_expect_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(
	    fixture_number("SELECT count(*) FROM schema_migrations WHERE service IS NULL"), 1);
	cr_expect_eq(fixture_number("SELECT count(*) FROM schema_migrations"), 2);
}

/* While a release is rolled back: it finds what the next one applied, and leaves it. */
Test(migrate, what_a_later_release_applied_is_no_other_service)
{
	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	remove_file("0002_two.sql");
	cr_expect_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(fixture_number("SELECT count(*) FROM schema_migrations"), 2);
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

/* What ALTER ROLE or ALTER DATABASE sets is meant for pages. */
Test(migrate, a_limit_of_time_is_not_for_it)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "ALTER DATABASE %s SET statement_timeout = '100ms'", name);
	fixture_exec(sql);
	write_file("0001_one.sql", "CREATE TABLE t (n int); SELECT pg_sleep(0.3);");
	cr_expect_eq(migrate_run(url, dir), ERR_OK);
}

/* What is there, without a change. */
static enum err
compare_now(size_t *nnewer, const char *part)
{
	struct migrations *all;
	struct strbuf problem = { 0 };
	enum err e;

	cr_assert_eq(migrate_read(&all, dir, &problem), ERR_OK);
	e = migrate_compare(all, db, nnewer, &problem);
	cr_expect_not_null(strstr(strbuf_text(&problem), part), "%s", strbuf_text(&problem));
	cr_expect_eq(e == ERR_OK, problem.len == 0, "%s", strbuf_text(&problem));
	migrate_free(all);
	strbuf_free(&problem);
	return e;
}

Test(migrate, compares_without_a_change)
{
	size_t nnewer = 0;

	write_file("0001_one.sql", "CREATE TABLE t (n int);");
	cr_expect_eq(compare_now(&nnewer, "no migration is applied"), ERR_NOT_FOUND);
	cr_expect_eq(fixture_number("SELECT count(*) FROM pg_class WHERE relname IN"
				    " ('t', 'schema_migrations')"),
	    0);
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	cr_expect_eq(compare_now(&nnewer, ""), ERR_OK);
	cr_expect_eq(nnewer, 0);
	write_file("0002_two.sql", "INSERT INTO t VALUES (2);");
	cr_expect_eq(compare_now(&nnewer, "0002_two.sql is missing"), ERR_NOT_FOUND);
	cr_expect_eq(fixture_number("SELECT count(*) FROM t"), 0);
	cr_assert_eq(migrate_run(url, dir), ERR_OK);
	fixture_exec("INSERT INTO schema_migrations (name, sha256) VALUES ('0003_three.sql', 'x')");
	cr_expect_eq(compare_now(&nnewer, ""), ERR_OK);
	cr_expect_eq(nnewer, 1);
	write_file("0001_one.sql", "CREATE TABLE t (n bigint);");
	cr_expect_eq(compare_now(&nnewer, "0001_one.sql was changed"), ERR_CONFLICT);
}

Test(migrate, reads_the_newest_name)
{
	struct migrations *all;
	struct strbuf problem = { 0 };

	cr_expect_eq(migrate_read(&all, dir, &problem), ERR_INVALID);
	cr_expect_null(all);
	cr_expect_not_null(strstr(strbuf_text(&problem), "holds no migrations"));
	strbuf_free(&problem);
	write_file("0002_two.sql", "SELECT 2");
	write_file("0001_one.sql", "SELECT 1");
	cr_assert_eq(migrate_read(&all, dir, &problem), ERR_OK);
	cr_expect_eq(migrate_count(all), 2);
	cr_expect_str_eq(migrate_newest(all), "0002_two.sql");
	migrate_free(all);
}
