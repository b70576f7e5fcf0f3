/* Paths to return to after signing in: only our own pages, whatever the link said. */
#ifndef WEB_WEB_PATH_H
#define WEB_WEB_PATH_H

#include <stdbool.h>

#define WEB_PATH_BYTES_MAX 2000

/*
 * True for an absolute path of this site, with or without a query, that every browser reads alike:
 * no "//host", scheme or backslash, plain or percent-encoded, no dot segments, no control
 * characters, no spaces, nothing outside ASCII, no bad escapes, at most WEB_PATH_BYTES_MAX bytes.
 */
bool web_path_is_local(const char *);
/* The path if it is local, else the fallback; NULL is not local. */
const char *web_path_or(const char *path, const char *fallback);

#endif
