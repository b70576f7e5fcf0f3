#include "bouncer/health_figures_store.h"

#include "db/db_row.h"

static const char *const state_words[HEALTH_STATE__MAX] = {
	[HEALTH_UP] = "up",
	[HEALTH_DOWN] = "down",
	[HEALTH_OFF] = "off",
	[HEALTH_UNKNOWN] = "unknown",
};
static const char *const link_words[HEALTH_LINK__MAX] = {
	[HEALTH_CONNECTED] = "connected",
	[HEALTH_DISCONNECTED] = "disconnected",
	[HEALTH_DISABLED] = "disabled",
	[HEALTH_LINK_UNKNOWN] = "unknown",
};

/* clang-format off */
static const char figures_sql[] =
    "WITH b AS MATERIALIZED (SELECT id, clients, coalesce(sampled_at, ready_at) AS seen_at,"
    "   CASE WHEN suspended_at IS NOT NULL OR state = 'deleting' THEN 'off'"
    "     WHEN sampled_at > now() - interval '3 minutes' AND is_up THEN 'up'"
    "     WHEN sampled_at > now() - interval '3 minutes' AND NOT is_up THEN 'down'"
    "     ELSE 'unknown' END AS how FROM bouncers WHERE provisioner <> 'none'"
    "   AND ready_at IS NOT NULL AND state <> 'removing'),"
    " n AS (SELECT CASE WHEN b.how = 'up' THEN n.state ELSE 'unknown' END AS how"
    "   FROM bouncer_networks n JOIN b ON b.id = n.bouncer_id)"
    " SELECT (SELECT count(*) FROM b WHERE how = 'up'), (SELECT count(*) FROM b WHERE how = 'down'),"
    " (SELECT count(*) FROM b WHERE how = 'off'), (SELECT count(*) FROM b WHERE how = 'unknown'),"
    " (SELECT count(*) FROM n WHERE how = 'connected'),"
    " (SELECT count(*) FROM n WHERE how = 'disconnected'),"
    " (SELECT count(*) FROM n WHERE how = 'disabled'),"
    " (SELECT count(*) FROM n WHERE how = 'unknown'),"
    " (SELECT sum(clients) FROM b WHERE how = 'up'), (SELECT sum(relayed)::bigint FROM soju_meters),"
    " (SELECT max(greatest(extract(epoch FROM now() - seen_at), 0))::bigint FROM b"
    "   WHERE how <> 'off'),"
    " (SELECT (extract(epoch FROM ended_at - started_at) * 1000)::bigint FROM job_runs"
    "   WHERE job = 'bouncer_health' AND ended_at IS NOT NULL ORDER BY started_at DESC LIMIT 1)";
/* clang-format on */

void
health_figures_store_ask(struct db_query *q)
{
	db_query_read(q, figures_sql);
}

enum err
health_figures_store_read(struct health_figures *f, const PGresult *res)
{
	struct db_row r;

	if (PQntuples(res) != 1)
		return ERR_INTERNAL;
	r = db_row_at(res, 0);
	for (int i = 0; i < HEALTH_STATE__MAX; i++)
		f->bouncers[i] = db_row_int(&r);
	for (int i = 0; i < HEALTH_LINK__MAX; i++)
		f->networks[i] = db_row_int(&r);
	f->clients = db_row_int_or(&r, -1);
	f->relayed = db_row_int_or(&r, -1);
	f->sample_age_s = db_row_int_or(&r, -1);
	f->round_ms = db_row_int_or(&r, -1);
	return db_row_end(&r);
}

static void
add_if_known(struct metrics_figure_list *to, struct arena *a, enum metric_figure f, double value,
    int64_t now)
{
	if (value >= 0)
		metrics_figure_add(
		    to, a, (struct metrics_figure){ .figure = f, .value = value, .at = now });
}

static void
add_each(struct metrics_figure_list *to, struct arena *a, enum metric_figure f,
    const char *const *words, const int64_t *counts, int n, int64_t now)
{
	for (int i = 0; i < n; i++)
		metrics_figure_add(to, a,
		    (struct metrics_figure){
			.figure = f, .first = words[i], .value = (double)counts[i], .at = now });
}

void
health_figures_store_add(
    struct metrics_figure_list *to, struct arena *a, const struct health_figures *f, int64_t now)
{
	add_if_known(to, a, FIGURE_BOUNCER_CLIENTS, (double)f->clients, now);
	add_if_known(to, a, FIGURE_MESSAGES_RELAYED, (double)f->relayed, now);
	add_if_known(to, a, FIGURE_BOUNCER_SAMPLE_AGE, (double)f->sample_age_s, now);
	add_if_known(to, a, FIGURE_BOUNCER_ROUND, (double)f->round_ms / 1000, now);
	add_each(to, a, FIGURE_BOUNCERS, state_words, f->bouncers, HEALTH_STATE__MAX, now);
	add_each(to, a, FIGURE_BOUNCER_NETWORKS, link_words, f->networks, HEALTH_LINK__MAX, now);
}
