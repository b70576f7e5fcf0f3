/*
 * multipart/form-data (RFC 7578, over RFC 2046, 5.1), read as it arrives: fed with pieces of any
 * size it calls back for the begin of each part, its bytes and its end. Bytes of parts are handed
 * on and never kept, so a picture of any size costs the few KiB of one struct multipart. Strict, as
 * the Fetch standard reads forms: nothing before the first boundary, nothing behind the last one
 * but a line end, no blanks behind a boundary, CRLF alone ends a line.
 */
#ifndef BASE_MULTIPART_H
#define BASE_MULTIPART_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/multipart_head.h"

#define MULTIPART_PARTS_MAX 200
#define MULTIPART_HEAD_BYTES_MAX 4096 /* of the lines above one part */

/* An error of a callback ends the reading and is what multipart_feed() returns. */
struct multipart_handler {
	/* The part is gone when the call returns, its texts at the part's end. */
	enum err (*begin)(void *arg, const struct multipart_part *);
	/* Bytes of the part in their order, at least one; not at all if the part is empty. */
	enum err (*data)(void *arg, const char *bytes, size_t len);
	enum err (*end)(void *arg);
};

struct multipart;

/*
 * Makes a reader, in the arena, for the body of a request with that Content-Type. ERR_INVALID: it
 * is no form or has no good boundary; of the reader only multipart_sentence() may then be asked.
 */
enum err multipart_new(struct multipart **, struct arena *, const char *content_type,
    const struct multipart_handler *, void *arg);
/*
 * The next piece of the body; how a body is cut changes nothing but the cuts of data. ERR_INVALID:
 * it is broken; ERR_TOO_LARGE: too many parts, a head or a name that is too long. After an error
 * nothing is called back any more, and the error comes again.
 */
enum err multipart_feed(struct multipart *, const char *bytes, size_t len);
/* The body is over. ERR_INVALID: its last boundary did not come. An error of before comes again. */
enum err multipart_end(struct multipart *);
/* What is wrong, for the visitor; NULL if nothing is, or if it was a callback that failed. */
const char *multipart_sentence(const struct multipart *);

#endif
