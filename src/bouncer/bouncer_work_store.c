#include "bouncer/bouncer_work_store.h"

#include "bouncer/bouncer_row.h"
#include "db/db_row.h"
#include "events/events_store.h"

/* As the index bouncers_work_idx has it. */
#define TO_DO(b)                                                                                   \
	b "provisioner <> 'none' AND (" b "state IN"                                               \
	  " ('requested', 'database', 'applied', 'deleting', 'removing')"                          \
	  " OR (" b "state = 'ready' AND (" b "applied < " b "wanted OR " b                        \
	  "notice_id IS NOT NULL)))"
#define DUE(b) TO_DO(b) " AND " b "next_try_at <= now()"
#define NOTICE_KEEP "interval '1 hour'"

/* clang-format off */
#define TASK_FROM(rows)                                                                            \
	" SELECT " BOUNCER_COLS ", " BOUNCER_TIME("b.restarted_at") ","                            \
	" b.applied < b.restart_wanted,"                                                           \
	" b.suspended_at IS NULL AND b.state NOT IN ('deleting', 'removing')"                      \
	" AND NOT coalesce(u.is_banned, false), b.work_until::text,"                               \
	" w.network, w.address, w.nick, array_to_string(w.channels, ' '),"                         \
	" n.id, n.text, n.created_at < now() - " NOTICE_KEEP ", b.is_untouched,"                   \
	" b.waits::bigint, " BOUNCER_TIME("now()") " FROM " rows " b"                                               \
	" LEFT JOIN users u ON u.id = b.user_id"                                                   \
	" LEFT JOIN bouncer_wishes w ON w.bouncer_id = b.id AND w.refusal IS NULL"                 \
	" LEFT JOIN bouncer_notices n ON n.id = b.notice_id"
/* clang-format on */

/* ---- Taking one ---- */

/* $1 a number, $2 provisioners that have enough to do. */
#define FREE                                                                                       \
	"bouncers WHERE " DUE("") " AND (work_until IS NULL OR work_until <= now())"               \
				  " AND provisioner <> ALL ($2::text[])"

static const char look_sql[] =
    "SELECT count(*) FROM (SELECT FROM " FREE " LIMIT $1::bigint) AS few";

void
bouncer_work_store_look(struct db_query *q, int64_t most, const char *const *busy, size_t n)
{
	db_query_read(q, look_sql);
	db_param_int(q, most);
	db_param_texts(q, busy, n);
}

static const char claim_sql[] =
    "WITH due AS (SELECT id FROM " FREE
    " ORDER BY next_try_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED),"
    " taken AS (UPDATE bouncers b SET work_until = now() + make_interval(secs => $1::bigint)"
    " FROM due WHERE b.id = due.id RETURNING b.*)" TASK_FROM("taken");

void
bouncer_work_store_claim(struct db_query *q, int64_t lease_s, const char *const *busy, size_t n)
{
	db_query_write(q, claim_sql);
	db_param_int(q, lease_s);
	db_param_texts(q, busy, n);
}

static void
read_wish(struct db_row *r, struct arena *a, struct bouncer_task *t)
{
	struct bouncer_wish *w = arena_alloc(a, sizeof(*w));

	w->network = db_row_text(r, a);
	w->address = db_row_text(r, a);
	w->nick = db_row_text(r, a);
	w->channels = db_row_text(r, a);
	t->wish = w->network != NULL ? w : NULL;
}

static void
read_notice(struct db_row *r, struct arena *a, struct bouncer_task *t)
{
	t->notice_id = db_row_int_or(r, 0);
	t->notice = db_row_text(r, a);
	t->is_notice_late = db_row_bool_or(r, false);
}

enum err
bouncer_work_store_read(struct bouncer_task *t, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	bouncer_row_read(&r, a, &t->bouncer);
	t->restarted_at = db_row_int_or(&r, 0);
	t->is_restart_due = db_row_bool(&r);
	t->is_enabled = db_row_bool(&r);
	t->lease = db_row_text(&r, a);
	read_wish(&r, a, t);
	read_notice(&r, a, t);
	t->is_untouched = db_row_bool(&r);
	t->waits = db_row_int(&r);
	t->now = db_row_int(&r);
	return db_row_end(&r);
}

/* ---- Going on ---- */

/* What every statement below begins with: $1 which, $2 the state it was read in, $3 its lease. */
#define STILL_OURS " WHERE b.id = $1::bigint AND b.state = $2 AND b.work_until = $3::timestamptz"
#define GO_ON(lease)                                                                               \
	" work_until = now() + make_interval(secs => " lease "::bigint), attempts = 0, waits = 0," \
	" next_try_at = now()"

static void
of_task(struct db_query *q, const struct bouncer_task *t)
{
	db_param_int(q, t->bouncer.id);
	db_param_text(q, bouncer_state_words[t->bouncer.state]);
	db_param_text(q, t->lease);
}

/* A deletion that was undone in time is not ours to go on with. */
static const char move_sql[] =
    "WITH moved AS (UPDATE bouncers b SET state = $4, state_at = now(), failure = NULL,"
    " applied = greatest(b.applied, $5::bigint), delete_after = NULL," GO_ON("$6") STILL_OURS
    " AND (b.delete_after IS NULL OR b.delete_after <= now()) RETURNING b.*)" TASK_FROM("moved");

void
bouncer_work_store_move(struct db_query *q, const struct bouncer_task *t, enum bouncer_state to,
    int64_t applied, int64_t lease_s)
{
	db_query_write(q, move_sql);
	of_task(q, t);
	db_param_text(q, bouncer_state_words[to]);
	db_param_int(q, applied);
	db_param_int(q, lease_s);
}

#define NAMED "jsonb_build_object('bouncer', name)"

/* clang-format off */
static const char ready_sql[] =
    "WITH before AS (SELECT id, ready_at FROM bouncers b" STILL_OURS " FOR NO KEY UPDATE),"
    " moved AS (UPDATE bouncers b SET state = 'ready', state_at = now(), failure = NULL,"
    " ready_at = coalesce(b.ready_at, now()), wanted = b.wanted"
    " + (EXISTS (SELECT FROM bouncer_wishes w WHERE w.bouncer_id = b.id))::int,"
    GO_ON("$4") " FROM before WHERE b.id = before.id RETURNING b.*),"
    " born AS (SELECT u.keycloak_sub, m.name FROM moved m JOIN before ON before.id = m.id"
    " JOIN users u ON u.id = m.user_id WHERE before.ready_at IS NULL), "
    RECORD_EVENT("recorded", EVENT_WORD_BOUNCER_CREATE, NAMED, "born") TASK_FROM("moved");
/* clang-format on */

void
bouncer_work_store_ready(struct db_query *q, const struct bouncer_task *t, int64_t lease_s)
{
	db_query_write(q, ready_sql);
	of_task(q, t);
	db_param_int(q, lease_s);
}

/* The time to the end of a deletion is nobody's work. */
static const char changed_sql[] =
    "WITH changed AS (UPDATE bouncers b SET applied = greatest(b.applied, $4::bigint),"
    " failure = $5, work_until = now() + make_interval(secs => $6::bigint), attempts = 0,"
    " waits = 0,"
    " next_try_at = CASE WHEN b.wanted = $4 THEN coalesce(b.delete_after, now())"
    " ELSE now() END" STILL_OURS " RETURNING b.*),"
    " fulfilled AS (DELETE FROM bouncer_wishes w USING changed c"
    " WHERE w.bouncer_id = c.id AND $7::boolean AND $5::text IS NULL),"
    " refused AS (UPDATE bouncer_wishes w SET refusal = $5 FROM changed c"
    " WHERE w.bouncer_id = c.id AND $7 AND $5 IS NOT NULL)" TASK_FROM("changed");

void
bouncer_work_store_changed(
    struct db_query *q, const struct bouncer_task *t, const char *failure, int64_t lease_s)
{
	db_query_write(q, changed_sql);
	of_task(q, t);
	db_param_int(q, t->bouncer.wanted);
	db_param_text(q, failure);
	db_param_int(q, lease_s);
	db_param_bool(q, t->wish != NULL && t->is_enabled);
}

static const char told_sql[] = "WITH told AS (UPDATE bouncers b SET notice_id = NULL," GO_ON("$5")
    STILL_OURS " AND b.notice_id = $4::bigint RETURNING b.*)" TASK_FROM("told");

void
bouncer_work_store_told(struct db_query *q, const struct bouncer_task *t, int64_t lease_s)
{
	db_query_write(q, told_sql);
	of_task(q, t);
	db_param_int(q, t->notice_id);
	db_param_int(q, lease_s);
}

/* ---- Ending ---- */

static const char failed_sql[] =
    "UPDATE bouncers b SET state = 'failed', failed_in = b.state, state_at = now(), failure = $4,"
    " work_until = NULL" STILL_OURS;

void
bouncer_work_store_failed(struct db_query *q, const struct bouncer_task *t, const char *failure)
{
	db_query_write(q, failed_sql);
	of_task(q, t);
	db_param_text(q, failure);
}

#define SAME "b.state = $2 AND b.wanted = $4"
static const char put_off_sql[] =
    "UPDATE bouncers b SET work_until = NULL, next_try_at = CASE WHEN " SAME
    " THEN now() + make_interval(secs => $5::bigint) ELSE b.next_try_at END,"
    " attempts = CASE WHEN " SAME " THEN b.attempts + 1 - $6::int ELSE b.attempts END,"
    " waits = CASE WHEN " SAME " THEN b.waits + $6 ELSE b.waits END,"
    " failure = CASE WHEN " SAME " THEN $7 ELSE b.failure END"
    " WHERE b.id = $1 AND b.work_until = $3::timestamptz";

void
bouncer_work_store_put_off(struct db_query *q, const struct bouncer_task *t, int64_t wait_s,
    bool is_under_way, const char *failure)
{
	db_query_write(q, put_off_sql);
	of_task(q, t);
	db_param_int(q, t->bouncer.wanted);
	db_param_int(q, wait_s);
	db_param_int(q, is_under_way ? 1 : 0);
	db_param_text(q, failure);
}

static const char release_sql[] =
    "UPDATE bouncers b SET work_until = NULL, next_try_at = CASE WHEN b.state = 'deleting'"
    " AND b.applied = b.wanted THEN b.delete_after ELSE b.next_try_at END"
    " WHERE b.id = $1 AND b.work_until = $2::timestamptz";

void
bouncer_work_store_release(struct db_query *q, const struct bouncer_task *t)
{
	db_query_write(q, release_sql);
	db_param_int(q, t->bouncer.id);
	db_param_text(q, t->lease);
}

/* clang-format off */
static const char gone_sql[] =
    "WITH gone AS (DELETE FROM bouncers b" STILL_OURS " RETURNING b.user_id, b.name, b.ready_at),"
    " missed AS (SELECT u.keycloak_sub, g.name FROM gone g JOIN users u ON u.id = g.user_id"
    " WHERE g.ready_at IS NOT NULL), "
    RECORD_EVENT("recorded", EVENT_WORD_BOUNCER_DELETE, NAMED, "missed")
    " SELECT count(*) FROM gone";
/* clang-format on */

void
bouncer_work_store_gone(struct db_query *q, const struct bouncer_task *t)
{
	db_query_write(q, gone_sql);
	of_task(q, t);
}

/* ---- Plans ---- */

/*
 * History is kept by the soju that is shared, or by each bouncer's own. When a plan changes, so do
 * many bouncers: their work begins spread, ten in a second, except of those that have other work
 * sooner.
 */
#define IN_TURN "now() + make_interval(secs => c.turn / 10.0)"
static const char follow_plans_sql[] =
    "WITH right_ones AS (SELECT b.id, p.networks, CASE WHEN b.provisioner = 'kubernetes'"
    " THEN p.days END AS days FROM bouncers b JOIN users u ON u.id = b.user_id"
    " JOIN unnest($1::text[], $2::integer[], $3::integer[]) AS p (plan, networks, days)"
    " ON p.plan = u.plan WHERE b.provisioner <> 'none' AND b.state <> 'removing'),"
    " c AS (SELECT r.*, row_number() OVER (ORDER BY r.id) - 1 AS turn"
    " FROM right_ones r JOIN bouncers b ON b.id = r.id"
    " WHERE (b.max_networks, b.history_days) IS DISTINCT FROM (r.networks, r.days)),"
    " changed AS (UPDATE bouncers b SET max_networks = c.networks, history_days = c.days,"
    " wanted = b.wanted + 1, next_try_at = CASE"
    " WHEN b.state = 'ready' AND b.applied = b.wanted AND b.notice_id IS NULL THEN " IN_TURN
    " ELSE least(b.next_try_at, " IN_TURN ") END FROM c"
    " WHERE b.id = c.id AND (b.max_networks, b.history_days)"
    " IS DISTINCT FROM (c.networks, c.days) RETURNING 1) SELECT count(*) FROM changed";

void
bouncer_work_store_follow_plans(struct db_query *q, const struct bouncer_limits *limits, size_t n)
{
	const char **plans = arena_array(q->arena, n, sizeof(*plans));
	const char **networks = arena_array(q->arena, n, sizeof(*networks));
	const char **days = arena_array(q->arena, n, sizeof(*days));

	for (size_t i = 0; i < n; i++) {
		plans[i] = limits[i].plan;
		networks[i] = arena_printf(q->arena, "%lld", (long long)limits[i].networks);
		days[i] = arena_printf(q->arena, "%lld", (long long)limits[i].history_days);
	}
	db_query_write(q, follow_plans_sql);
	db_param_texts(q, plans, n);
	db_param_texts(q, networks, n);
	db_param_texts(q, days, n);
}

/* ---- Figures ---- */

static const char figures_sql[] =
    "SELECT state, count(*), NULL::bigint FROM bouncers WHERE provisioner <> 'none' GROUP BY state"
    " UNION ALL SELECT NULL, NULL, floor(extract(epoch FROM now() - min(next_try_at)))::bigint"
    " FROM bouncers WHERE " DUE("");

void
bouncer_work_store_figures(struct db_query *q)
{
	db_query_read(q, figures_sql);
}

static enum err
read_figure(struct bouncer_figures *f, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);
	int state;

	if (db_row_is_null(&r)) {
		db_row_skip(&r);
		db_row_skip(&r);
		f->waiting_s = db_row_int_or(&r, 0);
		return db_row_end(&r);
	}
	state = db_row_word(&r, bouncer_state_words, BOUNCER_STATE__MAX);
	f->states[state] = db_row_int(&r);
	db_row_skip(&r);
	return db_row_end(&r);
}

enum err
bouncer_work_store_figures_read(struct bouncer_figures *f, const PGresult *res)
{
	enum err e = ERR_OK;

	*f = (struct bouncer_figures){ 0 };
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_figure(f, res, i);
	return e;
}
