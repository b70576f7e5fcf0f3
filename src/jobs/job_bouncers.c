#include "jobs/job_bouncers.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/settings.h"
#include "billing/plan.h"
#include "bouncer/bouncer_work.h"
#include "bouncer/bouncer_work_store.h"

enum err
job_bouncers_work(struct job_context *c)
{
	return bouncer_work_run(c->db, &bouncer_hands, settings.database_direct_url);
}

enum err
job_bouncers_limits(struct job_context *c)
{
	struct bouncer_limits limits[PLAN__MAX];
	struct db_query q = { .arena = c->arena };
	int64_t n;
	enum err e;

	for (int i = 0; i < PLAN__MAX; i++)
		limits[i] = (struct bouncer_limits){ plans[i].word, plans[i].networks,
			plans[i].history_days };
	bouncer_work_store_follow_plans(&q, limits, PLAN__MAX);
	e = db_sync_number(c->db, &q, &n);
	if (n > 0)
		log_info("jobs", "bouncers given the limits of another plan: %" PRId64, n);
	return e;
}
