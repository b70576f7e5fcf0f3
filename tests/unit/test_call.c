/* Words, errors and headers of calls. */
#include "base/call.h"

#include <criterion/criterion.h>
#include <signal.h>

static const struct {
	enum call_result result;
	const char *word, *phrase;
	enum err e;
} cases[] = {
	{ CALL_OK, "ok", "answers", ERR_OK },
	{ CALL_DNS, "dns", "cannot be found", ERR_UNAVAILABLE },
	{ CALL_REFUSED, "refused", "cannot be reached", ERR_UNAVAILABLE },
	{ CALL_TIMEOUT, "timeout", "does not answer", ERR_TIMEOUT },
	{ CALL_TLS, "tls", "does not prove who it is", ERR_UNAVAILABLE },
	{ CALL_CUT, "cut", "breaks off in the middle of its answer", ERR_UPSTREAM },
	{ CALL_TOO_LARGE, "too_large", "answers far too much", ERR_UPSTREAM },
	{ CALL_STATUS, "status", "answers with an error", ERR_UPSTREAM },
	{ CALL_NOT_JSON, "not_json", "answers something that cannot be read", ERR_UPSTREAM },
	{ CALL__MAX, "unknown", "does something unknown", ERR_INTERNAL },
};

Test(call, every_result_has_its_words_and_error)
{
	size_t i;

	cr_assert_eq(sizeof(cases) / sizeof(cases[0]), CALL__MAX + 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_str_eq(call_result_word(cases[i].result), cases[i].word);
		cr_expect_str_eq(call_result_phrase(cases[i].result), cases[i].phrase);
		cr_expect_eq(call_result_err(cases[i].result), cases[i].e);
	}
}

static const struct {
	enum err e;
	enum call_result transfer;
	long status;
	enum call_result outcome;
} outcomes[] = {
	{ ERR_TIMEOUT, CALL_TIMEOUT, 0, CALL_TIMEOUT },
	{ ERR_UNAVAILABLE, CALL_TLS, 0, CALL_TLS },
	{ ERR_OK, CALL_OK, 200, CALL_OK },
	{ ERR_OK, CALL_OK, 404, CALL_OK }, /* an answer, too, where the client says so */
	{ ERR_UPSTREAM, CALL_OK, 200, CALL_NOT_JSON },
	{ ERR_FORBIDDEN, CALL_OK, 204, CALL_NOT_JSON },
	{ ERR_UPSTREAM, CALL_OK, 302, CALL_STATUS },
	{ ERR_UNAUTHORIZED, CALL_OK, 400, CALL_STATUS },
	{ ERR_UNAVAILABLE, CALL_OK, 503, CALL_STATUS },
};

Test(call, the_clients_verdict_is_part_of_the_outcome)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		const struct call_reply reply = { .result = outcomes[i].transfer,
			.status = outcomes[i].status };

		cr_expect_eq(
		    call_outcome(outcomes[i].e, &reply), outcomes[i].outcome, "case %zu", i);
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
