/* The HTML of a coloured text: escaped, in spans that end with each line. */
#ifndef TXT_COLOUR_WRITE_H
#define TXT_COLOUR_WRITE_H

#include <stddef.h>

#include "base/strbuf.h"

/* Classes of the style sheet (60_code.css). */
enum colour {
	COLOUR_NONE,
	COLOUR_COMMENT,
	COLOUR_STRING,
	COLOUR_NUMBER,
	COLOUR_KEYWORD,
	COLOUR_TYPE,
	COLOUR_META,
	COLOUR_NAME,
	COLOUR_HEADING,
	COLOUR_ADDED,
	COLOUR_REMOVED,
	COLOUR__MAX
};

/* Appends part of a text in one colour. */
void colour_write(struct strbuf *, enum colour, const char *text, size_t len);

#endif
