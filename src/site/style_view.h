/*
 * The page /style of the dev flavour: every part of every page in all its states, under a
 * navigation as long as it may get, so that a change of the design is seen whole.
 */
#ifndef SITE_STYLE_VIEW_H
#define SITE_STYLE_VIEW_H

#include "base/arena.h"
#include "base/view.h"
#include "web/part_view.h"

#define STYLE_CHART(F) F(HTML, figure)
VIEW_DECLARE(style_chart, STYLE_CHART)

/* clang-format off */
#define STYLE(F)                                                                                \
	F(PART, frame, frame)                                                                   \
	F(LIST, stats, stat)                                                                    \
	F(LIST, badges, badge)                                                                  \
	F(LIST, progress, progress)                                                             \
	F(PART, copy, copy)                                                                     \
	F(PART, full_table, table) F(PART, empty_table, table)                                  \
	F(PART, pager, pager)                                                                   \
	F(PART, tabs, tabs)                                                                     \
	F(PART, empty, empty)                                                                   \
	F(LIST, fields, field) F(PART, checks, checks)                                          \
	F(PART, range, range)                                                                   \
	F(HTML, spark)                                                                          \
	F(LIST, charts, style_chart)
VIEW_DECLARE(style, STYLE)
/* clang-format on */

/* All but the frame. */
void style_view_init(struct style_view *, int64_t now, struct arena *);
/* Puts the sample navigation around a frame that has been filled. */
void style_view_nav(struct style_view *, struct arena *);

#endif
