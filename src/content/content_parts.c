/* See content_parts.h. */
#include "content/content_parts.h"

#include "base/human.h"

void
content_visibility_badge(struct badge_view *v, enum visibility visibility)
{
	static const struct badge_view badges[VISIBILITY__MAX] = {
		[VISIBILITY_PUBLIC] = { "public", "good" },
		[VISIBILITY_UNLISTED] = { "unlisted", NULL },
		[VISIBILITY_PRIVATE] = { "private", "off" },
	};

	*v = badges[visibility];
}

void
content_visibility_field(struct field_view *v, const char *chosen, struct arena *a)
{
	if (chosen == NULL || *chosen == '\0')
		chosen = visibility_words[VISIBILITY_UNLISTED];
	field_view_choice(v, "visibility", "Who can see it", visibility_words, visibility_labels,
	    VISIBILITY__MAX, chosen, a);
	v->is_required = true;
}

void
content_room_init(
    struct progress_view *v, const char *label, int64_t used, int64_t quota, struct arena *a)
{
	v->label = label;
	v->words = arena_printf(a, "%s of %s", human_bytes(a, used), human_bytes(a, quota));
	v->max = quota > 0 ? quota : 1;
	v->value = used < v->max ? used : v->max;
}
