/*
 * A migrated accounts database of a test's own, for what must be committed, or seen by several
 * connections: made by own_begin() and dropped by own_end(). Stands behind db_fixture.h.
 */
#ifndef TESTS_OWN_DATABASE_H
#define TESTS_OWN_DATABASE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/migrate.h"

#define MIGRATIONS "migrations/accounts"

static char own_url[1024], own_name[64];

/* As the cluster's owner, over a connection of its own. */
static inline void
own_admin(const char *before, const char *after)
{
	struct db_sync *admin = fixture_connect_to("ADMIN_DATABASE_URL");
	char sql[256];

	snprintf(sql, sizeof(sql), "%s %s %s", before, own_name, after);
	cr_assert_eq(db_sync_script(admin, sql), ERR_OK, "%s: %s", sql, db_sync_error(admin));
	db_sync_close(admin);
}

/* Another connection to it. */
static inline struct db_sync *
own_connect(void)
{
	struct db_sync *c = db_sync_open(own_url, 60000, NULL);

	cr_assert_not_null(c);
	cr_assert_eq(db_sync_script(c, "SET client_min_messages = error"), ERR_OK);
	return c;
}

/* Empty, with `db` connected to it. */
static inline void
own_make(void)
{
	const char *admin = getenv("ADMIN_DATABASE_URL");

	cr_assert_not_null(admin, "ADMIN_DATABASE_URL is not set");
	snprintf(own_name, sizeof(own_name), "own_%d", (int)getpid());
	own_admin("CREATE DATABASE", "TEMPLATE template0");
	snprintf(own_url, sizeof(own_url), "%.*s/%s", (int)(strrchr(admin, '/') - admin), admin,
	    own_name);
	db = own_connect();
}

static inline void
own_begin(void)
{
	own_make();
	cr_assert_eq(migrate_run(own_url, MIGRATIONS), ERR_OK);
}

static inline void
own_end(void)
{
	db_sync_close(db);
	own_admin("DROP DATABASE IF EXISTS", "WITH (FORCE)");
	arena_free(&arena);
}

#endif
