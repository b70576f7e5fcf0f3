#include "activity/activity_store.h"

#include "db/db_row.h"

/* The first day that activity_make_partitions() makes room for. */
#define FIRST_DAY "date_trunc('month', now() AT TIME ZONE 'UTC')::date - interval '1 month'"
#define DAY_OF(seconds) "(to_timestamp(" seconds ") AT TIME ZONE 'UTC')::date"
#define ADD                                                                                        \
	" ON CONFLICT (day, user_id) DO UPDATE SET sources = a.sources | excluded.sources"         \
	" WHERE a.sources & excluded.sources <> excluded.sources"

/* clang-format off */
static const char subs_sql[] =
    "WITH added AS (INSERT INTO activity_days AS a (day, user_id, sources)"
    " SELECT " DAY_OF("$1::bigint") ", id, $2::smallint FROM users"
    " WHERE keycloak_sub = ANY ($3::text[]) AND " DAY_OF("$1::bigint") " >= " FIRST_DAY
    " ORDER BY id" ADD " RETURNING a.user_id), "
    LOCK_SEEN("added", "SELECT user_id FROM added", "true")
    " UPDATE account_seen s SET " LATER_SEEN("seen_at",
	"least(now(), to_timestamp($1::bigint) + interval '1 day')")
    " FROM locked l WHERE s.user_id = l.user_id";
/* clang-format on */

void
activity_store_subs(
    struct db_query *q, int64_t day, enum activity_bit bit, const char *const *subs, size_t n)
{
	db_query_write(q, subs_sql);
	db_param_int(q, day);
	db_param_int(q, bit);
	db_param_texts(q, subs, n);
}

/*
 * "told" has who was seen when, by bouncers that `which` is true of: s is (word, at) as it was
 * given, b a bouncer.
 */
/* clang-format off */
#define SOJU_SQL(which)                                                                            \
    "WITH told AS MATERIALIZED (SELECT b.user_id, least(to_timestamp(s.at), now()) AS at"          \
    " FROM unnest($1::text[], $2::bigint[]) s (word, at) JOIN bouncers b ON " which                \
    " WHERE b.user_id IS NOT NULL AND " DAY_OF("s.at") " >= " FIRST_DAY                            \
    " AND to_timestamp(s.at) <= now() + interval '1 hour'),"                                       \
    " added AS (INSERT INTO activity_days AS a (day, user_id, sources)"                            \
    " SELECT DISTINCT (at AT TIME ZONE 'UTC')::date AS day, user_id, 1 FROM told"                  \
    " ORDER BY day, user_id" ADD " RETURNING 1), "                                                 \
    LOCK_SEEN("added", "SELECT user_id FROM told", "true")                                         \
    " UPDATE account_seen s SET " LATER_SEEN("client_at", "t.at") ", "                             \
    LATER_SEEN("seen_at", "t.at")                                                                  \
    " FROM locked l JOIN (SELECT user_id, max(at) AS at FROM told GROUP BY user_id) t"             \
    " ON t.user_id = l.user_id WHERE s.user_id = l.user_id"                                        \
    " AND (s.client_at IS NULL OR s.client_at < t.at OR s.client_at > now())"

/* An account with a soju of its own has its name there; only those of the shared one are meant. */
static const char soju_sql[] =
    SOJU_SQL("b.soju_username = s.word AND b.provisioner <> 'kubernetes'");
/* Where each has its own, many may have a user of the same name. */
static const char own_soju_sql[] = SOJU_SQL("b.name = s.word");
/* clang-format on */

static void
add_seen(struct db_query *q, const char *const *words, const int64_t *at, size_t n)
{
	db_param_texts(q, words, n);
	db_param_ints(q, at, n, -1);
}

void
activity_store_soju(struct db_query *q, const char *const *usernames, const int64_t *at, size_t n)
{
	db_query_write(q, soju_sql);
	add_seen(q, usernames, at, n);
}

void
activity_store_own_soju(struct db_query *q, const char *const *names, const int64_t *at, size_t n)
{
	db_query_write(q, own_soju_sql);
	add_seen(q, names, at, n);
}

static const char uncounted_sql[] =
    "SELECT name, soju_username FROM bouncers WHERE user_id IS NOT NULL AND clients IS NULL"
    " AND (provisioner = 'none' OR ready_at IS NOT NULL) AND state <> 'removing' ORDER BY id";

void
activity_store_uncounted(struct db_query *q)
{
	db_query_read(q, uncounted_sql);
}

enum err
activity_store_uncounted_read(struct activity_soju_list *list, struct arena *a, const PGresult *res)
{
	const size_t n = (size_t)PQntuples(res);
	enum err e = ERR_OK;

	*list = (struct activity_soju_list){ .v = arena_array(a, n + 1, sizeof(*list->v)) };
	for (; list->n < n && e == ERR_OK; list->n++) {
		struct db_row r = db_row_at(res, (int)list->n);

		list->v[list->n].name = db_row_text(&r, a);
		list->v[list->n].username = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

static const char cursor_sql[] =
    "SELECT extract(epoch FROM greatest(coalesce((SELECT day FROM activity_cursors"
    " WHERE source = $1), (now() AT TIME ZONE 'UTC')::date - 1), " FIRST_DAY "))::bigint";

void
activity_store_cursor(struct db_query *q, const char *source)
{
	db_query_read(q, cursor_sql);
	db_param_text(q, source);
}

static const char move_cursor_sql[] =
    "INSERT INTO activity_cursors AS c (source, day) VALUES ($1, " DAY_OF(
	"$2::bigint") ")"
		      " ON CONFLICT (source) DO UPDATE SET day = greatest(c.day, excluded.day)";

void
activity_store_move_cursor(struct db_query *q, const char *source, int64_t day)
{
	db_query_write(q, move_cursor_sql);
	db_param_text(q, source);
	db_param_int(q, day);
}

void
activity_store_make_partitions(struct db_query *q, int64_t months_ahead)
{
	db_query_write(q, "SELECT activity_make_partitions($1::integer)");
	db_param_int(q, months_ahead);
}
