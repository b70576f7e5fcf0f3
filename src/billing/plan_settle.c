#include "billing/plan_settle.h"

#include <string.h>

#include "billing/plan.h"

/* -1: none that we know. */
static int
rank(const char *word)
{
	const struct plan *p = plan_find(word);

	return p != NULL ? (int)(p - plans) : -1;
}

/* *until: when that ends by itself; 0: not. */
static bool
is_entitled(const struct plan_entitlement *e, int64_t grace_s, int64_t now, int64_t *until)
{
	*until = 0;
	if (strcmp(e->status, "active") == 0 || strcmp(e->status, "trialing") == 0)
		return true;
	if (strcmp(e->status, "past_due") != 0 || e->past_due_at == 0)
		return false;
	*until = e->past_due_at + grace_s;
	return now < *until;
}

void
plan_settle(struct plan_settlement *s, const char *granted, const struct plan_entitlement *e,
    size_t n, int64_t grace_s, int64_t now)
{
	int64_t until;

	*s = (struct plan_settlement){ .plan = granted };
	if (plan_find(granted) == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!is_entitled(&e[i], grace_s, now, &until) || rank(e[i].plan) < 0)
			continue;
		if (rank(e[i].plan) > rank(s->plan))
			s->plan = e[i].plan;
		if (until > 0 && (s->look_again_at == 0 || until < s->look_again_at))
			s->look_again_at = until;
	}
}

bool
plan_is_upgrade(const char *from, const char *to)
{
	return rank(to) > rank(from);
}
