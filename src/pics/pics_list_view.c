/* See pics_list_view.h. */
#include "pics/pics_list_view.h"

#include "base/human.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/url.h"
#include "content/content_parts.h"
#include "pics/pics_words.h"

#define PAGE "/pictures"
#define NAME_POINTS 60

VIEW_DEFINE(pics_tile, PICS_TILE)
VIEW_DEFINE(pics_list, PICS_LIST)

static void
tile_init(struct pics_tile_view *v, const struct picture *p, int64_t now, struct arena *a)
{
	v->id = p->public_id;
	v->href = pics_page_url(a, "", p);
	v->src = pics_part_url(a, "", p, PICS_THUMB);
	v->name = text_short(a, pics_name(a, p), NAME_POINTS);
	v->alt = *p->alt != '\0' ? text_safe(a, p->alt) : v->name;
	v->facts = pics_facts(a, p);
	v->views = human_plural(a, p->views, "view", "views");
	time_view_init(&v->added, p->created_at, now, a);
	content_visibility_badge(&v->visibility, p->visibility);
}

static void
sorts_init(struct pics_list_view *v, enum pics_sort sort, struct arena *a)
{
	static const char *const labels[PICS_SORT__MAX] = {
		[PICS_NEWEST] = "Newest first",
		[PICS_OLDEST] = "Oldest first",
		[PICS_LARGEST] = "Largest first",
		[PICS_MOST_SEEN] = "Most seen first",
		[PICS_BY_TITLE] = "By title",
	};

	v->sorts.n = PICS_SORT__MAX;
	v->sorts.v = arena_array(a, PICS_SORT__MAX, sizeof(*v->sorts.v));
	for (int i = 0; i < PICS_SORT__MAX; i++)
		v->sorts.v[i] = (struct option_view){ .value = pics_sort_words[i],
			.label = labels[i],
			.is_selected = i == (int)sort };
}

/* The address of the page as it is sorted and searched. */
static const char *
here(const struct pics_search *s, struct arena *a)
{
	struct strbuf b = { 0 };
	const char *path = PAGE;

	if (*s->text != '\0')
		url_add_field(&b, "q", s->text);
	if (s->sort != PICS_NEWEST)
		url_add_field(&b, "sort", pics_sort_words[s->sort]);
	if (b.len > 0)
		path = arena_printf(a, PAGE "?%s", strbuf_text(&b));
	strbuf_free(&b);
	return path;
}

static void
none_init(struct pics_list_view *v, const struct pics_list_facts *facts)
{
	if (facts->count == 0)
		v->none = (struct empty_view){ .title = "No pictures yet",
			.sentence = "What you upload is listed here, with the links to post.",
			.href = "/",
			.link = "Upload the first one" };
	else
		v->none = (struct empty_view){ .title = "Nothing found",
			.sentence = "No title and no description has these words.",
			.href = PAGE,
			.link = "Show all" };
}

void
pics_list_view_init(struct pics_list_view *v, const struct pics_list_facts *facts, struct arena *a)
{
	const struct picture_list *list = facts->list;

	content_room_init(&v->room, "Room for pictures", facts->used, facts->quota, a);
	v->total = human_plural(a, facts->count, "picture", "pictures");
	v->sought = *facts->search->text != '\0' ? facts->search->text : NULL;
	v->has_any = facts->count > 0;
	sorts_init(v, facts->search->sort, a);
	v->has_tiles = list->n > 0;
	v->tiles.n = list->n;
	v->tiles.v = arena_array(a, list->n, sizeof(*v->tiles.v));
	for (size_t i = 0; i < list->n; i++)
		tile_init(&v->tiles.v[i], &list->v[i], facts->now, a);
	pager_view_init(
	    &v->pager, here(facts->search, a), facts->page, PICS_PER_PAGE, list->total, a);
	none_init(v, facts);
}
