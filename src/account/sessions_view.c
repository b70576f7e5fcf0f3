/* See sessions_view.h. */
#include "account/sessions_view.h"

#include <inttypes.h>
#include <string.h>

#include "account/user_agent.h"
#include "base/human.h"
#include "base/text.h"
#include "events/events.h"

#define NAME_POINTS 60

VIEW_DEFINE(session_row, SESSION_ROW)
VIEW_DEFINE(activity_row, ACTIVITY_ROW)
VIEW_DEFINE(sessions, SESSIONS)

/* What an event is called; with the name of what it was about, where there is one. */
static const struct {
	const char *plain, *before, *after;
} event_sentences[EVENT__MAX] = {
	[EVENT_SIGNUP] = { "Account made", NULL, NULL },
	[EVENT_LOGIN] = { "Signed in", NULL, NULL },
	[EVENT_BOUNCER_CREATE] = { "Bouncer made", "Bouncer ", " made" },
	[EVENT_BOUNCER_DELETE] = { "Bouncer deleted", "Bouncer ", " deleted" },
	[EVENT_PLAN_UPGRADE] = { "Plan upgraded", "Plan upgraded to ", "" },
	[EVENT_PLAN_DOWNGRADE] = { "Plan changed", "Plan changed to ", "" },
};

/* A type that only a later version knows is shown as it is written. */
static const char *
activity_words(struct arena *a, const struct activity *v)
{
	const char *about = v->bouncer != NULL ? v->bouncer : v->plan;
	int i;

	for (i = 0; i < EVENT__MAX; i++) {
		if (strcmp(v->type, event_words[i]) != 0)
			continue;
		if (about == NULL || event_sentences[i].before == NULL)
			return event_sentences[i].plain;
		about = text_short(a, text_safe(a, about), NAME_POINTS);
		return arena_printf(
		    a, "%s%s%s", event_sentences[i].before, about, event_sentences[i].after);
	}
	return text_short(a, text_safe(a, v->type), NAME_POINTS);
}

/* The time of last use is written once a minute; the session that asks is in use now. */
static void
session_row_init(struct session_row_view *v, const struct session *s, int64_t now, struct arena *a)
{
	v->id = arena_printf(a, "%" PRId64, s->id);
	v->browser = user_agent_words(a, s->user_agent);
	v->is_this = s->is_this;
	time_view_init(&v->begun, s->begun_at, now, a);
	time_view_init(&v->used, s->is_this ? now : s->used_at, now, a);
}

void
sessions_view_init(struct sessions_view *v, const struct session_list *sessions,
    const struct activity_list *activity, int64_t now, struct arena *a)
{
	size_t i;

	v->rows.n = sessions->n;
	v->rows.v = arena_array(a, sessions->n, sizeof(*v->rows.v));
	for (i = 0; i < sessions->n; i++) {
		session_row_init(&v->rows.v[i], &sessions->v[i], now, a);
		v->has_others = v->has_others || !sessions->v[i].is_this;
	}
	if (sessions->total > (int64_t)sessions->n)
		v->hidden = human_count(a, sessions->total - (int64_t)sessions->n);
	v->activity.n = activity->n;
	v->activity.v = arena_array(a, activity->n, sizeof(*v->activity.v));
	for (i = 0; i < activity->n; i++) {
		v->activity.v[i].words = activity_words(a, &activity->v[i]);
		time_view_init(&v->activity.v[i].at, activity->v[i].at, now, a);
	}
}
