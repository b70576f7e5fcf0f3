/* What is asked of Stripe so that somebody can pay, and what is made of its answers. */
#include "clients/stripe_pay.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/form_data.h"

#define API "https://api.stripe.com"
#define SIM "http://127.0.0.1:21000"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena arena;
static const struct stripe_api api = { API, "sk_test_x", 0 };
static struct call_request req;
static struct form_data form;

static void
read_form(void)
{
	cr_assert_eq(form_data_parse(&form, &arena, req.body, req.body_len), ERR_OK);
}

static const char *
header(const char *name)
{
	for (size_t i = 0; i < CALL_HEADERS_MAX && req.headers[i] != NULL; i++)
		if (strncmp(req.headers[i], name, strlen(name)) == 0)
			return req.headers[i] + strlen(name) + 2;
	return "";
}

static struct call_reply
reply(long status, const char *body)
{
	return (struct call_reply){
		.result = CALL_OK, .status = status, .body = body, .body_len = strlen(body)
	};
}

/* ---- URLs that a browser may be sent to ---- */

static const struct {
	const char *url, *base;
	bool is_good;
} urls[] = {
	{ "https://checkout.stripe.com/c/pay/cs_test_a1#fidkdWxOYHwnPyd1blpxYHZxWjA0", API, true },
	{ "https://pay.example.org/c/pay/cs_live_1", API, true },
	{ "http://checkout.stripe.com/c", API, false },
	{ SIM "/checkout/cs_test_1", SIM, true },
	{ "http://127.0.0.1:21001/checkout/cs_test_1", SIM, false },
	{ "javascript:alert(1)", API, false },
	{ "data:text/html,x", SIM, false },
	{ "//evil.example", API, false },
	{ "/billing", API, false },
	{ "", API, false },
	{ NULL, API, false },
	{ "https://user@checkout.stripe.com/c", API, false },
	{ "https://checkout.stripe.com/c\r\nset-cookie: x=y", API, false },
	{ "https://checkout.stripe.com/c#\r\nx: y", API, false },
	{ "https://checkout.stripe.com/c#\"><script>", API, false },
};

Test(stripe_pay, only_pages_to_pay_on)
{
	for (size_t i = 0; i < COUNT(urls); i++)
		cr_expect_eq(stripe_pay_check_url(&arena, urls[i].url, urls[i].base) == ERR_OK,
		    urls[i].is_good, "%s", urls[i].url);
}

Test(stripe_pay, origins)
{
	cr_expect_str_eq(stripe_pay_origin(&arena, "https://Checkout.Stripe.com/c#x"),
	    "https://checkout.stripe.com");
	cr_expect_str_eq(stripe_pay_origin(&arena, SIM "/x"), SIM);
	cr_expect_str_eq(stripe_pay_origin(&arena, "http://[::1]:8080/"), "http://[::1]:8080");
	cr_expect_null(stripe_pay_origin(&arena, "mailto:a@example.org"));
}

/* ---- Requests ---- */

Test(stripe_pay, a_customer)
{
	struct stripe_pay_customer c = { "alice&x=1", "alice@example.org", "nonce" };

	stripe_pay_customer_request(&req, &arena, &api, &c);
	cr_expect_str_eq(req.url, API "/v1/customers");
	cr_expect_str_eq(header("idempotency-key"), "customer-nonce");
	read_form();
	cr_expect_str_eq(form_data_text(&form, "metadata[user_sub]"), "alice&x=1");
	cr_expect_str_eq(form_data_text(&form, "email"), "alice@example.org");
	c.email = NULL;
	stripe_pay_customer_request(&req, &arena, &api, &c);
	read_form();
	cr_expect_null(form_data_text(&form, "email"), "an empty one would unset it");
}

static const char *
key_of(const struct stripe_pay_checkout *c)
{
	stripe_pay_checkout_request(&req, &arena, &api, c);
	return header("idempotency-key");
}

Test(stripe_pay, a_checkout)
{
	const struct stripe_pay_checkout c = { .user_sub = "alice",
		.customer_id = "cus_1",
		.price_id = "price_1",
		.plan = "pro",
		.public_url = "https://portal.example.org",
		.nonce = "n" };
	struct stripe_pay_checkout other;
	const char *key = key_of(&c);
	static const char *const fields[][2] = { { "mode", "subscription" },
		{ "line_items[0][price]", "price_1" }, { "line_items[0][quantity]", "1" },
		{ "customer", "cus_1" }, { "client_reference_id", "alice" },
		{ "metadata[user_sub]", "alice" }, { "metadata[plan]", "pro" },
		{ "metadata[price]", "price_1" },
		{ "subscription_data[metadata][user_sub]", "alice" },
		{ "success_url",
		    "https://portal.example.org/billing/done?session_id={CHECKOUT_SESSION_ID}" },
		{ "cancel_url", "https://portal.example.org/billing" } };

	read_form();
	for (size_t i = 0; i < COUNT(fields); i++)
		cr_expect_str_eq(form_data_text(&form, fields[i][0]), fields[i][1]);
	cr_expect_eq(form.n, COUNT(fields));
	cr_expect_str_eq(key_of(&c), key, "the same form, the same page");
	cr_expect_leq(strlen(key), 255);
	other = c;
	other.price_id = "price_2";
	cr_expect_str_neq(key_of(&other), key);
	other = c;
	other.customer_id = "cus_2";
	cr_expect_str_neq(key_of(&other), key);
	other = c;
	other.nonce = "m";
	cr_expect_str_neq(key_of(&other), key);
	other = c;
	other.after = "cs_1";
	cr_expect_str_neq(key_of(&other), key, "what it made before is void");
	other = c;
	other.user_sub = "bob";
	cr_expect_str_neq(key_of(&other), key);
}

static const struct {
	enum stripe_pay_flow flow;
	const char *subscription, *type;
} flows[] = {
	{ PAY_FLOW_NONE, "sub_1", NULL },
	{ PAY_FLOW_CANCEL, "sub_1", "subscription_cancel" },
	{ PAY_FLOW_CANCEL, NULL, NULL },
	{ PAY_FLOW_CHANGE, "sub_1", "subscription_update" },
	{ PAY_FLOW_CARD, NULL, "payment_method_update" },
};

Test(stripe_pay, the_customer_portal)
{
	for (size_t i = 0; i < COUNT(flows); i++) {
		const char *type;

		stripe_pay_portal_request(&req, &arena, &api, "cus_1", flows[i].flow,
		    flows[i].subscription, "https://portal.example.org/billing");
		read_form();
		type = form_data_text(&form, "flow_data[type]");
		if (flows[i].type == NULL)
			cr_expect_null(type);
		else
			cr_expect_str_eq(type, flows[i].type);
		cr_expect_str_eq(form_data_text(&form, "customer"), "cus_1");
	}
}

/* ---- Replies ---- */

static const struct {
	long status;
	const char *body;
	enum err e;
	enum stripe_pay_bought bought;
} lists[] = {
	{ 200, "{\"object\":\"list\",\"data\":[]}", ERR_OK, PAY_BOUGHT_NONE },
	{ 200, "{\"data\":[{\"status\":\"incomplete\"},{\"status\":\"canceled\"}]}", ERR_OK,
	    PAY_BOUGHT_NONE },
	{ 200, "{\"data\":[{\"id\":\"sub_later\",\"status\":\"incomplete\"}]}", ERR_OK,
	    PAY_BOUGHT_UNDER_WAY },
	{ 200, "{\"data\":[{\"id\":\"sub_other\",\"status\":\"incomplete\"}]}", ERR_OK,
	    PAY_BOUGHT_NONE },
	{ 200,
	    "{\"data\":[{\"status\":\"active\"},"
	    "{\"id\":\"sub_later\",\"status\":\"incomplete\"}]}",
	    ERR_OK, PAY_BOUGHT_LIVE },
	{ 200, "{\"data\":[{\"status\":\"canceled\"},{\"status\":\"past_due\"}]}", ERR_OK,
	    PAY_BOUGHT_LIVE },
	{ 200, "{\"data\":[{}]}", ERR_OK, PAY_BOUGHT_NONE },
	{ 200, "{\"object\":\"customer\"}", ERR_UPSTREAM, PAY_BOUGHT_NONE },
	{ 500, "<html>", ERR_UPSTREAM, PAY_BOUGHT_NONE },
};

#define MINE "\"client_reference_id\":\"alice\",\"mode\":\"subscription\","
#define FOR(price) "\"metadata\":{\"price\":\"" price "\",\"plan\":\"pro\"},"
#define OPEN(url) "\"status\":\"open\",\"url\":\"" url "\""
/* clang-format off */
static const char begun[] = "{\"data\":["
    "{\"id\":\"cs_expired\"," MINE FOR("price_1") "\"status\":\"expired\"},"
    "{\"id\":\"cs_gone\",\"customer\":{\"deleted\":true}," MINE FOR("price_1")
    OPEN("https://a.example/9") "},"
    "{\"id\":\"cs_year\",\"customer\":{}," MINE FOR("price_2") OPEN("https://a.example/2") "},"
    "{\"id\":\"cs_same\"," MINE FOR("price_1") OPEN("https://a.example/1") "},"
    "{\"id\":\"cs_again\"," MINE FOR("price_1") OPEN("https://a.example/0") "},"
    "{\"id\":\"cs_theirs\",\"mode\":\"subscription\"," OPEN("https://a.example/3") "},"
    "{\"id\":\"cs_later\"," MINE FOR("price_1")
    "\"status\":\"complete\",\"payment_status\":\"unpaid\",\"subscription\":\"sub_later\"}]}";
/* clang-format on */
static const struct stripe_pay_checkout monthly = {
	.user_sub = "alice", .price_id = "price_1", .plan = "pro"
};

Test(stripe_pay, what_was_begun_before)
{
	struct call_reply r = reply(200, begun);
	struct stripe_pay_checkout gold = monthly;
	struct stripe_pay_sessions s;

	stripe_pay_sessions_request(&req, &arena, &api, "cus_1");
	cr_expect_str_eq(req.url,
	    API "/v1/checkout/sessions?customer=cus_1&limit=20&expand%5B%5D=data.customer");
	cr_assert_eq(stripe_pay_sessions_reply(&s, &monthly, NULL, &arena, &r, API), ERR_OK);
	cr_expect_str_eq(s.newest, "cs_expired");
	cr_expect_str_eq(s.url, "https://a.example/1");
	cr_assert_eq(s.nothers, 2);
	cr_expect_str_eq(s.others[0], "cs_year");
	cr_expect_str_eq(s.others[1], "cs_again");
	gold.plan = "gold";
	cr_assert_eq(stripe_pay_sessions_reply(&s, &gold, NULL, &arena, &r, API), ERR_OK);
	cr_expect_null(s.url, "the price bought another plan then");
	cr_expect_eq(s.nothers, STRIPE_PAY_OTHERS_MAX);
	r = reply(200, "{\"data\":[]}");
	cr_assert_eq(stripe_pay_sessions_reply(&s, &monthly, NULL, &arena, &r, API), ERR_OK);
	cr_expect_null(s.newest);
	r = reply(200, "{\"data\":[{}]}");
	cr_expect_eq(stripe_pay_sessions_reply(&s, &monthly, NULL, &arena, &r, API), ERR_UPSTREAM);
	stripe_pay_expire_request(&req, &arena, &api, "cs_year");
	cr_expect_str_eq(req.url, API "/v1/checkout/sessions/cs_year/expire");
}

static const struct {
	struct call_reply reply;
	struct stripe_error error;
	enum err e;
	bool is_spent, is_in_use;
} keys[] = {
	{ { .result = CALL_OK, .status = 200 }, { 0 }, ERR_OK, false, false },
	{ { .result = CALL_OK, .status = 500 }, { .type = "api_error" }, ERR_UPSTREAM, true,
	    false },
	{ { .result = CALL_OK, .status = 503 }, { 0 }, ERR_UPSTREAM, true, false },
	{ { .result = CALL_OK, .status = 400 }, { .type = "idempotency_error" }, ERR_CONFLICT, true,
	    false },
	{ { .result = CALL_OK, .status = 409 },
	    { .type = "idempotency_error", .code = "idempotency_key_in_use" }, ERR_CONFLICT, false,
	    true },
	{ { .result = CALL_OK, .status = 409 },
	    { .type = "invalid_request_error", .code = "lock_timeout" }, ERR_CONFLICT, false,
	    false },
	{ { .result = CALL_OK, .status = 429 }, { .code = "rate_limit" }, ERR_TOO_MANY, false,
	    false },
	{ { .result = CALL_TIMEOUT }, { 0 }, ERR_TIMEOUT, false, false },
};

Test(stripe_pay, keys_that_are_of_no_use_any_more)
{
	for (size_t i = 0; i < COUNT(keys); i++) {
		cr_expect_eq(stripe_pay_is_key_spent(keys[i].e, &keys[i].error, &keys[i].reply),
		    keys[i].is_spent, "%zu", i);
		cr_expect_eq(stripe_pay_is_key_in_use(keys[i].e, &keys[i].error), keys[i].is_in_use,
		    "%zu", i);
	}
}

Test(stripe_pay, who_pays_already)
{
	const struct call_reply before = reply(200, begun);
	struct stripe_pay_sessions s;

	cr_assert_eq(stripe_pay_sessions_reply(&s, &monthly, NULL, &arena, &before, API), ERR_OK);
	for (size_t i = 0; i < COUNT(lists); i++) {
		const struct call_reply r = reply(lists[i].status, lists[i].body);
		enum stripe_pay_bought bought = PAY_BOUGHT_LIVE;

		cr_expect_eq(stripe_pay_subscriptions_reply(&bought, &s, NULL, &arena, &r),
		    lists[i].e, "%zu", i);
		cr_expect_eq(bought, lists[i].bought, "%zu", i);
	}
}

#define SESSION(rest) "{\"object\":\"checkout.session\"," rest "}"
static const struct {
	const char *body;
	enum err e;
	enum stripe_pay_state state;
} sessions[] = {
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"paid\""), ERR_OK, PAY_STATE_PAID },
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"no_payment_required\""), ERR_OK,
	    PAY_STATE_FREE },
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"paid\","
		  "\"subscription\":{\"status\":\"canceled\"}"),
	    ERR_OK, PAY_STATE_ENDED },
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"unpaid\","
		  "\"subscription\":{\"status\":\"incomplete_expired\"}"),
	    ERR_OK, PAY_STATE_ENDED },
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"paid\","
		  "\"subscription\":{\"status\":\"active\"}"),
	    ERR_OK, PAY_STATE_PAID },
	{ SESSION("\"status\":\"complete\",\"payment_status\":\"unpaid\""), ERR_OK,
	    PAY_STATE_UNDER_WAY },
	{ SESSION("\"status\":\"open\",\"payment_status\":\"unpaid\""), ERR_OK, PAY_STATE_OPEN },
	{ SESSION("\"status\":\"open\",\"payment_status\":\"paid\""), ERR_OK, PAY_STATE_OPEN },
	{ SESSION("\"status\":\"expired\",\"payment_status\":\"unpaid\""), ERR_OK,
	    PAY_STATE_EXPIRED },
	{ SESSION("\"status\":null"), ERR_OK, PAY_STATE_OPEN },
	{ "{\"object\":\"customer\",\"status\":\"complete\"}", ERR_UPSTREAM, PAY_STATE_OPEN },
	{ "[]", ERR_UPSTREAM, PAY_STATE_OPEN },
};

Test(stripe_pay, what_became_of_a_checkout)
{
	for (size_t i = 0; i < COUNT(sessions); i++) {
		const struct call_reply r = reply(200, sessions[i].body);
		struct stripe_pay_session s;

		cr_expect_eq(
		    stripe_pay_session_reply(&s, NULL, &arena, &r), sessions[i].e, "%zu", i);
		cr_expect_eq(s.state, sessions[i].state, "%zu", i);
		cr_expect_null(s.user_sub);
	}
}

static const char *const bad_ids[] = { "", "cs", "pi_1", "cs_a/b", "cs_a?x", "cs_\xc3\xa4",
	"cs_a%2Fb", "cs_ ", "../cs_1" };

Test(stripe_pay, ids_that_are_none)
{
	for (size_t i = 0; i < COUNT(bad_ids); i++)
		cr_expect_eq(
		    stripe_pay_session_request(&req, &arena, &api, bad_ids[i]), ERR_INVALID);
	cr_expect_eq(stripe_pay_session_request(&req, &arena, &api, "cs_test_1"), ERR_OK);
	cr_expect_str_eq(req.url, API "/v1/checkout/sessions/cs_test_1?expand%5B%5D=subscription");
}

Test(stripe_pay, a_url_that_leads_elsewhere_is_no_answer)
{
	const char *url;
	struct call_reply r = reply(200, "{\"url\":\"http://evil.example/\"}");

	cr_expect_eq(stripe_pay_url_reply(&url, NULL, &arena, &r, API), ERR_UPSTREAM);
	r = reply(200, "{\"url\":null}");
	cr_expect_eq(stripe_pay_url_reply(&url, NULL, &arena, &r, API), ERR_UPSTREAM);
	r = reply(200, "{\"url\":\"https://checkout.stripe.com/c\"}");
	cr_expect_eq(stripe_pay_url_reply(&url, NULL, &arena, &r, API), ERR_OK);
}

#define CONFIGURATION(may_cancel)                                                                  \
	"{\"data\":[{\"id\":\"bpc_1\",\"features\":{\"subscription_cancel\":{"                     \
	"\"enabled\":" may_cancel "}}}]}"

static const struct {
	long status;
	const char *body;
	enum err e;
	struct stripe_pay_configuration c;
} configurations[] = {
	{ 200, "{\"data\":[]}", ERR_OK, { false, false } },
	{ 200, "{\"data\":[{\"id\":\"bpc_1\"}]}", ERR_OK, { true, false } },
	{ 200, CONFIGURATION("false"), ERR_OK, { true, false } },
	{ 200, CONFIGURATION("true"), ERR_OK, { true, true } },
	{ 200, CONFIGURATION("\"true\""), ERR_OK, { true, false } },
	{ 200, "{}", ERR_UPSTREAM, { false, false } },
	{ 403, "{\"error\":{}}", ERR_FORBIDDEN, { false, false } },
};

Test(stripe_pay, whether_there_is_a_customer_portal)
{
	stripe_pay_configurations_request(&req, &arena, &api);
	cr_expect_str_eq(
	    req.url, API "/v1/billing_portal/configurations?is_default=true&active=true&limit=1");
	for (size_t i = 0; i < COUNT(configurations); i++) {
		const struct call_reply r = reply(configurations[i].status, configurations[i].body);
		struct stripe_pay_configuration c = { true, true };

		cr_expect_eq(
		    stripe_pay_configurations_reply(&c, &arena, &r), configurations[i].e, "%zu", i);
		cr_expect_eq(c.is_there, configurations[i].c.is_there, "%zu", i);
		cr_expect_eq(c.may_cancel, configurations[i].c.may_cancel, "%zu", i);
	}
}

Test(stripe_pay, no_customer_portal)
{
	struct stripe_error e = { .message = "No configuration provided and your test mode default "
					     "configuration has not been "
					     "created. Provide a configuration or create your "
					     "default by saving your customer "
					     "portal settings in test mode" };

	cr_expect(stripe_pay_lacks_portal(&e));
	e.message = "No such configuration: 'bpc_1'";
	cr_expect_not(stripe_pay_lacks_portal(&e));
	e.message = NULL;
	cr_expect_not(stripe_pay_lacks_portal(&e));
}
