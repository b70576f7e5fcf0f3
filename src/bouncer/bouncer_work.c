#include "bouncer/bouncer_work.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/stop_note.h"
#include "bouncer/bouncer_step.h"
#include "bouncer/health.h"
#include "metrics/metrics.h"

#define LEASE_S 60	  /* a step is bounded by less */
#define STEP_MS 10000	  /* of each call to a provisioner */
#define STEPS_MAX 12	  /* of one bouncer before others come first */
#define TOLD_MOST_S 600	  /* for which a service may ask us to wait */
#define THREADS_MAX 6	  /* bouncers at once in this process */
#define OF_ONE_KIND_MAX 4 /* of one provisioner */
#define LOOK_AGAIN_MS 500 /* while some are under way */
#define RUN_S 300	  /* after which nothing new is begun; the next run is a second away */

static const char *const outcome_words[PROVISION__MAX] = {
	[PROVISION_DONE] = "done",
	[PROVISION_WAIT] = "wait",
	[PROVISION_FAILED] = "failed",
	[PROVISION_REFUSED] = "refused",
};

/* One bouncer at work. */
struct work {
	struct db_sync *db;
	const struct bouncer_hands *hands;
	const struct provisioner *provisioner;
	struct arena arena;
	struct bouncer_task task;
	struct provision_run run; /* of the step under way */
	enum bouncer_step step;
	bool is_over; /* the lease is given back, or the row is gone */
};

/* ---- What the database says ---- */

static enum err
run_rows(struct work *w, const struct db_query *q)
{
	PGresult *res = NULL;
	enum err e = db_sync_run(w->db, q, &res);

	if (e == ERR_OK)
		e = bouncer_work_store_read(&w->task, &w->arena, res);
	PQclear(res);
	return e;
}

static enum err
run_ending(struct work *w, const struct db_query *q)
{
	w->is_over = true;
	return db_sync_run(w->db, q, NULL);
}

static enum err
release(struct work *w)
{
	struct db_query q = { .arena = &w->arena };

	bouncer_work_store_release(&q, &w->task);
	return run_ending(w, &q);
}

/* Somebody else has changed its state meanwhile, or has it by now: they go on with it. */
static enum err
go_on(struct work *w, const struct db_query *q)
{
	enum err e = run_rows(w, q);

	return e == ERR_NOT_FOUND ? release(w) : e;
}

/* ---- What a step came to ---- */

static uint32_t
chance(void)
{
	uint32_t n;

	random_bytes(&n, sizeof(n));
	return n;
}

/* A notice is not its owner's, nor is whether it arrives: what the row says stays. */
static const char *
failure_of(const struct work *w, enum provision outcome)
{
	if (w->step == BOUNCER_STEP_NOTICE)
		return w->task.bouncer.failure;
	return w->run.failure != NULL ? w->run.failure : bouncer_step_failure(w->step, outcome);
}

static enum err
give_up(struct work *w, enum provision outcome)
{
	struct db_query q = { .arena = &w->arena };
	const char *failure = failure_of(w, outcome);

	if (failure == NULL)
		failure = bouncer_step_failure(w->step, PROVISION_FAILED);
	log_warn("bouncer", "bouncer %" PRId64 " has failed in step %s: %s", w->task.bouncer.id,
	    bouncer_step_words[w->step], w->run.cause != NULL ? w->run.cause : "no cause given");
	bouncer_work_store_failed(&q, &w->task, failure);
	return run_ending(w, &q);
}

static enum err
put_off(struct work *w, enum provision outcome)
{
	struct db_query q = { .arena = &w->arena };
	const int64_t attempts = w->task.bouncer.attempts;
	const bool is_under_way = outcome == PROVISION_WAIT;
	int64_t wait_s =
	    bouncer_step_wait_s(outcome, is_under_way ? w->task.waits : attempts, chance());

	if (wait_s < w->run.retry_after_s)
		wait_s = w->run.retry_after_s < TOLD_MOST_S ? w->run.retry_after_s : TOLD_MOST_S;
	if (!is_under_way)
		log_warn("bouncer",
		    "bouncer %" PRId64 ", step %s, attempt %" PRId64 ": %s; again in %" PRId64 " s",
		    w->task.bouncer.id, bouncer_step_words[w->step], attempts + 1,
		    w->run.cause != NULL ? w->run.cause : "no cause given", wait_s);
	bouncer_work_store_put_off(&q, &w->task, wait_s, is_under_way, failure_of(w, outcome));
	return run_ending(w, &q);
}

static enum err
not_done(struct work *w, enum provision outcome)
{
	if (bouncer_step_is_hopeless(&w->task.bouncer, outcome, w->task.now))
		return give_up(w, outcome);
	return put_off(w, outcome);
}

/* ---- Steps ---- */

static enum provision
count(const char *step, enum provision outcome)
{
	metrics_count(METRIC_BOUNCER_STEPS, step, outcome_words[outcome]);
	return outcome;
}

/* Asks the provisioner for one thing. */
static enum provision
call(struct work *w, const char *word, enum provision (*of)(struct provision_run *))
{
	w->run = (struct provision_run){ .bouncer = &w->task.bouncer,
		.is_enabled = w->task.is_enabled,
		.restarted_at = w->task.restarted_at,
		.is_restart_due = w->task.is_restart_due,
		.is_untouched = w->task.is_untouched,
		.arena = &w->arena,
		.timeout_ms = STEP_MS };
	return count(word, of(&w->run));
}

static enum err
move(struct work *w, enum bouncer_state to, int64_t applied)
{
	struct db_query q = { .arena = &w->arena };

	bouncer_work_store_move(&q, &w->task, to, applied, LEASE_S);
	return go_on(w, &q);
}

static enum err
make_database(struct work *w)
{
	enum provision outcome = call(w, "database", w->provisioner->make_database);

	return outcome == PROVISION_DONE ? move(w, BOUNCER_DATABASE, 0) : not_done(w, outcome);
}

static enum err
apply(struct work *w)
{
	enum provision outcome = call(w, "apply", w->provisioner->apply);

	if (outcome != PROVISION_DONE)
		return not_done(w, outcome);
	return move(w, BOUNCER_APPLIED, w->task.bouncer.wanted);
}

static enum err
check(struct work *w)
{
	struct db_query q = { .arena = &w->arena };
	enum provision outcome = call(w, "check", w->provisioner->check);

	if (outcome != PROVISION_DONE)
		return not_done(w, outcome);
	bouncer_work_store_ready(&q, &w->task, LEASE_S);
	return go_on(w, &q);
}

/* Whoever waits for the bouncer sees its network at once; if not, the next sample tells it. */
static void
keep_status(struct work *w, const struct soju_status_list *status)
{
	if (status->n > 0)
		(void)health_keep_status(w->db, &w->arena, w->task.bouncer.id, status);
}

/* What soju refuses is told and left to its owner; *failure NULL: nothing to tell. */
static enum provision
fulfil(struct work *w, const char **failure)
{
	struct soju_status_list status = { 0 };
	enum provision outcome;

	*failure = NULL;
	if (w->task.wish == NULL || !w->task.is_enabled)
		return PROVISION_DONE;
	outcome = count("wish", w->hands->fulfil(&w->run, w->provisioner, w->task.wish, &status));
	keep_status(w, &status);
	if (outcome != PROVISION_REFUSED)
		return outcome;
	*failure = w->run.failure != NULL ? w->run.failure : "soju refused it.";
	return PROVISION_DONE;
}

static enum err
change(struct work *w)
{
	struct db_query q = { .arena = &w->arena };
	const char *failure = NULL;
	bool is_wish_done;
	enum provision outcome = call(w, "apply", w->provisioner->apply);
	enum err e;

	if (outcome == PROVISION_DONE)
		outcome = call(w, "check", w->provisioner->check);
	if (outcome == PROVISION_DONE)
		outcome = fulfil(w, &failure);
	if (outcome != PROVISION_DONE)
		return not_done(w, outcome);
	is_wish_done = w->task.wish != NULL && w->task.is_enabled;
	bouncer_work_store_changed(&q, &w->task, failure, LEASE_S);
	e = go_on(w, &q);
	if (is_wish_done)
		w->task.wish = NULL;
	return e;
}

/* One that stands still has nobody to tell. */
static enum provision
tell(struct work *w)
{
	const bool is_alone = strcmp(w->task.bouncer.provisioner, "soju") != 0;

	if (w->task.is_notice_late || (is_alone && !w->task.is_enabled))
		return PROVISION_DONE;
	w->run = (struct provision_run){ .bouncer = &w->task.bouncer,
		.is_enabled = w->task.is_enabled,
		.arena = &w->arena,
		.timeout_ms = STEP_MS };
	return count("notice", w->hands->tell(&w->run, w->provisioner, w->task.notice));
}

static enum err
notice(struct work *w)
{
	struct db_query q = { .arena = &w->arena };
	enum provision outcome = tell(w);

	if (outcome != PROVISION_DONE && outcome != PROVISION_REFUSED)
		return put_off(w, outcome);
	bouncer_work_store_told(&q, &w->task, LEASE_S);
	return go_on(w, &q);
}

static enum err
expire(struct work *w)
{
	return move(w, BOUNCER_REMOVING, 0);
}

static enum err
take_away(struct work *w)
{
	struct db_query q = { .arena = &w->arena };
	enum provision outcome = call(w, "remove", w->provisioner->remove);
	const bool is_not_ours = outcome == PROVISION_REFUSED && w->task.is_untouched;

	if (outcome != PROVISION_DONE && !is_not_ours)
		return not_done(w, outcome);
	log_info("bouncer", "bouncer %" PRId64 " is removed", w->task.bouncer.id);
	bouncer_work_store_gone(&q, &w->task);
	return run_ending(w, &q);
}

static enum err
do_step(struct work *w)
{
	static enum err (*const steps[BOUNCER_STEP__MAX])(struct work *) = {
		[BOUNCER_STEP_NONE] = release,
		[BOUNCER_STEP_DATABASE] = make_database,
		[BOUNCER_STEP_APPLY] = apply,
		[BOUNCER_STEP_CHECK] = check,
		[BOUNCER_STEP_NOTICE] = notice,
		[BOUNCER_STEP_CHANGE] = change,
		[BOUNCER_STEP_EXPIRE] = expire,
		[BOUNCER_STEP_REMOVE] = take_away,
	};

	w->step = bouncer_step_next(&w->task.bouncer, w->task.notice_id != 0, w->task.now);
	return steps[w->step](w);
}

/* ---- One bouncer ---- */

/* What made it is not known here any more; perhaps to another release. */
static enum err
leave(struct work *w)
{
	w->run.cause = "there is no such provisioner";
	return put_off(w, PROVISION_REFUSED);
}

static enum err
obey(struct work *w)
{
	enum err e = ERR_OK;

	w->provisioner = w->hands->provisioner_of(w->task.bouncer.provisioner);
	if (w->provisioner == NULL)
		return leave(w);
	for (int i = 0; i < STEPS_MAX && e == ERR_OK && !w->is_over; i++) {
		if (stop_note_read() != STOP_NONE)
			break;
		e = do_step(w);
	}
	return e == ERR_OK && !w->is_over ? release(w) : e;
}

static enum err
claim(struct work *w, const char *const *busy, size_t nbusy)
{
	struct db_query q = { .arena = &w->arena };

	bouncer_work_store_claim(&q, LEASE_S, busy, nbusy);
	return run_rows(w, &q);
}

enum err
bouncer_work_one(struct db_sync *db, const struct bouncer_hands *hands, const char *const *busy,
    size_t nbusy, bool *did)
{
	struct work w = { .db = db, .hands = hands };
	enum err e = claim(&w, busy, nbusy);

	*did = e == ERR_OK;
	if (e == ERR_OK)
		e = obey(&w);
	else if (e == ERR_NOT_FOUND)
		e = ERR_OK;
	arena_free(&w.arena);
	return e;
}

/* ---- Several at once ---- */

enum seat_state { SEAT_FREE, SEAT_TAKEN, SEAT_LEFT };

/* A thread of this process, and the provisioner that it is at (NULL: none). */
struct seat {
	struct crew *crew;
	enum seat_state state;
	const char *kind;
	pthread_t thread;
};

/* What is under `lock`: the states and kinds of seats, and whether a warning was given. */
struct crew {
	const struct bouncer_hands *hands;
	const char *database_url;
	struct seat seats[THREADS_MAX];
	pthread_mutex_t lock;
	pthread_cond_t left; /* a thread has come to its end */
	bool has_warned;
	int64_t until_us;
};

static bool
may_go_on(const struct crew *c)
{
	return stop_note_read() == STOP_NONE && clock_monotonic_us() < c->until_us;
}

static int
count_of_kind(const struct crew *c, const char *kind)
{
	int n = 0;

	for (int i = 0; i < THREADS_MAX; i++)
		n += c->seats[i].kind == kind;
	return n;
}

/* Words of provisioners that have enough of us; one may stand there several times. */
static size_t
list_busy(const struct crew *c, const char *busy[THREADS_MAX])
{
	size_t n = 0;

	for (int i = 0; i < THREADS_MAX; i++)
		if (c->seats[i].kind != NULL &&
		    count_of_kind(c, c->seats[i].kind) >= OF_ONE_KIND_MAX)
			busy[n++] = c->seats[i].kind;
	return n;
}

/* Claiming takes a moment, so others of this process wait for it and know what was taken. */
static enum err
claim_next(struct seat *seat, struct work *w)
{
	struct crew *c = seat->crew;
	const struct provisioner *p = NULL;
	const char *busy[THREADS_MAX];
	enum err e;

	pthread_mutex_lock(&c->lock);
	seat->kind = NULL;
	e = claim(w, busy, list_busy(c, busy));
	if (e == ERR_OK)
		p = c->hands->provisioner_of(w->task.bouncer.provisioner);
	seat->kind = p != NULL ? p->word : NULL;
	pthread_mutex_unlock(&c->lock);
	return e;
}

static void
obey_all(struct seat *seat, struct db_sync *db)
{
	struct work w;
	enum err e = ERR_OK;

	while (e == ERR_OK && may_go_on(seat->crew)) {
		w = (struct work){ .db = db, .hands = seat->crew->hands };
		e = claim_next(seat, &w);
		if (e == ERR_OK)
			e = obey(&w);
		arena_free(&w.arena);
	}
}

/* A thread that gets no connection leaves its share to the others. */
static void
warn_once(struct crew *c, const char *why)
{
	pthread_mutex_lock(&c->lock);
	if (!c->has_warned)
		log_warn("bouncer", "bouncers are looked after by fewer threads: %s", why);
	c->has_warned = true;
	pthread_mutex_unlock(&c->lock);
}

static void
leave_seat(struct seat *seat)
{
	struct crew *c = seat->crew;

	pthread_mutex_lock(&c->lock);
	seat->kind = NULL;
	seat->state = SEAT_LEFT;
	pthread_cond_signal(&c->left);
	pthread_mutex_unlock(&c->lock);
}

static void *
serve(void *arg)
{
	struct seat *seat = arg;
	struct strbuf why = { 0 };
	struct db_sync *db = db_sync_open(seat->crew->database_url, DB_SYNC_JOB_MS, &why);

	if (db != NULL)
		obey_all(seat, db);
	else
		warn_once(seat->crew, strbuf_text(&why));
	db_sync_close(db);
	strbuf_free(&why);
	leave_seat(seat);
	return NULL;
}

/* Under the lock, as the next two. */
static int
count_taken(struct crew *c)
{
	int n = 0;

	for (int i = 0; i < THREADS_MAX; i++) {
		if (c->seats[i].state == SEAT_LEFT) {
			pthread_join(c->seats[i].thread, NULL);
			c->seats[i].state = SEAT_FREE;
		}
		n += c->seats[i].state == SEAT_TAKEN;
	}
	return n;
}

static void
take_seats(struct crew *c, int64_t n)
{
	struct seat *seat;

	for (int i = 0; i < THREADS_MAX && n > 0; i++) {
		seat = &c->seats[i];
		if (seat->state != SEAT_FREE)
			continue;
		seat->crew = c;
		if (pthread_create(&seat->thread, NULL, serve, seat) != 0)
			return;
		seat->state = SEAT_TAKEN;
		n--;
	}
}

static void
wait_a_little(struct crew *c)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += LOOK_AGAIN_MS * INT64_C(1000000);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&c->left, &c->lock, &until);
}

/* How many could be taken now. */
static enum err
look(struct crew *c, struct db_sync *db, int64_t *n)
{
	struct arena arena = { 0 };
	struct db_query q = { .arena = &arena };
	const char *busy[THREADS_MAX];
	enum err e;

	pthread_mutex_lock(&c->lock);
	bouncer_work_store_look(&q, THREADS_MAX, busy, list_busy(c, busy));
	pthread_mutex_unlock(&c->lock);
	e = db_sync_number(db, &q, n);
	arena_free(&arena);
	return e;
}

/* As long as one takes its time, others may become due. */
static enum err
keep_looking(struct crew *c, struct db_sync *db)
{
	int64_t due = 0;
	int taken;
	enum err e = ERR_OK;

	do {
		if (e == ERR_OK && may_go_on(c))
			e = look(c, db, &due);
		pthread_mutex_lock(&c->lock);
		if (e == ERR_OK && may_go_on(c))
			take_seats(c, due);
		if (count_taken(c) > 0)
			wait_a_little(c);
		taken = count_taken(c);
		pthread_mutex_unlock(&c->lock);
	} while (taken > 0);
	return e;
}

enum err
bouncer_work_run(struct db_sync *db, const struct bouncer_hands *hands, const char *database_url)
{
	struct crew c = { .hands = hands,
		.database_url = database_url,
		.until_us = clock_monotonic_us() + RUN_S * INT64_C(1000000) };
	enum err e;

	pthread_mutex_init(&c.lock, NULL);
	pthread_cond_init(&c.left, NULL);
	e = keep_looking(&c, db);
	pthread_cond_destroy(&c.left);
	pthread_mutex_destroy(&c.lock);
	return e;
}
