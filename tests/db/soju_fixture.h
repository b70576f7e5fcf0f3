/*
 * A soju database of any schema version, with the rights of conf/soju_grants.sql and nothing in it.
 * ADMIN_DATABASE_URL may create databases and roles. Tests run in the root of the checkout.
 */
#ifndef TESTS_DB_SOJU_FIXTURE_H
#define TESTS_DB_SOJU_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/settings.h"
#include "db_fixture.h"
#include "source/source_answer.h"
#include "source/source_fetch.h"

#define SOJU_DATABASE "portal_test_soju_b-1"
#define SOJU_READER "portal_test_reader"

static struct db_sync *soju; /* its owner */
static struct source_count counted;
static struct soju_answer answer;
static struct source_result result;

/* The administrator's address with another database or role. */
static inline const char *
soju_url(const char *database, const char *role)
{
	PQconninfoOption *options, *o;
	struct strbuf out = { 0 };
	const char *value, *url;

	cr_assert_not_null(getenv("ADMIN_DATABASE_URL"), "ADMIN_DATABASE_URL is not set");
	options = PQconninfoParse(getenv("ADMIN_DATABASE_URL"), NULL);
	cr_assert_not_null(options);
	for (o = options; o->keyword != NULL; o++) {
		value = o->val;
		if (strcmp(o->keyword, "dbname") == 0)
			value = database;
		else if (role != NULL && strcmp(o->keyword, "user") == 0)
			value = role;
		else if (role != NULL && strcmp(o->keyword, "password") == 0)
			value = role;
		if (value != NULL)
			strbuf_printf(&out, "%s='%s' ", o->keyword, value);
	}
	PQconninfoFree(options);
	url = arena_strdup(&arena, strbuf_text(&out));
	strbuf_free(&out);
	return url;
}

/* libpq's URI, as settings have it where each bouncer has a database of its own. */
static inline const char *
soju_uri(const char *user, const char *database)
{
	PQconninfoOption *options = PQconninfoParse(getenv("ADMIN_DATABASE_URL"), NULL), *o;
	const char *host = "", *port = "";

	cr_assert_not_null(options);
	for (o = options; o->keyword != NULL; o++) {
		if (strcmp(o->keyword, "host") == 0)
			host = arena_strdup(&arena, o->val);
		if (strcmp(o->keyword, "port") == 0)
			port = arena_strdup(&arena, o->val);
	}
	PQconninfoFree(options);
	return arena_printf(&arena, "postgresql://%s:%s@%s:%s/%s?sslmode=disable", user, user, host,
	    port, database);
}

static inline void
soju_exec(const char *sql)
{
	cr_assert_eq(db_sync_script(soju, sql), ERR_OK, "%s: %s", sql, db_sync_error(soju));
}

static inline void
soju_admin(const char *sql)
{
	struct strbuf error = { 0 };
	struct db_sync *admin = db_sync_open(soju_url("postgres", NULL), 60000, &error);

	cr_assert_not_null(admin, "%s", strbuf_text(&error));
	cr_assert_eq(db_sync_script(admin, "SET client_min_messages = error"), ERR_OK);
	cr_assert_eq(db_sync_script(admin, sql), ERR_OK, "%s: %s", sql, db_sync_error(admin));
	db_sync_close(admin);
	strbuf_free(&error);
}

static inline void
soju_load(const char *file)
{
	struct strbuf sql = { 0 };
	char bytes[4096];
	size_t len;
	FILE *f = fopen(file, "r");

	cr_assert_not_null(f, "%s", file);
	while ((len = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(&sql, bytes, len);
	fclose(f);
	soju_exec(strbuf_text(&sql));
	strbuf_free(&sql);
}

static inline void
soju_connect(void)
{
	struct strbuf error = { 0 };

	soju = db_sync_open(soju_url(SOJU_DATABASE, NULL), 60000, &error);
	cr_assert_not_null(soju, "%s", strbuf_text(&error));
	strbuf_free(&error);
}

/* The script is for psql, as an operator runs it; here twice, which must do no harm. */
static inline void
soju_grant(void)
{
	const char *command = arena_printf(&arena,
	    "psql -X -q -d \"%s\" -v ON_ERROR_STOP=1 -v role=" SOJU_READER
	    " -f conf/soju_grants.sql",
	    soju_url(SOJU_DATABASE, NULL));

	cr_assert_eq(system(command), 0, "%s", command);
	cr_assert_eq(system(command), 0, "%s", command);
}

static inline void
soju_create(const char *how)
{
	db_sync_close(soju);
	soju = NULL;
	soju_admin("DROP DATABASE IF EXISTS \"" SOJU_DATABASE "\" WITH (FORCE)");
	soju_admin(arena_printf(
	    &arena, "CREATE DATABASE \"" SOJU_DATABASE "\" TEMPLATE template0 %s", how));
	soju_connect();
}

/* A fresh database of that version with one account, alice. */
static inline void
soju_open(int version)
{
	static const int versions[] = { 14, 17, 18, 20 };
	size_t i;

	soju_create("ENCODING 'UTF8'");
	for (i = 0; i < 4 && versions[i] <= version; i++)
		soju_load(arena_printf(&arena, "tests/data/soju_schema_%d.sql", versions[i]));
	soju_grant();
	soju_exec("INSERT INTO \"User\" (username) VALUES ('alice')");
}

static inline void
soju_begin(void)
{
	fixture_open();
	counted = (struct source_count){ .recount_id = -1, .recount_messages = -1 };
	soju_admin("DROP DATABASE IF EXISTS \"" SOJU_DATABASE "\" WITH (FORCE)");
	soju_admin("DROP ROLE IF EXISTS " SOJU_READER "; CREATE ROLE " SOJU_READER
		   " LOGIN PASSWORD '" SOJU_READER "'");
	settings.soju_database_url = soju_url("portal_test_soju_{bouncer}", SOJU_READER);
}

static inline void
soju_end(void)
{
	db_sync_close(soju);
	soju_admin("DROP DATABASE IF EXISTS \"" SOJU_DATABASE "\" WITH (FORCE)");
	soju_admin("DROP ROLE " SOJU_READER);
	fixture_close();
}

/* ---- Databases that are made for bouncers ---- */

/* Who may make them, and only that; its name is its password. */
#define SOJU_MAKER "portal_test_maker"

/* The bouncer's database, its role, and those that the next function makes. */
static inline void
soju_unmake(const char *bouncer)
{
	soju_admin(
	    arena_printf(&arena, "DROP DATABASE IF EXISTS \"soju_%s\" WITH (FORCE)", bouncer));
	soju_admin(arena_printf(&arena,
	    "DROP ROLE IF EXISTS \"soju_%s\"; DROP ROLE IF EXISTS " SOJU_READER
	    "; DROP ROLE IF EXISTS " SOJU_MAKER,
	    bouncer));
}

/* As an operator sets it up, with nothing left of an earlier run. */
static inline void
soju_let_make(const char *bouncer)
{
	soju_unmake(bouncer);
	soju_admin(
	    "CREATE ROLE " SOJU_READER " LOGIN PASSWORD '" SOJU_READER "'; CREATE ROLE " SOJU_MAKER
	    " LOGIN CREATEDB CREATEROLE PASSWORD '" SOJU_MAKER "' IN ROLE pg_signal_backend");
	settings.soju_database_url = soju_uri(SOJU_READER, "soju_{bouncer}");
	settings.soju_database_admin_url = soju_uri(SOJU_MAKER, "postgres");
}

/* ---- Reading ---- */

/* One refresh; 10 s have passed since the one before. */
static inline enum source_failure
soju_fetch(const char *username)
{
	const struct source_subject subject = { .kind = SOURCE_SOJU,
		.user_id = 1,
		.bouncer_id = 1,
		.bouncer_name = "b-1",
		.soju_username = username };
	struct source_fetch f = { .subject = &subject, .arena = &arena, .count = counted };

	if (f.count.seen_id > f.count.settled_id)
		f.count.settled_id = f.count.seen_id;
	source_fetch_run(&f, &result);
	counted = f.count;
	if (result.failure == SOURCE_FINE)
		cr_assert_eq(source_answer_read_soju(&answer, &arena, result.answer), ERR_OK, "%s",
		    result.answer);
	return result.failure;
}

#endif
