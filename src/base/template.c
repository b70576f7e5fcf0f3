/* Renders a bound template: walks its operations and looks no name up. */
#include "base/template.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/template_ops.h"

/* A row being shown, and how many are left with it. */
struct row {
	const char *base;
	size_t left, size;
};

static const char *
text_of(const char *field)
{
	const char *s = *(const char *const *)field;

	return s != NULL ? s : "";
}

/* Copied out, for its member v has another type in each view. */
static struct view_list
list_of(const char *field)
{
	struct view_list list;

	memcpy(&list, field, sizeof(list));
	return list;
}

static bool
is_set(enum op_code code, const char *field)
{
	switch (code) {
	case OP_IF_TEXT:
		return text_of(field)[0] != '\0';
	case OP_IF_INT:
		return *(const int64_t *)field != 0;
	case OP_IF_BOOL:
		return *(const bool *)field;
	default:
		return list_of(field).n > 0;
	}
}

static void
show_int(struct strbuf *out, int64_t n)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		*--p = '-';
	strbuf_add(out, p, (size_t)(digits + sizeof(digits) - p));
}

/* Shows what is not a section; false if it is one. */
static bool
show(const struct template *t, const struct op *op, const char *field, struct strbuf *out)
{
	switch (op->code) {
	case OP_COPY:
		strbuf_add(out, t->literals.s + op->offset, op->size);
		return true;
	case OP_TEXT:
		escape_html(out, text_of(field));
		return true;
	case OP_URL:
		escape_html_url(out, text_of(field));
		return true;
	case OP_HTML:
		strbuf_puts(out, text_of(field));
		return true;
	case OP_INT:
		show_int(out, *(const int64_t *)field);
		return true;
	default:
		return false;
	}
}

static bool
row_first(struct row *r, const char *field, size_t size)
{
	struct view_list list = list_of(field);

	*r = (struct row){ list.v, list.n, size };
	return list.n > 0;
}

static bool
row_next(struct row *r)
{
	r->base += r->size;
	return --r->left > 0;
}

/* Whether the section that begins here is left out, or its loop goes round again. */
static bool
jumps(const struct op *op, const char *field, struct row *rows)
{
	switch (op->code) {
	case OP_EACH:
		return !row_first(&rows[op->row_level], field, op->size);
	case OP_NEXT:
		return row_next(&rows[op->row_level]);
	case OP_UNLESS_TEXT:
	case OP_UNLESS_INT:
	case OP_UNLESS_BOOL:
	case OP_UNLESS_ROWS:
		return is_set(op->code - (OP_UNLESS_TEXT - OP_IF_TEXT), field);
	default:
		return !is_set(op->code, field);
	}
}

void
template_render(const struct view_type *type, const void *view, struct strbuf *out)
{
	const struct template *t = type->template;
	struct row rows[TEMPLATE_LEVELS_MAX];
	const struct op *op;
	size_t next = 0;

	if (t == NULL)
		abort();
	for (int i = 0; i < TEMPLATE_LEVELS_MAX; i++)
		rows[i] = (struct row){ .base = view };
	strbuf_reserve(out, t->literals.len * 2);
	while ((op = &t->ops[next++])->code != OP_END) {
		const char *field = rows[op->level].base + op->offset;

		if (!show(t, op, field, out) && jumps(op, field, rows))
			next = op->jump;
	}
}
