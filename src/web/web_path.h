/* Paths: those to return to after signing in, and what stands between the slashes of one. */
#ifndef WEB_WEB_PATH_H
#define WEB_WEB_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define WEB_PATH_BYTES_MAX 2000

/*
 * True for an absolute path of this site, with or without a query, that every browser reads alike:
 * no "//host", scheme or backslash, plain or percent-encoded, no dot segments, no control
 * characters, no spaces, nothing outside ASCII, no bad escapes, at most WEB_PATH_BYTES_MAX bytes.
 */
bool web_path_is_local(const char *);
/* The path if it is local, else the fallback; NULL is not local. */
const char *web_path_or(const char *path, const char *fallback);
/*
 * What stands in the path of a request between slash `i` (0: the first) and the next one, decoded:
 * part 2 of "/api/accounts/a%2Fb" is "a/b". ERR_NOT_FOUND: it is missing, empty, or no text.
 */
enum err web_path_part(char **part, struct arena *, const char *path, size_t i);

#endif
