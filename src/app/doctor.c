#include "app/doctor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/doctor_kube.h"
#include "app/doctor_pool.h"
#include "app/doctor_report.h"
#include "app/doctor_stripe.h"
#include "app/migrate.h"
#include "app/site_conf.h"
#include "app/start_check.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/settings.h"
#include "blob/blob.h"
#include "clients/call_sync.h"
#include "clients/kube_api.h"
#include "clients/oidc_api.h"
#include "clients/portal_api.h"
#include "clients/soju_db.h"
#include "clients/usage_api.h"
#include "db/db_row.h"
#include "db/db_sync.h"
#include "source/source.h"

/* As pages do; the direct way has no limit, as for jobs. */
#define PAGE_TIMEOUT_MS 2000
#define CALL_TIMEOUT_MS 3000
/* Kore 4.1.0 without a word in its configuration. */
#define PGSQL_CONN_MAX 2
#define TASK_THREADS 2
/* An account and a deployment that nobody has: their absence is the answer hoped for. */
#define NOBODY "portal-doctor"

struct doctor {
	struct arena arena;
	struct doctor_report report;
	struct db_sync *accounts; /* NULL: no connection */
};

/* A database of another service may be slow: what is known is shown at once. */
static void
show(struct doctor *d)
{
	fputs(strbuf_text(&d->report.text), stdout);
	fflush(stdout);
	strbuf_clear(&d->report.text);
}

/* ---- Settings ---- */

/* Sentences, a line each, that say what is wrong and what would be right. */
static void
report_problems(struct doctor *d, char *sentences)
{
	char *save = NULL, *line;

	for (line = strtok_r(sentences, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (line[strlen(line) - 1] == '.')
			line[strlen(line) - 1] = '\0';
		doctor_report_wrong(
		    &d->report, "setting", "conf/env.example explains each of them", "%s", line);
	}
}

static void
check_home(struct doctor *d)
{
	struct strbuf problem = { 0 };

	if (start_check_home(settings.home, settings.role, &problem) == ERR_OK)
		doctor_report_ok(&d->report, "PORTAL_HOME", "holds conf/ and migrations/");
	else
		report_problems(d, problem.s);
	strbuf_free(&problem);
}

/* False if the settings do not do to look any further than the database. */
static bool
check_settings(struct doctor *d)
{
	struct strbuf problems = { 0 };
	bool is_fine = settings_load(true, &problems) == ERR_OK;

	if (is_fine)
		doctor_report_ok(&d->report, "settings", "all are there and well formed");
	else
		report_problems(d, problems.s);
	strbuf_free(&problems);
	return is_fine;
}

/* ---- The accounts database ---- */

/* A pooler has an invented process id for us; the server that answers knows its own. */
static const char facts_sql[] =
    "SELECT r.rolsuper, r.rolcreatedb OR r.rolcreaterole OR r.rolreplication OR r.rolbypassrls,"
    " pg_backend_pid(), current_setting('statement_timeout') <> '0',"
    " pg_postmaster_start_time()::text || ' ' || d.oid::text,"
    /* Not for us: what is kept for superusers and, from PostgreSQL 16 on, for pg_use_reserved_…;
       -1 is no limit. */
    " least(current_setting('max_connections')::bigint"
    " - current_setting('superuser_reserved_connections')::bigint"
    " - coalesce(current_setting('reserved_connections', true)::bigint, 0),"
    " nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1))"
    " FROM pg_catalog.pg_roles r, pg_catalog.pg_database d"
    " WHERE r.rolname = current_user AND d.datname = current_database()";

static void
read_facts(struct doctor *d, struct db_sync *db, struct doctor_server *s)
{
	struct db_query q = { .arena = &d->arena };
	PGresult *res = NULL;
	struct db_row r;

	s->version = PQserverVersion(db_sync_conn(db));
	db_query_read(&q, facts_sql);
	if (db_sync_run(db, &q, &res) != ERR_OK || PQntuples(res) != 1) {
		s->error = arena_strdup(&d->arena, db_sync_error(db));
	} else {
		r = db_row_at(res, 0);
		s->is_superuser = db_row_bool(&r);
		s->may_create = db_row_bool(&r);
		s->is_pooled = db_row_int(&r) != PQbackendPID(db_sync_conn(db));
		s->has_time_limit = db_row_bool(&r);
		s->identity = db_row_text(&r, &d->arena);
		s->room = db_row_int(&r);
	}
	PQclear(res);
}

static void
read_migrations(struct doctor *d, struct db_sync *db, struct doctor_server *s)
{
	const char *dir = arena_printf(
	    &d->arena, "%s/migrations/%s", settings.home, role_databases[settings.role]);
	struct migrations *all = NULL;
	struct strbuf problem = { 0 };

	if (migrate_read(&all, dir, &problem) == ERR_OK) {
		s->is_migrated = migrate_compare(all, db, &s->nnewer, &problem) == ERR_OK;
		s->nmigrations = migrate_count(all);
	}
	s->not_applied = arena_strdup(&d->arena, strbuf_text(&problem));
	migrate_free(all);
	strbuf_free(&problem);
}

static struct db_sync *
look_at_server(struct doctor *d, const char *url, int timeout_ms, struct doctor_server *s)
{
	struct strbuf error = { 0 };
	struct db_sync *db = db_sync_open(url, timeout_ms, &error);

	if (db != NULL)
		read_facts(d, db, s);
	if (s->is_pooled)
		doctor_pool_try(&s->pool, url, timeout_ms);
	if (db == NULL)
		s->error = arena_strdup(&d->arena, strbuf_text(&error));
	strbuf_free(&error);
	return db;
}

/* What cannot be read counts as Kore's own default. */
static struct doctor_needs
read_needs(struct doctor *d)
{
	const char *conf = arena_printf(&d->arena, "%s/conf/common.conf", settings.home);
	struct doctor_needs n = { .nworkers = site_conf_workers(settings.workers),
		.pages = PGSQL_CONN_MAX,
		.tasks = TASK_THREADS };

	site_conf_number(&n.pages, conf, "pgsql_conn_max");
	site_conf_number(&n.tasks, conf, "task_threads");
	return n;
}

static void
check_accounts(struct doctor *d)
{
	struct doctor_needs needs = read_needs(d);
	bool is_same = strcmp(settings.database_url, settings.database_direct_url) == 0;
	struct doctor_server pages = { 0 }, direct = { 0 };

	d->accounts = look_at_server(d, settings.database_url, PAGE_TIMEOUT_MS, &pages);
	if (d->accounts != NULL)
		read_migrations(d, d->accounts, &pages);
	if (!is_same)
		db_sync_close(look_at_server(d, settings.database_direct_url, 0, &direct));
	doctor_report_accounts(&d->report, &pages, is_same ? NULL : &direct, &needs);
}

/* It answers reads only; without it DATABASE_URL does, so one line is enough. */
static void
check_replica(struct doctor *d)
{
	struct doctor_server s = { 0 };
	struct db_sync *db;

	if (*settings.database_replica_url == '\0')
		return;
	db = look_at_server(d, settings.database_replica_url, PAGE_TIMEOUT_MS, &s);
	if (db != NULL)
		read_migrations(d, db, &s);
	doctor_report_replica(&d->report, &s);
	db_sync_close(db);
}

/* ---- soju ---- */

struct bouncer {
	int64_t id; /* 0: there is none */
	const char *name, *soju_username;
};

/* The oldest one is as good as any. ERR_UNAVAILABLE: the accounts database does not say. */
static enum err
find_bouncer(struct doctor *d, struct bouncer *b)
{
	struct db_query q = { .arena = &d->arena };
	PGresult *res = NULL;
	struct db_row r;

	*b = (struct bouncer){ 0 };
	db_query_read(&q, "SELECT id, name, soju_username FROM bouncers ORDER BY id LIMIT 1");
	if (d->accounts == NULL || db_sync_run(d->accounts, &q, &res) != ERR_OK)
		return ERR_UNAVAILABLE;
	if (PQntuples(res) == 1) {
		r = db_row_at(res, 0);
		b->id = db_row_int(&r);
		b->name = db_row_text(&r, &d->arena);
		b->soju_username = db_row_text(&r, &d->arena);
	}
	PQclear(res);
	return ERR_OK;
}

/* Also when there is no such table: then nothing in it can be read. */
static const char rights_sql[] =
    "SELECT bool_or(attname = 'pass' AND has_column_privilege(c.oid, attnum, 'SELECT')),"
    " bool_or(has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.oid = to_regclass('\"Network\"')";

static void
read_rights(struct doctor *d, struct db_sync *db, struct doctor_soju *s)
{
	struct db_query q = { .arena = &d->arena };
	PGresult *res = NULL;
	struct db_row r;

	db_query_read(&q, rights_sql);
	if (db_sync_run(db, &q, &res) == ERR_OK) {
		r = db_row_at(res, 0);
		s->reads_passwords = db_row_bool_or(&r, false);
		s->may_write = db_row_bool_or(&r, false);
	}
	PQclear(res);
}

static void
read_version(struct doctor *d, struct db_sync *db, struct doctor_soju *s)
{
	struct db_query q = { .arena = &d->arena };
	PGresult *res = NULL;

	soju_db_ask_version(&q);
	s->version_err = db_sync_run(db, &q, &res);
	if (s->version_err == ERR_OK)
		s->version_err = soju_db_read_version(res, &s->version);
	PQclear(res);
}

static void
read_networks(struct doctor *d, struct db_sync *db, const struct bouncer *b, struct doctor_soju *s)
{
	struct db_query q = { .arena = &d->arena };
	struct soju_answer answer;
	PGresult *res = NULL;

	soju_db_ask_networks(&q, b->soju_username);
	s->networks_err = db_sync_run(db, &q, &res);
	if (s->networks_err == ERR_OK)
		s->networks_err = soju_db_read_networks(res, &d->arena, &answer);
	PQclear(res);
}

static void
look_at_soju(struct doctor *d, const struct bouncer *b)
{
	struct doctor_soju s = { 0 };
	struct strbuf error = { 0 };
	struct db_sync *db;
	const char *url;

	if (soju_db_url(&url, &d->arena, settings.soju_database_url, b->name) != ERR_OK)
		url = "";
	db = db_sync_open(url, 0, &error);
	if (db != NULL) {
		read_version(d, db, &s);
		read_rights(d, db, &s);
		read_networks(d, db, b, &s);
	} else {
		s.error = arena_strdup(&d->arena, strbuf_text(&error));
	}
	doctor_report_soju(
	    &d->report, arena_printf(&d->arena, "soju database of bouncer %" PRId64, b->id), &s);
	db_sync_close(db);
	strbuf_free(&error);
}

static void
check_soju(struct doctor *d)
{
	struct bouncer b;

	if (!source_is_configured(SOURCE_SOJU)) {
		doctor_report_unset(&d->report, "soju database",
		    "SOJU_DATABASE_URL is empty; the dashboard says that bouncers are not "
		    "reported");
		return;
	}
	if (find_bouncer(d, &b) != ERR_OK)
		doctor_report_wrong(&d->report, "soju database", "mend that first",
		    "not looked at: which bouncers there are stands in the accounts database");
	else if (b.id == 0)
		doctor_report_unset(
		    &d->report, "soju database", "not looked at, as there is no bouncer yet");
	else
		look_at_soju(d, &b);
}

/* ---- The provider ---- */

static enum err
call_discovery(struct doctor *d, struct oidc_provider *p)
{
	struct doctor_answer a = { .what = "sign-in provider", .setting = "OIDC_ISSUER" };
	struct call_request req = { 0 };
	struct call_reply reply;

	oidc_api_discovery_request(&req, &d->arena, settings.oidc_issuer);
	req.ca_file = *settings.oidc_ca_file != '\0' ? settings.oidc_ca_file : NULL;
	call_sync_run(&req, &d->arena, &reply);
	a.reply = &reply;
	a.err = oidc_api_discovery_reply(p, &d->arena, &reply, settings.oidc_issuer, &a.reason);
	p->ca_file = req.ca_file;
	if (reply.result == CALL_OK && a.reason != NULL && strcmp(a.reason, "other_issuer") == 0)
		doctor_report_wrong(&d->report, a.what,
		    "set OIDC_ISSUER to the \"issuer\" of its discovery document, byte for byte",
		    "it is another issuer than OIDC_ISSUER says");
	else
		doctor_report_answer(&d->report, &a, "the discovery document is good");
	return a.err;
}

static void
call_jwks(struct doctor *d, const struct oidc_provider *p)
{
	struct doctor_answer a = { .what = "sign-in provider's keys",
		.setting = "the jwks_uri of the provider" };
	struct call_request req = { 0 };
	struct call_reply reply;
	const char *jwks;
	size_t len;

	oidc_api_jwks_request(&req, &d->arena, p);
	call_sync_run(&req, &d->arena, &reply);
	a.reply = &reply;
	a.err = oidc_api_jwks_reply(&jwks, &len, &d->arena, &reply, &a.reason);
	doctor_report_answer(&d->report, &a, "a key set that tokens can be checked with");
}

/* A code that nobody was given: who accepts us says so, and only then that the code is none. */
static void
call_token(struct doctor *d, const struct oidc_provider *p)
{
	const struct oidc_client client = { settings.oidc_client_id, settings.oidc_client_secret,
		arena_printf(&d->arena, "%s/auth/callback", settings.public_url) };
	struct doctor_answer a = { .what = "sign-in client",
		.setting = "the token_endpoint of the provider" };
	struct call_request req = { 0 };
	struct call_reply reply;
	struct oidc_tokens tokens;

	oidc_api_code_request(
	    &req, &d->arena, p, &client, NOBODY, "portal-doctor-portal-doctor-portal-doctor-1");
	call_sync_run(&req, &d->arena, &reply);
	a.reply = &reply;
	a.err = oidc_api_code_reply(&tokens, &d->arena, &reply, &a.reason);
	if (a.err == ERR_UNAUTHORIZED)
		a.err = ERR_OK;
	if (a.err == ERR_INTERNAL)
		doctor_report_wrong(&d->report, a.what,
		    "set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET to what the provider has for this "
		    "client, which must be confidential",
		    "the provider does not accept it: %s", a.reason);
	else
		doctor_report_answer(&d->report, &a, "the provider accepts id and secret");
}

static void
check_provider(struct doctor *d)
{
	struct oidc_provider p;

	if (call_discovery(d, &p) != ERR_OK)
		return;
	call_jwks(d, &p);
	call_token(d, &p);
}

/* ---- Kubernetes ---- */

static const char kube_denied[] =
    "the service account needs get on deployments and list on pods in "
    "KUBERNETES_NAMESPACE, and KUBERNETES_TOKEN_FILE must hold its token";

static void
call_deployment(struct doctor *d, const struct kube_api *api)
{
	struct doctor_answer a = { .what = "Kubernetes deployments",
		.setting = "KUBERNETES_API_URL and "
			   "KUBERNETES_CA_FILE",
		.denied = kube_denied };
	struct kube_deployment deployment;
	struct call_request req = { 0 };
	struct call_reply reply;

	kube_api_deployment_request(&req, &d->arena, api, NOBODY);
	call_sync_run(&req, &d->arena, &reply);
	a.reply = &reply;
	a.err = kube_api_deployment_reply(&deployment, &d->arena, &reply);
	if (a.err == ERR_NOT_FOUND)
		a.err = ERR_OK;
	doctor_report_answer(&d->report, &a, "can be read");
}

static void
call_pods(struct doctor *d, const struct kube_api *api)
{
	static const struct kube_deployment nobody = { 1, "app=" NOBODY, "soju", NULL };
	struct doctor_answer a = { .what = "Kubernetes pods",
		.setting = "KUBERNETES_API_URL and KUBERNETES_CA_FILE",
		.denied = kube_denied };
	struct kube_answer answer;
	struct call_request req = { 0 };
	struct call_reply reply;

	kube_api_pods_request(&req, &d->arena, api, &nobody);
	call_sync_run(&req, &d->arena, &reply);
	a.reply = &reply;
	a.err = kube_api_pods_reply(&answer, &d->arena, &reply, &nobody);
	doctor_report_answer(&d->report, &a, "can be listed");
}

static void
check_kubernetes(struct doctor *d)
{
	const char *ca_file = settings.kubernetes_ca_file;
	struct kube_api api = { .url = settings.kubernetes_api_url,
		.namespace = settings.kubernetes_namespace,
		.ca_file = *ca_file != '\0' ? ca_file : NULL,
		.timeout_ms = CALL_TIMEOUT_MS };

	if (!source_is_configured(SOURCE_KUBE)) {
		doctor_report_unset(&d->report, "Kubernetes",
		    "KUBERNETES_API_URL is empty and this is no pod; the dashboard says that "
		    "bouncers' pods are not reported");
		return;
	}
	if (kube_api_read_token(&api.token, &d->arena, settings.kubernetes_token_file) != ERR_OK) {
		doctor_report_wrong(&d->report, "Kubernetes",
		    "let KUBERNETES_TOKEN_FILE name a file that holds one token",
		    "the token cannot be read");
		return;
	}
	call_deployment(d, &api);
	call_pods(d, &api);
	doctor_kube(&d->report, &d->arena, &api);
}

/* ---- txt and pics ---- */

static void
check_usage(struct doctor *d, enum source_kind kind, const char *setting, const char *base,
    const char *count)
{
	struct doctor_answer a = { .what = source_words[kind],
		.setting = setting,
		.denied = "INTERNAL_SECRET must be the same there and here" };
	struct call_request req = { 0 };
	struct call_reply reply = { .result = CALL_OK };
	struct usage_answer answer;

	if (!source_is_configured(kind)) {
		doctor_report_unset(&d->report, a.what,
		    "%s is empty; the dashboard says that it is not reported", setting);
		return;
	}
	a.err = usage_api_request(
	    &req, &d->arena, base, NOBODY, settings.internal_secret, CALL_TIMEOUT_MS);
	if (a.err == ERR_OK) {
		call_sync_run(&req, &d->arena, &reply);
		a.err = usage_api_reply(&answer, &d->arena, &reply, count);
	}
	if (a.err == ERR_NOT_FOUND)
		a.err = ERR_OK;
	a.reply = &reply;
	doctor_report_answer(&d->report, &a, "answers and accepts our secret");
}

/* ---- The portal, for txt and pics ---- */

static void
check_portal(struct doctor *d)
{
	struct doctor_answer a = { .what = "portal",
		.setting = "PORTAL_INTERNAL_URL",
		.denied = "INTERNAL_SECRET must be the same there and here" };
	const struct portal_api api = { settings.portal_internal_url, settings.internal_secret,
		CALL_TIMEOUT_MS };
	struct call_request req = { 0 };
	struct call_reply reply = { .result = CALL_OK };
	struct portal_account nobody;

	if (*api.base == '\0') {
		doctor_report_wrong(&d->report, a.what,
		    "set PORTAL_INTERNAL_URL to the address of its INTERNAL_BIND",
		    "API tokens are refused, and a change of plan is not noticed");
		return;
	}
	a.err = portal_api_account_request(&req, &d->arena, &api, NOBODY);
	if (a.err == ERR_OK) {
		call_sync_run(&req, &d->arena, &reply);
		a.err = portal_api_account_reply(&nobody, &d->arena, &reply);
	}
	if (a.err == ERR_NOT_FOUND)
		a.err = ERR_OK;
	a.reply = &reply;
	doctor_report_answer(&d->report, &a, "answers and accepts our secret");
}

/* ---- Where pictures are ---- */

/* As pictures are treated; what was put goes, whatever came of it. */
static enum err
try_blobs(struct doctor *d, struct strbuf *why)
{
	static const char text[] = "portal doctor";
	const char *key = arena_printf(&d->arena, NOBODY "-%d.full", (int)getpid());
	struct strbuf back = { 0 }, more = { 0 };
	enum err e = blob_put(key, text, sizeof(text) - 1, "text/plain", why), of_delete;

	if (e == ERR_OK)
		e = blob_get(key, 0, -1, &back, why);
	if (e == ERR_OK && strcmp(strbuf_text(&back), text) != 0) {
		strbuf_puts(why, "what comes back is not what was put");
		e = ERR_UPSTREAM;
	}
	of_delete = blob_delete(key, e == ERR_OK ? why : &more);
	strbuf_free(&back);
	strbuf_free(&more);
	return e == ERR_OK ? of_delete : e;
}

static void
check_blobs(struct doctor *d)
{
	const bool is_s3 = *settings.s3_bucket != '\0';
	const char *what = is_s3 ? "S3_BUCKET" : "PICS_DIR";
	struct strbuf problems = { 0 }, why = { 0 };

	if (blob_open(&settings, &problems) != ERR_OK)
		report_problems(d, problems.s);
	else if (try_blobs(d, &why) == ERR_OK)
		doctor_report_ok(&d->report, what, "a file can be put, read and deleted");
	else
		doctor_report_wrong(&d->report, what,
		    is_s3 ? "look at S3_ENDPOINT, S3_REGION and S3_BUCKET; the key needs the "
			    "rights to put, get and delete objects"
			  : "PICS_DIR must be a folder that can be written and has room",
		    "pictures cannot be kept: %s", strbuf_text(&why));
	blob_close();
	strbuf_free(&problems);
	strbuf_free(&why);
}

/* ---- All ---- */

static void
check_services(struct doctor *d)
{
	check_replica(d);
	show(d);
	check_provider(d);
	show(d);
	if (settings.role == ROLE_PICS)
		check_blobs(d);
	if (settings.role != ROLE_PORTAL) {
		check_portal(d);
		show(d);
		return;
	}
	check_soju(d);
	show(d);
	doctor_stripe(&d->report, &d->arena);
	show(d);
	check_kubernetes(d);
	show(d);
	check_usage(
	    d, SOURCE_TXT, "TXT_INTERNAL_URL", settings.txt_internal_url, USAGE_API_TXT_COUNT);
	check_usage(
	    d, SOURCE_PICS, "PIC_INTERNAL_URL", settings.pic_internal_url, USAGE_API_PICS_COUNT);
	show(d);
}

enum err
doctor_run(void)
{
	struct doctor d = { 0 };
	struct strbuf ignored = { 0 };
	bool is_whole = check_settings(&d);

	log_set_level("error"); /* the lines say it all */
	show(&d);
	if (is_whole || settings_load(false, &ignored) == ERR_OK) {
		d.report.database =
		    arena_printf(&d.arena, "%s database", role_databases[settings.role]);
		check_home(&d);
		check_accounts(&d);
		show(&d);
	}
	if (is_whole)
		check_services(&d);
	if (d.report.nwrong > 0)
		printf("\n%d wrong%s\n", d.report.nwrong,
		    is_whole ? "" : "; the other services were not looked at");
	db_sync_close(d.accounts);
	strbuf_free(&ignored);
	strbuf_free(&d.report.text);
	arena_free(&d.arena);
	return d.report.nwrong == 0 ? ERR_OK : ERR_INVALID;
}
