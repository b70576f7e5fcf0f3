/*
 * Texts that everybody with the link may read, kept for a moment in the memory of a worker, so that
 * a link in a channel does not ask the database a hundred times. Nothing outlives its expiry, nor,
 * on this host, its deletion (base/keep.h).
 */
#ifndef TXT_PASTE_KEPT_H
#define TXT_PASTE_KEPT_H

#include <stdint.h>

#include "txt/paste.h"

/*
 * What is kept of the paste with this id; NULL: nothing. Valid until the next call. Its body is
 * NULL if *fd, which the caller closes, is a file with the text; else *fd is -1.
 */
const struct paste *paste_kept_find(const char *public_id, int64_t now, int64_t now_us, int *fd);
/* Keeps a copy, unless it is private or there is no room. `asked_us`: when it was read. */
void paste_kept_put(const struct paste *, int64_t asked_us);

#endif
