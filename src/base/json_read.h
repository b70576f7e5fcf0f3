/*
 * JSON from others, read once into an arena: nothing to free, nothing that still points into the
 * bytes. Strict: one array or object, UTF-8, no name twice in an object, no \u0000, no overflow;
 * bounded in size, depth and number of values, so that a hostile answer costs a known amount.
 *
 *	const struct json *root;
 *	const char *name = NULL;
 *
 *	if (json_read_parse(&root, arena, body, len) != ERR_OK ||
 *	    json_read_text(root, "name", &name) == ERR_INVALID)
 *		…
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define JSON_READ_BYTES_MAX ((size_t)2 * 1024 * 1024)
#define JSON_READ_DEPTH_MAX 32
#define JSON_READ_VALUES_MAX 200000

enum json_kind {
	JSON_KIND_NULL,
	JSON_KIND_BOOL,
	JSON_KIND_INT,
	JSON_KIND_REAL,
	JSON_KIND_TEXT,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT
};

struct json {
	enum json_kind kind;
	const char *name;	  /* of a member of an object; else NULL */
	const char *text;	  /* TEXT: UTF-8; else NULL */
	int64_t integer;	  /* INT; BOOL: 0 or 1 */
	double real;		  /* REAL */
	const struct json *items; /* ARRAY; OBJECT: the members */
	size_t n;		  /* of items */
};

/*
 * ERR_INVALID: not such JSON; ERR_TOO_LARGE: a bound is passed. `bytes` needs no NUL at its end.
 */
enum err json_read_parse(const struct json **root, struct arena *, const char *bytes, size_t len);
/* The member of that name; NULL when there is none, when it is null, or when this is no object. */
const struct json *json_read_member(const struct json *, const char *name);

/*
 * The member's value. ERR_NOT_FOUND: absent or null; ERR_INVALID: of another kind, or not in an
 * object; then the result is left as it was.
 */
enum err json_read_text(const struct json *, const char *name, const char **);
enum err json_read_int(const struct json *, const char *name, int64_t *);
enum err json_read_bool(const struct json *, const char *name, bool *);
enum err json_read_array(const struct json *, const char *name, const struct json **);
enum err json_read_object(const struct json *, const char *name, const struct json **);

#endif
