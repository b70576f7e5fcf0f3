/*
 * An answer that is a file: strong ETag, one range, 304. From a descriptor it goes to the visitor
 * by sendfile, without passing through our memory.
 */
#ifndef WEB_WEB_FILE_H
#define WEB_WEB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "web/web_range.h"

struct web_flow;

struct web_file {
	int64_t size;	  /* of the whole */
	const char *etag; /* strong, with its quotes */
	/* One of both: an open descriptor, which the answer closes, or bytes that live as long as
	 * the flow and begin at range.from. */
	int fd; /* -1: none */
	const void *bytes;
	struct web_range range; /* as web_file_range() found it */
};

/* What the request wants of such a file. */
struct web_range web_file_range(struct web_flow *, const char *etag, int64_t size);
/*
 * Makes the file the answer in place of `render`; type, cache and headers are the flow's. Nothing
 * but size, etag and range is looked at for 304 and 416, or for HEAD.
 */
void web_file_set(struct web_flow *, const struct web_file *);
/* Sends what web_file_set() was given; for web_page.c. */
void web_file_answer(struct web_flow *);
/* Lets go of a descriptor that was not sent. Idempotent. */
void web_file_end(struct web_flow *);

#endif
