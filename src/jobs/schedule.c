#include "jobs/schedule.h"

#define DAY_S 86400

/* The first moment after `t` at which a day's clock shows `second`. Times are after 1970. */
static int64_t
daily_after(int64_t t, int64_t second)
{
	int64_t at = t - t % DAY_S + second;

	return at > t ? at : at + DAY_S;
}

int64_t
schedule_next(const struct schedule *s, int64_t last_run, int64_t now)
{
	if (last_run <= 0)
		return now;
	if (last_run > now)
		last_run = now;
	if (s->kind == SCHEDULE_EVERY)
		return last_run + s->seconds;
	return daily_after(last_run, (int64_t)s->hour * 3600 + (int64_t)s->minute * 60);
}

int64_t
schedule_period(const struct schedule *s)
{
	return s->kind == SCHEDULE_EVERY ? s->seconds : DAY_S;
}
