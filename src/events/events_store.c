#include "events/events_store.h"

#include "db/db_row.h"

void
events_store_make_partitions(struct db_query *q, int64_t months_ahead)
{
	db_query_write(q, "SELECT events_make_partitions($1::integer)");
	db_param_int(q, months_ahead);
}

void
events_store_drop_partitions(struct db_query *q, int64_t keep_days)
{
	db_query_write(q, "SELECT events_drop_partitions($1::integer)");
	db_param_int(q, keep_days);
}

/*
 * Staff, test and banned accounts are left out of every figure. The bounds are sub-selects of their
 * own so that the planner passes over the partitions outside them.
 */
static const char add_days_sql[] =
    "WITH span AS ("
    " SELECT coalesce(max(day) + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' AS first,"
    " date_trunc('day', (now() - interval '1 hour') AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS past"
    " FROM event_days),"
    " added AS (INSERT INTO event_days (event_type, day, events)"
    " SELECT e.event_type, (e.created_at AT TIME ZONE 'UTC')::date, count(*)"
    " FROM events e JOIN users u ON u.keycloak_sub = e.user_sub"
    " WHERE e.created_at >= (SELECT first FROM span) AND e.created_at < (SELECT past FROM span)"
    " AND NOT (u.is_staff OR u.is_test OR u.is_banned)"
    " GROUP BY 1, 2 RETURNING 1)"
    " SELECT count(*) FROM added";

void
events_store_add_days(struct db_query *q)
{
	db_query_write(q, add_days_sql);
}
