/* Whether bytes are UTF-8: what goes to PostgreSQL and into pages must be. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* As RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. NUL counts as valid. */
bool utf8_is_valid(const char *bytes, size_t len);

#endif
