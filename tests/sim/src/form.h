/* Query strings, form bodies and percent-encoding. */
#ifndef FORM_H
#define FORM_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/strbuf.h"

/*
 * Reads application/x-www-form-urlencoded into an object of texts that the caller releases.
 * ERR_INVALID: a broken escape, a NUL, or not UTF-8. ERR_CONFLICT: a name came twice, which OAuth
 * forbids (RFC 6749, 3.1 and 3.2); the object then holds the first value.
 */
enum err form_read(const char *text, size_t len, json_t **form);
/* The value, NULL when there is none; an empty one counts as none (RFC 6749, 3.1). */
const char *form_text(const json_t *form, const char *name);
/* Decodes %XX, and + as a blank if so asked. NULL for what form_read calls invalid. From xmalloc.
 */
char *form_decode(const char *text, size_t len, bool plus_is_blank);
/* Adds text, encoding all but unreserved characters (RFC 3986, 2.3). */
void form_encode(struct strbuf *, const char *text);

#endif
