/* The portal's internal API: what is asked, and what counts as an answer. */
#include "clients/portal_api.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;
static const struct portal_api portal = { "http://p", "s3cret", 700 };

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(portal_api, .fini = end);

static const char *const bad_secrets[] = { "a\nb", "a\r\nx-evil: 1", "a b", "\x80", "a\t" };

Test(portal_api, secrets_no_header_can_hold)
{
	for (size_t i = 0; i < sizeof(bad_secrets) / sizeof(bad_secrets[0]); i++) {
		const struct portal_api p = { "http://p", bad_secrets[i], 1 };
		struct call_request req;

		cr_expect_eq(portal_api_token_request(&req, &arena, &p, "x"), ERR_INVALID);
		cr_expect_eq(portal_api_account_request(&req, &arena, &p, "x"), ERR_INVALID);
		cr_expect_eq(portal_api_uploader_request(&req, &arena, &p, "x", "y"), ERR_INVALID);
	}
}

static void
check_common(const struct call_request *req)
{
	cr_expect_eq(req->timeout_ms, 700);
	cr_expect_leq(req->max_bytes, 65536);
	cr_expect_str_eq(req->headers[1], "authorization: Bearer s3cret");
}

Test(portal_api, asks_about_a_token)
{
	struct call_request req;

	cr_assert_eq(portal_api_token_request(&req, &arena, &portal, "pt_\"},\n"), ERR_OK);
	check_common(&req);
	cr_expect_eq(req.method, CALL_POST);
	cr_expect_str_eq(req.url, "http://p/api/tokens/check");
	cr_expect_str_eq(req.body, "{\"token\":\"pt_\\\"},\\u000a\"}");
	cr_expect_eq(req.body_len, strlen(req.body));
	cr_expect_str_eq(req.headers[2], "content-type: application/json");
}

Test(portal_api, asks_about_accounts)
{
	struct call_request req;

	cr_assert_eq(portal_api_account_request(&req, &arena, &portal, "../a b/æ"), ERR_OK);
	check_common(&req);
	cr_expect_eq(req.method, CALL_GET);
	cr_expect_null(req.body);
	cr_expect_str_eq(req.url, "http://p/api/accounts/..%2Fa%20b%2F%C3%A6");
	cr_assert_eq(portal_api_uploader_request(&req, &arena, &portal, "-", "al/ice?"), ERR_OK);
	check_common(&req);
	cr_expect_str_eq(req.url, "http://p/api/uploaders/-/al%2Fice%3F");
}

Test(portal_api, hands_over_what_became_of_requests)
{
	struct call_request req;

	cr_assert_eq(
	    portal_api_requests_request(&req, &arena, &portal, "{\"number\":1}", 12), ERR_OK);
	check_common(&req);
	cr_expect_eq(req.method, CALL_POST);
	cr_expect_str_eq(req.url, "http://p/api/requests");
	cr_expect_str_eq(req.body, "{\"number\":1}");
	cr_expect_eq(req.body_len, 12);
	cr_expect_str_eq(req.headers[2], "content-type: application/json");
}

static struct call_reply
reply(long status, const char *body)
{
	return (struct call_reply){ CALL_OK, status, body, strlen(body), NULL, 0 };
}

#define GOOD "\"sub\":\"alice\",\"plan\":\"free\""

static const struct {
	long status;
	const char *body;
	enum err token, account;
} replies[] = {
	{ 200, "", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "ok", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "[]", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{\"error\":\"x\"}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{\"sub\":\"\",\"plan\":\"free\",\"is_banned\":false}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{\"sub\":\"a\",\"plan\":\"\",\"is_banned\":false}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{\"sub\":7,\"plan\":\"free\",\"is_banned\":false}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"is_banned\":0}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"is_banned\":null}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":\"txt\",\"token_id\":7}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[7],\"token_id\":7}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[\"txt\"]}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[\"txt\"],\"token_id\":0}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[\"txt\"],\"token_id\":\"7\"}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[\"txt\"],\"token_id\":7}", ERR_OK, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"scopes\":[],\"token_id\":7,\"more\":1}", ERR_OK, ERR_UPSTREAM },
	{ 200, "{" GOOD ",\"is_banned\":false}", ERR_UPSTREAM, ERR_OK },
	/* The portal's own 404, and those of others. */
	{ 404, "{\"error\":\"There is no such token.\"}", ERR_NOT_FOUND, ERR_NOT_FOUND },
	{ 404, "", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 404, "There is nothing at this address.\n", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 404, "<html>404 Not Found</html>", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 404, "{\"detail\":\"Not Found\"}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 404, "[]", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 401, "", ERR_FORBIDDEN, ERR_FORBIDDEN },
	{ 403, "{\"error\":\"x\"}", ERR_FORBIDDEN, ERR_FORBIDDEN },
	{ 400, "{\"error\":\"x\"}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 204, "", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 301, "{\"error\":\"x\"}", ERR_UPSTREAM, ERR_UPSTREAM },
	{ 503, "{\"error\":\"x\"}", ERR_UPSTREAM, ERR_UPSTREAM },
};

Test(portal_api, replies)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct call_reply r = reply(replies[i].status, replies[i].body);
		struct portal_account account = { .sub = "before" };

		cr_expect_eq(
		    portal_api_token_reply(&account, &arena, &r), replies[i].token, "%zu", i);
		cr_expect_str_eq(account.sub, replies[i].token == ERR_OK ? "alice" : "before");
		account.sub = "before";
		cr_expect_eq(
		    portal_api_account_reply(&account, &arena, &r), replies[i].account, "%zu", i);
		cr_expect_str_eq(account.sub, replies[i].account == ERR_OK ? "alice" : "before");
	}
}

Test(portal_api, nobody_answers)
{
	for (int i = CALL_OK + 1; i < CALL__MAX; i++) {
		const struct call_reply r = { .result = (enum call_result)i, .body = "" };
		struct portal_account account;

		cr_expect_eq(portal_api_token_reply(&account, &arena, &r),
		    call_result_err((enum call_result)i));
		cr_expect_neq(portal_api_account_reply(&account, &arena, &r), ERR_OK);
		cr_expect_neq(portal_api_account_reply(&account, &arena, &r), ERR_NOT_FOUND);
	}
}

Test(portal_api, what_is_read)
{
	struct call_reply r = reply(
	    200, "{" GOOD ",\"scopes\":[\"pics\",\"admin\"],\"token_id\":7,\"is_banned\":true}");
	struct portal_account account;

	cr_assert_eq(portal_api_token_reply(&account, &arena, &r), ERR_OK);
	cr_expect_str_eq(account.sub, "alice");
	cr_expect_str_eq(account.plan, "free");
	cr_expect(!account.may_txt && account.may_pics && !account.is_banned);
	cr_expect_eq(account.token_id, 7);
	cr_assert_eq(portal_api_account_reply(&account, &arena, &r), ERR_OK);
	cr_expect(account.is_banned && !account.may_txt && !account.may_pics);
	cr_expect_eq(account.token_id, 0);
}

Test(portal_api, whether_what_became_of_requests_has_arrived)
{
	static const struct {
		long status;
		const char *body;
		enum err e;
	} cases[] = {
		{ 200, "{\"is_new\":true}\n", ERR_OK },
		{ 200, "{\"is_new\":false}", ERR_OK },
		{ 200, "{\"is_new\":1}", ERR_UPSTREAM },
		{ 200, "{}", ERR_UPSTREAM },
		{ 200, "<html>", ERR_UPSTREAM },
		{ 204, "", ERR_UPSTREAM },
		{ 302, "", ERR_UPSTREAM },
		{ 400, "{\"error\":\"x\"}", ERR_INVALID },
		{ 400, "<html>", ERR_UPSTREAM },
		{ 401, "{\"error\":\"x\"}", ERR_FORBIDDEN },
		{ 404, "{\"error\":\"x\"}", ERR_NOT_FOUND },
		{ 404, "<html>", ERR_UPSTREAM },
		{ 503, "{\"error\":\"x\"}", ERR_UPSTREAM },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct call_reply r = reply(cases[i].status, cases[i].body);

		cr_expect_eq(portal_api_requests_reply(&arena, &r), cases[i].e, "%ld %s",
		    cases[i].status, cases[i].body);
	}
}
