#include "app/migrate.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/hex.h"
#include "base/xmalloc.h"
#include "db/db_row.h"
#include "db/db_sync.h"

/* Any number, the same in every release: "portal" on a telephone's keys. */
#define LOCK_SQL "SELECT pg_advisory_lock(767825)"
#define TABLE_SQL                                                                                  \
	"CREATE TABLE IF NOT EXISTS schema_migrations ("                                           \
	" name text PRIMARY KEY,"                                                                  \
	" sha256 text NOT NULL,"                                                                   \
	" applied_at timestamptz NOT NULL DEFAULT now(),"                                          \
	" service text)"
/*
 * For databases that were made before the column; their rows stay NULL. Looked at first, as even an
 * ALTER that has nothing to do would wait for a backup, and everybody who reads the table for it.
 */
#define SERVICE_SQL                                                                                \
	"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_attribute"                                      \
	" WHERE attrelid = 'schema_migrations'::regclass AND attname = 'service'"                  \
	" AND NOT attisdropped) THEN"                                                              \
	" ALTER TABLE schema_migrations ADD COLUMN service text; END IF; END $$"

struct migration {
	char *name; /* "0001_accounts.sql" */
	struct strbuf sql;
	char sha256[65];
};

struct migrations {
	struct migration *v;
	size_t n;
	char *service; /* the folder's name: accounts, txt or pics */
};

static void
empty(struct migrations *all)
{
	size_t i;

	for (i = 0; i < all->n; i++) {
		free(all->v[i].name);
		strbuf_free(&all->v[i].sql);
	}
	free(all->v);
	free(all->service);
}

static enum err
refuse(struct strbuf *problem, const char *about, const char *why)
{
	strbuf_printf(problem, "%s: %s", about, why);
	return ERR_INVALID;
}

static enum err
complain(const char *about, const char *why)
{
	fprintf(stderr, "portal migrate: %s: %s\n", about, why);
	return ERR_INVALID;
}

/* Four digits, "_", and ".sql" at the end. */
static int
is_migration(const struct dirent *entry)
{
	const char *name = entry->d_name;
	size_t len = strlen(name);

	return len > 9 && strspn(name, "0123456789") == 4 && name[4] == '_' &&
	       strcmp(name + len - 4, ".sql") == 0;
}

static enum err
read_file(const char *dir, struct migration *m, struct strbuf *problem)
{
	struct strbuf path = { 0 };
	char bytes[8192];
	enum err e = ERR_OK;
	size_t n;
	FILE *f;

	strbuf_printf(&path, "%s/%s", dir, m->name);
	f = fopen(strbuf_text(&path), "r");
	if (f == NULL) {
		e = refuse(problem, strbuf_text(&path), strerror(errno));
	} else {
		while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
			strbuf_add(&m->sql, bytes, n);
		if (ferror(f))
			e = refuse(problem, strbuf_text(&path), strerror(errno));
		fclose(f);
	}
	strbuf_free(&path);
	return e;
}

static void
checksum(struct migration *m)
{
	unsigned char hash[32];

	digest_sha256(hash, strbuf_text(&m->sql), m->sql.len);
	hex_encode(m->sha256, hash, sizeof(hash));
}

/* What follows the last slash. */
static const char *
last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static enum err
read_all(const char *dir, struct migrations *all, struct strbuf *problem)
{
	struct dirent **entries;
	enum err e = ERR_OK;
	int n = scandir(dir, &entries, is_migration, alphasort), i;

	if (n < 0)
		return refuse(problem, dir, strerror(errno));
	all->service = xstrdup(last_part(dir));
	all->v = xcalloc((size_t)n, sizeof(*all->v));
	for (i = 0; i < n; i++) {
		struct migration *m = &all->v[all->n++];

		m->name = xstrdup(entries[i]->d_name);
		if (e == ERR_OK)
			e = read_file(dir, m, problem);
		checksum(m);
		free(entries[i]);
	}
	free(entries);
	if (e == ERR_OK && n == 0)
		return refuse(problem, dir, "holds no migrations");
	return e;
}

/* The checksum it was applied with, in the arena; NULL if it was not. */
static enum err
applied_checksum(struct db_sync *db, struct arena *a, const char *name, const char **sha256)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	struct db_row r;
	enum err e;

	*sha256 = NULL;
	db_query_read(&q, "SELECT sha256 FROM schema_migrations WHERE name = $1");
	db_param_text(&q, name);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK && PQntuples(res) == 1) {
		r = db_row_at(res, 0);
		*sha256 = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	PQclear(res);
	return e;
}

static enum err
record(struct db_sync *db, struct arena *a, const struct migration *m, const char *service)
{
	struct db_query q = { .arena = a };

	db_query_write(
	    &q, "INSERT INTO schema_migrations (name, sha256, service) VALUES ($1, $2, $3)");
	db_param_text(&q, m->name);
	db_param_text(&q, m->sha256);
	db_param_text(&q, service);
	return db_sync_run(db, &q, NULL);
}

static enum err
apply(struct db_sync *db, struct arena *a, const struct migration *m, const char *service)
{
	enum err e = db_sync_script(db, "BEGIN");

	if (e == ERR_OK)
		e = db_sync_script(db, strbuf_text(&m->sql));
	if (e == ERR_OK)
		e = record(db, a, m, service);
	if (e == ERR_OK)
		e = db_sync_script(db, "COMMIT");
	if (e != ERR_OK) {
		complain(m->name, db_sync_error(db));
		db_sync_script(db, "ROLLBACK");
		return e;
	}
	printf("applied %s\n", m->name);
	return ERR_OK;
}

/*
 * Each role has its own database: tables of two roles in one would meet. Names of files do not tell
 * whose they are, as txt and pics have some in common; so each row says it.
 */
static enum err
refuse_foreign(struct db_sync *db, struct arena *a, const struct migrations *all)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	struct db_row r;
	enum err e;

	db_query_read(&q, "SELECT name FROM schema_migrations WHERE service <> $1 LIMIT 1");
	db_param_text(&q, all->service);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK && PQntuples(res) == 1) {
		r = db_row_at(res, 0);
		e = complain(db_row_text(&r, a), "was applied and belongs to another service; "
						 "DATABASE_URL leads to the wrong database");
	}
	PQclear(res);
	return e;
}

static enum err
bring_up(struct db_sync *db, struct arena *a, const struct migrations *all)
{
	const char *sha256;
	enum err e = refuse_foreign(db, a, all);
	size_t i;

	for (i = 0; e == ERR_OK && i < all->n; i++) {
		e = applied_checksum(db, a, all->v[i].name, &sha256);
		if (e == ERR_OK && sha256 == NULL)
			e = apply(db, a, &all->v[i], all->service);
		else if (e == ERR_OK && strcmp(sha256, all->v[i].sha256) != 0)
			e = complain(all->v[i].name, "was changed after it had been applied");
	}
	return e;
}

enum err
migrate_run(const char *url, const char *dir)
{
	struct migrations all = { 0 };
	struct arena arena = { 0 };
	struct strbuf error = { 0 };
	struct db_sync *db = NULL;
	enum err e = read_all(dir, &all, &error);

	if (e != ERR_OK)
		fprintf(stderr, "portal migrate: %s\n", strbuf_text(&error));
	if (e == ERR_OK) {
		db = db_sync_open(url, 0, &error);
		if (db == NULL) {
			complain("no connection", strbuf_text(&error));
			e = ERR_UNAVAILABLE;
		}
	}
	/* The role may have a limit meant for pages. */
	if (e == ERR_OK)
		e = db_sync_script(
		    db, "SET client_min_messages = warning; SET statement_timeout = 0");
	if (e == ERR_OK)
		e = db_sync_script(db, LOCK_SQL);
	if (e == ERR_OK)
		e = db_sync_script(db, TABLE_SQL "; " SERVICE_SQL);
	if (e == ERR_OK)
		e = bring_up(db, &arena, &all);
	if (e == ERR_OK)
		printf("%zu migrations, all applied\n", all.n);
	db_sync_close(db);
	strbuf_free(&error);
	arena_free(&arena);
	empty(&all);
	return e;
}

/* ---- Looking, without a change ---- */

enum err
migrate_read(struct migrations **all, const char *dir, struct strbuf *problem)
{
	enum err e;

	*all = xcalloc(1, sizeof(**all));
	e = read_all(dir, *all, problem);
	if (e != ERR_OK) {
		migrate_free(*all);
		*all = NULL;
	}
	return e;
}

void
migrate_free(struct migrations *all)
{
	if (all == NULL)
		return;
	empty(all);
	free(all);
}

size_t
migrate_count(const struct migrations *all)
{
	return all->n;
}

const char *
migrate_newest(const struct migrations *all)
{
	return all->v[all->n - 1].name;
}

/* Asking for a table that is not there would be an error in the logs of both sides. */
static enum err
has_list(struct db_sync *db, struct arena *a, bool *is_there)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	struct db_row r;
	enum err e;

	db_query_read(&q, "SELECT to_regclass('schema_migrations') IS NOT NULL");
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK) {
		r = db_row_at(res, 0);
		*is_there = db_row_bool(&r);
		e = db_row_end(&r);
	}
	PQclear(res);
	return e;
}

/* NULL: it is not in the answer. */
static const char *
find_checksum(const PGresult *res, struct arena *a, const char *name)
{
	struct db_row r;
	int i;

	for (i = 0; i < PQntuples(res); i++) {
		r = db_row_at(res, i);
		if (strcmp(db_row_text(&r, a), name) == 0)
			return db_row_text(&r, a);
	}
	return NULL;
}

static enum err
compare_rows(const struct migrations *all, const PGresult *res, struct arena *a, size_t *nknown,
    struct strbuf *problem)
{
	const char *sha256;
	size_t i;

	*nknown = 0;
	for (i = 0; i < all->n; i++) {
		sha256 = find_checksum(res, a, all->v[i].name);
		if (sha256 == NULL) {
			strbuf_printf(problem, "migration %s is missing", all->v[i].name);
			return ERR_NOT_FOUND;
		}
		if (strcmp(sha256, all->v[i].sha256) != 0) {
			strbuf_printf(problem, "migration %s was changed after it had been applied",
			    all->v[i].name);
			return ERR_CONFLICT;
		}
		++*nknown;
	}
	return ERR_OK;
}

static enum err
compare(const struct migrations *all, struct db_sync *db, struct arena *a, size_t *nnewer,
    struct strbuf *problem)
{
	struct db_query q = { .arena = a };
	PGresult *res = NULL;
	bool is_there = false;
	size_t nknown = 0;
	enum err e = has_list(db, a, &is_there);

	if (e == ERR_OK && !is_there) {
		strbuf_puts(problem, "no migration is applied");
		return ERR_NOT_FOUND;
	}
	db_query_read(&q, "SELECT name, sha256 FROM schema_migrations");
	if (e == ERR_OK)
		e = db_sync_run(db, &q, &res);
	if (e != ERR_OK) {
		strbuf_printf(
		    problem, "its list of migrations cannot be read: %s", db_sync_error(db));
		return ERR_UNAVAILABLE;
	}
	e = compare_rows(all, res, a, &nknown, problem);
	*nnewer = (size_t)PQntuples(res) - nknown;
	PQclear(res);
	return e;
}

enum err
migrate_compare(
    const struct migrations *all, struct db_sync *db, size_t *nnewer, struct strbuf *problem)
{
	struct arena arena = { 0 };
	enum err e = compare(all, db, &arena, nnewer, problem);

	arena_free(&arena);
	return e;
}
