/* The pages of txt: a new paste, one paste, the account's own. */
#ifndef TXT_PASTE_VIEW_H
#define TXT_PASTE_VIEW_H

#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "content/content_store.h"
#include "txt/paste.h"
#include "txt/paste_store.h"
#include "web/part_view.h"

/* ---- GET / ---- */

/* clang-format off */
#define PASTE_NEW(F)                                                                            \
	F(PART, frame, frame)                                                                   \
	F(BOOL, is_member)                                                                      \
	F(TEXT, csrf)                                                                           \
	F(TEXT, error)	     /* what was wrong with what was sent */                            \
	F(TEXT, body)                                                                           \
	F(PART, title, field) F(PART, syntax, field)                                            \
	F(PART, expires, field) F(PART, visibility, field)                                      \
	F(TEXT, limit)	     /* "512 KiB" */                                                    \
	F(PART, usage, progress)                                                                \
	F(PART, shell, copy) F(TEXT, tokens_href) F(TEXT, pics_href)
VIEW_DECLARE(paste_new, PASTE_NEW)
/* clang-format on */

struct paste_new_facts {
	struct paste_input typed; /* what the form begins with */
	const char *error;	  /* NULL: nothing is wrong */
	int64_t max_bytes;
	const struct content_usage *usage; /* NULL: unknown */
	int64_t quota;
	const char *public_url, *portal_url, *pics_url; /* "": there is none */
};

/* All but frame and token. */
void paste_new_view_init(struct paste_new_view *, const struct paste_new_facts *, struct arena *);

/* ---- GET /{id} ---- */

/* clang-format off */
#define PASTE_SHOW(F)                                                                           \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, syntax) F(TEXT, size) F(TEXT, lines) F(TEXT, views)              \
	F(PART, visibility, badge)                                                              \
	F(PART, made, time) F(PART, expires, time)                                              \
	F(HTML, code)	     /* the text, escaped and coloured, each line with its number */    \
	F(BOOL, is_wrapped)                                                                     \
	F(TEXT, note)	     /* why there are no colours, or no numbers */                      \
	F(PART, link, copy)                                                                     \
	F(TEXT, raw_href) F(TEXT, download_href) F(TEXT, again_href)                            \
	F(TEXT, delete_href) /* for its owner */                                                \
	F(BOOL, is_owner)
VIEW_DECLARE(paste_show, PASTE_SHOW)
/* clang-format on */

/* Texts with more lines are shown without numbers: each costs a link. */
#define PASTE_NUMBERED_MAX 20000

/* `html` is the text in colours (colour.h). All but the frame; the code lives in `code`. */
void paste_show_view_init(struct paste_show_view *, const struct paste *, const char *html,
    bool is_owner, const char *public_url, int64_t now, struct strbuf *code, struct arena *);

/* ---- GET /pastes ---- */

/* clang-format off */
#define PASTE_ROW(F)                                                                            \
	F(TEXT, id) F(TEXT, href) F(TEXT, title) F(TEXT, syntax) F(PART, visibility, badge)     \
	F(TEXT, size) F(TEXT, views) F(PART, made, time) F(PART, expires, time)
VIEW_DECLARE(paste_row, PASTE_ROW)

#define PASTES(F)                                                                               \
	F(PART, frame, frame)                                                                   \
	F(LIST, rows, paste_row) F(BOOL, has_rows)                                              \
	F(TEXT, words)	     /* what was searched for */                                        \
	F(TEXT, sort)                                                                           \
	F(LIST, columns, table_column)                                                          \
	F(PART, pager, pager)                                                                   \
	F(PART, usage, progress) F(TEXT, total)                                                 \
	F(PART, none, empty) /* nothing to list */                                              \
	F(BOOL, is_none)     /* nor without a search */
VIEW_DECLARE(pastes, PASTES)
/* clang-format on */

#define PASTES_PER_PAGE 50
#define PASTE_SORTS 8
/* Of ?sort=: "-made" is the usual one. */
extern const char *const paste_sort_words[PASTE_SORTS];

struct pastes_facts {
	const struct paste_list *list;
	const struct content_usage *usage;
	const char *words, *sort;
	int64_t page, quota, now;
};
/* All but the frame. */
void pastes_view_init(struct pastes_view *, const struct pastes_facts *, struct arena *);

/* Before pastes are deleted: what goes. All but frame, token and fields. */
void paste_confirm_view_init(
    struct confirm_view *, const struct paste_list *, int64_t now, struct arena *);

#endif
