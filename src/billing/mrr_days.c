#include "billing/mrr_days.h"

#include <string.h>

#include "billing/movement_store.h"

/* One day that is being closed. */
struct closing {
	struct db_sync *db;
	struct db_query q;
	struct movement_day day;
	struct movement_sums before;
	struct movement_row *rows;
	size_t nrows, nchanged;
	struct movement_payer *payers;
	size_t npayers;
};

static enum err
run(struct closing *c)
{
	return db_sync_run(c->db, &c->q, NULL);
}

static enum err
ask(struct closing *c, PGresult **res)
{
	return db_sync_run(c->db, &c->q, res);
}

static enum err
find_day(struct closing *c, int64_t now)
{
	PGresult *res = NULL;
	enum err e;

	movement_store_next(&c->q, c->day.is_live, now);
	e = ask(c, &res);
	if (e == ERR_OK)
		e = movement_store_next_read(&c->day, res, c->q.arena);
	PQclear(res);
	return e;
}

/* ---- Before ---- */

/* Each of them a statement, in this order. */
static void (*const links[])(struct db_query *, const struct movement_day *) = {
	movement_store_link_payers,
	movement_store_link_movements,
	movement_store_link_stock,
	movement_store_link_end,
};
static void (*const meetings[])(struct db_query *, const struct movement_day *) = {
	movement_store_meet_payers,
	movement_store_meet,
	movement_store_settle,
};

static enum err
link_all(struct closing *c)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]) && e == ERR_OK; i++) {
		links[i](&c->q, &c->day);
		e = run(c);
	}
	return e;
}

static enum err
analyze_first(struct closing *c)
{
	if (strcmp(c->day.day, c->day.opened_on) != 0)
		return ERR_OK;
	movement_store_analyze(&c->q);
	return run(c);
}

static enum err
meet_all(struct closing *c)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(meetings) / sizeof(meetings[0]) && e == ERR_OK; i++) {
		meetings[i](&c->q, &c->day);
		e = run(c);
		if (e == ERR_OK)
			e = analyze_first(c);
	}
	return e;
}

static enum err
add_up(struct closing *c)
{
	PGresult *res = NULL;
	enum err e;

	movement_store_sums(&c->q, &c->day);
	e = ask(c, &res);
	if (e == ERR_OK)
		e = movement_store_sums_read(&c->before, res, c->q.arena);
	PQclear(res);
	return e;
}

/* ---- What changed ---- */

static enum err
read_rows(struct closing *c)
{
	PGresult *res = NULL;
	enum err e;

	movement_store_rows(&c->q, &c->day);
	e = ask(c, &res);
	if (e == ERR_OK)
		e = movement_store_rows_read(&c->rows, &c->nrows, res, c->q.arena);
	PQclear(res);
	return e;
}

/* The rows of one payer stand together. */
static size_t
rows_of_payer(const struct closing *c, size_t from)
{
	size_t n = 1;

	while (
	    from + n < c->nrows && strcmp(c->rows[from + n].payer_id, c->rows[from].payer_id) == 0)
		n++;
	return n;
}

static enum err
find_movements(struct closing *c)
{
	struct movement_pair *pairs = arena_array(c->q.arena, c->nrows, sizeof(*pairs));
	enum err e = ERR_OK;

	c->payers = arena_array(c->q.arena, c->nrows, sizeof(*c->payers));
	for (size_t i = 0; i < c->nrows; i++)
		pairs[i] = c->rows[i].pair;
	for (size_t i = 0, n; i < c->nrows && e == ERR_OK; i += n) {
		struct movement_payer *p = &c->payers[c->npayers++];

		n = rows_of_payer(c, i);
		p->id = c->rows[i].payer_id;
		e = movement_find(&p->found, c->q.arena, &c->rows[i].past, &pairs[i], n);
	}
	return e;
}

static void
drop_unchanged(struct closing *c)
{
	for (size_t i = 0; i < c->nrows; i++)
		if (c->rows[i].is_changed)
			c->rows[c->nchanged++] = c->rows[i];
}

/* ---- What became of it ---- */

static enum err
keep(struct closing *c)
{
	enum err e;

	movement_store_revise(&c->q, c->day.day, c->payers, c->npayers);
	e = run(c);
	if (e == ERR_OK) {
		movement_store_put(&c->q, c->day.day, c->payers, c->npayers);
		e = run(c);
	}
	if (e == ERR_OK) {
		movement_store_payers(&c->q, c->day.day, c->payers, c->npayers);
		e = run(c);
	}
	if (e == ERR_OK) {
		movement_store_stock(&c->q, c->rows, c->nchanged);
		e = run(c);
	}
	if (e == ERR_OK) {
		movement_store_end_pauses(&c->q, &c->day);
		e = run(c);
	}
	return e;
}

static enum err
find_and_keep(struct closing *c)
{
	enum err e = read_rows(c);

	if (e == ERR_OK)
		e = find_movements(c);
	drop_unchanged(c);
	return e == ERR_OK ? keep(c) : e;
}

static enum err
close_day(struct closing *c)
{
	enum err e = link_all(c);

	if (e == ERR_OK)
		e = meet_all(c);
	if (e == ERR_OK)
		e = add_up(c);
	if (e == ERR_OK)
		e = find_and_keep(c);
	if (e != ERR_OK)
		return e;
	movement_store_prove(&c->q, &c->day, &c->before);
	return run(c);
}

enum err
mrr_days_close_one(
    struct db_sync *db, struct arena *a, bool is_live, int64_t now, enum mrr_day *done)
{
	struct closing c = { .db = db, .q = { .arena = a }, .day = { .is_live = is_live } };
	enum err e = find_day(&c, now);

	*done = c.day.is_ahead ? MRR_DAY_AHEAD : MRR_DAY_NONE;
	if (e != ERR_OK || c.day.is_ahead || !c.day.is_over)
		return e;
	movement_store_claim(&c.q, &c.day, now);
	e = run(&c);
	if (e == ERR_OK)
		e = close_day(&c);
	if (e == ERR_OK)
		*done = MRR_DAY_CLOSED;
	return e;
}

/* ---- The job ---- */

#define DAYS_MAX 4000 /* of one run */

struct one_day {
	struct arena arena;
	bool is_live;
	int64_t now;
	enum mrr_day done;
};

/*
 * In one snapshot: who is banned meanwhile counts at both ends, or at none. To compile the
 * statements would take longer than they do.
 */
static const char begin_sql[] =
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SET LOCAL jit = off";

static enum err
close_in_snapshot(struct db_sync *db, void *arg)
{
	struct one_day *d = arg;
	enum err e = db_sync_script(db, begin_sql);

	arena_free(&d->arena);
	if (e != ERR_OK)
		return e;
	return mrr_days_close_one(db, &d->arena, d->is_live, d->now, &d->done);
}

static enum err
explain(struct strbuf *error, enum err e, enum mrr_day done)
{
	if (e == ERR_INVALID)
		strbuf_puts(
		    error, "the movements of a day do not make up what its stock differs by");
	if (e != ERR_OK || done != MRR_DAY_AHEAD)
		return e;
	strbuf_puts(error,
	    "days are closed that have not begun yet, since a clock was wrong: date their rows in "
	    "mrr_movements back to the last day that is over, and delete them from mrr_days");
	return ERR_INTERNAL;
}

enum err
mrr_days_close(struct db_sync *db, bool is_live, int64_t now, int64_t *closed, struct strbuf *error)
{
	struct one_day d = { .is_live = is_live, .now = now, .done = MRR_DAY_CLOSED };
	enum err e = ERR_OK;

	for (*closed = 0; *closed < DAYS_MAX && d.done == MRR_DAY_CLOSED; ++*closed) {
		e = db_sync_transaction(db, close_in_snapshot, &d, false);
		if (e != ERR_OK || d.done != MRR_DAY_CLOSED)
			break;
	}
	arena_free(&d.arena);
	return explain(error, e, d.done);
}
