/* What is due, what is configured, what is a name, and a sentence for every failure. */
#include "source/source.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <string.h>

#include "base/settings.h"

static const struct {
	const char *what;
	int64_t tried_at, now;
	bool is_due;
} moments[] = {
	{ "never tried", 0, 5, true },
	{ "just now", 1000, 1000, false },
	{ "fourteen seconds ago", 1000, 1014, false },
	{ "fifteen seconds ago", 1000, 1015, true },
	{ "a day ago", 1000, 87400, true },
	{ "in the future", 1000, 999, true },
};

Test(source, is_due)
{
	struct source_state s = { .answered_at = 1 };
	size_t i;

	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		s.tried_at = moments[i].tried_at;
		cr_expect_eq(
		    source_is_due(&s, moments[i].now), moments[i].is_due, "%s", moments[i].what);
	}
}

Test(source, every_word_and_reason_is_there_once)
{
	int i, j;

	for (i = 0; i < SOURCE_FAILURE__MAX; i++) {
		const char *reason = source_failure_reason((enum source_failure)i);

		cr_assert_not_null(source_failure_words[i]);
		if (i == SOURCE_FINE) {
			cr_expect_null(reason);
			continue;
		}
		cr_assert_not_null(reason);
		cr_expect(islower((unsigned char)reason[0]), "%s", reason);
		cr_expect_null(strchr(reason, '.'), "%s", reason);
		for (j = 0; j < i; j++)
			cr_expect_str_neq(source_failure_words[i], source_failure_words[j]);
	}
	for (i = 0; i < SOURCE__MAX; i++)
		cr_expect_not_null(source_words[i]);
	for (i = 0; i < KUBE_PHASE__MAX; i++)
		cr_expect_not_null(kube_phase_words[i]);
	cr_expect_not_null(source_failure_reason((enum source_failure)99));
	for (i = 0; i < SOURCE_FAILURE__MAX; i++)
		cr_expect_eq(source_failure_of_word(source_failure_words[i]), i);
	cr_expect_eq(source_failure_of_word("of_next_year"), SOURCE_BROKEN);
}

static const struct {
	const char *name;
	bool is_name;
} names[] = {
	{ "", false },
	{ "-", false },
	{ "-a", false },
	{ "a-", false },
	{ "Alice", false },
	{ "a b", false },
	{ "a/b", false },
	{ "..", false },
	{ "a.b", false },
	{ "a%2fb", false },
	{ "a\n", false },
	{ "\xc3\xa6", false },
	{ "a' OR 1=1", false },
	{ "a234567890123456789012345678901234567890x", false },
	{ "a23456789012345678901234567890123456789x", true },
	{ "a", true },
	{ "7", true },
	{ "alice-work2", true },
};

Test(source, is_bouncer_name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		cr_expect_eq(
		    source_is_bouncer_name(names[i].name), names[i].is_name, "%s", names[i].name);
}

static const struct {
	enum call_result result;
	long status;
	enum err err;
	enum source_failure failure;
} verdicts[] = {
	{ CALL_DNS, 0, ERR_UNAVAILABLE, SOURCE_DNS },
	{ CALL_REFUSED, 0, ERR_UNAVAILABLE, SOURCE_REFUSED },
	{ CALL_TIMEOUT, 0, ERR_TIMEOUT, SOURCE_TIMEOUT },
	{ CALL_TLS, 0, ERR_UNAVAILABLE, SOURCE_TLS },
	{ CALL_CUT, 0, ERR_UPSTREAM, SOURCE_CUT },
	{ CALL_TOO_LARGE, 0, ERR_UPSTREAM, SOURCE_TOO_LARGE },
	{ CALL_NOT_JSON, 0, ERR_UPSTREAM, SOURCE_NOT_JSON },
	{ CALL_OK, 401, ERR_UNAUTHORIZED, SOURCE_DENIED },
	{ CALL_OK, 403, ERR_FORBIDDEN, SOURCE_DENIED },
	{ CALL_OK, 404, ERR_NOT_FOUND, SOURCE_MISSING },
	{ CALL_OK, 404, ERR_UPSTREAM, SOURCE_STATUS },
	{ CALL_OK, 503, ERR_UPSTREAM, SOURCE_STATUS },
	{ CALL_OK, 302, ERR_UPSTREAM, SOURCE_STATUS },
	{ CALL_OK, 200, ERR_UPSTREAM, SOURCE_NOT_JSON },
	{ CALL_OK, 0, ERR_INVALID, SOURCE_BROKEN }, /* no call was made */
	{ CALL_OK, 0, ERR_FORBIDDEN, SOURCE_DENIED },
	{ CALL_OK, 200, ERR_OK, SOURCE_FINE },
};

Test(source, failure_of_reply)
{
	size_t i;

	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct call_reply reply = { .result = verdicts[i].result,
			.status = verdicts[i].status };

		cr_expect_eq(source_failure_of_reply(verdicts[i].err, &reply), verdicts[i].failure,
		    "%zu", i);
	}
}

/* The same words and sentences, whoever made the call. */
Test(source, failures_of_calls_are_named_as_calls_are)
{
	for (int i = CALL_OK + 1; i < CALL__MAX; i++) {
		const struct call_reply reply = { .result = (enum call_result)i };
		enum source_failure f = source_failure_of_reply(ERR_UPSTREAM, &reply);
		const char *reason = source_failure_reason(f);

		cr_expect_str_eq(source_failure_words[f], call_result_word(reply.result));
		cr_assert_eq(strncmp(reason, "the service ", 12), 0, "%s", reason);
		cr_expect_str_eq(reason + 12, call_result_phrase(reply.result));
	}
}

Test(source, is_configured)
{
	settings.soju_database_url = settings.kubernetes_api_url = "";
	settings.kubernetes_namespace = settings.txt_internal_url = "";
	settings.pic_internal_url = "";
	for (int i = 0; i < SOURCE__MAX; i++)
		cr_expect_not(source_is_configured((enum source_kind)i));
	settings.soju_database_url = "postgresql://db.example.org/{bouncer}";
	settings.kubernetes_api_url = "https://192.0.2.1";
	settings.txt_internal_url = "http://txt.example.org";
	settings.pic_internal_url = "http://pics.example.org";
	cr_expect(source_is_configured(SOURCE_SOJU));
	cr_expect_not(source_is_configured(SOURCE_KUBE), "without a namespace");
	settings.kubernetes_namespace = "bouncers";
	for (int i = 0; i < SOURCE__MAX; i++)
		cr_expect(source_is_configured((enum source_kind)i));
}
