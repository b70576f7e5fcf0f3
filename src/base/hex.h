/* Bytes as hexadecimal digits and back. */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stddef.h>

#include "base/err.h"

/* The value of one digit of either case, -1 if it is none. */
int hex_digit(char);
/* Writes 2 * len lower-case digits and a NUL. */
void hex_encode(char *out, const void *bytes, size_t len);
/* ERR_INVALID unless `text` is exactly 2 * len digits; then `out` is unspecified. */
enum err hex_decode(void *out, size_t len, const char *text);

#endif
