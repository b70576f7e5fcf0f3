/* The page /pictures: what an account has stored, as a grid. */
#ifndef PICS_PICS_LIST_VIEW_H
#define PICS_PICS_LIST_VIEW_H

#include "base/view.h"
#include "pics/pics.h"
#include "pics/pics_store.h"
#include "web/frame_view.h"
#include "web/part_view.h"

#define PICS_PER_PAGE 24

/* clang-format off */
#define PICS_TILE(F)                                                                            \
	F(TEXT, id) F(TEXT, href) F(TEXT, src)                                                  \
	F(TEXT, alt) F(TEXT, name) F(TEXT, facts) F(TEXT, views)                                \
	F(PART, added, time) F(PART, visibility, badge)
VIEW_DECLARE(pics_tile, PICS_TILE)

#define PICS_LIST(F)                                                                            \
	F(PART, frame, frame)                                                                   \
	F(PART, room, progress) F(TEXT, total) /* "12 pictures" */                              \
	F(TEXT, sought)			 /* what was searched for; absent: nothing */           \
	F(LIST, sorts, option)                                                                  \
	F(LIST, tiles, pics_tile) F(BOOL, has_tiles)                                            \
	F(BOOL, has_any)		 /* on whatever page, whatever is sought */             \
	F(TEXT, csrf)                                                                           \
	F(PART, pager, pager)                                                                   \
	F(PART, none, empty)
VIEW_DECLARE(pics_list, PICS_LIST)
/* clang-format on */

struct pics_list_facts {
	const struct picture_list *list;
	const struct pics_search *search;
	int64_t page; /* 1 first */
	int64_t count, used, quota;
	int64_t now;
};

/* All but frame and csrf. */
void pics_list_view_init(struct pics_list_view *, const struct pics_list_facts *, struct arena *);

#endif
