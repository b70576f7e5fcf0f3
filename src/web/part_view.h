/*
 * The parts that pages are made of: figures, tables, form fields, pagers and so on. Each has a
 * template of its name in templates/parts (_figure.html), is shown in all its states on /style, and
 * is filled by the functions here. No Kore. Texts live as long as the view; absent ones are NULL.
 */
#ifndef WEB_PART_VIEW_H
#define WEB_PART_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "web/frame_view.h"

/* ---- Figures ---- */

/* A value, or why it is unknown; age only when it is not fresh. */
#define FIGURE(F) F(TEXT, value) F(TEXT, unknown) F(TEXT, note) F(PART, age, time)
VIEW_DECLARE(figure, FIGURE)

/* Classes of the style sheet that say how something stands; never the only sign of it. */
enum tone { TONE_NONE, TONE_GOOD, TONE_BUSY, TONE_BAD, TONE_OFF, TONE__MAX };
extern const char *const tone_words[TONE__MAX];

/* A figure with a card of its own. `about` is what the "i" opens; its link may lead to more. */
/* clang-format off */
#define STAT(F)                                                                                 \
	F(TEXT, label) F(PART, figure, figure)                                                  \
	F(TEXT, delta) F(TEXT, tone) /* "12 more than last week" */                             \
	F(TEXT, about) F(TEXT, about_href)
VIEW_DECLARE(stat, STAT)
/* clang-format on */

#define BADGE(F) F(TEXT, label) F(TEXT, tone)
VIEW_DECLARE(badge, BADGE)

/* Of a quota: `words` say the same as the bar. */
#define PROGRESS(F) F(TEXT, label) F(TEXT, words) F(INT, value) F(INT, max)
VIEW_DECLARE(progress, PROGRESS)

/* A text to be taken along, with a button where there is a script. */
#define COPY(F) F(TEXT, id) F(TEXT, label) F(TEXT, text)
VIEW_DECLARE(copy, COPY)

/* ---- Tables ---- */

/* `sorted` is "ascending", "descending" or absent; `href` sorts by the column. */
#define TABLE_COLUMN(F) F(TEXT, label) F(TEXT, href) F(TEXT, sorted) F(BOOL, is_number)
VIEW_DECLARE(table_column, TABLE_COLUMN)

#define TABLE_CELL(F)                                                                              \
	F(TEXT, text) F(TEXT, href) F(TEXT, tone) F(BOOL, is_number) F(BOOL, is_head) F(TEXT, label)
VIEW_DECLARE(table_cell, TABLE_CELL)

#define TABLE_ROW(F) F(LIST, cells, table_cell)
VIEW_DECLARE(table_row, TABLE_ROW)

/* clang-format off */
#define TABLE(F)                                                                                \
	F(TEXT, caption)                                                                        \
	F(LIST, columns, table_column)                                                          \
	F(LIST, rows, table_row)                                                                \
	F(TEXT, empty) /* what stands there without rows */
VIEW_DECLARE(table, TABLE)
/* clang-format on */

struct table_column {
	const char *label;
	const char *key; /* of ?sort=key and ?sort=-key; NULL: not sortable */
	bool is_number;
};

/* A table of empty cells; the first of each row is its head. */
void table_view_init(struct table_view *, const char *caption, const struct table_column *,
    size_t ncolumns, size_t nrows, struct arena *);
/* The cell, to be filled; its text NULL is shown as "unknown". */
struct table_cell_view *table_view_cell(struct table_view *, size_t row, size_t column);
/*
 * Makes the heads links to `path` with ?sort=. `sort` is the key now, with "-" if it descends.
 * Numbers begin with the largest. `path` may have a query already.
 */
void table_view_sort(struct table_view *, const struct table_column *, const char *path,
    const char *sort, struct arena *);

#define PAGER(F) F(TEXT, words) F(TEXT, previous_href) F(TEXT, next_href)
VIEW_DECLARE(pager, PAGER)

/* "51 to 100 of 1,234"; links to `path`?page=N. Nothing is set if all fits on one page. */
void pager_view_init(struct pager_view *, const char *path, int64_t page, int64_t per_page,
    int64_t total, struct arena *);

#define TABS(F) F(TEXT, label) F(LIST, tabs, link)
VIEW_DECLARE(tabs, TABS)

#define EMPTY(F) F(TEXT, title) F(TEXT, sentence) F(TEXT, href) F(TEXT, link)
VIEW_DECLARE(empty, EMPTY)

/* ---- Forms ---- */

#define OPTION(F) F(TEXT, value) F(TEXT, label) F(BOOL, is_selected)
VIEW_DECLARE(option, OPTION)

/* A control with its label, a hint below it, and what is wrong with what was typed. */
/* clang-format off */
#define FIELD(F)                                                                                \
	F(TEXT, id) F(TEXT, name) F(TEXT, label)                                                \
	F(TEXT, type)	       /* "text", "email", "date" …; of a line */                       \
	F(TEXT, value) F(TEXT, hint) F(TEXT, error)                                             \
	F(TEXT, autocomplete)                                                                   \
	F(BOOL, is_needed)     /* at times, as its hint says: neither optional nor required */  \
	F(BOOL, is_required) F(BOOL, is_line) F(BOOL, is_area) F(BOOL, is_choice)               \
	F(LIST, options, option)
VIEW_DECLARE(field, FIELD)
/* clang-format on */

/* The name is the id as well. `value` is what was typed before, or NULL. */
void field_view_line(
    struct field_view *, const char *name, const char *label, const char *type, const char *value);
void field_view_area(struct field_view *, const char *name, const char *label, const char *value);
void field_view_choice(struct field_view *, const char *name, const char *label,
    const char *const *words, const char *const *labels, size_t n, const char *value,
    struct arena *);

/* Things of which several may be chosen, under one legend. */
/* clang-format off */
#define CHECK(F) F(TEXT, id) F(TEXT, name) F(TEXT, label) F(TEXT, hint) F(BOOL, is_checked)
VIEW_DECLARE(check, CHECK)

#define CHECKS(F) F(TEXT, id) F(TEXT, legend) F(LIST, checks, check) F(TEXT, error)
VIEW_DECLARE(checks, CHECKS)
/* clang-format on */

/* A range of days as a plain form, with links to the usual ones. */
#define RANGE(F) F(TEXT, action) F(LIST, presets, link) F(PART, from, field) F(PART, until, field)
VIEW_DECLARE(range, RANGE)

/*
 * `from` and `until` as "2026-11-01", both included; NULL: none. Presets of 7, 30, 90 and 365 days
 * that end `today`, the current one marked.
 */
void range_view_init(struct range_view *, const char *action, const char *from, const char *until,
    int64_t today, struct arena *);

/* ---- Before something that cannot be undone ---- */

#define CONFIRM_FACT(F) F(TEXT, words)
VIEW_DECLARE(confirm_fact, CONFIRM_FACT)

#define HIDDEN(F) F(TEXT, name) F(TEXT, value)
VIEW_DECLARE(hidden, HIDDEN)

/* A page: what will happen, the button that does it, and the way back. */
/* clang-format off */
#define CONFIRM(F)                                                                              \
	F(PART, frame, frame)                                                                   \
	F(TEXT, title) F(TEXT, sentence)                                                        \
	F(LIST, facts, confirm_fact) /* what goes, what stays */                                \
	F(TEXT, action) F(TEXT, csrf) F(LIST, fields, hidden)                                   \
	F(TEXT, button) F(TEXT, back_href)
VIEW_DECLARE(confirm, CONFIRM)
/* clang-format on */

#endif
