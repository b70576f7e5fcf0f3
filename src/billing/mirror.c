#include "billing/mirror_parts.h"

#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/url.h"
#include "db/db_row.h"

#define CLOCK_KEEP_US (60 * INT64_C(1000000)) /* until it is asked again */

enum err
mirror_fail(struct mirror *m, enum err e, const char *fmt, ...)
{
	va_list args;

	m->is_db_error = false;
	strbuf_clear(&m->error);
	va_start(args, fmt);
	strbuf_vprintf(&m->error, fmt, args);
	va_end(args);
	return e;
}

enum err
mirror_fail_read(struct mirror *m, const char *id, const char *what)
{
	return mirror_fail(m, ERR_INVALID, "%s is not what we know of its kind: see its %s",
	    id != NULL ? id : "an object", what != NULL ? what : "object");
}

enum err
mirror_check_world(struct mirror *m, const char *id, bool is_live)
{
	if (is_live == m->is_live)
		return ERR_OK;
	return mirror_fail(m, ERR_INVALID, "%s is of %s mode, and our key is of %s mode", id,
	    is_live ? "live" : "test", m->is_live ? "live" : "test");
}

const char *
mirror_query(struct arena *arena, const char *name, const char *value)
{
	struct strbuf out = { 0 };
	const char *query;

	url_add_field(&out, name, value);
	query = arena_strdup(arena, strbuf_text(&out));
	strbuf_free(&out);
	return query;
}

/* Late by the way of the answer rather than early. */
static enum err
ask_clock(struct mirror *m)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	enum err e;

	mirror_store_clock(&q);
	e = db_sync_run(m->db, &q, &res);
	m->clock.monotonic_us = clock_monotonic_us();
	if (e == ERR_OK)
		e = db_row_only_int(res, &m->clock.db_us);
	PQclear(res);
	arena_free(&arena);
	return e;
}

/* Without an answer nothing can be put either, so any time will do. */
int64_t
mirror_now_us(struct mirror *m)
{
	int64_t since_us = clock_monotonic_us() - m->clock.monotonic_us;

	if (m->clock.db_us == 0 || since_us > CLOCK_KEEP_US) {
		if (ask_clock(m) != ERR_OK)
			return clock_now_us();
		since_us = clock_monotonic_us() - m->clock.monotonic_us;
	}
	return m->clock.db_us + since_us;
}

/* What the API said stays with the client; here it is told what was asked for. */
static enum err
fail_asking(struct mirror *m, enum err e, const char *path)
{
	return mirror_fail(
	    m, e, "%s: %s", path, m->stripe->error[0] != '\0' ? m->stripe->error : err_word(e));
}

enum err
mirror_get(struct mirror *m, struct arena *arena, const char *kind, const char *id,
    const char *query, const struct json **object, int64_t *read_at_us)
{
	const char *path = arena_printf(arena, "%s/%s", kind, url_encode(arena, id));
	enum err e;

	if (read_at_us != NULL)
		*read_at_us = mirror_now_us(m);
	e = stripe_sync_get(m->stripe, arena, path, query, object);
	return e == ERR_OK ? ERR_OK : fail_asking(m, e, path);
}

enum err
mirror_page(struct mirror *m, struct arena *arena, struct stripe_list *list)
{
	enum err e = stripe_sync_page(m->stripe, arena, list);

	return e == ERR_OK ? ERR_OK : fail_asking(m, e, list->path);
}

enum err
mirror_run_put(struct db_sync *db, struct db_query *q, struct arena *arena, struct mirror_put *put)
{
	PGresult *res = NULL;
	enum err e = db_sync_run(db, q, &res);

	if (e == ERR_OK)
		e = mirror_store_put_read(res, arena, put);
	PQclear(res);
	return e;
}

/* A table that is not there is no object that Stripe has not. */
enum err
mirror_fail_db(struct mirror *m, enum err e, const char *id)
{
	mirror_fail(m, e, "%s: the database did not take or give it (%s)", id, err_word(e));
	m->is_db_error = true;
	return e == ERR_NOT_FOUND ? ERR_INTERNAL : e;
}

bool
mirror_error_is_of_all(const struct mirror *m, enum err e)
{
	if (m->is_db_error)
		return e == ERR_UNAVAILABLE || e == ERR_FULL;
	return e == ERR_UNAVAILABLE || e == ERR_TIMEOUT || e == ERR_TOO_MANY ||
	       e == ERR_UNAUTHORIZED;
}

/* A value that the database refuses will be refused the next time, too; all else may pass. */
enum err
mirror_commit(
    struct mirror *m, const char *id, enum err (*steps)(struct db_sync *, void *arg), void *arg)
{
	enum err e = db_sync_transaction(m->db, steps, arg, m->is_dry_run);

	return e == ERR_OK ? ERR_OK : mirror_fail_db(m, e, id);
}

static enum mirror_change
change_of(const struct mirror_put *put)
{
	if (put->outcome == PUT_OLDER || put->outcome == PUT_SAME)
		return MIRROR_SAME;
	if (!put->is_linked)
		return MIRROR_UNLINKED;
	return put->outcome == PUT_NEW ? MIRROR_NEW : MIRROR_CHANGED;
}

static void
tell_status(struct strbuf *out, const struct mirror_put *put, const char *is)
{
	if (put->outcome == PUT_OLDER)
		strbuf_puts(out, "known from a later look");
	else if (put->outcome == PUT_SAME)
		strbuf_puts(out, "as known");
	else if (put->outcome == PUT_NEW)
		strbuf_printf(out, "new%s%s", is != NULL ? ", " : "", is != NULL ? is : "");
	else if (is == NULL || put->was == NULL || strcmp(is, put->was) == 0)
		strbuf_printf(out, "changed%s%s", is != NULL ? ", " : "", is != NULL ? is : "");
	else
		strbuf_printf(out, "%s, then %s", put->was, is);
}

void
mirror_tell(struct mirror *m, const char *id, const struct mirror_put *put, const char *is,
    enum mirror_change *change)
{
	if (change != NULL)
		*change = change_of(put);
	strbuf_printf(&m->effect, "%s%s: ", m->effect.len > 0 ? " " : "", id);
	tell_status(&m->effect, put, is);
	if (!put->is_linked)
		strbuf_puts(&m->effect, ", of no account so far");
	if (put->is_at_odds)
		strbuf_puts(
		    &m->effect, ", names another account than it is linked to (which stays)");
	if (put->unknown_prices != NULL)
		strbuf_printf(&m->effect, ", no plan for %s", put->unknown_prices);
	strbuf_puts(&m->effect, ".");
}
