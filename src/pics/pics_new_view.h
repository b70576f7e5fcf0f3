/* The page / of pics: what it is, for strangers; the form that uploads, for members. */
#ifndef PICS_PICS_NEW_VIEW_H
#define PICS_PICS_NEW_VIEW_H

#include "base/view.h"
#include "pics/pics_upload.h"
#include "web/frame_view.h"
#include "web/part_view.h"

#define PICS_RESULT_ROW(F)                                                                         \
	F(TEXT, name)                                                                              \
	F(TEXT, sentence) /* why not; absent: it is stored */                                      \
	F(TEXT, href)
VIEW_DECLARE(pics_result_row, PICS_RESULT_ROW)

/* clang-format off */
#define PICS_NEW(F)                                                                             \
	F(PART, frame, frame)                                                                   \
	F(BOOL, is_member)                                                                      \
	F(TEXT, limits)	    /* "PNG, JPEG, GIF or WebP, up to 20 MB each" */                    \
	F(TEXT, csrf)                                                                           \
	F(TEXT, script_href) F(TEXT, max_bytes) /* what the script has to know */               \
	F(TEXT, trouble)    /* the form could not be taken, and why */                          \
	F(LIST, results, pics_result_row)                                                       \
	F(PART, room, progress)                                                                 \
	F(PART, title, field) F(PART, alt, field) F(PART, visibility, field)                    \
	F(PART, shell, copy)                                                                    \
	F(TEXT, tokens_href) /* absent: there is no portal */
VIEW_DECLARE(pics_new, PICS_NEW)
/* clang-format on */

struct pics_new_facts {
	bool is_member;
	int64_t used, quota;
	const struct image_limits *limits;
	const char *public_url, *portal_url;
	const struct pics_upload *upload; /* that did not end well; NULL: none */
};

/* All but frame, csrf and script_href. */
void pics_new_view_init(struct pics_new_view *, const struct pics_new_facts *, struct arena *);

/* The fields of words with a picture, as they were typed; "" or NULL: not yet. */
void pics_title_field(struct field_view *, const char *title);
void pics_alt_field(struct field_view *, const char *alt);

#endif
