/* The site file and the common one, with ${NAME} expanded: Kore 4.1.0 knows no variables. */
#ifndef APP_SITE_CONF_H
#define APP_SITE_CONF_H

#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"

/*
 * Appends the text of the file with every ${NAME} replaced by value(NAME). ERR_NOT_FOUND: no such
 * file; ERR_INVALID: a name without value (then `problem` names it) or an unclosed brace.
 */
enum err site_conf_expand(struct strbuf *out, const char *path,
    const char *(*value)(const char *name), struct strbuf *problem);
/*
 * The number that a line of the file gives to the name ("pgsql_conn_max 8"). ERR_NOT_FOUND: no such
 * file or no such line.
 */
enum err site_conf_number(int64_t *, const char *path, const char *name);
/* How many workers there are: as WORKERS says, or for 0 one for each core and one for jobs. */
int site_conf_workers(int64_t setting);

#endif
