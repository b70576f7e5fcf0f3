/*
 * Texts in colours: HTML in which comments, strings, keywords and the like have classes. Languages
 * are data (colour_rules.c); reading them is one pass in linear time, whatever the text is, since
 * texts come from strangers. It is no parser: what it takes for a string may be none, and the worst
 * that follows is a wrong colour.
 *
 * A line of the text is a line of the HTML that stands for itself: no span goes over its end.
 */
#ifndef TXT_COLOUR_H
#define TXT_COLOUR_H

#include <stddef.h>

#include "base/strbuf.h"
#include "txt/syntax.h"

/* Raised with each change of the rules or of the HTML: what was kept before is made again. */
#define COLOUR_VERSION 1
/* Longer texts have no colours. */
#define COLOUR_BYTES_MAX (256 * 1024)

/*
 * Appends the text, UTF-8 without NUL, as HTML. Control characters become visible, and those that
 * change the direction of the text, in which code can hide, are spelled out. SYNTAX_TEXT: no
 * colours. No Kore, no memory but the buffer's; any thread.
 */
void colour_html(struct strbuf *, enum syntax, const char *text, size_t len);

#endif
