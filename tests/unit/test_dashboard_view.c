/* The dashboard as a person gets it: each state of the page against a golden file. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "dashboard/dashboard_view.h"
#include "pages.h"
#include "portal_nav.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;
static struct dashboard_view view;

/* How a source can stand. */
#define STATE(answered, tried, why)                                                                \
	{                                                                                          \
		.answered_at = (answered), .tried_at = (tried), .failure = SOURCE_##why            \
	}
static const struct source_state fresh = STATE(NOW - 3, NOW - 3, FINE);
static const struct source_state just_fresh = STATE(NOW - SOURCE_FRESH_S, NOW - 20, TIMEOUT);
static const struct source_state pending = STATE(NOW - SOURCE_FRESH_S - 1, NOW - 16, FINE);
static const struct source_state silent = STATE(NOW - 240, NOW - 5, TIMEOUT);
static const struct source_state refused = STATE(0, NOW - 5, REFUSED);
static const struct source_state unasked = { .is_refreshing = false };
static const struct source_state asking = { .is_refreshing = true };
static const struct source_state unset = STATE(0, NOW - 5, NOT_CONFIGURED);

static struct soju_channel channels[] = { { "#gardening", false }, { "#soju", true } };
static struct soju_network networks[] = {
	{ "libera", "irc.libera.chat:6697", true, channels, 2, 0 },
	{ "ircs://irc.oftc.net:6697", "ircs://irc.oftc.net:6697", true, NULL, 0, 0 },
	{ "hackint", "irc.hackint.org", false, NULL, 0, 0 },
};
static const struct soju_answer soju = {
	.networks = networks, .nnetworks = 3, .messages = 1284305
};
static const struct kube_answer running = { KUBE_RUNNING, NOW - 4 * 86400 - 60, 0, NULL, 0 };

static const char *
page(const struct dashboard *d)
{
	const struct frame_facts facts = { .title = "Dashboard",
		.site_name = "irc.now",
		.css_href = "/assets/0/portal.css",
		.js_href = "/assets/0/portal.js",
		.icon_href = "/assets/0/favicon.svg",
		.account = "alice@example.org",
		.account_href = "/account",
		.csrf = "token",
		.path = "/dashboard",
		.now = NOW };

	portal_nav(&arena);
	frame_view_init(&view.frame, &facts, &arena);
	cr_assert_eq(dashboard_view_init(&view, d, NOW, &arena), ERR_OK);
	return page_text(&arena, &dashboard_view_type, &view);
}

static void
check(const char *golden, const struct dashboard *d)
{
	struct strbuf out = { 0 };

	strbuf_puts(&out, page(d));
	golden_check(golden, &out);
	strbuf_free(&out);
}

static struct dashboard
with(struct dashboard_bouncer *b, size_t n, struct source_state txt, struct source_state pics)
{
	return (struct dashboard){ .plan = "free",
		.txt_url = "https://txt.example.org",
		.pics_url = "https://pics.example.org",
		.bouncers = b,
		.nbouncers = n,
		.txt_state = txt,
		.pics_state = pics,
		.txt = { 12, 45678 },
		.pics = { 8, 234567 } };
}

Test(dashboard_view, nothing_known)
{
	struct dashboard_bouncer b[] = {
		{ .id = 1, .name = "alice", .soju_state = refused, .kube_state = unset },
		{ .id = 2, .name = "alice-work", .soju_state = unasked, .kube_state = refused },
	};
	struct dashboard d = with(b, 2, refused, unset);
	const char *text = page(&d);

	check("dashboard_unknown.html", &d);
	cr_expect_null(strstr(text, ">0<"), "unknown is not 0");
	cr_expect_null(strstr(text, "0 B"));
}

Test(dashboard_view, last_known)
{
	struct dashboard_bouncer b[] = {
		{ .id = 1,
		    .name = "alice",
		    .soju_state = silent,
		    .kube_state = silent,
		    .soju = soju,
		    .kube = running },
		{ .id = 2,
		    .name = "alice-work",
		    .soju_state = pending,
		    .kube_state = fresh,
		    .soju = { networks, 1, -1, true, 0, 0 },
		    .kube = { KUBE_RESTARTING, 0, 7, "CrashLoopBackOff", NOW - 130 } },
	};
	struct dashboard d = with(b, 2, silent, refused);

	d.plan = "pro";
	check("dashboard_last_known.html", &d);
}

Test(dashboard_view, a_payment_that_failed)
{
	struct dashboard d = with(NULL, 0, fresh, fresh);

	cr_expect_null(strstr(page(&d), "failed"));
	d.is_payment_due = true;
	cr_expect_not_null(strstr(page(&d), "A payment failed. <a href=\"/billing\""));
	d.payment_failed_at = NOW - 86400;
	cr_expect_not_null(
	    strstr(page(&d), "Your payment of 19 November 2026 failed. <a href=\"/billing\""));
}

Test(dashboard_view, empty)
{
	struct dashboard_bouncer b = { .id = 1,
		.name = "alice",
		.soju_state = fresh,
		.kube_state = fresh,
		.kube = { KUBE_STOPPED, 0, 0, NULL, 0 } };
	struct dashboard d = with(NULL, 0, fresh, fresh);

	d.txt = d.pics = (struct usage_answer){ 0, 0 };
	check("dashboard_empty.html", &d);
	d.bouncers = &b;
	d.nbouncers = 1;
	d.plan = NULL;
	d.txt_url = "";
	d.pics_url = NULL;
	check("dashboard_empty_bouncer.html", &d);
}

Test(dashboard_view, hostile)
{
	static char long_name[201], *const none = NULL;
	struct soju_channel c[] = {
		{ "#<script>alert(1)</script>", false },
		{ "#\" onclick=\"x", true },
		{ "#\xe2\x80\xae"
		  "cba\a\x1b[31m",
		    false },
		{ "#\xff\xfe\xc3", false },
		{ long_name, false },
		{ "", false },
		{ none, false },
		{ "{{title}}", false },
	};
	struct soju_network n[] = {
		{ "<script>", "irc.example.org\"><img src=x onerror=alert(1)>", true, c, COUNT(c),
		    0 },
		{ long_name, long_name, false, NULL, 0, 0 },
		{ "\xe2\x80\x8b", "javascript:alert(1)", true, NULL, 0, 0 },
	};
	struct dashboard_bouncer b = { .id = -1,
		.name = "<b>",
		.soju_state = fresh,
		.kube_state = fresh,
		.soju = { n, COUNT(n), 0, false, 0, 0 },
		.kube = { KUBE_RESTARTING, 0, 1, "<i>\x1b", 0 } };
	struct dashboard d = with(&b, 1, fresh, fresh);
	const char *text;

	memset(long_name, '&', 200);
	d.plan = "<u>";
	d.txt_url = "javascript:alert(1)";
	d.txt = (struct usage_answer){ 0, INT64_MAX };
	text = page(&d);
	check("dashboard_hostile.html", &d);
	cr_expect_null(strstr(text, "<script>"));
	cr_expect_null(strstr(text, "<img"));
	cr_expect_null(strstr(text, "onclick=\"x"));
	cr_expect_null(strpbrk(text, "\a\x1b"));
}

/* Lists of any length keep the page readable. */
Test(dashboard_view, long_lists)
{
	static struct soju_network n[200];
	static struct soju_channel c[500];
	struct dashboard_bouncer b = { .id = 1,
		.name = "alice",
		.soju_state = fresh,
		.kube_state = fresh,
		.soju = { n, 200, 1, false, 0, 0 },
		.kube = { KUBE_STARTING, 0, 0, NULL, 0 } };
	struct dashboard d = with(&b, 1, fresh, fresh);
	const struct dashboard_bouncer_view *v;

	for (size_t i = 0; i < 500; i++)
		c[i].name = arena_printf(&arena, "#%zu", i);
	for (size_t i = 0; i < 200; i++)
		n[i] = (struct soju_network){ "n", "a", true, c, i == 0 ? 500 : 20, 0 };
	page(&d);
	v = &view.bouncers.v[0];
	cr_expect_eq(v->networks.n, 20);
	cr_expect_eq(v->more.n, 180);
	cr_expect_str_eq(v->more_words, "180 more networks");
	cr_expect_str_eq(v->networks_count.value, "200");
	cr_expect_str_eq(v->channels_count.value, "4,480");
	cr_expect_eq(v->networks.v[0].channels.n, 20);
	cr_expect_eq(v->networks.v[0].more.n, 480);
	cr_expect_str_eq(v->networks.v[0].more.v[0].name, "#20");
	cr_expect_str_eq(v->networks.v[0].more_words, "480 more channels");
	cr_expect_null(v->networks.v[1].more_words);
	cr_expect_eq(v->networks.v[1].more.n, 0);
}

/* What is not listed is counted, and a line says so. */
Test(dashboard_view, cut_lists)
{
	static struct soju_channel c[30];
	static struct soju_network n[] = {
		{ "a", "a:6697", true, c, 30, 4970 },
		{ "b", "b", true, c, 3, 1 },
		{ "c", "c", true, NULL, 0, 7 },
		{ "d", "d", true, NULL, 0, 0 },
	};
	struct dashboard_bouncer b = { .id = 1,
		.name = "alice",
		.soju_state = fresh,
		.kube_state = fresh,
		.soju = { n, COUNT(n), 1, false, 296, 5989 } };
	struct dashboard d = with(&b, 1, fresh, fresh);
	static const struct {
		const char *count, *more, *rest;
		bool has_channels;
	} want[] = {
		{ "5,000 channels", "10 more channels", "And 4,970 more channels not listed here.",
		    true },
		{ "4 channels", NULL, "And 1 more channel not listed here.", true },
		{ "7 channels", NULL, "And 7 more channels not listed here.", false },
		{ NULL, NULL, NULL, false },
	};
	const struct dashboard_bouncer_view *v;
	const char *text;

	for (size_t i = 0; i < COUNT(c); i++)
		c[i].name = "#c";
	text = page(&d);
	v = &view.bouncers.v[0];
	cr_expect_str_eq(v->networks_count.value, "300");
	cr_expect_str_eq(v->channels_count.value, "11,000");
	cr_expect_null(v->more_words);
	cr_expect_str_eq(v->rest_words, "And 296 more networks not listed here.");
	cr_expect_not_null(strstr(text, v->rest_words));
	for (size_t i = 0; i < COUNT(want); i++) {
		const struct dashboard_network_view *net = &v->networks.v[i];

#define EQUAL(got, want)                                                                           \
	cr_expect(got == want || (got && want && strcmp(got, want) == 0), "network %zu: %s", i, got)
		EQUAL(net->count, want[i].count);
		EQUAL(net->more_words, want[i].more);
		EQUAL(net->rest_words, want[i].rest);
		cr_expect_eq(net->has_channels, want[i].has_channels, "network %zu", i);
	}
}

/* Nothing fits into the answer, and yet there are networks. */
Test(dashboard_view, only_counted)
{
	struct dashboard_bouncer b = { .id = 1,
		.name = "alice",
		.soju_state = fresh,
		.kube_state = fresh,
		.soju = { NULL, 0, 1, false, 3, 9 } };
	struct dashboard d = with(&b, 1, fresh, fresh);
	const char *text = page(&d);

	cr_expect_str_eq(view.bouncers.v[0].networks_count.value, "3");
	cr_expect_str_eq(view.bouncers.v[0].channels_count.value, "9");
	cr_expect_not(view.bouncers.v[0].is_empty);
	cr_expect_null(strstr(text, "No network yet"));
}

Test(dashboard_view, addresses)
{
	static const struct {
		const char *name, *address;			      /* as soju has them */
		const char *shown_name, *shown_address, *port, *full; /* NULL: not there */
	} cases[] = {
		{ "n", "irc.example.org", "n", "irc.example.org", NULL, NULL },
		{ "n", "irc.example.org:6697", "n", "irc.example.org", ":6697", NULL },
		{ "n", "ircs://[2001:db8::1]:6697", "n", "ircs://[2001:db8::1]", ":6697", NULL },
		{ "n", "ircs://irc.example.org", "n", "ircs://irc.example.org", NULL, NULL },
		{ "n", "irc+unix:///run/ircd", "n", "irc+unix:///run/ircd", NULL, NULL },
		{ "n", "host:", "n", "host:", NULL, NULL },
		{ "n", "host:port", "n", "host:port", NULL, NULL },
		{ "n", ":6697", "n", ":6697", NULL, NULL },
		{ "irc.example.org:6697", "irc.example.org:6697", NULL, "irc.example.org", ":6697",
		    NULL },
		{ "n", "a123456789b123456789c123456789d123456789e123456789f1234567:6697", "n",
		    "a123456789b123456789c123456789d123456789e123456789f1234567:\xe2\x80\xa6", NULL,
		    "a123456789b123456789c123456789d123456789e123456789f1234567:6697" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct soju_network n = { cases[i].name, cases[i].address, true, NULL, 0, 0 };
		struct dashboard_bouncer b = { .id = 1,
			.name = "alice",
			.soju_state = fresh,
			.kube_state = fresh,
			.soju = { &n, 1, 1, false, 0, 0 } };
		struct dashboard d = with(&b, 1, fresh, fresh);
		const struct dashboard_network_view *v;

		page(&d);
		v = &view.bouncers.v[0].networks.v[0];
		EQUAL(v->name, cases[i].shown_name);
		EQUAL(v->address, cases[i].shown_address);
		EQUAL(v->port, cases[i].port);
		EQUAL(v->address_full, cases[i].full);
	}
}

Test(dashboard_view, fine)
{
	struct dashboard_bouncer b = { .id = 1,
		.name = "alice",
		.soju_state = fresh,
		.kube_state = just_fresh,
		.soju = soju,
		.kube = running };
	struct dashboard d = with(&b, 1, fresh, just_fresh);

	check("dashboard_fine.html", &d);
}

/* What the total says for each pair of states of txt and pics. */
Test(dashboard_view, total)
{
	static const struct {
		const struct source_state *txt, *pics;
		const char *value, *unknown, *note, *age;
	} cases[] = {
		{ &refused, &refused, NULL, "the service cannot be reached", NULL, NULL },
		{ &unasked, &refused, NULL, "the service was not asked yet", NULL, NULL },
		{ &asking, &unset, NULL, "the service is being asked", NULL, NULL },
		{ &fresh, &refused, "at least 45.7 kB", NULL,
		    "pastes only; pictures unknown: the service cannot be reached", NULL },
		{ &unset, &silent, "at least 235 kB", NULL,
		    "pictures only; pastes unknown: this service is not set up here",
		    "4 minutes ago" },
		{ &fresh, &silent, "280 kB", NULL, NULL, "4 minutes ago" },
		{ &pending, &fresh, "280 kB", NULL, NULL, "16 seconds ago" },
		{ &fresh, &just_fresh, "280 kB", NULL, NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dashboard d = with(NULL, 0, *cases[i].txt, *cases[i].pics);

		page(&d);
#define SAME(got, want)                                                                            \
	cr_expect(                                                                                 \
	    (got) == (want) || (want && got && strcmp(got, want) == 0), "case %zu: %s", i, got)
		SAME(view.total.value, cases[i].value);
		SAME(view.total.unknown, cases[i].unknown);
		SAME(view.total.note, cases[i].note);
		SAME(view.total.age.words, cases[i].age);
	}
}

/* Two huge services do not add up to a negative number. */
Test(dashboard_view, total_overflow)
{
	struct dashboard d = with(NULL, 0, fresh, fresh);

	d.txt.storage_bytes = d.pics.storage_bytes = INT64_MAX;
	page(&d);
	cr_expect_str_eq(view.total.value, "9.2 EB");
}

/* Each way a bouncer can stand. */
Test(dashboard_view, status)
{
	static const struct {
		const struct source_state *state;
		struct kube_answer kube;
		const char *word, *tone, *sentence;
	} cases[] = {
		{ &refused, { 0 }, "Unknown", "unknown",
		    "Whether it runs is unknown: the service cannot be reached." },
		{ &unset, { 0 }, "Not reported", "unknown",
		    "Whether bouncers run is not reported here." },
		{ &fresh, { .phase = KUBE_STARTING }, "Starting", "busy", "It is not ready yet." },
		{ &fresh, { .phase = KUBE_STARTING, .reason = "ErrImagePull" }, "Starting", "busy",
		    "It is not ready yet: its program cannot be fetched (ErrImagePull)." },
		{ &fresh, { .phase = KUBE_RESTARTING }, "Restarting", "bad",
		    "It stopped and is being started again: no reason is given." },
		{ &fresh, { .phase = KUBE_RESTARTING, .reason = "OOMKilled" }, "Restarting", "bad",
		    "It stopped and is being started again: it ran out of memory (OOMKilled)." },
		{ &fresh, { .phase = KUBE_RESTARTING, .reason = "NeverHeardOf" }, "Restarting",
		    "bad", "It stopped and is being started again: NeverHeardOf." },
		{ &fresh, { .phase = KUBE_STOPPED }, "Stopped", "off",
		    "It is switched off and keeps no connection." },
		{ &fresh, { .phase = KUBE_MISSING }, "Not running", "bad",
		    "Nothing of this name runs at the moment." },
		{ &fresh, { .phase = KUBE_RUNNING }, "Running", "good",
		    "Since when is not known." },
		{ &silent, { .phase = KUBE_RUNNING, .running_since = NOW - 90 }, "Running", "good",
		    NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dashboard_bouncer b = { .id = 1,
			.name = "alice",
			.soju_state = fresh,
			.kube_state = *cases[i].state,
			.kube = cases[i].kube };
		struct dashboard d = with(&b, 1, fresh, fresh);
		const struct dashboard_status_view *s;

		page(&d);
		s = &view.bouncers.v[0].status;
		SAME(s->word, cases[i].word);
		SAME(s->tone, cases[i].tone);
		SAME(s->sentence, cases[i].sentence);
	}
	cr_expect_str_eq(view.bouncers.v[0].status.span, "1 minute");
	cr_expect_str_eq(view.bouncers.v[0].status.since.exact, "2026-11-20 09:58 UTC");
	cr_expect_str_eq(view.bouncers.v[0].status.age.words, "4 minutes ago");
	cr_expect_str_eq(view.bouncers.v[0].status.trouble, "the service does not answer");
}

/* One of a soju that several share stands as its last sample said, whatever Kubernetes does not
 * know of it. */
Test(dashboard_view, status_on_a_shared_soju)
{
	static const struct {
		int is_up;
		int64_t running_since, sampled_at;
		const char *word, *tone, *sentence, *span, *age;
	} cases[] = {
		{ 1, NOW - 90, NOW - 30, "Running", "good", NULL, "1 minute", NULL },
		{ 1, NOW - 900, NOW - 240, "Running", "good", NULL, "15 minutes", "4 minutes ago" },
		{ 1, 0, NOW - 30, "Running", "good", "Since when is not known.", NULL, NULL },
		{ 0, NOW - 90, NOW - 30, "Not running", "bad",
		    "Its soju does not answer. It is looked at every minute.", NULL, NULL },
		{ -1, 0, NOW - 30, "Unknown", "unknown", "Whether it runs could not be found out.",
		    NULL, NULL },
		{ -1, 0, 0, "Ready", "unknown", "It is looked at for the first time in a minute.",
		    NULL, NULL },
	};
	const struct source_state *states[] = { &fresh, &unset, &refused, &silent };

	for (size_t i = 0; i < COUNT(cases) * COUNT(states); i++) {
		const size_t c = i / COUNT(states);
		struct dashboard_bouncer b = { .id = 1,
			.name = "alice",
			.is_shared = true,
			.is_up = cases[c].is_up,
			.running_since = cases[c].running_since,
			.sampled_at = cases[c].sampled_at,
			.soju_state = fresh,
			.kube_state = *states[i % COUNT(states)],
			.kube = { .phase = KUBE_MISSING, .restarts = 7 } };
		struct dashboard d = with(&b, 1, fresh, fresh);
		const struct dashboard_status_view *s;

		page(&d);
		s = &view.bouncers.v[0].status;
		SAME(s->word, cases[c].word);
		SAME(s->tone, cases[c].tone);
		SAME(s->sentence, cases[c].sentence);
		SAME(s->span, cases[c].span);
		SAME(s->age.words, cases[c].age);
		cr_expect_null(s->restarts);
		cr_expect(view.bouncers.v[0].has_figures);
	}
}

/* What services say of one that is not to run would alarm for nothing. */
Test(dashboard_view, those_that_cannot_be_used)
{
	static const struct {
		enum dashboard_use use;
		const char *word, *tone;
	} cases[] = {
		{ DASHBOARD_MAKING, "Being made", "busy" },
		{ DASHBOARD_FAILED, "Not made", "bad" },
		{ DASHBOARD_SUSPENDED, "Suspended", "bad" },
		{ DASHBOARD_DELETED, "Deleted", "off" },
		{ DASHBOARD_REMOVING, "Being removed", "busy" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct dashboard_bouncer b = { .id = 1,
			.name = "alice",
			.use = cases[i].use,
			.soju_state = fresh,
			.kube_state = fresh,
			.kube = { .phase = KUBE_MISSING } };
		struct dashboard d = with(&b, 1, fresh, fresh);
		const char *text = page(&d);

		SAME(view.bouncers.v[0].status.word, cases[i].word);
		SAME(view.bouncers.v[0].status.tone, cases[i].tone);
		cr_expect_null(strstr(text, "Not running"));
		cr_expect_null(strstr(text, "Messages in history"));
	}
}
