#include "db/db_run.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "db/db_count.h"
#include "db/db_error.h"
#include "db/db_idle.h"
#include "db/db_prepared.h"
#include "metrics/metrics.h"

#define QUEUE_MAX 500

TAILQ_HEAD(db_runs, db_run);

/* The connections of this worker to one database, and who waits for them. */
struct db_pool {
	const char *name;
	enum db_count_pool counted;
	enum level most;
	/* How long nothing connects after a failure. Connecting may freeze the worker for 2 s:
	 * there is little else to do without the main database, and much without a replica. */
	u_int64_t breaker_ms;
	bool is_known;
	struct db_runs waiting, sent;
	int nwaiting, nrunning;
	u_int64_t closed_until; /* the circuit breaker: no new connection before this */
};

static struct db_pool pools[DB__MAX] = {
	[DB_MAIN] = { .name = "main",
	    .counted = DB_COUNT_MAIN,
	    .most = LEVEL_DB_MAX_MAIN,
	    .breaker_ms = 2000 },
	[DB_REPLICA] = { .name = "replica",
	    .counted = DB_COUNT_REPLICA,
	    .most = LEVEL_DB_MAX_REPLICA,
	    .breaker_ms = 30000 },
};

/* A statement whose visitor has left. It keeps its connection until the server has answered. */
struct forsaken {
	struct kore_pgsql sql;
	struct db_pool *pool;
	const char *preparing; /* the text, if it is its preparation; NULL: the statement itself */
	u_int64_t since;
	int64_t sent_us;
	TAILQ_ENTRY(forsaken) link;
};

static TAILQ_HEAD(, forsaken) forsaken = TAILQ_HEAD_INITIALIZER(forsaken);

static void
init_pool(struct db_pool *p, const char *conninfo, bool has_pages)
{
	TAILQ_INIT(&p->waiting);
	TAILQ_INIT(&p->sent);
	p->is_known = conninfo != NULL;
	if (p->is_known)
		kore_pgsql_register(p->name, conninfo);
	metrics_level_set(p->most, p->is_known && has_pages ? pgsql_conn_max : 0);
}

void
db_run_init(const char *main_conninfo, const char *replica_conninfo, bool has_pages)
{
	init_pool(&pools[DB_MAIN], main_conninfo, has_pages);
	init_pool(&pools[DB_REPLICA], replica_conninfo, has_pages);
}

int
db_run_waiting(void)
{
	return pools[DB_MAIN].nwaiting + pools[DB_REPLICA].nwaiting;
}

static void
run_more(struct db_pool *p, int change)
{
	p->nrunning += change;
	db_count_busy(p->counted, change);
}

/* How long ago it was sent; below 0: it was not. */
static int64_t
took_us(int64_t sent_us)
{
	return sent_us != 0 ? clock_monotonic_us() - sent_us : -1;
}

/* Each attempt counts where it was made. */
static void
count_attempt(const struct db_run *r, enum err e)
{
	db_count_end(r->pool->counted, e, took_us(r->sent_us));
}

static void
count_wait(const struct db_run *r)
{
	db_count_wait(r->pool->counted, clock_monotonic_us() - r->begun_us);
}

static void
finish(struct db_run *r, enum err e)
{
	r->err = e;
	r->state = DB_RUN_DONE;
}

static void
leave_queue(struct db_run *r)
{
	TAILQ_REMOVE(&r->pool->waiting, r, link);
	r->pool->nwaiting--;
}

/* Hands a free place to whoever waits longest. */
static void
grant_next(struct db_pool *p)
{
	struct db_run *head = TAILQ_FIRST(&p->waiting);

	if (head == NULL || p->nrunning >= pgsql_conn_max)
		return;
	leave_queue(head);
	run_more(p, 1);
	head->state = DB_RUN_GRANTED;
	http_request_wakeup(head->req);
}

/* Gives the connection back, or throws it away when it is dead. */
static void
release(struct db_run *r)
{
	struct kore_pgsql *sql = &r->sql;

	if (r->state == DB_RUN_SENT)
		TAILQ_REMOVE(&r->pool->sent, r, link);
	if (sql->conn != NULL &&
	    (PQstatus(sql->conn->db) != CONNECTION_OK || db_error_is_fatal(sql->result)))
		kore_pgsql_handle(sql->conn, 1);
	if (sql->result != NULL)
		sql->state = KORE_PGSQL_STATE_DONE; /* it has answered: or Kore would cancel it,
						       and wait for that */
	kore_pgsql_cleanup(sql);
	run_more(r->pool, -1);
	grant_next(r->pool);
}

static void
shut(struct db_pool *p)
{
	p->closed_until = kore_time_ms() + p->breaker_ms;
}

/* A living connection in r->sql, or ERR_UNAVAILABLE. */
static enum err
obtain(struct db_run *r)
{
	struct db_pool *p = r->pool;

	if (kore_time_ms() < p->closed_until)
		return ERR_UNAVAILABLE;
	for (;;) {
		kore_pgsql_init(&r->sql);
		kore_pgsql_bind_request(&r->sql, r->req);
		if (!kore_pgsql_setup(&r->sql, p->name, KORE_PGSQL_ASYNC)) {
			log_error("db", "no connection (%s): %s", p->name,
			    r->sql.error != NULL ? r->sql.error : "unknown");
			shut(p);
			return ERR_UNAVAILABLE;
		}
		db_count_open(r->sql.conn->db, p->counted);
		if (!db_idle_is_dead(r->sql.conn->db))
			return ERR_OK;
		kore_pgsql_handle(r->sql.conn, 1);
		kore_pgsql_cleanup(&r->sql);
	}
}

/* What kore_pgsql does after it has sent a statement of its own. */
static void
await_result(struct db_run *r)
{
	kore_platform_schedule_read(PQsocket(r->sql.conn->db), r->sql.conn);
	r->sql.state = KORE_PGSQL_STATE_WAIT;
	r->sql.flags |= KORE_PGSQL_SCHEDULED;
}

static bool
send_unprepared(struct db_run *r)
{
	struct db_query *q = (struct db_query *)r->query; /* libpq's arrays are not const enough */

	return kore_pgsql_query_param_fields(
	    &r->sql, q->sql, 0, q->n, q->values, q->lengths, q->formats);
}

/* False: the connection is broken. */
static bool
has_sent(struct db_run *r, enum db_prepared how)
{
	r->is_preparing = how == DB_PREPARED_FIRST;
	if (how == DB_PREPARED_NOT)
		return send_unprepared(r);
	if (how != DB_PREPARED_FAILED)
		await_result(r);
	return how != DB_PREPARED_FAILED;
}

/* ---- Its way through a pool ---- */

/* A second attempt goes to the main database, which knows all. */
static struct db_pool *
choose_pool(const struct db_run *r)
{
	struct db_pool *replica = &pools[DB_REPLICA];

	if (!r->query->may_lag || r->is_repeated || !replica->is_known ||
	    kore_time_ms() < replica->closed_until)
		return &pools[DB_MAIN];
	return replica;
}

/* Takes a free connection, or the last place of the queue. */
static void
enter(struct db_run *r)
{
	struct db_pool *p = r->pool = choose_pool(r);

	r->begun_us = clock_monotonic_us();
	if (p->nrunning < pgsql_conn_max) {
		run_more(p, 1);
		r->state = DB_RUN_GRANTED;
	} else if (p->nwaiting < QUEUE_MAX) {
		p->nwaiting++;
		r->state = DB_RUN_QUEUED;
		r->since = kore_time_ms();
		TAILQ_INSERT_TAIL(&p->waiting, r, link);
	} else {
		log_error(
		    "db", "%d statements wait for a connection, no more are let in", p->nwaiting);
		count_attempt(r, ERR_UNAVAILABLE);
		finish(r, ERR_UNAVAILABLE);
	}
}

void
db_run_start(struct db_run *r, struct http_request *req, const struct db_query *q)
{
	*r = (struct db_run){ .req = req, .query = q };
	enter(r);
}

static void
repeat(struct db_run *r)
{
	*r = (struct db_run){ .req = r->req, .query = r->query, .is_repeated = true };
	enter(r);
}

static bool
is_on_replica(const struct db_run *r)
{
	return r->pool == &pools[DB_REPLICA];
}

/* A second attempt is made unprepared: whatever was wrong with the first is not wrong with it. */
static void
send_query(struct db_run *r)
{
	enum err e = obtain(r);

	count_wait(r);
	r->sent_us = e == ERR_OK ? clock_monotonic_us() : 0;
	if (e == ERR_OK &&
	    has_sent(r,
		r->is_repeated ? DB_PREPARED_NOT : db_prepared_send(r->sql.conn->db, r->query))) {
		r->state = DB_RUN_SENT;
		r->since = kore_time_ms();
		TAILQ_INSERT_TAIL(&r->pool->sent, r, link);
		return;
	}
	count_attempt(r, ERR_UNAVAILABLE);
	release(r);
	if (is_on_replica(r))
		repeat(r);
	else
		finish(r, ERR_UNAVAILABLE);
}

/*
 * May it be sent once more? A read whose connection had died, what was not even begun, and whatever
 * a replica does not answer: it ends statements of its own accord while it catches up.
 */
static bool
is_repeatable(const struct db_run *r)
{
	bool is_lost = r->sql.conn == NULL || PQstatus(r->sql.conn->db) != CONNECTION_OK ||
		       db_error_is_fatal(r->sql.result);

	if (r->is_repeated)
		return false;
	if (is_on_replica(r))
		return true;
	return !r->is_late &&
	       ((is_lost && r->query->is_read) || db_prepared_is_lost(r->sql.result));
}

static enum err
error_of(const struct db_run *r)
{
	enum err e = r->sql.result != NULL ? db_error_of_result(r->sql.result) : ERR_UNAVAILABLE;

	if (r->is_late)
		return ERR_TIMEOUT;
	return e != ERR_OK ? e : ERR_UNAVAILABLE;
}

static void
fail(struct db_run *r)
{
	enum err e = error_of(r);
	bool is_again = is_repeatable(r);

	log_warn("db", "statement failed (%s, %s): %s", r->pool->name, err_word(e),
	    db_error_text(r->sql.result, r->sql.error != NULL ? r->sql.error : "unknown"));
	count_attempt(r, e);
	PQclear(r->res);
	r->res = NULL;
	if (r->is_late && is_on_replica(r))
		shut(r->pool);
	if (is_again && r->sql.conn != NULL)
		kore_pgsql_handle(r->sql.conn, 1); /* what it has prepared may be out of date */
	release(r);
	if (!is_again) {
		finish(r, e);
		return;
	}
	repeat(r);
}

/* The server went away without an answer, which must not pass for an empty one. */
static void
fail_lost(struct db_run *r)
{
	if (r->sql.conn != NULL)
		kore_pgsql_handle(r->sql.conn, 1);
	fail(r);
}

/* The statement is prepared: runs it. */
static void
run_prepared(struct db_run *r)
{
	bool is_answered = r->sql.result != NULL;

	PQclear(r->sql.result);
	r->sql.result = NULL;
	if (!is_answered)
		fail_lost(r);
	else if (!has_sent(r, db_prepared_proceed(r->sql.conn->db, r->query)))
		fail(r);
}

static void
keep_result(struct db_run *r)
{
	if (r->res == NULL) {
		r->res = r->sql.result;
		r->sql.result = NULL;
	}
	if (r->res == NULL)
		fail_lost(r);
	else
		kore_pgsql_continue(&r->sql);
}

/* Takes what has come so far. The first result is kept; the connection goes back at once. */
static void
receive(struct db_run *r)
{
	while (r->state == DB_RUN_SENT) {
		switch (r->sql.state) {
		case KORE_PGSQL_STATE_INIT:
		case KORE_PGSQL_STATE_WAIT:
			return;
		case KORE_PGSQL_STATE_ERROR:
			fail(r);
			break;
		case KORE_PGSQL_STATE_COMPLETE:
			count_attempt(r, ERR_OK);
			release(r);
			finish(r, ERR_OK);
			break;
		default:
			if (r->is_preparing)
				run_prepared(r);
			else
				keep_result(r);
		}
	}
}

/* ---- Statements that nobody waits for ---- */

static void
end_forsaken(struct forsaken *w, bool is_broken)
{
	struct db_pool *p = w->pool;

	db_count_gone(p->counted, took_us(w->sent_us));
	w->sql.conn->evt.handle = kore_pgsql_handle;
	w->sql.state = KORE_PGSQL_STATE_DONE; /* or Kore would cancel it, and wait for that */
	if (is_broken)
		kore_pgsql_handle(w->sql.conn, 1);
	kore_pgsql_cleanup(&w->sql);
	TAILQ_REMOVE(&forsaken, w, link);
	free(w);
	run_more(p, -1);
	grant_next(p);
}

/* The answer is thrown away; what it says about the connection is not. False: that is broken. */
static bool
take_note(struct forsaken *w, PGresult *res)
{
	bool is_fine = !db_error_is_fatal(res) && !db_prepared_is_lost(res);

	if (w->preparing != NULL && PQresultStatus(res) == PGRES_COMMAND_OK)
		db_prepared_note(w->sql.conn->db, w->preparing);
	PQclear(res);
	return is_fine;
}

/* Takes what has come so far. */
static void
read_forsaken(struct forsaken *w)
{
	PGconn *conn = w->sql.conn->db;
	bool is_fine = PQconsumeInput(conn);
	PGresult *res;

	while (is_fine && !PQisBusy(conn)) {
		res = PQgetResult(conn);
		if (res == NULL) {
			end_forsaken(w, PQstatus(conn) != CONNECTION_OK);
			return;
		}
		is_fine = take_note(w, res);
	}
	if (!is_fine)
		end_forsaken(w, true);
}

/* Kore calls it instead of kore_pgsql_handle(). */
static void
handle_forsaken(void *conn, int error)
{
	struct forsaken *w;

	TAILQ_FOREACH(w, &forsaken, link)
	if (w->sql.conn == conn)
		break;
	if (w == NULL)
		return;
	if (error)
		end_forsaken(w, true);
	else
		read_forsaken(w);
}

/*
 * Cancelling would block. Closing would not, but the server works on without noticing, and visitors
 * who come and go while something is slow would use its connections up, each in the place of one
 * that is closed. So the connection is kept for what it does, and nobody gets another one for it.
 */
static void
forsake(struct db_run *r)
{
	struct forsaken *w = xcalloc(1, sizeof(*w));
	struct pgsql_conn *conn = r->sql.conn;
	PGresult *seen = r->sql.result;
	bool is_fine;

	TAILQ_REMOVE(&r->pool->sent, r, link);
	kore_pgsql_init(&w->sql);
	w->sql.flags = KORE_PGSQL_ASYNC | KORE_PGSQL_SCHEDULED;
	w->sql.conn = conn;
	w->pool = r->pool;
	w->preparing = r->is_preparing ? r->query->sql : NULL;
	w->since = r->since;
	w->sent_us = r->sent_us;
	TAILQ_INSERT_TAIL(&forsaken, w, link);
	*(struct kore_pgsql **)(void *)conn->job = &w->sql; /* its first member */
	r->sql.conn = NULL;
	r->sql.result = NULL;
	kore_pgsql_cleanup(&r->sql);
	conn->evt.handle = handle_forsaken;
	kore_platform_event_level_read(PQsocket(conn->db), conn);
	is_fine = seen == NULL || take_note(w, seen);
	if (is_fine)
		read_forsaken(w); /* libpq may have taken it in already */
	else
		end_forsaken(w, true);
}

static void
tick_forsaken(u_int64_t now)
{
	struct forsaken *w, *next;

	for (w = TAILQ_FIRST(&forsaken); w != NULL; w = next) {
		next = TAILQ_NEXT(w, link);
		if (now - w->since > DB_RUN_LIMIT_MS)
			end_forsaken(w, true);
	}
}

/* Both lists are in the order of time. */
static void
give_up_late(struct db_pool *p, u_int64_t now)
{
	struct db_run *r, *next;

	while ((r = TAILQ_FIRST(&p->waiting)) != NULL && now - r->since > DB_RUN_LIMIT_MS) {
		leave_queue(r);
		count_wait(r);
		count_attempt(r, ERR_UNAVAILABLE);
		if (is_on_replica(r)) {
			shut(p);
			repeat(r);
		} else {
			finish(r, ERR_UNAVAILABLE);
		}
		http_request_wakeup(r->req);
	}
	for (r = TAILQ_FIRST(&p->sent); r != NULL && now - r->since > DB_RUN_LIMIT_MS; r = next) {
		next = TAILQ_NEXT(r, link);
		r->is_late = true;
		if (r->sql.conn != NULL)
			kore_pgsql_handle(
			    r->sql.conn, 1); /* marks it failed and wakes the request */
	}
}

void
db_run_tick(void)
{
	for (size_t i = 0; i < DB__MAX; i++)
		give_up_late(&pools[i], kore_time_ms());
	tick_forsaken(kore_time_ms());
}

bool
db_run_step(struct db_run *r, enum err *e, const PGresult **res)
{
	for (;;) {
		if (r->state == DB_RUN_GRANTED)
			send_query(r);
		if (r->state == DB_RUN_SENT)
			receive(r);
		if (r->state != DB_RUN_GRANTED)
			break;
	}
	if (r->state != DB_RUN_DONE) {
		http_request_sleep(r->req);
		return false;
	}
	*e = r->err;
	*res = r->res;
	return true;
}

PGresult *
db_run_take(struct db_run *r)
{
	PGresult *res = r->res;

	r->res = NULL;
	return res;
}

void
db_run_end(struct db_run *r)
{
	switch (r->state) {
	case DB_RUN_QUEUED:
		db_count_gone(r->pool->counted, -1);
		leave_queue(r);
		break;
	case DB_RUN_GRANTED:
		db_count_gone(r->pool->counted, -1);
		run_more(r->pool, -1);
		grant_next(r->pool);
		break;
	case DB_RUN_SENT: /* the visitor left */
		if (r->sql.conn != NULL && PQstatus(r->sql.conn->db) == CONNECTION_OK)
			forsake(r);
		else {
			db_count_gone(r->pool->counted, took_us(r->sent_us));
			release(r);
		}
		break;
	default:
		break;
	}
	PQclear(r->res);
	r->res = NULL;
	r->state = DB_RUN_IDLE;
}
