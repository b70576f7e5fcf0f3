#include "app/schema_watch.h"

#include <kore/kore.h>
#include <stdbool.h>
#include <string.h>

#include "app/migrate.h"
#include "base/log.h"
#include "base/settings.h"
#include "db/db_schema.h"
#include "db/db_sync.h"
#include "jobs/background.h"

#define TICK_MS 1000
#define TIMEOUT_MS 2000
/* A database that does not answer, or not us: seldom enough for its own log. */
#define TICKS_AFTER_ERROR 3

static struct migrations *wanted;
static void (*when_ready)(void);
static bool is_looking, is_ready;
static int ticks_to_wait;
static struct strbuf told; /* the problem that the log has last been given, "" for none */
static bool is_behind_told;

/* Made by the task, read by the event loop. */
static struct {
	enum err err;
	size_t nnewer;
	struct strbuf problem;
} found;

enum err
schema_watch_init(const char *dir, struct strbuf *problem)
{
	enum err e = migrate_read(&wanted, dir, problem);

	if (e == ERR_OK)
		db_schema_init(migrate_newest(wanted));
	return e;
}

/* In a thread. A connection of its own: that of the thread would log each failure. */
static void
look(void *arg)
{
	struct strbuf error = { 0 };
	struct db_sync *db = db_sync_open(settings.database_direct_url, TIMEOUT_MS, &error);

	(void)arg;
	strbuf_clear(&found.problem);
	found.nnewer = 0;
	if (db == NULL) {
		found.err = ERR_UNAVAILABLE;
		strbuf_printf(&found.problem, "no connection: %s", strbuf_text(&error));
	} else {
		found.err = migrate_compare(wanted, db, &found.nnewer, &found.problem);
	}
	db_sync_close(db);
	strbuf_free(&error);
}

/* A problem is told once, however often it is met; while migrations run, another one is missing at
 * each look. */
static void
tell(const char *advice)
{
	const char *problem = strbuf_text(&found.problem);

	if (strcmp(problem, strbuf_text(&told)) == 0 ||
	    (found.err == ERR_NOT_FOUND && is_behind_told))
		return;
	is_behind_told = found.err == ERR_NOT_FOUND;
	log_error("db", "%s database: %s; %s", role_databases[settings.role], problem, advice);
	strbuf_clear(&told);
	strbuf_puts(&told, problem);
}

static void
be_ready(void)
{
	db_schema_set(DB_SCHEMA_CURRENT);
	if (found.err == ERR_CONFLICT)
		tell("go back to the file that was applied, and put the change into a new one");
	else if (told.len > 0)
		log_info("db", "all %zu migrations are applied", migrate_count(wanted));
	if (found.err == ERR_OK)
		strbuf_clear(&told);
	is_behind_told = false;
	if (found.nnewer > 0)
		log_warn("db", "migrations that this version does not know: %zu", found.nnewer);
	if (!is_ready)
		when_ready();
	is_ready = true;
}

static void
looked(void *arg)
{
	(void)arg;
	is_looking = false;
	switch (found.err) {
	case ERR_OK:
	case ERR_CONFLICT: /* not what it should be, but all is there */
		be_ready();
		break;
	case ERR_NOT_FOUND:
		db_schema_set(DB_SCHEMA_BEHIND);
		tell("run portal migrate; until then pages answer 503");
		break;
	default:
		ticks_to_wait = TICKS_AFTER_ERROR - 1;
		tell("whether its migrations are applied is not known yet");
	}
}

static void
tick(void *arg, uint64_t now)
{
	(void)arg;
	(void)now;
	if (is_looking || (is_ready && db_schema_state() == DB_SCHEMA_CURRENT))
		return;
	if (ticks_to_wait-- > 0)
		return;
	ticks_to_wait = 0;
	is_looking = true;
	background_run(look, looked, NULL);
}

void
schema_watch_start(void (*ready)(void))
{
	when_ready = ready;
	tick(NULL, 0);
	kore_timer_add(tick, TICK_MS, NULL, 0);
}
