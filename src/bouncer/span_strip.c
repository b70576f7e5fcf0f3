/* See span_strip.h. */
#include "bouncer/span_strip.h"

#include <string.h>

#include "base/escape.h"
#include "base/human.h"
#include "base/strbuf.h"

/* In units of the picture: a column is two wide. Heights differ, for who sees no colours. */
#define COLUMN_WIDTH 2
#define HEIGHT 20
/* The last sample is a minute old, and the next one is under way. */
#define GOES_ON_S 120

static const struct {
	const char *class;
	int y, height;
} shapes[MARK__MAX] = {
	[MARK_UP] = { "strip-up", 6, 14 },
	[MARK_DOWN] = { "strip-down", 0, 20 },
	[MARK_OFF] = { "strip-off", 16, 4 },
};

/* The greater one wins a column. */
static int
weight(enum mark m)
{
	static const int weights[MARK__MAX] = {
		[MARK_UNKNOWN] = 0, [MARK_OFF] = 1, [MARK_UP] = 2, [MARK_DOWN] = 3
	};

	return weights[m];
}

static void
paint(enum mark columns[SPAN_STRIP_COLUMNS], const struct span *s, int64_t from, int64_t until)
{
	const int64_t width = until - from;
	const int64_t begin = s->from > from ? s->from : from;
	const int64_t end = s->until < until ? s->until : until;

	if (begin >= end)
		return;
	for (int64_t i = (begin - from) * SPAN_STRIP_COLUMNS / width;
	     i <= (end - 1 - from) * SPAN_STRIP_COLUMNS / width; i++)
		if (weight(s->mark) > weight(columns[i]))
			columns[i] = s->mark;
}

static void
draw(struct strbuf *out, enum mark mark, int begin, int end)
{
	if (shapes[mark].class == NULL)
		return;
	strbuf_printf(out, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
	    shapes[mark].class, begin * COLUMN_WIDTH, shapes[mark].y, (end - begin) * COLUMN_WIDTH,
	    shapes[mark].height);
}

static void
draw_all(struct strbuf *out, const enum mark columns[SPAN_STRIP_COLUMNS])
{
	for (int begin = 0, end; begin < SPAN_STRIP_COLUMNS; begin = end) {
		end = begin + 1;
		while (end < SPAN_STRIP_COLUMNS && columns[end] == columns[begin])
			end++;
		draw(out, columns[begin], begin, end);
	}
}

const char *
span_strip(
    struct arena *a, const struct span_list *all, int64_t from, int64_t until, const char *label)
{
	enum mark columns[SPAN_STRIP_COLUMNS] = { MARK_UNKNOWN };
	struct strbuf out = { 0 };
	const char *text;

	for (size_t i = 0; i < all->n && from < until; i++)
		paint(columns, &all->v[i], from, until);
	strbuf_printf(&out,
	    "<svg class=\"strip\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\""
	    " aria-label=\"",
	    SPAN_STRIP_COLUMNS * COLUMN_WIDTH, HEIGHT);
	escape_html(&out, label);
	strbuf_puts(&out, "\">");
	draw_all(&out, columns);
	strbuf_puts(&out, "</svg>");
	text = arena_strdup(a, strbuf_text(&out));
	strbuf_free(&out);
	return text;
}

/* ---- an outage in words ---- */

/* "02:10" of "2026-11-27 02:10 UTC" */
static const char *
clock_words(struct arena *a, int64_t at)
{
	const char *words = human_time(a, at);

	return strlen(words) > 16 ? arena_strndup(a, words + 11, 5) : words;
}

const char *
span_words(struct arena *a, const struct span *s, int64_t now)
{
	const char *day = human_day(a, s->from), *last_day = human_day(a, s->until);
	const char *from = clock_words(a, s->from), *until = clock_words(a, s->until);
	const char *span = human_span(a, s->from, s->until);

	if (now - s->until < GOES_ON_S)
		return arena_printf(a, "%s: offline since %s, %s so far", day, from, span);
	if (strcmp(day, last_day) != 0)
		return arena_printf(
		    a, "%s: offline %s to %s on %s, %s", day, from, until, last_day, span);
	return arena_printf(a, "%s: offline %s–%s, %s", day, from, until, span);
}
