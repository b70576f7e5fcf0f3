#include "activity/activity_store.h"

/* The first day that activity_make_partitions() makes room for. */
#define FIRST_DAY "date_trunc('month', now() AT TIME ZONE 'UTC')::date - interval '1 month'"
#define DAY_OF(seconds) "(to_timestamp(" seconds ") AT TIME ZONE 'UTC')::date"
#define ADD                                                                                        \
	" ON CONFLICT (day, user_id) DO UPDATE SET sources = a.sources | excluded.sources"         \
	" WHERE a.sources & excluded.sources <> excluded.sources"

static const char subs_sql[] =
    "INSERT INTO activity_days AS a (day, user_id, sources)"
    " SELECT " DAY_OF("$1::bigint") ", id, $2::smallint FROM users"
				    " WHERE keycloak_sub = ANY ($3::text[]) AND " DAY_OF(
					"$1::bigint") " >= " FIRST_DAY " ORDER BY id" ADD;

void
activity_store_subs(
    struct db_query *q, int64_t day, enum activity_bit bit, const char *const *subs, size_t n)
{
	db_query_write(q, subs_sql);
	db_param_int(q, day);
	db_param_int(q, bit);
	db_param_texts(q, subs, n);
}

/* An account with a soju of its own has its name there; only those of the shared one are meant. */
static const char soju_sql[] =
    "INSERT INTO activity_days AS a (day, user_id, sources)"
    " SELECT DISTINCT " DAY_OF(
	"s.at") " AS day, b.user_id, 1"
		" FROM unnest($1::text[], $2::bigint[]) s (username, at)"
		" JOIN bouncers b ON b.soju_username = s.username"
		" WHERE b.provisioner <> 'kubernetes' AND b.user_id IS NOT NULL"
		" AND " DAY_OF("s.at") " >= " FIRST_DAY
				       " AND to_timestamp(s.at) <= now() + interval '1 hour'"
				       " ORDER BY day, b.user_id" ADD;

void
activity_store_soju(struct db_query *q, const char *const *usernames, const int64_t *at, size_t n)
{
	db_query_write(q, soju_sql);
	db_param_texts(q, usernames, n);
	db_param_ints(q, at, n, -1);
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
