/*
 * The pages about money as a person gets them: each state against a golden file, and what must
 * never be said.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/template.h"
#include "billing/billing_change_view.h"
#include "billing/billing_done_view.h"
#include "billing/billing_invoices_view.h"
#include "billing/billing_view.h"
#include "billing/billing_words.h"
#include "billing/plan.h"
#include "billing/plan_prices_view.h"
#include "pages.h"
#include "portal_nav.h"

#define NOW 1795168800 /* 2026-11-20 10:00 UTC */
#define DAY 86400
#define API "https://api.stripe.com"
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
	frame->more_css_href = "/assets/0/billing.css";
}

static void
check_golden(const char *file, const char *text)
{
	struct strbuf out = { 0 };

	strbuf_puts(&out, text);
	golden_check(file, &out);
	strbuf_free(&out);
	cr_expect_null(strstr(text, "<script>"), "%s", file);
}

/* ---- /billing ---- */

static struct billing_offer offers[] = {
	{ "price_month", "pro", "eur", 900, "month", 1 },
	{ "price_month_yen", "pro", "jpy", 1400, "month", 1 },
	{ "price_quarter", "pro", "kwd", 7500, "month", 3 },
	{ "price_tiers", "pro", "eur", BILLING_UNKNOWN, "month", 1 },
	{ "price_year", "pro", "eur", 9000, "year", 1 },
	{ "price_later", "gold", "eur", 19000, "year", 1 },
};
static const struct billing_offers all_offers = { offers, COUNT(offers) };
static const struct billing_offers no_offers;
static const struct billing_subscriptions no_subscriptions;
static const struct billing_credit no_credit;

static const struct billing_subscription active = { .id = "sub_1",
	.status = BILLING_ACTIVE,
	.currency = "eur",
	.period_end_at = NOW + 20 * DAY,
	.plans = "pro",
	.next_amount = 900,
	.due_amount = BILLING_UNKNOWN };

static struct billing_facts
facts_with(const struct billing_subscriptions *subscriptions, const char *plan)
{
	return (struct billing_facts){ .is_set_up = true,
		.has_customer = subscriptions->n > 0,
		.plan = plan,
		.granted_plan = "free",
		.offers = &all_offers,
		.subscriptions = subscriptions,
		.credit = &no_credit,
		.api_base = API,
		.grace_s = 7 * DAY,
		.now = NOW };
}

static const char *
page(const struct billing_facts *f)
{
	struct billing_view v = { .once = "once", .buy_csrf = "buy", .manage_csrf = "manage" };

	frame_init(&v.frame, "Billing", "/billing");
	billing_view_init(&v, f, &arena);
	return page_text(&arena, &billing_view_type, &v);
}

static const char *
page_of(struct billing_subscription s, const char *plan)
{
	const struct billing_subscriptions list = { &s, 1 };
	const struct billing_facts f = facts_with(&list, plan);

	return page(&f);
}

Test(billing_view, free_and_what_there_is_to_buy)
{
	const struct billing_facts f = facts_with(&no_subscriptions, "free");
	const char *text = page(&f);

	check_golden("billing_free.html", text);
	cr_expect_not_null(strstr(text, "9.00 EUR"));
	cr_expect_not_null(strstr(text, "1,400 JPY"));
	cr_expect_not_null(strstr(text, "7.500 KWD</span> every 3 months"));
	cr_expect_not_null(strstr(text, "saves 18.00 EUR a year"));
	cr_expect_not_null(strstr(text, "aria-label=\"Upgrade to Pro: 90.00 EUR a year\""));
	cr_expect_null(strstr(text, "price_later"), "a plan that only a later version knows");
	cr_expect_null(strstr(text, ">0.00"), "unknown is not 0");
	cr_expect_null(strstr(text, "Cards, addresses"), "nothing to manage yet");
}

Test(billing_view, not_set_up)
{
	struct billing_facts f = facts_with(&no_subscriptions, "pro");
	const char *text;

	f.is_set_up = false;
	f.offers = &no_offers;
	text = page(&f);
	check_golden("billing_not_set_up.html", text);
	cr_expect_not_null(strstr(text, "Billing is not set up here"));
	cr_expect_null(strstr(text, "STRIPE_SECRET_KEY"), "only for admins");
	cr_expect_null(strstr(text, "<form method=\"post\" action=\"/billing"));
	f.is_admin = true;
	cr_expect_not_null(strstr(page(&f), "set STRIPE_SECRET_KEY"));
}

static const struct {
	struct billing_subscription s;
	const char *want, *never;
} states[] = {
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + 20 * DAY },
	    "9.00 EUR on 10 December 2026, before taxes and credit", "until" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = BILLING_UNKNOWN,
	      .period_end_at = NOW + 20 * DAY },
	    "Next charge:</span> 10 December 2026<", "EUR on" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = 1804032000,
	      .is_canceling_at_end = true },
	    "Pro until 3 March 2027; then Free. You are not charged again.", "Next charge" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = 1804032000,
	      .cancel_at = 1804032000 },
	    "Keep Pro</button>", "Next charge" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + DAY,
	      .cancel_at = 1804032000 },
	    "Pro until 3 March 2027; then Free. It is charged as usual until then.",
	    "You are not charged again" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + DAY,
	      .cancel_at = 1804032000 },
	    "Next charge:</span> 9.00 EUR on 21 November 2026", "You are not charged" },
	{ { .status = BILLING_TRIALING, .currency = "eur", .plans = "pro" },
	    "You are trying it already", "Paid for already" },
	{ { .status = BILLING_UNPAID, .currency = "eur", .plans = "pro" },
	    "a payment failed; see above", "Paid for already" },
	{ { .status = BILLING_PAUSED, .currency = "eur", .plans = "pro" },
	    "it is paused; see above", "Paid for already" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = "pro",
	      .is_paused = true,
	      .next_amount = 900,
	      .period_end_at = NOW + DAY },
	    "Active, not charged for now", "Next charge" },
	{ { .status = BILLING_TRIALING,
	      .currency = "jpy",
	      .plans = "pro",
	      .next_amount = 1400,
	      .trial_end_at = NOW + 5 * DAY,
	      .period_end_at = NOW + 5 * DAY },
	    "The trial ends on 25 November 2026.", "Next charge" },
	{ { .status = BILLING_CANCELED,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + DAY,
	      .ended_at = NOW - DAY },
	    "Pro ended on 19 November 2026.", "Next charge" },
	{ { .status = BILLING_INCOMPLETE,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + DAY },
	    "Waiting for the first payment", "Next charge" },
	{ { .status = BILLING_INCOMPLETE,
	      .is_under_way = true,
	      .currency = "eur",
	      .plans = "pro",
	      .next_amount = 900,
	      .period_end_at = NOW + DAY },
	    "you need not pay again", "action=\"/billing/checkout\"" },
	{ { .status = BILLING_ACTIVE,
	      .currency = "eur",
	      .plans = NULL,
	      .next_amount = 900,
	      .period_end_at = NOW + DAY },
	    "It buys no plan of this service.", "Upgrade to Pro: " },
	{ { .status = BILLING_OTHER,
	      .currency = "eur",
	      .plans = "gold",
	      .next_amount = BILLING_UNKNOWN },
	    "A subscription", "Next charge" },
};

Test(billing_view, each_state_in_plain_words)
{
	for (size_t i = 0; i < COUNT(states); i++) {
		const char *text = page_of(states[i].s, "free");

		cr_expect_not_null(strstr(text, states[i].want), "%zu: %s", i, states[i].want);
		cr_expect_null(strstr(text, states[i].never), "%zu: %s", i, states[i].never);
	}
}

Test(billing_view, a_second_one_is_not_sold)
{
	cr_expect_null(strstr(page_of(active, "free"), "action=\"/billing/checkout\""));
	cr_expect_not_null(strstr(page_of(active, "free"), "Paid for already"));
	cr_expect_not_null(strstr(page_of(active, "pro"), "/billing/change?to=free"));
}

Test(billing_view, a_payment_that_failed)
{
	struct billing_subscription s = active;
	const char *text;

	s.status = BILLING_PAST_DUE;
	s.past_due_at = NOW - 2 * DAY;
	s.due_amount = 900;
	s.due_currency = "eur";
	s.next_attempt_at = NOW + DAY;
	s.due_url = "https://invoice.stripe.com/i/acct_1/test_1?s=ap";
	text = page_of(s, "pro");
	check_golden("billing_past_due.html", text);
	cr_expect_not_null(strstr(text, "9.00 EUR for Pro could not be collected on 18 November"));
	cr_expect_not_null(strstr(text, "It is tried again on 21 November 2026."));
	cr_expect_not_null(strstr(text, "You have Pro until 25 November 2026"));
	cr_expect_not_null(strstr(text, "href=\"https://invoice.stripe.com/i/acct_1"));
	cr_expect_not_null(strstr(text, "name=\"flow\" value=\"card\""));
	s.due_url = "javascript:alert(1)";
	s.due_currency = NULL;
	s.due_amount = BILLING_UNKNOWN;
	s.next_attempt_at = s.past_due_at = 0;
	text = page_of(s, "pro");
	cr_expect_null(strstr(text, "javascript:"));
	cr_expect_not_null(strstr(text, "The payment for Pro could not be collected."));
	cr_expect_null(strstr(text, "You have Pro until"), "since when is unknown");
	cr_expect_null(strstr(text, "tried again"), "nor is its bill");
	s.due_currency = "eur";
	cr_expect_not_null(strstr(page_of(s, "pro"), "It is not tried again by itself."));
}

static const struct {
	enum billing_status status;
	const char *granted;
	int64_t past_due_at;
	const char *want, *never;
} patiences[] = {
	{ BILLING_PAST_DUE, "free", NOW - 7 * DAY + 1, "You have Pro until 20 November 2026",
	    "Pro ended" },
	{ BILLING_PAST_DUE, "free", NOW - 7 * DAY, "Pro ended on 20 November 2026, as no payment",
	    "You have Pro until" },
	{ BILLING_PAST_DUE, "pro", NOW - DAY, "could not be collected", "<strong>" },
	{ BILLING_PAST_DUE, "pro", NOW - 8 * DAY, "could not be collected", "<strong>" },
	{ BILLING_UNPAID, "free", NOW - DAY, "could not be collected on 19 November", "<strong>" },
};

Test(billing_view, how_long_a_plan_stays)
{
	for (size_t i = 0; i < COUNT(patiences); i++) {
		struct billing_subscription s = active;
		const struct billing_subscriptions list = { &s, 1 };
		struct billing_facts f = facts_with(&list, "pro");
		const char *text;

		s.status = patiences[i].status;
		s.past_due_at = patiences[i].past_due_at;
		f.granted_plan = patiences[i].granted;
		text = page(&f);
		cr_expect_not_null(strstr(text, patiences[i].want), "%zu", i);
		cr_expect_null(strstr(text, patiences[i].never), "%zu", i);
	}
}

Test(billing_view, what_was_given_is_kept)
{
	struct billing_subscription s = active;
	const struct billing_subscriptions list = { &s, 1 };
	struct billing_facts f = facts_with(&list, "pro");

	s.is_canceling_at_end = true;
	f.granted_plan = "pro";
	cr_expect_not_null(strstr(page(&f),
	    "It ends on 10 December 2026; you keep Pro without it. You are not charged again."));
}

Test(billing_view, a_customer_without_a_subscription)
{
	struct billing_facts f = facts_with(&no_subscriptions, "free");

	f.has_customer = true;
	cr_expect_not_null(strstr(page(&f), "Cards, addresses"));
}

Test(billing_view, credit_that_is_unknown_is_said_to_be)
{
	const struct billing_credit unknown = { .is_unknown = true };
	struct billing_facts f = facts_with(&no_subscriptions, "free");

	cr_expect_not_null(strstr(page(&f), "You have no account credit."));
	f.credit = &unknown;
	cr_expect_not_null(strstr(page(&f), "is not known yet"));
	cr_expect_null(strstr(page(&f), "no account credit"));
}

Test(billing_view, two_subscriptions_and_credit)
{
	struct billing_subscription two[] = { active, active };
	const struct billing_subscriptions list = { two, 2 };
	struct billing_movement moves[] = {
		{ "used", "eur", -900, 1100, NOW - DAY },
		{ "granted", "eur", 2000, 2000, NOW - 10 * DAY },
		{ HOSTILE, HOSTILE, 5, BILLING_UNKNOWN, 0 },
	};
	const struct billing_credit credit = {
		.currency = "eur", .balance = 1100, .v = moves, .n = COUNT(moves)
	};
	struct billing_facts f = facts_with(&list, "pro");
	const char *text;

	two[1].status = BILLING_CANCELED;
	two[1].ended_at = NOW - 40 * DAY;
	f.credit = &credit;
	text = page(&f);
	check_golden("billing_credit.html", text);
	cr_expect_not_null(strstr(text, "11.00 EUR"));
	cr_expect_not_null(strstr(text, "+20.00 EUR"));
	cr_expect_not_null(strstr(text, "-9.00 EUR"));
	cr_expect_not_null(strstr(text, "Pro ended on 11 October 2026."));
}

Test(billing_view, hostile_words)
{
	struct billing_offer o = { HOSTILE, "pro", HOSTILE, 900, HOSTILE, 2 };
	const struct billing_offers list = { &o, 1 };
	struct billing_facts f = facts_with(&no_subscriptions, HOSTILE);

	f.offers = &list;
	check_golden("billing_hostile.html", page(&f));
}

/* ---- What a year saves ---- */

static const struct {
	int64_t month, year, saves;
	const char *currency;
} savings[] = {
	{ 900, 9000, 1800, "eur" },
	{ 900, 10800, 0, "eur" },
	{ 900, 12000, 0, "eur" },
	{ 900, 9000, 0, "usd" },
	{ BILLING_UNKNOWN, 9000, 0, "eur" },
	{ 900, BILLING_UNKNOWN, 0, "eur" },
	{ INT64_MAX / 11, 9000, 0, "eur" },
	{ 1, 11, 1, "eur" },
};

Test(billing_view, what_a_year_saves)
{
	for (size_t i = 0; i < COUNT(savings); i++) {
		struct billing_offer both[] = {
			{ "a", "pro", "eur", savings[i].month, "month", 1 },
			{ "b", "pro", savings[i].currency, savings[i].year, "year", 1 },
		};
		const struct billing_offers list = { both, 2 };

		cr_expect_eq(billing_yearly_saves(&list, &both[1]), savings[i].saves, "%zu", i);
		cr_expect_eq(billing_yearly_saves(&list, &both[0]), 0);
	}
}

static const struct {
	const char *plans;
	int plan;
} bought[] = { { NULL, -1 }, { "", -1 }, { "gold", -1 }, { "free", PLAN_FREE },
	{ "free,pro", PLAN_PRO }, { "pro,free", PLAN_PRO }, { "prolix", -1 },
	{ "gold,pro", PLAN_PRO } };

Test(billing_view, what_it_buys)
{
	for (size_t i = 0; i < COUNT(bought); i++) {
		const struct billing_subscription s = { .plans = bought[i].plans };

		cr_expect_eq(billing_plan_of(&s), bought[i].plan, "%zu", i);
	}
}

/* ---- /billing/change ---- */

static const char *
change(const char *plan, const char *to, const struct billing_subscriptions *subscriptions,
    const struct billing_usage *usage)
{
	const struct billing_change_facts f = { .is_set_up = true,
		.plan = plan,
		.there = plan_find(to),
		.offers = &all_offers,
		.subscriptions = subscriptions,
		.usage = usage,
		.now = NOW };
	struct billing_change_view v = {
		.once = "once", .buy_csrf = "buy", .manage_csrf = "manage"
	};

	billing_change_view_init(&v, &f, &arena);
	frame_init(&v.frame, v.title, "/billing/change");
	return page_text(&arena, &billing_change_view_type, &v);
}

Test(billing_change_view, a_downgrade_says_what_is_too_much)
{
	struct billing_subscription s = active;
	const struct billing_subscriptions list = { &s, 1 };
	struct billing_usage usage = { { 4, 25000000 }, { 10, 400000000 }, NOW - 60, NOW - 5,
		.bouncers = 3, .networks = 8, .networks_at = NOW - 30, .history_days = 730 };
	const char *text = change("pro", "free", &list, &usage);

	check_golden("billing_change_down.html", text);
	cr_expect_not_null(strstr(text, "5 MB too much. Nothing is deleted, but no new paste"));
	cr_expect_not_null(
	    strstr(text, "2 too many. They stay and go on, but you can make no new"));
	cr_expect_not_null(strstr(text, "5 too many where you have most. They stay"));
	cr_expect_not_null(strstr(text, "for 90 days instead of 730: what is older is deleted."));
	cr_expect_null(strstr(text, "Nothing that you have stored is deleted."));
	cr_expect_not_null(strstr(text, "Fits."));
	cr_expect_not_null(strstr(text, "Pro is paid until 10 December 2026"));
	cr_expect_not_null(strstr(text, "name=\"flow\" value=\"cancel\""));
	usage.history_days = 0;
	s.is_canceling_at_end = true;
	text = change("pro", "free", &list, &usage);
	cr_expect_null(strstr(text, "value=\"cancel\""));
	cr_expect_not_null(strstr(text, "under way already"));
	cr_expect_not_null(strstr(text, "Nothing that you have stored is deleted."));
}

static const struct {
	struct billing_subscription s;
	const char *want;
} ends_of[] = {
	{ { .status = BILLING_ACTIVE, .period_end_at = NOW + DAY, .cancel_at = NOW + 60 * DAY },
	    "Pro ends on 19 January 2027, and is charged as usual until then." },
	{ { .status = BILLING_TRIALING, .trial_end_at = NOW + DAY, .period_end_at = NOW + DAY },
	    "The trial of Pro ends on 21 November 2026: you keep it up to then." },
	{ { .status = BILLING_PAST_DUE, .period_end_at = NOW + DAY }, "When it ends is said on" },
	{ { .status = BILLING_UNPAID, .period_end_at = NOW + DAY }, "When it ends is said on" },
	{ { .status = BILLING_PAUSED, .period_end_at = NOW + DAY }, "When it ends is said on" },
};

Test(billing_change_view, when_it_ends)
{
	const struct billing_usage usage = { 0 };

	for (size_t i = 0; i < COUNT(ends_of); i++) {
		struct billing_subscription s = ends_of[i].s;
		const struct billing_subscriptions list = { &s, 1 };
		const char *text;

		s.plans = "pro";
		text = change("pro", "free", &list, &usage);
		cr_expect_not_null(strstr(text, ends_of[i].want), "%zu", i);
		cr_expect_null(strstr(text, "is paid until"), "%zu", i);
	}
}

Test(billing_change_view, what_is_unknown_is_said_to_be)
{
	const struct billing_usage usage = { { 4, 25000000 }, .bouncers = 3, .networks = 47 };
	const char *text = change("pro", "free", &no_subscriptions, &usage);

	check_golden("billing_change_unknown.html", text);
	cr_expect_not_null(strstr(text, "Whether that fits is unknown"));
	cr_expect_not_null(strstr(text, "your bouncers have not told yet"));
	cr_expect_null(strstr(text, "Fits."));
	cr_expect_null(strstr(text, "25"));
	cr_expect_null(strstr(text, "47"));
	cr_expect_not_null(strstr(text, "not paid by a subscription"));
	cr_expect_null(strstr(text, "action=\"/billing/portal\""));
}

Test(billing_change_view, an_upgrade_has_prices)
{
	const struct billing_usage usage = { { 4, 1000 }, { 10, 2000 }, NOW - 60, NOW - 5,
		.bouncers = 1, .networks = 3, .networks_at = NOW - 30, .history_days = 90 };
	const char *text = change("free", "pro", &no_subscriptions, &usage);

	check_golden("billing_change_up.html", text);
	cr_expect_not_null(strstr(text, "value=\"price_year\""));
	cr_expect_null(strstr(text, "action=\"/billing/portal\""));
}

/* ---- /billing/invoices ---- */

static const struct {
	struct billing_invoice v;
	const char *want, *never;
} invoices[] = {
	{ { .number = "A-1",
	      .status = "paid",
	      .currency = "eur",
	      .total = 900,
	      .paid = 900,
	      .due = 900,
	      .hosted_url = "https://invoice.stripe.com/i/1",
	      .pdf_url = "http://x/y" },
	    "href=\"https://invoice.stripe.com/i/1\" rel=\"noopener noreferrer\"", "http://x/y" },
	{ { .number = HOSTILE,
	      .status = HOSTILE,
	      .currency = HOSTILE,
	      .total = 1,
	      .paid = 1,
	      .due = 1,
	      .hosted_url = "javascript:alert(1)" },
	    "&lt;script&gt;[U+202E]", "javascript" },
	{ { .status = "open",
	      .currency = "jpy",
	      .total = 1400,
	      .due = 1400,
	      .attempts = 2,
	      .next_attempt_at = NOW + DAY,
	      .hosted_url = "https://invoice.stripe.com/i/2#x" },
	    "Tried again on 21 November 2026", "On the web" },
	{ { .status = "open", .currency = "kwd", .total = 7500, .due = 5000 },
	    "2.500 KWD of it from credit", "Payment failed" },
	{ { .status = "paid",
	      .currency = "eur",
	      .total = 900,
	      .paid = 900,
	      .due = 900,
	      .refunded = 900 },
	    "badge is-off\">Refunded", "Partly" },
	{ { .status = "paid",
	      .currency = "eur",
	      .total = 900,
	      .paid = 900,
	      .due = 900,
	      .refunded = 100 },
	    "1.00 EUR paid back", "\">Refunded" },
	{ { .status = "paid", .currency = "eur", .total = -500, .paid = 0, .due = 0 },
	    "To your credit", "0.00" },
	{ { .status = "paid",
	      .currency = "eur",
	      .total = BILLING_UNKNOWN,
	      .paid = BILLING_UNKNOWN,
	      .due = BILLING_UNKNOWN },
	    "unknown amount", "0.00" },
	{ { .status = "succeeded",
	      .is_payment = true,
	      .currency = "eur",
	      .total = 500,
	      .paid = 500,
	      .due = BILLING_UNKNOWN },
	    "5.00 EUR", "Invoice without" },
	{ { .status = "succeeded",
	      .is_payment = true,
	      .currency = "eur",
	      .paid = 500,
	      .hosted_url = "https://pay.example.org/receipt" },
	    "href=\"https://pay.example.org/receipt\"", ">Invoice<" },
	{ { .status = "succeeded",
	      .is_payment = true,
	      .currency = "eur",
	      .paid = 500,
	      .hosted_url = "javascript:alert(1)" },
	    "5.00 EUR", ">Receipt<" },
	{ { .status = "void", .currency = "eur", .total = 500, .due = 500 }, "nothing to pay",
	    ">Pay<" },
};

static const char *
invoices_page(struct billing_invoice *v, size_t n, bool is_first)
{
	const struct billing_invoices list = { v, n };
	struct billing_invoices_view view = { 0 };

	frame_init(&view.frame, "Invoices", "/billing/invoices");
	billing_invoices_view_init(&view, &list, true, is_first, API, &arena);
	return page_text(&arena, &billing_invoices_view_type, &view);
}

Test(billing_invoices_view, not_set_up)
{
	const struct billing_invoices none = { 0 };
	struct billing_invoices_view v = { 0 };

	billing_invoices_view_init(&v, &none, false, true, API, &arena);
	cr_expect(v.is_empty);
	cr_expect_str_eq(v.none.sentence, BILLING_MISSING);
}

Test(billing_invoices_view, each_in_plain_words)
{
	struct billing_invoice all[COUNT(invoices)];

	for (size_t i = 0; i < COUNT(invoices); i++) {
		struct billing_invoice v = invoices[i].v;
		const char *text;

		v.id = "in_1";
		v.created_at = NOW - (int64_t)i * DAY;
		all[i] = v;
		text = invoices_page(&v, 1, true);
		cr_expect_not_null(strstr(text, invoices[i].want), "%zu: %s", i, invoices[i].want);
		cr_expect_null(strstr(text, invoices[i].never), "%zu: %s", i, invoices[i].never);
	}
	check_golden("billing_invoices.html", invoices_page(all, COUNT(all), true));
	check_golden("billing_invoices_none.html", invoices_page(all, 0, true));
}

Test(billing_invoices_view, pages)
{
	struct billing_invoice all[BILLING_INVOICES_SHOWN + 1];
	const char *text;

	for (size_t i = 0; i < COUNT(all); i++)
		all[i] = (struct billing_invoice){ .id = "in_&",
			.status = "paid",
			.currency = "eur",
			.created_us = 1000 - (int64_t)i };
	text = invoices_page(all, COUNT(all), true);
	cr_expect_not_null(strstr(text, "/billing/invoices?before=981&amp;id=in_%26"));
	cr_expect_null(strstr(text, ">The newest<"));
	text = invoices_page(all, BILLING_INVOICES_SHOWN, false);
	cr_expect_null(strstr(text, ">Older ones<"));
	cr_expect_not_null(strstr(text, ">The newest<"));
}

/* ---- /billing/done ---- */

static const struct {
	struct stripe_pay_session s;
	const char *plan;
	int64_t looks;
	const char *title, *href;
	bool is_waiting;
} ends[] = {
	{ { .state = PAY_STATE_PAID, .plan = "pro" }, "pro", 0, "You have Pro now", "/dashboard",
	    false },
	{ { .state = PAY_STATE_PAID, .plan = "pro" }, "free", 0, "Paid, thank you", "/billing",
	    true },
	{ { .state = PAY_STATE_PAID, .plan = "pro" }, "free", 15, "Paid, thank you", "/billing",
	    false },
	{ { .state = PAY_STATE_PAID, .plan = NULL }, "pro", 0, "Paid, thank you", "/billing",
	    true },
	{ { .state = PAY_STATE_FREE, .plan = "pro" }, "free", 0, "Ordered, thank you", "/billing",
	    true },
	{ { .state = PAY_STATE_ENDED, .plan = "pro" }, "free", 0, "This subscription has ended",
	    "/billing", false },
	{ { .state = PAY_STATE_UNDER_WAY, .plan = "pro" }, "free", 0, "The payment is under way",
	    "/billing", false },
	{ { .state = PAY_STATE_OPEN, .url = "https://checkout.stripe.com/c" }, "free", 0,
	    "Not paid yet", "https://checkout.stripe.com/c", false },
	{ { .state = PAY_STATE_EXPIRED }, "free", 0, "Not paid", "/billing", false },
};

Test(billing_done_view, what_came_of_it)
{
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct billing_done_view v = { 0 };

		billing_done_view_init(&v, &ends[i].s, ends[i].plan, ends[i].looks, &arena);
		cr_expect_str_eq(v.title, ends[i].title);
		cr_expect_str_eq(v.href, ends[i].href);
		if (ends[i].s.state != PAY_STATE_PAID)
			cr_expect_null(strstr(v.sentence, "payment has arrived"), "%zu", i);
		cr_expect_eq(v.is_waiting, ends[i].is_waiting, "%zu", i);
		frame_init(&v.frame, v.title, "/billing/done");
		cr_expect_not_null(
		    strstr(page_text(&arena, &billing_done_view_type, &v), ends[i].title));
	}
}

/* ---- /admin/prices ---- */

static const char listed_json[] =
    "{\"data\":[{\"object\":\"price\",\"id\":\"price_1\",\"livemode\":false,\"currency\":\"eur\","
    "\"unit_amount_decimal\":\"900\",\"product\":{\"name\":\"Pro "
    "<script>\"},"
    "\"recurring\":{\"interval\":\"month\",\"interval_count\":1}},"
    "{\"object\":\"price\",\"id\":\"price_2\",\"livemode\":false,\"currency\":\"eur\","
    "\"unit_amount_decimal\":\"0.5\",\"product\":\"prod_1\",\"nickname\":\"per message\","
    "\"recurring\":{\"interval\":\"month\",\"interval_count\":3}},"
    "{\"object\":\"price\",\"id\":\"price_met\",\"livemode\":false,\"currency\":\"eur\","
    "\"nickname\":\"by use\",\"billing_scheme\":\"tiered\",\"recurring\":"
    "{\"interval\":\"month\",\"interval_count\":1,\"usage_type\":\"metered\"}},"
    "{\"object\":\"price\",\"id\":\"plan_old\",\"livemode\":false,\"currency\":\"eur\","
    "\"nickname\":\"of before\",\"recurring\":{\"interval\":\"month\"}},"
    "{\"object\":\"price\",\"id\":\"price_once\",\"currency\":\"eur\","
    "\"unit_amount_decimal\":\"500\"},"
    "{\"object\":\"price\",\"id\":\"price_live\",\"livemode\":true,\"currency\":\"eur\","
    "\"recurring\":{\"interval\":\"month\"}}]}";

#define LISTED 6

static const struct plan_price_view *
row_of(const struct plan_prices_view *v, const char *id)
{
	for (size_t i = 0; i < v->rows.n; i++)
		if (strcmp(v->rows.v[i].price_id, id) == 0)
			return &v->rows.v[i];
	cr_assert_fail("%s is not shown", id);
	return NULL;
}

/* What is wrong with a price that is set, by what the mirror and Stripe's list know of it. */
static const struct {
	const char *what;
	struct plan_price kept;
	const char *trouble; /* NULL: the list was read, and the price is not on it */
	const char *state, *warning;
} unlisted[] = {
	{ "a guess", { .is_offered = true }, NULL, "offered", "Stripe sells no price of this id" },
	{ "a guess that is honoured", { .is_offered = false }, NULL, "honoured, not offered",
	    "Stripe sells no price of this id" },
	{ "it may be there", { .is_offered = true }, "not read", "offered",
	    "Not read from Stripe yet." },
	{ "sold no longer", { .is_offered = true, .is_mirrored = true }, NULL, "offered",
	    "does not sell this price" },
	{ "honoured", { .is_mirrored = true }, NULL, "honoured, not offered", NULL },
	{ "metered",
	    { .is_offered = true, .is_mirrored = true, .is_active = true, .is_metered = true },
	    NULL, "honoured, not offered", NULL },
};

Test(plan_prices_view, what_stripe_does_not_list)
{
	for (size_t i = 0; i < COUNT(unlisted); i++) {
		struct plan_price row = unlisted[i].kept;
		const struct plan_prices kept = { &row, 1 };
		const struct plan_prices_facts f = {
			.is_set_up = true, .kept = &kept, .trouble = unlisted[i].trouble
		};
		struct plan_prices_view v = { 0 };

		row.id = "price_1";
		row.plan = "pro";
		plan_prices_view_init(&v, &f, &arena);
		cr_assert_eq(v.rows.n, 1);
		cr_expect_str_eq(
		    v.rows.v[0].state.label, unlisted[i].state, "%s", unlisted[i].what);
		cr_expect_eq(v.rows.v[0].can_offer, !row.is_metered, "%s", unlisted[i].what);
		cr_expect_str_eq(v.rows.v[0].amount, "unknown amount");
		if (unlisted[i].warning == NULL)
			cr_expect_null(v.rows.v[0].warning, "%s", unlisted[i].what);
		else
			cr_expect_not_null(strstr(v.rows.v[0].warning, unlisted[i].warning),
			    "%s: %s", unlisted[i].what, v.rows.v[0].warning);
	}
}

Test(plan_prices_view, what_buys_what)
{
	struct plan_price kept_rows[] = {
		{ .id = "price_1",
		    .plan = "pro",
		    .is_offered = true,
		    .is_mirrored = true,
		    .is_active = true,
		    .subscriptions = 3 },
		{ .id = "price_old",
		    .plan = "gold",
		    .is_mirrored = true,
		    .currency = "eur",
		    .unit_amount = "700",
		    .period = "year",
		    .period_count = 1 },
		{ .id = "price_lost", .is_mirrored = true, .currency = "eur", .subscriptions = 1 },
		{ .id = "price_guess", .plan = "pro" },
		{ .id = "price_unused", .is_mirrored = true, .currency = "eur" },
	};
	const struct plan_prices kept = { kept_rows, COUNT(kept_rows) };
	struct listed_price listed[LISTED];
	struct plan_prices_facts f = {
		.is_set_up = true, .listed = listed, .nlisted = LISTED, .kept = &kept
	};
	struct plan_prices_view v = { .csrf = "csrf" };
	const struct json *root, *data;
	const char *text;

	cr_assert_eq(json_read_parse(&root, &arena, listed_json, strlen(listed_json)), ERR_OK);
	cr_assert_eq(json_read_array(root, "data", &data), ERR_OK);
	cr_assert_eq(data->n, LISTED);
	for (size_t i = 0; i < LISTED; i++)
		cr_assert_eq(plan_prices_view_read(&listed[i], &data->items[i]), ERR_OK);
	plan_prices_view_init(&v, &f, &arena);
	frame_init(&v.frame, "Prices", "/admin/prices");
	text = page_text(&arena, &plan_prices_view_type, &v);
	check_golden("plan_prices.html", text);
	cr_expect_not_null(strstr(text, "9.00 EUR a month"));
	cr_expect_not_null(strstr(text, "0.5 minor units eur every 3 months"));
	cr_expect_str_eq(row_of(&v, "price_met")->amount, "by tiers");
	cr_expect_not(row_of(&v, "price_met")->can_offer);
	cr_expect_str_eq(row_of(&v, "plan_old")->amount, "unknown amount");
	cr_expect(row_of(&v, "plan_old")->can_offer);
	cr_expect_not_null(row_of(&v, "price_guess")->warning);
	cr_expect_not_null(strstr(text, "People pay 1 price that buys no plan here."));
	cr_expect_null(strstr(text, "price_once"), "it is paid once");
	cr_expect_null(strstr(text, "price_live"), "it is of the other world");
	cr_expect_null(strstr(text, "price_unused"));
	cr_expect_not_null(strstr(text, "<option value=\"gold\" selected>gold</option>"));
	f.is_set_up = false;
	v = (struct plan_prices_view){ 0 };
	plan_prices_view_init(&v, &f, &arena);
	cr_expect_eq(v.rows.n, 0);
	cr_expect_not_null(v.missing);
}
