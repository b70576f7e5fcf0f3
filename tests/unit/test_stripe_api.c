/* Stripe's answers, good and bad, and its keys. */
#include "clients/stripe_api.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(stripe_api, .fini = end);

static const struct {
	const char *key;
	enum err err;
	struct stripe_key is;
} keys[] = {
	{ "", ERR_INVALID, { 0 } },
	{ "sk_live_", ERR_INVALID, { 0 } },
	{ "pk_live_0123", ERR_INVALID, { 0 } },
	{ "sk_0123", ERR_INVALID, { 0 } },
	{ "SK_LIVE_0123", ERR_INVALID, { 0 } },
	{ "sk_live_01\r\nx: y", ERR_INVALID, { 0 } },
	{ "sk_live_0123", ERR_OK, { .is_live = true } },
	{ "sk_test_0123", ERR_OK, { 0 } },
	{ "rk_live_0123", ERR_OK, { .is_live = true, .is_restricted = true } },
	{ "rk_test_0123", ERR_OK, { .is_restricted = true } },
};

Test(stripe_api, keys_by_their_prefix)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct stripe_key k = { 0 };

		cr_expect_eq(stripe_api_read_key(&k, keys[i].key), keys[i].err, "%s", keys[i].key);
		if (keys[i].err != ERR_OK)
			continue;
		cr_expect_eq(k.is_live, keys[i].is.is_live, "%s", keys[i].key);
		cr_expect_eq(k.is_restricted, keys[i].is.is_restricted, "%s", keys[i].key);
	}
}

Test(stripe_api, a_request_names_key_and_version)
{
	const struct stripe_api api = { "https://api.stripe.com", "sk_test_0123", 3000 };
	struct call_request req = { 0 };

	stripe_api_balance_request(&req, &arena, &api);
	cr_expect_eq(req.method, CALL_GET);
	cr_expect_str_eq(req.url, "https://api.stripe.com/v1/balance");
	cr_expect_str_eq(req.headers[1], "authorization: Bearer sk_test_0123");
	cr_expect_str_eq(req.headers[2], "stripe-version: 2025-10-29.clover");
	cr_expect_eq(req.timeout_ms, 3000);
}

#define BALANCE(mode)                                                                              \
	"{\"object\":\"balance\",\"available\":[{\"amount\":0,\"currency\":\"eur\"}],"             \
	"\"livemode\":" mode ",\"pending\":[]}"

static const struct {
	enum call_result result;
	long status;
	const char *body;
	enum err err;
	bool is_live;
} replies[] = {
	{ CALL_REFUSED, 0, "", ERR_UNAVAILABLE, false },
	{ CALL_TIMEOUT, 0, "", ERR_TIMEOUT, false },
	{ CALL_TOO_LARGE, 0, "", ERR_UPSTREAM, false },
	{ CALL_OK, 401, "{\"error\":{\"message\":\"Invalid API Key provided\"}}", ERR_UNAUTHORIZED,
	    false },
	{ CALL_OK, 403, "{\"error\":{}}", ERR_FORBIDDEN, false },
	{ CALL_OK, 429, "", ERR_TOO_MANY, false },
	{ CALL_OK, 404, BALANCE("true"), ERR_UPSTREAM, false },
	{ CALL_OK, 500, "", ERR_UPSTREAM, false },
	{ CALL_OK, 200, "", ERR_UPSTREAM, false },
	{ CALL_OK, 200, "<html>", ERR_UPSTREAM, false },
	{ CALL_OK, 200, "[]", ERR_UPSTREAM, false },
	{ CALL_OK, 200, "{\"object\":\"balance\"}", ERR_UPSTREAM, false },
	{ CALL_OK, 200, BALANCE("\"true\""), ERR_UPSTREAM, false },
	{ CALL_OK, 200, "{\"object\":\"account\",\"livemode\":true}", ERR_UPSTREAM, false },
	{ CALL_OK, 200, BALANCE("false"), ERR_OK, false },
	{ CALL_OK, 200, BALANCE("true"), ERR_OK, true },
};

Test(stripe_api, replies)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct call_reply reply = { replies[i].result, replies[i].status,
			replies[i].body, strlen(replies[i].body), NULL, 0 };
		bool is_live = false;

		cr_expect_eq(stripe_api_balance_reply(&is_live, &arena, &reply), replies[i].err,
		    "%ld %s", reply.status, reply.body);
		cr_expect_eq(is_live, replies[i].is_live, "%s", reply.body);
	}
}
