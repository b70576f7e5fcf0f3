/*
 * The pages about bouncers as a person gets them: each state against a golden file, strangers'
 * words in every place where they can stand, and what must never be said.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "bouncer/bouncer_connect_view.h"
#include "bouncer/bouncer_delete_view.h"
#include "bouncer/bouncer_new_view.h"
#include "bouncer/bouncer_page_view.h"
#include "bouncer/bouncer_task.h"
#include "bouncer/bouncers_view.h"
#include "bouncer/network_view.h"
#include "bouncer/span_strip.h"
#include "pages.h"
#include "portal_nav.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define DAY INT64_C(86400)
#define TODAY (NOW - NOW % DAY)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOSTILE "<script>\xe2\x80\xae\"'&"

static struct arena arena;

static void
frame_init(struct frame_view *frame, const char *title, const char *path)
{
	const struct frame_facts facts = { .title = title,
		.site_name = "irc.now",
		.css_href = "/assets/0/portal.css",
		.js_href = "/assets/0/portal.js",
		.icon_href = "/assets/0/favicon.svg",
		.account = "alice@example.org",
		.account_href = "/account",
		.csrf = "token",
		.path = path,
		.now = NOW };

	portal_nav(&arena);
	frame_view_init(frame, &facts, &arena);
	frame->more_css_href = "/assets/0/bouncers.css";
}

/* What forms send back is as soju has it; nobody reads it. */
static bool
turns_around(const char *page)
{
	for (const char *at = page; (at = strstr(at, "\xe2\x80\xae")) != NULL; at++) {
		const char *value = at;

		while (value > page && *value != '>' && *value != '<')
			value--;
		if (*value != '<' || strstr(value, " value=\"") == NULL ||
		    strstr(value, " value=\"") > at)
			return true;
	}
	return false;
}

/* The page; no stranger's word is markup in it, and nothing was forgotten. */
static const char *
render(struct view_type *type, void *view)
{
	const char *text = page_text(&arena, type, view);

	cr_expect_null(strstr(text, "<script>"), "a stranger's word is markup");
	cr_expect(!turns_around(text), "a stranger turns the page around");
	cr_expect_null(strstr(text, "(null)"));
	return text;
}

static void
expect(size_t i, const char *page, const char *has, const char *lacks)
{
	cr_expect_not_null(strstr(page, has), "case %zu: %s", i, has);
	if (lacks != NULL)
		cr_expect_null(strstr(page, lacks), "case %zu: %s", i, lacks);
}

static void
check(const char *file, struct view_type *type, void *view)
{
	const char *page = render(type, view);
	const struct strbuf text = { .s = (char *)(uintptr_t)page, .len = strlen(page) };

	golden_check(file, &text);
}

static struct bouncer
ready(void)
{
	return (struct bouncer){ .id = 7,
		.user_id = 1,
		.name = "alice-main",
		.soju_username = "alice-main",
		.provisioner = "kubernetes",
		.state = BOUNCER_READY,
		.created_at = NOW - 40 * DAY,
		.ready_at = NOW - 40 * DAY,
		.max_networks = 3,
		.history_days = 90,
		.wanted = 1,
		.applied = 1,
		.networks_at = NOW - 30,
		.sampled_at = NOW - 30,
		.is_up = 1,
		.clients = 2,
		.running_since = NOW - 6 * DAY,
		.restarts = 1,
		.version = "0.10.1" };
}

/* ---- the list ---- */

static const char *
list_of(struct bouncers_view *v, struct bouncer *all, size_t n, const struct plan *plan,
    bool is_offered)
{
	static struct bouncer_count count = { 7, 3, 1, 1, NOW };
	const struct bouncer_list list = { all, n };
	const struct bouncer_counts counts = { &count, 1 };
	const struct bouncers_facts facts = { &list, &counts, plan, is_offered, NOW };

	*v = (struct bouncers_view){ 0 };
	frame_init(&v->frame, "Bouncers", "/bouncers");
	bouncers_view_init(v, &facts, &arena);
	return render(&bouncers_view_type, v);
}

Test(bouncer_views, list)
{
	struct bouncer all[5] = { ready(), ready(), ready(), ready(), ready() };
	struct bouncers_view v;

	all[1].id = 8;
	all[1].provisioner = "soju";
	all[1].clients = -1;
	all[1].is_up = 0;
	all[2].id = 9;
	all[2].state = BOUNCER_APPLIED;
	all[2].attempts = 3;
	all[3].id = 10;
	all[3].suspended_at = NOW - 60;
	all[3].suspended_why = HOSTILE;
	all[4].id = 11;
	all[4].state = BOUNCER_DELETING;
	all[4].delete_after = NOW + 3 * DAY;
	list_of(&v, all, COUNT(all), &plans[PLAN_PRO], true);
	check("bouncers.html", &bouncers_view_type, &v);
}

Test(bouncer_views, what_the_list_says_of_another_one)
{
	struct bouncer all[2] = { ready(), ready() };
	struct bouncers_view v;
	static const struct {
		size_t n;
		const struct plan *plan;
		bool is_offered;
		const char *has, *lacks;
	} cases[] = {
		{ 0, &plans[PLAN_FREE], true, "Start your first bouncer", "Another one" },
		{ 0, &plans[PLAN_FREE], false, "The people who run this service", "/bouncers/new" },
		{ 1, &plans[PLAN_FREE], true, "That is as many as your plan Free has",
		    "href=\"/bouncers/new\"" },
		{ 2, &plans[PLAN_FREE], true, "You have 2 bouncers, and your plan Free has 1.",
		    "2 of the 1" },
		{ 1, &plans[PLAN_PRO], true,
		    "You have 1 of the 3 bouncers that your plan Pro has room for.", "trouble" },
		{ 1, &plans[PLAN_FREE], true, "another one cannot be made", "1 of the 1" },
		{ 0, NULL, true, "does not know", "href=\"/bouncers/new\"" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *page = list_of(&v, all, cases[i].n, cases[i].plan, cases[i].is_offered);

		cr_expect_not_null(strstr(page, cases[i].has), "case %zu: %s", i, cases[i].has);
		cr_expect_null(strstr(page, cases[i].lacks), "case %zu: %s", i, cases[i].lacks);
	}
}

/* ---- the form ---- */

static void
new_page(struct bouncer_new_view *v, const char *body, const struct plan *plan)
{
	static struct network_typed typed;
	static struct form_data fields;
	struct network_form wanted;
	bool wants_none;
	struct bouncer_new_facts facts = { .is_offered = true,
		.plan = plan,
		.host = "{bouncer}.irc.example.org",
		.name = "",
		.network = &typed };

	*v = (struct bouncer_new_view){ .csrf = "token", .once = "once" };
	cr_assert_eq(form_data_parse(&fields, &arena, body, strlen(body)), ERR_OK);
	network_typed_read(&typed, &fields, &arena);
	if (*body != '\0')
		network_typed_check(&typed, &wanted, &wants_none, &arena, true, false);
	if (form_data_text(&fields, "name") != NULL) {
		facts.name = form_data_text(&fields, "name");
		facts.name_problem = bouncer_name_problem(facts.name);
	}
	frame_init(&v->frame, "New bouncer", "/bouncers/new");
	bouncer_new_view_init(v, &facts, &arena);
}

Test(bouncer_views, new_forms)
{
	struct bouncer_new_view v;

	new_page(&v, "", &plans[PLAN_FREE]);
	check("bouncer_new.html", &bouncer_new_view_type, &v);
	expect(0, render(&bouncer_new_view_type, &v), "Your plan Free has room for 1 bouncer.",
	    "none of the 1");
	new_page(&v,
	    "name=%3Cscript%3E%E2%80%AE&network=other&address=irc%2Bunix%3A%2F%2F%2Fx&nick=%"
	    "3Cscript%3E"
	    "&channels=%3Cscript%3E&network_name=a+b&channel=%23libera&pass=secret-1"
	    "&sasl_login=%3Cscript%3E&sasl_password=secret-2",
	    &plans[PLAN_FREE]);
	v.name = "<script>"; /* the mark that turns the page is the browser's to show in a field */
	check("bouncer_new_refused.html", &bouncer_new_view_type, &v);
	cr_expect_null(strstr(render(&bouncer_new_view_type, &v), "secret-"));
	expect(0, render(&bouncer_new_view_type, &v), "<label for=\"address\">Address</label>",
	    "name=\"address\" type=\"text\" value=\"\" required");
}

/* ---- the page of one ---- */

static struct bouncer_network networks[] = {
	{ .name = "libera",
	    .address = "ircs://irc.libera.chat:6697",
	    .link = SOJU_LINK_CONNECTED,
	    .since = NOW - 3 * DAY,
	    .nick = "alice",
	    .channels = 2,
	    .sampled_at = NOW - 30 },
	{ .name = HOSTILE,
	    .address = "ircs://" HOSTILE,
	    .link = SOJU_LINK_DISCONNECTED,
	    .since = NOW - 600,
	    .nick = HOSTILE,
	    .channels = -1,
	    .error = HOSTILE,
	    .sampled_at = NOW - 3600 },
	{ .name = "irc.example.org",
	    .address = "irc.example.org",
	    .link = SOJU_LINK_DISABLED,
	    .channels = -1,
	    .sampled_at = NOW - 30 },
};
/* Not known until one, up, down from 02:10 until 02:25, up. */
static const int16_t marks[] = { 0, 0, 60, 1, 130, 2, 145, 1 };
static struct bouncer_day days[] = {
	{ TODAY, "", marks, 4, 599, 540, 525, 0 },
	{ TODAY, "libera", marks, 4, 599, 540, 525, 0 },
};

static struct bouncer_page_facts
facts_of(struct bouncer b)
{
	static struct soju_channel channels[] = { { "#soju", false }, { HOSTILE, true } };
	static struct soju_network known[] = { { .name = "libera",
	    .address = "irc.libera.chat",
	    .is_enabled = true,
	    .channels = channels,
	    .nchannels = 2 } };

	static struct soju_device devices[] = { { HOSTILE, NOW - 86400 }, { "laptop", 0 } };

	return (struct bouncer_page_facts){ .bouncer = b,
		.networks = networks,
		.nnetworks = COUNT(networks),
		.days = days,
		.ndays = COUNT(days),
		.soju_state = { .answered_at = NOW - 5 },
		.soju = { .networks = known,
		    .nnetworks = 1,
		    .messages = 12345,
		    .tells_devices = true,
		    .devices = devices,
		    .ndevices = COUNT(devices) },
		.read_at = NOW };
}

static const char *
page_of(struct bouncer_page_view *v, const struct bouncer_page_facts *facts)
{
	const struct bouncer_page_words words = { .facts = facts,
		.page = 1,
		.enable_csrf = "enable",
		.disable_csrf = "disable",
		.retry_csrf = "retry",
		.undo_csrf = "undo",
		.now = NOW };

	*v = (struct bouncer_page_view){ 0 };
	frame_init(&v->frame, "alice-main", "/bouncers/alice-main");
	bouncer_page_view_init(v, &words, &arena);
	return render(&bouncer_page_view_type, v);
}

Test(bouncer_views, page)
{
	struct bouncer_page_facts facts = facts_of(ready());
	struct bouncer_page_view v;

	page_of(&v, &facts);
	check("bouncer_page.html", &bouncer_page_view_type, &v);
}

Test(bouncer_views, page_of_one_that_is_made)
{
	struct bouncer b = ready();
	struct bouncer_page_facts facts;
	struct bouncer_page_view v;

	b.state = BOUNCER_FAILED;
	b.failed_in = BOUNCER_DATABASE;
	b.failure = HOSTILE;
	facts = facts_of(b);
	page_of(&v, &facts);
	check("bouncer_page_failed.html", &bouncer_page_view_type, &v);
}

/* A page has all of the first words and none of the second. */
Test(bouncer_views, what_a_page_says)
{
	static const struct {
		struct bouncer change;
		const char *has, *lacks;
	} cases[] = {
		{ { .state = BOUNCER_REQUESTED }, "How far it is", "How to connect" },
		{ { .state = BOUNCER_APPLIED, .attempts = 2, .failure = "Nobody answers." },
		    "It was tried 2 times so far", "Try again" },
		{ { .state = BOUNCER_APPLIED, .state_at = NOW - 60 }, "in a minute or so",
		    "longer than usual" },
		{ { .state = BOUNCER_APPLIED, .state_at = NOW - 300 }, "longer than usual",
		    "It was tried" },
		{ { .state = BOUNCER_DELETING, .delete_after = NOW + 5 }, "Undo the deletion",
		    "How to connect" },
		{ { .state = BOUNCER_REMOVING }, "Being removed", "Undo" },
		{ { .state = BOUNCER_READY, .suspended_at = 1, .suspended_why = "Spam." },
		    "switched it off: Spam.", "Add a network" },
		{ { .state = BOUNCER_READY, .wanted = 2, .applied = 1 }, "A change is being made",
		    NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct bouncer b = ready();
		struct bouncer_page_facts facts;
		struct bouncer_page_view v;

		b.state = cases[i].change.state;
		b.state_at = cases[i].change.state_at;
		b.attempts = cases[i].change.attempts;
		b.failure = cases[i].change.failure;
		b.delete_after = cases[i].change.delete_after;
		b.suspended_at = cases[i].change.suspended_at;
		b.suspended_why = cases[i].change.suspended_why;
		b.wanted += cases[i].change.wanted;
		facts = facts_of(b);
		expect(i, page_of(&v, &facts), cases[i].has, cases[i].lacks);
	}
}

Test(bouncer_views, a_network_that_soju_refused_is_told_and_can_be_tried_again)
{
	struct bouncer b = ready();
	struct bouncer_page_facts facts = facts_of(b);
	struct bouncer_page_view v;
	const char *page;

	expect(0, page_of(&v, &facts), "How to connect", "/bouncers/alice-main/retry");
	facts.refusal = "soju refused the network <b>";
	page = page_of(&v, &facts);
	expect(1, page, "was not added: soju refused the network &lt;b&gt;", "<b>");
	expect(2, page, "action=\"/bouncers/alice-main/retry\"", NULL);
	facts.bouncer.suspended_at = 1;
	facts.bouncer.suspended_why = "Spam.";
	expect(3, page_of(&v, &facts), "was not added", "/bouncers/alice-main/retry");
}

Test(bouncer_views, what_is_not_known_is_said_to_be_so)
{
	struct bouncer b = ready();
	struct bouncer_page_facts facts;
	struct bouncer_page_view v;
	const char *page;

	b.provisioner = "none";
	b.sampled_at = b.networks_at = b.running_since = b.restarts = 0;
	b.is_up = -1;
	b.clients = -1;
	b.version = NULL;
	facts = (struct bouncer_page_facts){ .bouncer = b, .read_at = NOW };
	facts.soju_state.failure = SOURCE_TIMEOUT;
	page = page_of(&v, &facts);
	expect(0, page, "The networks appear here as soon as they are known", "No network yet");
	expect(1, page, "Whether it runs is not reported here.", "Running since 1970");
	expect(2, page, "set up by hand", "Delete");
	expect(3, page, "It was not looked at yet.", "100%");
	facts.soju_state = (struct source_state){ .answered_at = NOW - 5 };
	expect(4, page_of(&v, &facts), "No network yet", "whether they are connected");
}

/* One that runs, with samples, whose door stays shut: that it has no network is nobody's word. */
Test(bouncer_views, networks_that_nobody_told_of_are_not_none)
{
	struct bouncer b = ready();
	const struct bouncer_list list = { &b, 1 };
	const struct bouncer_counts none = { NULL, 0 };
	struct bouncers_facts all = { &list, &none, &plans[PLAN_PRO], true, NOW };
	struct bouncer_page_facts facts;
	struct bouncers_view rows = { 0 };
	struct bouncer_page_view v;
	const char *page;

	b.networks_at = 0;
	facts = (struct bouncer_page_facts){ .bouncer = b, .read_at = NOW };
	page = page_of(&v, &facts);
	expect(0, page, "The networks appear here as soon as they are known", "No network yet");
	expect(1, page, "its soju has not told yet", "none yet");
	expect(2, page, "Add a network", "0 of 3 networks");
	frame_init(&rows.frame, "Bouncers", "/bouncers");
	bouncers_view_init(&rows, &all, &arena);
	page = render(&bouncers_view_type, &rows);
	expect(3, page, "its soju has not told yet", "none yet");

	facts.soju_state.answered_at = NOW;
	facts.soju.nnetworks = 0;
	facts.soju.networks_left = 3;
	page = page_of(&v, &facts);
	expect(4, page, "whether they are connected is not reported", "none yet");
	expect(5, page, "3 of 3 networks that your plan has room for", NULL);

	facts.soju_state.answered_at = 0;
	facts.bouncer.networks_at = NOW;
	page = page_of(&v, &facts);
	expect(6, page, "none yet", "The networks appear here as soon as they are known");
	expect(7, page, "No network yet", "its soju has not told yet");
}

Test(bouncer_views, it_runs_since_no_time_while_it_does_not)
{
	struct bouncer b = ready();
	struct bouncer_page_facts facts;
	struct bouncer_page_view v;

	b.is_up = 0;
	facts = (struct bouncer_page_facts){ .bouncer = b, .read_at = NOW };
	facts.kube_state.answered_at = NOW;
	facts.kube.running_since = NOW - DAY;
	expect(0, page_of(&v, &facts), "it does not run now", "for 6 days");
}

Test(bouncer_views, five_hundred_networks)
{
	struct bouncer_page_facts facts = facts_of(ready());
	struct bouncer_page_view v;
	const char *page;

	facts.nnetworks = 500;
	facts.networks = arena_array(&arena, 500, sizeof(*facts.networks));
	for (size_t i = 0; i < 500; i++) {
		facts.networks[i] = networks[0];
		facts.networks[i].name = arena_printf(&arena, "net-%03zu", i);
	}
	facts.networks[499].link = SOJU_LINK_DISCONNECTED;
	page = page_of(&v, &facts);
	cr_expect_eq(v.networks.n, BOUNCER_PAGE_NETWORKS);
	cr_expect_str_eq(v.networks.v[0].name, "net-499", "what is down comes first");
	expect(0, page, "1 to 20 of 500", "Add a network");
	expect(1, page, "Those that are there stay; none can be added.", NULL);
	cr_expect_lt(strlen(page), 60000);
}

/* ---- how to connect ---- */

Test(bouncer_views, connect)
{
	static const char *const names[] = { "libera", HOSTILE };
	const struct bouncer b = ready();
	struct connect_facts facts = { .bouncer = &b,
		.host = "{bouncer}.irc.example.org",
		.port = 6697,
		.networks = names,
		.nnetworks = 2,
		.network = "libera",
		.password = "abcdefghijklmnopqrstuvwx",
		.can_set = true };
	struct bouncer_connect_view v = { .csrf = "token", .once = "once" };

	frame_init(&v.frame, "How to connect", "/bouncers/alice-main/connect");
	bouncer_connect_view_init(&v, &facts, &arena);
	check("bouncer_connect.html", &bouncer_connect_view_type, &v);
	expect(0, render(&bouncer_connect_view_type, &v), "name=\"network\" value=\"libera\"",
	    "say PASSWORD");
	expect(1, render(&bouncer_connect_view_type, &v),
	    "<li>Server: alice-main.irc.example.org:6697</li>\n<li>User name: alice-main</li>",
	    "<select id=\"network\" name=\"network\" required");
	facts.network = HOSTILE;
	facts.password = NULL;
	bouncer_connect_view_init(&v, &facts, &arena);
	expect(
	    2, render(&bouncer_connect_view_type, &v), "/network add -sasl_mechanism PLAIN", NULL);
	expect(3, render(&bouncer_connect_view_type, &v), "say PASSWORD", NULL);
}

Test(bouncer_views, passwords)
{
	static const struct {
		const char *password;
		bool is_fine;
	} cases[] = {
		{ "ten chars!", true },
		{ "quotes \" ' and \\ are fine", true },
		{ "nine char", false },
		{ "a line\nbreak", false },
		{ "a carriage\rreturn", false },
		{ "123456789012345678901234567890123456789012345678901234567890123456789012",
		    true },
		{ "1234567890123456789012345678901234567890123456789012345678901234567890123",
		    false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(
		    bouncer_password_problem(cases[i].password, strlen(cases[i].password)) == NULL,
		    cases[i].is_fine, "case %zu", i);
	cr_expect_not_null(bouncer_password_problem("ten\0chars!", 10));
}

/* ---- the rest ---- */

Test(bouncer_views, deleting_and_restarting)
{
	struct bouncer b = ready();
	struct bouncer_delete_view v = { .csrf = "token" };
	struct confirm_view c = { .csrf = "token" };

	frame_init(&v.frame, "Delete the bouncer", "/bouncers/alice-main/delete");
	bouncer_delete_view_init(
	    &v, &b, 7, "<script>", "That is not its name. Nothing was deleted.", NOW, &arena);
	check("bouncer_delete.html", &bouncer_delete_view_type, &v);
	b.ready_at = 0;
	bouncer_delete_view_init(&v, &b, 7, NULL, NULL, NOW, &arena);
	expect(0, render(&bouncer_delete_view_type, &v), "It was never ready", "you can undo it");
	b = ready();
	b.state = BOUNCER_DELETING;
	b.delete_after = NOW + 3 * DAY;
	bouncer_delete_view_init(&v, &b, 7, NULL, NULL, NOW, &arena);
	expect(0, render(&bouncer_delete_view_type, &v), "name=\"final\"", "you can undo it");
	frame_init(&c.frame, "Restart the bouncer", "/bouncers/alice-main/restart");
	bouncer_view_confirm_restart(&c, &b, &arena);
	expect(1, render(&confirm_view_type, &c), "sees you quit and join again", NULL);
}

Test(bouncer_views, networks_are_changed_and_removed)
{
	const struct bouncer b = ready();
	struct network_typed typed = { .choice = NETWORK_OTHER,
		.form = { .name = "<script>",
		    .address = "irc.example.org",
		    .nick = "",
		    .username = "",
		    .realname = "",
		    .pass = "secret",
		    .sasl_login = "",
		    .sasl_password = "",
		    .channels = "" } };
	const struct network_edit_facts facts = { &b, 1, &typed, HOSTILE };
	struct network_edit_view v = { .csrf = "token" };
	struct confirm_view c = { .csrf = "token" };

	frame_init(&v.frame, "Change", "/bouncers/alice-main/networks/edit");
	network_edit_view_init(&v, &facts, &arena);
	v.id = "<script>";
	check("network_edit.html", &network_edit_view_type, &v);
	network_view_confirm(&c, &b, "<script>", &arena);
	frame_init(&c.frame, c.title, "/bouncers/alice-main/networks/remove");
	expect(0, render(&confirm_view_type, &c), "“&lt;script&gt;” is removed", NULL);
}

Test(bouncer_views, outcomes_say_what_was_done)
{
	static const struct {
		enum err e;
		enum bouncer_outcome outcome;
		const char *has;
	} cases[] = {
		{ ERR_NOT_FOUND, BOUNCER_GONE, "no network of this name" },
		{ ERR_CONFLICT, BOUNCER_TAKEN, "already" },
		{ ERR_FORBIDDEN, BOUNCER_LIMIT, "as many networks as your plan" },
		{ ERR_INVALID, BOUNCER_REFUSED, "soju refused it" },
		{ ERR_METHOD, BOUNCER_TOO_OLD, "too old" },
		{ ERR_UPSTREAM, BOUNCER_UNSURE, "not known whether it was done" },
		{ ERR_TIMEOUT, BOUNCER_UNSURE, "not known whether it was done" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *words;

		cr_expect_eq(bouncer_outcome_of(cases[i].e), cases[i].outcome, "case %zu", i);
		cr_expect_neq(bouncer_outcome_err(cases[i].outcome), ERR_OK, "case %zu", i);
		words = bouncer_outcome_words(
		    &arena, BOUNCER_OP_ADD_NETWORK, cases[i].outcome, "so it is");
		expect(i, words, cases[i].has, NULL);
		if (cases[i].outcome != BOUNCER_UNSURE)
			expect(i, words, "Nothing was changed", NULL);
	}
	cr_expect_null(bouncer_outcome_words(&arena, BOUNCER_OP_PASSWORD, BOUNCER_DONE, NULL));
	expect(0, bouncer_outcome_words(&arena, BOUNCER_OP_PASSWORD, BOUNCER_BUSY, NULL),
	    "not begun. Nothing was changed", "does not answer");
	for (int outcome = BOUNCER_DONE + 1; outcome < BOUNCER_OUTCOME__MAX; outcome++)
		cr_expect_not_null(bouncer_outcome_words(
		    &arena, BOUNCER_OP_ADD_NETWORK, (enum bouncer_outcome)outcome, NULL));
}

Test(bouncer_views, nicks)
{
	struct network_typed begun;
	static const char *const cases[][2] = { { "Alice Example", "AliceExample" },
		{ "alice@example.org", "alice" }, { "7of9", "of9" }, { "", "" },
		{ "\xe6\x97\xa5\xe6\x9c\xac", "" }, { "-_a", "a" } };

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_str_eq(network_nick_of(cases[i][0], &arena), cases[i][1]);
	cr_expect_str_eq(network_nick_of(NULL, &arena), "");
	network_typed_begin(&begun, "alice@example.org", &arena);
	cr_expect_str_eq(begun.form.nick, "alice");
	cr_expect_str_eq(begun.choice, network_presets[0].word);
	cr_expect_not(network_problems_any(&begun.problems));
}
