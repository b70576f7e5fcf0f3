#include "bouncer/bouncer_database.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/settings.h"
#include "base/url.h"
#include "bouncer/soju_secret.h"
#include "clients/soju_db.h"
#include "db/db_row.h"
#include "db/db_sync.h"
#include "db/db_url.h"
#include "metrics/metrics_call.h"
#include "source/source.h"

/* What says in the server that a role is ours. Never changed. */
#define MARK "soju bouncer of the portal"
#define GRANTS_BYTES_MAX ((size_t)64 * 1024)
#define GRANTS_MAX 40 /* statements */
/* soju opens 25 at most; its database tool and the portal come on top. */
#define CONNECTIONS_MAX "40"

/* ---- Names and addresses ---- */

const char *
bouncer_database_role(struct arena *a, const char *bouncer)
{
	return arena_printf(a, "soju_%s", bouncer);
}

static enum err
fail(struct bouncer_database *b, enum err e, const char *why)
{
	b->why = why;
	return e;
}

/* What SOJU_DATABASE_URL says for this bouncer; freed with PQconninfoFree(). */
static enum err
read_template(PQconninfoOption **options, struct bouncer_database *b)
{
	const char *template = settings.soju_database_url, *url;

	*options = NULL;
	if (!source_is_of_each(template))
		return fail(b, ERR_INVALID, "SOJU_DATABASE_URL has no {bouncer} in it");
	if (soju_db_url(&url, b->arena, template, b->bouncer) != ERR_OK)
		return fail(b, ERR_INVALID, "a name that no bouncer has");
	*options = PQconninfoParse(url, NULL);
	if (*options == NULL)
		return fail(b, ERR_INVALID, "SOJU_DATABASE_URL cannot be read");
	return ERR_OK;
}

struct names {
	const char *database, *role, *reader, *host, *port, *sslmode;
};

static const char *
copy_of(struct arena *a, const PQconninfoOption *options, const char *key, const char *otherwise)
{
	const char *value = db_url_given(options, key);

	return arena_strdup(a, value != NULL && *value != '\0' ? value : otherwise);
}

static enum err
find_names(struct names *n, struct bouncer_database *b)
{
	PQconninfoOption *options;
	enum err e = read_template(&options, b);

	if (e != ERR_OK)
		return e;
	*n = (struct names){
		.database = copy_of(b->arena, options, "dbname", ""),
		.role = bouncer_database_role(b->arena, b->bouncer),
		.reader = copy_of(b->arena, options, "user", ""),
		.host = copy_of(b->arena, options, "host", "localhost"),
		.port = copy_of(b->arena, options, "port", "5432"),
		.sslmode = copy_of(b->arena, options, "sslmode", ""),
	};
	PQconninfoFree(options);
	if (strstr(n->database, b->bouncer) == NULL)
		return fail(b, ERR_INVALID,
		    "SOJU_DATABASE_URL must have {bouncer} in the name of the database");
	if (strcmp(n->reader, n->role) == 0 || *n->reader == '\0')
		return fail(b, ERR_INVALID, "SOJU_DATABASE_URL must name a role that reads");
	return ERR_OK;
}

/* Those of libpq that soju's library knows as well. Without one of them it insists on TLS. */
static bool
is_sslmode(const char *mode)
{
	return strcmp(mode, "disable") == 0 || strcmp(mode, "require") == 0 ||
	       strcmp(mode, "verify-ca") == 0 || strcmp(mode, "verify-full") == 0;
}

static enum err
password_of(const char **password, struct bouncer_database *b)
{
	*password =
	    soju_secret(b->arena, settings.soju_admin_key, SOJU_SECRET_DATABASE, b->bouncer);
	if (*password == NULL)
		return fail(b, ERR_INVALID, "SOJU_ADMIN_KEY is not set");
	return ERR_OK;
}

enum err
bouncer_database_url(const char **url, struct bouncer_database *b)
{
	const char *password;
	struct names n;
	enum err e = find_names(&n, b);

	if (e == ERR_OK)
		e = password_of(&password, b);
	if (e != ERR_OK)
		return e;
	*url = arena_printf(b->arena, "postgresql://%s:%s@%s%s%s:%s/%s%s%s",
	    url_encode(b->arena, n.role), password, strchr(n.host, ':') != NULL ? "[" : "", n.host,
	    strchr(n.host, ':') != NULL ? "]" : "", n.port, url_encode(b->arena, n.database),
	    is_sslmode(n.sslmode) ? "?sslmode=" : "", is_sslmode(n.sslmode) ? n.sslmode : "");
	return ERR_OK;
}

/* ---- Talking to the server ---- */

struct work {
	struct bouncer_database *b;
	struct names names;
	const char *password;
	struct db_sync *db;
	const char *role, *database, *reader; /* quoted by libpq */
	int64_t begun_us;		      /* 0: nobody was asked */
};

/* An identifier as SQL spells it, whatever is in it. */
static const char *
quoted(struct work *w, const char *name)
{
	char *text = PQescapeIdentifier(db_sync_conn(w->db), name, strlen(name));
	const char *copy = arena_strdup(w->b->arena, text != NULL ? text : "\"\"");

	PQfreemem(text);
	return copy;
}

/* libpq's sentences may hold names of hosts, which are no secret, and no passwords. */
static enum err
open_work(struct work *w, struct bouncer_database *b, const char *url)
{
	struct strbuf error = { 0 };

	w->begun_us = clock_monotonic_us();
	w->db = db_sync_open_foreign(url, b->timeout_ms, &error);
	if (w->db == NULL)
		fail(b, ERR_UNAVAILABLE, arena_strdup(b->arena, strbuf_text(&error)));
	strbuf_free(&error);
	if (w->db == NULL)
		return ERR_UNAVAILABLE;
	w->role = quoted(w, w->names.role);
	w->database = quoted(w, w->names.database);
	w->reader = quoted(w, w->names.reader);
	return ERR_OK;
}

static enum err
begin(struct work *w, struct bouncer_database *b)
{
	enum err e;

	*w = (struct work){ .b = b };
	if (*settings.soju_database_admin_url == '\0')
		return fail(b, ERR_INVALID, "SOJU_DATABASE_ADMIN_URL is not set");
	e = find_names(&w->names, b);
	if (e == ERR_OK)
		e = password_of(&w->password, b);
	if (e == ERR_OK)
		e = open_work(w, b, settings.soju_database_admin_url);
	return e;
}

static enum err
finish(struct work *w, enum err e)
{
	db_sync_close(w->db);
	if (w->begun_us != 0)
		metrics_call_err("bouncer_db", e, clock_monotonic_us() - w->begun_us);
	return e;
}

/* One statement, with names that libpq has quoted in it: they cannot be parameters. */
static enum err
run(struct work *w, const char *sql, const char *what)
{
	struct db_query q = { .arena = w->b->arena };
	enum err e;

	db_query_write(&q, sql);
	e = db_sync_run(w->db, &q, NULL);
	return e == ERR_OK ? ERR_OK : fail(w->b, e, what);
}

/* Several, in one transaction; NULL after the last. An error ends it with the connection. */
static enum err
run_all(struct work *w, const char *const *statements, const char *what)
{
	enum err e = run(w, "BEGIN", what);

	for (; e == ERR_OK && *statements != NULL; statements++)
		e = run(w, *statements, what);
	return e == ERR_OK ? run(w, "COMMIT", what) : e;
}

/* The first column of the first row as a text, NULL if there is none; one text as parameter. */
static enum err
ask(struct work *w, const char *sql, const char *param, const char **text, const char *what)
{
	struct db_query q = { .arena = w->b->arena };
	PGresult *res = NULL;
	struct db_row r;
	enum err e;

	*text = NULL;
	db_query_read(&q, sql);
	db_param_text(&q, param);
	e = db_sync_run(w->db, &q, &res);
	if (e == ERR_OK && PQntuples(res) > 0) {
		r = db_row_at(res, 0);
		*text = db_row_text(&r, w->b->arena);
	}
	PQclear(res);
	return e == ERR_OK ? ERR_OK : fail(w->b, e, what);
}

/* ---- The role ---- */

static const char role_sql[] =
    "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM pg_catalog.pg_roles"
    " WHERE rolname = $1";

/* *is_there, if it is ours. */
static enum err
find_role(struct work *w, bool *is_there)
{
	const char *mark;
	enum err e = ask(w, role_sql, w->names.role, &mark, "roles cannot be read");

	*is_there = e == ERR_OK && mark != NULL;
	if (*is_there && strcmp(mark, MARK) != 0)
		return fail(w->b, ERR_CONFLICT,
		    "there is a role of that name that the portal did not make");
	return e;
}

/* The server gets a verifier, so that the password itself is in no log of its statements. */
static const char *
verifier(struct work *w)
{
	PGconn *c = db_sync_conn(w->db);
	char *made = PQencryptPasswordConn(c, w->password, w->names.role, "scram-sha-256");
	char *literal = made != NULL ? PQescapeLiteral(c, made, strlen(made)) : NULL;
	const char *copy = arena_strdup(w->b->arena, literal);

	PQfreemem(made);
	PQfreemem(literal);
	return copy;
}

/*
 * With its mark in one transaction, so that a crash leaves both or none. It is granted to us, as
 * only a member of a role may make a database for it.
 */
static enum err
make_role(struct work *w)
{
	struct arena *a = w->b->arena;
	const char *secret = verifier(w);

	if (secret == NULL)
		return fail(w->b, ERR_INTERNAL, "no verifier can be made of the password");
	return run_all(w,
	    (const char *const[]){ arena_printf(a,
				       "CREATE ROLE %s LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE "
				       "CONNECTION LIMIT " CONNECTIONS_MAX " PASSWORD %s",
				       w->role, secret),
		arena_printf(a, "COMMENT ON ROLE %s IS '" MARK "'", w->role),
		arena_printf(a, "GRANT %s TO CURRENT_USER", w->role), NULL },
	    "the role cannot be made");
}

/* As it should be, also after SOJU_ADMIN_KEY was changed and back. */
static enum err
mend_role(struct work *w)
{
	const char *secret = verifier(w);

	if (secret == NULL)
		return fail(w->b, ERR_INTERNAL, "no verifier can be made of the password");
	return run(w, arena_printf(w->b->arena, "ALTER ROLE %s LOGIN PASSWORD %s", w->role, secret),
	    "the role's password cannot be set");
}

/* ---- The database ---- */

static const char database_sql[] =
    "SELECT r.rolname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles r ON r.oid = d.datdba"
    " WHERE d.datname = $1";

static enum err
find_database(struct work *w, bool *is_there)
{
	const char *owner;
	enum err e = ask(w, database_sql, w->names.database, &owner, "databases cannot be read");

	*is_there = e == ERR_OK && owner != NULL;
	if (*is_there && strcmp(owner, w->names.role) != 0)
		return fail(w->b, ERR_CONFLICT,
		    "there is a database of that name that belongs to another role");
	return e;
}

/* No statement for a transaction; it is there afterwards as a whole or not at all. */
static enum err
make_database(struct work *w)
{
	return run(w,
	    arena_printf(w->b->arena,
		"CREATE DATABASE %s OWNER %s TEMPLATE template0 ENCODING 'UTF8'", w->database,
		w->role),
	    "the database cannot be made");
}

static enum err
close_to_others(struct work *w)
{
	struct arena *a = w->b->arena;

	return run_all(w,
	    (const char *const[]){
		arena_printf(a, "REVOKE ALL ON DATABASE %s FROM PUBLIC", w->database),
		arena_printf(a, "GRANT CONNECT ON DATABASE %s TO %s", w->database, w->reader),
		NULL },
	    "rights of the database cannot be set; is there the role of SOJU_DATABASE_URL?");
}

enum err
bouncer_database_make(struct bouncer_database *b)
{
	bool is_there = false;
	struct work w;
	enum err e = begin(&w, b);

	if (e == ERR_OK)
		e = find_role(&w, &is_there);
	if (e == ERR_OK)
		e = is_there ? mend_role(&w) : make_role(&w);
	if (e == ERR_OK)
		e = find_database(&w, &is_there);
	if (e == ERR_OK && !is_there)
		e = make_database(&w);
	if (e == ERR_OK)
		e = close_to_others(&w);
	return finish(&w, e);
}

static enum err
drop_database(struct work *w)
{
	return run(w, arena_printf(w->b->arena, "DROP DATABASE %s WITH (FORCE)", w->database),
	    "the database cannot be dropped");
}

static enum err
drop_role(struct work *w)
{
	return run(
	    w, arena_printf(w->b->arena, "DROP ROLE %s", w->role), "the role cannot be dropped");
}

/* The database first: a role that owns one cannot go. Without the role nothing of it is ours. */
enum err
bouncer_database_drop(struct bouncer_database *b)
{
	bool has_role = false, has_database = false;
	struct work w;
	enum err e = begin(&w, b);

	if (e == ERR_OK)
		e = find_role(&w, &has_role);
	if (e == ERR_OK && has_role)
		e = find_database(&w, &has_database);
	if (e == ERR_OK && has_database)
		e = drop_database(&w);
	if (e == ERR_OK && has_role)
		e = drop_role(&w);
	return finish(&w, e);
}

/* ---- Rights of the reader ---- */

/* The part of a statement that stands in one line. */
static void
add_line(struct strbuf *out, const char *line, const char *end, const char *role)
{
	static const char hole[] = ":\"role\"";
	const char *next;

	while ((next = strstr(line, hole)) != NULL && next < end) {
		strbuf_add(out, line, (size_t)(next - line));
		strbuf_puts(out, role);
		line = next + strlen(hole);
	}
	strbuf_add(out, line, (size_t)(end - line));
	strbuf_putc(out, ' ');
}

size_t
bouncer_database_grants(
    const char **statements, size_t max, struct arena *a, const char *text, const char *role)
{
	struct strbuf out = { 0 };
	const char *end;
	size_t n = 0;

	for (; *text != '\0' && n < max; text = end + (*end != '\0')) {
		end = text + strcspn(text, "\n");
		if (end == text || *text == '\\' || strncmp(text, "--", 2) == 0)
			continue;
		if (end[-1] != ';') {
			add_line(&out, text, end, role);
			continue;
		}
		add_line(&out, text, end - 1, role);
		statements[n++] = arena_strdup(a, strbuf_text(&out));
		strbuf_clear(&out);
	}
	strbuf_free(&out);
	return n;
}

static enum err
read_grants(const char **text, struct bouncer_database *b)
{
	const char *path = arena_printf(b->arena, "%s/conf/soju_grants.sql", settings.home);
	char *bytes = arena_alloc(b->arena, GRANTS_BYTES_MAX + 1);
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL)
		return fail(b, ERR_INTERNAL, "conf/soju_grants.sql of PORTAL_HOME cannot be read");
	len = fread(bytes, 1, GRANTS_BYTES_MAX, f);
	fclose(f);
	*text = bytes;
	return len > 0 && len < GRANTS_BYTES_MAX
		   ? ERR_OK
		   : fail(b, ERR_INTERNAL, "conf/soju_grants.sql of PORTAL_HOME is not as it was");
}

/* soju makes all of its tables in one transaction. */
static enum err
find_tables(struct work *w)
{
	const char *table;
	enum err e = ask(w, "SELECT to_regclass($1)::text", "\"Message\"", &table,
	    "the bouncer's database cannot be read");

	if (e == ERR_OK && table == NULL)
		return fail(w->b, ERR_NOT_FOUND, "soju has not made its tables yet");
	return e;
}

static enum err
run_grants(struct work *w, const char *text)
{
	const char *statements[GRANTS_MAX];
	size_t n = bouncer_database_grants(statements, GRANTS_MAX, w->b->arena, text, w->reader);
	enum err e = ERR_OK;

	for (size_t i = 0; i < n && e == ERR_OK; i++)
		e = run(w, statements[i], "the reader's rights cannot be given");
	return e;
}

/* As the owner of the tables, which soju is. */
enum err
bouncer_database_grant(struct bouncer_database *b)
{
	struct work w = { .b = b };
	const char *url, *text;
	enum err e = find_names(&w.names, b);

	if (e == ERR_OK)
		e = bouncer_database_url(&url, b);
	if (e == ERR_OK)
		e = read_grants(&text, b);
	if (e == ERR_OK)
		e = open_work(&w, b, url);
	if (e == ERR_OK)
		e = find_tables(&w);
	if (e == ERR_OK)
		e = run_grants(&w, text);
	return finish(&w, e);
}

/* ---- The doctor's question ---- */

static const char check_sql[] =
    "SELECT CASE WHEN rolsuper THEN NULL"
    " WHEN NOT rolcreatedb THEN 'CREATEDB' WHEN NOT rolcreaterole THEN 'CREATEROLE'"
    " WHEN NOT pg_has_role('pg_signal_backend', 'USAGE') THEN 'pg_signal_backend' END"
    " FROM pg_catalog.pg_roles WHERE rolname = current_user AND $1 = ''";

enum err
bouncer_database_check(struct arena *a, const char **why)
{
	struct bouncer_database b = { .arena = a, .bouncer = "doctor", .timeout_ms = 2000 };
	const char *lacking = NULL;
	struct work w;
	enum err e = begin(&w, &b);

	if (e == ERR_OK)
		e = ask(&w, check_sql, "", &lacking, "its rights cannot be read");
	if (e == ERR_OK && lacking != NULL)
		e = fail(&b, ERR_FORBIDDEN, arena_printf(a, "it lacks %s", lacking));
	*why = b.why;
	return finish(&w, e);
}
