/*
 * What a template has become once it is bound: a flat list of operations. Shared by the binder
 * (template_bind.c) and the renderer (template.c) and by nobody else.
 */
#ifndef BASE_TEMPLATE_OPS_H
#define BASE_TEMPLATE_OPS_H

#include <stddef.h>

#include "base/strbuf.h"

#define TEMPLATE_LEVELS_MAX 8 /* lists in lists */

enum op_code {
	OP_COPY, /* `size` bytes of the literal text, at `offset` */
	OP_TEXT,
	OP_URL,
	OP_HTML,
	OP_INT,
	OP_IF_TEXT, /* the OP_IF…s go on at `jump` if the field is not set */
	OP_IF_INT,
	OP_IF_BOOL,
	OP_IF_ROWS,
	OP_UNLESS_TEXT, /* in the order of the OP_IF…s */
	OP_UNLESS_INT,
	OP_UNLESS_BOOL,
	OP_UNLESS_ROWS,
	OP_EACH, /* `size` is that of a row; goes on at `jump` if there is none */
	OP_NEXT, /* back to `jump` while there are rows */
	OP_END
};

struct op {
	enum op_code code;
	int level;     /* whose field: 0 the page's, 1 a row's, 2 a row's in a row … */
	int row_level; /* of the rows that OP_EACH and OP_NEXT walk */
	size_t offset; /* of the field */
	size_t size, jump;
};

/* clang-format off */
struct template {
	struct op *ops;
	size_t nops, room;
	struct strbuf literals;
};
	/* clang-format on */

#endif
