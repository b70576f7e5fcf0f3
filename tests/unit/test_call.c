/* Words, errors and headers of calls. */
#include "base/call.h"

#include <criterion/criterion.h>
#include <signal.h>

static const struct {
	enum call_result result;
	const char *word;
	enum err e;
} cases[] = {
	{ CALL_OK, "ok", ERR_OK },
	{ CALL_REFUSED, "refused", ERR_UNAVAILABLE },
	{ CALL_TIMEOUT, "timeout", ERR_TIMEOUT },
	{ CALL_TLS, "tls", ERR_UNAVAILABLE },
	{ CALL_TOO_LARGE, "too_large", ERR_UPSTREAM },
	{ CALL_BROKEN, "broken", ERR_UPSTREAM },
	{ CALL__MAX, "unknown", ERR_INTERNAL },
};

Test(call, every_result_has_its_word_and_error)
{
	size_t i;

	cr_assert_eq(sizeof(cases) / sizeof(cases[0]), CALL__MAX + 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_str_eq(call_result_word(cases[i].result), cases[i].word);
		cr_expect_eq(call_result_err(cases[i].result), cases[i].e);
	}
}

Test(call, headers_stand_in_their_order)
{
	struct call_request req = { 0 };
	struct arena a = { 0 };

	call_header(&req, &a, "Accept", "application/json");
	call_header(&req, &a, "Authorization", "Bearer %s:%d", "x%s", 7);
	cr_expect_str_eq(req.headers[0], "Accept: application/json");
	cr_expect_str_eq(req.headers[1], "Authorization: Bearer x%s:7");
	cr_expect_null(req.headers[2]);
	arena_free(&a);
}

Test(call, more_headers_than_there_is_room_end_the_process, .signal = SIGABRT)
{
	struct call_request req = { 0 };
	struct arena a = { 0 };
	int i;

	for (i = 0; i < CALL_HEADERS_MAX + 1; i++)
		call_header(&req, &a, "X", "%d", i);
}
