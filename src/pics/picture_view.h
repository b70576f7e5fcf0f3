/* The page of one picture: it, its links; for its owner the words with it. */
#ifndef PICS_PICTURE_VIEW_H
#define PICS_PICTURE_VIEW_H

#include "base/view.h"
#include "pics/pics.h"
#include "web/frame_view.h"
#include "web/part_view.h"

/* clang-format off */
#define PICTURE(F)                                                                              \
	F(PART, frame, frame)                                                                   \
	F(TEXT, name) F(BOOL, is_untitled)                                                      \
	F(TEXT, src) F(TEXT, file_href) F(TEXT, alt)                                            \
	F(TEXT, facts) F(TEXT, views) F(PART, added, time) F(PART, visibility, badge)           \
	F(PART, page_link, copy) F(PART, file_link, copy)                                       \
	F(PART, markdown, copy) F(PART, html, copy) F(PART, bbcode, copy)                       \
	F(BOOL, is_owner)                                                                       \
	F(TEXT, edit_action) F(TEXT, edit_csrf) F(TEXT, edit_error)                             \
	F(PART, title_field, field) F(PART, alt_field, field) F(PART, visibility_field, field)  \
	F(TEXT, delete_href)
VIEW_DECLARE(picture, PICTURE)
/* clang-format on */

struct picture_facts {
	const struct picture *picture;
	const char *site; /* PUBLIC_URL */
	bool is_owner;
	int64_t now;
};

/* All but frame, edit_csrf and edit_error. */
void picture_view_init(struct picture_view *, const struct picture_facts *, struct arena *);

#endif
