#include "metrics/gauge_store.h"

#include "db/db_row.h"
#include "events/events.h"

#define COUNTED " AND NOT (u.is_staff OR u.is_test OR u.is_banned)"

static const char figures_sql[] =
    "WITH day AS (SELECT date_trunc('day', now() AT TIME ZONE 'UTC') AS today),"
    " edge AS (SELECT today AT TIME ZONE 'UTC' AS today,"
    " (today - interval '7 days') AT TIME ZONE 'UTC' AS week FROM day),"
    " past AS (SELECT coalesce(sum(events), 0) AS logins,"
    " coalesce(max(day) + 1, '-infinity')::timestamp AT TIME ZONE 'UTC' AS until"
    " FROM event_days WHERE event_type = '" EVENT_WORD_LOGIN "')"
    " SELECT"
    " (SELECT count(*) FROM users u WHERE u.created_at >= (SELECT week FROM edge)"
    " AND u.created_at < (SELECT today FROM edge)" COUNTED "),"
    " (SELECT count(*) FROM users u WHERE u.created_at >= (SELECT today FROM edge)" COUNTED "),"
    " (SELECT logins FROM past) + (SELECT count(*) FROM events e"
    " JOIN users u ON u.keycloak_sub = e.user_sub WHERE e.event_type = '" EVENT_WORD_LOGIN "'"
    " AND e.created_at >= (SELECT until FROM past)" COUNTED ")";

void
gauge_store_figures(struct db_query *q)
{
	db_query_read(q, figures_sql);
}

enum err
gauge_store_figures_read(const PGresult *res, struct gauge_figures *f)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	f->signups_7d = db_row_int(&r);
	f->signups_today = db_row_int(&r);
	f->logins = db_row_int(&r);
	return db_row_end(&r);
}

void
gauge_store_add(
    struct metrics_figure_list *to, struct arena *a, const struct gauge_figures *f, int64_t now)
{
	const struct metrics_figure all[] = {
		{ .figure = FIGURE_SIGNUPS_7D, .value = (double)f->signups_7d, .at = now },
		{ .figure = FIGURE_SIGNUPS_TODAY, .value = (double)f->signups_today, .at = now },
		{ .figure = FIGURE_LOGINS_TOTAL, .value = (double)f->logins, .at = now },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		metrics_figure_add(to, a, all[i]);
}
