#include "jobs/job_health.h"

#include <inttypes.h>

#include "activity/activity_content.h"
#include "activity/activity_soju.h"
#include "base/log.h"
#include "bouncer/health.h"
#include "bouncer/health_store.h"
#include "content/content_store.h"

#define DAYS_KEEP 90
#define PURGE_AT_ONCE 5000
#define PURGE_ROUNDS 2000

enum err
job_health_round(struct job_context *c)
{
	return health_round(c->db, c->arena, c->now);
}

enum err
job_health_purge(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n = PURGE_AT_ONCE, all = 0;
	enum err e = ERR_OK;

	for (int i = 0; i < PURGE_ROUNDS && n == PURGE_AT_ONCE && e == ERR_OK; i++) {
		health_store_purge(&q, DAYS_KEEP, PURGE_AT_ONCE);
		e = db_sync_number(c->db, &q, &n);
		all += n;
	}
	if (all > 0)
		log_info("jobs", "days of bouncers deleted: %" PRId64, all);
	return e;
}

enum err
job_health_content(struct job_context *c)
{
	return activity_content(c->db, c->arena, c->now);
}

enum err
job_health_soju(struct job_context *c)
{
	return activity_soju(c->db, c->arena, c->now);
}

enum err
job_health_made_days(struct job_context *c)
{
	struct db_query q = { .arena = c->arena };
	int64_t n;

	content_store_purge_days(&q, DAYS_KEEP);
	return db_sync_number(c->db, &q, &n);
}
