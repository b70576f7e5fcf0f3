/*
 * Names that strangers chose (networks, channels, accounts) made harmless and readable. What comes
 * out is valid UTF-8 that cannot hide, reorder or overprint anything; it still needs the escaping
 * that every template does.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stddef.h>

#include "base/arena.h"

/*
 * A copy in the arena in which every invalid byte is U+FFFD, control characters and those that are
 * invisible or change the direction are spelled out as [U+202E], and marks piled on one letter
 * beyond four are U+FFFD. NULL gives NULL.
 */
const char *text_safe(struct arena *, const char *);
/*
 * The first max - 1 code points and an ellipsis if a safe text has more than max (≥ 1); else the
 * text itself, so that comparing pointers tells whether it was shortened. NULL gives NULL.
 */
const char *text_short(struct arena *, const char *safe, size_t max);

#endif
