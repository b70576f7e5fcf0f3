/* Who made something at txt or pics: what is asked, and what counts as an answer. */
#include "clients/activity_api.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena arena;

static void
end(void)
{
	arena_free(&arena);
}

TestSuite(activity_api, .fini = end);

Test(activity_api, request)
{
	const struct activity_api api = { "http://t", "s3cret", 700 }, none = { "http://t", "", 1 },
				  bad = { "http://t", "a\r\nx: 1", 1 };
	struct call_request req;

	cr_assert_eq(activity_api_request(&req, &arena, &api, 1795824000, NULL), ERR_OK);
	cr_expect_str_eq(req.url, "http://t/api/activity?day=2026-11-28");
	cr_expect_str_eq(req.headers[1], "authorization: Bearer s3cret");
	cr_expect_eq(req.timeout_ms, 700);
	cr_assert_eq(activity_api_request(&req, &arena, &none, 0, "a&day=b c\xc3\xa6"), ERR_OK);
	cr_expect_str_eq(
	    req.url, "http://t/api/activity?day=1970-01-01&after=a%26day%3Db%20c%C3%A6");
	cr_expect_null(req.headers[1]);
	cr_expect_eq(activity_api_request(&req, &arena, &bad, 0, NULL), ERR_INVALID);
	cr_expect_eq(activity_api_request(&req, &arena, &none, 253402300800, NULL), ERR_INVALID,
	    "the year 10000");
}

static const struct {
	enum call_result result;
	long status;
	const char *body;
	enum err e;
	size_t n;
	const char *next;
} replies[] = {
	{ CALL_TIMEOUT, 0, "", ERR_TIMEOUT, 0, NULL },
	{ CALL_OK, 401, "{}", ERR_FORBIDDEN, 0, NULL },
	{ CALL_OK, 404, "not found", ERR_NOT_FOUND, 0, NULL },
	{ CALL_OK, 500, "{\"subs\":[],\"next\":null}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[]", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"next\":null}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":\"a\"}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[1]}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[],\"next\":7}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[],\"next\":\"\"}", ERR_UPSTREAM, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[],\"next\":null}", ERR_OK, 0, NULL },
	{ CALL_OK, 200, "{\"subs\":[\"a\",\"b\"],\"next\":\"b\",\"more\":1}", ERR_OK, 2, "b" },
};

Test(activity_api, replies)
{
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		const struct call_reply reply = { .result = replies[i].result,
			.status = replies[i].status,
			.body = replies[i].body,
			.body_len = strlen(replies[i].body) };
		struct activity_page page;
		enum err e = activity_api_reply(&page, &arena, &reply);

		cr_expect_eq(e, replies[i].e, "%s", replies[i].body);
		if (e != ERR_OK)
			continue;
		cr_expect_eq(page.n, replies[i].n);
		if (replies[i].next != NULL)
			cr_expect_str_eq(page.next, replies[i].next);
		else
			cr_expect_null(page.next);
	}
}
