#include "app/backfill_main.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/backfill_report.h"
#include "app/migrate.h"
#include "base/clock.h"
#include "base/human.h"
#include "base/log.h"
#include "base/settings.h"
#include "billing/billing.h"

/* Some 15 s of patience, or up to a minute where Stripe says when to come back. */
#define RETRIES 6
/* Where there is no terminal, a line each time so much more is read. */
#define LINE_PERCENT 10

enum err
backfill_main_read(int argc, char **argv, int64_t *days, bool *is_dry_run)
{
	char *end;

	*days = 0;
	*is_dry_run = false;
	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") == 0) {
			*is_dry_run = true;
		} else if (strcmp(argv[i], "--days") == 0 && i + 1 < argc) {
			*days = strtoll(argv[++i], &end, 10);
			if (*end != '\0')
				return ERR_INVALID;
		} else {
			return ERR_INVALID;
		}
	}
	return *days >= 1 && *days <= BACKFILL_DAYS_MAX ? ERR_OK : ERR_INVALID;
}

/* ---- What is seen of it ---- */

static bool is_terminal, has_bar;
static enum backfill_kind line_kind = BACKFILL__MAX;
static int line_percent;

/* The bar stays on its line; whatever else is said wipes it off. */
static void
wipe_bar(void)
{
	if (has_bar)
		fputs("\r\033[K", stdout);
	has_bar = false;
}

static void
say_complaint(const char *sentence)
{
	wipe_bar();
	fflush(stdout);
	fprintf(stderr, "portal backfill: %s\n", sentence);
}

static void
began(const struct backfill *b)
{
	struct arena arena = { 0 };

	printf("%s: Stripe, %s mode, %s what was created since %s\n",
	    b->mirror.is_dry_run ? "dry run, nothing is written" : "backfill",
	    b->mirror.is_live ? "live" : "test",
	    b->is_resumed ? "going on with a run that was interrupted," : "all",
	    human_time(&arena, b->place.from));
	arena_free(&arena);
}

static bool
is_worth_a_line(const struct backfill *b)
{
	const int percent = backfill_percent(b);

	if (b->kind == line_kind && percent < line_percent + LINE_PERCENT &&
	    (percent < 100 || line_percent == 100))
		return false;
	line_kind = b->kind;
	line_percent = percent;
	return true;
}

static void
moved(const struct backfill *b)
{
	struct strbuf text = { 0 };

	if (is_terminal) {
		wipe_bar();
		backfill_report_bar(&text, b);
		has_bar = true;
	} else if (is_worth_a_line(b)) {
		backfill_report_line(&text, b);
	}
	fputs(strbuf_text(&text), stdout);
	fflush(stdout);
	strbuf_free(&text);
}

static void
found(const struct backfill *b, const char *what)
{
	(void)b;
	wipe_bar();
	printf("would change: %s\n", what);
}

static void
failed(const struct backfill *b, const char *why)
{
	(void)b;
	say_complaint(why);
}

static const struct backfill_screen screen = {
	.began = began, .moved = moved, .found = found, .failed = failed
};

/* ---- Beginning and end ---- */

static enum err
check_schema(struct db_sync *db, const char *dir)
{
	struct migrations *all = NULL;
	struct strbuf problem = { 0 };
	size_t nnewer;
	enum err e = migrate_read(&all, dir, &problem);

	if (e == ERR_OK)
		e = migrate_compare(all, db, &nnewer, &problem);
	if (e != ERR_OK && e != ERR_CONFLICT) {
		strbuf_puts(&problem, "; run portal migrate first");
		say_complaint(strbuf_text(&problem));
	}
	migrate_free(all);
	strbuf_free(&problem);
	return e == ERR_CONFLICT ? ERR_OK : e; /* changed afterwards, but all is there */
}

/* A connection of its own: the lock lives as long as it does. */
static struct db_sync *
connect_to(const char *dir)
{
	struct strbuf error = { 0 };
	struct db_sync *db = db_sync_open(settings.database_direct_url, DB_SYNC_JOB_MS, &error);

	if (db == NULL) {
		strbuf_puts(&error, " (DATABASE_DIRECT_URL, or else DATABASE_URL)");
		say_complaint(strbuf_text(&error));
	} else if (check_schema(db, dir) != ERR_OK) {
		db_sync_close(db);
		db = NULL;
	}
	strbuf_free(&error);
	return db;
}

static const char *
advice(enum err e)
{
	switch (e) {
	case ERR_CONFLICT:
		return "wait for it";
	case ERR_UNAUTHORIZED:
	case ERR_FORBIDDEN:
		return "portal doctor tells what is wrong with the key; then run it again, and it "
		       "goes on where it stopped";
	default:
		return "run it again, and it goes on where it stopped";
	}
}

static int
finish(const struct backfill *b, enum err e)
{
	const int64_t nerrors = backfill_report_errors(b);
	struct strbuf text = { 0 };

	wipe_bar();
	if (e != ERR_CONFLICT)
		backfill_report_summary(&text, b);
	fputs(strbuf_text(&text), stdout);
	fflush(stdout);
	strbuf_clear(&text);
	if (e != ERR_OK)
		strbuf_printf(&text, "%s; %s", strbuf_text(&b->error),
		    b->mirror.is_dry_run && e != ERR_CONFLICT ? "it did not come to its end"
							      : advice(e));
	else if (nerrors > 0)
		strbuf_printf(&text, "%" PRId64 " of Stripe's objects could not be read", nerrors);
	if (text.len > 0)
		say_complaint(strbuf_text(&text));
	strbuf_free(&text);
	return e == ERR_OK && nerrors == 0 ? 0 : 1;
}

int
backfill_main(const char *dir, int64_t days, bool is_dry_run)
{
	struct stripe_sync stripe = billing_stripe(RETRIES);
	struct backfill b = { .days = days, .screen = &screen };
	int status;

	if (settings.role != ROLE_PORTAL) {
		say_complaint("only the portal has billing; PORTAL_ROLE names another role");
		return 1;
	}
	if (!billing_is_set_up()) {
		say_complaint("billing is not set up: STRIPE_SECRET_KEY is empty");
		return 1;
	}
	log_set_level("error"); /* the lines say it all */
	b.mirror = (struct mirror){ .db = connect_to(dir),
		.stripe = &stripe,
		.is_live = billing_is_live(),
		.is_dry_run = is_dry_run,
		.now = clock_now() };
	if (b.mirror.db == NULL)
		return 1;
	is_terminal = isatty(STDOUT_FILENO) == 1;
	status = finish(&b, backfill_run(&b));
	db_sync_close(b.mirror.db);
	strbuf_free(&b.mirror.effect);
	strbuf_free(&b.mirror.error);
	strbuf_free(&b.error);
	return status;
}
