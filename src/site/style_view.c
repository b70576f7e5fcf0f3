/* See style_view.h. */
#include "site/style_view.h"

#include "base/strbuf.h"
#include "site/style_charts.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

VIEW_DEFINE(style_chart, STYLE_CHART)
VIEW_DEFINE(style, STYLE)

static const struct nav_page pages[] = {
	{ "Dashboard", NULL, "/dashboard", "Dashboard", NULL },
	{ "Billing", NULL, "/billing", "Billing", NULL },
	{ "Help", NULL, "/help", "Help", NULL },
	{ "Account", NULL, "/account", "Your account", NULL },
	{ "Admin", NULL, "/style", "Overview", NULL },
	{ "Admin", "People", "/style/users", "Users", NULL },
	{ "Admin", "People", "/style/tickets", "Tickets", NULL },
	{ "Admin", "People", "/style/nps", "Satisfaction", NULL },
	{ "Admin", "Money", "/style/revenue", "Revenue", NULL },
	{ "Admin", "Money", "/style/subscriptions", "Subscriptions", NULL },
	{ "Admin", "Money", "/style/reconciliation", "Reconciliation", NULL },
	{ "Admin", "Money", "/style/webhooks", "Webhooks", NULL },
	{ "Admin", "Content", "/style/content", "Pastes and pictures", NULL },
	{ "Admin", "Content", "/style/networks", "Networks", NULL },
	{ "Admin", "Service", "/style/health", "Health", NULL },
	{ "Admin", "Service", "/style/jobs", "Jobs", NULL },
	{ "Admin", "Service", "/style/errors", "Errors", NULL },
	{ "Admin", "Service", "/style/audit", "Audit log", NULL },
	{ "Admin", "Numbers", "/style/metrics", "Metrics", NULL },
	{ "Admin", "Numbers", "/style/cohorts", "Cohorts", NULL },
	{ "Admin", "Numbers", "/style/reports", "Reports", NULL },
	{ "Admin", "Numbers", "/style/settings", "Settings", NULL },
};

void
style_view_nav(struct style_view *v, struct arena *arena)
{
	frame_view_nav(&v->frame, pages, COUNT(pages), arena);
}

static void
stats_init(struct style_view *v, int64_t now, struct arena *arena)
{
	static const struct stat_view samples[] = {
		{ .label = "Monthly revenue",
		    .figure = { .value = "€12,345.67" },
		    .delta = "€310.00 more than last month",
		    .tone = "good",
		    .about = "What all living subscriptions bring in a month, yearly plans by "
			     "twelfths, without trials.",
		    .about_href = "/style" },
		{ .label = "Churn in 30 days",
		    .figure = { .value = "3 of 14" },
		    .delta = "2 more than before",
		    .tone = "bad",
		    .about = "Below 20 accounts a percentage would say more than is known." },
		{ .label = "Active users",
		    .figure = { .value = "1,204" },
		    .delta = "as yesterday" },
		{ .label = "Bouncers connected",
		    .figure = { .unknown = "the service does not answer" } },
		{ .label = "Storage", .figure = { .value = "1.2 GB", .note = "of 5 GB" } },
	};

	v->stats.v = arena_array(arena, COUNT(samples), sizeof(*v->stats.v));
	v->stats.n = COUNT(samples);
	for (size_t i = 0; i < COUNT(samples); i++)
		v->stats.v[i] = samples[i];
	time_view_init(&v->stats.v[4].figure.age, now - 190, now, arena);
}

static void
small_parts_init(struct style_view *v)
{
	static struct badge_view badges[] = { { "enabled", "good" }, { "starting", "busy" },
		{ "failed", "bad" }, { "disabled", "off" }, { "plain", NULL } };
	static struct progress_view bars[] = { { "Pastes", "12 of 100", 12, 100 },
		{ "Pictures", "all of 5 GB", 1, 1 }, { "Empty", "none of 20", 0, 20 } };
	static struct link_view tabs[] = { { "/style", "Week", true },
		{ "/style/month", "Month", false }, { "/style/year", "Year", false } };

	v->badges.v = badges;
	v->badges.n = COUNT(badges);
	v->progress.v = bars;
	v->progress.n = COUNT(bars);
	v->copy = (struct copy_view){ "style-copy", "Copy",
		"curl --data-binary @file https://txt.example.org/api/pastes" };
	v->tabs.label = "Period";
	v->tabs.tabs.v = tabs;
	v->tabs.tabs.n = COUNT(tabs);
	v->empty = (struct empty_view){ "No invoice yet",
		"The first one appears here on the day the free month ends.", "/style",
		"See plans" };
}

static void
tables_init(struct style_view *v, struct arena *arena)
{
	static const struct table_column columns[] = {
		{ "Account", "account", false },
		{ "State", NULL, false },
		{ "Since", "since", false },
		{ "Bouncers", "bouncers", true },
		{ "A month", "mrr", true },
	};
	static const char *const rows[][COUNT(columns)] = {
		{ "alice@example.org", "active", "2026-01-04", "2", "€10.00" },
		{ "bob@example.org", "past due", "2025-11-30", "1", "€5.00" },
		{ "carol@example.org", "trial", "2026-11-12", "1", NULL },
		{ "a-name-that-goes-on-for-quite-a-while@mail.example.org", "active", "2024-02-29",
		    "12", "€1,250.00" },
	};
	static const enum tone tones[] = { TONE_GOOD, TONE_BAD, TONE_BUSY, TONE_GOOD };

	table_view_init(
	    &v->full_table, "Subscriptions", columns, COUNT(columns), COUNT(rows), arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		for (size_t j = 0; j < COUNT(columns); j++)
			table_view_cell(&v->full_table, i, j)->text = rows[i][j];
		table_view_cell(&v->full_table, i, 0)->href = "/style";
		table_view_cell(&v->full_table, i, 1)->tone = tone_words[tones[i]];
	}
	table_view_sort(&v->full_table, columns, "/style", "-mrr", arena);
	table_view_init(&v->empty_table, "Refunds", columns, COUNT(columns), 0, arena);
	v->empty_table.empty = "No refund in this period.";
	pager_view_init(&v->pager, "/style?sort=-mrr", 2, 50, 1234, arena);
}

static void
fields_init(struct style_view *v, struct arena *arena)
{
	static const char *const words[] = { "low", "normal", "urgent" };
	static const char *const labels[] = { "It can wait", "Normal", "Nothing works" };
	struct field_view *f;

	v->fields.n = 4;
	f = v->fields.v = arena_array(arena, v->fields.n, sizeof(*f));
	field_view_line(&f[0], "subject", "Subject", "text", "My bouncer <b>forgets");
	f[0].is_required = true;
	field_view_line(&f[1], "email", "E-mail for the answer", "email", "alice@example");
	f[1].error = "An address ends in a domain, as in alice@example.org.";
	f[1].autocomplete = "email";
	field_view_area(&f[2], "words", "What happens", NULL);
	f[2].hint = "What you did, what you expected, what came instead.";
	f[2].is_required = true;
	field_view_choice(
	    &f[3], "priority", "How urgent is it", words, labels, COUNT(words), "normal", arena);
	f[3].is_required = true;
}

static void
checks_init(struct style_view *v)
{
	static struct check_view checks[] = {
		{ "style-mail", "mail", "By e-mail", "Once a day at most.", true },
		{ "style-irc", "irc", "On IRC", NULL, false },
	};

	v->checks = (struct checks_view){ .id = "style-checks", .legend = "How we tell you" };
	v->checks.checks.v = checks;
	v->checks.checks.n = COUNT(checks);
	v->checks.error = "Choose at least one way.";
}

/* A copy in the arena of what was written, and the buffer empty again. */
static const char *
take(struct strbuf *b, struct arena *arena)
{
	const char *text = arena_strdup(arena, strbuf_text(b));

	strbuf_clear(b);
	return text;
}

static void
charts_init(struct style_view *v, struct arena *arena)
{
	const struct chart_heat heat = style_heat();
	struct strbuf b = { 0 };
	struct chart c;

	v->charts.v = arena_array(arena, style_ncharts + 1, sizeof(*v->charts.v));
	for (size_t i = 0; i < style_ncharts; i++) {
		c = style_chart(&style_charts[i]);
		chart_figure(&b, &c);
		v->charts.v[v->charts.n++].figure = take(&b, arena);
	}
	chart_heat(&b, &heat);
	v->charts.v[v->charts.n++].figure = take(&b, arena);
	c = style_chart(&style_charts[0]);
	c.id = "spark";
	chart_spark(&b, &c);
	v->spark = take(&b, arena);
	strbuf_free(&b);
}

void
style_view_init(struct style_view *v, int64_t now, struct arena *arena)
{
	stats_init(v, now, arena);
	small_parts_init(v);
	tables_init(v, arena);
	fields_init(v, arena);
	checks_init(v);
	charts_init(v, arena);
	range_view_init(&v->range, "/style", "2026-10-22", "2026-11-20", 1795168800, arena);
}
