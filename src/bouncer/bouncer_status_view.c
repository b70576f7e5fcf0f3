/* See bouncer_status_view.h. */
#include "bouncer/bouncer_status_view.h"

#include <string.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"

#define STEP_LONG_S 120 /* what a pod takes to start is less */

VIEW_DEFINE(bouncer_status, BOUNCER_STATUS)

const char *
bouncer_href(struct arena *a, const char *name, const char *rest)
{
	return arena_printf(a, "/bouncers/%s%s", url_encode(a, name), rest);
}

static void
put(struct bouncer_status_view *v, const char *word, const char *tone, const char *sentence)
{
	v->word = word;
	v->tone = tone;
	v->sentence = sentence;
}

static void
running(struct bouncer_status_view *v, const struct bouncer *b, int64_t now, struct arena *a)
{
	put(v, "Running", "good", NULL);
	if (b->running_since <= 0)
		return;
	time_view_init(&v->since, b->running_since, now, a);
	v->span = human_span(a, b->running_since, now);
}

/* What its last sample said. */
static void
sampled(struct bouncer_status_view *v, const struct bouncer *b, int64_t now, struct arena *a)
{
	if (b->is_up == 1)
		running(v, b, now, a);
	else if (b->is_up == 0)
		put(v, "Not running", "bad",
		    "Its soju does not answer. It is looked at every minute.");
	else if (b->sampled_at > 0)
		put(v, "Unknown", "unknown", "Whether it runs could not be found out.");
	else if (strcmp(b->provisioner, "none") == 0)
		put(v, "Not reported", "unknown", "Whether it runs is not reported here.");
	else
		put(v, "Ready", "unknown", "It is looked at for the first time in a minute.");
	if (b->sampled_at > 0 && now - b->sampled_at > BOUNCER_SAMPLE_OLD_S)
		time_view_init(&v->age, b->sampled_at, now, a);
}

static const char *
deleting_words(const struct bouncer *b, int64_t now, struct arena *a)
{
	if (b->delete_after <= now)
		return "It is switched off and will be gone for good in a moment.";
	return arena_printf(a,
	    "It is switched off. Until %s you can have it back as it was; then it is gone for "
	    "good.",
	    human_time(a, b->delete_after));
}

/* Something was in vain, or a step that takes a moment has taken long. */
static bool
is_late(const struct bouncer *b, int64_t now)
{
	return b->attempts > 0 || now - b->state_at > STEP_LONG_S;
}

void
bouncer_status_view_init(
    struct bouncer_status_view *v, const struct bouncer *b, int64_t now, struct arena *a)
{
	*v = (struct bouncer_status_view){ 0 };
	if (b->state == BOUNCER_DELETING)
		put(v, "Deleted", "off", deleting_words(b, now, a));
	else if (b->state == BOUNCER_REMOVING)
		put(v, "Being removed", "busy", "It is going, with all that it kept.");
	else if (b->suspended_at > 0)
		put(v, "Suspended", "bad",
		    arena_printf(a, "The people who run this service switched it off: %s",
			text_safe(a, b->suspended_why)));
	else if (b->state == BOUNCER_READY)
		sampled(v, b, now, a);
	else if (b->state == BOUNCER_FAILED)
		put(v, "Not made", "bad", "Something went wrong, and it does not go on by itself.");
	else
		put(v, "Being made", "busy",
		    is_late(b, now) ? "It takes longer than usual."
				    : "It is ready in a minute or so.");
}
