/*
 * application/x-www-form-urlencoded, as forms post it and as query strings carry it. All fields in
 * their order: empty ones, repeated ones, values with "=" and newlines.
 */
#ifndef BASE_FORM_DATA_H
#define BASE_FORM_DATA_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define FORM_DATA_FIELDS_MAX 200

struct form_field {
	const char *name, *value; /* UTF-8; never NULL */
};

struct form_data {
	struct form_field *fields;
	size_t n;
};

/*
 * Reads "a=1&b=&c" ("c" has the value ""; nothing between two "&" is no field). The fields live in
 * the arena and do not point into the bytes. ERR_INVALID: an escape that is none, a NUL, a text
 * that is not UTF-8; ERR_TOO_LARGE: more than FORM_DATA_FIELDS_MAX fields. On error there are none.
 */
enum err form_data_parse(struct form_data *, struct arena *, const char *bytes, size_t len);
/* The first value of that name; NULL when there is none. */
const char *form_data_text(const struct form_data *, const char *name);
/* How many fields have that name. */
size_t form_data_count(const struct form_data *, const char *name);

#endif
