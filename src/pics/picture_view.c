/* See picture_view.h. */
#include "pics/picture_view.h"

#include "base/human.h"
#include "base/text.h"
#include "content/content_parts.h"
#include "pics/pics_new_view.h"
#include "pics/pics_words.h"

VIEW_DEFINE(picture, PICTURE)

static void
links_init(struct picture_view *v, const struct picture_facts *facts, struct arena *a)
{
	const char *page = pics_page_url(a, facts->site, facts->picture);
	const char *file = pics_file_url(a, facts->site, facts->picture);
	struct pics_snippets s;

	pics_snippets(&s, a, facts->picture, page, file);
	v->page_link = (struct copy_view){ "link-page", "Copy link", page };
	v->file_link = (struct copy_view){ "link-file", "Copy direct link", file };
	v->markdown = (struct copy_view){ "link-markdown", "Copy Markdown", s.markdown };
	v->html = (struct copy_view){ "link-html", "Copy HTML", s.html };
	v->bbcode = (struct copy_view){ "link-bbcode", "Copy BBCode", s.bbcode };
}

static void
form_init(struct picture_view *v, const struct picture *p, struct arena *a)
{
	v->edit_action = arena_printf(a, "/%s/edit", p->public_id);
	v->delete_href = arena_printf(a, "/%s/delete", p->public_id);
	pics_title_field(&v->title_field, p->title);
	pics_alt_field(&v->alt_field, p->alt);
	content_visibility_field(&v->visibility_field, visibility_words[p->visibility], a);
	v->visibility_field.hint =
	    "What was seen while it was not private may stay in caches and browsers.";
}

void
picture_view_init(struct picture_view *v, const struct picture_facts *facts, struct arena *a)
{
	const struct picture *p = facts->picture;

	v->name = pics_name(a, p);
	v->is_untitled = *p->title == '\0';
	v->src = pics_part_url(a, "", p, PICS_VIEW);
	v->file_href = pics_file_url(a, "", p);
	v->alt = *p->alt != '\0' ? text_safe(a, p->alt) : v->name;
	v->facts = pics_facts(a, p);
	v->views = human_plural(a, p->views, "view", "views");
	time_view_init(&v->added, p->created_at, facts->now, a);
	content_visibility_badge(&v->visibility, p->visibility);
	links_init(v, facts, a);
	v->is_owner = facts->is_owner;
	form_init(v, p, a);
}
