/*
 * What a template may show, declared once:
 *
 *	#define ACCOUNT_ROW(F)	F(TEXT, name) F(BOOL, is_new)
 *	VIEW_DECLARE(account_row, ACCOUNT_ROW)				in the header
 *	VIEW_DEFINE(account_row, ACCOUNT_ROW)				in the .c file
 *
 *	#define ACCOUNTS(F)	F(PART, frame, frame) F(LIST, rows, account_row)
 *
 * The first gives `struct account_row_view`, the second `account_row_view_type`, the table of
 * names, kinds and offsets that template.c binds account_row.html to. Views own nothing: texts and
 * rows live in the arena of the request.
 *
 *	TEXT	const char *; NULL and "" count as absent in {{#name}}
 *	HTML	const char *; ready markup, shown only by the long spelling {{raw name}}
 *	INT	int64_t
 *	BOOL	bool
 *	PART	another view by value: {{part.field}}, and the parts it is made for
 *	LIST	{ rows *v; size_t n; }
 */
#ifndef BASE_VIEW_H
#define BASE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum view_kind { VIEW_TEXT, VIEW_HTML, VIEW_INT, VIEW_BOOL, VIEW_PART, VIEW_LIST };

struct view_type;
struct template;

struct view_field {
	const char *name;
	enum view_kind kind;
	size_t offset;
	struct view_type *type; /* of a PART or of a LIST's rows */
};

struct view_type {
	const char *name; /* "dashboard", shown by dashboard.html */
	size_t size;
	const struct view_field *(*fields)(size_t *n);
	struct template *template; /* set by template_bind() */
};

/* Every LIST member has this shape. */
struct view_list {
	void *v;
	size_t n;
};

#define VIEW_MEMBER_TEXT(f) const char *f;
#define VIEW_MEMBER_HTML(f) const char *f;
#define VIEW_MEMBER_INT(f) int64_t f;
#define VIEW_MEMBER_BOOL(f) bool f;
#define VIEW_MEMBER_PART(f, t) struct t##_view f;
#define VIEW_MEMBER_LIST(f, t)                                                                     \
	struct {                                                                                   \
		struct t##_view *v;                                                                \
		size_t n;                                                                          \
	} f;
#define VIEW_MEMBER(kind, ...) VIEW_MEMBER_##kind(__VA_ARGS__)

#define VIEW_FIELD_TEXT(f) { #f, VIEW_TEXT, offsetof(view_self, f), NULL },
#define VIEW_FIELD_HTML(f) { #f, VIEW_HTML, offsetof(view_self, f), NULL },
#define VIEW_FIELD_INT(f) { #f, VIEW_INT, offsetof(view_self, f), NULL },
#define VIEW_FIELD_BOOL(f) { #f, VIEW_BOOL, offsetof(view_self, f), NULL },
#define VIEW_FIELD_PART(f, t) { #f, VIEW_PART, offsetof(view_self, f), &t##_view_type },
#define VIEW_FIELD_LIST(f, t) { #f, VIEW_LIST, offsetof(view_self, f), &t##_view_type },
#define VIEW_FIELD(kind, ...) VIEW_FIELD_##kind(__VA_ARGS__)

#define VIEW_DECLARE(name, FIELDS)                                                                 \
	struct name##_view {                                                                       \
		FIELDS(VIEW_MEMBER)                                                                \
	};                                                                                         \
	extern struct view_type name##_view_type;

/* The function gives the field macros a scope in which `view_self` can mean this view. */
#define VIEW_DEFINE(name, FIELDS)                                                                  \
	static const struct view_field *name##_view_fields(size_t *n)                              \
	{                                                                                          \
		typedef struct name##_view view_self;                                              \
		static const struct view_field fields[] = { FIELDS(VIEW_FIELD) };                  \
                                                                                                   \
		*n = sizeof(fields) / sizeof(fields[0]);                                           \
		return fields;                                                                     \
	}                                                                                          \
	struct view_type name##_view_type = { #name, sizeof(struct name##_view),                   \
		name##_view_fields, NULL };

#endif
