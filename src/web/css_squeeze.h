/*
 * Style sheets without what only their writers need: comments, indentation, line ends. A third of
 * ours; the proxy's compression would take the same bytes, but not every visitor has one.
 */
#ifndef WEB_CSS_SQUEEZE_H
#define WEB_CSS_SQUEEZE_H

#include <stddef.h>

#include "base/strbuf.h"

/* Appends the sheet. White space, which a comment counts as, becomes one blank, or none beside { }
 * ; and , and behind :. Strings stay. */
void css_squeeze(struct strbuf *, const char *css, size_t len);

#endif
