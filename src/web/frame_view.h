/*
 * What stands around every page: head, navigation, account menu, flash message, foot. A page's view
 * has it as F(PART, frame, frame), its template includes frame_head and frame_foot. Also the small
 * parts that pages share. No Kore here: web_page.c gathers the facts.
 */
#ifndef WEB_FRAME_VIEW_H
#define WEB_FRAME_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "web/nav.h"

/* A moment in words, the exact time on hover (_time.html); absent if `words` is NULL. */
#define TIME(F) F(TEXT, words) F(TEXT, exact) F(TEXT, iso)
VIEW_DECLARE(time, TIME)

#define LINK(F) F(TEXT, href) F(TEXT, label) F(BOOL, is_current)
VIEW_DECLARE(link, LINK)

/* Pages beside the content that belong together, maybe under a title. */
#define LINK_GROUP(F) F(TEXT, title) F(LIST, pages, link)
VIEW_DECLARE(link_group, LINK_GROUP)

/* clang-format off */
#define FRAME(F)                                                                                \
	F(TEXT, title)	     /* of the page; absent on the front page */                        \
	F(TEXT, site_name)                                                                      \
	F(TEXT, css_href)                                                                       \
	F(TEXT, more_css_href) /* of what only some pages look like; set by their handlers */   \
	F(TEXT, js_href)                                                                        \
	F(TEXT, icon_href)                                                                      \
	F(TEXT, mark_href)   /* absent: the mark that frame_mark draws */                       \
	F(TEXT, account)     /* who is signed in; absent: nobody */                             \
	F(TEXT, account_href) /* the page of the account; absent: there is no portal */         \
	F(TEXT, csrf)	     /* for the form that signs out */                                  \
	F(TEXT, signin_href) /* comes back to this page */                                      \
	F(TEXT, path)	     /* of this page */                                                 \
	F(TEXT, within)	     /* the page it belongs to, where its path does not say so */       \
	F(LIST, areas, link)                                                                    \
	F(TEXT, area)	     /* the one that this page belongs to */                            \
	F(BOOL, has_side)    /* it has several pages */                                         \
	F(LIST, side, link_group)                                                               \
	F(BOOL, has_crumbs)                                                                     \
	F(LIST, crumbs, link) /* the way to this page, itself included; none to an area's home */ \
	F(INT, reload_s)     /* a page that waits for something is loaded again without a script; 0: not */ \
	F(TEXT, flash)                                                                          \
	F(BOOL, is_flash_error)                                                                 \
	F(TEXT, year)
VIEW_DECLARE(frame, FRAME)
/* clang-format on */

/* Texts may be NULL where "absent" makes sense; they must live as long as the view. */
struct frame_facts {
	const char *title, *site_name;
	const char *css_href, *js_href, *icon_href, *mark_href;
	const char *account;	  /* name or e-mail; NULL: nobody is signed in */
	const char *account_href; /* of the page of the account; NULL: there is none */
	const char *roles;	  /* of who is signed in, separated by spaces; NULL: none */
	const char *csrf;	  /* a token for a POST to /signout */
	const char *path; /* of the page, with its query; whatever is not a path of ours is "/" */
	/* The path of the page in the navigation that this one belongs to; NULL: as its own path
	 * says. */
	const char *within;
	const char *flash;
	bool is_flash_error;
	int64_t now;
};

void frame_view_init(struct frame_view *, const struct frame_facts *, struct arena *);
/*
 * The navigation around the page at v->path, which stands there or below v->within;
 * frame_view_init() does it with those of nav_pages that who is signed in may see.
 */
void frame_view_nav(struct frame_view *, const struct nav_page *, size_t n, struct arena *);

/* `at` in words relative to `now`: "3 minutes ago". */
void time_view_init(struct time_view *, int64_t at, int64_t now, struct arena *);

#endif
