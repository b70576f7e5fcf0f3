#include "app/doctor_stripe.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/settings.h"
#include "billing/billing.h"
#include "billing/inbox_rules.h"
#include "clients/call_sync.h"
#include "clients/stripe_api.h"
#include "clients/stripe_pay.h"
#include "clients/stripe_sync.h"

#define CALL_TIMEOUT_MS 3000

static const char webhooks[] = "Stripe webhooks", rights_of_key[] = "Stripe rights",
		  stripe_clock[] = "Stripe clock";

/* ---- The clock ---- */

/* Signatures of webhooks are believed for five minutes. */
#define CLOCK_MAX_S 60

void
doctor_stripe_clock(struct doctor_report *r, int64_t date_at, int64_t now)
{
	const int64_t ahead = now - date_at;

	if (date_at == 0)
		return;
	if (ahead <= CLOCK_MAX_S && ahead >= -CLOCK_MAX_S)
		doctor_report_ok(r, stripe_clock, "goes as ours does");
	else
		doctor_report_wrong(r, stripe_clock,
		    "set this machine's clock by NTP; webhooks that seem older than five minutes, "
		    "or to come from the future, are refused",
		    "ours is %" PRId64 " s %s", ahead > 0 ? ahead : -ahead,
		    ahead > 0 ? "ahead of it" : "behind it");
}

/* ---- Rights ---- */

/* What we read, and what Stripe's dashboard calls the right to it. */
static const struct {
	const char *path, *right;
} readings[] = {
	{ "customers", "Customers" },
	{ "subscriptions", "Subscriptions" },
	{ "subscription_schedules", "Subscriptions" },
	{ "prices", "Prices" },
	{ "coupons", "Coupons" },
	{ "invoices", "Invoices" },
	{ "invoice_payments", "Invoices" },
	{ "payment_intents", "PaymentIntents" },
	{ "refunds", "Charges and Refunds" },
	{ "disputes", "Disputes" },
	{ "checkout/sessions", "Checkout Sessions" },
	{ "events", "Events" },
};

/*
 * What we write, each with a value that is refused by whoever may write it, so that nothing comes
 * of it: a key without the right is told so first.
 */
static const struct {
	const char *path, *form, *right;
} writings[] = {
	{ "customers", "balance=none", "Customers" },
	{ "checkout/sessions", "mode=none", "Checkout Sessions" },
	{ "billing_portal/sessions", "customer=none", "Customer portal" },
};

void
doctor_stripe_rights(struct doctor_report *r, const char *unread, const char *unwritten)
{
	const bool both = *unread != '\0' && *unwritten != '\0';

	if (*unread == '\0' && *unwritten == '\0')
		doctor_report_ok(
		    r, rights_of_key, "the restricted key may read and write all that it must");
	else
		doctor_report_wrong(r, rights_of_key,
		    "edit the key in Stripe's dashboard (Developers, API keys) and give it these "
		    "with \"Read\" at least; Customers, Checkout Sessions and Customer portal need "
		    "\"Write\"",
		    "the key may not %s%s%s%s%s", *unread != '\0' ? "read: " : "", unread,
		    both ? "; nor " : "", *unwritten != '\0' ? "write: " : "", unwritten);
}

struct rights_look {
	struct doctor_report *report;
	struct arena *arena;
	struct stripe_sync *stripe;
	struct strbuf unread, unwritten;
};

static void
add_right(struct strbuf *list, const char *right)
{
	if (strstr(strbuf_text(list), right) == NULL)
		strbuf_printf(list, "%s%s", list->len > 0 ? ", " : "", right);
}

/* Something else than a right is missing. */
static bool
cannot_tell(struct doctor_report *r, const char *path, const char *how, const char *why)
{
	doctor_report_wrong(r, rights_of_key,
	    "try again later; status.stripe.com tells whether Stripe has trouble",
	    "%s cannot be %s: %s", path, how, why);
	return false;
}

/* Each `try` is false when something else than a right is missing, which is reported. */
static bool
try_reading(struct rights_look *l, size_t i)
{
	const struct json *object;
	const enum err e =
	    stripe_sync_get(l->stripe, l->arena, readings[i].path, "limit=1", &object);

	if (e == ERR_FORBIDDEN)
		add_right(&l->unread, readings[i].right);
	else if (e != ERR_OK)
		return cannot_tell(l->report, readings[i].path, "read", l->stripe->error);
	return true;
}

/* The key of the attempt is new each time: an answer that was kept would say nothing. */
static bool
try_writing(struct rights_look *l, size_t i)
{
	char token[RANDOM_TOKEN_SIZE];
	struct call_request req = { 0 };
	struct call_reply reply;
	const struct json *object;
	enum err e;

	random_token(token);
	stripe_api_post(&req, l->arena, &l->stripe->api, writings[i].path, writings[i].form, token);
	call_sync_run(&req, l->arena, &reply);
	e = stripe_api_reply(&object, NULL, l->arena, &reply);
	if (e == ERR_FORBIDDEN)
		add_right(&l->unwritten, writings[i].right);
	else if (e == ERR_OK)
		return cannot_tell(
		    l->report, writings[i].path, "tried", "it was taken though it is no request");
	else if (e != ERR_INVALID && e != ERR_NOT_FOUND)
		return cannot_tell(l->report, writings[i].path, "tried", err_word(e));
	return true;
}

/* Any other key may do everything. */
static void
look_at_rights(struct doctor_report *r, struct arena *a, struct stripe_sync *s)
{
	struct rights_look l = { .report = r, .arena = a, .stripe = s };
	struct stripe_key key = { 0 };
	bool goes_on = true;

	stripe_api_read_key(&key, s->api.key);
	if (!key.is_restricted)
		return;
	for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]) && goes_on; i++)
		goes_on = try_reading(&l, i);
	for (size_t i = 0; i < sizeof(writings) / sizeof(writings[0]) && goes_on; i++)
		goes_on = try_writing(&l, i);
	if (goes_on || l.unread.len > 0 || l.unwritten.len > 0)
		doctor_stripe_rights(r, strbuf_text(&l.unread), strbuf_text(&l.unwritten));
	strbuf_free(&l.unread);
	strbuf_free(&l.unwritten);
}

/* ---- The webhook endpoint ---- */

static const char *
text_of(const struct json *json, const char *member)
{
	const char *text = "";

	(void)json_read_text(json, member, &text); /* what is missing stays "" */
	return text;
}

/* The first type that we need and that is not posted there; NULL: none. */
static const char *
missing_type(const struct json *endpoint)
{
	const struct json *types = NULL;
	const char *wanted;
	bool is_there;

	if (json_read_array(endpoint, "enabled_events", &types) != ERR_OK)
		return inbox_type(0);
	for (size_t i = 0; (wanted = inbox_type(i)) != NULL; i++) {
		is_there = false;
		for (size_t j = 0; j < types->n && !is_there; j++)
			is_there = types->items[j].kind == JSON_KIND_TEXT &&
				   (strcmp(types->items[j].text, "*") == 0 ||
				       strcmp(types->items[j].text, wanted) == 0);
		if (!is_there)
			return wanted;
	}
	return NULL;
}

static void
judge_endpoint(struct doctor_report *r, const struct json *endpoint)
{
	const char *version = text_of(endpoint, "api_version"), *type = missing_type(endpoint);

	if (strcmp(text_of(endpoint, "status"), "enabled") != 0)
		doctor_report_wrong(r, webhooks, "enable the endpoint in Stripe's dashboard",
		    "Stripe has the endpoint disabled");
	else if (strcmp(version, STRIPE_API_VERSION) != 0)
		doctor_report_wrong(r, webhooks,
		    "make a new endpoint with api_version " STRIPE_API_VERSION
		    " and its signing secret in STRIPE_WEBHOOK_SECRET, as the version of one that "
		    "exists cannot be changed; then delete the old one",
		    "the endpoint's events have version %.40s",
		    *version != '\0' ? version : "of the account, which may change");
	else if (type != NULL)
		doctor_report_wrong(r, webhooks,
		    "add it to the endpoint in Stripe's dashboard; README.md lists all types",
		    "the endpoint is not told of %s", type);
	else
		doctor_report_ok(r, webhooks,
		    "Stripe has the endpoint enabled, with version " STRIPE_API_VERSION);
}

void
doctor_stripe_endpoints(struct doctor_report *r, const struct json *data, const char *url)
{
	for (size_t i = 0; i < data->n; i++)
		if (strcmp(text_of(&data->items[i], "url"), url) == 0) {
			judge_endpoint(r, &data->items[i]);
			return;
		}
	doctor_report_unset(r, webhooks, "no endpoint in this mode of Stripe's leads to %s", url);
}

static void
look_at_endpoints(struct doctor_report *r, struct arena *a, struct stripe_sync *s, const char *url)
{
	struct stripe_list list = { .path = "webhook_endpoints" };
	static const struct json none = { .kind = JSON_KIND_ARRAY };
	enum err e = stripe_sync_page(s, a, &list);

	if (e == ERR_OK)
		doctor_stripe_endpoints(r, list.data != NULL ? list.data : &none, url);
	else if (e == ERR_FORBIDDEN)
		doctor_report_unset(r, webhooks,
		    "the key may not read \"Webhook Endpoints\", so version and types of the "
		    "endpoint were not looked at");
	else
		doctor_report_wrong(r, webhooks,
		    "try again later; status.stripe.com tells whether Stripe has trouble",
		    "the list of endpoints cannot be read: %s", s->error);
}

/* ---- Where webhooks are taken ---- */

/* Whether Stripe really posts, its dashboard tells, and the inbox of the portal. */
static void
check_webhooks(struct doctor_report *r)
{
	const bool is_rolling = *settings.stripe_webhook_secret_old != '\0';

	if (*settings.stripe_webhook_secret == '\0')
		doctor_report_unset(r, webhooks,
		    "STRIPE_WEBHOOK_SECRET is empty; changes are looked for every 300 s instead. "
		    "Add the endpoint %s/webhooks/stripe in Stripe's dashboard and copy its "
		    "signing secret",
		    settings.public_url);
	else
		doctor_report_ok(r, webhooks, "taken at %s/webhooks/stripe%s", settings.public_url,
		    is_rolling ? ", with two secrets; empty STRIPE_WEBHOOK_SECRET_OLD when the "
				 "rolling is over"
			       : "");
}

/* ---- The customer portal ---- */

static const char open_portal[] = "open Settings, Billing, Customer portal in Stripe's dashboard";

/* Where people change their card and cancel; without it Stripe opens no page for them. */
static void
check_customer_portal(struct doctor_report *r, struct arena *a, const struct stripe_api *api)
{
	struct doctor_answer answer = { .what = "Stripe customer portal",
		.setting = "STRIPE_API_BASE",
		.denied =
		    "give the restricted key \"Customer portal: write\" in Stripe's dashboard" };
	struct call_request req = { 0 };
	struct call_reply reply;
	struct stripe_pay_configuration c;

	stripe_pay_configurations_request(&req, a, api);
	call_sync_run(&req, a, &reply);
	answer.reply = &reply;
	answer.err = stripe_pay_configurations_reply(&c, a, &reply);
	if (answer.err == ERR_OK && !c.is_there)
		doctor_report_wrong(r, answer.what,
		    arena_printf(a, "%s and save it once", open_portal),
		    "it has no default configuration, so nobody can change a card or cancel");
	else if (answer.err == ERR_OK && !c.may_cancel)
		doctor_report_wrong(r, answer.what,
		    arena_printf(a, "%s and let customers cancel subscriptions", open_portal),
		    "its default configuration lets nobody cancel");
	else
		doctor_report_answer(
		    r, &answer, "has a default configuration, in which one may cancel");
}

/* ---- All ---- */

/* What only a key that Stripe knows can find out. */
static void
look(struct doctor_report *r, struct arena *a, const struct stripe_api *api)
{
	struct stripe_sync s = { .api = *api, .retries = 1 };

	look_at_rights(r, a, &s);
	if (*settings.stripe_webhook_secret != '\0')
		look_at_endpoints(
		    r, a, &s, arena_printf(a, "%s/webhooks/stripe", settings.public_url));
	check_customer_portal(r, a, api);
}

void
doctor_stripe(struct doctor_report *r, struct arena *a)
{
	struct doctor_answer answer = { .what = "Stripe", .setting = "STRIPE_API_BASE" };
	const struct stripe_api api = billing_api(CALL_TIMEOUT_MS);
	struct call_notes notes;
	struct call_request req = { 0 };
	struct call_reply reply;
	bool is_live = false;

	if (!billing_is_set_up()) {
		doctor_report_unset(
		    r, answer.what, "STRIPE_SECRET_KEY is empty; billing pages will say so");
		return;
	}
	stripe_api_balance_request(&req, a, &api);
	req.notes = &notes;
	call_sync_run(&req, a, &reply);
	answer.reply = &reply;
	answer.err = stripe_api_balance_reply(&is_live, a, &reply);
	doctor_report_stripe(r, &answer, api.key, is_live);
	if (answer.err == ERR_OK || answer.err == ERR_FORBIDDEN) {
		doctor_stripe_clock(r, notes.date_at, clock_now());
		look(r, a, &api);
	}
	check_webhooks(r);
}
