/* Text made safe for the place in HTML where it will stand. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include <stdbool.h>

#include "base/strbuf.h"

/* Appends the text with & < > " ' as references: fit for text and for quoted attributes. */
void escape_html(struct strbuf *, const char *);
/*
 * Whether an address may be the target of a link, a form or a picture: relative, or with one of
 * the schemes http, https, mailto and ircs. Anything a browser could read as another scheme is not.
 */
bool escape_url_is_safe(const char *);
/* As escape_html; an address that is not safe becomes "#". */
void escape_html_url(struct strbuf *, const char *);

#endif
