/* The admin pages of billing: golden pages, hostile texts, and what stands there when nothing does.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "billing/difference_view.h"
#include "billing/inbox_view.h"
#include "billing/unlinked_view.h"
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

TestSuite(billing_admin_views, .init = begin, .fini = end);

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

/* ---- The inbox ---- */

static const struct inbox_filter all = { .state = INBOX_STATE__MAX };

static const struct inbox_event events[] = {
	{ .id = "evt_4",
	    .type = "invoice.paid",
	    .object_id = "in_4",
	    .received_at = NOW - 20,
	    .received_us = (NOW - 20) * 1000000 },
	{ .id = "evt_3",
	    .type = "customer.subscription.updated",
	    .object_id = "sub_3",
	    .received_at = NOW - 120,
	    .state = INBOX_DONE,
	    .source = INBOX_GAP,
	    .attempts = 1,
	    .effect = "sub_3: active, then canceled. " },
	{ .id = "evt_2\"><script>",
	    .type = "<script>alert(1)</script>",
	    .received_at = NOW - 3600,
	    .state = INBOX_IGNORED,
	    .source = INBOX_RETURN,
	    .attempts = 1 },
	{ .id = "evt_1",
	    .type = "charge.refunded",
	    .object_id = "ch_\xe2\x80\xae"
			 "1",
	    .received_at = NOW - 86400,
	    .state = INBOX_FAILED,
	    .source = INBOX_UNLINKED,
	    .attempts = 12,
	    .error = "404, resource_missing, request req_1" },
};

Test(billing_admin_views, inbox)
{
	const struct inbox_facts facts = { .filter = &all,
		.events = events,
		.n = COUNT(events),
		.counts = { 1, INBOX_COUNT_MAX + 1, NOW - 20 },
		.is_set_up = true,
		.has_secret = true,
		.now = NOW };
	struct inbox_view v = { 0 };

	inbox_view_init(&v, &facts, &arena);
	frame(&v.frame, INBOX_PATH, "Stripe events");
	page_golden("inbox.html", &inbox_view_type, &v);
	page_check(&inbox_view_type, &v, "Failed (more than 10,000)", "<script>");
	cr_expect_null(v.older_href);
	cr_expect_null(v.newest_href);
}

Test(billing_admin_views, an_inbox_that_goes_on)
{
	const struct inbox_filter filter = { .state = INBOX_DONE,
		.type = "a&b",
		.text = "sub_1",
		.before_us = 7,
		.before_id = "evt_9" };
	struct inbox_event many[INBOX_PER_PAGE + 1];
	const struct inbox_facts facts = { .filter = &filter,
		.events = many,
		.n = COUNT(many),
		.is_set_up = true,
		.has_secret = true,
		.now = NOW };
	struct inbox_view v = { 0 };

	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct inbox_event){ .id = arena_printf(&arena, "evt_%zu", i),
			.type = "x",
			.received_at = NOW,
			.received_us = NOW * 1000000 - (int64_t)i };
	inbox_view_init(&v, &facts, &arena);
	cr_expect_eq(v.events.rows.n, INBOX_PER_PAGE);
	cr_expect_str_eq(v.older_href, "/admin/stripe?state=done&type=a%26b&id=sub_1"
				       "&before=1795168799999951&before_id=evt_49");
	cr_expect_str_eq(v.newest_href, "/admin/stripe?state=done&type=a%26b&id=sub_1");
	cr_expect_str_eq(v.states.tabs.v[0].href, "/admin/stripe?type=a%26b&id=sub_1");
	cr_expect(v.states.tabs.v[1 + INBOX_DONE].is_current);
	cr_expect_not(v.states.tabs.v[0].is_current);
	cr_expect_str_eq(v.of_type.value, "a&b", "what is sent again is what is shown");
	for (size_t i = 0; i < v.which.options.n; i++)
		cr_expect_eq(v.which.options.v[i].is_selected,
		    strcmp(v.which.options.v[i].value, "done") == 0);
}

static const struct {
	bool is_set_up, has_secret;
	enum inbox_state state;
	const char *has, *has_not;
} empty_ones[] = {
	{ true, true, INBOX_STATE__MAX, "Nothing has come yet", "300 seconds" },
	{ true, false, INBOX_STATE__MAX, "every 300 seconds", "Billing is not set up" },
	{ false, false, INBOX_STATE__MAX, "Billing is not set up", "300 seconds" },
	{ true, true, INBOX_FAILED, "Nothing found", "Nothing has come yet" },
};

Test(billing_admin_views, an_inbox_without_events)
{
	for (size_t i = 0; i < COUNT(empty_ones); i++) {
		const struct inbox_filter filter = { .state = empty_ones[i].state };
		const struct inbox_facts facts = { .filter = &filter,
			.is_set_up = empty_ones[i].is_set_up,
			.has_secret = empty_ones[i].has_secret,
			.now = NOW };
		struct inbox_view v = { 0 };

		inbox_view_init(&v, &facts, &arena);
		frame(&v.frame, INBOX_PATH, "Stripe events");
		page_check(&inbox_view_type, &v, empty_ones[i].has, empty_ones[i].has_not);
		page_check(&inbox_view_type, &v, NULL, "Send events again");
	}
}

Test(billing_admin_views, an_inbox_of_before)
{
	const struct inbox_facts facts = {
		.filter = &all, .events = events, .n = COUNT(events), .now = NOW
	};
	struct inbox_view v = { 0 };

	inbox_view_init(&v, &facts, &arena);
	frame(&v.frame, INBOX_PATH, "Stripe events");
	page_check(&inbox_view_type, &v, "Billing is not set up any more", "name=\"type\"");
	cr_expect(v.has_rows);
}

/* ---- One event ---- */

Test(billing_admin_views, an_event)
{
	struct inbox_event e = events[3];
	struct inbox_event_view v = { .csrf = "token" };

	e.created_at = NOW - 86410;
	e.ended_at = NOW - 80000;
	e.api_version = "2025-10-29.clover";
	e.effect = "<b>sub_1</b>";
	e.body = "{\"id\":\"evt_1\",\"data\":{\"object\":{\"id\":\"ch_1\",\"amount\":900,"
		 "\"receipt_email\":\"alice@example.org\"}}}";
	inbox_event_view_init(&v, &e, NOW, &arena);
	frame(&v.frame, INBOX_EVENTS_PATH "/evt_1", v.type);
	page_golden("inbox_event.html", &inbox_event_view_type, &v);
	page_check(&inbox_event_view_type, &v, "&quot;amount&quot;: 900", "alice");
}

Test(billing_admin_views, bodies_that_are_none)
{
	static const char *const bodies[] = { NULL, "", "alice@example.org", "{\"a\":" };

	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct inbox_event e = events[0];
		struct inbox_event_view v = { 0 };

		e.body = bodies[i];
		inbox_event_view_init(&v, &e, NOW, &arena);
		cr_expect_null(v.body);
		cr_expect_not_null(v.no_body);
		cr_expect_null(strstr(v.no_body, "alice"));
		cr_expect_not_null(v.due.words);
		cr_expect_null(v.ended.words);
	}
}

Test(billing_admin_views, the_question_before_many)
{
	struct confirm_view v = { .csrf = "token" };
	const struct inbox_range failed = { .state = INBOX_FAILED },
				 done = { .state = INBOX_DONE, .type = "<b>" };

	inbox_view_confirm(&v, &failed, "2026-11-01", "2026-11-20", 1234, &arena);
	frame(&v.frame, INBOX_REPLAY_PATH, v.title);
	cr_expect_str_eq(v.title, "Send 1,234 failed events again?");
	page_check(&confirm_view_type, &v, "name=\"until\" value=\"2026-11-20\"", NULL);
	page_check(&confirm_view_type, &v, "name=\"state\" value=\"failed\"", "name=\"type\"");
	cr_expect_str_eq(v.back_href, "/admin/stripe?state=failed");
	v = (struct confirm_view){ .csrf = "token" };
	inbox_view_confirm(&v, &done, "2026-11-01", "2026-11-01", 1, &arena);
	frame(&v.frame, INBOX_REPLAY_PATH, v.title);
	cr_expect_str_eq(v.title, "Send 1 done event again?");
	page_check(&confirm_view_type, &v, "name=\"type\" value=\"&lt;b&gt;\"", "<b>");
	page_check(&confirm_view_type, &v, "name=\"state\" value=\"done\"", NULL);
}

/* ---- Customers ---- */

static const struct unlinked customers[] = {
	{ "cus_1", "4f1c<b>", NOW - 86400, 3, "eur 1000,jpy 1500,kwd 12345" },
	{ "cus_2", NULL, 0, 0, NULL },
};

Test(billing_admin_views, unlinked_customers)
{
	const struct unlinked_facts facts = { customers, COUNT(customers), NULL, true };
	struct unlinked_view v = { 0 };

	unlinked_view_init(&v, &facts, &arena);
	frame(&v.frame, UNLINKED_PATH, "Unlinked customers");
	page_golden("unlinked.html", &unlinked_view_type, &v);
	page_check(&unlinked_view_type, &v,
	    "3 subscriptions, 10.00 EUR, 1,500 JPY, 12.345 KWD a month", "<b>");
}

Test(billing_admin_views, no_unlinked_customers)
{
	const struct unlinked_facts none = { NULL, 0, NULL, true },
				    unset = { NULL, 0, NULL, false };
	struct unlinked_view v = { 0 };

	unlinked_view_init(&v, &none, &arena);
	frame(&v.frame, UNLINKED_PATH, "Unlinked customers");
	page_check(&unlinked_view_type, &v, "Every customer has an account", NULL);
	unlinked_view_init(&v, &unset, &arena);
	page_check(&unlinked_view_type, &v, "Billing is not set up", NULL);
}

static const struct unlinked_account two[] = { { 7, "sam", "Sam <b>", "sam@example.org" },
	{ 8, "tess", NULL, NULL } };

static const struct {
	const char *typed;
	size_t n;
	const char *has, *has_not;
} links[] = {
	{ NULL, 0, "Find the account", "Link this customer" },
	{ "", 0, "Say which account.", "Link this customer" },
	{ "nobody\"><b>", 0, "There is no account", "<b>" },
	{ "both@example.org", 2, "Several accounts", "Link this customer" },
	{ "sam", 1, "name=\"user\" value=\"7\"", "<b>" },
};

Test(billing_admin_views, linking_a_customer)
{
	for (size_t i = 0; i < COUNT(links); i++) {
		const struct unlinked_link_facts facts = { &customers[0], links[i].typed, two,
			links[i].n };
		struct unlinked_link_view v = { .csrf = "token" };

		unlinked_link_view_init(&v, &facts, &arena);
		frame(&v.frame, UNLINKED_LINK_PATH, "Link cus_1");
		page_check(&unlinked_link_view_type, &v, links[i].has, links[i].has_not);
		if (links[i].n == 1)
			page_golden("unlinked_link.html", &unlinked_link_view_type, &v);
	}
}

/* ---- Differences ---- */

static const struct difference differences[] = {
	{ 9, NOW - 3600, "sub_1", "status", "active", "canceled", true },
	{ 8, NOW - 90000, "sub_<b>", "missing", NULL, "active", false },
};

Test(billing_admin_views, differences)
{
	const struct differences_facts facts = { differences, COUNT(differences), 0, true };
	struct differences_view v = { 0 };

	differences_view_init(&v, &facts, &arena);
	frame(&v.frame, DIFFERENCES_PATH, "Differences from Stripe");
	page_golden("differences.html", &differences_view_type, &v);
	page_check(&differences_view_type, &v, "Not repaired", "<b>");
}

Test(billing_admin_views, no_differences)
{
	const struct differences_facts none = { NULL, 0, 0, true };
	struct differences_view v = { 0 };

	differences_view_init(&v, &none, &arena);
	frame(&v.frame, DIFFERENCES_PATH, "Differences from Stripe");
	page_check(&differences_view_type, &v, "No difference", NULL);
}
