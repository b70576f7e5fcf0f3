/*
 * Start and stop. Kore calls, in this order: kore_parent_configure() before the fork, then in each
 * worker kore_worker_configure() and, at the end, kore_worker_teardown().
 */
#include <kore/kore.h>
#include <kore/http.h>
#include <kore/pgsql.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/role_http.h"
#include "app/doctor.h"
#include "app/migrate.h"
#include "app/site_conf.h"
#include "app/stop.h"
#include "app/version.h"
#include "app/views.h"
#include "base/log.h"
#include "base/log_out.h"
#include "base/settings.h"
#include "db/db_run.h"
#include "db/db_url.h"
#include "jobs/background.h"
#include "jobs/jobs.h"
#include "metrics/metrics.h"
#include "source/source_refresh.h"
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

void kore_parent_configure(int, char **);
void kore_worker_configure(void);
void kore_worker_teardown(void);

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

static int
migrate_main(int argc, char **argv)
{
	struct strbuf dir = { 0 };
	const char *database = "accounts";
	enum err e;

	if (argc == 2 && strcmp(argv[0], "--database") == 0)
		database = argv[1];
	else if (argc != 0)
		refuse("usage: portal migrate [--database accounts]");
	if (strcmp(database, "accounts") != 0)
		refuse("migrate knows the database \"accounts\" only");
	load_settings(false);
	strbuf_printf(&dir, "%s/migrations/%s", settings.home, database);
	e = migrate_run(settings.database_direct_url, strbuf_text(&dir));
	strbuf_free(&dir);
	return e == ERR_OK ? 0 : 1;
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

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "migrate", migrate_main },
	{ "doctor", doctor_main },
};

/* The first word that is no option is a subcommand; it is run and ends the process. */
static void
run_subcommand(int argc, char **argv)
{
	size_t i;

	if (argc < 2 || argv[1][0] == '-')
		return;
	for (i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			exit(subcommands[i].run(argc - 2, argv + 2));
	refuse("there is no such subcommand; there are: migrate, doctor");
}

/* ---- Configuration of Kore ---- */

/* One worker for jobs and one for each core. */
static int
count_workers(void)
{
	return settings.workers > 0 ? (int)settings.workers
				    : (int)sysconf(_SC_NPROCESSORS_ONLN) + 1;
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
	if (strcmp(name, "RUN_DIR") == 0)
		return settings.run_dir;
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

/* ---- What Kore calls ---- */

void
kore_parent_configure(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	run_subcommand(argc, argv);
	kore_default_getopt(argc, argv);
	load_settings(true);
	if (settings.role != ROLE_PORTAL)
		refuse("this version serves PORTAL_ROLE=portal only");
	read_role_conf();
	if (web_address_trust(settings.trusted_proxies) != ERR_OK)
		refuse("TRUSTED_PROXIES is not a list of networks");
	log_out_open();
	web_respond_init();
	web_flow_set_role_steps(role_http_steps, role_http_nsteps);
	if (web_asset_init() != ERR_OK || web_template_init(views, nviews) != ERR_OK)
		refuse("a part of the program is missing or wrong; the log says which");
	if (web_kore_answer_init() != ERR_OK)
		refuse("the error pages cannot be made; the log says why");
	stop_init(count_workers());
	if (settings.has_rate_limits)
		web_limit_init();
	metrics_init(count_workers(), PORTAL_VERSION);
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
register_databases(void)
{
	struct arena arena = { 0 };

	db_run_init(conninfo_of(&arena, "DATABASE_URL", settings.database_url),
	    conninfo_of(&arena, "DATABASE_REPLICA_URL", settings.database_replica_url));
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
	metrics_worker(worker->id);
	web_log_worker();
	register_databases();
	source_refresh_init(background_run);
	kore_timer_add(tick, TICK_MS, NULL, 0);
	stop_worker();
	if (worker->id == 1) {
		if (count_workers() >= 2) /* worker_count also holds Kore's own two */
			worker_max_connections = 0;
		jobs_start();
	}
}

void
kore_worker_teardown(void)
{
	background_stop(STOP_PATIENCE_MS);
	log_out_finish(LOG_PATIENCE_MS);
}
