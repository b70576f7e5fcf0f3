#include "track/track_store.h"

#include "db/db_row.h"

#define EPOCH "'1970-01-01'::date"

/* Who sends the same once more waits here for the first, and then finds it taken. */
#define TAKEN                                                                                      \
	"doc AS (SELECT $1::jsonb AS d), taken AS ("                                               \
	" INSERT INTO track_senders AS s (sender, service, number)"                                \
	" SELECT (d->>'sender')::uuid, d->>'service', (d->>'number')::bigint FROM doc"             \
	" ON CONFLICT (sender) DO UPDATE SET number = excluded.number, taken_at = now()"           \
	" WHERE s.number < excluded.number RETURNING service)"

#define COUNTED                                                                                    \
	"counted AS (INSERT INTO requests_daily AS r"                                              \
	" (day, service, route, class, requests, sum_us, buckets)"                                 \
	" SELECT " EPOCH " + n.day, t.service, n.route, n.class,"                                  \
	" (SELECT sum(b)::bigint FROM unnest(n.buckets) AS b), n.sum_us, n.buckets"                \
	" FROM taken t, doc, jsonb_to_recordset(d->'requests')"                                    \
	" AS n (day int, route text, class smallint, sum_us bigint, buckets bigint[])"             \
	" ORDER BY 1, 2, 3, 4"                                                                     \
	" ON CONFLICT (day, service, route, class) DO UPDATE SET"                                  \
	" requests = r.requests + excluded.requests, sum_us = r.sum_us + excluded.sum_us,"         \
	" buckets = (SELECT array_agg(a + b ORDER BY i)"                                           \
	" FROM unnest(r.buckets, excluded.buckets) WITH ORDINALITY AS u (a, b, i)))"

#define TOLD                                                                                       \
	"told AS (SELECT " EPOCH " + n.day AS day, t.service, n.route, n.cause, n.status,"         \
	" n.errors, to_timestamp(n.first_at) AS first_at, to_timestamp(n.last_at) AS last_at,"     \
	" n.request FROM taken t, doc, jsonb_to_recordset(d->'errors')"                            \
	" AS n (day int, route text, cause text, status smallint, errors bigint,"                  \
	" first_at bigint, last_at bigint, request text))"

/* Which of the groups that are not there yet find no room. */
#define RANKED                                                                                     \
	"ranked AS (SELECT t.*, l.day IS NULL AND $2::bigint <"                                    \
	" row_number() OVER (PARTITION BY t.day, l.day IS NULL ORDER BY route, cause, status)"     \
	" + (SELECT count(*) FROM error_log o WHERE o.day = t.day AND o.service = t.service)"      \
	" AS is_other FROM told t LEFT JOIN error_log l"                                           \
	" USING (day, service, route, cause, status))"

#define LOGGED                                                                                     \
	"logged AS (INSERT INTO error_log AS l"                                                    \
	" (day, service, route, cause, status, errors, first_at, last_at, request)"                \
	" SELECT day, service, CASE WHEN is_other THEN 'other' ELSE route END,"                    \
	" CASE WHEN is_other THEN 'other' ELSE cause END,"                                         \
	" CASE WHEN is_other THEN 0 ELSE status END, sum(errors)::bigint, min(first_at),"          \
	" max(last_at), (array_agg(request ORDER BY last_at DESC))[1]"                             \
	" FROM ranked GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"                               \
	" ON CONFLICT (day, service, route, cause, status) DO UPDATE SET"                          \
	" errors = l.errors + excluded.errors,"                                                    \
	" first_at = least(l.first_at, excluded.first_at),"                                        \
	" last_at = greatest(l.last_at, excluded.last_at),"                                        \
	" request = CASE WHEN excluded.last_at >= l.last_at"                                       \
	" THEN coalesce(excluded.request, l.request) ELSE l.request END)"

/*
 * Rows are written in the order of their keys, so that two replicas wait for each other instead of
 * both for ever.
 */
void
track_store_add(struct db_query *q, const char *report)
{
	db_query_write(q, "WITH " TAKEN ", " COUNTED ", " TOLD ", " RANKED ", " LOGGED
			  " SELECT EXISTS (SELECT FROM taken)");
	db_param_text(q, report);
	db_param_int(q, TRACK_GROUPS_MAX);
}

/* ---- Pages ---- */

static void
add_range(struct db_query *q, const struct track_range *range)
{
	db_param_int(q, range->first_day);
	db_param_int(q, range->last_day);
	db_param_text(q, range->service);
}

#define IN_RANGE                                                                                   \
	" day BETWEEN " EPOCH " + $1::int AND " EPOCH " + $2::int"                                 \
	" AND ($3::text IS NULL OR service = $3)"
/* What programs ask for by the clock would hide what people do. */
#define OF_PEOPLE IN_RANGE " AND route NOT IN ('healthz', 'readyz', 'metrics')"

#define B(i) ", sum(buckets[" #i "])::bigint"
#define SUMS                                                                                       \
	"sum(requests)::bigint, coalesce(sum(requests) FILTER (WHERE class = 4), 0)::bigint,"      \
	" coalesce(sum(requests) FILTER (WHERE class = 5), 0)::bigint,"                            \
	" sum(sum_us)::bigint" B(1) B(2) B(3) B(4) B(5) B(6) B(7) B(8) B(9) B(10) B(11) B(12)

static void
read_buckets(struct db_row *r, int64_t buckets[TRACK_BUCKETS])
{
	for (int i = 0; i < TRACK_BUCKETS; i++)
		buckets[i] = db_row_int(r);
}

void
track_store_routes(
    struct db_query *q, const struct track_range *range, enum track_order order, int n)
{
	db_query_history(q,
	    "SELECT service, route, " SUMS " FROM requests_daily WHERE" OF_PEOPLE
	    " GROUP BY service, route ORDER BY CASE $4::int WHEN 0 THEN sum(requests)"
	    " WHEN 1 THEN sum(sum_us) / sum(requests)"
	    " ELSE coalesce(sum(requests) FILTER (WHERE class = 5), 0) END DESC,"
	    " sum(requests) DESC, service, route LIMIT $5");
	add_range(q, range);
	db_param_int(q, order);
	db_param_int(q, n);
}

enum err
track_store_routes_read(const PGresult *res, struct arena *a, struct track_route **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct track_route *to = &(*rows)[i];

		to->service = db_row_text(&r, a);
		to->route = db_row_text(&r, a);
		to->requests = db_row_int(&r);
		to->refused = db_row_int(&r);
		to->failed = db_row_int(&r);
		to->sum_us = db_row_int(&r);
		read_buckets(&r, to->buckets);
		e = db_row_end(&r);
	}
	return e;
}

/* ---- Days ---- */

void
track_store_days(struct db_query *q, const struct track_range *range)
{
	db_query_history(q, "SELECT day - " EPOCH ", " SUMS " FROM requests_daily WHERE" OF_PEOPLE
			    " GROUP BY day ORDER BY day");
	add_range(q, range);
}

enum err
track_store_days_read(const PGresult *res, struct arena *a, struct track_day **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct track_day *to = &(*rows)[i];

		to->day = db_row_int(&r);
		to->requests = db_row_int(&r);
		to->refused = db_row_int(&r);
		to->failed = db_row_int(&r);
		to->sum_us = db_row_int(&r);
		read_buckets(&r, to->buckets);
		e = db_row_end(&r);
	}
	return e;
}

/* ---- Errors ---- */

void
track_store_groups(
    struct db_query *q, const struct track_range *range, int min_status, int skip, int n)
{
	db_query_history(q,
	    "SELECT day - " EPOCH ", service, route, cause, status, errors,"
	    " floor(extract(epoch FROM first_at))::bigint,"
	    " floor(extract(epoch FROM last_at))::bigint, request FROM error_log WHERE" IN_RANGE
	    " AND (status >= $4 OR status = 0)"
	    " ORDER BY last_at DESC, day DESC, service, route, cause, status LIMIT $6 OFFSET $5");
	add_range(q, range);
	db_param_int(q, min_status);
	db_param_int(q, skip);
	db_param_int(q, n);
}

enum err
track_store_groups_read(const PGresult *res, struct arena *a, struct track_group **rows, size_t *n)
{
	enum err e = ERR_OK;

	*n = (size_t)PQntuples(res);
	*rows = arena_array(a, *n, sizeof(**rows));
	for (int i = 0; i < PQntuples(res) && e == ERR_OK; i++) {
		struct db_row r = db_row_at(res, i);
		struct track_group *to = &(*rows)[i];

		to->day = db_row_int(&r);
		to->service = db_row_text(&r, a);
		to->route = db_row_text(&r, a);
		to->cause = db_row_text(&r, a);
		to->status = db_row_int(&r);
		to->errors = db_row_int(&r);
		to->first_at = db_row_int(&r);
		to->last_at = db_row_int(&r);
		to->request = db_row_text(&r, a);
		e = db_row_end(&r);
	}
	return e;
}

void
track_store_count_groups(struct db_query *q, int64_t day)
{
	db_query_read(q, "SELECT count(*) FROM error_log WHERE day = " EPOCH " + $1::int");
	db_param_int(q, day);
}

/* ---- Retention ---- */

void
track_store_purge(struct db_query *q, int64_t requests_days, int64_t errors_days)
{
	db_query_write(q,
	    "WITH today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day), r AS ("
	    " DELETE FROM requests_daily USING today"
	    " WHERE requests_daily.day < today.day - $1::int RETURNING 1), e AS ("
	    " DELETE FROM error_log USING today"
	    " WHERE error_log.day < today.day - $2::int RETURNING 1), s AS ("
	    " DELETE FROM track_senders WHERE taken_at < now() - $3 * interval '1 day' RETURNING 1)"
	    " SELECT (SELECT count(*) FROM r) + (SELECT count(*) FROM e)"
	    " + (SELECT count(*) FROM s)");
	db_param_int(q, requests_days);
	db_param_int(q, errors_days);
	db_param_int(q, TRACK_SENDERS_DAYS);
}
