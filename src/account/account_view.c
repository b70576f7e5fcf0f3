/* See account_view.h. */
#include "account/account_view.h"

#include "base/human.h"
#include "base/text.h"
#include "billing/plan.h"

#define NAME_POINTS 120

VIEW_DEFINE(account, ACCOUNT)

static void
plan_init(struct account_view *v, const char *word, struct arena *arena)
{
	const struct plan *plan = plan_find(word);

	v->plan =
	    plan != NULL ? plan->name : text_short(arena, text_safe(arena, word), NAME_POINTS);
	v->plan_sentence = plan != NULL ? plan->thanks : NULL;
}

void
account_view_init(struct account_view *v, const struct account *a, const char *provider,
    int64_t now, struct arena *arena)
{
	*v = (struct account_view){ .frame = v->frame,
		.name = text_short(arena, text_safe(arena, a->name), NAME_POINTS),
		.email = text_short(arena, text_safe(arena, a->email), NAME_POINTS),
		.is_verified = a->is_email_verified,
		.roles = a->roles,
		.provider = provider,
		.sessions = human_plural(arena, a->sessions, "browser", "browsers") };
	time_view_init(&v->made, a->made_at, now, arena);
	time_view_init(&v->signed_in, a->signed_in_at, now, arena);
	plan_init(v, a->plan, arena);
	v->wants_mail = a->wants_outage_mail;
	if (a->outage_mail_hours > 0 && a->email != NULL)
		v->mail_after = human_plural(arena, a->outage_mail_hours, "hour", "hours");
}
