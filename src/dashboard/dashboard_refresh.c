#include "dashboard/dashboard_refresh.h"

static void
start_for_bouncer(const struct dashboard *d, const struct dashboard_bouncer *b, int64_t user_id,
    struct source_wait *wait)
{
	struct source_subject s = {
		.user_id = user_id,
		.bouncer_id = b->id,
		.bouncer_name = b->name,
		.soju_username = b->soju_username,
	};

	if (b->use != DASHBOARD_USABLE)
		return;
	s.kind = SOURCE_SOJU;
	source_refresh_start(&s, &b->soju_state, d->read_at, wait);
	s.kind = SOURCE_KUBE;
	if (!b->is_shared)
		source_refresh_start(&s, &b->kube_state, d->read_at, wait);
}

int
dashboard_refresh_start(
    const struct dashboard *d, int64_t user_id, const char *sub, struct source_wait *wait)
{
	struct source_subject s = { .user_id = user_id, .sub = sub };
	size_t i;

	for (i = 0; i < d->nbouncers; i++)
		start_for_bouncer(d, &d->bouncers[i], user_id, wait);
	s.kind = SOURCE_TXT;
	source_refresh_start(&s, &d->txt_state, d->read_at, wait);
	s.kind = SOURCE_PICS;
	source_refresh_start(&s, &d->pics_state, d->read_at, wait);
	return wait->pending;
}
