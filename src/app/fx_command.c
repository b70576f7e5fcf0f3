#include "app/fx_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/settings.h"
#include "billing/fx.h"
#include "billing/fx_store.h"
#include "db/db_sync.h"

#define STATEMENT_MS 60000

static int
fail(const char *what, const char *why)
{
	fprintf(stderr, "portal fx: %s: %s\n", what, why);
	return 1;
}

/* No more than is allowed and one byte, so that too much is noticed. */
static int
read_file(struct strbuf *out, const char *path)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char bytes[65536];
	int status = 0;
	size_t n;

	if (f == NULL)
		return fail(path, strerror(errno));
	while (out->len <= FX_FILE_BYTES_MAX && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		strbuf_add(out, bytes, n);
	if (ferror(f))
		status = fail(path, strerror(errno));
	if (f != stdin)
		fclose(f);
	return status;
}

static int
store(const struct fx_rate_list *list, struct arena *a)
{
	struct db_query q = { .arena = a };
	struct strbuf error = { 0 };
	struct db_sync *db = db_sync_open(settings.database_direct_url, STATEMENT_MS, &error);
	int status = 0;

	fx_store_put(&q, list);
	if (db == NULL)
		status = fail("the database does not answer", strbuf_text(&error));
	else if (db_sync_run(db, &q, NULL) != ERR_OK)
		status = fail("nothing was imported", db_sync_error(db));
	else
		printf("%zu rates imported. Figures follow within five minutes.\n", list->n);
	db_sync_close(db);
	strbuf_free(&error);
	return status;
}

int
fx_command_import(const char *path)
{
	struct strbuf bytes = { 0 }, problems = { 0 };
	struct fx_rate_list list = { 0 };
	struct arena arena = { 0 };
	int status = read_file(&bytes, path);

	if (status == 0 && fx_csv_read(&list, &arena, strbuf_text(&bytes), bytes.len,
			       settings.reporting_currency, &problems) != ERR_OK) {
		fprintf(stderr, "portal fx: nothing was imported from %s:\n%s", path,
		    strbuf_text(&problems));
		status = 1;
	}
	if (status == 0)
		status = store(&list, &arena);
	strbuf_free(&bytes);
	strbuf_free(&problems);
	arena_free(&arena);
	return status;
}
