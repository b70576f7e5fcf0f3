#include "users/user_figures_store.h"

#include "db/db_row.h"
#include "events/events.h"

const char *const user_figure_words[USER_FIGURE__MAX] = {
	[USER_ACCOUNTS] = "accounts",
	[USER_SIGNUPS_TODAY] = "signups_today",
	[USER_SIGNUPS_7D] = "signups_7d",
	[USER_SIGNUPS_30D] = "signups_30d",
	[USER_LOGINS] = "logins_total",
	[USER_ACTIVE_24H] = "active_users_24h",
	[USER_BOUNCER_ACTIVE_24H] = "bouncer_active_users",
	[USER_ACTIVE_1D] = "active_users_1d",
	[USER_ACTIVE_7D] = "active_users_7d",
	[USER_ACTIVE_30D] = "active_users_30d",
	[USER_COHORT_SIGNUPS] = "retention_cohort_signups",
	[USER_COHORT_ACTIVE] = "retention_cohort_active",
	[USER_COHORT_RETENTION] = "retention_cohort",
	[USER_UPGRADED_30D] = "conversion_upgraded_30d",
	[USER_CONVERSION_30D] = "conversion_rate_30d",
	[USER_MATURE_SIGNUPS] = "cohort_conversion_signups",
	[USER_MATURE_CONVERTED] = "cohort_conversion_converted",
	[USER_MATURE_CONVERSION] = "cohort_conversion_ratio",
};

#define VALUE(name) "(SELECT " name " FROM t)"
#define MIDNIGHT(name) "(SELECT " name "::timestamp AT TIME ZONE 'UTC' FROM t)"
#define RATIO(part, whole) "trim_scale(round(" part "::numeric / nullif(" whole ", 0), 12))"
/* A moment that lies ahead is of a clock that was wrong, and says nothing. */
#define IS_RECENT(column) "s." column " > " VALUE("since") " AND s." column " < " VALUE("until")

/*
 * One scan of account_seen, grouped by the day of signing up, which is cheaper than by the month:
 * the rest adds up at most some hundred of those. The last day before today is in the row, unless
 * clocks have been ahead; then it is looked up.
 */
/* clang-format off */
static const char figures_sql[] =
    "WITH t AS MATERIALIZED (SELECT now() - interval '24 hours' AS since,"
    "   now() + interval '1 hour' AS until, d AS today, d - 1 AS day1, d - 7 AS day7, d - 30 AS day30,"
    "   d - 60 AS day60, (date_trunc('month', d::timestamp) - interval '23 months')::date AS oldest"
    "   FROM (SELECT (now() AT TIME ZONE 'UTC')::date) n (d)),"
    " seen AS (SELECT s.signed_up, " IS_RECENT("seen_at") " AS is_seen,"
    "   " IS_RECENT("client_at") " AS is_client,"
    "   CASE WHEN s.last_day < " VALUE("today") " THEN s.last_day"
    "     WHEN s.prev_day < " VALUE("today") " THEN s.prev_day"
    "     WHEN s.prev_day IS NOT NULL"
    "     THEN activity_last_day(s.user_id, " VALUE("today") ") END AS day,"
    "   CASE WHEN s.upgraded_day < " VALUE("today") " THEN s.upgraded_day"
    "     ELSE s.upgraded_prev END AS upgraded"
    "   FROM account_seen s WHERE s.is_counted),"
    " days AS MATERIALIZED (SELECT signed_up AS day, count(*) AS n,"
    "   count(*) FILTER (WHERE is_seen) AS seen, count(*) FILTER (WHERE is_client) AS client,"
    "   count(*) FILTER (WHERE day >= " VALUE("day1") ") AS active1,"
    "   count(*) FILTER (WHERE day >= " VALUE("day7") ") AS active7,"
    "   count(*) FILTER (WHERE day >= " VALUE("day30") ") AS active30,"
    "   count(*) FILTER (WHERE upgraded >= " VALUE("day30") ") AS upgraded"
    "   FROM seen GROUP BY signed_up),"
    " sums AS (SELECT coalesce(sum(n), 0) AS accounts,"
    "   coalesce(sum(n) FILTER (WHERE day >= today), 0) AS today,"
    "   coalesce(sum(n) FILTER (WHERE day >= day7 AND day < today), 0) AS week,"
    "   coalesce(sum(n) FILTER (WHERE day >= day30 AND day < today), 0) AS month,"
    "   coalesce(sum(n) FILTER (WHERE day >= day60 AND day < day30), 0) AS mature,"
    "   coalesce(sum(seen), 0) AS seen, coalesce(sum(client), 0) AS client,"
    "   coalesce(sum(active1), 0) AS active1, coalesce(sum(active7), 0) AS active7,"
    "   coalesce(sum(active30), 0) AS active30, coalesce(sum(upgraded), 0) AS upgraded"
    "   FROM days, t),"
    " cohorts AS (SELECT to_char(day::timestamp, 'YYYY-MM') AS month, sum(n) AS n,"
    "   sum(active30) AS active FROM days, t WHERE day >= oldest AND day < today GROUP BY 1),"
    " converted AS (SELECT count(*) AS n FROM users u"
    "   WHERE u.created_at >= " MIDNIGHT("day60") " AND u.created_at < " MIDNIGHT("day30")
    "   AND NOT (u.is_staff OR u.is_test OR u.is_banned) AND EXISTS (SELECT"
    "     FROM stripe_customers c JOIN stripe_subscriptions b ON b.customer_id = c.id"
    "     JOIN stripe_subscription_changes x ON x.subscription_id = b.id"
    "     WHERE c.user_id = u.id AND b.is_live = $2 AND x.mrr > 0"
    "     AND x.at < u.created_at + interval '30 days'))"
    " SELECT f.name, '', f.value::text FROM sums, LATERAL (VALUES"
    "   ('accounts', accounts), ('signups_today', today), ('signups_7d', week),"
    "   ('signups_30d', month), ('active_users_24h', seen), ('bouncer_active_users',"
    "   CASE WHEN $3::boolean THEN client END),"
    "   ('active_users_1d', active1), ('active_users_7d', active7),"
    "   ('active_users_30d', active30), ('conversion_upgraded_30d', upgraded),"
    "   ('conversion_rate_30d', " RATIO("upgraded", "month") ")) f (name, value)"
    "   WHERE f.value IS NOT NULL"
    " UNION ALL SELECT 'logins_total', '', coalesce(sum(events), 0)::text FROM event_days"
    "   WHERE event_type = '" EVENT_WORD_LOGIN "'"
    " UNION ALL SELECT f.name, month, f.value::text FROM cohorts, LATERAL (VALUES"
    "   ('retention_cohort_signups', n), ('retention_cohort_active', active),"
    "   ('retention_cohort', " RATIO("active", "n") ")) f (name, value)"
    " UNION ALL SELECT f.name, '', f.value::text FROM sums, converted, LATERAL (VALUES"
    "   ('cohort_conversion_signups', mature), ('cohort_conversion_converted', converted.n),"
    "   ('cohort_conversion_ratio', " RATIO("converted.n", "mature") ")) f (name, value)"
    "   WHERE $1::boolean AND f.value IS NOT NULL";
/* clang-format on */

void
user_figures_store_ask(struct db_query *q, struct user_figures_scope scope)
{
	db_query_read(q, figures_sql);
	db_param_bool(q, scope.has_billing);
	db_param_bool(q, scope.is_live);
	db_param_bool(q, scope.has_bouncers);
}
