#include "billing/inbox.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_write.h"
#include "base/log.h"
#include "base/stop_note.h"
#include "billing/billing.h"
#include "billing/inbox_rules.h"
#include "billing/inbox_work_store.h"
#include "billing/mirror.h"

#define AT_ONCE 50	/* events of one batch */
#define LEASE_S 60	/* after which others take what a worker that died had */
#define BATCH_S 30	/* after which no other object of the batch is begun */
#define RUN_S 20	/* after which no other batch is begun: plans want their turn */
#define HELPERS 3	/* threads beside the caller's */
#define RETRIES 1	/* of one request; the event itself is tried again */
#define WAIT_MS 5000	/* before it, at most: a lease is not for waiting */
#define PAUSE_FIRST_S 5 /* without Stripe */
#define PAUSE_MOST_S 115
#define BEHIND_S 5 /* what found it out comes after the others: if it was to blame, they go on */

/* The events of a batch that hint at the same object. */
struct group {
	enum inbox_kind kind;
	const char *object_id;
	struct inbox_event **events;
	size_t n;
};

/* ---- Without Stripe ---- */

/*
 * Of this process: until when, after how many vain attempts, nothing of a kind is asked for. That
 * of INBOX_OF_NOTHING holds for all of them.
 */
struct pause {
	int64_t until, s;
	int failed; /* objects in a row */
};
#define ALL INBOX_OF_NOTHING
static struct pause pauses[INBOX_OF__MAX];
static pthread_mutex_t pause_lock = PTHREAD_MUTEX_INITIALIZER;

/* Seconds that are left of it. */
static int64_t
pause_left_s(enum inbox_kind kind)
{
	int64_t until;

	pthread_mutex_lock(&pause_lock);
	until = pauses[kind].until > pauses[ALL].until ? pauses[kind].until : pauses[ALL].until;
	pthread_mutex_unlock(&pause_lock);
	return until > clock_now() ? until - clock_now() : 0;
}

/* Threads that find out at the same time lengthen it once. */
static void
lengthen(struct pause *p)
{
	p->failed = 0;
	if (clock_now() < p->until)
		return;
	p->s = p->s == 0 ? PAUSE_FIRST_S : p->s * 2;
	if (p->s > PAUSE_MOST_S)
		p->s = PAUSE_MOST_S;
	p->until = clock_now() + p->s;
	log_warn("billing", "Stripe does not answer%s; it is asked again in %" PRId64 " s",
	    p == &pauses[ALL] ? "" : " for objects of one kind", p->s);
}

static void
pause_all(void)
{
	pthread_mutex_lock(&pause_lock);
	lengthen(&pauses[ALL]);
	pthread_mutex_unlock(&pause_lock);
}

/* One answer that is none may be about its object; several in a row are about all of its kind. */
static void
count_failed(enum inbox_kind kind)
{
	pthread_mutex_lock(&pause_lock);
	if (++pauses[kind].failed >= MIRROR_FAILED_IN_A_ROW)
		lengthen(&pauses[kind]);
	pthread_mutex_unlock(&pause_lock);
}

static void
end_pause(enum inbox_kind kind)
{
	pthread_mutex_lock(&pause_lock);
	pauses[kind] = pauses[ALL] = (struct pause){ 0 };
	pthread_mutex_unlock(&pause_lock);
}

/* ---- Groups ---- */

static struct group *
group_for(struct group *groups, size_t *n, const struct inbox_event *event)
{
	enum inbox_kind kind = inbox_kind_of(event->type);

	for (size_t i = 0; i < *n; i++)
		if (groups[i].kind == kind && event->object_id != NULL &&
		    groups[i].object_id != NULL &&
		    strcmp(groups[i].object_id, event->object_id) == 0)
			return &groups[i];
	groups[*n] = (struct group){ .kind = kind, .object_id = event->object_id };
	return &groups[(*n)++];
}

static struct group *
make_groups(struct arena *arena, struct inbox_event *events, size_t n, size_t *ngroups)
{
	struct group *groups = arena_array(arena, n, sizeof(*groups)), *g;

	*ngroups = 0;
	for (size_t i = 0; i < n; i++) {
		g = group_for(groups, ngroups, &events[i]);
		if (g->events == NULL)
			g->events = arena_array(arena, n, sizeof(struct inbox_event *));
		g->events[g->n++] = &events[i];
	}
	return groups;
}

/* Its id, and by the number of its attempt whose claim it is: the beginning of an object. */
static void
begin_claimed(struct strbuf *one, const struct inbox_event *event)
{
	strbuf_clear(one);
	json_write_member(one, "id", event->id);
	json_write_member_int(one, "attempts", event->attempts);
}

/* As a JSON array that is not closed yet. */
static void
add_claimed(struct strbuf *out, const struct group *g)
{
	struct strbuf one = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		begin_claimed(&one, g->events[i]);
		strbuf_printf(out, "%s%s}", out->len == 0 ? "[" : ",", strbuf_text(&one));
	}
	strbuf_free(&one);
}

/* ---- One object ---- */

/* The latest change counts as the time of what is seen now; the first failure as that one. */
static void
take_times(struct mirror *m, const struct group *g)
{
	int64_t at;

	m->event_at = m->failed_at = 0;
	for (size_t i = 0; i < g->n; i++) {
		at = g->events[i]->created_at;
		if (at > m->event_at)
			m->event_at = at;
		if (strcmp(g->events[i]->type, "invoice.payment_failed") == 0 && at > 0 &&
		    (m->failed_at == 0 || at < m->failed_at))
			m->failed_at = at;
	}
}

static enum err
fetch(struct mirror *m, struct arena *arena, const struct group *g)
{
	static enum err (*const fetches[INBOX_OF__MAX])(
	    struct mirror *, struct arena *, const char *, enum mirror_change *) = {
		[INBOX_OF_CHECKOUT] = mirror_checkout,
		[INBOX_OF_CUSTOMER] = mirror_customer,
		[INBOX_OF_SUBSCRIPTION] = mirror_subscription,
		[INBOX_OF_SCHEDULE] = mirror_schedule,
		[INBOX_OF_INVOICE] = mirror_invoice,
		[INBOX_OF_PAYMENT_INTENT] = mirror_payment_intent,
		[INBOX_OF_CHARGE] = mirror_charge_refunds,
		[INBOX_OF_REFUND] = mirror_refund,
		[INBOX_OF_DISPUTE] = mirror_dispute,
		[INBOX_OF_PRICE] = mirror_price,
		[INBOX_OF_COUPON] = mirror_coupon,
	};
	enum mirror_change change = MIRROR_SAME;

	return fetches[g->kind](m, arena, g->object_id, &change);
}

/* Written down at the end of the batch: until then all of it would be done again. */
static void
end_group(struct strbuf *ends, const struct group *g, enum inbox_state state, const char *effect)
{
	struct strbuf one = { 0 };

	for (size_t i = 0; i < g->n; i++) {
		begin_claimed(&one, g->events[i]);
		json_write_member(&one, "state", inbox_state_words[state]);
		json_write_member(&one, "effect", effect);
		strbuf_printf(ends, "%s%s}", ends->len == 0 ? "[" : ",", strbuf_text(&one));
	}
	strbuf_free(&one);
}

static enum err
write_ends(struct db_sync *db, struct arena *arena, struct strbuf *ends)
{
	struct db_query q = { .arena = arena };

	if (ends->len == 0)
		return ERR_OK;
	strbuf_puts(ends, "]");
	inbox_work_store_end(&q, strbuf_text(ends));
	return db_sync_run(db, &q, NULL);
}

/* What cannot pass is not tried again before an admin says so. */
static enum err
fail_group(struct db_sync *db, struct arena *arena, const struct group *g, bool may_pass,
    const char *error)
{
	struct db_query q = { .arena = arena };
	enum err e = ERR_OK;

	for (size_t i = 0; i < g->n && e == ERR_OK; i++) {
		inbox_store_fail(&q, g->events[i]->id, g->events[i]->attempts, error,
		    may_pass ? inbox_retry_s(g->events[i]->attempts) : 0);
		e = db_sync_run(db, &q, NULL);
	}
	log_warn("billing", "%zu events of %s are not obeyed yet: %s", g->n,
	    g->object_id != NULL ? g->object_id : "nothing", error);
	return e;
}

/* What Stripe has no more needs no more attention; what we had of it says so. */
static void
end_gone(struct mirror *m, struct strbuf *ends, const struct group *g)
{
	strbuf_printf(&m->effect, "%s%s: Stripe has none of that id.", m->effect.len > 0 ? " " : "",
	    g->object_id);
	end_group(ends, g, INBOX_DONE, strbuf_text(&m->effect));
}

static bool
is_of_our_world(const struct mirror *m, const struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->events[i]->is_live != m->is_live)
			return false;
	return true;
}

/* As if they had not been tried: others may, from wait_s seconds on. error NULL: they were not. */
static enum err
give_back(struct db_sync *db, struct arena *arena, const struct group *groups, size_t n,
    int64_t wait_s, const char *error)
{
	struct db_query q = { .arena = arena };
	struct strbuf claimed = { 0 };
	enum err e;

	for (size_t i = 0; i < n; i++)
		add_claimed(&claimed, &groups[i]);
	strbuf_puts(&claimed, "]");
	inbox_work_store_give_back(&q, strbuf_text(&claimed), wait_s, error);
	e = db_sync_run(db, &q, NULL);
	strbuf_free(&claimed);
	return e;
}

/* Put off if nothing is to blame but Stripe, or the way there. */
static enum err
fail_obeying(struct mirror *m, struct arena *arena, const struct group *g, enum err e)
{
	const char *error = strbuf_text(&m->error);

	if (mirror_error_is_of_all(m, e)) {
		if (m->is_db_error)
			return e; /* the lease ends by itself */
		pause_all();
		return give_back(m->db, arena, g, 1, pause_left_s(ALL) + BEHIND_S, error);
	}
	if (e == ERR_UPSTREAM)
		count_failed(g->kind);
	return fail_group(m->db, arena, g, e != ERR_INVALID, error);
}

static enum err
fetch_group(struct mirror *m, struct arena *arena, const struct group *g, struct strbuf *ends)
{
	enum err e;

	take_times(m, g);
	e = fetch(m, arena, g);
	if (PQstatus(db_sync_conn(m->db)) != CONNECTION_OK)
		return ERR_UNAVAILABLE; /* the lease ends by itself */
	if (e != ERR_OK && e != ERR_NOT_FOUND)
		return fail_obeying(m, arena, g, e);
	end_pause(g->kind);
	if (e == ERR_OK)
		end_group(ends, g, INBOX_DONE, strbuf_text(&m->effect));
	else
		end_gone(m, ends, g);
	return ERR_OK;
}

static enum err
obey_group(struct mirror *m, struct arena *arena, const struct group *g, struct strbuf *ends)
{
	int64_t left_s;

	if (g->kind == INBOX_OF_NOTHING || g->object_id == NULL) {
		end_group(ends, g, INBOX_IGNORED, NULL);
		return ERR_OK;
	}
	if (!is_of_our_world(m, g))
		return fail_group(m->db, arena, g, false,
		    m->is_live ? "an event of test mode, and our key is of live mode"
			       : "an event of live mode, and our key is of test mode");
	left_s = pause_left_s(g->kind);
	if (left_s > 0)
		return give_back(m->db, arena, g, 1, left_s, NULL);
	return fetch_group(m, arena, g, ends);
}

/* ---- Batches ---- */

static enum err
claim(struct db_sync *db, struct arena *arena, struct inbox_event **events, size_t *n)
{
	struct db_query q = { .arena = arena };
	PGresult *res = NULL;
	enum err e;

	inbox_store_claim(&q, AT_ONCE, LEASE_S);
	e = db_sync_run(db, &q, &res);
	if (e == ERR_OK)
		e = inbox_store_rows(res, arena, events, n);
	PQclear(res);
	return e;
}

/* Each object has an arena of its own: what Stripe says may be large. */
static enum err
obey_one(struct mirror *m, const struct group *g, struct strbuf *ends)
{
	struct arena arena = { 0 };
	enum err e;

	m->now = clock_now();
	strbuf_clear(&m->effect);
	strbuf_clear(&m->error);
	e = obey_group(m, &arena, g, ends);
	arena_free(&arena);
	return e;
}

/* *n: how many events there were. */
static enum err
obey_batch(struct db_sync *db, struct stripe_sync *stripe, bool is_live, size_t *n)
{
	const int64_t until_us = clock_monotonic_us() + BATCH_S * INT64_C(1000000);
	struct arena arena = { 0 };
	struct inbox_event *events = NULL;
	struct group *groups;
	size_t ngroups = 0, i = 0;
	struct strbuf ends = { 0 };
	struct mirror m = { .db = db, .stripe = stripe, .is_live = is_live };
	enum err e = claim(db, &arena, &events, n);

	groups = make_groups(&arena, events, e == ERR_OK ? *n : 0, &ngroups);
	while (e == ERR_OK && i < ngroups && stop_note_read() == STOP_NONE &&
	       clock_monotonic_us() < until_us)
		e = obey_one(&m, &groups[i++], &ends);
	if (e == ERR_OK)
		e = write_ends(db, &arena, &ends);
	if (e == ERR_OK && i < ngroups)
		e = give_back(db, &arena, groups + i, ngroups - i, 0, NULL);
	strbuf_free(&m.effect);
	strbuf_free(&m.error);
	strbuf_free(&ends);
	arena_free(&arena);
	return e;
}

struct obeying {
	struct db_sync *db;
	const char *database_url; /* of helpers */
	bool is_live;
	int64_t until_us;
	enum err err;
	struct strbuf why; /* it got no connection */
};

static struct stripe_sync
hasty_stripe(void)
{
	struct stripe_sync stripe = billing_stripe(RETRIES);

	stripe.wait_ms = WAIT_MS;
	return stripe;
}

static void
obey_all(struct obeying *o)
{
	struct stripe_sync stripe = hasty_stripe();
	size_t n = AT_ONCE;

	while (o->err == ERR_OK && n == AT_ONCE && pause_left_s(ALL) == 0 &&
	       stop_note_read() == STOP_NONE && clock_monotonic_us() < o->until_us)
		o->err = obey_batch(o->db, &stripe, o->is_live, &n);
}

/* A helper that gets no connection leaves its share to the others. */
static void *
help(void *arg)
{
	struct obeying *o = arg;

	o->db = db_sync_open(o->database_url, DB_SYNC_JOB_MS, &o->why);
	if (o->db != NULL)
		obey_all(o);
	db_sync_close(o->db);
	return NULL;
}

/* The first error of all; and one line, however many had to go without a connection. */
static enum err
join(struct obeying *all, const pthread_t *threads, int n)
{
	enum err e = all[0].err;
	bool is_said = false;

	for (int i = 1; i <= n; i++) {
		pthread_join(threads[i - 1], NULL);
		if (all[i].why.len > 0 && !is_said)
			log_warn("billing", "the inbox is obeyed with fewer connections: %s",
			    strbuf_text(&all[i].why));
		is_said = is_said || all[i].why.len > 0;
		if (e == ERR_OK)
			e = all[i].err;
		strbuf_free(&all[i].why);
	}
	return e;
}

/* Most of an event's time is waiting, for Stripe and for the disk. */
static enum err
obey_together(const struct obeying *from)
{
	struct obeying all[HELPERS + 1];
	pthread_t threads[HELPERS];
	int n = 0;

	for (int i = 0; i <= HELPERS; i++)
		all[i] = *from;
	while (n < HELPERS && pthread_create(&threads[n], NULL, help, &all[n + 1]) == 0)
		n++;
	obey_all(&all[0]);
	return join(all, threads, n);
}

enum err
inbox_obey(struct db_sync *db, const char *database_url, bool is_live)
{
	struct stripe_sync stripe = hasty_stripe();
	struct obeying o = { .db = db,
		.database_url = database_url,
		.is_live = is_live,
		.until_us = clock_monotonic_us() + RUN_S * INT64_C(1000000) };
	size_t n = 0;
	enum err e;

	if (pause_left_s(ALL) > 0)
		return ERR_OK;
	e = obey_batch(db, &stripe, is_live, &n);
	if (e != ERR_OK || n < AT_ONCE)
		return e;
	return obey_together(&o);
}
