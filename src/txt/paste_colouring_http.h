/*
 * Colouring longer texts in a thread. It belongs to no request: whoever asks for the same paste
 * meanwhile waits with the first one, for a moment; the result is kept in the database, so it is
 * made once. Event loop only.
 */
#ifndef TXT_PASTE_COLOURING_HTTP_H
#define TXT_PASTE_COLOURING_HTTP_H

#include <stdbool.h>
#include <sys/queue.h>

#include "base/strbuf.h"
#include "txt/paste.h"

#define PASTE_COLOURED_AT_ONCE (16 * 1024) /* bytes: less than a millisecond */
#define PASTE_COLOURING_PATIENCE_MS 100	   /* then the text is shown without colours */

struct paste_colouring;

/* Part of a page, all zero but for wake and arg; cancelled before its memory goes away. */
struct paste_wait {
	void (*wake)(void *arg); /* once, when `html` is there */
	void *arg;
	struct strbuf *html;
	struct paste_colouring *job; /* NULL: it waits for nothing */
	LIST_ENTRY(paste_wait) neighbour;
};

/* False: too many are under way, show the text as it is. */
bool paste_colouring_start(const struct paste *, struct paste_wait *);
void paste_colouring_cancel(struct paste_wait *);

#endif
