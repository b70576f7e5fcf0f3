/*
 * JSON from others. jansson parses; its tree is copied into the arena at once, because the arena is
 * what a request's memory dies with.
 */
#include "base/json_read.h"

#include <jansson.h>
#include <string.h>

struct shape {
	size_t depth, values;
	bool in_text, after_backslash;
};

/* False when a bound is passed. Bytes that are no JSON may be miscounted: jansson refuses them. */
static bool
shape_step(struct shape *s, char c)
{
	if (s->in_text) {
		s->in_text = s->after_backslash || c != '"';
		s->after_backslash = !s->after_backslash && c == '\\';
		return true;
	}
	if (c == '"')
		s->in_text = true;
	else if (c == '[' || c == '{')
		s->depth++;
	else if ((c == ']' || c == '}') && s->depth > 0)
		s->depth--;
	if (c == '[' || c == '{' || c == ',')
		s->values++;
	return s->depth <= JSON_READ_DEPTH_MAX && s->values <= JSON_READ_VALUES_MAX;
}

/* Looked at before parsing: jansson needs some 200 bytes for each "{}" of a hostile answer. */
static bool
is_bounded(const char *bytes, size_t len)
{
	struct shape s = { 0 };
	size_t i;

	if (len > JSON_READ_BYTES_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!shape_step(&s, bytes[i]))
			return false;
	return true;
}

static void copy_value(struct json *, struct arena *, const json_t *);

static void
copy_array(struct json *to, struct arena *a, const json_t *from)
{
	struct json *items;
	size_t i;

	to->kind = JSON_KIND_ARRAY;
	to->n = json_array_size(from);
	items = arena_array(a, to->n, sizeof(*items));
	for (i = 0; i < to->n; i++)
		copy_value(&items[i], a, json_array_get(from, i));
	to->items = items;
}

static void
copy_object(struct json *to, struct arena *a, json_t *from)
{
	struct json *item;
	void *it;

	to->kind = JSON_KIND_OBJECT;
	to->n = json_object_size(from);
	to->items = item = arena_array(a, to->n, sizeof(*item));
	for (it = json_object_iter(from); it != NULL; it = json_object_iter_next(from, it)) {
		copy_value(item, a, json_object_iter_value(it));
		item->name = arena_strdup(a, json_object_iter_key(it));
		item++;
	}
}

static void
copy_value(struct json *to, struct arena *a, const json_t *from)
{
	switch (json_typeof(from)) {
	case JSON_OBJECT:
		copy_object(to, a, (json_t *)from);
		break;
	case JSON_ARRAY:
		copy_array(to, a, from);
		break;
	case JSON_STRING:
		to->kind = JSON_KIND_TEXT;
		to->text = arena_strndup(a, json_string_value(from), json_string_length(from));
		break;
	case JSON_INTEGER:
		to->kind = JSON_KIND_INT;
		to->integer = json_integer_value(from);
		break;
	case JSON_REAL:
		to->kind = JSON_KIND_REAL;
		to->real = json_real_value(from);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		to->kind = JSON_KIND_BOOL;
		to->integer = json_is_true(from);
		break;
	case JSON_NULL:
		to->kind = JSON_KIND_NULL;
	}
}

enum err
json_read_parse(const struct json **root, struct arena *a, const char *bytes, size_t len)
{
	struct json *copy;
	json_t *tree;

	if (!is_bounded(bytes, len))
		return ERR_TOO_LARGE;
	tree = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
	if (tree == NULL)
		return ERR_INVALID;
	copy = arena_alloc(a, sizeof(*copy));
	copy_value(copy, a, tree);
	json_decref(tree);
	*root = copy;
	return ERR_OK;
}

const struct json *
json_read_member(const struct json *o, const char *name)
{
	size_t i;

	for (i = 0; o->kind == JSON_KIND_OBJECT && i < o->n; i++)
		if (strcmp(o->items[i].name, name) == 0)
			return o->items[i].kind == JSON_KIND_NULL ? NULL : &o->items[i];
	return NULL;
}

static enum err
member_of_kind(const struct json *o, const char *name, enum json_kind kind, const struct json **v)
{
	const struct json *found = json_read_member(o, name);

	if (o->kind != JSON_KIND_OBJECT)
		return ERR_INVALID;
	if (found == NULL)
		return ERR_NOT_FOUND;
	if (found->kind != kind)
		return ERR_INVALID;
	*v = found;
	return ERR_OK;
}

enum err
json_read_text(const struct json *o, const char *name, const char **text)
{
	const struct json *v;
	enum err e = member_of_kind(o, name, JSON_KIND_TEXT, &v);

	if (e == ERR_OK)
		*text = v->text;
	return e;
}

enum err
json_read_int(const struct json *o, const char *name, int64_t *integer)
{
	const struct json *v;
	enum err e = member_of_kind(o, name, JSON_KIND_INT, &v);

	if (e == ERR_OK)
		*integer = v->integer;
	return e;
}

enum err
json_read_bool(const struct json *o, const char *name, bool *is_true)
{
	const struct json *v;
	enum err e = member_of_kind(o, name, JSON_KIND_BOOL, &v);

	if (e == ERR_OK)
		*is_true = v->integer != 0;
	return e;
}

enum err
json_read_array(const struct json *o, const char *name, const struct json **array)
{
	return member_of_kind(o, name, JSON_KIND_ARRAY, array);
}

enum err
json_read_object(const struct json *o, const char *name, const struct json **object)
{
	return member_of_kind(o, name, JSON_KIND_OBJECT, object);
}
