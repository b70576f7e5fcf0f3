/* What comes next for a bouncer, when it is tried again, and when it is given up. */
#include "bouncer/bouncer_step.h"

#include <criterion/criterion.h>

#define NOW 1000000

Test(bouncer_step, next)
{
	static const struct {
		enum bouncer_state state;
		int64_t wanted, applied, delete_after, attempts;
		bool has_notice;
		enum bouncer_step step;
	} cases[] = {
		{ BOUNCER_REQUESTED, 1, 0, 0, 0, false, BOUNCER_STEP_DATABASE },
		{ BOUNCER_REQUESTED, 3, 0, 0, 0, true, BOUNCER_STEP_DATABASE },
		{ BOUNCER_DATABASE, 1, 0, 0, 0, false, BOUNCER_STEP_APPLY },
		{ BOUNCER_APPLIED, 1, 1, 0, 0, false, BOUNCER_STEP_CHECK },
		{ BOUNCER_APPLIED, 2, 1, 0, 0, true, BOUNCER_STEP_APPLY },
		{ BOUNCER_READY, 1, 1, 0, 0, false, BOUNCER_STEP_NONE },
		{ BOUNCER_READY, 2, 1, 0, 0, false, BOUNCER_STEP_CHANGE },
		{ BOUNCER_READY, 1, 1, 0, 0, true, BOUNCER_STEP_NOTICE },
		{ BOUNCER_READY, 2, 1, 0, 0, true, BOUNCER_STEP_NOTICE },
		{ BOUNCER_READY, 1, 1, 0, 3, true, BOUNCER_STEP_NOTICE },
		{ BOUNCER_READY, 2, 1, 0, 1, true, BOUNCER_STEP_CHANGE },
		{ BOUNCER_FAILED, 2, 1, 0, 0, true, BOUNCER_STEP_NONE },
		{ BOUNCER_DELETING, 2, 1, NOW + 1, 0, false, BOUNCER_STEP_CHANGE },
		{ BOUNCER_DELETING, 2, 2, NOW + 1, 0, true, BOUNCER_STEP_NONE },
		{ BOUNCER_DELETING, 2, 2, NOW, 0, false, BOUNCER_STEP_EXPIRE },
		{ BOUNCER_DELETING, 2, 1, NOW - 9, 0, false, BOUNCER_STEP_EXPIRE },
		{ BOUNCER_REMOVING, 2, 1, 0, 0, true, BOUNCER_STEP_REMOVE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bouncer b = { .state = cases[i].state,
			.wanted = cases[i].wanted,
			.applied = cases[i].applied,
			.delete_after = cases[i].delete_after,
			.attempts = cases[i].attempts };

		cr_expect_eq(
		    bouncer_step_next(&b, cases[i].has_notice, NOW), cases[i].step, "case %zu", i);
	}
}

Test(bouncer_step, failures_wait_longer_each_time_and_not_all_alike)
{
	static const int64_t middle[] = { 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	int64_t least, most;

	for (int i = 0; i < 10; i++) {
		least = most = bouncer_step_wait_s(PROVISION_FAILED, i, 0);
		for (uint32_t chance = 1; chance < 1000; chance++) {
			int64_t s = bouncer_step_wait_s(PROVISION_FAILED, i, chance * 2654435761U);

			least = s < least ? s : least;
			most = s > most ? s : most;
		}
		cr_expect_eq(least, middle[i] - middle[i] / 4, "attempt %d", i);
		cr_expect_eq(most, middle[i] - middle[i] / 4 + middle[i] / 2, "attempt %d", i);
	}
}

Test(bouncer_step, no_number_of_attempts_is_too_much)
{
	const int64_t most = BOUNCER_RETRY_MOST_S + BOUNCER_RETRY_MOST_S / 2;

	cr_expect_leq(bouncer_step_wait_s(PROVISION_FAILED, INT64_MAX, UINT32_MAX), most);
	cr_expect_geq(bouncer_step_wait_s(PROVISION_FAILED, INT64_MAX, 0), 225);
	cr_expect_geq(bouncer_step_wait_s(PROVISION_FAILED, 0, 0), 1);
	cr_expect_geq(bouncer_step_wait_s(PROVISION_REFUSED, 0, 0), 225);
	cr_expect_eq(bouncer_step_wait_s(PROVISION_WAIT, INT64_MAX, 7), 15);
}

Test(bouncer_step, waiting_is_asked_often_at_first)
{
	int64_t sum = 0, last = 0, s;

	for (int i = 0; i < 15; i++)
		cr_expect_eq(bouncer_step_wait_s(PROVISION_WAIT, i, 12345), 2);
	for (int i = 0; i < 100; i++) {
		s = bouncer_step_wait_s(PROVISION_WAIT, i, 0);
		cr_expect_geq(s, last);
		last = s;
		sum += s;
	}
	cr_expect_eq(last, 15);
	cr_expect_geq(sum, 900, "patience ends before the hundredth time");
}

Test(bouncer_step, gives_up)
{
	static const struct {
		enum bouncer_state state;
		enum provision outcome;
		int64_t age;
		bool is;
	} cases[] = {
		{ BOUNCER_REQUESTED, PROVISION_FAILED, 3599, false },
		{ BOUNCER_REQUESTED, PROVISION_FAILED, 3600, true },
		{ BOUNCER_REQUESTED, PROVISION_REFUSED, 0, true },
		{ BOUNCER_DATABASE, PROVISION_FAILED, 3599, false },
		{ BOUNCER_DATABASE, PROVISION_WAIT, 3600, true },
		{ BOUNCER_DATABASE, PROVISION_REFUSED, 0, true },
		{ BOUNCER_APPLIED, PROVISION_WAIT, 899, false },
		{ BOUNCER_APPLIED, PROVISION_WAIT, 900, true },
		{ BOUNCER_APPLIED, PROVISION_FAILED, 900, true },
		{ BOUNCER_APPLIED, PROVISION_REFUSED, 0, true },
		/* What was made once is looked after for ever. */
		{ BOUNCER_READY, PROVISION_REFUSED, 100000, false },
		{ BOUNCER_READY, PROVISION_FAILED, 100000, false },
		{ BOUNCER_DELETING, PROVISION_REFUSED, 100000, false },
		{ BOUNCER_REMOVING, PROVISION_REFUSED, 100000, false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct bouncer b = { .state = cases[i].state,
			.state_at = NOW - cases[i].age };

		cr_expect_eq(bouncer_step_is_hopeless(&b, cases[i].outcome, NOW), cases[i].is,
		    "case %zu", i);
	}
}

Test(bouncer_step, each_step_that_can_fail_has_a_sentence_for_its_owner)
{
	for (int i = BOUNCER_STEP_DATABASE; i < BOUNCER_STEP__MAX; i++) {
		cr_expect_not_null(bouncer_step_words[i]);
		if (i != BOUNCER_STEP_EXPIRE && i != BOUNCER_STEP_NOTICE)
			cr_expect_not_null(
			    bouncer_step_failure((enum bouncer_step)i, PROVISION_FAILED));
		cr_expect_null(bouncer_step_failure((enum bouncer_step)i, PROVISION_WAIT));
	}
}
