/* See part_view.h. */
#include "web/part_view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/human.h"
#include "base/url.h"

#define DAY_S 86400

VIEW_DEFINE(figure, FIGURE)
VIEW_DEFINE(stat, STAT)
VIEW_DEFINE(badge, BADGE)
VIEW_DEFINE(progress, PROGRESS)
VIEW_DEFINE(copy, COPY)
VIEW_DEFINE(table_column, TABLE_COLUMN)
VIEW_DEFINE(table_cell, TABLE_CELL)
VIEW_DEFINE(table_row, TABLE_ROW)
VIEW_DEFINE(table, TABLE)
VIEW_DEFINE(pager, PAGER)
VIEW_DEFINE(tabs, TABS)
VIEW_DEFINE(empty, EMPTY)
VIEW_DEFINE(option, OPTION)
VIEW_DEFINE(field, FIELD)
VIEW_DEFINE(check, CHECK)
VIEW_DEFINE(checks, CHECKS)
VIEW_DEFINE(range, RANGE)
VIEW_DEFINE(confirm_fact, CONFIRM_FACT)
VIEW_DEFINE(hidden, HIDDEN)
VIEW_DEFINE(confirm, CONFIRM)

const char *const tone_words[TONE__MAX] = {
	[TONE_NONE] = "none",
	[TONE_GOOD] = "good",
	[TONE_BUSY] = "busy",
	[TONE_BAD] = "bad",
	[TONE_OFF] = "off",
};

/* The address with one more parameter. */
static const char *
with_parameter(const char *path, const char *name, const char *value, struct arena *arena)
{
	return arena_printf(arena, "%s%c%s=%s", path, strchr(path, '?') != NULL ? '&' : '?', name,
	    url_encode(arena, value));
}

/* ---- Tables ---- */

static void
columns_init(
    struct table_view *v, const struct table_column *columns, size_t n, struct arena *arena)
{
	v->columns.v = arena_array(arena, n, sizeof(*v->columns.v));
	v->columns.n = n;
	for (size_t i = 0; i < n; i++) {
		v->columns.v[i].label = columns[i].label;
		v->columns.v[i].is_number = columns[i].is_number;
	}
}

static void
row_init(
    struct table_row_view *row, const struct table_column *columns, size_t n, struct arena *arena)
{
	row->cells.v = arena_array(arena, n, sizeof(*row->cells.v));
	row->cells.n = n;
	for (size_t i = 0; i < n; i++) {
		row->cells.v[i].label = columns[i].label;
		row->cells.v[i].is_number = columns[i].is_number;
		row->cells.v[i].is_head = i == 0;
	}
}

void
table_view_init(struct table_view *v, const char *caption, const struct table_column *columns,
    size_t ncolumns, size_t nrows, struct arena *arena)
{
	*v = (struct table_view){ .caption = caption };
	columns_init(v, columns, ncolumns, arena);
	v->rows.v = arena_array(arena, nrows, sizeof(*v->rows.v));
	v->rows.n = nrows;
	for (size_t i = 0; i < nrows; i++)
		row_init(&v->rows.v[i], columns, ncolumns, arena);
}

struct table_cell_view *
table_view_cell(struct table_view *v, size_t row, size_t column)
{
	if (row >= v->rows.n || column >= v->columns.n)
		abort();
	return &v->rows.v[row].cells.v[column];
}

/* A column that is sorted by turns round; of the others, numbers begin with the largest. */
static void
sort_column(struct table_column_view *v, const struct table_column *c, const char *path,
    const char *sort, struct arena *arena)
{
	const bool descends = sort[0] == '-', is_this = strcmp(sort + descends, c->key) == 0;
	const bool will_descend = is_this ? !descends : c->is_number;

	if (is_this)
		v->sorted = descends ? "descending" : "ascending";
	v->href = with_parameter(
	    path, "sort", arena_printf(arena, "%s%s", will_descend ? "-" : "", c->key), arena);
}

void
table_view_sort(struct table_view *v, const struct table_column *columns, const char *path,
    const char *sort, struct arena *arena)
{
	for (size_t i = 0; i < v->columns.n; i++)
		if (columns[i].key != NULL)
			sort_column(
			    &v->columns.v[i], &columns[i], path, sort != NULL ? sort : "", arena);
}

static const char *
page_href(const char *path, int64_t page, struct arena *arena)
{
	return with_parameter(path, "page", arena_printf(arena, "%" PRId64, page), arena);
}

void
pager_view_init(struct pager_view *v, const char *path, int64_t page, int64_t per_page,
    int64_t total, struct arena *arena)
{
	const int64_t first = (page - 1) * per_page + 1;
	const int64_t last = first + per_page - 1 < total ? first + per_page - 1 : total;

	*v = (struct pager_view){ 0 };
	if (total <= per_page && page == 1)
		return;
	if (first <= total)
		v->words = arena_printf(arena, "%s to %s of %s", human_count(arena, first),
		    human_count(arena, last), human_count(arena, total));
	else
		v->words = arena_printf(arena, "none of %s", human_count(arena, total));
	if (page > 1)
		v->previous_href = page_href(path, page - 1, arena);
	if (last < total)
		v->next_href = page_href(path, page + 1, arena);
}

/* ---- Forms ---- */

void
field_view_line(
    struct field_view *v, const char *name, const char *label, const char *type, const char *value)
{
	*v = (struct field_view){ .id = name,
		.name = name,
		.label = label,
		.type = type,
		.value = value,
		.is_line = true };
}

void
field_view_area(struct field_view *v, const char *name, const char *label, const char *value)
{
	*v = (struct field_view){
		.id = name, .name = name, .label = label, .value = value, .is_area = true
	};
}

void
field_view_choice(struct field_view *v, const char *name, const char *label,
    const char *const *words, const char *const *labels, size_t n, const char *value,
    struct arena *arena)
{
	*v = (struct field_view){ .id = name, .name = name, .label = label, .is_choice = true };
	v->options.v = arena_array(arena, n, sizeof(*v->options.v));
	v->options.n = n;
	for (size_t i = 0; i < n; i++)
		v->options.v[i] = (struct option_view){ .value = words[i],
			.label = labels[i],
			.is_selected = value != NULL && strcmp(value, words[i]) == 0 };
}

/* ---- Days ---- */

static const char *
day_text(int64_t at, struct arena *arena)
{
	return arena_printf(arena, "%.10s", human_time_iso(arena, at));
}

static bool
is_same(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

void
range_view_init(struct range_view *v, const char *action, const char *from, const char *until,
    int64_t today, struct arena *arena)
{
	static const int lengths[] = { 7, 30, 90, 365 };
	const size_t n = sizeof(lengths) / sizeof(lengths[0]);
	const char *end = day_text(today, arena);

	*v = (struct range_view){ .action = action };
	field_view_line(&v->from, "from", "From", "date", from);
	field_view_line(&v->until, "until", "Until", "date", until);
	v->from.is_required = v->until.is_required = true;
	v->presets.v = arena_array(arena, n, sizeof(*v->presets.v));
	v->presets.n = n;
	for (size_t i = 0; i < n; i++) {
		const char *start = day_text(today - (lengths[i] - 1) * (int64_t)DAY_S, arena);

		v->presets.v[i] =
		    (struct link_view){ .label = arena_printf(arena, "%d days", lengths[i]),
			    .href = with_parameter(
				with_parameter(action, "from", start, arena), "until", end, arena),
			    .is_current = is_same(from, start) && is_same(until, end) };
	}
}
