/* When jobs are due, as a table. Days are 2026-11-20 and around, in UTC. */
#include <criterion/criterion.h>

#include "jobs/schedule.h"

#define NOON INT64_C(1795176000) /* 2026-11-20 12:00:00 */
#define MIDNIGHT (NOON - 43200)

static const struct {
	const char *what;
	struct schedule schedule;
	int64_t last, now, want;
} cases[] = {
	{ "negative last run is none", { SCHEDULE_EVERY, 15, 0, 0 }, -5, NOON, NOON },
	{ "every: clock put back", { SCHEDULE_EVERY, 15, 0, 0 }, NOON + 9999, NOON, NOON + 15 },
	{ "daily: clock put back", { SCHEDULE_DAILY, 0, 3, 10 }, NOON + 9999999, NOON,
	    MIDNIGHT + 86400 + 11400 },
	{ "every: never ran", { SCHEDULE_EVERY, 15, 0, 0 }, 0, NOON, NOON },
	{ "every: not yet", { SCHEDULE_EVERY, 15, 0, 0 }, NOON - 14, NOON, NOON + 1 },
	{ "every: now", { SCHEDULE_EVERY, 15, 0, 0 }, NOON - 15, NOON, NOON },
	{ "every: missed many", { SCHEDULE_EVERY, 15, 0, 0 }, NOON - 3600, NOON, NOON - 3585 },
	{ "daily: never ran", { SCHEDULE_DAILY, 0, 3, 10 }, 0, NOON, NOON },
	{ "daily: ran today", { SCHEDULE_DAILY, 0, 3, 10 }, MIDNIGHT + 11400, NOON,
	    MIDNIGHT + 86400 + 11400 },
	{ "daily: ran today, late", { SCHEDULE_DAILY, 0, 3, 10 }, NOON, NOON,
	    MIDNIGHT + 86400 + 11400 },
	{ "daily: ran yesterday, later today", { SCHEDULE_DAILY, 0, 20, 0 }, MIDNIGHT - 14400, NOON,
	    MIDNIGHT + 72000 },
	{ "daily: missed this morning's", { SCHEDULE_DAILY, 0, 3, 10 }, NOON - 86400, NOON,
	    MIDNIGHT + 11400 },
	{ "daily: missed a month", { SCHEDULE_DAILY, 0, 3, 10 }, NOON - 30 * 86400, NOON,
	    NOON - 30 * 86400 - 43200 + 86400 + 11400 },
	{ "daily: at midnight", { SCHEDULE_DAILY, 0, 0, 0 }, MIDNIGHT, NOON, MIDNIGHT + 86400 },
	{ "daily: a second before", { SCHEDULE_DAILY, 0, 0, 0 }, MIDNIGHT - 1, NOON, MIDNIGHT },
	{ "daily: last minute", { SCHEDULE_DAILY, 0, 23, 59 }, MIDNIGHT, NOON, MIDNIGHT + 86340 },
};

Test(schedule, next)
{
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t got = schedule_next(&cases[i].schedule, cases[i].last, cases[i].now);

		cr_expect_eq(
		    got, cases[i].want, "%s: %+ld", cases[i].what, (long)(got - cases[i].want));
	}
}

Test(schedule, period)
{
	cr_expect_eq(schedule_period(&(struct schedule){ SCHEDULE_EVERY, 15, 0, 0 }), 15);
	cr_expect_eq(schedule_period(&(struct schedule){ SCHEDULE_DAILY, 0, 3, 10 }), 86400);
}
