#include "bouncer/health_store.h"

#include <string.h>

#include "activity/activity_store.h"
#include "base/utf8.h"
#include "db/db_row.h"

/* ---- What there is ---- */

#define SECONDS(column) "coalesce(floor(extract(epoch FROM " column "))::bigint, 0)"
#define IS_SAMPLED "b.provisioner <> 'none' AND b.ready_at IS NOT NULL AND b.state <> 'removing'"

static const char all_sql[] =
    "SELECT b.id, b.name, b.soju_username, b.provisioner,"
    " b.suspended_at IS NOT NULL OR b.state = 'deleting', coalesce(n.connected, 0),"
    " " SECONDS("b.networks_at") ", " SECONDS(
	"b.running_since") " FROM bouncers b LEFT JOIN (SELECT bouncer_id,"
			   " count(*) FILTER (WHERE state = 'connected') AS connected FROM "
			   "bouncer_networks"
			   " GROUP BY bouncer_id) n ON n.bouncer_id = b.id"
			   " WHERE " IS_SAMPLED " ORDER BY b.id";

void
health_store_all(struct db_query *q)
{
	db_query_read(q, all_sql);
}

static enum err
read_bouncer(struct health_bouncer *b, struct arena *a, const PGresult *res, int row)
{
	struct db_row r = db_row_at(res, row);

	b->id = db_row_int(&r);
	b->name = db_row_text(&r, a);
	b->username = db_row_text(&r, a);
	b->provisioner = db_row_text(&r, a);
	b->is_off = db_row_bool(&r);
	b->known_connected = db_row_int(&r);
	b->networks_at = db_row_int(&r);
	b->running_since = db_row_int(&r);
	b->clients = b->connected = b->started_at = b->counter = -1;
	return db_row_end(&r);
}

enum err
health_store_all_read(struct health_list *l, struct arena *a, const PGresult *res)
{
	const int n = PQntuples(res);
	enum err e = ERR_OK;

	*l = (struct health_list){ .v = arena_array(a, (size_t)n + 1, sizeof(*l->v)) };
	for (int i = 0; i < n && e == ERR_OK; i++)
		e = read_bouncer(&l->v[l->n++], a, res, i);
	return e;
}

/* ---- Columns of many bouncers ---- */

static void
param_ints(struct db_query *q, const struct health_bouncer *b, size_t n,
    int64_t (*of)(const struct health_bouncer *))
{
	int64_t *v = arena_array(q->arena, n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = of(&b[i]);
	db_param_ints(q, v, n, -1);
}

static void
param_words(struct db_query *q, const struct health_bouncer *b, size_t n,
    const char *(*of)(const struct health_bouncer *))
{
	const char **v = arena_array(q->arena, n + 1, sizeof(*v));

	for (size_t i = 0; i < n; i++)
		v[i] = of(&b[i]);
	db_param_texts(q, v, n);
}

/* ---- Networks ---- */

#define TEXT_BYTES_MAX 500 /* an error of soju may be anything */

/* A round writes long after it has asked, and a page may have asked in between. A time to come is
 * of a clock that was put back: it would keep everything out until then. */
#define IS_LATEST                                                                                  \
	"(b.networks_at IS NULL OR b.networks_at <= l.asked_at"                                    \
	" OR b.networks_at > now() + interval '1 minute')"

/*
 * Their bouncers' rows are locked by the update, so that none goes meanwhile. Of two networks with
 * one name, as soju allows where the name is an address, one is kept.
 */
static const char networks_sql[] =
    "WITH l AS (SELECT id, to_timestamp(us / 1e6) AS asked_at"
    " FROM unnest($1::bigint[], $2::bigint[]) u (id, us)),"
    " told AS (UPDATE bouncers b SET networks_at = l.asked_at FROM l"
    " WHERE b.id = l.id AND " IS_LATEST " RETURNING b.id, l.asked_at),"
    " new AS (SELECT DISTINCT ON (n.id, n.name) n.*, t.asked_at FROM unnest($3::bigint[], "
    "$4::text[],"
    " $5::text[], $6::text[], $7::text[], $8::bigint[], $9::text[])"
    " n (id, name, address, state, nick, channels, error) JOIN told t ON t.id = n.id"
    " ORDER BY n.id, n.name, n.state),"
    " gone AS (DELETE FROM bouncer_networks n USING told t WHERE n.bouncer_id = t.id"
    " AND NOT EXISTS (SELECT FROM new WHERE new.id = n.bouncer_id AND new.name = n.name))"
    " INSERT INTO bouncer_networks AS n"
    " (bouncer_id, name, address, state, nick, channels, error, sampled_at)"
    " SELECT id, name, address, state, nick, channels::int, error, asked_at"
    " FROM new ON CONFLICT (bouncer_id, name) DO UPDATE SET address = excluded.address,"
    " state_since = CASE WHEN n.state = excluded.state THEN n.state_since"
    " ELSE excluded.sampled_at END, state = excluded.state, nick = excluded.nick,"
    " channels = excluded.channels, error = excluded.error, sampled_at = excluded.sampled_at";

/* What the database takes: UTF-8, and no more than a page shows. */
static const char *
fit(struct arena *a, const char *text)
{
	size_t len;
	char *fitting;

	if (text == NULL)
		return NULL;
	len = strlen(text);
	if (len <= TEXT_BYTES_MAX && utf8_is_valid(text, len))
		return text;
	if (len > TEXT_BYTES_MAX)
		len = TEXT_BYTES_MAX;
	while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
		len--; /* not in the middle of a letter */
	fitting = arena_strndup(a, text, len);
	for (char *c = fitting; !utf8_is_valid(fitting, len) && c < fitting + len; c++)
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	return fitting;
}

enum column { COL_NAME, COL_ADDRESS, COL_STATE, COL_NICK, COL_ERROR, COL__MAX };

struct network_columns {
	int64_t *ids, *channels;
	const char **texts[COL__MAX];
	size_t n;
};

static bool
is_told(const struct health_bouncer *b)
{
	return b->networks != NULL;
}

static void
add_network(
    struct network_columns *c, struct arena *a, int64_t bouncer_id, const struct soju_status *s)
{
	if (s->name == NULL || *s->name == '\0')
		return;
	c->ids[c->n] = bouncer_id;
	c->channels[c->n] = s->channels >= 0 ? s->channels : -1;
	c->texts[COL_NAME][c->n] = fit(a, s->name);
	c->texts[COL_ADDRESS][c->n] = fit(a, s->address != NULL ? s->address : s->name);
	c->texts[COL_STATE][c->n] = soju_link_words[s->link];
	c->texts[COL_NICK][c->n] = fit(a, s->nick);
	c->texts[COL_ERROR][c->n++] = fit(a, s->error);
}

static void
fill_columns(struct network_columns *c, struct arena *a, const struct health_bouncer *b, size_t n)
{
	size_t most = 1;

	for (size_t i = 0; i < n; i++)
		most += is_told(&b[i]) ? b[i].networks->n : 0;
	c->ids = arena_array(a, most, sizeof(*c->ids));
	c->channels = arena_array(a, most, sizeof(*c->channels));
	for (int col = 0; col < COL__MAX; col++)
		c->texts[col] = arena_array(a, most, sizeof(*c->texts[col]));
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; is_told(&b[i]) && j < b[i].networks->n; j++)
			add_network(c, a, b[i].id, &b[i].networks->v[j]);
}

static int64_t
told_id(const struct health_bouncer *b)
{
	return is_told(b) ? b->id : -1;
}

static int64_t
asked_us(const struct health_bouncer *b)
{
	return is_told(b) ? b->networks->asked_us : -1;
}

void
health_store_networks(struct db_query *q, const struct health_bouncer *b, size_t n)
{
	struct network_columns c = { 0 };

	fill_columns(&c, q->arena, b, n);
	db_query_write(q, networks_sql);
	param_ints(q, b, n, told_id);
	param_ints(q, b, n, asked_us);
	db_param_ints(q, c.ids, c.n, -1);
	db_param_texts(q, c.texts[COL_NAME], c.n);
	db_param_texts(q, c.texts[COL_ADDRESS], c.n);
	db_param_texts(q, c.texts[COL_STATE], c.n);
	db_param_texts(q, c.texts[COL_NICK], c.n);
	db_param_ints(q, c.channels, c.n, -1);
	db_param_texts(q, c.texts[COL_ERROR], c.n);
}

/* ---- Samples ---- */

/* A counter that fell, or whose process is a new one, began anew: all of it is new. The first
 * reading of all says nothing about when it was counted. */
#define COUNTED(counter, is_new)                                                                   \
	"CASE WHEN m.value IS NULL OR " counter " IS NULL THEN 0 WHEN " is_new " OR " counter      \
	" < m.value THEN " counter " ELSE " counter " - m.value END"
/* The clocks of machines are not the same to the second. */
#define IS_RESTARTED "coalesce(u.started > extract(epoch FROM b.running_since) + 5, false)"

/* See health_store.h for the rule. */
#define IS_NEW_MINUTE "excluded.last_minute > d.last_minute"
#define ADD_TO_DAY                                                                                 \
	" ON CONFLICT (bouncer_id, day, network) DO UPDATE SET"                                    \
	" marks = CASE WHEN NOT " IS_NEW_MINUTE " THEN d.marks"                                    \
	" WHEN excluded.last_minute - d.last_minute >= 3"                                          \
	" THEN d.marks || ARRAY[d.last_minute + 1, 0]::smallint[] || excluded.marks"               \
	" WHEN excluded.marks[2] <> d.marks[cardinality(d.marks)] THEN d.marks || excluded.marks"  \
	" ELSE d.marks END,"                                                                       \
	" samples = d.samples + (" IS_NEW_MINUTE ")::int,"                                         \
	" up = d.up + CASE WHEN " IS_NEW_MINUTE " THEN excluded.up ELSE 0 END,"                    \
	" off = d.off + CASE WHEN " IS_NEW_MINUTE " THEN excluded.off ELSE 0 END,"                 \
	" clients_max = greatest(d.clients_max, excluded.clients_max),"                            \
	" relayed = d.relayed + excluded.relayed,"                                                 \
	" last_minute = greatest(d.last_minute, excluded.last_minute)"

/* Who stays connected is written down four times an hour, and with the first sample of a day. */
#define IS_SEEN_LONG_AGO                                                                           \
	"NOT coalesce((SELECT s.client_at > seen - interval '15 minutes' AND s.client_at <= seen"  \
	" AND s.last_day >= day FROM at), false)"

/* Rows of bouncers are locked by the update before anything hangs on them. */
/* clang-format off */
static const char samples_sql[] =
    "WITH at AS (SELECT t, least(t, now()) AS seen, (t AT TIME ZONE 'UTC')::date AS day,"
    "   (extract(hour FROM t AT TIME ZONE 'UTC') * 60"
    "     + extract(minute FROM t AT TIME ZONE 'UTC'))::smallint AS minute"
    "   FROM to_timestamp($1::bigint) t),"
    " s AS (SELECT b.id, u.mark::smallint, u.clients::int, u.started, u.version, u.counter,"
    "   u.are_known, " IS_RESTARTED " AS is_restarted,"
    "   " COUNTED("u.counter", IS_RESTARTED) " AS delta"
    "   FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],"
    "     $7::bigint[], $8::boolean[])"
    "     u (id, mark, clients, started, version, counter, are_known)"
    "   JOIN bouncers b ON b.id = u.id LEFT JOIN soju_meters m ON m.target = b.name),"
    " kept AS (UPDATE bouncers b SET sampled_at = at.t, is_up = CASE s.mark WHEN 1 THEN true WHEN 2 THEN false END,"
    "   clients = CASE WHEN s.mark = 1 THEN s.clients END,"
    "   running_since = CASE WHEN s.mark = 3 THEN NULL"
    "     ELSE coalesce(to_timestamp(s.started), b.running_since) END,"
    "   restarts = CASE WHEN s.started IS NULL THEN b.restarts"
    "     ELSE coalesce(b.restarts, 0) + s.is_restarted::int END,"
    "   version = coalesce(s.version, b.version)"
    "   FROM s, at WHERE b.id = s.id AND " IS_SAMPLED
    "   RETURNING b.id, b.user_id, b.name, s.mark, s.clients, s.counter, s.are_known,"
    "     s.is_restarted, s.delta),"
    " metered AS (INSERT INTO soju_meters AS m (target, value, read_at)"
    "   SELECT k.name, k.counter, at.t FROM kept k, at WHERE k.counter IS NOT NULL"
    "   ORDER BY k.name ON CONFLICT (target) DO UPDATE SET value = excluded.value,"
    "   relayed = m.relayed + (SELECT k.delta FROM kept k WHERE k.name = m.target),"
    "   read_at = excluded.read_at),"
    " here AS (SELECT DISTINCT user_id FROM kept WHERE clients > 0 AND user_id IS NOT NULL),"
    " active AS (INSERT INTO activity_days AS a (day, user_id, sources)"
    "   SELECT at.day, h.user_id, 1 FROM here h, at ORDER BY h.user_id"
    "   ON CONFLICT (day, user_id) DO UPDATE SET sources = a.sources | 1"
    "   WHERE a.sources & 1 = 0 RETURNING 1), "
    LOCK_SEEN("active", "SELECT user_id FROM here", IS_SEEN_LONG_AGO) ","
    " seen AS (UPDATE account_seen s SET client_at = at.seen, " LATER_SEEN("seen_at", "at.seen")
    "   FROM locked l, at WHERE s.user_id = l.user_id)"
    " INSERT INTO bouncer_days AS d (bouncer_id, day, network, marks, last_minute, samples, up, off,"
    "   clients_max, relayed)"
    " SELECT k.id, at.day, '', ARRAY[at.minute, k.mark], at.minute, 1, (k.mark = 1)::int,"
    "   (k.mark = 3)::int, k.clients, k.delta FROM kept k, at"
    " UNION ALL SELECT k.id, at.day, n.name, ARRAY[at.minute, n.mark], at.minute, 1,"
    "   (n.mark = 1)::int, (n.mark = 3)::int, NULL, 0 FROM kept k"
    "   JOIN (SELECT bouncer_id, name, (CASE state WHEN 'connected' THEN 1"
    "     WHEN 'disconnected' THEN 2 ELSE 3 END)::smallint AS mark FROM bouncer_networks) n"
    "   ON n.bouncer_id = k.id CROSS JOIN at WHERE k.are_known"
    ADD_TO_DAY;
/* clang-format on */

static int64_t
id_of(const struct health_bouncer *b)
{
	return b->id;
}

static int64_t
mark_of(const struct health_bouncer *b)
{
	return b->mark;
}

static int64_t
clients_of(const struct health_bouncer *b)
{
	return b->clients;
}

static int64_t
started_of(const struct health_bouncer *b)
{
	return b->started_at;
}

static int64_t
counter_of(const struct health_bouncer *b)
{
	return b->counter;
}

static const char *
version_of(const struct health_bouncer *b)
{
	return b->version;
}

static const char *
known_of(const struct health_bouncer *b)
{
	return b->are_networks_known ? "t" : "f";
}

/* Those that have a sample. */
static size_t
choose_sampled(struct health_bouncer *to, const struct health_bouncer *from, size_t n)
{
	size_t chosen = 0;

	for (size_t i = 0; i < n; i++)
		if (from[i].mark != MARK_UNKNOWN)
			to[chosen++] = from[i];
	return chosen;
}

void
health_store_samples(struct db_query *q, const struct health_bouncer *b, size_t n, int64_t now)
{
	struct health_bouncer *v = arena_array(q->arena, n + 1, sizeof(*v));

	n = choose_sampled(v, b, n);
	db_query_write(q, samples_sql);
	db_param_int(q, now);
	param_ints(q, v, n, id_of);
	param_ints(q, v, n, mark_of);
	param_ints(q, v, n, clients_of);
	param_ints(q, v, n, started_of);
	param_words(q, v, n, version_of);
	param_ints(q, v, n, counter_of);
	param_words(q, v, n, known_of);
}

/*
 * By the meter's own row: those of the bouncers keep an old start for as long as they have no
 * sample, and each reading would seem to be a restart.
 */
#define IS_ANOTHER "coalesce(excluded.started_at > m.started_at + interval '5 seconds', false)"

/* clang-format off */
static const char shared_meter_sql[] =
    "INSERT INTO soju_meters AS m (target, value, read_at, started_at)"
    " VALUES ('', $1::bigint, to_timestamp($3::bigint), to_timestamp(nullif($2::bigint, -1)))"
    " ON CONFLICT (target) DO UPDATE SET value = excluded.value, read_at = excluded.read_at,"
    " relayed = m.relayed + " COUNTED("excluded.value", IS_ANOTHER) ","
    " started_at = coalesce(excluded.started_at, m.started_at)";
/* clang-format on */

void
health_store_shared_meter(struct db_query *q, int64_t counter, int64_t started_at, int64_t now)
{
	db_query_write(q, shared_meter_sql);
	db_param_int(q, counter);
	db_param_int(q, started_at);
	db_param_int(q, now);
}

static const char purge_sql[] =
    "WITH old AS (SELECT bouncer_id, day, network FROM bouncer_days"
    " WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int ORDER BY day LIMIT $2::bigint),"
    " gone AS (DELETE FROM bouncer_days d USING old WHERE d.bouncer_id = old.bouncer_id"
    " AND d.day = old.day AND d.network = old.network RETURNING 1)"
    " SELECT count(*) FROM gone";

void
health_store_purge(struct db_query *q, int64_t keep_days, int64_t at_most)
{
	db_query_write(q, purge_sql);
	db_param_int(q, keep_days);
	db_param_int(q, at_most);
}
