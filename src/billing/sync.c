#include "billing/sync.h"

#include <inttypes.h>
#include <string.h>

#include "base/json_write.h"
#include "base/log.h"
#include "base/stop_note.h"
#include "base/url.h"
#include "billing/inbox_rules.h"
#include "billing/inbox_store.h"
#include "billing/mirror_parts.h"
#include "billing/sync_store.h"
#include "db/db_row.h"

#define HOUR_S INT64_C(3600)
#define FIRST_LOOK_S (3 * 24 * HOUR_S)
#define TYPES_MAX 20  /* of one request, says Stripe */
#define TELLING_S 600 /* so long an event of what is new may be under way */
#define UNREAD_AT_ONCE 200

/* ---- The end of the process ---- */

static enum err
check_stop(struct mirror *m)
{
	if (stop_note_read() == STOP_NONE)
		return ERR_OK;
	return mirror_fail(m, ERR_UNAVAILABLE, "the process comes to its end");
}

/* ---- Gaps ---- */

/* Each of Stripe's worlds has a list of its own. */
static const char *
gaps_cursor(const struct mirror *m)
{
	return m->is_live ? "events_live" : "events_test";
}

static enum err
ask_cursor(struct mirror *m, struct arena *arena, int64_t *at)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	enum err e;

	*at = m->now - FIRST_LOOK_S;
	sync_store_cursor(&q, gaps_cursor(m));
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK && PQntuples(res) > 0) {
		e = db_row_only_int(res, at);
		*at -= HOUR_S;
	}
	PQclear(res);
	return e == ERR_OK ? e : mirror_fail_db(m, e, "where the list was read to");
}

/* By Stripe's clock: ours may be ahead of it. Where nothing was found, the list is short. */
static enum err
move_cursor(struct mirror *m, struct arena *arena, int64_t newest)
{
	struct db_query q = { .arena = arena };
	enum err e;

	if (newest == 0)
		return ERR_OK;
	sync_store_move_cursor(&q, gaps_cursor(m), newest);
	e = db_sync_run(m->db, &q, NULL);
	return e == ERR_OK ? e : mirror_fail_db(m, e, "where the list was read to");
}

struct gaps {
	int64_t found;	/* that were not there */
	int64_t newest; /* when Stripe says it made it; 0: there was none */
};

static enum err
keep_event(struct mirror *m, struct arena *arena, const struct json *json, struct gaps *gaps)
{
	struct stripe_event event;
	struct inbox_event hint = { .source = INBOX_GAP };
	struct strbuf body = { 0 };
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	bool is_new = false;
	enum err e;

	if (stripe_event_read(&event, json, NULL) != ERR_OK || event.is_live != m->is_live) {
		log_warn("billing", "an event on Stripe's list cannot be read, and is left out");
		return ERR_OK;
	}
	hint.id = event.id;
	hint.type = event.type;
	hint.object_id = event.object_id;
	hint.api_version = event.api_version;
	hint.is_live = event.is_live;
	hint.created_at = event.created_at;
	json_write_value(&body, json);
	hint.body = strbuf_text(&body);
	inbox_store_put(&q, &hint);
	e = db_sync_run(m->db, &q, &res);
	strbuf_free(&body);
	if (e == ERR_OK)
		e = inbox_store_put_read(res, &is_new);
	PQclear(res);
	gaps->found += is_new;
	if (event.created_at > gaps->newest)
		gaps->newest = event.created_at;
	return e == ERR_OK ? e : mirror_fail_db(m, e, event.id);
}

/* The next types, so many as one request may name, after those up to *i. */
static char *
gaps_query(struct arena *arena, int64_t since, size_t *i)
{
	const char *from = arena_printf(arena, "%" PRId64, since), *type;
	struct strbuf out = { 0 };
	char *query;

	url_add_field(&out, "created[gte]", from);
	for (int n = 0; n < TYPES_MAX && (type = inbox_type(*i)) != NULL; n++, (*i)++)
		url_add_field(&out, "types[]", type);
	query = arena_strdup(arena, strbuf_text(&out));
	strbuf_free(&out);
	return query;
}

static enum err
read_gaps(struct mirror *m, const char *query, struct gaps *gaps)
{
	struct stripe_list list = { .path = "events", .query = query };
	struct arena arena = { 0 };
	enum err e;

	while ((e = check_stop(m)) == ERR_OK && (e = mirror_page(m, &arena, &list)) == ERR_OK &&
	       list.data != NULL) {
		for (size_t i = 0; i < list.data->n && e == ERR_OK; i++)
			e = keep_event(m, &arena, &list.data->items[i], gaps);
		arena_free(&arena);
		if (e != ERR_OK)
			break;
	}
	arena_free(&arena);
	return e;
}

enum err
sync_gaps(struct mirror *m, int64_t *found)
{
	struct arena arena = { 0 };
	struct gaps gaps = { 0 };
	int64_t since;
	size_t i = 0;
	enum err e = ask_cursor(m, &arena, &since);

	while (e == ERR_OK && inbox_type(i) != NULL)
		e = read_gaps(m, gaps_query(&arena, since, &i), &gaps);
	if (e == ERR_OK)
		e = move_cursor(m, &arena, gaps.newest);
	*found = gaps.found;
	arena_free(&arena);
	return e;
}

/* ---- Subscriptions as Stripe lists them ---- */

struct walk {
	struct mirror *m;
	int64_t n; /* that differed, or were put */
	int failed_in_a_row;
};

/* One that fails alone is no reason to leave out the others: ERR_OK. */
static enum err
go_on(struct walk *w, enum err e)
{
	if (e == ERR_OK || e == ERR_NOT_FOUND || e == ERR_INVALID) {
		w->failed_in_a_row = 0;
		return check_stop(w->m);
	}
	if (mirror_error_is_of_all(w->m, e) || ++w->failed_in_a_row >= MIRROR_FAILED_IN_A_ROW)
		return e;
	return ERR_OK;
}

/* Takes each, page by page, in constant memory. */
static enum err
each_listed(struct walk *w, const char *query,
    enum err (*take)(struct walk *, const struct json *, int64_t read_at_us))
{
	struct stripe_list list = { .path = "subscriptions", .query = query };
	struct arena arena = { 0 };
	int64_t read_at_us = mirror_now_us(w->m);
	enum err e;

	while ((e = mirror_page(w->m, &arena, &list)) == ERR_OK && list.data != NULL) {
		for (size_t i = 0; i < list.data->n && e == ERR_OK; i++)
			e = take(w, &list.data->items[i], read_at_us);
		arena_free(&arena);
		if (e != ERR_OK)
			break;
		read_at_us = mirror_now_us(w->m);
	}
	arena_free(&arena);
	return e;
}

/* ---- Comparing ---- */

static enum err
ask_state(struct mirror *m, struct arena *arena, const char *id, struct sync_state *s)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	enum err e;

	sync_store_state(&q, id);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK)
		e = sync_store_state_read(res, arena, s);
	PQclear(res);
	return e == ERR_OK ? e : mirror_fail_db(m, e, id);
}

static enum err
note(struct mirror *m, struct arena *arena, const char *id, const char *what, const char *ours,
    const char *theirs, bool is_repaired)
{
	struct db_query q = { .arena = arena };
	enum err e;

	sync_store_add_difference(&q, id, what, ours, theirs, is_repaired);
	e = db_sync_run(m->db, &q, NULL);
	return e == ERR_OK ? e : mirror_fail_db(m, e, id);
}

static bool
differs(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a != b;
	return strcmp(a, b) != 0;
}

/* Notes each member that is another one now; *n is how many subscriptions differed. */
static enum err
note_differences(struct mirror *m, struct arena *arena, const char *id,
    const struct sync_state *was, const struct sync_state *is, int64_t *n)
{
	const struct {
		const char *what, *ours, *theirs;
	} members[] = {
		{ "status", was->status, is->status },
		{ "customer", was->customer_id, is->customer_id },
		{ "items", was->items, is->items },
		{ "cancel_at_period_end", was->cancel_at_period_end, is->cancel_at_period_end },
		{ "cancel_at", was->cancel_at, is->cancel_at },
		{ "mrr", was->mrr, is->mrr },
		{ "billed_mrr", was->billed_mrr, is->billed_mrr },
		{ "committed_mrr", was->committed_mrr, is->committed_mrr },
	};
	bool is_other = false;
	enum err e = ERR_OK;

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]) && e == ERR_OK; i++) {
		if (!differs(members[i].ours, members[i].theirs))
			continue;
		is_other = true;
		e = note(m, arena, id, members[i].what, members[i].ours, members[i].theirs, true);
	}
	*n += is_other;
	return e;
}

/* What Stripe said was put: what is here now is what it says. */
static enum err
compare_put(struct mirror *m, struct arena *arena, const char *id, bool is_recent,
    const struct sync_state *was, int64_t *n)
{
	struct sync_state is;
	enum err e = ask_state(m, arena, id, &is);

	if (e != ERR_OK || was->is_moving || (!was->is_there && is_recent))
		return e;
	if (was->is_there)
		return note_differences(m, arena, id, was, &is, n);
	(*n)++;
	return note(m, arena, id, "missing", NULL, is.status, true);
}

/* It could not be compared, and the next one is looked at if that makes sense. */
static enum err
pass_by(struct walk *w, const char *id, enum err e)
{
	log_warn("billing", "%s was not compared: %s", id, strbuf_text(&w->m->error));
	return go_on(w, e);
}

static enum err
note_unreadable(
    struct walk *w, struct arena *arena, const char *id, const struct sync_state *was, enum err e)
{
	const char *error = arena_strdup(arena, strbuf_text(&w->m->error));

	e = pass_by(w, id, e);
	if (e != ERR_OK)
		return e;
	w->n++;
	return note(w->m, arena, id, "unreadable", was->status, error, false);
}

static enum err
compare_listed(struct walk *w, const struct json *json, int64_t read_at_us)
{
	struct mirror *m = w->m;
	struct arena arena = { 0 };
	const char *id = stripe_object_id(json, "id");
	struct sync_state was = { 0 };
	enum mirror_change change;
	int64_t created_at = 0;
	enum err e;

	if (id == NULL) {
		mirror_fail_read(m, NULL, "id");
		return pass_by(w, "a subscription", ERR_INVALID);
	}
	json_read_int(json, "created", &created_at);
	e = ask_state(m, &arena, id, &was);
	if (e == ERR_OK)
		e = mirror_put_subscription(m, &arena, json, read_at_us, &change);
	if (e == ERR_OK)
		e = compare_put(m, &arena, id, created_at > m->now - TELLING_S, &was, &w->n);
	/* Not found: it ended between the list and the look at it. */
	if (e == ERR_OK || e == ERR_NOT_FOUND)
		e = go_on(w, e);
	else if (was.is_there) /* it is looked at again, with those that were not listed */
		e = pass_by(w, id, e);
	else
		e = note_unreadable(w, &arena, id, &was, e);
	strbuf_clear(&m->effect);
	arena_free(&arena);
	return e;
}

/*
 * What we believe to live and Stripe has no more. It is ended after all have been looked at, and
 * only if it is few: with the key of another account it would be everybody's.
 */
struct gone {
	struct arena arena;
	const char **ids;
	size_t n, most;	  /* when it is more than `most` it is not counted on */
	int64_t believed; /* how many we believe to live */
};
#define GONE_FEW 5
#define GONE_SHARE 100 /* one in so many */

static enum err
begin_gone(struct mirror *m, struct gone *gone)
{
	struct db_query q = { .arena = &gone->arena };
	PGresult *res = NULL;
	enum err e;

	sync_store_living(&q, m->is_live);
	e = db_sync_run(m->db, &q, &res);
	if (e == ERR_OK)
		e = db_row_only_int(res, &gone->believed);
	PQclear(res);
	if (e != ERR_OK)
		return mirror_fail_db(m, e, "the number of subscriptions");
	gone->most = (size_t)(gone->believed / GONE_SHARE);
	if (gone->most < GONE_FEW)
		gone->most = GONE_FEW;
	gone->ids = arena_array(&gone->arena, gone->most + 1, sizeof(*gone->ids));
	return ERR_OK;
}

static enum err
refuse_gone(struct mirror *m, const struct gone *gone)
{
	struct strbuf ids = { 0 };

	for (size_t i = 0; i < gone->n && i < GONE_FEW; i++)
		strbuf_printf(&ids, "%s%s", i == 0 ? "" : ", ", gone->ids[i]);
	mirror_fail(m, ERR_INVALID,
	    "Stripe has none of %s and others, more than %zu of %" PRId64
	    " subscriptions, which stay as they were: is the key of another account?",
	    strbuf_text(&ids), gone->most, gone->believed);
	strbuf_free(&ids);
	return ERR_INVALID;
}

/* If it is gone: `gone` is told; NULL: it has ended. */
static enum err
take_gone(struct walk *w, struct arena *arena, const char *id, const struct sync_state *was,
    struct gone *gone)
{
	if (gone != NULL) {
		gone->ids[gone->n++] = arena_strdup(&gone->arena, id);
		return go_on(w, ERR_NOT_FOUND);
	}
	w->n++;
	return note(w->m, arena, id, "missing", was->status, NULL, true);
}

/* We believe it lives, and Stripe did not list it. */
static enum err
compare_unlisted(struct walk *w, const char *id, struct gone *gone)
{
	struct mirror *m = w->m;
	struct arena arena = { 0 };
	struct sync_state was = { 0 };
	enum mirror_change change = MIRROR_SAME;
	enum err e = ask_state(m, &arena, id, &was);

	m->keeps_gone = gone != NULL;
	if (e == ERR_OK)
		e = mirror_subscription(m, &arena, id, &change);
	m->keeps_gone = false;
	if (e == ERR_OK)
		e = compare_put(m, &arena, id, false, &was, &w->n);
	if (e == ERR_NOT_FOUND)
		e = take_gone(w, &arena, id, &was, gone);
	else
		e = e == ERR_OK ? go_on(w, e) : note_unreadable(w, &arena, id, &was, e);
	strbuf_clear(&m->effect);
	arena_free(&arena);
	return e;
}

/* *after becomes the last id; *is_over when there was none. */
static enum err
compare_some_unlisted(
    struct walk *w, int64_t since_us, char after[256], struct gone *gone, bool *is_over)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	PGresult *res = NULL;
	enum err e;

	sync_store_unread(&q, w->m->is_live, since_us, after, UNREAD_AT_ONCE);
	e = db_sync_run(w->m->db, &q, &res);
	if (e != ERR_OK)
		mirror_fail_db(w->m, e, "what was not listed");
	*is_over = e != ERR_OK || PQntuples(res) == 0;
	for (int i = 0; e == ERR_OK && i < PQntuples(res) && gone->n <= gone->most; i++) {
		snprintf(after, 256, "%s", PQgetvalue(res, i, 0));
		e = compare_unlisted(w, after, gone);
	}
	PQclear(res);
	arena_free(&arena);
	return e;
}

static enum err
compare_all_unlisted(struct walk *w, int64_t since_us)
{
	struct gone gone = { 0 };
	char after[256] = "";
	bool is_over = false;
	enum err e = begin_gone(w->m, &gone);

	while (e == ERR_OK && !is_over && gone.n <= gone.most)
		e = compare_some_unlisted(w, since_us, after, &gone, &is_over);
	if (e == ERR_OK && gone.n > gone.most)
		e = refuse_gone(w->m, &gone);
	for (size_t i = 0; i < gone.n && e == ERR_OK; i++)
		e = compare_unlisted(w, gone.ids[i], NULL);
	arena_free(&gone.arena);
	return e;
}

static enum err
put_drift(struct mirror *m, int64_t n)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	enum err e;

	sync_store_put_drift(&q, m->is_live, n);
	e = db_sync_run(m->db, &q, NULL);
	arena_free(&arena);
	return e == ERR_OK ? e : mirror_fail_db(m, e, "the number of differences");
}

enum err
sync_reconcile(struct mirror *m, int64_t *drift)
{
	const int64_t since_us = mirror_now_us(m);
	struct walk w = { .m = m };
	enum err e = each_listed(&w, NULL, compare_listed);

	if (e == ERR_OK)
		e = compare_all_unlisted(&w, since_us);
	*drift = w.n;
	return e == ERR_OK ? put_drift(m, *drift) : e;
}

/* ---- Without a webhook ---- */

static enum err
poll_one(struct walk *w, const struct json *json, int64_t read_at_us)
{
	struct arena arena = { 0 };
	enum mirror_change change = MIRROR_SAME;
	enum err e = mirror_put_subscription(w->m, &arena, json, read_at_us, &change);

	if (e != ERR_OK && e != ERR_NOT_FOUND)
		log_warn("billing", "left out: %s", strbuf_text(&w->m->error));
	w->n += change != MIRROR_SAME;
	strbuf_clear(&w->m->effect);
	arena_free(&arena);
	return go_on(w, e);
}

enum err
sync_poll(struct mirror *m, int64_t *changed)
{
	struct walk w = { .m = m };
	enum err e = each_listed(&w, "status=all", poll_one);

	*changed = w.n;
	return e;
}
