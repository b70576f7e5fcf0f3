/* A form posted as multipart/form-data that has fields of text only, as if it were urlencoded. */
#ifndef BASE_FORM_MULTIPART_H
#define BASE_FORM_MULTIPART_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/form_data.h"

/*
 * Reads a whole body into fields, with the limits of form_data_parse(); they live in the arena and
 * do not point into the bytes. ERR_INVALID: it is broken, holds a file, or a text with a NUL or
 * that is not UTF-8; ERR_TOO_LARGE: too many fields, a head or name too long. On error there are no
 * fields, and `sentence` tells a visitor why.
 */
enum err form_multipart_parse(struct form_data *, struct arena *, const char *content_type,
    const char *bytes, size_t len, const char **sentence);

#endif
