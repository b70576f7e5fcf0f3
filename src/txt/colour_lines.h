/* Texts that are read line by line (diffs, logs, settings, Markdown) or as tags. */
#ifndef TXT_COLOUR_LINES_H
#define TXT_COLOUR_LINES_H

#include <stddef.h>

#include "base/strbuf.h"
#include "txt/colour_rules.h"

void colour_lines(struct strbuf *, enum colour_mode, const char *text, size_t len);

#endif
