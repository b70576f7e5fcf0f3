#include "billing/difference_view.h"

#include <inttypes.h>

#include "base/human.h"
#include "base/text.h"
#include "base/url.h"
#include "billing/inbox_view.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT_POINTS 70

VIEW_DEFINE(differences, DIFFERENCES)

enum { COL_OBJECT, COL_FOUND, COL_WHAT, COL_OURS, COL_THEIRS, COL_STATE };
static const struct table_column columns[] = {
	{ "Object", NULL, false },
	{ "Found", NULL, false },
	{ "What differed", NULL, false },
	{ "Here", NULL, false },
	{ "At Stripe", NULL, false },
	{ "State", NULL, false },
};

static const char *
side_words(const char *side, struct arena *a)
{
	return side != NULL ? text_short(a, text_safe(a, side), TEXT_POINTS) : "nothing";
}

static void
row_init(struct table_view *v, size_t i, const struct difference *d, struct arena *a)
{
	struct table_cell_view *object = table_view_cell(v, i, COL_OBJECT);
	struct table_cell_view *state = table_view_cell(v, i, COL_STATE);

	object->text = text_safe(a, d->object_id);
	object->href = arena_printf(a, INBOX_PATH "?id=%s", url_encode(a, d->object_id));
	table_view_cell(v, i, COL_FOUND)->text = human_time(a, d->found_at);
	table_view_cell(v, i, COL_WHAT)->text = text_safe(a, d->what);
	table_view_cell(v, i, COL_OURS)->text = side_words(d->ours, a);
	table_view_cell(v, i, COL_THEIRS)->text = side_words(d->theirs, a);
	state->text = d->is_repaired ? "Repaired" : "Not repaired";
	state->tone = tone_words[d->is_repaired ? TONE_GOOD : TONE_BAD];
}

static void
none_init(struct empty_view *v, const struct differences_facts *f)
{
	if (!f->is_set_up)
		inbox_view_unset(v);
	else if (f->before != 0)
		*v = (struct empty_view){ .title = "No more",
			.sentence = "The list does not go on as far as this.",
			.href = DIFFERENCES_PATH,
			.link = "The newest" };
	else
		*v = (struct empty_view){ .title = "No difference",
			.sentence =
			    "Each night every subscription is compared with Stripe. What differs "
			    "is repaired and stands here." };
}

void
differences_view_init(
    struct differences_view *v, const struct differences_facts *f, struct arena *a)
{
	const size_t n = f->n < DIFFERENCES_PER_PAGE ? f->n : DIFFERENCES_PER_PAGE;

	v->has_rows = n > 0;
	table_view_init(
	    &v->differences, "Differences, the newest first", columns, COUNT(columns), n, a);
	for (size_t i = 0; i < n; i++)
		row_init(&v->differences, i, &f->rows[i], a);
	none_init(&v->none, f);
	if (f->before != 0 && n > 0)
		v->newest_href = DIFFERENCES_PATH;
	if (f->n > DIFFERENCES_PER_PAGE)
		v->older_href = arena_printf(
		    a, DIFFERENCES_PATH "?before=%" PRId64, f->rows[DIFFERENCES_PER_PAGE - 1].id);
}
