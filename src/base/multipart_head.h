/* The heads of multipart/form-data: the boundary in its Content-Type, the lines above a part. */
#ifndef BASE_MULTIPART_HEAD_H
#define BASE_MULTIPART_HEAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define MULTIPART_BOUNDARY_MAX 70 /* RFC 2046, 5.1.1 */
#define MULTIPART_NAME_BYTES_MAX 200

/* UTF-8 without NUL, whatever else a stranger chose: the file's name is no path to write to. */
struct multipart_part {
	const char *name;
	const char *filename; /* NULL: a field of text; "": a file that nobody chose */
	const char *type;     /* as it was sent; "" if none was */
};

/* True for "multipart/form-data" in any case, with or without parameters. */
bool multipart_head_is_form(const char *content_type);
/*
 * The boundary of a Content-Type that is a form: 1 to 70 of the characters of RFC 2046, 5.1.1,
 * given once. ERR_INVALID: `sentence` says for a visitor what is wrong.
 */
enum err multipart_head_boundary(
    char out[MULTIPART_BOUNDARY_MAX + 1], const char *content_type, const char **sentence);
/*
 * Reads the head of a part, each line with its CRLF, in place: the part points into it. As RFC
 * 7578, 4: Content-Disposition is form-data with a name, once; names are UTF-8 in which browsers
 * write %22, %0D and %0A (HTML standard, 4.10.21.8) and no other escape; "filename*" is not
 * allowed; other headers are ignored. ERR_INVALID, ERR_TOO_LARGE for a long name: `sentence` as
 * above.
 */
enum err multipart_head_read(
    struct multipart_part *, char *head, size_t len, const char **sentence);

#endif
