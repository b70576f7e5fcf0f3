/* The pages of those who look after bouncers: golden pages, hostile texts, what is not known. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "bouncer/bouncer_admin_view.h"
#include "mail/unsubscribe_view.h"
#include "unit/pages.h"
#include "unit/portal_nav.h"

#define NOW INT64_C(1795168800) /* 2026-11-20 10:00 UTC */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;

static void
begin(void)
{
	portal_nav(&arena);
}

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(bouncer_admin_views, .init = begin, .fini = end);

/* Without a role, so that the pages do not change with each new one beside them. */
static void
frame(struct frame_view *v, const char *path, const char *title)
{
	const struct frame_facts facts = { .title = title,
		.site_name = "Portal",
		.css_href = "/assets/0/portal.css",
		.account = "erin",
		.account_href = "/account",
		.csrf = "token",
		.path = path,
		.now = NOW };

	frame_view_init(v, &facts, &arena);
}

/* ---- The list ---- */

static const struct bouncer_admin_filter all = { .state = BOUNCER_STATE__MAX,
	.by = BOUNCER_BY__MAX };

/* As fine as one can be. */
static struct bouncer_admin
fine(const char *name)
{
	return (struct bouncer_admin){ .bouncer = { .id = 1,
					   .user_id = 1,
					   .name = name,
					   .soju_username = name,
					   .provisioner = "kubernetes",
					   .state = BOUNCER_READY,
					   .created_at = NOW - 90 * 86400,
					   .state_at = NOW - 40 * 86400,
					   .ready_at = NOW - 90 * 86400 + 20,
					   .max_networks = 10,
					   .history_days = -1,
					   .wanted = 3,
					   .applied = 3,
					   .networks_at = NOW - 30,
					   .sampled_at = NOW - 30,
					   .is_up = 1,
					   .clients = 2,
					   .running_since = NOW - 3 * 86400,
					   .restarts = 1,
					   .version = "0.9.0" },
		.owner_name = "Alice",
		.owner_email = "alice@example.org",
		.owner_sub = "alice",
		.networks = 4,
		.networks_up = 2,
		.networks_off = 1,
		.next_try_at = NOW - 86400 };
}

static struct bouncer_admin
hostile(void)
{
	struct bouncer_admin b = fine("mallory");

	b.bouncer.state = BOUNCER_FAILED;
	b.bouncer.failed_in = BOUNCER_APPLIED;
	b.bouncer.failure =
	    "<script>alert(1)</script> \xe2\x80\xae says\nno, and goes on for longer "
	    "than anybody would want to read in a table";
	b.bouncer.version = "<script>0</script>";
	b.bouncer.soju_username = "\"><script>";
	b.bouncer.suspended_at = NOW - 60;
	b.bouncer.suspended_why = "<b>Spam</b>";
	b.bouncer.attempts = 12;
	b.bouncer.is_up = 0;
	b.owner_name = "<script>\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81";
	b.owner_email = "<script>@example.org";
	return b;
}

/* Nothing is known of it, and its account is gone. */
static struct bouncer_admin
unknown(void)
{
	struct bouncer_admin b = fine("zoe");

	b.bouncer.provisioner = "soju";
	b.bouncer.state = BOUNCER_REMOVING;
	b.bouncer.sampled_at = b.bouncer.networks_at = b.bouncer.running_since = 0;
	b.bouncer.is_up = -1;
	b.bouncer.clients = b.bouncer.restarts = b.bouncer.max_networks = -1;
	b.bouncer.version = NULL;
	b.owner_name = b.owner_email = b.owner_sub = NULL;
	b.networks = b.networks_up = b.networks_off = 0;
	return b;
}

Test(bouncer_admin_views, the_list)
{
	struct bouncer_admin rows[] = { fine("alice"), fine("bob"), hostile(), unknown() };
	const struct admin_bouncers_facts facts = {
		.filter = &all, .rows = rows, .n = COUNT(rows), .now = NOW
	};
	struct admin_bouncers_view v = { 0 };

	rows[1].bouncer.sampled_at = NOW - BOUNCER_ADMIN_FRESH_S - 1;
	rows[1].owner_name = "";
	admin_bouncers_view_init(&v, &facts, &arena);
	frame(&v.frame, BOUNCER_ADMIN_PATH, "All bouncers");
	page_golden("admin_bouncers.html", &admin_bouncers_view_type, &v);
	cr_expect_null(v.next_href);
	cr_expect_null(v.first_href);
}

Test(bouncer_admin_views, a_list_that_goes_on)
{
	const struct bouncer_admin_filter filter = { .state = BOUNCER_STATE__MAX,
		.is_suspended = true,
		.is_in_trouble = true,
		.by = BOUNCER_BY_SOJU,
		.text = "a&b=c",
		.after = "aa" };
	struct bouncer_admin rows[BOUNCER_ADMIN_PER_PAGE + 1];
	const struct admin_bouncers_facts facts = {
		.filter = &filter, .rows = rows, .n = COUNT(rows), .now = NOW
	};
	struct admin_bouncers_view v = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++)
		rows[i] = fine(arena_printf(&arena, "b%02zu", i));
	admin_bouncers_view_init(&v, &facts, &arena);
	frame(&v.frame, BOUNCER_ADMIN_PATH, "All bouncers");
	cr_expect_eq(v.table.rows.n, BOUNCER_ADMIN_PER_PAGE);
	cr_expect_str_eq(v.next_href, "/admin/bouncers?trouble=on&state=suspended&by=soju"
				      "&text=a%26b%3Dc&after=b49");
	cr_expect_str_eq(
	    v.first_href, "/admin/bouncers?trouble=on&state=suspended&by=soju&text=a%26b%3Dc");
	page_check(&admin_bouncers_view_type, &v, "<option value=\"suspended\" selected>", "b50");
}

Test(bouncer_admin_views, lists_without_rows)
{
	struct bouncer_admin_filter filter = all;
	const struct admin_bouncers_facts facts = { .filter = &filter, .now = NOW };
	struct admin_bouncers_view v = { 0 };

	admin_bouncers_view_init(&v, &facts, &arena);
	cr_expect_str_eq(v.none.title, "There are no bouncers yet");
	filter.is_in_trouble = true;
	admin_bouncers_view_init(&v, &facts, &arena);
	cr_expect_str_eq(v.none.title, "No trouble");
	filter.text = "x";
	admin_bouncers_view_init(&v, &facts, &arena);
	cr_expect_str_eq(v.none.title, "Nothing found");
}

/* ---- One ---- */

static void
page(const char *file, const struct bouncer_admin *b)
{
	struct admin_bouncer_view v = { 0 };

	admin_bouncer_view_init(&v, b, NOW, &arena);
	for (size_t i = 0; i < v.acts.n; i++)
		v.acts.v[i].csrf = "token";
	frame(&v.frame, BOUNCER_ADMIN_PATH "/x", v.name);
	page_golden(file, &admin_bouncer_view_type, &v);
}

Test(bouncer_admin_views, one)
{
	const struct bouncer_admin b = fine("alice");

	page("admin_bouncer.html", &b);
}

Test(bouncer_admin_views, a_hostile_one)
{
	const struct bouncer_admin b = hostile();

	page("admin_bouncer_hostile.html", &b);
}

Test(bouncer_admin_views, one_that_nothing_is_known_of)
{
	const struct bouncer_admin b = unknown();

	page("admin_bouncer_unknown.html", &b);
}

/* It runs, but its soju has told of no network, nor that it has none. */
Test(bouncer_admin_views, networks_that_nobody_told_of_are_not_none)
{
	struct bouncer_admin b = fine("alice");
	struct admin_bouncer_view v = { 0 };
	size_t unknown = 0;

	b.networks = b.networks_up = b.networks_off = 0;
	b.bouncer.networks_at = 0;
	admin_bouncer_view_init(&v, &b, NOW, &arena);
	for (size_t i = 0; i < v.now.n; i++)
		if (strncmp(v.now.v[i].label, "Networks", 8) == 0) {
			cr_expect_null(v.now.v[i].text, "%s", v.now.v[i].label);
			cr_expect_str_eq(v.now.v[i].unknown, "unknown: its soju has not told yet");
			unknown++;
		}
	cr_expect_eq(unknown, 2);
}

/* What may be done, as letters: restart, suspend, resume, tRy. */
static const struct {
	enum bouncer_state state;
	bool is_suspended, has_failed;
	const char *provisioner, *may;
} rules[] = {
	{ BOUNCER_READY, false, false, "none", "" },
	{ BOUNCER_FAILED, true, true, "none", "" },
	{ BOUNCER_READY, false, false, "soju", "rs" },
	{ BOUNCER_READY, false, true, "soju", "rst" },
	{ BOUNCER_READY, true, false, "kubernetes", "u" },
	{ BOUNCER_REQUESTED, false, false, "soju", "s" },
	{ BOUNCER_APPLIED, false, true, "soju", "st" },
	{ BOUNCER_FAILED, false, true, "soju", "st" },
	{ BOUNCER_FAILED, true, false, "soju", "ut" },
	{ BOUNCER_DELETING, false, false, "soju", "s" },
	{ BOUNCER_REMOVING, false, false, "soju", "" },
	{ BOUNCER_REMOVING, true, false, "soju", "" },
	{ BOUNCER_REMOVING, false, true, "soju", "t" },
};

Test(bouncer_admin_views, what_may_be_done)
{
	for (size_t i = 0; i < COUNT(rules); i++) {
		const struct bouncer b = { .provisioner = rules[i].provisioner,
			.state = rules[i].state,
			.suspended_at = rules[i].is_suspended ? NOW : 0,
			.failure = rules[i].has_failed ? "x" : NULL };
		char may[BOUNCER_ACT__MAX + 1] = "";

		for (int act = 0; act < BOUNCER_ACT__MAX; act++)
			if (bouncer_admin_may(&b, (enum bouncer_admin_act)act))
				may[strlen(may)] = "rsut"[act];
			else
				cr_expect_not_null(
				    bouncer_admin_refusal(&b, (enum bouncer_admin_act)act, &arena));
		cr_expect_str_eq(may, rules[i].may, "%zu", i);
	}
}

Test(bouncer_admin_views, words_are_those_of_the_table)
{
	for (int i = 0; i < BOUNCER_STATE__MAX; i++)
		cr_expect_str_eq(bouncer_admin_state_words[i], bouncer_state_words[i]);
}

/* ---- Notices ---- */

Test(bouncer_admin_views, texts_of_notices)
{
	char text[BOUNCER_NOTICE_MAX + 2];

	memset(text, 'x', sizeof(text));
	text[BOUNCER_NOTICE_MAX + 1] = '\0';
	cr_expect_not_null(bouncer_notice_problem(text));
	text[BOUNCER_NOTICE_MAX] = '\0';
	cr_expect_null(bouncer_notice_problem(text));
	cr_expect_not_null(bouncer_notice_problem(""));
	cr_expect_not_null(bouncer_notice_problem("   "));
	cr_expect_not_null(bouncer_notice_problem("a\nb"));
	cr_expect_not_null(bouncer_notice_problem("a\rb"));
	cr_expect_not_null(bouncer_notice_problem("\x01 ACTION"));
	cr_expect_null(bouncer_notice_problem("\xc3\xbc"));
}

Test(bouncer_admin_views, a_notice_before_it_is_sent)
{
	const struct bouncer_sojus sojus = {
		.own = 3, .shared = 1, .bouncers = 8, .is_there = true
	};
	const struct bouncer_notice sent[] = {
		{ 2, "<script>alert(1)</script>", "Erin", NULL, NOW - 60, 4, 3 },
		{ 1, "Back \xe2\x80\xae soon", "<script>", "alice", NOW - 86400, 1, 0 },
	};
	const struct admin_notice_facts facts = { .text = "Down at 20:00 <script> & up again",
		.sojus = &sojus,
		.sent = sent,
		.n = COUNT(sent) };
	struct admin_notice_view v = { 0 };

	admin_notice_view_init(&v, &facts, &arena);
	v.csrf = "token";
	v.once = "once";
	frame(&v.frame, BOUNCER_ADMIN_NOTICE_PATH, "Maintenance notice");
	page_golden("admin_notice.html", &admin_notice_view_type, &v);
}

static const struct {
	struct bouncer_sojus sojus;
	const char *bouncer, *says;
	bool can_send;
} reaches[] = {
	{ { 0, 0, 0, true, false }, NULL, "Nobody can be told", false },
	{ { 0, 0, 0, false, false }, "x", "There is no bouncer of this name", false },
	{ { 0, 0, 0, true, true }, "x", "shares its soju", false },
	{ { 1, 0, 1, true, false }, "x", "Whoever is connected to x", true },
	{ { 0, 1, 1, true, false }, NULL, "1 bouncer, in 1 soju,", true },
};

Test(bouncer_admin_views, whom_a_notice_reaches)
{
	for (size_t i = 0; i < COUNT(reaches); i++) {
		const struct admin_notice_facts facts = {
			.text = "x", .bouncer = reaches[i].bouncer, .sojus = &reaches[i].sojus
		};
		struct admin_notice_view v = { 0 };

		admin_notice_view_init(&v, &facts, &arena);
		cr_expect_not_null(strstr(v.reaches, reaches[i].says), "%s", v.reaches);
		cr_expect_eq(v.can_send, reaches[i].can_send);
	}
}

/* ---- The link of a mail ---- */

Test(bouncer_admin_views, no_more_mail)
{
	struct unsubscribe_view v = { .action = "/mail/unsubscribe?token=42.x" };
	const struct frame_facts stranger = { .title = "No more mail about outages?",
		.site_name = "Portal",
		.css_href = "/assets/0/portal.css",
		.path = "/mail/unsubscribe",
		.now = NOW };

	frame_view_init(&v.frame, &stranger, &arena);
	page_golden("unsubscribe.html", &unsubscribe_view_type, &v);
	v.is_done = true;
	page_check(&unsubscribe_view_type, &v, "No more such mail", "<form");
}
