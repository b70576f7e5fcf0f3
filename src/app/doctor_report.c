#include "app/doctor_report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "clients/soju_db.h"
#include "clients/stripe_api.h"

/* What others say goes over several lines, and may hold anything. */
__attribute__((format(printf, 2, 0))) static void
add_on_one_line(struct strbuf *out, const char *fmt, va_list args)
{
	size_t i = out->len;

	strbuf_vprintf(out, fmt, args);
	for (; i < out->len; i++)
		if ((unsigned char)out->s[i] < ' ' || out->s[i] == 0x7f)
			out->s[i] = ' ';
}

void
doctor_report_ok(struct doctor_report *r, const char *what, const char *fmt, ...)
{
	va_list args;

	strbuf_printf(&r->text, "ok          %s: ", what);
	va_start(args, fmt);
	add_on_one_line(&r->text, fmt, args);
	va_end(args);
	strbuf_putc(&r->text, '\n');
}

void
doctor_report_unset(struct doctor_report *r, const char *what, const char *fmt, ...)
{
	va_list args;

	strbuf_printf(&r->text, "not set up  %s: ", what);
	va_start(args, fmt);
	add_on_one_line(&r->text, fmt, args);
	va_end(args);
	strbuf_putc(&r->text, '\n');
}

void
doctor_report_wrong(
    struct doctor_report *r, const char *what, const char *mend, const char *fmt, ...)
{
	va_list args;

	r->nwrong++;
	strbuf_printf(&r->text, "wrong       %s: ", what);
	va_start(args, fmt);
	add_on_one_line(&r->text, fmt, args);
	va_end(args);
	strbuf_printf(&r->text, ". Mend: %s\n", mend);
}

/* ---- The database of the role ---- */

#define POOLER "pooler"
#define DIRECT "direct way to the database"

static const char *
own_database(const struct doctor_report *r)
{
	return r->database != NULL ? r->database : "accounts database";
}

/* pgbouncer refuses what it does not know of a new connection, and says so in these words. */
static const char *
mend_of_no_connection(const char *error)
{
	if (strstr(error, "startup parameter") != NULL)
		return "tell pgbouncer to ignore it (ignore_startup_parameters = options) and set "
		       "the time limit with ALTER ROLE … SET statement_timeout = '2s'";
	if (strstr(error, "authentication") != NULL || strstr(error, "role \"") != NULL)
		return "check user and password in DATABASE_URL";
	if (strstr(error, "does not exist") != NULL)
		return "create the database, then run portal migrate";
	return "check host and port in DATABASE_URL, and that the server runs and lets this "
	       "machine in";
}

static void
report_server(struct doctor_report *r, const struct doctor_server *s)
{
	if (s->version / 10000 < DOCTOR_POSTGRES_OLDEST)
		doctor_report_wrong(r, own_database(r), "upgrade PostgreSQL to 15 or newer",
		    "PostgreSQL %d is too old", s->version / 10000);
	else
		doctor_report_ok(r, own_database(r), "PostgreSQL %d.%d answers", s->version / 10000,
		    s->version % 10000);
	if (s->is_superuser)
		doctor_report_wrong(r, own_database(r),
		    "use a role of its own in DATABASE_URL: CREATE ROLE portal LOGIN PASSWORD "
		    "'…'; ALTER DATABASE … OWNER TO portal",
		    "the role is a superuser, who may read and change everything on the server");
	else if (s->may_create)
		doctor_report_wrong(r, own_database(r),
		    "ALTER ROLE … NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS",
		    "the role may do more than the portal needs: create databases or roles, copy "
		    "the "
		    "server or pass over row security");
	else
		doctor_report_ok(r, own_database(r),
		    "the role is no superuser and may create neither "
		    "databases nor roles");
}

static void
report_migrations(struct doctor_report *r, const struct doctor_server *s)
{
	if (s->is_migrated && s->nnewer > 0)
		doctor_report_ok(r, own_database(r),
		    "all %zu migrations are applied, and %zu of a newer version", s->nmigrations,
		    s->nnewer);
	else if (s->is_migrated)
		doctor_report_ok(
		    r, own_database(r), "all %zu migrations are applied", s->nmigrations);
	else
		doctor_report_wrong(r, own_database(r),
		    "run portal migrate with the migrations/ of this version", "%s",
		    s->not_applied);
}

/* Jobs, advisory locks and migrations need one session to themselves. */
static void
report_direct(
    struct doctor_report *r, const struct doctor_server *s, const struct doctor_server *direct)
{
	static const char mend[] = "give DATABASE_DIRECT_URL the address of the server itself, "
				   "not that of the pooler, with the same database";

	if (direct == NULL && s->is_pooled)
		doctor_report_wrong(r, DIRECT, mend,
		    "DATABASE_URL leads through a pooler and DATABASE_DIRECT_URL is not set");
	else if (direct == NULL)
		doctor_report_ok(r, DIRECT, "DATABASE_URL is direct");
	else if (direct->error != NULL)
		doctor_report_wrong(r, DIRECT, mend, "no connection: %s", direct->error);
	else if (direct->is_pooled)
		doctor_report_wrong(r, DIRECT, mend, "it leads through a pooler, too");
	else if (strcmp(direct->identity, s->identity) != 0)
		doctor_report_wrong(r, DIRECT, mend, "it leads to another database");
	else
		doctor_report_ok(r, DIRECT, "leads to the same database without a pooler");
}

/* The portal does without prepared statements where it must. */
static void
report_pool_mode(struct doctor_report *r, const struct doctor_pool *pool)
{
	if (pool->mode == DOCTOR_POOL_STATEMENT)
		doctor_report_wrong(r, POOLER,
		    "set pool_mode = transaction (or session) in pgbouncer, then RELOAD",
		    "it pools single statements and refuses transactions");
	else if (pool->mode == DOCTOR_POOL_SESSION)
		doctor_report_ok(r, POOLER,
		    "DATABASE_URL leads through one that pools sessions: it needs as many "
		    "connections of the server as the portal opens");
	else if (pool->keeps_prepared)
		doctor_report_ok(r, POOLER,
		    "DATABASE_URL leads through one that pools transactions and keeps prepared "
		    "statements");
	else
		doctor_report_ok(r, POOLER,
		    "DATABASE_URL leads through one that pools transactions and loses prepared "
		    "statements; pages work without, a little slower (pgbouncer 1.21 or newer with "
		    "max_prepared_statements = 100 keeps them)");
}

static void
report_pooler(struct doctor_report *r, const struct doctor_server *s)
{
	if (!s->is_pooled)
		return;
	report_pool_mode(r, &s->pool);
	if (!s->has_time_limit)
		doctor_report_wrong(r, POOLER,
		    "ALTER ROLE … SET statement_timeout = '2s' for the role of DATABASE_URL, then "
		    "RECONNECT in pgbouncer",
		    "statements have no time limit, as the portal's own does not pass a pooler");
	else
		doctor_report_ok(r, POOLER, "statements have a time limit");
}

/* What goes through a pooler takes none of the server's connections by itself. */
static void
report_room(struct doctor_report *r, const struct doctor_server *s,
    const struct doctor_server *direct, const struct doctor_needs *n)
{
	int64_t each = (s->is_pooled ? 0 : n->pages) +
		       ((direct != NULL ? direct : s)->is_pooled ? 0 : n->tasks);
	int64_t all = each * n->nworkers;

	if (all > s->room)
		doctor_report_wrong(r, own_database(r),
		    "raise max_connections of the server (or the limit of role or database), lower "
		    "WORKERS, or put pgbouncer before it",
		    "%d workers may open %" PRId64 " connections (%" PRId64
		    " each), the server has room for %" PRId64,
		    n->nworkers, all, each, s->room);
	else
		doctor_report_ok(r, own_database(r),
		    "%d workers may open %" PRId64 " connections of %" PRId64
		    "; every other replica takes as many",
		    n->nworkers, all, s->room);
}

void
doctor_report_accounts(struct doctor_report *r, const struct doctor_server *s,
    const struct doctor_server *direct, const struct doctor_needs *needs)
{
	if (s->error != NULL) {
		doctor_report_wrong(r, own_database(r), mend_of_no_connection(s->error),
		    "no connection: %s", s->error);
		return;
	}
	report_server(r, s);
	report_migrations(r, s);
	report_pooler(r, s);
	report_direct(r, s, direct);
	report_room(r, s, direct, needs);
}

void
doctor_report_replica(struct doctor_report *r, const struct doctor_server *s)
{
	if (s->error != NULL)
		doctor_report_wrong(r, "replica",
		    "check DATABASE_REPLICA_URL, or empty it: pages do without",
		    "no connection: %s", s->error);
	else if (!s->is_migrated)
		doctor_report_wrong(r, "replica",
		    "let DATABASE_REPLICA_URL name a replica of the accounts database, and look "
		    "how "
		    "far it is behind",
		    "it is another database or an old state of it: %s", s->not_applied);
	else
		doctor_report_ok(r, "replica", "answers and has all migrations");
}

/* ---- soju ---- */

static const char grants[] =
    "run conf/soju_grants.sql on it as the owner of soju's tables, and use "
    "the role that it names in SOJU_DATABASE_URL";

static void
report_soju_version(struct doctor_report *r, const char *what, int64_t version)
{
	if (version < SOJU_DB_VERSION_OLDEST)
		doctor_report_wrong(r, what, "upgrade soju to 0.6 or newer",
		    "schema version %" PRId64 " is older than %d", version, SOJU_DB_VERSION_OLDEST);
	else if (version > SOJU_DB_VERSION_NEWEST)
		doctor_report_wrong(r, what, "update the portal to a version that knows it",
		    "schema version %" PRId64 " is newer than %d", version, SOJU_DB_VERSION_NEWEST);
	else
		doctor_report_ok(r, what, "answers, schema version %" PRId64, version);
}

static void
report_soju_rights(struct doctor_report *r, const char *what, const struct doctor_soju *s)
{
	if (s->reads_passwords)
		doctor_report_wrong(r, what, grants, "the role can read passwords of networks");
	if (s->may_write)
		doctor_report_wrong(r, what, grants, "the role can change soju's tables");
	if (s->networks_err == ERR_NOT_FOUND)
		doctor_report_wrong(r, what,
		    "check soju_username of this bouncer in the table bouncers",
		    "soju knows no such account");
	else if (s->networks_err != ERR_OK)
		doctor_report_wrong(r, what, grants, "networks and channels cannot be read");
	else if (!s->reads_passwords && !s->may_write)
		doctor_report_ok(r, what, "the role reads networks and channels and no passwords");
}

void
doctor_report_soju(struct doctor_report *r, const char *what, const struct doctor_soju *s)
{
	if (s->error != NULL) {
		doctor_report_wrong(r, what,
		    "check SOJU_DATABASE_URL: host, port, user, password, and that {bouncer} "
		    "stands where the names of the databases differ",
		    "no connection: %s", s->error);
		return;
	}
	if (s->version_err == ERR_NOT_FOUND) {
		doctor_report_wrong(
		    r, what, "start soju on this database once", "it holds no soju");
		return;
	}
	if (s->version_err != ERR_OK) {
		doctor_report_wrong(r, what, grants, "the version of its schema cannot be read");
		return;
	}
	report_soju_version(r, what, s->version);
	report_soju_rights(r, what, s);
}

/* ---- Services over HTTP ---- */

static void
report_no_answer(struct doctor_report *r, const struct doctor_answer *a)
{
	const char *word = call_result_word(a->reply->result);
	struct strbuf mend = { 0 };

	if (a->reply->result == CALL_TLS)
		strbuf_printf(&mend,
		    "its certificate must be valid for its host and from an authority that is "
		    "trusted here; check %s",
		    a->setting);
	else
		strbuf_printf(&mend,
		    "check %s, and that the service runs and can be reached from here", a->setting);
	doctor_report_wrong(r, a->what, strbuf_text(&mend), "no answer: %s", word);
	strbuf_free(&mend);
}

/* The readers' words for statuses ("status_500") say nothing more. */
static void
report_bad_answer(struct doctor_report *r, const struct doctor_answer *a)
{
	const char *word = a->reason != NULL ? a->reason : err_word(a->err);
	struct strbuf mend = { 0 };

	strbuf_printf(
	    &mend, "check that %s leads to that service; its own log may say more", a->setting);
	if (strncmp(word, "status_", 7) == 0)
		word = "an error";
	doctor_report_wrong(r, a->what, strbuf_text(&mend), "a strange answer: status %ld, %s",
	    a->reply->status, word);
	strbuf_free(&mend);
}

void
doctor_report_answer(struct doctor_report *r, const struct doctor_answer *a, const char *well)
{
	if (a->reply->result != CALL_OK)
		report_no_answer(r, a);
	else if (a->err == ERR_OK)
		doctor_report_ok(r, a->what, "%s", well);
	else if (a->denied != NULL && (a->err == ERR_UNAUTHORIZED || a->err == ERR_FORBIDDEN))
		doctor_report_wrong(
		    r, a->what, a->denied, "it refuses us: status %ld", a->reply->status);
	else
		report_bad_answer(r, a);
}

/* ---- Stripe ---- */

/* A restricted key that may not read the balance may still be good for all that is needed. */
static const char stripe_rights[] =
    "give the restricted key \"Balance: read\" in Stripe's dashboard, which only this check uses";
static const char stripe_no_key[] = "copy the key anew from Stripe's dashboard (Developers, API "
				    "keys) into STRIPE_SECRET_KEY; it may "
				    "have been rolled, deleted or cut off";

void
doctor_report_stripe(
    struct doctor_report *r, const struct doctor_answer *a, const char *key, bool is_live)
{
	struct stripe_key k = { 0 };

	stripe_api_read_key(&k, key);
	if (a->err == ERR_UNAUTHORIZED)
		doctor_report_wrong(r, a->what, stripe_no_key, "it does not know the key");
	else if (a->err == ERR_FORBIDDEN)
		doctor_report_wrong(
		    r, a->what, stripe_rights, "the key lacks the right to read the balance");
	else if (a->err == ERR_OK && k.is_live != is_live)
		doctor_report_wrong(r, a->what, "check that STRIPE_API_BASE leads to Stripe",
		    "it answers a %s key in %s mode", k.is_live ? "live" : "test",
		    is_live ? "live" : "test");
	else
		doctor_report_answer(r, a,
		    is_live ? "accepts the key; LIVE mode, real money"
			    : "accepts the key; test mode, no real money");
}
