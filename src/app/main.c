/*
 * Start and stop. Kore calls, in this order: kore_parent_configure() before the fork, then in each
 * worker kore_worker_configure() and, at the end, kore_worker_teardown().
 */
#include <kore/kore.h>
#include <kore/http.h>
#include <kore/pgsql.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/role_http.h"
#include "account/standing_http.h"
#include "app/backfill_main.h"
#include "app/doctor.h"
#include "app/fx_command.h"
#include "app/migrate.h"
#include "app/mrr_command.h"
#include "app/run_as.h"
#include "app/schema_watch.h"
#include "app/site_conf.h"
#include "app/start_check.h"
#include "app/stop.h"
#include "app/usage.h"
#include "app/version.h"
#include "app/views.h"
#include "base/keep.h"
#include "base/log.h"
#include "base/log_out.h"
#include "base/settings.h"
#include "base/url.h"
#include "blob/blob.h"
#include "content/content_facts.h"
#include "content/content_flush.h"
#include "content/content_views.h"
#include "db/db_run.h"
#include "db/db_url.h"
#include "jobs/background.h"
#include "jobs/jobs.h"
#include "metrics/metrics.h"
#include "source/source_refresh.h"
#include "pics/pics.h"
#include "pics/pics_bodies.h"
#include "track/track.h"
#include "track/track_flush.h"
#include "txt/syntax.h"
#include "web/nav.h"
#include "web/web_address.h"
#include "web/web_asset.h"
#include "web/web_kore_answer.h"
#include "web/web_limit.h"
#include "web/web_log.h"
#include "web/web_respond.h"
#include "web/web_template.h"

/* A page's statement takes no longer. */
#define PAGE_TIMEOUT_MS 2000
/* Kore looks at its time-outs only when something wakes the worker. */
#define TICK_MS 500
#define STOP_PATIENCE_MS 500
#define LOG_PATIENCE_MS 200
/* Larger blocks, pictures above all, go back to the kernel when they are freed. Left alone, glibc
 * moves this limit up to 32 MB, and each thread keeps what its largest picture needed. */
#define KEPT_BLOCK_MAX (1 << 20)

void kore_parent_configure(int, char **);
void kore_worker_configure(void);
void kore_worker_teardown(void);
void kore_parent_teardown(void);

static void
refuse(const char *sentences)
{
	fprintf(stderr, "portal: %s%s", sentences,
	    sentences[strlen(sentences) - 1] == '\n' ? "" : "\n");
	exit(1);
}

/* ---- Settings and subcommands ---- */

static void
load_dev_settings(void)
{
#ifdef PORTAL_DEV
	settings_load_file(".run/env");
#endif
}

static void
load_settings(bool serving)
{
	struct strbuf problems = { 0 };

	load_dev_settings();
	if (settings_load(serving, &problems) != ERR_OK)
		refuse(strbuf_text(&problems));
	strbuf_free(&problems);
	log_set_level(settings.log_level);
}

/* NULL: that of our role, which DATABASE_URL leads to. */
static const char *
database_name(const char *wanted)
{
	if (wanted == NULL)
		return role_databases[settings.role];
	for (int i = 0; i < ROLE__MAX; i++)
		if (strcmp(wanted, role_databases[i]) == 0)
			return role_databases[i];
	refuse("migrate knows the databases accounts, txt and pics");
	return NULL;
}

static int
migrate_main(int argc, char **argv)
{
	struct strbuf dir = { 0 };
	const char *wanted = argc == 2 ? argv[1] : NULL;
	enum err e;

	if (argc != 0 && (argc != 2 || strcmp(argv[0], "--database") != 0))
		refuse("usage: portal migrate [--database accounts|txt|pics]");
	load_settings(false);
	strbuf_printf(&dir, "%s/migrations/%s", settings.home, database_name(wanted));
	e = migrate_run(settings.database_direct_url, strbuf_text(&dir));
	strbuf_free(&dir);
	return e == ERR_OK ? 0 : 1;
}

static int
backfill_command(int argc, char **argv)
{
	struct strbuf dir = { 0 };
	int64_t days;
	bool is_dry_run;
	int status;

	if (backfill_main_read(argc, argv, &days, &is_dry_run) != ERR_OK)
		refuse(BACKFILL_USAGE "; N from 1 to 3650");
	load_settings(false);
	strbuf_printf(&dir, "%s/migrations/accounts", settings.home);
	status = backfill_main(strbuf_text(&dir), days, is_dry_run);
	strbuf_free(&dir);
	return status;
}

static int
doctor_main(int argc, char **argv)
{
	(void)argv;
	if (argc != 0)
		refuse("usage: portal doctor");
	load_dev_settings();
	return doctor_run() == ERR_OK ? 0 : 1;
}

static int
version_main(int argc, char **argv)
{
	(void)argv;
	if (argc != 0)
		refuse("usage: portal version");
	printf("portal %s\n", PORTAL_VERSION);
	return 0;
}

/* What a bouncer's soju posts uploads to, at INTERNAL_BIND of pics; "-": one soju for all. */
static int
upload_url_main(int argc, char **argv)
{
	const char *bouncer = argc == 1 ? argv[0] : "-";
	char key[PICS_UPLOAD_KEY_LENGTH + 1];
	struct arena arena = { 0 };

	if (argc > 1)
		refuse("usage: portal upload-url [BOUNCER]");
	load_settings(true);
	pics_upload_key(key, settings.internal_secret, bouncer);
	printf("/soju/%s/%s\n", url_encode(&arena, bouncer), key);
	arena_free(&arena);
	return 0;
}

/* Of what is in the accounts database. */
static void
load_portal_settings(void)
{
	load_settings(false);
	if (settings.role != ROLE_PORTAL)
		refuse("only the role portal has the accounts database, which this is about");
}

static int
mrr_main(int argc, char **argv)
{
	if (argc != 0 && (argc != 2 || strcmp(argv[0], "--explain") != 0))
		refuse("usage: portal mrr [--explain SUBSCRIPTION]");
	load_portal_settings();
	return argc == 0 ? mrr_command_sums() : mrr_command_explain(argv[1]);
}

static int
fx_main(int argc, char **argv)
{
	if (argc != 2 || strcmp(argv[0], "import") != 0)
		refuse("usage: portal fx import FILE");
	load_portal_settings();
	return fx_command_import(argv[1]);
}

static int
help_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs(usage_text, stdout);
	return 0;
}

/* usage.c explains each of them. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "migrate", migrate_main },
	{ "backfill", backfill_command },
	{ "doctor", doctor_main },
	{ "upload-url", upload_url_main },
	{ "mrr", mrr_main },
	{ "fx", fx_main },
	{ "version", version_main },
	{ "help", help_main },
	{ "--version", version_main },
	{ "--help", help_main },
	{ "-h", help_main },
	{ "-v", version_main },
};

/* Does not come back. */
static void
run_subcommand(int argc, char **argv)
{
	struct strbuf sentence = { 0 };
	size_t i;

	for (i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(argv[0], subcommands[i].name) == 0)
			exit(subcommands[i].run(argc - 1, argv + 1));
	strbuf_printf(&sentence, "there is no %s \"%s\"; portal help lists what there is",
	    argv[0][0] == '-' ? "option" : "subcommand", argv[0]);
	refuse(strbuf_text(&sentence));
}

/* The first word that is no option of serving is a subcommand; it is run and ends the process. */
static void
read_command_line(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (argv[i][0] != '-' || argv[i][1] == '\0' ||
		    argv[i][1 + strspn(argv[i] + 1, USAGE_OPTIONS)] != '\0')
			run_subcommand(argc - i, argv + i);
	kore_default_getopt(argc, argv);
}

/* ---- What would stop the start ---- */

/* All that is wrong is told at once, as with settings. */
static void
check_start(void)
{
	const struct start_bind binds[] = {
		{ "PUBLIC_BIND", settings.public_host, settings.public_port },
		{ "INTERNAL_BIND", settings.internal_host, settings.internal_port },
	};
	struct strbuf problems = { 0 };
	char file[32];

	snprintf(file, sizeof(file), "%s.pid", role_words[settings.role]);
	if (start_check_home(settings.home, settings.role, &problems) == ERR_OK)
		start_check_manifests(&settings, &problems);
	start_check_folder("RUN_DIR", settings.run_dir, file, &problems);
	snprintf(file, sizeof(file), "portal.%d", (int)getpid());
	start_check_folder("/tmp", "/tmp", file, &problems); /* Kore puts its configuration there */
	if (settings.role == ROLE_PICS) {
		blob_open(&settings, &problems);
		pics_bodies_open(settings.run_dir, settings.run_as, &problems);
	}
	start_check_binds(binds, sizeof(binds) / sizeof(binds[0]), &problems);
	if (problems.len > 0)
		refuse(strbuf_text(&problems));
	strbuf_free(&problems);
}

/* ---- Configuration of Kore ---- */

static int
count_workers(void)
{
	return site_conf_workers(settings.workers);
}

/* Of txt: a text somewhat too large is still read, so that its form can be shown again. */
static const char *
body_max(void)
{
	static char text[24];

	snprintf(text, sizeof(text), "%lld", 2 * (long long)settings.txt_max_bytes + 65536);
	return text;
}

static const char *
conf_value(const char *name)
{
	static char workers[16];

	snprintf(workers, sizeof(workers), "%d", count_workers());
	if (strcmp(name, "WORKERS") == 0)
		return workers;
	if (strcmp(name, "PUBLIC_HOST") == 0)
		return settings.public_host;
	if (strcmp(name, "PUBLIC_PORT") == 0)
		return settings.public_port;
	if (strcmp(name, "INTERNAL_HOST") == 0)
		return settings.internal_host;
	if (strcmp(name, "INTERNAL_PORT") == 0)
		return settings.internal_port;
	if (strcmp(name, "TXT_BODY_MAX") == 0)
		return body_max();
	if (strcmp(name, "RUN_DIR") == 0)
		return settings.run_dir;
	if (strcmp(name, "BODIES_DIR") == 0)
		return pics_bodies_path();
	return getenv(name);
}

static void
read_conf(const char *file)
{
	struct strbuf path = { 0 }, text = { 0 }, problem = { 0 };
	FILE *f;

	strbuf_printf(&path, "%s/conf/%s", settings.home, file);
	if (site_conf_expand(&text, strbuf_text(&path), conf_value, &problem) != ERR_OK)
		refuse(strbuf_text(&problem));
	f = fmemopen(text.s, text.len, "r");
	if (f == NULL)
		refuse("no memory file for the configuration");
	kore_parse_config_file(f);
	fclose(f);
	strbuf_free(&path);
	strbuf_free(&text);
	strbuf_free(&problem);
}

static void
read_role_conf(void)
{
	char file[32];

	snprintf(file, sizeof(file), "site_%s.conf", role_words[settings.role]);
	read_conf("common.conf");
	read_conf(file);
}

static void
watch_schema(void)
{
	struct strbuf dir = { 0 }, problem = { 0 };

	strbuf_printf(&dir, "%s/migrations/%s", settings.home, role_databases[settings.role]);
	if (schema_watch_init(strbuf_text(&dir), &problem) != ERR_OK)
		refuse(strbuf_text(&problem));
	strbuf_free(&dir);
}

/* ---- What Kore calls ---- */

static void
map_pages(void)
{
	static struct arena arena; /* as long as the process */
	const char *const urls[ROLE__MAX] = { settings.portal_url, settings.txt_url,
		settings.pics_url };

	nav_init(settings.role, urls, &arena);
}

static void
choose_user(void)
{
	struct strbuf problem = { 0 };

	if (run_as_init(settings.run_as, &problem) != ERR_OK)
		refuse(strbuf_text(&problem));
}

/* What txt and pics count in shared memory. */
static void
count_content(void)
{
	if (settings.role == ROLE_PORTAL)
		return;
	content_views_init();
	if (settings.role == ROLE_TXT)
		content_facts_init(syntax_words, SYNTAX__MAX);
	if (settings.role == ROLE_PICS)
		content_facts_init(pics_kind_words, PICS_KIND__MAX);
}

void
kore_parent_configure(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK_MAX);
	read_command_line(argc, argv);
	load_settings(true);
	choose_user();
	check_start();
	read_role_conf();
	if (web_address_trust(settings.trusted_proxies) != ERR_OK)
		refuse("TRUSTED_PROXIES is not a list of networks");
	log_out_open();
	web_respond_init();
	map_pages();
	web_flow_set_role_steps(role_http_steps, role_http_nsteps);
	if (settings.role != ROLE_PORTAL)
		web_flow_set_caller_steps(standing_http_steps, standing_http_nsteps);
	if (web_asset_init() != ERR_OK || web_template_init(views, nviews) != ERR_OK)
		refuse("a part of the program is missing or wrong; the log says which");
	if (web_kore_answer_init() != ERR_OK)
		refuse("the error pages cannot be made; the log says why");
	stop_init(count_workers());
	watch_schema();
	keep_init(settings.has_cache);
	if (settings.has_rate_limits)
		web_limit_init();
	count_content();
	metrics_init(count_workers(), PORTAL_VERSION);
	track_init();
}

/* NULL for a setting that is empty. */
static const char *
conninfo_of(struct arena *arena, const char *name, const char *url)
{
	const char *conninfo;

	if (*url == '\0')
		return NULL;
	conninfo = db_url_conninfo(arena, url, PAGE_TIMEOUT_MS);
	if (conninfo == NULL)
		fatal("%s is not one that libpq can read", name);
	return conninfo;
}

static void
register_databases(bool has_pages)
{
	struct arena arena = { 0 };

	db_run_init(conninfo_of(&arena, "DATABASE_URL", settings.database_url),
	    conninfo_of(&arena, "DATABASE_REPLICA_URL", settings.database_replica_url), has_pages);
	arena_free(&arena);
}

static void
tick(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
	db_run_tick();
	metrics_level_set(LEVEL_DB_WAITING, db_run_waiting());
	web_log_tick();
}

/* Worker 1 takes jobs and, where there is another one, no connections: no job delays a page. */
void
kore_worker_configure(void)
{
	const bool has_pages = worker->id != 1 || count_workers() < 2;

	metrics_worker(worker->id);
	web_log_worker();
	register_databases(has_pages);
	source_refresh_init(background_run);
	kore_timer_add(tick, TICK_MS, NULL, 0);
	stop_worker();
	if (worker->id == 1) {
		if (!has_pages)
			worker_max_connections = 0;
		schema_watch_start(jobs_start);
	}
}

void
kore_worker_teardown(void)
{
	background_stop(STOP_PATIENCE_MS);
	log_out_finish(LOG_PATIENCE_MS);
}

/* When no worker is there any more. */
void
kore_parent_teardown(void)
{
	if (settings.role != ROLE_PORTAL)
		content_flush_last(settings.database_url);
	track_flush_last(settings.database_direct_url);
	log_out_finish(LOG_PATIENCE_MS);
}
