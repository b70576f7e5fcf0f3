/* The site file and the common one, with ${NAME} expanded: Kore 4.1.0 knows no variables. */
#ifndef APP_SITE_CONF_H
#define APP_SITE_CONF_H

#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"

/*
 * Appends the text of the file with every ${NAME} replaced by value(NAME). ERR_NOT_FOUND: no such
 * file; ERR_INVALID: a name without value (then `problem` names it) or an unclosed brace.
 */
enum err site_conf_expand(struct strbuf *out, const char *path,
    const char *(*value)(const char *name), struct strbuf *problem);

#endif
