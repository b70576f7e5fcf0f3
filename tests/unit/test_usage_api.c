/* txt and pics: what is asked, and what counts as an answer. */
#include "clients/usage_api.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(usage_api, .fini = end);

static const char *const bad_secrets[] = { "a\nb", "a\r\nx-evil: 1", "a b", "\x80", "a\t" };

Test(usage_api, secrets_no_header_can_hold)
{
	struct call_request req;
	size_t i;

	for (i = 0; i < sizeof(bad_secrets) / sizeof(bad_secrets[0]); i++)
		cr_expect_eq(usage_api_request(&req, &arena, "http://txt.example.org", "alice",
				 bad_secrets[i], 500),
		    ERR_INVALID);
}

static const struct {
	const char *sub, *url;
} subs[] = {
	{ "alice", "http://t/api/usage/alice" },
	{ "f81d4fae-7dec-11d0", "http://t/api/usage/f81d4fae-7dec-11d0" },
	{ "../../admin", "http://t/api/usage/..%2F..%2Fadmin" },
	{ "a?b=c#d", "http://t/api/usage/a%3Fb%3Dc%23d" },
	{ "a b\r\n", "http://t/api/usage/a%20b%0D%0A" },
	{ "100%", "http://t/api/usage/100%25" },
	{ "\xc3\xa6", "http://t/api/usage/%C3%A6" },
};

Test(usage_api, request)
{
	struct call_request req;
	size_t i;

	for (i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		cr_assert_eq(
		    usage_api_request(&req, &arena, "http://t", subs[i].sub, "s3cret", 1500),
		    ERR_OK);
		cr_expect_str_eq(req.url, subs[i].url);
		cr_expect_eq(req.method, CALL_GET);
		cr_expect_null(req.body);
		cr_expect_eq(req.timeout_ms, 1500);
		cr_expect_leq(req.max_bytes, 65536);
		cr_expect_str_eq(req.headers[1], "authorization: Bearer s3cret");
	}
	cr_assert_eq(usage_api_request(&req, &arena, "http://t", "a", "", 1), ERR_OK);
	cr_expect_null(req.headers[1], "no secret, no header");
}

static const struct {
	enum call_result result;
	long status;
	const char *body;
	enum err err;
} bad[] = {
	{ CALL_REFUSED, 0, "", ERR_UNAVAILABLE },
	{ CALL_TIMEOUT, 0, "", ERR_TIMEOUT },
	{ CALL_TLS, 0, "", ERR_UNAVAILABLE },
	{ CALL_TOO_LARGE, 0, "", ERR_UPSTREAM },
	{ CALL_CUT, 0, "", ERR_UPSTREAM },
	{ CALL_OK, 401, "{}", ERR_FORBIDDEN },
	{ CALL_OK, 403, "{}", ERR_FORBIDDEN },
	{ CALL_OK, 404, "not found", ERR_NOT_FOUND },
	{ CALL_OK, 204, "", ERR_UPSTREAM },
	{ CALL_OK, 302, "", ERR_UPSTREAM },
	{ CALL_OK, 500, "{\"paste_count\":1,\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 503, "", ERR_UPSTREAM },
	{ CALL_OK, 200, "", ERR_UPSTREAM },
	{ CALL_OK, 200, "<html>welcome</html>", ERR_UPSTREAM },
	{ CALL_OK, 200, "[]", ERR_UPSTREAM },
	{ CALL_OK, 200, "null", ERR_UPSTREAM },
	{ CALL_OK, 200, "{}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"image_count\":1,\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":null,\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":\"1\",\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1.0,\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":-1,\"storage_bytes\":1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1,\"storage_bytes\":-1}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":99999999999999999999,\"storage_bytes\":1}",
	    ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1,\"storage_bytes\":1", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1,\"storage_bytes\":1}{}", ERR_UPSTREAM },
	{ CALL_OK, 200, "{\"paste_count\":1,\"paste_count\":2,\"storage_bytes\":1}", ERR_UPSTREAM },
};

Test(usage_api, no_answer)
{
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct usage_answer a = { -7, -7 };
		struct call_reply reply = { bad[i].result, bad[i].status, bad[i].body,
			strlen(bad[i].body), NULL, 0 };

		cr_expect_eq(usage_api_reply(&a, &arena, &reply, USAGE_API_TXT_COUNT), bad[i].err,
		    "%zu: %s", i, bad[i].body);
		cr_expect_eq(a.count, -7, "%zu", i);
	}
}

static const struct {
	const char *body, *count;
	int64_t n, bytes;
} good[] = {
	{ "{\"paste_count\":12,\"storage_bytes\":45678}", USAGE_API_TXT_COUNT, 12, 45678 },
	{ "{\"image_count\":8,\"storage_bytes\":234567}", USAGE_API_PICS_COUNT, 8, 234567 },
	{ " {\"storage_bytes\":0,\"paste_count\":0,\"more\":[1]}\n", USAGE_API_TXT_COUNT, 0, 0 },
	{ "{\"paste_count\":1,\"storage_bytes\":9223372036854775807}", USAGE_API_TXT_COUNT, 1,
	    INT64_MAX },
};

Test(usage_api, answers)
{
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct usage_answer a;
		struct call_reply reply = { CALL_OK, 200, good[i].body, strlen(good[i].body), NULL,
			0 };

		cr_assert_eq(usage_api_reply(&a, &arena, &reply, good[i].count), ERR_OK, "%zu", i);
		cr_expect_eq(a.count, good[i].n);
		cr_expect_eq(a.storage_bytes, good[i].bytes);
	}
}
