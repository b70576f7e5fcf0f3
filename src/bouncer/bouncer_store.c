#include "bouncer/bouncer_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "bouncer/bouncer_row.h"
#include "db/db_row.h"
#include "source/source_answer.h"

/* NULL for a number that is not set. */
static void
param_int_or_null(struct db_query *q, int64_t n)
{
	if (n >= 0)
		db_param_int(q, n);
	else
		db_param_text(q, NULL);
}

/* ---- What there is ---- */

static const char list_sql[] =
    "SELECT " BOUNCER_COLS " FROM bouncers b WHERE b.user_id = $1 ORDER BY b.id";

void
bouncer_store_list(struct db_query *q, int64_t user_id)
{
	db_query_read(q, list_sql);
	db_param_int(q, user_id);
}

enum err
bouncer_store_list_read(struct bouncer_list *list, struct arena *a, const PGresult *res)
{
	struct db_row r;
	enum err e = ERR_OK;

	list->n = (size_t)PQntuples(res);
	list->v = arena_array(a, list->n, sizeof(*list->v));
	for (size_t i = 0; i < list->n && e == ERR_OK; i++) {
		r = db_row_at(res, (int)i);
		bouncer_row_read(&r, a, &list->v[i]);
		e = db_row_end(&r);
	}
	return e;
}

static const char find_sql[] =
    "SELECT " BOUNCER_COLS " FROM bouncers b WHERE b.name = $2 AND b.user_id = $1";

void
bouncer_store_find(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_read(q, find_sql);
	db_param_int(q, user_id);
	db_param_text(q, name);
}

enum err
bouncer_store_find_read(struct bouncer *b, struct arena *a, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) == 0)
		return ERR_NOT_FOUND;
	r = db_row_at(res, 0);
	bouncer_row_read(&r, a, b);
	return db_row_end(&r);
}

void
bouncer_store_oldest(struct db_query *q, const char *provisioner)
{
	db_query_read(q, "SELECT " BOUNCER_COLS " FROM bouncers b WHERE b.provisioner = $1"
			 " AND b.state = 'ready' ORDER BY b.id LIMIT 1");
	db_param_text(q, provisioner);
}

/* ---- Making one ---- */

/*
 * In a soju that is shared the name becomes a user, so it must not be one that was made by hand
 * under another name either.
 */
#define NAME_IS(param) "(SELECT FROM bouncers WHERE name = " param " OR soju_username = " param ")"

/*
 * The lowest free number, of as many as the plan leaves beside those made by hand. Of two forms at
 * once both see the same one, and one of them loses it.
 */
/* clang-format off */
static const char make_sql[] =
    "WITH before AS (SELECT FROM bouncers WHERE user_id = $1::bigint AND form_hash = $4::bytea),"
    " taken AS " NAME_IS("$2::text") ","
    " had AS (SELECT count(*) AS n, count(*) FILTER (WHERE slot IS NULL) AS by_hand"
    "  FROM bouncers WHERE user_id = $1),"
    " place AS (SELECT min(s) AS slot FROM had,"
    "  generate_series(1, ($5::bigint - had.by_hand)::integer) s WHERE had.n < $5"
    "  AND NOT EXISTS (SELECT FROM bouncers WHERE user_id = $1 AND slot = s)),"
    " made AS (INSERT INTO bouncers (user_id, name, soju_username, provisioner, state, slot,"
    "  form_hash, max_networks, history_days, applied)"
    "  SELECT $1, $2, $2, $3, 'requested', slot, $4, $6::integer, $7::integer, 0 FROM place"
    "  WHERE slot IS NOT NULL AND NOT EXISTS (SELECT FROM before)"
    "  AND NOT EXISTS (SELECT FROM taken) ON CONFLICT DO NOTHING RETURNING id),"
    " wish AS (INSERT INTO bouncer_wishes (bouncer_id, network, address, nick, channels)"
    "  SELECT id, $8, $9, $10,"
    "  array_remove(regexp_split_to_array(coalesce($11, ''), '[ ,]+'), '')"
    "  FROM made WHERE $8::text IS NOT NULL)"
    " SELECT EXISTS (SELECT FROM made), EXISTS (SELECT FROM before),"
    " (SELECT slot IS NULL FROM place), EXISTS (SELECT FROM taken)";
/* clang-format on */

static void
param_wish(struct db_query *q, const struct network_form *f)
{
	static const struct network_form none;

	if (f == NULL)
		f = &none;
	db_param_text(q, f->name);
	db_param_text(q, f->address);
	db_param_text(q, f->nick);
	db_param_text(q, f->channels);
}

void
bouncer_store_make(struct db_query *q, int64_t user_id, const struct bouncer_request *r)
{
	unsigned char *hash = arena_alloc(q->arena, DIGEST_BYTES);

	digest_sha256(hash, r->once, strlen(r->once));
	db_query_write(q, make_sql);
	db_param_int(q, user_id);
	db_param_text(q, r->name);
	db_param_text(q, r->provisioner);
	db_param_bytes(q, hash, DIGEST_BYTES);
	db_param_int(q, r->bouncers_max);
	param_int_or_null(q, r->max_networks);
	param_int_or_null(q, r->history_days);
	param_wish(q, r->network);
}

enum err
bouncer_store_make_read(enum bouncer_made *made, const PGresult *res)
{
	static const enum bouncer_made order[] = { BOUNCER_MADE, BOUNCER_MADE_BEFORE,
		BOUNCER_TOO_MANY, BOUNCER_NAME_TAKEN };
	const size_t n = sizeof(order) / sizeof(order[0]);
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	*made = BOUNCER_CROSSED;
	for (size_t i = 0; i < n; i++)
		if (db_row_bool(&r) && *made == BOUNCER_CROSSED)
			*made = order[i];
	return db_row_end(&r);
}

void
bouncer_store_is_free(struct db_query *q, const char *name)
{
	db_query_read(q, "SELECT NOT EXISTS " NAME_IS("$1"));
	db_param_text(q, name);
}

/* ---- Changing one ---- */

#define OURS " WHERE user_id = $1 AND name = $2 AND provisioner <> 'none'"
#define SOON " next_try_at = now(), attempts = 0, waits = 0, failure = NULL"
#define COUNTED(update) "WITH changed AS (" update " RETURNING 1) SELECT count(*) FROM changed"

static void
change(struct db_query *q, int64_t user_id, const char *name)
{
	db_param_int(q, user_id);
	db_param_text(q, name);
}

static const char restart_sql[] =
    COUNTED("UPDATE bouncers SET restarted_at = now(), restart_wanted = wanted + 1,"
	    " wanted = wanted + 1," SOON OURS " AND state = 'ready' AND suspended_at IS NULL");

void
bouncer_store_restart(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_write(q, restart_sql);
	change(q, user_id, name);
}

/* One that was never ready has nothing that could be missed; a second deletion may end the grace.
 */
#define AT_ONCE "(ready_at IS NULL OR $3::bigint <= 0)"
static const char delete_sql[] =
    COUNTED("UPDATE bouncers SET failed_in = NULL, state_at = now(), wanted = wanted + 1,"
	    " is_untouched = state = 'requested' OR coalesce(failed_in = 'requested', false),"
	    " state = CASE WHEN " AT_ONCE " THEN 'removing' ELSE 'deleting' END,"
	    " delete_after = CASE WHEN " AT_ONCE " THEN NULL"
	    " ELSE now() + make_interval(secs => $3) END," SOON OURS
	    " AND (state IN ('requested', 'database', 'applied', 'ready', 'failed')"
	    " OR (state = 'deleting' AND $3 <= 0))");

void
bouncer_store_delete(struct db_query *q, int64_t user_id, const char *name, int64_t grace_s)
{
	db_query_write(q, delete_sql);
	change(q, user_id, name);
	db_param_int(q, grace_s);
}

static const char undelete_sql[] =
    COUNTED("UPDATE bouncers SET state = 'ready', state_at = now(), delete_after = NULL,"
	    " wanted = wanted + 1," SOON OURS " AND state = 'deleting' AND delete_after > now()");

void
bouncer_store_undelete(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_write(q, undelete_sql);
	change(q, user_id, name);
}

/* What was started and never answered is started anew: to look once more would not help it. */
static const char retry_sql[] =
    "WITH it AS (SELECT id, state FROM bouncers" OURS " AND (state = 'failed' OR (state = 'ready'"
    " AND suspended_at IS NULL AND EXISTS (SELECT FROM bouncer_wishes w"
    " WHERE w.bouncer_id = bouncers.id AND w.refusal IS NOT NULL))) FOR UPDATE),"
    " wish AS (UPDATE bouncer_wishes w SET refusal = NULL FROM it WHERE w.bouncer_id = it.id),"
    " changed AS (UPDATE bouncers b SET state = coalesce(b.failed_in, b.state), failed_in = NULL,"
    " state_at = CASE WHEN it.state = 'failed' THEN now() ELSE b.state_at END,"
    " wanted = b.wanted + 1," SOON " FROM it WHERE b.id = it.id RETURNING 1)"
    " SELECT count(*) FROM changed";

void
bouncer_store_retry(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_write(q, retry_sql);
	change(q, user_id, name);
}

void
bouncer_store_forget_wish(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_write(q, "DELETE FROM bouncer_wishes w USING bouncers b"
			  " WHERE b.id = w.bouncer_id AND w.refusal IS NOT NULL"
			  " AND b.user_id = $1 AND b.name = $2");
	change(q, user_id, name);
}

/* ---- The page ---- */

/*
 * Rows of several kinds share the columns of the first: numbers, then texts, and who has fewer of
 * them leaves the rest NULL.
 */
#define N1 ", NULL::bigint"
#define N4 N1 N1 N1 N1
#define N13 N4 N4 N4 N1
#define N15 N13 N1 N1
#define N17 N15 N1 N1
#define N18 N17 N1
#define T1 ", NULL"
#define T3 T1 T1 T1
#define T5 T3 T1 T1
#define T6 T5 T1
#define T7 T6 T1
#define T8 T6 T1 T1

#define DAYS_SHOWN "30"

/* clang-format off */
#define TIME_ROW "SELECT 'time' AS kind, " BOUNCER_TIME("now()") N17 T8
#define SOURCE_ROWS                                                                             \
    "SELECT 'source', " BOUNCER_TIME("s.answered_at") ", " BOUNCER_TIME("s.tried_at")           \
    ", (s.refreshing_until > now())::int::bigint" N15 ", s.source, s.failure, s.answer::text" T5 \
    " FROM source_snapshots s"

static const char page_sql[] =
    "WITH b AS MATERIALIZED (SELECT * FROM bouncers WHERE user_id = $1 AND name = $2) "
    TIME_ROW
    " UNION ALL "
    "SELECT 'bouncer', " BOUNCER_COLS " FROM b"
    " UNION ALL "
    "SELECT 'network', " BOUNCER_TIME("n.state_since") ", n.channels::bigint, "
    BOUNCER_TIME("n.sampled_at") N15 ", n.name, n.address, n.state, n.nick, n.error" T3
    " FROM bouncer_networks n JOIN b ON n.bouncer_id = b.id"
    " UNION ALL "
    "SELECT 'wish'" N18 ", w.refusal" T7
    " FROM bouncer_wishes w JOIN b ON w.bouncer_id = b.id WHERE w.refusal IS NOT NULL"
    " UNION ALL "
    "SELECT 'day', extract(epoch FROM d.day)::bigint, d.last_minute::bigint, d.samples::bigint,"
    " d.up::bigint, d.off::bigint" N13 ", d.network, d.marks::text" T6
    " FROM bouncer_days d JOIN b ON d.bouncer_id = b.id"
    " WHERE d.day > (now() AT TIME ZONE 'UTC')::date - " DAYS_SHOWN
    " UNION ALL " SOURCE_ROWS " JOIN b ON s.bouncer_id = b.id AND s.user_id = b.user_id";

static const char sources_sql[] =
    TIME_ROW " UNION ALL " SOURCE_ROWS " WHERE s.user_id = $1 AND s.bouncer_id = $2";
/* clang-format on */

void
bouncer_store_page(struct db_query *q, int64_t user_id, const char *name)
{
	db_query_read(q, page_sql);
	db_param_int(q, user_id);
	db_param_text(q, name);
}

void
bouncer_store_page_sources(struct db_query *q, const struct bouncer *b)
{
	db_query_read(q, sources_sql);
	db_param_int(q, b->user_id);
	db_param_int(q, b->id);
}

static void
skip(struct db_row *r, int columns)
{
	while (columns-- > 0)
		db_row_skip(r);
}

static enum err
read_time(struct db_row *r, struct bouncer_page_facts *f)
{
	f->read_at = db_row_int(r);
	skip(r, BOUNCER_INTS - 1 + BOUNCER_TEXTS);
	return db_row_end(r);
}

static enum err
read_network(struct db_row *r, struct arena *a, struct bouncer_page_facts *f)
{
	struct bouncer_network *n = &f->networks[f->nnetworks++];

	n->since = db_row_int_or(r, 0);
	n->channels = db_row_int_or(r, -1);
	n->sampled_at = db_row_int(r);
	skip(r, BOUNCER_INTS - 3);
	n->name = db_row_text(r, a);
	n->address = db_row_text(r, a);
	n->link = (enum soju_link)db_row_word(r, soju_link_words, SOJU_LINK__MAX);
	n->nick = db_row_text(r, a);
	n->error = db_row_text(r, a);
	skip(r, BOUNCER_TEXTS - 5);
	return db_row_end(r);
}

static enum err
read_wish(struct db_row *r, struct arena *a, struct bouncer_page_facts *f)
{
	skip(r, BOUNCER_INTS);
	f->refusal = db_row_text(r, a);
	skip(r, BOUNCER_TEXTS - 1);
	return db_row_end(r);
}

/* "{0,1,754,2}" */
static void
read_marks(struct bouncer_day *d, struct arena *a, const char *text)
{
	int16_t *marks = arena_array(a, strlen(text) / 2 + 1, sizeof(*marks));
	char *end;

	while (*text != '\0') {
		marks[d->nmarks] = (int16_t)strtol(text, &end, 10);
		if (end == text) {
			text++;
			continue;
		}
		text = end;
		d->nmarks++;
	}
	d->marks = marks;
}

static enum err
read_day(struct db_row *r, struct arena *a, struct bouncer_page_facts *f)
{
	struct bouncer_day *d = &f->days[f->ndays++];

	d->day = db_row_int(r);
	d->last_minute = (int)db_row_int(r);
	d->samples = db_row_int(r);
	d->up = db_row_int(r);
	d->off = db_row_int(r);
	skip(r, BOUNCER_INTS - 5);
	d->network = db_row_text(r, a);
	read_marks(d, a, db_row_text(r, a));
	d->nmarks -= d->nmarks % 2;
	skip(r, BOUNCER_TEXTS - 2);
	return db_row_end(r);
}

/* An answer that cannot be read (logged) counts as none. */
static void
keep_answer(
    struct bouncer_page_facts *f, struct arena *a, enum source_kind kind, const char *answer)
{
	struct source_state *state = kind == SOURCE_SOJU ? &f->soju_state : &f->kube_state;
	enum err e;

	if (answer == NULL)
		return;
	e = kind == SOURCE_SOJU ? source_answer_read_soju(&f->soju, a, answer)
				: source_answer_read_kube(&f->kube, a, answer);
	if (e == ERR_OK)
		return;
	log_error("bouncer", "snapshot %s of bouncer %" PRId64 " cannot be read",
	    source_words[kind], f->bouncer.id);
	state->answered_at = 0;
}

static enum err
read_source(struct db_row *r, struct arena *a, struct bouncer_page_facts *f)
{
	struct source_state state = { 0 };
	enum source_kind kind;
	const char *failure, *answer;

	state.answered_at = db_row_int_or(r, 0);
	state.tried_at = db_row_int_or(r, 0);
	state.is_refreshing = db_row_int_or(r, 0) != 0;
	skip(r, BOUNCER_INTS - 3);
	kind = (enum source_kind)db_row_word(r, source_words, SOURCE__MAX);
	failure = db_row_text(r, a);
	answer = db_row_text(r, a);
	skip(r, BOUNCER_TEXTS - 3);
	if (!source_is_configured(kind))
		return db_row_end(r);
	state.failure = source_failure_of_word(failure != NULL ? failure : "");
	*(kind == SOURCE_SOJU ? &f->soju_state : &f->kube_state) = state;
	keep_answer(f, a, kind, answer);
	return db_row_end(r);
}

static enum err
read_page_row(struct bouncer_page_facts *f, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);
	const char *kind = PQgetvalue(res, row, 0);

	db_row_skip(&r);
	if (strcmp(kind, "time") == 0)
		return read_time(&r, f);
	if (strcmp(kind, "network") == 0)
		return read_network(&r, a, f);
	if (strcmp(kind, "wish") == 0)
		return read_wish(&r, a, f);
	if (strcmp(kind, "day") == 0)
		return read_day(&r, a, f);
	if (strcmp(kind, "source") == 0)
		return read_source(&r, a, f);
	bouncer_row_read(&r, a, &f->bouncer);
	return db_row_end(&r);
}

static int
compare_networks(const void *a, const void *b)
{
	const struct bouncer_network *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int
compare_days(const void *a, const void *b)
{
	const struct bouncer_day *x = a, *y = b;
	const int order = strcmp(x->network, y->network);

	return order != 0 ? order : (x->day > y->day) - (x->day < y->day);
}

static void
init_sources(struct bouncer_page_facts *f)
{
	f->soju_state = f->kube_state = (struct source_state){ 0 };
	if (!source_is_configured(SOURCE_SOJU))
		f->soju_state.failure = SOURCE_NOT_CONFIGURED;
	if (!source_is_configured(SOURCE_KUBE))
		f->kube_state.failure = SOURCE_NOT_CONFIGURED;
}

static enum err
read_rows(struct bouncer_page_facts *f, struct arena *a, const PGresult *res)
{
	enum err e = ERR_OK;

	init_sources(f);
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++)
		e = read_page_row(f, a, res, i);
	return e;
}

enum err
bouncer_store_page_read(struct bouncer_page_facts *f, struct arena *a, const PGresult *res)
{
	const size_t rows = (size_t)PQntuples(res);
	enum err e;

	*f = (struct bouncer_page_facts){ .read_at = clock_now() };
	f->networks = arena_array(a, rows, sizeof(*f->networks));
	f->days = arena_array(a, rows, sizeof(*f->days));
	e = read_rows(f, a, res);
	if (e != ERR_OK)
		return e;
	if (f->nnetworks > 1)
		qsort(f->networks, f->nnetworks, sizeof(*f->networks), compare_networks);
	if (f->ndays > 1)
		qsort(f->days, f->ndays, sizeof(*f->days), compare_days);
	return f->bouncer.id != 0 ? ERR_OK : ERR_NOT_FOUND;
}

enum err
bouncer_store_page_sources_read(struct bouncer_page_facts *f, struct arena *a, const PGresult *res)
{
	return read_rows(f, a, res);
}
