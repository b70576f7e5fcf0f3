/* See pics_new_view.h. */
#include "pics/pics_new_view.h"

#include <inttypes.h>

#include "base/human.h"
#include "base/text.h"
#include "content/content_parts.h"
#include "pics/pics_words.h"

#define NAME_POINTS 60

VIEW_DEFINE(pics_result_row, PICS_RESULT_ROW)
VIEW_DEFINE(pics_new, PICS_NEW)

void
pics_title_field(struct field_view *v, const char *title)
{
	field_view_line(v, "title", "Title", "text", title);
}

void
pics_alt_field(struct field_view *v, const char *alt)
{
	field_view_area(v, "alt", "Description", alt);
	v->hint = "What there is to see, for people who cannot look at it.";
}

static void
result_init(struct pics_result_row_view *v, const struct pics_result *r, struct arena *a)
{
	v->name =
	    *r->name != '\0' ? text_short(a, text_safe(a, r->name), NAME_POINTS) : "The picture";
	v->sentence = r->sentence;
	if (r->outcome == PICS_STORED)
		v->href = pics_page_url(a, "", &r->picture);
}

static void
upload_init(struct pics_new_view *v, const struct pics_upload *u, struct arena *a)
{
	v->trouble = u->err != ERR_OK ? u->sentence : NULL;
	v->results.n = u->nresults;
	v->results.v = arena_array(a, u->nresults, sizeof(*v->results.v));
	for (size_t i = 0; i < u->nresults; i++)
		result_init(&v->results.v[i], &u->results[i], a);
}

void
pics_new_view_init(struct pics_new_view *v, const struct pics_new_facts *facts, struct arena *a)
{
	const struct pics_upload *u = facts->upload;

	v->is_member = facts->is_member;
	v->limits = arena_printf(a, "PNG, JPEG, GIF or WebP, up to %s each",
	    human_bytes(a, (int64_t)facts->limits->max_bytes));
	v->max_bytes = arena_printf(a, "%zu", facts->limits->max_bytes);
	content_room_init(&v->room, "Room for pictures", facts->used, facts->quota, a);
	pics_title_field(&v->title, u != NULL ? u->title : NULL);
	pics_alt_field(&v->alt, u != NULL ? u->alt : NULL);
	content_visibility_field(&v->visibility, u != NULL ? u->visibility : NULL, a);
	v->shell = (struct copy_view){ .id = "shell",
		.label = "Copy command",
		.text = arena_printf(a,
		    "curl -F file=@picture.png -H \"Authorization: Bearer $TOKEN\" %s/api/pictures",
		    facts->public_url) };
	if (*facts->portal_url != '\0')
		v->tokens_href = arena_printf(a, "%s/tokens", facts->portal_url);
	if (u != NULL)
		upload_init(v, u, a);
}
