#include "web/web_step.h"

#include <stdlib.h>

#include "base/clock.h"
#include "db/db_cache.h"
#include "db/db_schema.h"
#include "metrics/metrics.h"
#include "web/web_flow.h"

/* ---- Statements ---- */

static enum err
fail(struct web_flow *f, const struct web_step *step, enum err e)
{
	return e != ERR_OK && step->failed != NULL ? step->failed(f, e) : e;
}

/* The log says it once for all of them, and what to do (app/schema_watch.c). */
static bool
is_set_up(struct web_flow *f, const struct web_step *step, enum err *e)
{
	if (db_schema_state() != DB_SCHEMA_BEHIND)
		return true;
	*e = fail(f, step,
	    web_flow_fail(f, ERR_UNAVAILABLE,
		"This site is being set up or brought up to date and will be back soon."));
	return false;
}

/* Each `begin` returns false if there is nothing to wait for; *e then says whether it failed. */
static bool
begin_query(struct web_flow *f, struct web_work *w, enum err *e)
{
	const PGresult *kept;

	w->query = (struct db_query){ .arena = &f->arena };
	*e = w->step->ask(f, &w->query);
	if (*e != ERR_OK || w->query.sql == NULL || !is_set_up(f, w->step, e))
		return false;
	w->asked_us = clock_monotonic_us();
	kept = db_cache_find(&w->query, w->asked_us);
	if (kept != NULL) {
		*e = w->step->read(f, kept);
		return false;
	}
	db_run_start(&w->run, f->req, &w->query);
	return true;
}

/* Pages are told only what they can act on; a missing table or right is our own mistake. */
static enum err
page_error(enum err e)
{
	switch (e) {
	case ERR_OK:
	case ERR_CONFLICT:
	case ERR_INVALID:
	case ERR_UNAVAILABLE:
		return e;
	case ERR_TIMEOUT:
		return ERR_UNAVAILABLE;
	default:
		return ERR_INTERNAL;
	}
}

/* Each `go_on` returns false while it waits. */
static bool
go_on_with_query(struct web_flow *f, struct web_work *w, enum err *e)
{
	const PGresult *res;

	if (!db_run_step(&w->run, e, &res))
		return false;
	if (*e != ERR_OK) {
		metrics_count(METRIC_DB_ERRORS, err_word(*e), NULL);
		f->place = "database";
	}
	*e = fail(f, w->step, page_error(*e));
	if (*e == ERR_OK && w->step->read != NULL)
		*e = w->step->read(f, res);
	if (*e == ERR_OK && w->query.keep_ms > 0)
		db_cache_keep(&w->query, db_run_take(&w->run), w->asked_us);
	return true;
}

/* ---- Outside services ---- */

static bool
begin_call(struct web_flow *f, struct web_work *w, enum err *e)
{
	w->request = (struct call_request){ 0 };
	*e = w->step->call(f, &w->request);
	if (*e != ERR_OK || w->request.url == NULL)
		return false;
	web_call_start(&w->call, f->req, &w->request);
	return true;
}

static bool
go_on_with_call(struct web_flow *f, struct web_work *w, enum err *e)
{
	struct call_reply reply;

	if (!web_call_step(&w->call, &reply))
		return false;
	*e = w->step->reply(f, &reply);
	return true;
}

/* ---- Waits ---- */

static void
end_patience(struct web_work *w)
{
	if (w->patience != NULL)
		kore_timer_remove(w->patience);
	w->patience = NULL;
}

static void
patience_ends(void *arg, u_int64_t now)
{
	struct web_flow *f = arg;

	(void)now;
	f->works[0].patience = NULL; /* Kore frees it */
	web_step_wake(f);
}

/* The hook may wake us before it returns. */
static bool
begin_wait(struct web_flow *f, struct web_work *w, enum err *e)
{
	const int ms = w->step->wait(f);

	(void)e;
	if (ms == 0)
		return false;
	if (!w->is_woken)
		w->patience = kore_timer_add(patience_ends, (u_int64_t)ms, f, KORE_TIMER_ONESHOT);
	return true;
}

static bool
go_on_waiting(struct web_flow *f, struct web_work *w, enum err *e)
{
	(void)e;
	if (!w->is_woken)
		http_request_sleep(f->req);
	return w->is_woken;
}

/* A wait is a group of its own. */
void
web_step_wake(struct web_flow *f)
{
	f->works[0].is_woken = true;
	end_patience(&f->works[0]);
	http_request_wakeup(f->req);
}

/* ---- Turns ---- */

/* False: another has it, the request sleeps. */
static bool
take_turn(struct web_flow *f, struct web_work *w)
{
	if (w->turn == NULL && w->step->turn != NULL)
		w->turn = w->step->turn(f);
	if (w->turn == NULL)
		return true;
	if (w->turn->holder != NULL) {
		if (!w->is_queued)
			LIST_INSERT_HEAD(&w->turn->waiting, w, neighbour);
		w->is_queued = true;
		http_request_sleep(f->req);
		return false;
	}
	if (w->is_queued)
		LIST_REMOVE(w, neighbour);
	w->is_queued = false;
	w->turn->holder = w;
	return true;
}

static void
look_again(void *arg, u_int64_t now)
{
	(void)arg;
	(void)now;
}

/*
 * All are woken, as the first may be dying. The timer keeps Kore's loop, which has looked at its
 * requests already, from waiting up to 100 ms before it looks again.
 */
static void
leave_turn(struct web_work *w)
{
	struct web_work *other;

	if (w->turn == NULL)
		return;
	if (w->is_queued) {
		LIST_REMOVE(w, neighbour);
	} else {
		w->turn->holder = NULL;
		LIST_FOREACH(other, &w->turn->waiting, neighbour)
		http_request_wakeup(other->req);
		if (!LIST_EMPTY(&w->turn->waiting))
			kore_timer_add(look_again, 1, NULL, KORE_TIMER_ONESHOT);
	}
	w->is_queued = false;
	w->turn = NULL;
}

/* ---- Groups ---- */

static bool
begin_hook(struct web_flow *f, struct web_work *w, enum err *e)
{
	if (w->step->ask != NULL)
		return begin_query(f, w, e);
	if (w->step->call != NULL)
		return begin_call(f, w, e);
	return begin_wait(f, w, e);
}

static bool
begin(struct web_flow *f, struct web_work *w, enum err *e)
{
	w->is_begun = take_turn(f, w);
	return !w->is_begun || begin_hook(f, w, e);
}

static bool
go_on(struct web_flow *f, struct web_work *w, enum err *e)
{
	if (!w->is_begun && !begin(f, w, e))
		return true; /* there was nothing to wait for */
	if (!w->is_begun)
		return false; /* it is not its turn yet */
	if (w->step->ask != NULL)
		return go_on_with_query(f, w, e);
	if (w->step->call != NULL)
		return go_on_with_call(f, w, e);
	return go_on_waiting(f, w, e);
}

static void
end_work(struct web_work *w)
{
	db_run_end(&w->run);
	web_call_end(&w->call);
	end_patience(w);
	leave_turn(w);
	w->step = NULL;
}

void
web_step_end(struct web_flow *f)
{
	for (; f->nworks > 0; f->nworks--)
		end_work(&f->works[f->nworks - 1]);
}

size_t
web_step_group(const struct web_step *steps, size_t n)
{
	size_t size = n > 0;

	while (size < n && steps[size].is_at_once)
		size++;
	return size;
}

static void
begin_group(struct web_flow *f, const struct web_step *steps, size_t n, enum err *e)
{
	if (n > WEB_STEPS_AT_ONCE)
		abort();
	for (; f->nworks < n && *e == ERR_OK; f->nworks++) {
		struct web_work *w = &f->works[f->nworks];

		w->step = &steps[f->nworks];
		w->req = f->req;
		w->is_woken = false;
		if (!begin(f, w, e))
			end_work(w);
	}
}

/* True once nothing of it is left to wait for. */
static bool
go_on_with_group(struct web_flow *f, enum err *e)
{
	bool is_done = true;

	for (size_t i = 0; i < f->nworks && *e == ERR_OK; i++) {
		struct web_work *w = &f->works[i];

		if (w->step == NULL)
			continue;
		if (go_on(f, w, e))
			end_work(w);
		else
			is_done = false;
	}
	return is_done || *e != ERR_OK;
}

bool
web_step_take(struct web_flow *f, const struct web_step *steps, size_t n, enum err *e)
{
	*e = ERR_OK;
	if (f->nworks == 0)
		begin_group(f, steps, n, e);
	if (*e == ERR_OK && !go_on_with_group(f, e))
		return false;
	web_step_end(f);
	return true;
}
